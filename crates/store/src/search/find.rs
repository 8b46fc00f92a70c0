//! A page of what is found: places from the index of words, then the rows by
//! their keys. Whose an item is, is read from `backup_item`: the index only
//! proposes.

use domain::account::{AccountId, Extension, ExtensionId};
use domain::connection::{Backup, Scope};
use domain::item::ItemId;
use domain::ledger::EntryState;
use domain::search::{Ask, Found, Hit, Place, Query, backup_mark};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::QueryScalar;
use sqlx::{Any, Row};

use super::words;
use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::ledger::{extension_of, state_of};
use crate::list::keys;
use crate::statements::statements;

statements! {
    HITS = "select s.id, i.item_key, i.extension_id, i.at_ms, i.facts, e.state, e.reason, e.cause,
            e.path, e.size, e.sha256
        from json_each($4) as r cross join search s
        join item i on i.account_id = $1 and i.item_key = s.item_key
        join backup_item b on b.account_id = $1 and b.backup_id = $2 and b.at_ms = i.at_ms
            and b.item_key = i.item_key
        join entry e on e.account_id = $1 and e.destination_id = $3 and e.item_key = i.item_key
        where s.id = cast(r.key as bigint) and s.account_id = $1
        order by s.id desc";

    CALLED = "select id, number, name from extension where account_id = $1";

    /// From where the newest is looked for.
    NEWEST = "select max(at_ms) from backup_item where account_id = $1 and backup_id = $2";
}

/// Which places are looked at.
pub(super) struct Span {
    /// From the first.
    pub(super) from: Place,
    /// Until before this one.
    pub(super) before: Place,
    /// Seconds from.
    pub(super) shortest: i64,
    /// Seconds to.
    pub(super) longest: i64,
    /// At most so many.
    pub(super) limit: i64,
    /// Of a whole company: most of what is found is its.
    pub(super) is_whole: bool,
}

/// A question for places.
type Asked<'a> = QueryScalar<'a, Any, i64, AnyArguments>;

impl Span {
    /// Asks for places from one on, with words in the index's own language.
    pub(super) fn ask<'a>(&self, sql: &'static str, words: &'a str, from: Place) -> Asked<'a> {
        sqlx::query_scalar(sql)
            .bind(words)
            .bind(from.0)
            .bind(self.before.0)
            .bind(self.shortest)
            .bind(self.longest)
            .bind(self.limit)
    }
}

impl Database {
    pub(super) async fn find_page(
        &self,
        account: &AccountId,
        backup: &Backup,
        query: &Query,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Found, Fault> {
        // Only who asks for a person needs to know them.
        let people = if query.person.trim().is_empty() {
            Vec::new()
        } else {
            self.people_called(account).await?
        };
        let mark = backup_mark(account, &backup.id);
        let Some(ask) = Ask::of(query, mark, &people) else {
            return Ok(Found::default());
        };
        let mut reader = self.reader().await?;
        let newest: Option<i64> = sqlx::query_scalar(NEWEST)
            .bind(account.as_str())
            .bind(backup.id.as_str())
            .fetch_one(&mut *reader)
            .await?;
        let Some(newest) = newest else {
            return Ok(Found::default());
        };
        let (from, to) = query.places();
        let end = Place::before(newest.saturating_add(1));
        let whole = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
        let any = query.shortest.is_none() && query.longest.is_none();
        let span = Span {
            from,
            before: before.unwrap_or(to).min(to).min(end),
            shortest: if any {
                -1
            } else {
                whole(query.shortest.unwrap_or(0))
            },
            longest: query.longest.map_or(i64::MAX, whole),
            limit: i64::from(limit) + 1,
            is_whole: backup.scope == Scope::Account,
        };
        let mut places = words::places(self.engine, &mut reader, &ask, &span).await?;
        let more = places.len() > limit as usize;
        places.truncate(limit as usize);
        let ids: Vec<String> = places.iter().map(|it| it.0.to_string()).collect();
        let rows = sqlx::query(HITS)
            .bind(account.as_str())
            .bind(backup.id.as_str())
            .bind(backup.destination.as_str())
            .bind(keys(ids.iter().map(String::as_str))?)
            .fetch_all(&mut *reader)
            .await?;
        let hits: Result<Vec<Hit>, Fault> = rows.iter().map(hit).collect();
        Ok(Found {
            hits: hits?,
            older: places.last().copied().filter(|_| more),
        })
    }
}

impl Database {
    /// What people are called, and nothing else of them: there may be many.
    async fn people_called(&self, account: &AccountId) -> Result<Vec<Extension>, Fault> {
        let rows = sqlx::query(CALLED)
            .bind(account.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let person = |row: &AnyRow| {
            Ok(Extension {
                id: ExtensionId::new(row.try_get::<String, _>(0)?),
                number: row.try_get(1)?,
                name: row.try_get(2)?,
                kind: String::new(),
                status: String::new(),
                time_zone: None,
            })
        };
        rows.iter().map(person).collect()
    }
}

pub(super) fn hit(row: &AnyRow) -> Result<Hit, Fault> {
    let item: String = row.try_get("item_key")?;
    let id = ItemId::from_key(&item).ok_or_else(|| unreadable("the identity of an item"))?;
    let state: String = row.try_get("state")?;
    let reason: Option<String> = row.try_get("reason")?;
    let state = state_of(&state, reason.as_deref());
    let archived = state == EntryState::Archived;
    let path: Option<String> = row.try_get("path")?;
    let size: Option<i64> = row.try_get("size")?;
    let sha256: Option<String> = row.try_get("sha256")?;
    Ok(Hit {
        data_type: id.data_type,
        extension: extension_of(row)?,
        at_ms: row.try_get("at_ms")?,
        facts: serde_json::from_str(row.try_get("facts")?)?,
        cause: row.try_get("cause")?,
        path: path.filter(|_| archived),
        size: size.filter(|_| archived).map(i64::unsigned_abs),
        sha256: sha256.filter(|_| archived),
        item,
        state,
    })
}
