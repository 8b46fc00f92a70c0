//! A simulated company to be archived, and the adapter pointed at it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::account::ExtensionId;
use domain::clock::Clock;
use domain::data_type::DataType;
use domain::error::Result;
use domain::grant::Grant;
use domain::item::{ItemId, Sighting};
use domain::lane::{Depth, Lane};
use domain::ports::{Ask, Page, Source};
use domain::secret::Secret;
use domain::window::{DAY_MS, Window, instant};
use futures::TryStreamExt;
use jiff::Timestamp;
use outbound::{Door, DoorOptions, Keeper};
use sim::ringcentral::{Kind, Truth};
use sim::{Listen, Scenario, Simulation};
use source_ringcentral::{Credential, Options, RingCentral};

/// The simulators' clock, as ours.
#[derive(Clone)]
pub(crate) struct SimClock(pub(crate) sim::clock::Clock);

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        instant(self.0.now_ms())
    }
}

/// Keeps a grant in memory, and what was kept, in order.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) kept: Mutex<Vec<Grant>>,
    /// Keeping fails: the disk is full.
    pub(crate) full: Mutex<bool>,
}

impl Shelf {
    pub(crate) fn with(grant: Grant) -> Arc<Shelf> {
        let shelf = Shelf::default();
        shelf.kept.lock().unwrap().push(grant);
        Arc::new(shelf)
    }

    pub(crate) fn kept(&self) -> Vec<Grant> {
        self.kept.lock().unwrap().clone()
    }
}

#[async_trait]
impl Keeper for Shelf {
    async fn load(&self) -> Result<Option<Grant>> {
        Ok(self.kept.lock().unwrap().last().cloned())
    }

    async fn keep(&self, _: Option<&Grant>, grant: &Grant) -> Result<()> {
        if *self.full.lock().unwrap() {
            let what = "the disk is full";
            return Err(domain::Error::new(domain::Kind::Storage, what));
        }
        self.kept.lock().unwrap().push(grant.clone());
        Ok(())
    }
}

/// A running company.
pub(crate) struct World {
    pub(crate) sim: Simulation,
    pub(crate) clock: SimClock,
    anchor_ms: i64,
}

/// The company's age: enough for several pages of everything.
const DAYS: u32 = 3;

/// RingCentral's minute, as short as the simulator plays it here.
pub(crate) const WINDOW: Duration = Duration::from_millis(50);

