//! Works off what is pending in the ledger: many items at once, what is deleted
//! first before the rest, until nothing of the window can move any more.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use domain::data_type::DataType;
use domain::event::{Event, Level};
use domain::item::ItemId;
use domain::ledger::{Outcome, Work};
use domain::ports::destination::Announced;
use domain::window::Window;
use domain::{Error, Kind, Reach, Result};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use crate::ahead::Ahead;
use crate::archive::archive;
use crate::backup::Job;
use crate::ends::Ends;
use crate::feed::Feed;
use crate::fetching::Fetches;
use crate::places::Places;
use crate::retry;

/// How many more are looked for than there is room for.
const AHEAD: usize = 256;
/// How many outcomes are written down at once.
const SETTLE_AT_ONCE: usize = 256;
/// How long a long transfer may keep the drain from looking for more work.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What was worked off.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drained {
    /// Files archived.
    pub archived: u64,
    /// Bytes archived.
    pub bytes: u64,
    /// Tries that failed for now.
    pub failed: u64,
    /// Files found missing.
    pub missing: u64,
}

/// The items on their way.
pub struct Drain<'a> {
    ends: &'a Ends,
    job: &'a Job,
    feed: &'a Feed,
    moving: JoinSet<Result<Outcome>>,
    /// Who is moving: the ledger still calls them due.
    names: HashMap<Id, Work>,
    busy: HashSet<ItemId>,
    places: Places,
    fetches: Fetches,
    /// Others will be sent.
    more: Option<Announced>,
    ahead: Ahead,
    /// How often in a row this run was told that an item is gone.
    gone: HashMap<ItemId, u32>,
    drained: Drained,
    /// What is due in here goes first.
    fresh: Option<Window>,
    /// What lies in here is worked off.
    window: Window,
    /// After this nothing is sent any more.
    until: Option<Instant>,
    /// Set when something failed that stops more than one item.
    stop: Option<Error>,
}

impl<'a> Drain<'a> {
    /// Nothing on its way yet.
    pub fn new(ends: &'a Ends, job: &'a Job, feed: &'a Feed) -> Drain<'a> {
        Drain {
            ends,
            job,
            feed,
            moving: JoinSet::new(),
            names: HashMap::new(),
            busy: HashSet::new(),
            places: Places::new(ends.rhythm.fetches, ends.rhythm.in_flight),
            fetches: Fetches::new(),
            more: None,
            ahead: Ahead::default(),
            gone: HashMap::new(),
            drained: Drained::default(),
            fresh: None,
            window: job.window,
            until: None,
            stop: None,
        }
    }

    /// What is due in this window goes first.
    #[must_use]
    pub fn first(mut self, fresh: Option<Window>) -> Drain<'a> {
        self.fresh = fresh;
        self
    }

