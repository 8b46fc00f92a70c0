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
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::ledger::add_to_counts;
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

    /// A row for each Task without items; for each other one a row for each
    /// data type and state of units in it.
    TASKS = "select t.from_ms, t.to_ms, t.listing, u.data_type, u.worst,
            count(u.unit) as units, cast(coalesce(sum(u.files), 0) as bigint) as files,
            cast(coalesce(sum(u.bytes), 0) as bigint) as bytes,
            min(u.first_work_ms) as started_ms, max(u.last_work_ms) as ended_ms
        from task t left join (
            select w.from_ms, w.to_ms, e.data_type, e.unit,
                max(case e.state when 'pending' then 3 when 'missing' then 2
                    when 'archived' then 1 else 0 end) as worst,
                sum(case e.state when 'archived' then 1 else 0 end) as files,
                sum(case e.state when 'archived' then e.size else 0 end) as bytes,
                min(e.first_work_ms) as first_work_ms, max(e.last_work_ms) as last_work_ms
            from task w
            join backup g on g.account_id = w.account_id and g.id = w.backup_id
            join backup_item b on b.account_id = w.account_id and b.backup_id = w.backup_id
                and b.at_ms >= w.from_ms and b.at_ms < w.to_ms
            join entry e on e.account_id = b.account_id
                and e.destination_id = g.destination_id and e.item_key = b.item_key
            where w.account_id = $1 and w.backup_id = $2 and w.from_ms < $4 and w.to_ms > $3
            group by w.from_ms, w.to_ms, e.data_type, e.unit
        ) u on u.from_ms = t.from_ms and u.to_ms = t.to_ms
        where t.account_id = $1 and t.backup_id = $2 and t.from_ms < $4 and t.to_ms > $3
        group by t.from_ms, t.to_ms, t.listing, u.data_type, u.worst
        order by t.from_ms desc, t.to_ms desc";

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
        let rows = sqlx::query(TASKS)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let mut tasks: Vec<Task> = Vec::new();
        for row in &rows {
            let window = Window::from_ms(row.try_get("from_ms")?, row.try_get("to_ms")?)
                .ok_or_else(|| unreadable("the span of a row of the log"))?;
            if tasks.last().is_none_or(|last| last.window != window) {
                tasks.push(Task {
                    window,
                    counts: BTreeMap::new(),
                    started_ms: None,
                    ended_ms: None,
                    listed: listing_of(&row.try_get::<String, _>("listing")?),
                });
            }
            if let Some(task) = tasks.last_mut() {
                add_to_task(task, row)?;
            }
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

fn add_to_task(task: &mut Task, row: &AnyRow) -> Result<(), Fault> {
    add_to_counts(&mut task.counts, row)?;
    let started: Option<i64> = row.try_get("started_ms")?;
    let ended: Option<i64> = row.try_get("ended_ms")?;
    task.started_ms = task.started_ms.into_iter().chain(started).min();
    task.ended_ms = task.ended_ms.max(ended);
    Ok(())
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
