//! Writes a run's progress down now and then, for whoever looks on from
//! another process. Never in an item's way; a memory that does not answer
//! costs the news and nothing else. A run that is over in a moment and found
//! nothing writes nothing.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::headway::{Headway, Sample, Trail};
use domain::ports::Run;
use tokio::time::{Instant, sleep};

use crate::backup::{Board, Job};
use crate::ends::Ends;
use crate::progress::Progress;

/// How often it looks whether there is news.
const EVERY: Duration = Duration::from_secs(2);
/// A sign of life, also without news; well within `headway::SILENT_MS`.
const SIGN: Duration = Duration::from_secs(8);

/// Who writes it down.
pub(crate) struct Scribe<'a> {
    ends: &'a Ends,
    job: &'a Job,
    run: &'a Run,
    board: &'a Board<'a>,
    began_ms: i64,
    /// How it came along so far; `None` until the runs before were read.
    trail: Mutex<Option<Trail>>,
    /// The sums of the runs before.
    before: Mutex<(u64, u64)>,
}

impl<'a> Scribe<'a> {
    /// Nothing is written yet.
    pub(crate) fn new(
        ends: &'a Ends,
        job: &'a Job,
        run: &'a Run,
        board: &'a Board<'a>,
    ) -> Scribe<'a> {
        Scribe {
            ends,
            job,
            run,
            board,
            began_ms: ends.now_ms(),
            trail: Mutex::default(),
            before: Mutex::default(),
        }
    }

    /// Writes for as long as the run lasts.
    pub(crate) async fn keep(&self) -> Infallible {
        let mut told: Option<(Progress, Instant)> = None;
        loop {
            sleep(EVERY).await;
            let progress = self.board.progress();
            let news = |&(last, at): &(Progress, Instant)| last != progress || at.elapsed() >= SIGN;
            if told.as_ref().is_none_or(news) {
                self.write(progress).await;
                told = Some((progress, Instant::now()));
            }
        }
    }

    /// The last word, where there is anything to say.
    pub(crate) async fn leave(&self) {
        let progress = Progress {
            listing: None,
            ..self.board.progress()
        };
        if progress.archived + progress.found + progress.missing > 0 {
            self.write(progress).await;
        }
    }

    async fn write(&self, progress: Progress) {
        let (account, backup) = (&self.job.backup.account, &self.job.backup.id);
        if locked(&self.trail).is_none() {
            let Ok(seen) = self.ends.store.headway(account, backup).await else {
                return;
            };
            let trail = seen.map(|it| it.headway.trail).unwrap_or_default();
            *locked(&self.before) = trail.sums();
            *locked(&self.trail) = Some(trail);
        }
        let headway = self.headway(progress);
        let kept = self.ends.store.keep_headway(account, backup, &headway);
        if let Err(error) = kept.await {
            tracing::debug!(kind = error.kind().word(), "progress was not written down");
        }
    }

    fn headway(&self, progress: Progress) -> Headway {
        let (files, bytes) = *locked(&self.before);
        let mut trail = locked(&self.trail);
        let trail = trail.get_or_insert_default();
        trail.note(Sample {
            at_ms: self.ends.now_ms(),
            files: files.saturating_add(progress.archived),
            bytes: bytes.saturating_add(progress.bytes),
        });
        Headway {
            attempt: self.run.attempt,
            began_ms: self.began_ms,
            listing: progress.listing,
            portions: progress.portions,
            portions_done: progress.portions_done,
            found: progress.found,
            archived: progress.archived,
            bytes: progress.bytes,
            failed: progress.failed,
            missing: progress.missing,
            trail: trail.clone(),
        }
    }
}

fn locked<T>(it: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}