impl World {
    /// A quick and generous RingCentral, changed as the test wants.
    pub(crate) async fn start(change: impl FnOnce(&mut Scenario)) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut scenario = Scenario::default();
        scenario.company.days = DAYS;
        let rc = &mut scenario.ringcentral;
        (rc.light, rc.medium, rc.heavy, rc.auth) = (100_000, 100_000, 100_000, 100_000);
        (rc.window_ms, rc.penalty_ms) = (50, 50);
        rc.auto_consent = true;
        change(&mut scenario);
        let clock = sim::clock::Clock::default();
        let anchor_ms = clock.now_ms();
        let listen = Listen {
            clock: clock.clone(),
            ..Listen::default()
        };
        World {
            sim: Simulation::start(scenario, listen, anchor_ms)
                .await
                .unwrap(),
            clock: SimClock(clock),
            anchor_ms,
        }
    }

    /// A RingCentral that plays everything as documented.
    pub(crate) async fn plain() -> World {
        World::start(|_| {}).await
    }

    /// Lets the planted delays end: everything that is not lost can be read.
    pub(crate) fn settle(&self) {
        let rc = self.sim.ringcentral();
        let wait = rc.settled_at_ms() - self.clock.0.now_ms() + 1000;
        self.clock.0.advance_ms(wait.max(0));
    }

    pub(crate) fn door(&self) -> Door {
        let clock = Arc::new(self.clock.clone());
        Door::open(
            &DoorOptions::default(),
            clock,
            Arc::new(|| 0.5),
            Arc::new(()),
        )
        .unwrap()
    }

    pub(crate) fn options(&self) -> Options {
        let rc = self.sim.ringcentral();
        Options {
            server_url: rc.server_url(),
            media_url: rc.media_url(),
            client_id: rc.client_id(),
            client_secret: Some(Secret::new(rc.client_secret())),
            rate_window: WINDOW,
        }
    }

    pub(crate) fn source(&self, credential: Credential, keeper: Arc<Shelf>) -> RingCentral {
        let clock = Arc::new(self.clock.clone());
        RingCentral::new(self.options(), credential, self.door(), keeper, clock).unwrap()
    }

    pub(crate) fn with_jwt(&self, jwt: String) -> RingCentral {
        self.source(Credential::Jwt(Secret::new(jwt)), Arc::default())
    }

    /// The main administrator.
    pub(crate) fn admin(&self) -> RingCentral {
        self.with_jwt(self.sim.ringcentral().jwt())
    }

    /// Whoever has this number.
    pub(crate) fn user(&self, number: &str) -> RingCentral {
        self.with_jwt(self.sim.ringcentral().jwt_of(number).unwrap())
    }

    /// The company's whole life up to now.
    pub(crate) fn window(&self) -> Window {
        Window::from_ms(self.anchor_ms - 8 * DAY_MS, self.anchor_ms + DAY_MS).unwrap()
    }

    /// What exists and is shown by now.
    pub(crate) fn truth(&self) -> Vec<Truth> {
        let now_ms = self.clock.0.now_ms();
        let all = self.sim.ringcentral().truth().into_iter();
        all.filter(|it| it.visible_at_ms <= now_ms && !it.gone)
            .collect()
    }

    /// How often a path was asked with a status below 300, by its words.
    pub(crate) fn asked(&self, words: &str) -> usize {
        let asked = self.sim.ringcentral().asked();
        asked.iter().filter(|it| it.path.contains(words)).count()
    }
}

/// The identity that a thing must have here.
pub(crate) fn identity(truth: &Truth) -> ItemId {
    let attachment = Some(truth.attachment_id.clone());
    let (data_type, part) = match truth.kind {
        Kind::Recording => (DataType::CallRecording, None),
        Kind::Voicemail | Kind::Transcript => (DataType::Voicemail, attachment),
        Kind::Sms | Kind::Pager => (DataType::Sms, None),
        Kind::MmsPart => (DataType::Sms, attachment),
        Kind::Fax | Kind::FaxSource => (DataType::Fax, attachment),
    };
    ItemId {
        data_type,
        unit: truth.provider_id.clone(),
        part,
    }
}

/// The lane that a thing lies in, for an administrator.
pub(crate) fn lane(truth: &Truth) -> Lane {
    match truth.kind {
        Kind::Recording => Lane::AccountCalls,
        _ => Lane::Messages(ExtensionId::new(&truth.extension_id)),
    }
}

pub(crate) fn ask(lane: Lane, window: Window, depth: Depth) -> Ask {
    let types = DataType::ALL.into_iter();
    Ask {
        types: types
            .filter(|it| it.is_message() != lane.is_calls())
            .collect(),
        lane,
        window,
        depth,
    }
}

/// A whole listing.
pub(crate) async fn list(source: &impl Source, ask: &Ask) -> Result<Vec<Page>> {
    source.list(ask).try_collect().await
}

/// The sightings of a listing, each identity once.
pub(crate) fn sightings(pages: &[Page]) -> BTreeMap<ItemId, Sighting> {
    let all = pages.iter().flat_map(|page| page.sightings.iter().cloned());
    all.map(|it| (it.item.id.clone(), it)).collect()
}

pub(crate) fn ids(pages: &[Page]) -> BTreeSet<ItemId> {
    sightings(pages).into_keys().collect()
}

/// The mailboxes that things lie in.
pub(crate) fn mailboxes(truth: &[Truth]) -> BTreeSet<String> {
    let messages = truth.iter().filter(|it| it.kind != Kind::Recording);
    messages.map(|it| it.extension_id.clone()).collect()
}
