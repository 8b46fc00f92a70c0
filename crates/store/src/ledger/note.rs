//! Notes what listings showed: items, Entries and whose they are. One
//! transaction a page, calls included; what is known already and unchanged is not written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::account::AccountId;
use domain::call::Call;
use domain::connection::Backup;
use domain::item::Item;
use domain::ledger::{EntryState, Pending};
use domain::ports::Noted;
use domain::window::DAY_MS;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::item_row::{ItemRow, item_of};
use super::resight::{Stand, merged};
use super::{calls, days};
use crate::database::Database;
use crate::fault::Fault;
use crate::list::{keys, list, plain};
use crate::search;
use crate::statements::statements;

statements! {
    KNOWN = "select i.item_key, i.extension_id, i.at_ms, i.facts, i.bytes_from, i.expected,
            i.size, i.last_seen_ms, e.state, e.reason, e.cause, e.next_try_ms,
            b.item_key as mine
        from json_each($4) as r cross join item i
        left join entry e on e.account_id = $1 and e.destination_id = $2
            and e.item_key = r.key
        left join backup_item b on b.account_id = $1 and b.backup_id = $3
            and b.at_ms = i.at_ms and b.item_key = r.key
        where i.account_id = $1 and i.item_key = r.key";

    KEEP_ITEMS = "insert into item (account_id, item_key, extension_id, at_ms, facts, bytes_from,
            expected, size, first_seen_ms, last_seen_ms)
        select $1, r.key, r.value ->> 'extension', cast(r.value ->> 'at_ms' as bigint),
            r.value ->> 'facts', r.value ->> 'bytes_from', r.value ->> 'expected',
            cast(r.value ->> 'size' as bigint), cast($3 as bigint), cast($3 as bigint)
        from json_each($2) as r where true
        on conflict (account_id, item_key) do update set extension_id = excluded.extension_id,
            facts = excluded.facts, bytes_from = excluded.bytes_from,
            expected = excluded.expected, size = excluded.size,
            last_seen_ms = excluded.last_seen_ms";

    KEEP_ENTRIES = "insert into entry (account_id, destination_id, item_key, data_type, unit,
            at_ms, stem, state, reason, cause, waiting, next_try_ms, attempts, first_seen_ms)
        select $1, $2, r.key, r.value ->> 'data_type', r.value ->> 'unit',
            cast(r.value ->> 'at_ms' as bigint), r.value ->> 'stem', r.value ->> 'state',
            r.value ->> 'reason', r.value ->> 'cause', cast(r.value ->> 'waiting' as bigint),
            cast(r.value ->> 'next_try_ms' as bigint), 0, cast($4 as bigint)
        from json_each($3) as r where true
        on conflict (account_id, destination_id, item_key) do update set
            state = excluded.state, reason = excluded.reason, cause = excluded.cause,
            waiting = excluded.waiting, next_try_ms = excluded.next_try_ms, manifest = 0";

    KEEP_MINE = "insert into backup_item (account_id, backup_id, at_ms, item_key)
        select $1, $2, cast(cast(r.value as text) as bigint), r.key
        from json_each($3) as r where true
        on conflict (account_id, backup_id, at_ms, item_key) do nothing";
}

/// Rows that go to the database at once: bounds memory, whatever a page holds.
const CHUNK: usize = 500;

/// What the books say of an item before this sighting.
struct Known {
    item: Item,
    last_seen_ms: i64,
    stand: Option<Stand>,
    mine: bool,
}

#[derive(Serialize)]
struct EntryRow {
    data_type: &'static str,
    unit: String,
    at_ms: i64,
    stem: String,
    state: &'static str,
    reason: Option<&'static str>,
    cause: String,
    waiting: i64,
    next_try_ms: Option<i64>,
}

/// What a page changes.
#[derive(Default)]
struct Changes {
    items: BTreeMap<String, ItemRow>,
    entries: BTreeMap<String, EntryRow>,
    mine: BTreeMap<String, i64>,
    /// What is to be found by other words than before.
    found: BTreeMap<String, Item>,
    /// Known items that turn out to be somebody else's.
    moved: BTreeSet<String>,
    new: u64,
}

impl Database {
    pub(super) async fn note_page(
        &self,
        account: &AccountId,
        backup: &Backup,
        noted: &[Noted],
        calls: &[Call],
        now_ms: i64,
    ) -> Result<u64, Fault> {
        let mut tx = self.begin(account).await?;
        let mut new = 0;
        for chunk in noted.chunks(CHUNK) {
            let changes = note_items(&mut tx, account, backup, chunk, now_ms).await?;
            search::keep(self.engine, &mut tx, account, &backup.id, &changes.found).await?;
            new += changes.new;
        }
        for chunk in calls.chunks(CHUNK) {
            calls::note(&mut tx, account, chunk, now_ms).await?;
        }
        tx.commit().await?;
        Ok(new)
    }
}

async fn note_items(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &Backup,
    noted: &[Noted],
    now_ms: i64,
) -> Result<Changes, Fault> {
    let seen: Vec<(String, &Noted)> = noted
        .iter()
        .map(|it| (plain(&it.sighting.item.id.key()), it))
        .collect();
    let rows = sqlx::query(KNOWN)
        .bind(account.as_str())
        .bind(backup.destination.as_str())
        .bind(backup.id.as_str())
        .bind(keys(seen.iter().map(|(key, _)| key.as_str()))?)
        .fetch_all(&mut **tx)
        .await?;
    let mut book = HashMap::new();
    for row in &rows {
        // A row that cannot be read any more is written afresh.
        if let Ok(known) = known(row) {
            book.insert(row.try_get::<String, _>("item_key")?, known);
        }
    }
    let mut changes = Changes::default();
    for (key, noted) in seen {
        changes.see(&mut book, key, noted, now_ms)?;
    }
    changes.write(tx, account, backup, now_ms).await?;
    Ok(changes)
}

