//! Lists lanes into the ledger. A lane that cannot be listed is a named gap;
//! the others go on.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex as StdMutex, MutexGuard, PoisonError};

use domain::account::{Extension, ExtensionId};
use domain::archive_path::{folder_name, stem};
use domain::census::Census;
use domain::event::{Event, Level};
use domain::item::Sighting;
use domain::lane::Lane;
use domain::ports::{Ask, Noted, Page};
use domain::window::Window;
use domain::{Error, Kind, Reach, Result, Verdict};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::Mutex;

use crate::backup::Job;
use crate::ends::Ends;
use crate::portion::Portion;

/// How often a portion is listed whose answers make no sense: cut off, or
/// pages that lead in a circle. What does not answer at all has been tried
/// again at the door.
const LIST_TRIES: u32 = 3;

/// A lane that could not be listed, and why. What it hides is not known, so
/// nobody may call the window complete.
#[derive(Clone, Debug)]
pub struct Gap {
    /// Which lane; `None` = the messages of everybody but the viewer, whose
    /// lanes nobody can name.
    pub lane: Option<Lane>,
    /// Which span of it.
    pub window: Window,
    /// Why, with what to do.
    pub error: Error,
}

impl Gap {
    /// The lane's key, for the database and for programs.
    pub fn key(&self) -> String {
        let everybody = || "messages".to_owned();
        self.lane.as_ref().map_or_else(everybody, Lane::key)
    }
}

/// What was not listed, for people.
impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.lane {
            Some(lane) => write!(f, "{lane}"),
            None => f.write_str("the messages of all other people"),
        }
    }
}

/// What came of listing.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Entries noted for the first time.
    pub new: u64,
    /// Records that will still change.
    pub unsettled: u64,
    /// What could not be listed.
    pub gaps: Vec<Gap>,
    /// Lanes that were not asked for: the time was up.
    pub left: usize,
    /// An earlier run could not list all of it.
    pub patchy: bool,
    /// What was listed, by day.
    pub census: Census,
}

impl Found {
    /// Both together.
    pub(crate) fn and(&mut self, more: Found) {
        self.new += more.new;
        self.unsettled += more.unsettled;
        self.gaps.extend(more.gaps);
        self.left += more.left;
        self.patchy |= more.patchy;
    }

    /// Whether what was not listed may be listed another time: what is
    /// forbidden stays so until somebody allows it.
    pub(crate) fn is_worth_repeating(&self) -> bool {
        let mut gaps = self.gaps.iter();
        self.patchy || gaps.any(|it| it.error.kind() != Kind::Forbidden)
    }
}

/// Lists all lanes of a job, several at once, and tells `noted` after each
/// page that it is in the ledger.
pub struct Survey<'a> {
    ends: &'a Ends,
    job: &'a Job,
    people: HashMap<ExtensionId, Extension>,
    /// Folder names are fixed at first use; asked once per run.
    folders: Mutex<HashMap<Option<ExtensionId>, String>>,
    /// What lies before this the provider no longer keeps, or nobody wants.
    bound_ms: i64,
    new: AtomicU64,
    unsettled: AtomicU64,
    left: AtomicUsize,
    census: StdMutex<Census>,
}

