//! What a server does by itself so that an archive stays what it was: looks at
//! every file once a month, and reads a share of the bytes back every day. What
//! drifted is archived anew while the provider may still have it, and whoever
//! watches the server hears of all of it. When what is due is decided in
//! [`domain::scrub`].

use std::time::Duration;

use domain::ports::{Scrubbed, Shelved};
use domain::proof::Discrepancy;
use domain::scrub::{Duty, Scrub, absurd_ms, again_ms, share};
use domain::{Error, Result};
use tokio::time::sleep;

use crate::case::Case;
use crate::check::Check;
use crate::drift;
use crate::ends::Ends;
use crate::verify::{Repair, Thorough, verify};
use crate::worker::Worker;

/// How often an idle worker asks whether an archive wants care.
const LOOK: Duration = Duration::from_mins(1);
/// For how long an archive is one worker's.
const LEASE: Duration = Duration::from_mins(1);
/// Files that are read back before it is written down how far it is.
const SOME: u32 = 100;

/// Cares for one archive after the other until the worker is told to stop.
pub(crate) async fn keep(worker: &Worker) {
    loop {
        match one(worker).await {
            Ok(true) => {}
            Ok(false) => worker.rest(LOOK).await,
            Err(error) => {
                tracing::warn!(kind = error.kind().word(), "an archive was not cared for");
                worker.rest(LOOK).await;
            }
        }
        if worker.stop.is_cancelled() {
            return;
        }
    }
}

/// The one that has waited longest. Returns whether any was due.
pub(crate) async fn one(worker: &Worker) -> Result<bool> {
    let now_ms = worker.clock.now().as_millisecond();
    let claimed = worker
        .store
        .claim_scrub(&worker.name, LEASE, now_ms, absurd_ms(now_ms))
        .await?;
    let Some(claimed) = claimed else {
        return Ok(false);
    };
    let (account, backup) = (&claimed.account, &claimed.backup);
    let Some(case) = Case::load(worker, account, backup).await? else {
        give_back(worker, &claimed, |_| again_ms(now_ms)).await?;
        return Ok(true);
    };
    let ends = worker.ends(&case.connection).await;
    let at_work = Care {
        worker,
        ends: &ends,
        case: &case,
        claimed: &claimed,
    };
    tokio::select! {
        biased;
        () = at_work.lost() => {}
        why = case.called_off(worker) => {
            tracing::info!(why = why.error().kind().word(), "the care for an archive ends");
            give_back(worker, &claimed, |_| again_ms(now_ms)).await?;
        }
        () = worker.stop.cancelled() => give_back(worker, &claimed, |_| now_ms).await?,
        done = at_work.duty() => {
            let now_ms = ends.now_ms();
            match done {
                Ok(()) => give_back(worker, &claimed, |it| it.due_ms(now_ms)).await?,
                Err(error) => {
                    tell(&error);
                    give_back(worker, &claimed, |_| again_ms(now_ms)).await?;
                }
            }
        }
    }
    Ok(true)
}

/// As far as it came; its next turn is then.
async fn give_back(
    worker: &Worker,
    claimed: &Scrubbed,
    due_ms: impl FnOnce(&Scrub) -> i64,
) -> Result<()> {
    let (account, backup) = (&claimed.account, &claimed.backup);
    let store = &worker.store;
    let scrub = store.scrub(account, backup).await?;
    let due_ms = Some(due_ms(&scrub));
    let kept = store.keep_scrub(account, backup, &worker.name, &scrub, due_ms);
    kept.await.map(drop)
}

fn tell(error: &Error) {
    tracing::warn!(
        kind = error.kind().word(),
        "an archive could not be looked at"
    );
}

/// The care for one archive.
struct Care<'a> {
    worker: &'a Worker,
    ends: &'a Ends,
    case: &'a Case,
    claimed: &'a Scrubbed,
}

