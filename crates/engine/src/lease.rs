//! The right to work on a Backup: taken, kept alive, given back. A lease
//! saves work; safety comes from create-only puts and the ledger.

use std::time::Duration;

use domain::ports::Run;
use domain::{Error, Kind, Result};
use tokio::time::{Instant, sleep, timeout_at};

use crate::backup::Job;
use crate::ends::Ends;
use crate::progress::Watch;

/// How often a taken right is asked for again.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// Takes the right. Waits up to one lease for a former holder that may have
/// died.
pub async fn take(ends: &Ends, job: &Job, watch: &dyn Watch) -> Result<Run> {
    let lease = ends.rhythm.lease;
    let until = Instant::now() + lease + 4 * ASK_AGAIN;
    let mut told = false;
    loop {
        let run = ends
            .store
            .start_run(&job.backup.account, &job.backup.id, &job.worker, lease)
            .await?;
        if let Some(run) = run {
            return Ok(run);
        }
        if Instant::now() >= until {
            return Err(Error::new(
                Kind::Cancelled,
                "another archiver is working on this backup right now",
            )
            .remedy("Let it finish, then try again; nothing was changed."));
        }
        if !told {
            watch.waits();
            told = true;
        }
        sleep(ASK_AGAIN).await;
    }
}

/// Beats until the right is lost; says how it was lost.
pub async fn keep(ends: &Ends, job: &Job, run: &Run) -> Error {
    let lease = ends.rhythm.lease;
    let mut kept_until = Instant::now() + lease;
    loop {
        sleep(lease / 3).await;
        let asked = Instant::now();
        let beat = ends.store.beat(&job.backup.account, run, lease);
        match timeout_at(kept_until, beat).await {
            Ok(Ok(true)) => kept_until = asked + lease,
            Ok(Ok(false)) => {
                return Error::new(Kind::Cancelled, "another archiver took this backup over")
                    .remedy("What is archived stays archived; the other one goes on from here.");
            }
            // The database may be away for a moment; past our own clock's end
            // of the lease somebody else may be at work.
            Ok(Err(error)) if Instant::now() >= kept_until => {
                return error.while_doing("keeping the right to this backup");
            }
            Ok(Err(_)) => {}
            Err(_) => {
                return Error::new(Kind::Storage, "the database does not answer")
                    .while_doing("keeping the right to this backup");
            }
        }
    }
}

/// Gives it back, so that the next worker need not wait.
pub async fn give_back(ends: &Ends, job: &Job, run: &Run) -> Result<()> {
    ends.store.finish_run(&job.backup.account, run).await
}
