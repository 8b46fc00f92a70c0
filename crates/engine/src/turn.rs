//! One turn of a worker: a Backup that is due, some minutes of work on it,
//! and when it is due again. The lease is held all the while.

use std::time::Duration;

use domain::ports::Claimed;
use domain::window::Window;
use domain::{Error, Kind, Result, Verdict};

use crate::backup::{Board, flow, stopped};
use crate::case::{CalledOff, Case};
use crate::ends::Ends;
use crate::hours::Hours;
use crate::retry::spread;
use crate::rows::Desk;
use crate::scribe::Scribe;
use crate::worker::Worker;
use crate::{evidence, lease, trouble};

/// Works on what was claimed and gives it back. `Err`: our own memory failed;
/// the lease then runs out by itself.
pub(crate) async fn take(worker: &Worker, claimed: &Claimed) -> Result<()> {
    let (account, run) = (&claimed.account, &claimed.run);
    let Some(case) = Case::load(worker, account, &run.backup).await? else {
        return worker.store.finish_run(account, run).await;
    };
    let ends = worker.ends(&case.connection).await;
    let hours = Hours::begin(&ends, &case.job, claimed.hurried).await?;
    let desk = Desk::new(&ends, &case.job);
    let board = Board::new(&());
    let scribe = Scribe::new(&ends, &case.job, run, &board);
    let mut off = None;
    let result = tokio::select! {
        // The work comes last: it must not keep the others from being heard.
        biased;
        never = scribe.keep() => match never {},
        lost = lease::keep(&ends, &case.job, run) => {
            tracing::warn!(kind = lost.kind().word(), "a run lost its lease");
            return Ok(());
        }
        why = case.called_off(worker) => {
            off = Some(why);
            Err(why.error())
        }
        () = hours.turned() => {
            off = Some(CalledOff::Changed);
            Err(CalledOff::Changed.error())
        }
        () = worker.stop.cancelled() => Err(stopped()),
        result = work(&ends, &case, &hours, &desk, &board) => result,
    };
    scribe.leave().await;
    // All that was on its way has been dropped by now.
    if off == Some(CalledOff::Disconnected) {
        worker.providers.forget(&case.connection).await;
    }
    worker.failures.count(&result);
    desk.leave(&result).await?;
    plan_next(worker, &ends, &case, &hours, result, off).await?;
    worker.store.finish_run(account, run).await
}

async fn work(
    ends: &Ends,
    case: &Case,
    hours: &Hours<'_>,
    desk: &Desk<'_>,
    board: &Board<'_>,
) -> Result<()> {
    // Only a source that does not answer keeps anybody from listing.
    let reaches = if trouble::is_known(&case.connection) {
        trouble::ask(ends, &case.job, &case.connection).await?
    } else {
        Ok(())
    };
    let done = flow(ends, &case.job, hours, desk, board, reaches).await;
    evidence::tell(ends, &case.job.backup, case.job.naming, &done).await?;
    done.map(drop)
}

/// Decides when the Backup is due again, and tells what went wrong.
async fn plan_next(
    worker: &Worker,
    ends: &Ends,
    case: &Case,
    hours: &Hours<'_>,
    result: Result<()>,
    off: Option<CalledOff>,
) -> Result<()> {
    let spread = spread(case.job.backup.id.as_str(), 0);
    match result {
        Ok(()) => {
            worker.failures.well(&case.job.backup);
            let entry_ms = next_entry(ends, case, hours.within()).await?;
            let now_ms = ends.now_ms();
            let left = hours.is_left() || entry_ms.is_some_and(|at| at <= now_ms);
            hours
                .note(|it| it.ran(now_ms, left, entry_ms, spread))
                .await
        }
        Err(error) if error.kind() == Kind::Cancelled => match off {
            Some(CalledOff::Changed) => hours.note(|it| it.called_off(ends.now_ms())).await,
            // Another worker goes on, or nobody.
            _ => Ok(()),
        },
        Err(error) => {
            let wait = failed(worker, ends, case, &error).await?;
            hours
                .note(|it| it.failed(ends.now_ms(), wait, spread))
                .await
        }
    }
}

/// Tells of a failure; how long the next run then waits. `None`: until the
/// next hour, or until somebody has connected again.
async fn failed(
    worker: &Worker,
    ends: &Ends,
    case: &Case,
    error: &Error,
) -> Result<Option<Duration>> {
    tracing::warn!(kind = error.kind().word(), "a run failed");
    if error.kind() == Kind::Unauthorized {
        if !trouble::is_known(&case.connection) {
            let asked = trouble::ask(ends, &case.job, &case.connection).await;
            if matches!(asked, Ok(Ok(()))) {
                // Both ends answer: it was something of the moment.
                return moment(worker, ends, case, error).await.map(Some);
            }
        }
        return Ok(None);
    }
    let again = moment(worker, ends, case, error).await?;
    Ok(Some(match error.verdict() {
        Verdict::WaitFor(wait) => wait.max(again),
        _ => again,
    }))
}

/// What may pass by itself: told once, and tried again ever more slowly.
async fn moment(worker: &Worker, ends: &Ends, case: &Case, error: &Error) -> Result<Duration> {
    let backup = &case.job.backup;
    let (wait, news) = worker.failures.note(backup, &error.to_string());
    if news {
        trouble::tell_failure(ends, &case.job, error).await?;
    }
    Ok(wait)
}

/// When the next pending item falls due.
async fn next_entry(ends: &Ends, case: &Case, within: Window) -> Result<Option<i64>> {
    let backup = &case.job.backup;
    let next = ends.store.next_due(&backup.account, backup, within);
    next.await
}
