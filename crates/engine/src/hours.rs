//! The agenda of an hour's run: the newest time, then the walk through
//! history, portion by portion, while there is time. What it has listed it
//! notes in the timetable at once, never before.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use domain::ports::Retry;
use domain::schedule::{self, HORIZON_MS, Newest, Relist};
use domain::task::Listing;
use domain::timetable::Timetable;
use domain::window::{HOUR_MS, Window};
use domain::{Error, Kind, Result};
use tokio::time::{Instant, sleep};

use crate::agenda::{Agenda, Rows, Stretch};
use crate::backup::Job;
use crate::ends::Ends;
use crate::rows;
use crate::survey::Found;

/// So many rows a run opens at most: more than a year. Of a clock that runs
/// ahead by centuries nobody wants more.
const ROWS_AT_ONCE_MS: i64 = 10_000 * HOUR_MS;
/// So often a timetable is looked at again that somebody changed meanwhile.
const CHANGES: usize = 16;

/// What an hour's run has to list.
pub(crate) struct Hours<'a> {
    ends: &'a Ends,
    job: &'a Job,
    plan: schedule::Agenda,
    /// The present ON: a timetable of another one is left alone.
    since_ms: Option<i64>,
    /// Of a walk: the back-fill's days have no rows yet.
    rows: Rows,
    /// Since when history rests.
    rests_ms: Option<i64>,
    until: Instant,
    left: Mutex<Left>,
    /// Something was listed by this run, or is being listed.
    begun: AtomicBool,
}

/// What is still to be listed.
#[derive(Clone, Copy)]
struct Left {
    newest: Option<Newest>,
    walk: Option<Window>,
}

impl<'a> Hours<'a> {
    /// Decides what is to be done now, and opens the rows of the hours that
    /// have passed: they are there even if nothing can be listed.
    pub(crate) async fn begin(ends: &'a Ends, job: &'a Job, hurried: bool) -> Result<Hours<'a>> {
        let (account, backup) = (&job.backup.account, &job.backup.id);
        let now_ms = ends.now_ms();
        let timetable = ends.store.timetable(account, backup).await?;
        // What was switched ON a moment ago is wanted now, too.
        let by_hand = hurried || timetable.due_ms.is_none();
        let rests_ms = ends.store.history_rests(account, backup).await?;
        let mut plan = schedule::Agenda::of(&timetable, now_ms, HORIZON_MS, by_hand);
        plan.walk = plan.walk.filter(|_| rests_ms.is_none());
        if schedule::ran_ahead(&timetable, now_ms) {
            // Tries planned under that clock would not come for years.
            let again = Retry::Beyond(schedule::longest_wait_ends_ms(now_ms));
            ends.store
                .retry(account, &job.backup, &again, now_ms)
                .await?;
        }
        if let Some(doubtful) = plan.doubtful(&timetable) {
            ends.store.relist(account, backup, doubtful).await?;
        }
        let hours = Hours {
            ends,
            job,
            plan,
            since_ms: timetable.since_ms,
            rests_ms,
            rows: match timetable.weekly_ms {
                None => Rows::Missing,
                Some(_) => Rows::Open,
            },
            until: Instant::now() + ends.rhythm.stint,
            left: Mutex::new(Left {
                newest: plan.newest,
                walk: plan.walk,
            }),
            begun: AtomicBool::new(false),
        };
        let missing = plan.rows.map(|rows| rows.first(ROWS_AT_ONCE_MS));
        if let Some(missing) = missing {
            hours.open(missing).await?;
        }
        // A crash must not use up somebody's wish. No later than it last ran:
        // a run that ends before it has planned is due at once by every clock.
        let ran_ms = timetable.ran_ms.unwrap_or(now_ms);
        let due_ms = (!by_hand).then_some(ran_ms.min(now_ms));
        let rows_ms = missing.map(Window::end_ms).or(timetable.rows_ms);
        let begin = |was: Timetable| {
            // A walk keeps its bounds, however many runs and days it takes.
            let walk = plan.walk.filter(|_| was == timetable);
            Timetable {
                rows_ms,
                due_ms,
                history: walk.or(was.history),
                ..was
            }
        };
        hours.note(begin).await?;
        Ok(hours)
    }

    async fn open(&self, missing: Window) -> Result<()> {
        let all: Vec<Window> = missing.hours().collect();
        rows::open(self.ends, self.job, &all).await?;
        // Hours that nobody can list any more: the provider keeps nothing so old.
        let bound_ms = self.plan.newest_ms - HORIZON_MS;
        let lost = Window::from_ms(missing.start_ms(), bound_ms.min(missing.end_ms()));
        match lost {
            Some(lost) => rows::set(self.ends, self.job, lost, Listing::Failed).await,
            None => Ok(()),
        }
    }

    /// Changes the timetable, unless the Backup was switched OFF and ON again
    /// since this run began. What somebody changes at the same moment on BACKUP
    /// is looked at again.
    pub(crate) async fn note(&self, change: impl Fn(Timetable) -> Timetable) -> Result<()> {
        let (account, backup) = (&self.job.backup.account, &self.job.backup.id);
        let store = &self.ends.store;
        for _ in 0..CHANGES {
            let was = store.timetable(account, backup).await?;
            if was.since_ms != self.since_ms {
                return Ok(());
            }
            let now = change(was);
            if store.change_timetable(account, backup, &was, &now).await? {
                return Ok(());
            }
        }
        Err(Error::new(
            Kind::Storage,
            "the backup's clock is being changed all the time",
        ))
    }

    /// At the end of a walk: rows from before what the provider keeps that were
    /// not listed by now never will be.
    async fn give_up(&self) -> Result<()> {
        let oldest = schedule::oldest_ms(self.plan.newest_ms, HORIZON_MS);
        match Window::from_ms(Window::EVER.start_ms(), oldest) {
            Some(lost) => rows::set(self.ends, self.job, lost, Listing::Failed).await,
            None => Ok(()),
        }
    }

    /// Waits until somebody lets history rest, or lets it go on.
    pub(crate) async fn turned(&self) {
        let (account, backup) = (&self.job.backup.account, &self.job.backup.id);
        loop {
            sleep(self.ends.rhythm.watch_every).await;
            let rests = self.ends.store.history_rests(account, backup).await;
            if rests.is_ok_and(|rests_ms| rests_ms != self.rests_ms) {
                return;
            }
        }
    }

    /// What this run may work on.
    pub(crate) fn within(&self) -> Window {
        let floor_ms = self.floor_ms();
        floor_ms
            .and_then(|from| Window::from_ms(from, Window::EVER.end_ms()))
            .unwrap_or(Window::EVER)
    }

    /// Whether something is still to be listed.
    pub(crate) fn is_left(&self) -> bool {
        let left = self.left();
        left.newest.is_some() || left.walk.is_some()
    }

    fn left(&self) -> Left {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, left: Left) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }
}

