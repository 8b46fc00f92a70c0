//! A Source in memory: a scripted little company whose items appear, settle,
//! vanish and go wrong as a test says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use domain::account::{Extension, ExtensionId};
use domain::call::Call;
use domain::clock::Clock;
use domain::content::Content;
use domain::data_type::DataType;
use domain::item::{Item, ItemId, Sighting};
use domain::lane::{Depth, Lane};
use domain::ports::{Ask, Page, Permission, Viewer};
use domain::{Error, Kind, Result};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use tokio::time::sleep;

use crate::builders;
pub use crate::memory::plant::{Plant, Trouble};

/// A company in memory.
pub struct Source {
    clock: Arc<dyn Clock>,
    company: Mutex<Company>,
}

struct Company {
    viewer: Viewer,
    extensions: BTreeMap<ExtensionId, Extension>,
    plants: BTreeMap<ItemId, Plant>,
    calls: Vec<Call>,
    forbidden: BTreeSet<Lane>,
    listing_troubles: Vec<ListingTrouble>,
    /// Said to everything that is asked.
    dead: Option<Error>,
    page_size: usize,
    slow: Duration,
    asked: Vec<Ask>,
    opened: Vec<ItemId>,
}

/// A listing that fails after so many pages.
struct ListingTrouble {
    lane: Lane,
    pages: usize,
    error: Error,
}

impl Source {
    /// A company `1` with one person, `101`, who is an admin and signed in.
    pub fn new(clock: impl Clock + 'static) -> Source {
        let admin = builders::extension("101");
        Source {
            clock: Arc::new(clock),
            company: Mutex::new(Company {
                viewer: Viewer {
                    account: builders::account("1"),
                    extension: admin.clone(),
                    admin: true,
                },
                extensions: [(admin.id.clone(), admin)].into(),
                plants: BTreeMap::new(),
                calls: Vec::new(),
                forbidden: BTreeSet::new(),
                listing_troubles: Vec::new(),
                dead: None,
                page_size: 100,
                slow: Duration::ZERO,
                asked: Vec::new(),
                opened: Vec::new(),
            }),
        }
    }

    /// Somebody else is signed in.
    pub fn sign_in(&self, viewer: Viewer) {
        self.company().viewer = viewer;
    }

    /// Somebody joins, or changes.
    pub fn hire(&self, extension: Extension) {
        let id = extension.id.clone();
        self.company().extensions.insert(id, extension);
    }

    /// Somebody leaves; what they had stays until it vanishes.
    pub fn dismiss(&self, extension: &ExtensionId) {
        self.company().extensions.remove(extension);
    }

    /// Plants an item, or replaces it with another fate.
    pub fn plant(&self, plant: Plant) {
        self.company().plants.insert(plant.id().clone(), plant);
    }

    /// Adds a row to the call log, or replaces the one with its id.
    pub fn call(&self, call: Call) {
        let mut company = self.company();
        company.calls.retain(|it| it.id != call.id);
        company.calls.push(call);
    }

    /// Listing this lane is `Kind::Forbidden` from now on.
    pub fn forbid(&self, lane: Lane) {
        self.company().forbidden.insert(lane);
    }

    /// Listing this lane is allowed again.
    pub fn allow(&self, lane: &Lane) {
        self.company().forbidden.remove(lane);
    }

    /// The next `times` listings of the lane fail after `pages` good pages.
    pub fn break_listing(&self, lane: &Lane, times: usize, pages: usize, error: &Error) {
        self.company()
            .listing_troubles
            .extend((0..times).map(|_| ListingTrouble {
                lane: lane.clone(),
                pages,
                error: error.clone(),
            }));
    }

    /// No listing of the lane fails any more.
    pub fn heal(&self, lane: &Lane) {
        self.company()
            .listing_troubles
            .retain(|it| it.lane != *lane);
    }

    /// Everything is answered with this failure (`None` = no longer): a dead
    /// grant, a provider that is down.
    pub fn die(&self, of: Option<Error>) {
        self.company().dead = of;
    }

    /// Every listing takes so long, by tokio's time.
    pub fn slow_listings(&self, each: Duration) {
        self.company().slow = each;
    }

    /// Sightings on a page of a listing; 100 unless told.
    pub fn page_size(&self, sightings: usize) {
        self.company().page_size = sightings.max(1);
    }

    /// Every listing that was asked for, in order.
    pub fn asked(&self) -> Vec<Ask> {
        self.company().asked.clone()
    }

    /// Every opening, in order, failed ones too.
    pub fn opened(&self) -> Vec<ItemId> {
        self.company().opened.clone()
    }

    /// Everything that was ever planted: the truth that a test compares with.
    pub fn truth(&self) -> Vec<Item> {
        let company = self.company();
        company.plants.values().map(|it| it.item.clone()).collect()
    }

    fn company(&self) -> MutexGuard<'_, Company> {
        self.company.lock().unwrap()
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

impl Company {
    fn alive(&self) -> Result<()> {
        self.dead.clone().map_or(Ok(()), Err)
    }