    /// What is older than this rests, milliseconds since 1970.
    #[must_use]
    pub fn from(mut self, floor_ms: Option<i64>) -> Drain<'a> {
        if let Some(floor_ms) = floor_ms {
            self.window = self.window.since_ms(floor_ms);
        }
        self
    }

    /// Once listing is over and this has come, nothing is sent any more.
    #[must_use]
    pub fn until(mut self, until: Option<Instant>) -> Drain<'a> {
        self.until = until;
        self
    }

    /// Runs until listing is over and nothing falls due within the run's
    /// patience. Fails with what stops the whole connection, after what was
    /// on its way has landed.
    pub async fn run(mut self, tell: &(dyn Fn(Drained) + Sync)) -> Result<Drained> {
        let retention = self.ends.store.retention(&self.job.backup.account);
        if let Some((retention, _)) = retention.await? {
            self.places.keep_in_mind(retention);
        }
        loop {
            // Read before the ledger is asked: what is noted later is not missed.
            let over = self.feed.has_ended();
            let late = over && self.until.is_some_and(|at| Instant::now() >= at);
            if !late {
                self.fill().await?;
            }
            let done = late || (over && self.places.are_dry());
            self.announce(!done);
            if !self.moving.is_empty() {
                self.land().await?;
                tell(self.drained);
            } else if let Some(error) = self.stop {
                return Err(error);
            } else if !over {
                self.feed.moved().await;
                self.noted();
            } else if late || !self.wait_for_due().await? {
                return Ok(self.drained);
            }
        }
    }

    /// The destination hears whether more will be sent before something has
    /// arrived.
    fn announce(&mut self, more: bool) {
        let more = more && self.stop.is_none() && !self.places.are_full();
        if more != self.more.is_some() {
            self.more = more.then(|| self.ends.destination.announce());
        }
    }

    /// Sends items on their way while there is room, what is deleted first
    /// before the rest.
    async fn fill(&mut self) -> Result<()> {
        if self.stop.is_some() {
            return Ok(());
        }
        for window in self.fresh.into_iter().chain([self.window]) {
            let mut due = Vec::new();
            for of in DataType::ALL {
                due.extend(self.due(of, window).await?);
            }
            due.sort_by_key(|it| self.places.deadline_ms(&it.item));
            for work in due {
                if self.places.room(work.item.id.data_type) > 0 {
                    self.send(work);
                }
            }
        }
        Ok(())
    }

    /// What is due of a type and not on its way, as much as there is room for.
    async fn due(&mut self, of: DataType, window: Window) -> Result<Vec<Work>> {
        let (backup, now) = (&self.job.backup, Instant::now());
        let room = self.places.room(of);
        if let Some(found) = self.ahead.take(of, room, now) {
            return Ok(found);
        }
        let room = self.places.wants(of, now);
        if room == 0 {
            return Ok(Vec::new());
        }
        let (store, now_ms) = (&self.ends.store, self.ends.now_ms());
        let wanted = room + if self.fresh.is_none() { AHEAD } else { 0 };
        let limit = u32::try_from(self.places.moving(of) + wanted).unwrap_or(u32::MAX);
        let due = store.due(&backup.account, backup, of, window, now_ms, limit);
        let mut due = due.await?;
        due.retain(|it| !self.busy.contains(&it.item.id));
        if window == self.window {
            self.places.is_dry(of, due.len() < room, now);
        }
        let rest = due.split_off(room.min(due.len()));
        self.ahead.keep(of, rest, now);
        Ok(due)
    }

    fn send(&mut self, work: Work) {
        self.busy.insert(work.item.id.clone());
        self.places.take(work.item.id.data_type);
        let (ends, zone) = (self.ends.clone(), self.job.zone.clone());
        let announced = self.ends.destination.announce();
        let fetching = self.fetches.begin(work.item.id.data_type, announced);
        let item = work.clone();
        let task = self
            .moving
            .spawn(async move { archive(&item, &zone, &ends, Some(fetching)).await });
        self.names.insert(task.id(), work);
    }

    /// Takes in what has arrived and writes it down, all at once. Returns with
    /// nothing when another may be fetched, more was noted, or a while passed.
    async fn land(&mut self) -> Result<()> {
        let first = tokio::select! {
            biased;
            landed = self.moving.join_next_with_id() => landed,
            Some(ended) = self.fetches.end() => {
                self.places.fetched(ended);
                None
            }
            () = self.feed.more() => {
                self.noted();
                None
            }
            () = tokio::time::sleep(LOOK_AGAIN) => None,
        };
        while let Some(ended) = self.fetches.ended() {
            self.places.fetched(ended);
        }
        let mut outcomes = Vec::new();
        let mut events = Vec::new();
        let mut next = first;
        while let Some(joined) = next {
            if let Some((work, outcome)) = self.outcome(joined) {
                self.count(&outcome);
                events.extend(event(&work, &outcome, self.ends.now_ms()));
                outcomes.push((work.item.id, outcome));
            }
            if outcomes.len() >= SETTLE_AT_ONCE {
                break;
            }
            next = self.moving.try_join_next_with_id();
        }
        self.settle(&outcomes, &events).await
    }

    /// There may be more of everything, and what goes first.
    fn noted(&mut self) {
        self.places.noted();
        self.ahead.forget();
    }

    /// What became of one item, whether its task returned or panicked.
    fn outcome(
        &mut self,
        joined: Result<(Id, Result<Outcome>), JoinError>,
    ) -> Option<(Work, Outcome)> {
        let (id, result) = match joined {
            Ok(landed) => landed,
            Err(broken) => (broken.id(), Err(internal())),
        };
        let work = self.names.remove(&id)?;
        self.places.arrived(work.item.id.data_type);
        let outcome = match result {
            Ok(outcome) => {
                self.gone.remove(&work.item.id);
                outcome
            }
            Err(error) => self.judge(&work, error),
        };
        Some((work, outcome))
    }

    /// What a failure means for the item, and for all others.
    fn judge(&mut self, work: &Work, error: Error) -> Outcome {
        let id = &work.item.id;
        tracing::info!(item = %id, kind = error.kind().word(), "not archived yet");
        let before = self.gone.remove(id).unwrap_or(0);
        let gone = match error.kind() {
            Kind::Gone => before + 1,
            _ => 0,
        };
        let heard = retry::Heard {
            gone,
            left: self
                .until
                .map(|at| at.saturating_duration_since(Instant::now())),
        };
        let outcome = retry::after(&error, work, heard, self.ends.now_ms(), &self.ends.rhythm);
        if gone > 0 && matches!(outcome, Outcome::Pending { .. }) {
            self.gone.insert(id.clone(), gone);
        }
        if error.reach() >= Reach::Connection {
            self.stop.get_or_insert(error);
        }
        outcome
    }

    async fn settle(&mut self, outcomes: &[(ItemId, Outcome)], events: &[Event]) -> Result<()> {
        let (backup, store) = (&self.job.backup, &self.ends.store);
        if !outcomes.is_empty() {
            let now_ms = self.ends.now_ms();
            store
                .settle(&backup.account, &backup.destination, outcomes, now_ms)
                .await?;
        }
        if !events.is_empty() {
            store.write(&backup.account, &backup.id, events).await?;
        }
        for (id, _) in outcomes {
            self.busy.remove(id);
        }
        Ok(())
    }

    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Archived { fingerprint, .. } => {
                self.drained.archived += 1;
                self.drained.bytes += fingerprint.size;
            }
            Outcome::Pending { .. } => self.drained.failed += 1,
            Outcome::Missing { .. } => self.drained.missing += 1,
        }
    }

    /// Waits for the next pending entry to fall due. `false` when there is
    /// none, or it is further off than the run's patience. Who said "gone" is
    /// waited for also by a run that has no patience: only one and the same
    /// run hears it often enough in a row to believe it.
    async fn wait_for_due(&self) -> Result<bool> {
        let backup = &self.job.backup;
        let next = self
            .ends
            .store
            .next_due(&backup.account, backup, self.window)
            .await?;
        let Some(next_ms) = next else {
            return Ok(false);
        };
        let wait = u64::try_from(next_ms - self.ends.now_ms()).unwrap_or(0);
        let wait = Duration::from_millis(wait);
        let wakes = Instant::now() + wait;
        let rhythm = &self.ends.rhythm;
        let patience = if self.gone.is_empty() {
            rhythm.patience
        } else {
            rhythm.patience.max(retry::asks_again_within(rhythm))
        };
        if wait > patience || self.until.is_some_and(|at| wakes >= at) {
            return Ok(false);
        }
        tokio::time::sleep(wait).await;
        Ok(true)
    }
}

/// An item's task panicked; the others go on.
fn internal() -> Error {
    tracing::error!("an internal error; the item is tried again later");
    Error::new(Kind::Protocol, "an internal error of the archiver")
        .remedy("Please report it; the item is tried again.")
}

/// What the LOG tells of it. A success is told by the counts.
fn event(work: &Work, outcome: &Outcome, now_ms: i64) -> Option<Event> {
    let (level, what) = match outcome {
        Outcome::Archived { .. } => return None,
        Outcome::Pending { cause, .. } => (Level::Warning, format!("not yet: {cause}")),
        Outcome::Missing { cause } => (Level::Error, format!("missing: {cause}")),
    };
    Some(Event {
        at_ms: now_ms,
        level,
        about: work.item.id.key(),
        belongs_ms: work.item.at_ms,
        what,
    })
}
