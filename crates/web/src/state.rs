//! What every handler may reach for. At the ground: nothing imports upward.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::ports::{HandOver, Providers, Store};

use crate::limit::Limit;
use crate::options::Options;
use crate::pages::export::Making;
use crate::pages::item::{Artists, Readers};
use crate::recent::Recent;
use crate::roles::Roles;
use crate::single_flight::SingleFlight;

/// How long a page waits for a provider before it is shown without its answer.
pub(crate) const GLANCE: Duration = Duration::from_secs(3);

/// How long an action that needs a provider waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Where secrets come from: 256 bits that nobody can guess, new each time.
pub type Chance = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// Handed to each request.
#[derive(Clone)]
pub struct State {
    /// The memory.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Makes the two ends out of grants.
    pub providers: Arc<dyn Providers>,
    /// Makes Exports and gives them out.
    pub hand_over: Arc<dyn HandOver>,
    /// Randomness.
    pub chance: Chance,
    /// What the operator set.
    pub options: Arc<Options>,
    /// Who was an admin when it was last asked.
    pub(crate) roles: Roles,
    /// What the audit log was told a short while ago.
    pub(crate) recent: Recent,
    /// How often somebody may knock.
    pub(crate) limit: Limit,
    /// What is being asked of destinations.
    pub(crate) single_flight: SingleFlight,
    /// Who reads files at present.
    pub(crate) readers: Readers,
    /// Who draws a sound at present.
    pub(crate) artists: Artists,
    /// Exports that are being made here.
    pub(crate) making: Making,
    /// When this process began, milliseconds since 1970.
    pub(crate) begun_ms: i64,
}

impl State {
    /// All of it.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        providers: Arc<dyn Providers>,
        hand_over: Arc<dyn HandOver>,
        chance: Chance,
        options: Options,
    ) -> State {
        State {
            begun_ms: clock.now().as_millisecond(),
            store,
            clock,
            providers,
            hand_over,
            chance,
            options: Arc::new(options),
            roles: Roles::default(),
            recent: Recent::default(),
            limit: Limit::default(),
            single_flight: SingleFlight::default(),
            readers: Readers::default(),
            artists: Artists::default(),
            making: Making::default(),
        }
    }

    /// Now, milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}