#[async_trait]
impl Agenda for Hours<'_> {
    async fn next(&self) -> Result<Option<Stretch>> {
        let left = self.left();
        let first = !self.begun.swap(true, Ordering::Relaxed);
        if let Some(newest) = left.newest {
            // During a back-fill a lane without a mark is the back-fill's.
            let bound_ms = left.walk.is_none().then_some(newest.bound_ms);
            return Ok(Some(Stretch {
                window: newest.window,
                depth: newest.kind.depth(),
                rows: Rows::Open,
                bound_ms,
                is_shared: false,
            }));
        }
        let walk = left.walk.filter(|_| first || Instant::now() < self.until);
        Ok(walk.map(|walk| Stretch {
            window: schedule::portion(walk),
            depth: Relist::Weekly.depth(),
            rows: self.rows,
            bound_ms: None,
            is_shared: true,
        }))
    }

    async fn listed(&self, stretch: &Stretch, found: &Found) -> Result<()> {
        let (left, newest_ms) = (self.left(), self.plan.newest_ms);
        if let Some(newest) = left.newest {
            let kind = newest.kind;
            self.note(|timetable| timetable.listed(kind, newest_ms))
                .await?;
            self.leave(Left {
                newest: None,
                ..left
            });
        } else if let Some(walk) = left.walk {
            let whole = !found.is_worth_repeating();
            self.note(|timetable| timetable.walked(walk, stretch.window, newest_ms, whole))
                .await?;
            let rest = Window::from_ms(stretch.window.end_ms(), walk.end_ms());
            self.leave(Left { walk: rest, ..left });
            if rest.is_none() {
                self.give_up().await?;
            }
        }
        Ok(())
    }

    async fn paused(&self, found: &Found) -> Result<()> {
        if !found.is_worth_repeating() {
            return Ok(());
        }
        self.note(|timetable| Timetable {
            patchy: timetable.history.is_some() || timetable.patchy,
            ..timetable
        })
        .await
    }

    fn fresh(&self) -> Option<Window> {
        let hourly = Relist::Hourly.reach_ms(HORIZON_MS);
        let from = self.plan.newest_ms - hourly;
        Window::from_ms(from, self.plan.newest_ms + HOUR_MS)
    }

    fn floor_ms(&self) -> Option<i64> {
        let now_ms = self.ends.now_ms();
        self.rests_ms
            .map(|since_ms| schedule::rests_before_ms(since_ms, now_ms))
    }

    fn until(&self) -> Option<Instant> {
        Some(self.until)
    }
}