impl Care<'_> {
    /// Waits until somebody else has it.
    async fn lost(&self) {
        let (account, backup) = (&self.claimed.account, &self.claimed.backup);
        let store = &self.worker.store;
        loop {
            sleep(LEASE / 3).await;
            let beaten = store.beat_scrub(account, backup, &self.worker.name, LEASE);
            if matches!(beaten.await, Ok(false)) {
                return;
            }
        }
    }

    async fn keep(&self, scrub: &Scrub) -> Result<()> {
        let (account, backup) = (&self.claimed.account, &self.claimed.backup);
        let store = &self.worker.store;
        store
            .keep_scrub(account, backup, &self.worker.name, scrub, None)
            .await
            .map(drop)
    }

    async fn duty(&self) -> Result<()> {
        let scrub = self.claimed.scrub.clone();
        match scrub.duty(self.ends.now_ms()) {
            Some(Duty::Look) => self.look(scrub).await,
            Some(Duty::Read) => self.read(scrub).await,
            None => Ok(()),
        }
    }

    /// Looks at every file. The provider is not asked: it lists all that it has
    /// every week, into the Ledger.
    async fn look(&self, scrub: Scrub) -> Result<()> {
        let how = Thorough {
            listed: None,
            deep: false,
            repair: self.repair().await?,
        };
        let proved = verify(self.ends, &self.case.job, how, &|_| {}).await?;
        if let Some(hidden) = proved.hidden {
            return Err(hidden);
        }
        self.keep(&Scrub {
            looked_ms: Some(self.ends.now_ms()),
            ..scrub
        })
        .await
    }

    /// Reads a share of the bytes back, from where the last one ended.
    async fn read(&self, mut scrub: Scrub) -> Result<()> {
        let (store, job) = (&self.ends.store, &self.case.job);
        let (account, backup) = (&job.backup.account, &job.backup);
        let all = store.totals(account, backup).await?.sum();
        let mut left = share(all.bytes);
        while left > 0 {
            let some = store
                .shelved(account, backup, job.window, &scrub.after, SOME)
                .await?;
            let Some(last) = some.last() else {
                scrub = self.round(scrub).await?;
                break;
            };
            last.path.as_str().clone_into(&mut scrub.after);
            let asked: u64 = some.iter().map(|it| it.fingerprint.size).sum();
            self.read_some(&mut scrub, some).await?;
            self.keep(&scrub).await?;
            left = left.saturating_sub(asked.max(1));
        }
        scrub.read_ms = Some(self.ends.now_ms());
        self.keep(&scrub).await
    }

    /// Reads some files back. What drifted is told and archived anew.
    async fn read_some(&self, scrub: &mut Scrub, some: Vec<Shelved>) -> Result<()> {
        let job = &self.case.job;
        let mut check = Check::new(self.ends, job, &|_| {});
        let read = check.read_back(some).await?;
        let damaged = check.discrepancies.get(&Discrepancy::Damaged);
        let damaged = damaged.copied().unwrap_or(0);
        scrub.files += read.files;
        scrub.bytes += check.looked.bytes_read;
        scrub.damaged += damaged;
        scrub.unread += read.unread;
        if let Some(error) = &read.why {
            tell(error);
        }
        drift::of_files(self.ends, job, &check.discrepancies).await?;
        if damaged > 0 {
            drift::of_bytes(self.ends, job, scrub.damaged).await?;
        }
        check.repair(&self.repair().await?).await.map(drop)
    }

    /// The first file comes again. If every one was read since the last time and
    /// none was damaged, none is any more.
    async fn round(&self, scrub: Scrub) -> Result<Scrub> {
        let job = &self.case.job;
        if scrub.damaged + scrub.unread == 0 {
            drift::bytes_are_well(self.ends, job).await?;
        }
        Ok(scrub.round(self.ends.now_ms()))
    }

    /// What the provider still keeps is archived anew.
    async fn repair(&self) -> Result<Repair> {
        let retention = self.ends.store.retention(&self.claimed.account).await?;
        let retention = retention.map(|(it, _)| it).unwrap_or_default();
        Ok(Repair::Kept(retention))
    }
}
