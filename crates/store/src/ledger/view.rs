//! What the Ledger shows: counts, what is not archived, what is.

use std::collections::BTreeMap;

use domain::account::AccountId;
use domain::archive_path::ArchivePath;
use domain::connection::{Backup, BackupId};
use domain::data_type::DataType;
use domain::ledger::{Count, Fingerprint, Open, Receipt};
use domain::ports::Shelved;
use domain::window::Window;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::item_row::{extension_of, id_of};
use super::note::state_of;
use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::statements::statements;

statements! {
    /// A unit is as its worst part: pending, else missing, else archived, else
    /// excluded.
    COUNTS = "select u.data_type, u.worst, count(*) as units,
            cast(sum(u.files) as bigint) as files, cast(sum(u.bytes) as bigint) as bytes,
            min(u.first_work_ms) as started_ms, max(u.last_work_ms) as ended_ms
        from (
            select e.data_type, e.unit,
                max(case e.state when 'pending' then 3 when 'missing' then 2
                    when 'archived' then 1 else 0 end) as worst,
                sum(case e.state when 'archived' then 1 else 0 end) as files,
                sum(case e.state when 'archived' then e.size else 0 end) as bytes,
                min(e.first_work_ms) as first_work_ms, max(e.last_work_ms) as last_work_ms
            from backup_item b
            join entry e on e.account_id = b.account_id and e.destination_id = $3
                and e.item_key = b.item_key
            where b.account_id = $1 and b.backup_id = $2 and b.at_ms >= $4 and b.at_ms < $5
            group by e.data_type, e.unit
        ) u group by u.data_type, u.worst";

    NOT_ARCHIVED = "select e.item_key, e.data_type, e.at_ms, e.state, e.reason, e.cause,
            i.extension_id
        from entry e
        join item i on i.account_id = e.account_id and i.item_key = e.item_key
        where e.account_id = $1 and e.destination_id = $2 and e.state <> 'archived'
            and e.at_ms >= $4 and e.at_ms < $5
            and exists (select 1 from backup_item b where b.account_id = $1
                and b.backup_id = $3 and b.at_ms = e.at_ms and b.item_key = e.item_key)
        order by e.at_ms, e.item_key limit $6";

    ON_SHELF = "select e.item_key, e.at_ms, e.path, e.size, e.sha256, e.receipt_size,
            e.receipt_hash, e.revision
        from entry e
        where e.account_id = $1 and e.destination_id = $2 and e.state = 'archived'
            and e.path > $6 and e.at_ms >= $4 and e.at_ms < $5
            and exists (select 1 from backup_item b where b.account_id = $1
                and b.backup_id = $3 and b.at_ms = e.at_ms and b.item_key = e.item_key)
        order by e.path limit $7";
}

impl Database {
    pub(super) async fn count(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<BTreeMap<DataType, Count>, Fault> {
        let mut reader = self.reader().await?;
        let destination = backup.destination.as_str();
        let tally = tally(&mut reader, account, &backup.id, destination, window).await?;
        Ok(tally.counts)
    }

    pub(super) async fn not_archived(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        limit: u32,
    ) -> Result<Vec<Open>, Fault> {
        let rows = sqlx::query(NOT_ARCHIVED)
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(backup.id.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(open_of).collect()
    }

    pub(super) async fn on_shelf(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Shelved>, Fault> {
        let rows = sqlx::query(ON_SHELF)
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(backup.id.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(shelved_of).collect()
    }
}

/// The sums of a window.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) counts: BTreeMap<DataType, Count>,
    /// First and last work on an item, milliseconds since 1970.
    pub(crate) started_ms: Option<i64>,
    pub(crate) ended_ms: Option<i64>,
}

/// Counts a Backup's items of a window.
pub(crate) async fn tally(
    reader: &mut AnyConnection,
    account: &AccountId,
    backup: &BackupId,
    destination: &str,
    window: Window,
) -> Result<Tally, Fault> {
    let rows = sqlx::query(COUNTS)
        .bind(account.as_str())
        .bind(backup.as_str())
        .bind(destination)
        .bind(window.start_ms())
        .bind(window.end_ms())
        .fetch_all(reader)
        .await?;
    let mut tally = Tally::default();
    for row in &rows {
        tally.add(row)?;
    }
    Ok(tally)
}

impl Tally {
    /// Adds the units of one type and state.
    fn add(&mut self, row: &AnyRow) -> Result<(), Fault> {
        let data_type = type_of(row.try_get("data_type")?)?;
        let count = self.counts.entry(data_type).or_default();
        let units = number(row, "units")?;
        match row.try_get::<i64, _>("worst")? {
            3 => count.pending += units,
            2 => count.missing += units,
            1 => count.archived += units,
            _ => count.excluded += units,
        }
        count.files += number(row, "files")?;
        count.bytes += number(row, "bytes")?;
        let started: Option<i64> = row.try_get("started_ms")?;
        self.started_ms = self.started_ms.into_iter().chain(started).min();
        self.ended_ms = self.ended_ms.max(row.try_get("ended_ms")?);
        Ok(())
    }
}

fn open_of(row: &AnyRow) -> Result<Open, Fault> {
    let state: String = row.try_get("state")?;
    let reason: Option<String> = row.try_get("reason")?;
    Ok(Open {
        item: row.try_get("item_key")?,
        data_type: type_of(row.try_get("data_type")?)?,
        extension: extension_of(row)?,
        at_ms: row.try_get("at_ms")?,
        state: state_of(&state, reason.as_deref()),
        cause: row.try_get("cause")?,
    })
}

pub(crate) fn shelved_of(row: &AnyRow) -> Result<Shelved, Fault> {
    Ok(Shelved {
        item: id_of(row)?,
        at_ms: row.try_get("at_ms")?,
        path: ArchivePath::new(row.try_get::<String, _>("path")?)?,
        fingerprint: Fingerprint {
            size: number(row, "size")?,
            sha256: row.try_get("sha256")?,
        },
        receipt: Receipt {
            size: number(row, "receipt_size")?,
            hash: row.try_get("receipt_hash")?,
            revision: row.try_get("revision")?,
        },
    })
}

pub(crate) fn type_of(word: &str) -> Result<DataType, Fault> {
    Ok(DataType::from_word(word).ok_or_else(|| unreadable("a data type"))?)
}

fn number(row: &AnyRow, column: &str) -> Result<u64, Fault> {
    Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
}
