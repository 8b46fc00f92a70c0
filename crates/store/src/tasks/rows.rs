//! Tasks: rows of the LOG. Their counts are not kept anywhere: they are derived
//! from the Ledger each time, so the sums always agree.

use std::collections::BTreeMap;

use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::task::{Listing, Task};
use domain::window::Window;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row, Transaction};

use crate::connections::types_text;
use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::ledger::tally;
use crate::list::list;
use crate::statements::statements;

statements! {
    OPEN_TASKS = "insert into task (account_id, backup_id, from_ms, to_ms, listing)
        select $1, $2, cast(r.value ->> 'from_ms' as bigint),
            cast(r.value ->> 'to_ms' as bigint), 'due'
        from json_each($3) as r where true
        on conflict (account_id, backup_id, from_ms, to_ms) do nothing";

    LONGEST = "update backup set longest_ms = $3
        where account_id = $1 and id = $2 and longest_ms < $3";

    /// What was wholly listed once stays so. What a Run has listed while other
    /// types were ticked was not wholly listed.
    SET_LISTING = "update task set listing = $5
        where account_id = $1 and backup_id = $2 and from_ms >= $3 and from_ms < $4
            and to_ms <= $4 and listing <> 'done'
            and ($5 <> 'done' or exists (select 1 from backup b
                where b.account_id = $1 and b.id = $2 and b.types = $6))";

    /// Rows that overlap, also those that begin long before the window.
    RELIST = "update task set listing = 'due'
        where account_id = $1 and backup_id = $2 and from_ms < $4 and to_ms > $3
            and from_ms >= $3 - (select b.longest_ms from backup b
                where b.account_id = $1 and b.id = $2)
            and listing <> 'due'";

    TASKS = "select from_ms, to_ms, listing from task
        where account_id = $1 and backup_id = $2 and from_ms < $4 and to_ms > $3
        order by from_ms desc, to_ms desc";

    /// The end of the newest hour that was listed: none after it was, whatever
    /// a clock made somebody believe.
    LISTED_TO = "select hourly_ms from timetable where account_id = $1 and backup_id = $2";

    WHERE_TO = "select destination_id from backup where account_id = $1 and id = $2";
}

#[derive(Serialize)]
struct WindowRow {
    from_ms: i64,
    to_ms: i64,
}

impl Database {
    pub(super) async fn put_tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        windows: &[Window],
    ) -> Result<(), Fault> {
        let rows: BTreeMap<String, _> = windows
            .iter()
            .map(|it| {
                let (from_ms, to_ms) = (it.start_ms(), it.end_ms());
                (format!("{from_ms}-{to_ms}"), WindowRow { from_ms, to_ms })
            })
            .collect();
        let mut tx = self.begin(account).await?;
        sqlx::query(OPEN_TASKS)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(list(&rows)?)
            .execute(&mut *tx)
            .await?;
        let lengths = windows.iter().map(|it| it.end_ms() - it.start_ms());
        sqlx::query(LONGEST)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(lengths.max().unwrap_or(0))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn put_listing(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        listing: Listing,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(SET_LISTING)
            .bind(account.as_str())
            .bind(backup.id.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .bind(listing_word(listing))
            .bind(types_text(&backup.types))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn put_relist(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        relist(&mut tx, account, backup, window).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn some_tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<Task>, Fault> {
        let mut reader = self.reader().await?;
        let destination: Option<String> = sqlx::query_scalar(WHERE_TO)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_optional(&mut *reader)
            .await?;
        let Some(destination) = destination else {
            return Ok(Vec::new());
        };
        let rows = sqlx::query(TASKS)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .fetch_all(&mut *reader)
            .await?;
        let listed_to = listed_to(&mut reader, account, backup).await?;
        let mut tasks = Vec::with_capacity(rows.len());
        for row in &rows {
            let task = task_of(&mut reader, account, backup, &destination, row).await?;
            tasks.push(believed(task, listed_to));
        }
        Ok(tasks)
    }
}

/// Rows that overlap the window are due again.
pub(crate) async fn relist(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &BackupId,
    window: Window,
) -> Result<(), Fault> {
    sqlx::query(RELIST)
        .bind(account.as_str())
        .bind(backup.as_str())
        .bind(window.start_ms())
        .bind(window.end_ms())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Where the newest hour ends that was listed, milliseconds since 1970.
pub(crate) async fn listed_to(
    reader: &mut AnyConnection,
    account: &AccountId,
    backup: &BackupId,
) -> Result<Option<i64>, Fault> {
    let listed: Option<Option<i64>> = sqlx::query_scalar(LISTED_TO)
        .bind(account.as_str())
        .bind(backup.as_str())
        .fetch_optional(reader)
        .await?;
    Ok(listed.flatten())
}

/// A row that no hour has reached yet is not done.
pub(crate) fn believed(task: Task, listed_to: Option<i64>) -> Task {
    let listed = task.listed.reached(task.window, listed_to);
    Task { listed, ..task }
}

/// A row with its counts. One question a row: each is a walk along an index,
/// whereas joining spans with instants is what planners are bad at.
pub(crate) async fn task_of(
    reader: &mut AnyConnection,
    account: &AccountId,
    backup: &BackupId,
    destination: &str,
    row: &AnyRow,
) -> Result<Task, Fault> {
    let window = window_of(row)?;
    let tally = tally(reader, account, backup, destination, window).await?;
    Ok(Task {
        window,
        counts: tally.counts,
        started_ms: tally.started_ms,
        ended_ms: tally.ended_ms,
        listed: listing_of(&row.try_get::<String, _>("listing")?),
    })
}

fn window_of(row: &AnyRow) -> Result<Window, Fault> {
    let window = Window::from_ms(row.try_get("from_ms")?, row.try_get("to_ms")?);
    Ok(window.ok_or_else(|| unreadable("the span of a row of the log"))?)
}

fn listing_word(listing: Listing) -> &'static str {
    match listing {
        Listing::Due => "due",
        Listing::Running => "running",
        Listing::Done => "done",
        Listing::Failed => "failed",
    }
}

/// What a newer version wrote is to be listed again.
pub(crate) fn listing_of(word: &str) -> Listing {
    match word {
        "running" => Listing::Running,
        "done" => Listing::Done,
        "failed" => Listing::Failed,
        _ => Listing::Due,
    }
}
