//! The sums of a day person by person: rows beside `counted_day`, counted with
//! it and kept with it.

use std::collections::BTreeMap;

use domain::account::AccountId;
use domain::connection::BackupId;
use domain::window::Window;
use serde::Serialize;
use sqlx::{Any, AnyConnection, Row, Transaction};

use crate::fault::Fault;
use crate::list::list;
use crate::statements::statements;

statements! {
    /// A unit is as its worst part: pending, else missing, else archived, else
    /// excluded. Its parts are one person's.
    COVERS = "select u.extension_id, u.data_type,
            cast(sum(case u.worst when 1 then 1 else 0 end) as bigint) as archived,
            cast(sum(case u.worst when 3 then 1 else 0 end) as bigint) as pending,
            cast(sum(case u.worst when 2 then 1 else 0 end) as bigint) as missing,
            cast(sum(case u.worst when 0 then 1 else 0 end) as bigint) as excluded,
            cast(sum(u.files) as bigint) as files, cast(sum(u.bytes) as bigint) as bytes,
            min(u.first_ms) as first_ms, max(u.last_ms) as last_ms
        from (
            select coalesce(min(i.extension_id), '') as extension_id, e.data_type, e.unit,
                max(case e.state when 'pending' then 3 when 'missing' then 2
                    when 'archived' then 1 else 0 end) as worst,
                sum(case e.state when 'archived' then 1 else 0 end) as files,
                sum(case e.state when 'archived' then e.size else 0 end) as bytes,
                min(case e.state when 'archived' then e.at_ms else null end) as first_ms,
                max(case e.state when 'archived' then e.at_ms else null end) as last_ms
            from backup_item b
            join entry e on e.account_id = b.account_id and e.destination_id = $3
                and e.item_key = b.item_key
            join item i on i.account_id = b.account_id and i.item_key = b.item_key
            where b.account_id = $1 and b.backup_id = $2 and b.at_ms >= $4 and b.at_ms < $5
            group by e.data_type, e.unit
        ) u group by u.extension_id, u.data_type";

    /// What was counted before is replaced, unless somebody has counted a newer
    /// version meanwhile.
    FORGET_COVERS = "delete from covered_day
        where account_id = $1 and backup_id = $2 and day_ms = $3
            and exists (select 1 from counted_day c where c.account_id = $1
                and c.backup_id = $2 and c.day_ms = $3 and c.version = $4)";

    KEEP_COVERS = "insert into covered_day (account_id, backup_id, day_ms, extension_id, data_type,
            archived, pending, missing, excluded, files, bytes, first_ms, last_ms)
        select $1, $2, cast($3 as bigint), r.value ->> 'extension_id', r.value ->> 'data_type',
            cast(r.value ->> 'archived' as bigint), cast(r.value ->> 'pending' as bigint),
            cast(r.value ->> 'missing' as bigint), cast(r.value ->> 'excluded' as bigint),
            cast(r.value ->> 'files' as bigint), cast(r.value ->> 'bytes' as bigint),
            cast(r.value ->> 'first_ms' as bigint), cast(r.value ->> 'last_ms' as bigint)
        from json_each($5) as r
        where exists (select 1 from counted_day c where c.account_id = $1
            and c.backup_id = $2 and c.day_ms = cast($3 as bigint)
            and c.version = cast($4 as bigint))";
}

/// One person and type on one day.
#[derive(Serialize)]
pub(super) struct CoverRow {
    extension_id: String,
    pub(super) data_type: String,
    pub(super) archived: u64,
    pub(super) pending: u64,
    pub(super) missing: u64,
    pub(super) excluded: u64,
    pub(super) files: u64,
    pub(super) bytes: u64,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
}

/// Counts a Backup's items of a window, person by person.
pub(super) async fn cover_day(
    reader: &mut AnyConnection,
    account: &AccountId,
    backup: &BackupId,
    destination: &str,
    window: Window,
) -> Result<Vec<CoverRow>, Fault> {
    let rows = sqlx::query(COVERS)
        .bind(account.as_str())
        .bind(backup.as_str())
        .bind(destination)
        .bind(window.start_ms())
        .bind(window.end_ms())
        .fetch_all(reader)
        .await?;
    let cover = |row: &sqlx::any::AnyRow| {
        let number = |column| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
        Ok(CoverRow {
            extension_id: row.try_get("extension_id")?,
            data_type: row.try_get("data_type")?,
            archived: number("archived")?,
            pending: number("pending")?,
            missing: number("missing")?,
            excluded: number("excluded")?,
            files: number("files")?,
            bytes: number("bytes")?,
            first_ms: row.try_get("first_ms")?,
            last_ms: row.try_get("last_ms")?,
        })
    };
    rows.iter().map(cover).collect()
}

/// Keeps a day of people, if `counted_day` now holds this very version of it.
pub(super) async fn keep(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &BackupId,
    (day_ms, version): (i64, i64),
    people: &[CoverRow],
) -> Result<(), Fault> {
    sqlx::query(FORGET_COVERS)
        .bind(account.as_str())
        .bind(backup.as_str())
        .bind(day_ms)
        .bind(version)
        .execute(&mut **tx)
        .await?;
    if people.is_empty() {
        return Ok(());
    }
    let rows = people
        .iter()
        .map(|it| (format!("{}/{}", it.data_type, it.extension_id), it));
    let rows: BTreeMap<String, &CoverRow> = rows.collect();
    sqlx::query(KEEP_COVERS)
        .bind(account.as_str())
        .bind(backup.as_str())
        .bind(day_ms)
        .bind(version)
        .bind(list(&rows)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
