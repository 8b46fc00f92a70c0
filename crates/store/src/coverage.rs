//! What the COVERAGE page reads. The sums are the Ledger's, kept by day and
//! person; the rest are rows as they stand.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::{AccountId, ExtensionId};
use domain::connection::{Backup, BackupId};
use domain::coverage::{Cover, Hidden, Lost, Reached};
use domain::data_type::DataType;
use domain::ledger::Count;
use domain::ports::{Coverage, Overview};
use domain::task::Listing;
use domain::window::Window;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::ledger::type_of;
use crate::list::{keys, list};
use crate::statements::statements;
use crate::tasks::listing_of;

statements! {
    COVERED = "select extension_id, data_type, cast(sum(archived) as bigint) as archived,
            cast(sum(pending) as bigint) as pending, cast(sum(missing) as bigint) as missing,
            cast(sum(excluded) as bigint) as excluded, cast(sum(files) as bigint) as files,
            cast(sum(bytes) as bigint) as bytes, min(first_ms) as first_ms,
            max(last_ms) as last_ms
        from covered_day where account_id = $1 and backup_id = $2
        group by extension_id, data_type order by extension_id, data_type";

    PERSON_DAYS = "select day_ms, data_type, archived, pending, missing, excluded, files, bytes
        from covered_day
        where account_id = $1 and backup_id = $2 and extension_id = $3
            and day_ms >= $4 and day_ms < $5";

    LISTINGS = "select from_ms, to_ms, listing from task
        where account_id = $1 and backup_id = $2 and from_ms < $4 and to_ms > $3
            and from_ms >= $3 - (select b.longest_ms from backup b
                where b.account_id = $1 and b.id = $2)
        order by from_ms, to_ms";

    MARKS = "select lane, data_type, to_ms from mark
        where account_id = $1 and backup_id = $2 order by lane, data_type";

    HIDDEN = "select lane, since_ms, cause from hidden_lane
        where account_id = $1 and backup_id = $2 order by lane";

    KEEP_HIDDEN = "insert into hidden_lane (account_id, backup_id, lane, since_ms, cause)
        select $1, $2, r.key, cast(r.value ->> 'since_ms' as bigint), r.value ->> 'cause'
        from json_each($3) as r where true
        on conflict (account_id, backup_id, lane) do update set cause = excluded.cause";

    FORGET_HIDDEN = "delete from hidden_lane
        where account_id = $1 and backup_id = $2
            and lane in (select r.key from json_each($3) as r)
            and lane not in (select h.key from json_each($4) as h)";

    /// The first condition is the index's own.
    LOST_BY_CAUSE = "select coalesce(i.extension_id, '') as extension_id, e.data_type, e.cause,
            count(*) as files
        from entry e
        join item i on i.account_id = e.account_id and i.item_key = e.item_key
        where e.account_id = $1 and e.destination_id = $2
            and e.state <> 'archived' and e.state = 'missing'
            and exists (select 1 from backup_item b where b.account_id = $1
                and b.backup_id = $3 and b.at_ms = e.at_ms and b.item_key = e.item_key)
        group by coalesce(i.extension_id, ''), e.data_type, e.cause
        order by files desc, extension_id, e.data_type, e.cause limit $4";

    LEAVERS = "select id, gone_ms from extension
        where account_id = $1 and gone_ms is not null";
}

#[derive(Serialize)]
struct HiddenRow<'a> {
    since_ms: i64,
    cause: &'a str,
}

#[async_trait]
impl Coverage for Database {
    async fn coverage(&self, account: &AccountId, backup: &Backup) -> Result<Vec<Cover>> {
        // Days that changed are counted first.
        self.by_day(account, backup, Window::EVER).await?;
        self.attempt("counting", || self.covers(account, &backup.id))
            .await
    }

    async fn days_of_person(
        &self,
        account: &AccountId,
        backup: &Backup,
        person: Option<&ExtensionId>,
        window: Window,
    ) -> Result<BTreeMap<i64, BTreeMap<DataType, Count>>> {
        self.by_day(account, backup, window).await?;
        self.attempt("counting", || {
            self.person_days(account, &backup.id, person, window)
        })
        .await
    }

