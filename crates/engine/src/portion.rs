//! A portion of a walk that several runs share: which of its lanes were asked
//! for, and what became of them. A company whose portion takes longer than a
//! run, or than the time between two crashes, is listed all the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::data_type::DataTypes;
use domain::lane::Lane;
use domain::ports::{Ask, Became, Walked};
use domain::window::Window;
use domain::{Kind, Result};
use tokio::time::Instant;

use crate::agenda::Stretch;
use crate::backup::Job;
use crate::ends::Ends;
use crate::survey::Gap;

/// So much work a crash may cost. A portion that takes less is never written
/// down.
const KEEP_EVERY: Duration = Duration::from_secs(2);

/// How far a portion is.
pub(crate) struct Portion<'a> {
    ends: &'a Ends,
    job: &'a Job,
    window: Window,
    is_shared: bool,
    /// After this no lane is begun but the first.
    until: Option<Instant>,
    /// What earlier runs have done of it, by the lane's key.
    before: BTreeMap<String, Became>,
    now: Mutex<Now>,
}

/// What this run has done of it.
struct Now {
    begun: bool,
    /// Not written down yet.
    fresh: Vec<Walked>,
    kept: Instant,
    is_kept: bool,
}

impl<'a> Portion<'a> {
    /// Looks how far it is. What nobody shares begins anew.
    pub(crate) async fn open(
        ends: &'a Ends,
        job: &'a Job,
        stretch: &Stretch,
        until: Option<Instant>,
    ) -> Result<Portion<'a>> {
        let (account, backup) = (&job.backup.account, &job.backup);
        let lines = if stretch.is_shared {
            ends.store.walked(account, &backup.id).await?
        } else {
            Vec::new()
        };
        let is_kept = !lines.is_empty();
        let before = lines
            .into_iter()
            .filter(|it| it.covers(stretch.window, &types_of(&it.lane, &backup.types)))
            .map(|it| (it.lane, it.became))
            .collect();
        Ok(Portion {
            ends,
            job,
            window: stretch.window,
            is_shared: stretch.is_shared,
            until: until.filter(|_| stretch.is_shared),
            before,
            now: Mutex::new(Now {
                begun: false,
                fresh: Vec::new(),
                kept: Instant::now(),
                is_kept,
            }),
        })
    }

    /// The lanes that nobody has asked for yet.
    pub(crate) fn rest(&self, lanes: Vec<Vec<Ask>>) -> Vec<Vec<Ask>> {
        let is_left = |asks: &Vec<Ask>| {
            let mut asks = asks.iter();
            asks.any(|it| !self.before.contains_key(&it.lane.key()))
        };
        lanes.into_iter().filter(is_left).collect()
    }

    /// Whether nothing of it was asked for by earlier runs.
    pub(crate) fn begins_here(&self) -> bool {
        self.before.is_empty()
    }

    /// Whether there is time for one more lane: for one there always is.
    pub(crate) fn may_begin(&self) -> bool {
        let mut now = self.now();
        let late = self.until.is_some_and(|at| Instant::now() >= at);
        !late || !std::mem::replace(&mut now.begun, true)
    }

    /// A lane was asked for.
    pub(crate) async fn asked(&self, lane: &Lane, types: &DataTypes, gaps: &[Gap]) -> Result<()> {
        if !self.is_shared {
            return Ok(());
        }
        let became = match gaps {
            [] => Became::Listed,
            gaps if gaps.iter().all(|it| it.error.kind() == Kind::Forbidden) => Became::Forbidden,
            _ => Became::Gap,
        };
        let is_time = {
            let mut now = self.now();
            now.begun = true;
            now.fresh.push(Walked {
                lane: lane.key(),
                window: self.window,
                types: types.clone(),
                became,
            });
            now.kept.elapsed() >= KEEP_EVERY
        };
        if is_time { self.keep().await } else { Ok(()) }
    }

    /// Writes down what was done.
    pub(crate) async fn keep(&self) -> Result<()> {
        let fresh = {
            let mut now = self.now();
            now.kept = Instant::now();
            now.is_kept |= !now.fresh.is_empty();
            std::mem::take(&mut now.fresh)
        };
        if fresh.is_empty() {
            return Ok(());
        }
        let backup = &self.job.backup;
        let kept = self
            .ends
            .store
            .keep_walked(&backup.account, &backup.id, &fresh);
        kept.await
    }

    /// What earlier runs could not list of it, and whether that may be listed
    /// another time.
    pub(crate) fn gap_before(&self) -> Option<(Window, bool)> {
        let mut gaps = self.before.values().filter(|it| **it != Became::Listed);
        let first = gaps.next()?;
        let again = *first == Became::Gap || gaps.any(|it| *it == Became::Gap);
        Some((self.window, again))
    }

    /// All of it was asked for, and that is in the timetable.
    pub(crate) async fn end(&self) -> Result<()> {
        let is_kept = self.now().is_kept;
        if !is_kept {
            return Ok(());
        }
        let backup = &self.job.backup;
        self.ends
            .store
            .forget_walked(&backup.account, &backup.id)
            .await
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is asked of a lane with this key.
fn types_of(lane: &str, types: &DataTypes) -> DataTypes {
    let is_messages = lane.starts_with("messages/");
    let of_lane = types.iter().filter(|it| it.is_message() == is_messages);
    of_lane.copied().collect()
}