impl Changes {
    /// Lets one sighting change the book.
    fn see(
        &mut self,
        book: &mut HashMap<String, Known>,
        key: String,
        noted: &Noted,
        now_ms: i64,
    ) -> Result<(), Fault> {
        let seen = &noted.sighting;
        let before = book.remove(&key);
        let item = match &before {
            Some(known) => merged(known.item.clone(), &seen.item),
            None => seen.item.clone(),
        };
        let told = |it: &Known| it.item == item && now_ms - it.last_seen_ms < DAY_MS;
        if !before.as_ref().is_some_and(told) {
            self.items.insert(key.clone(), ItemRow::of(&item)?);
        }
        if !before
            .as_ref()
            .is_some_and(|it| it.mine && is_found_alike(&it.item, &item))
        {
            self.found.insert(key.clone(), item.clone());
        }
        if before
            .as_ref()
            .is_some_and(|it| it.item.extension != item.extension)
        {
            self.moved.insert(key.clone());
        }
        let stood = before.as_ref().and_then(|it| it.stand.as_ref());
        let stand = match stood {
            Some(stand) => stand.resighted(&seen.standing, now_ms),
            None => Stand::first(&seen.standing, now_ms),
        };
        if stood != Some(&stand) {
            self.new += u64::from(stood.is_none());
            let stem = match self.entries.remove(&key) {
                Some(earlier) => earlier.stem,
                None => noted.stem.clone(),
            };
            self.entries
                .insert(key.clone(), entry_row(&item, stem, &stand, now_ms));
        }
        if !before.is_some_and(|it| it.mine) {
            self.mine.insert(key.clone(), item.at_ms);
        }
        let known = Known {
            item,
            last_seen_ms: now_ms,
            stand: Some(stand),
            mine: true,
        };
        book.insert(key, known);
        Ok(())
    }

    async fn write(
        &self,
        tx: &mut Transaction<'_, Any>,
        account: &AccountId,
        backup: &Backup,
        now_ms: i64,
    ) -> Result<(), Fault> {
        if !self.items.is_empty() {
            sqlx::query(KEEP_ITEMS)
                .bind(account.as_str())
                .bind(list(&self.items)?)
                .bind(now_ms)
                .execute(&mut **tx)
                .await?;
        }
        if !self.entries.is_empty() {
            sqlx::query(KEEP_ENTRIES)
                .bind(account.as_str())
                .bind(backup.destination.as_str())
                .bind(list(&self.entries)?)
                .bind(now_ms)
                .execute(&mut **tx)
                .await?;
        }
        if !self.mine.is_empty() {
            sqlx::query(KEEP_MINE)
                .bind(account.as_str())
                .bind(backup.id.as_str())
                .bind(list(&self.mine)?)
                .execute(&mut **tx)
                .await?;
        }
        let entries = self.entries.values().map(|it| it.at_ms);
        let times = entries.chain(self.mine.values().copied());
        days::changed_at(tx, account, &backup.destination, times).await?;
        if self.moved.is_empty() {
            return Ok(());
        }
        days::moved_items(tx, account, self.moved.iter().map(String::as_str)).await
    }
}

/// Whether both are found by the same words.
fn is_found_alike(a: &Item, b: &Item) -> bool {
    a.facts == b.facts && a.extension == b.extension
}

fn known(row: &AnyRow) -> Result<Known, Fault> {
    Ok(Known {
        item: item_of(row)?,
        last_seen_ms: row.try_get("last_seen_ms")?,
        stand: stand_of(row)?,
        mine: row.try_get::<Option<String>, _>("mine")?.is_some(),
    })
}

/// `None` where this destination has no Entry for the item yet.
fn stand_of(row: &AnyRow) -> Result<Option<Stand>, Fault> {
    let Some(state) = row.try_get::<Option<String>, _>("state")? else {
        return Ok(None);
    };
    let reason: Option<String> = row.try_get("reason")?;
    Ok(Some(Stand {
        state: state_of(&state, reason.as_deref()),
        cause: row.try_get("cause")?,
        next_try_ms: row.try_get("next_try_ms")?,
    }))
}

/// The state in a row. A word of a newer version is taken for a failed try.
pub(crate) fn state_of(state: &str, reason: Option<&str>) -> EntryState {
    match state {
        "archived" => EntryState::Archived,
        "missing" => EntryState::Missing,
        "excluded" => EntryState::Excluded,
        _ => EntryState::Pending(Pending::from_word(reason.unwrap_or_default())),
    }
}

fn entry_row(item: &Item, stem: String, stand: &Stand, now_ms: i64) -> EntryRow {
    let reason = match &stand.state {
        EntryState::Pending(why) => Some(why.word()),
        _ => None,
    };
    EntryRow {
        data_type: item.id.data_type.word(),
        unit: item.id.unit.clone(),
        at_ms: item.at_ms,
        stem,
        state: stand.state.word(),
        reason,
        cause: stand.cause.clone(),
        waiting: i64::from(stand.next_try_ms.is_none_or(|at| at > now_ms)),
        next_try_ms: stand.next_try_ms,
    }
}
