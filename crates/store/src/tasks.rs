//! Tasks, Runs and marks. A Task's counts are not kept anywhere: they are
//! derived from the Ledger each time, so the sums always agree.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::BackupId;
use domain::data_type::DataType;
use domain::lane::Lane;
use domain::ports::{Run, Tasks};
use domain::task::{Listing, Task};
use domain::window::Window;
use serde::Serialize;
use sqlx::Row;

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

    SET_LISTING = "update task set listing = $5
        where account_id = $1 and backup_id = $2 and from_ms >= $3 and to_ms <= $4";

    TASKS = "select from_ms, to_ms, listing from task
        where account_id = $1 and backup_id = $2 and from_ms < $4 and to_ms > $3
        order by from_ms desc, to_ms desc";

    WHERE_TO = "select destination_id from backup where account_id = $1 and id = $2";

    /// Takes a Run that is free, or whose lease has run out, or whose lease
    /// ends so far ahead that the database's clock must have jumped back.
    START_RUN = "insert into run (account_id, backup_id, attempt, worker, lease_ms, lease_until_ms)
        values ($1, $2, 1, $3, $4, cast(unixepoch('subsec') * 1000 as bigint) + $4)
        on conflict (account_id, backup_id) do update set attempt = run.attempt + 1,
            worker = excluded.worker, lease_ms = excluded.lease_ms,
            lease_until_ms = excluded.lease_until_ms
        where run.lease_until_ms <= cast(unixepoch('subsec') * 1000 as bigint)
            or run.lease_until_ms > cast(unixepoch('subsec') * 1000 as bigint) + 2 * run.lease_ms
        returning attempt";

    BEAT = "update run set lease_ms = $4,
            lease_until_ms = cast(unixepoch('subsec') * 1000 as bigint) + $4
        where account_id = $1 and backup_id = $2 and attempt = $3 and lease_until_ms > 0";

    FINISH_RUN = "update run set lease_until_ms = 0
        where account_id = $1 and backup_id = $2 and attempt = $3";

    MARK = "select to_ms from mark
        where account_id = $1 and backup_id = $2 and lane = $3 and data_type = $4";

    ADVANCE_MARK = "insert into mark (account_id, backup_id, lane, data_type, to_ms)
        values ($1, $2, $3, $4, $5)
        on conflict (account_id, backup_id, lane, data_type)
        do update set to_ms = excluded.to_ms where excluded.to_ms > mark.to_ms";
}

#[derive(Serialize)]
struct WindowRow {
    from_ms: i64,
    to_ms: i64,
}

#[async_trait]
impl Tasks for Database {
    async fn open_tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        windows: &[Window],
    ) -> Result<()> {
        if windows.is_empty() {
            return Ok(());
        }
        self.attempt("opening rows of the log", || {
            self.put_tasks(account, backup, windows)
        })
        .await
    }

    async fn set_listing(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
        listing: Listing,
    ) -> Result<()> {
        self.attempt("keeping how far a listing is", || {
            self.put_listing(account, backup, window, listing)
        })
        .await
    }

    async fn tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<Task>> {
        self.attempt("reading rows of the log", || {
            self.some_tasks(account, backup, window)
        })
        .await
    }

    async fn start_run(
        &self,
        account: &AccountId,
        backup: &BackupId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Run>> {
        self.attempt("starting a run", || {
            self.take_run(account, backup, worker, lease)
        })
        .await
    }

    async fn beat(&self, account: &AccountId, run: &Run, lease: Duration) -> Result<bool> {
        self.attempt("lengthening a lease", || self.lengthen(account, run, lease))
            .await
    }

    async fn finish_run(&self, account: &AccountId, run: &Run) -> Result<()> {
        self.attempt("finishing a run", || self.give_back(account, run))
            .await
    }

    async fn mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
    ) -> Result<Option<i64>> {
        self.attempt("reading a mark", || {
            self.one_mark(account, backup, lane, data_type)
        })
        .await
    }

    async fn advance_mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
        to_ms: i64,
    ) -> Result<()> {
        self.attempt("moving a mark", || {
            self.put_mark(account, backup, lane, data_type, to_ms)
        })
        .await
    }
}

impl Database {
    async fn put_tasks(
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
        Ok(tx.commit().await?)
    }

    async fn put_listing(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
        listing: Listing,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(SET_LISTING)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .bind(listing_word(listing))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn some_tasks(
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
        let mut tasks = Vec::with_capacity(rows.len());
        for row in &rows {
            let window = Window::from_ms(row.try_get("from_ms")?, row.try_get("to_ms")?)
                .ok_or_else(|| unreadable("the span of a row of the log"))?;
            // One question a row: each is a walk along an index, whereas
            // joining spans with instants is what planners are bad at.
            let tally = tally(&mut reader, account, backup, &destination, window).await?;
            tasks.push(Task {
                window,
                counts: tally.counts,
                started_ms: tally.started_ms,
                ended_ms: tally.ended_ms,
                listed: listing_of(&row.try_get::<String, _>("listing")?),
            });
        }
        Ok(tasks)
    }

    async fn take_run(
        &self,
        account: &AccountId,
        backup: &BackupId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Run>, Fault> {
        let mut tx = self.begin(account).await?;
        let attempt: Option<i64> = sqlx::query_scalar(START_RUN)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(worker)
            .bind(milliseconds(lease))
            .fetch_optional(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(attempt.map(|attempt| Run {
            backup: backup.clone(),
            attempt,
        }))
    }

    async fn lengthen(
        &self,
        account: &AccountId,
        run: &Run,
        lease: Duration,
    ) -> Result<bool, Fault> {
        let mut tx = self.begin(account).await?;
        let done = sqlx::query(BEAT)
            .bind(account.as_str())
            .bind(run.backup.as_str())
            .bind(run.attempt)
            .bind(milliseconds(lease))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    async fn give_back(&self, account: &AccountId, run: &Run) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(FINISH_RUN)
            .bind(account.as_str())
            .bind(run.backup.as_str())
            .bind(run.attempt)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn one_mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
    ) -> Result<Option<i64>, Fault> {
        Ok(sqlx::query_scalar(MARK)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(lane.key())
            .bind(data_type.word())
            .fetch_optional(&mut *self.reader().await?)
            .await?)
    }

    async fn put_mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
        to_ms: i64,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(ADVANCE_MARK)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(lane.key())
            .bind(data_type.word())
            .bind(to_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

fn milliseconds(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4)
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
fn listing_of(word: &str) -> Listing {
    match word {
        "running" => Listing::Running,
        "done" => Listing::Done,
        "failed" => Listing::Failed,
        _ => Listing::Due,
    }
}