    fn pages(&mut self, ask: &Ask, now_ms: i64) -> Vec<Result<Page>> {
        self.asked.push(ask.clone());
        if let Err(error) = self.alive() {
            return vec![Err(error)];
        }
        if self.forbidden.contains(&ask.lane) {
            return vec![Err(forbidden(&ask.lane))];
        }
        let mut pages: Vec<Result<Page>> = self.whole(ask, now_ms).map(Ok).collect();
        let script = self
            .listing_troubles
            .iter()
            .position(|it| it.lane == ask.lane);
        if let Some(script) = script.map(|at| self.listing_troubles.remove(at)) {
            pages.truncate(script.pages);
            pages.push(Err(script.error));
        }
        pages
    }

    /// The pages of a listing that goes well. Newest first, as providers do;
    /// every page but the first begins with the last record of the one
    /// before, as it happens when a listing shifts while it is read.
    fn whole(&self, ask: &Ask, now_ms: i64) -> impl Iterator<Item = Page> {
        let mut sightings = self.sightings(ask, now_ms);
        sightings.sort_by_key(|it| std::cmp::Reverse((it.item.at_ms, it.item.id.clone())));
        let mut calls = Some(self.calls(ask, now_ms));
        let mut unsettled = calls.iter().flatten().filter(|it| it.unfinished).count();
        let mut shown = 0;
        let mut pages = Vec::new();
        while shown < sightings.len() || calls.is_some() {
            let end = sightings.len().min(shown + self.page_size);
            let page = &sightings[shown.saturating_sub(1)..end];
            unsettled += page
                .iter()
                .filter(|it| !self.is_settled(it, now_ms))
                .count();
            pages.push(Page {
                sightings: page.to_vec(),
                calls: calls.take().unwrap_or_default(),
                unsettled: std::mem::take(&mut unsettled),
            });
            shown = end;
        }
        pages.into_iter()
    }

    fn is_settled(&self, sighting: &Sighting, now_ms: i64) -> bool {
        self.plants[&sighting.item.id].is_settled(now_ms)
    }

    fn sightings(&self, ask: &Ask, now_ms: i64) -> Vec<Sighting> {
        let plants = self.plants.values();
        plants
            .filter(|it| lies_in(&it.item, &ask.lane))
            .filter(|it| ask.types.contains(&it.item.id.data_type))
            .filter(|it| ask.window.contains_ms(it.item.at_ms))
            .filter_map(|it| it.sighting(now_ms))
            .collect()
    }

    fn calls(&self, ask: &Ask, now_ms: i64) -> Vec<Call> {
        let calls = self.calls.iter();
        calls
            .filter(|it| match &ask.lane {
                Lane::AccountCalls => true,
                Lane::ExtensionCalls(id) => it.extension.as_ref() == Some(id),
                Lane::Messages(_) => false,
            })
            .filter(|it| ask.window.contains_ms(it.at_ms) && it.at_ms <= now_ms)
            .filter(|it| ask.depth == Depth::Every || it.recordings > 0)
            .cloned()
            .collect()
    }
}

/// Whether a listing of the lane shows the item.
fn lies_in(item: &Item, lane: &Lane) -> bool {
    let is_message = item.id.data_type.is_message();
    match lane {
        Lane::AccountCalls => !is_message,
        Lane::ExtensionCalls(id) => !is_message && item.extension.as_ref() == Some(id),
        Lane::Messages(id) => is_message && item.extension.as_ref() == Some(id),
    }
}

fn forbidden(lane: &Lane) -> Error {
    Error::new(Kind::Forbidden, format!("{lane} may not be read"))
        .remedy("Ask an administrator for the permission and connect again.")
}

#[async_trait]
impl domain::ports::Source for Source {
    async fn viewer(&self) -> Result<Viewer> {
        let company = self.company();
        company.alive()?;
        Ok(company.viewer.clone())
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        let company = self.company();
        company.alive()?;
        Ok(company.extensions.values().cloned().collect())
    }

    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        let company = self.company();
        company.alive()?;
        let lane = |data_type: DataType| match of {
            Some(id) if data_type.is_message() => Some(Lane::Messages(id.clone())),
            Some(id) => Some(Lane::ExtensionCalls(id.clone())),
            None if data_type.is_message() => None,
            None => Some(Lane::AccountCalls),
        };
        let permission = |data_type| Permission {
            data_type,
            allowed: lane(data_type)
                .filter(|lane| company.forbidden.contains(lane))
                .map_or(Ok(()), |lane| Err(forbidden(&lane))),
        };
        Ok(DataType::ALL.map(permission).into())
    }

    fn list<'a>(&'a self, ask: &'a Ask) -> BoxStream<'a, Result<Page>> {
        let listing = async {
            let slow = self.company().slow;
            if !slow.is_zero() {
                sleep(slow).await;
            }
            stream::iter(self.company().pages(ask, self.now_ms()))
        };
        stream::once(listing).flatten().boxed()
    }

    async fn open(&self, item: &Item) -> Result<Content> {
        let now_ms = self.now_ms();
        let mut company = self.company();
        company.opened.push(item.id.clone());
        company.alive()?;
        match company.plants.get_mut(&item.id) {
            Some(plant) => plant.open(now_ms),
            None => Err(Error::new(Kind::Gone, "there is no such item")),
        }
    }
}