    async fn listings(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<(Window, Listing)>> {
        self.attempt("reading the log", || {
            self.all_listings(account, backup, window)
        })
        .await
    }

    async fn marks(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Reached>> {
        self.attempt("reading how far lanes were listed", || {
            self.all_marks(account, backup)
        })
        .await
    }

    async fn keep_hidden(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lanes: &[String],
        hidden: &[Hidden],
    ) -> Result<()> {
        self.attempt("keeping what is hidden", || {
            self.put_hidden(account, backup, lanes, hidden)
        })
        .await
    }

    async fn hidden(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Hidden>> {
        self.attempt("reading what is hidden", || {
            self.all_hidden(account, backup)
        })
        .await
    }

    async fn lost_by_cause(
        &self,
        account: &AccountId,
        backup: &Backup,
        limit: u32,
    ) -> Result<Vec<Lost>> {
        self.attempt("reading what is missing", || {
            self.all_lost(account, backup, limit)
        })
        .await
    }

    async fn leavers(&self, account: &AccountId) -> Result<BTreeMap<ExtensionId, i64>> {
        self.attempt("reading who has left", || self.all_leavers(account))
            .await
    }
}

impl Database {
    async fn covers(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Cover>, Fault> {
        let rows = sqlx::query(COVERED)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let cover = |row: &AnyRow| {
            Ok(Cover {
                extension: whose(row)?,
                data_type: type_of(row.try_get("data_type")?)?,
                count: count_of(row)?,
                first_ms: row.try_get("first_ms")?,
                last_ms: row.try_get("last_ms")?,
            })
        };
        rows.iter().map(cover).collect()
    }

    async fn person_days(
        &self,
        account: &AccountId,
        backup: &BackupId,
        person: Option<&ExtensionId>,
        window: Window,
    ) -> Result<BTreeMap<i64, BTreeMap<DataType, Count>>, Fault> {
        let rows = sqlx::query(PERSON_DAYS)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(person.map_or("", ExtensionId::as_str))
            .bind(window.start_ms())
            .bind(window.end_ms())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let mut days: BTreeMap<i64, BTreeMap<DataType, Count>> = BTreeMap::new();
        for row in &rows {
            let day = days.entry(row.try_get("day_ms")?).or_default();
            day.insert(type_of(row.try_get("data_type")?)?, count_of(row)?);
        }
        Ok(days)
    }

    async fn all_listings(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<(Window, Listing)>, Fault> {
        let rows = sqlx::query(LISTINGS)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let listing = |row: &AnyRow| {
            let span = Window::from_ms(row.try_get("from_ms")?, row.try_get("to_ms")?);
            let span = span.ok_or_else(|| unreadable("the span of a row"))?;
            Ok((span, listing_of(row.try_get("listing")?)))
        };
        rows.iter().map(listing).collect()
    }

    async fn all_marks(
        &self,
        account: &AccountId,
        backup: &BackupId,
    ) -> Result<Vec<Reached>, Fault> {
        let rows = sqlx::query(MARKS)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let reached = |row: &AnyRow| {
            Ok(Reached {
                lane: row.try_get("lane")?,
                data_type: type_of(row.try_get("data_type")?)?,
                to_ms: row.try_get("to_ms")?,
            })
        };
        rows.iter().map(reached).collect()
    }

    async fn put_hidden(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lanes: &[String],
        hidden: &[Hidden],
    ) -> Result<(), Fault> {
        let known = self.all_hidden(account, backup).await?;
        let same = |it: &Hidden| {
            known
                .iter()
                .any(|old| old.lane == it.lane && old.cause == it.cause)
        };
        let gone =
            |it: &Hidden| lanes.contains(&it.lane) && !hidden.iter().any(|new| new.lane == it.lane);
        // The usual hour writes nothing.
        if hidden.iter().all(same) && !known.iter().any(gone) {
            return Ok(());
        }
        let rows: BTreeMap<String, HiddenRow<'_>> = hidden
            .iter()
            .map(|it| {
                let (since_ms, cause) = (it.since_ms, it.cause.as_str());
                (it.lane.clone(), HiddenRow { since_ms, cause })
            })
            .collect();
        let mut tx = self.begin(account).await?;
        sqlx::query(FORGET_HIDDEN)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(keys(lanes.iter().map(String::as_str))?)
            .bind(list(&rows)?)
            .execute(&mut *tx)
            .await?;
        sqlx::query(KEEP_HIDDEN)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(list(&rows)?)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn all_hidden(
        &self,
        account: &AccountId,
        backup: &BackupId,
    ) -> Result<Vec<Hidden>, Fault> {
        let rows = sqlx::query(HIDDEN)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let hidden = |row: &AnyRow| {
            Ok(Hidden {
                lane: row.try_get("lane")?,
                since_ms: row.try_get("since_ms")?,
                cause: row.try_get("cause")?,
            })
        };
        rows.iter().map(hidden).collect()
    }

    async fn all_lost(
        &self,
        account: &AccountId,
        backup: &Backup,
        limit: u32,
    ) -> Result<Vec<Lost>, Fault> {
        let rows = sqlx::query(LOST_BY_CAUSE)
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(backup.id.as_str())
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let lost = |row: &AnyRow| {
            Ok(Lost {
                extension: whose(row)?,
                data_type: type_of(row.try_get("data_type")?)?,
                cause: row.try_get("cause")?,
                files: row.try_get::<i64, _>("files")?.unsigned_abs(),
            })
        };
        rows.iter().map(lost).collect()
    }

    async fn all_leavers(&self, account: &AccountId) -> Result<BTreeMap<ExtensionId, i64>, Fault> {
        let rows = sqlx::query(LEAVERS)
            .bind(account.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let leaver = |row: &AnyRow| {
            let id = ExtensionId::new(row.try_get::<String, _>("id")?);
            Ok((id, row.try_get("gone_ms")?))
        };
        rows.iter().map(leaver).collect()
    }
}

/// Whose a row is; empty: nobody's in particular.
fn whose(row: &AnyRow) -> Result<Option<ExtensionId>, Fault> {
    let id: String = row.try_get("extension_id")?;
    Ok((!id.is_empty()).then(|| ExtensionId::new(id)))
}

fn count_of(row: &AnyRow) -> Result<Count, Fault> {
    let number = |column| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    Ok(Count {
        archived: number("archived")?,
        pending: number("pending")?,
        missing: number("missing")?,
        excluded: number("excluded")?,
        files: number("files")?,
        bytes: number("bytes")?,
    })
}
