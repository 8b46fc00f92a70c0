//! Runs: the leased right to work on a Backup. Times here are the database's
//! own.

use std::time::Duration;

use domain::account::AccountId;
use domain::connection::BackupId;
use domain::ports::Run;
use sqlx::{Any, Transaction};

use super::turns::end_turn;
use crate::database::Database;
use crate::fault::Fault;
use crate::statements::statements;

statements! {
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

    RUNNING = "select count(*) from run where account_id = $1 and backup_id = $2
        and lease_until_ms > cast(unixepoch('subsec') * 1000 as bigint)
        and lease_until_ms <= cast(unixepoch('subsec') * 1000 as bigint) + 2 * lease_ms";
}

impl Database {
    pub(super) async fn take_run(
        &self,
        account: &AccountId,
        backup: &BackupId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Run>, Fault> {
        let mut tx = self.begin(account).await?;
        let run = start(&mut tx, account, backup, worker, lease).await?;
        tx.commit().await?;
        Ok(run)
    }

    pub(super) async fn lengthen(
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

    pub(super) async fn give_back(&self, account: &AccountId, run: &Run) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        let done = sqlx::query(FINISH_RUN)
            .bind(account.as_str())
            .bind(run.backup.as_str())
            .bind(run.attempt)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() > 0 {
            end_turn(&mut tx, account, &run.backup).await?;
        }
        Ok(tx.commit().await?)
    }

    pub(super) async fn running(
        &self,
        account: &AccountId,
        backup: &BackupId,
    ) -> Result<bool, Fault> {
        let running: i64 = sqlx::query_scalar(RUNNING)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_one(&mut *self.reader().await?)
            .await?;
        Ok(running > 0)
    }
}

/// Takes the right inside a transaction, or `None` while somebody holds it.
pub(super) async fn start(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &BackupId,
    worker: &str,
    lease: Duration,
) -> Result<Option<Run>, Fault> {
    let attempt: Option<i64> = sqlx::query_scalar(START_RUN)
        .bind(account.as_str())
        .bind(backup.as_str())
        .bind(worker)
        .bind(milliseconds(lease))
        .fetch_optional(&mut **tx)
        .await?;
    Ok(attempt.map(|attempt| Run {
        backup: backup.clone(),
        attempt,
    }))
}

fn milliseconds(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4)
}