impl<'a> Survey<'a> {
    /// A survey of the job's lanes. Marks may pass what lies before the bound
    /// unlisted.
    pub fn new(
        ends: &'a Ends,
        job: &'a Job,
        people: &[Extension],
        bound_ms: Option<i64>,
    ) -> Survey<'a> {
        Survey {
            ends,
            job,
            people: people
                .iter()
                .map(|it| (it.id.clone(), it.clone()))
                .collect(),
            folders: Mutex::default(),
            bound_ms: bound_ms.unwrap_or(i64::MIN),
            new: AtomicU64::new(0),
            unsettled: AtomicU64::new(0),
            left: AtomicUsize::new(0),
            census: StdMutex::default(),
        }
    }

    /// Lists everything that is left of the portion and that there is time
    /// for, the portions of each lane in their order. Fails only on what stops
    /// the whole job.
    pub(crate) async fn run(
        &self,
        lanes: Vec<Vec<Ask>>,
        portion: &Portion<'_>,
        noted: &(dyn Fn(u64) + Sync),
        done: &(dyn Fn() + Sync),
    ) -> Result<Found> {
        let gaps: Vec<Vec<Gap>> = stream::iter(lanes)
            .map(|asks| self.part(asks, portion, noted, done))
            .buffer_unordered(self.ends.rhythm.lanes_at_once)
            .try_collect()
            .await?;
        Ok(Found {
            new: self.new.load(Ordering::Relaxed),
            unsettled: self.unsettled.load(Ordering::Relaxed),
            gaps: gaps.into_iter().flatten().collect(),
            left: self.left.load(Ordering::Relaxed),
            patchy: false,
            census: std::mem::take(&mut *self.census()),
        })
    }

    /// One lane's part in a portion, if there is time for it.
    async fn part(
        &self,
        asks: Vec<Ask>,
        portion: &Portion<'_>,
        noted: &(dyn Fn(u64) + Sync),
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<Gap>> {
        let Some(first) = asks.first().cloned() else {
            return Ok(Vec::new());
        };
        if !portion.may_begin() {
            self.left.fetch_add(1, Ordering::Relaxed);
            return Ok(Vec::new());
        }
        let gaps = self.lane(asks, noted, done).await?;
        portion.asked(&first.lane, &first.types, &gaps).await?;
        Ok(gaps)
    }

    /// One lane. A portion that fails is a gap, and the later ones are listed
    /// all the same; but the mark does not pass it.
    async fn lane(
        &self,
        portions: Vec<Ask>,
        noted: &(dyn Fn(u64) + Sync),
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<Gap>> {
        let mut gaps = Vec::new();
        let mut portions = portions.into_iter();
        while let Some(mut ask) = portions.next() {
            match self.list_again(&ask, noted).await {
                Ok(()) if gaps.is_empty() => self.advance(&ask).await?,
                Ok(()) => {}
                Err(error) if error.reach() >= Reach::Connection => return Err(error),
                // The others would be answered alike.
                Err(error) if error.reach() == Reach::Lane => {
                    for rest in portions.by_ref() {
                        ask.window = ask.window.join(rest.window).unwrap_or(ask.window);
                        done();
                    }
                    gaps.push(self.gap(Some(ask.lane), ask.window, error).await?);
                }
                Err(error) => gaps.push(self.gap(Some(ask.lane), ask.window, error).await?),
            }
            done();
        }
        Ok(gaps)
    }

    async fn list_again(&self, ask: &Ask, noted: &(dyn Fn(u64) + Sync)) -> Result<()> {
        let mut tries = 1;
        loop {
            match self.list(ask, noted).await {
                Err(error) if is_nonsense(&error) && tries < LIST_TRIES => tries += 1,
                done => return done,
            }
        }
    }

    /// One portion: each page is in the ledger before the next is asked for.
    async fn list(&self, ask: &Ask, noted: &(dyn Fn(u64) + Sync)) -> Result<()> {
        let mut unsettled = 0;
        let mut pages = self.ends.source.list(ask);
        while let Some(page) = pages.try_next().await? {
            unsettled += page.unsettled as u64;
            noted(self.note(page).await?);
        }
        self.unsettled.fetch_add(unsettled, Ordering::Relaxed);
        Ok(())
    }

    /// Everything up to the end of the portion was listed: the mark moves,
    /// unless it lies before the portion, with something unlisted between.
    async fn advance(&self, ask: &Ask) -> Result<()> {
        let (store, backup) = (&self.ends.store, &self.job.backup);
        let (account, lane, to_ms) = (&backup.account, &ask.lane, ask.window.end_ms());
        for &of in &ask.types {
            let mark = store.mark(account, &backup.id, lane, of).await?;
            let start = ask.window.start_ms().max(self.bound_ms);
            if mark.is_none_or(|at| at >= start) || start == self.bound_ms {
                let advanced = store.advance_mark(account, &backup.id, lane, of, to_ms);
                advanced.await?;
            }
        }
        Ok(())
    }

    fn census(&self) -> MutexGuard<'_, Census> {
        self.census.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note(&self, page: Page) -> Result<u64> {
        for sighting in &page.sightings {
            self.census().hear(&sighting.item);
        }
        let mut noted = Vec::with_capacity(page.sightings.len());
        for sighting in page.sightings {
            let stem = self.stem(&sighting).await?;
            noted.push(Noted { sighting, stem });
        }
        let new = self
            .ends
            .store
            .note(
                &self.job.backup.account,
                &self.job.backup,
                &noted,
                &page.calls,
                self.ends.now_ms(),
            )
            .await?;
        self.new.fetch_add(new, Ordering::Relaxed);
        Ok(new)
    }

    async fn stem(&self, sighting: &Sighting) -> Result<String> {
        let item = &sighting.item;
        let mut folders = self.folders.lock().await;
        let folder = if let Some(known) = folders.get(&item.extension) {
            known.clone()
        } else {
            let person = item.extension.as_ref().and_then(|id| self.people.get(id));
            let proposed = match (&item.extension, person) {
                (Some(id), None) => folder_name(self.job.naming, Some(&unknown(id))),
                (_, person) => folder_name(self.job.naming, person),
            };
            let backup = &self.job.backup;
            let fixed = self
                .ends
                .store
                .folder(
                    &backup.account,
                    &backup.destination,
                    item.extension.as_ref(),
                    &proposed,
                )
                .await?;
            folders.insert(item.extension.clone(), fixed.clone());
            fixed
        };
        Ok(stem(self.job.naming, item, &folder, &self.job.zone))
    }

    /// A gap is told to the people who read the LOG, then the others go on.
    pub async fn gap(&self, lane: Option<Lane>, window: Window, error: Error) -> Result<Gap> {
        let gap = Gap {
            lane,
            window,
            error,
        };
        let event = Event {
            at_ms: self.ends.now_ms(),
            level: Level::Warning,
            about: gap.key(),
            belongs_ms: window.start_ms(),
            what: format!("could not list {gap}: {}", gap.error),
        };
        self.ends
            .store
            .write(&self.job.backup.account, &self.job.backup.id, &[event])
            .await?;
        Ok(gap)
    }
}

fn is_nonsense(error: &Error) -> bool {
    error.kind() == Kind::Protocol && error.verdict() == Verdict::Retry
}

/// Somebody whom the list of extensions no longer shows.
fn unknown(id: &ExtensionId) -> Extension {
    Extension {
        id: id.clone(),
        number: None,
        name: None,
        kind: String::new(),
        status: String::new(),
        time_zone: None,
    }
}
