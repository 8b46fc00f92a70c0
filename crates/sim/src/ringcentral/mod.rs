//! RingCentral as a product: sign-in, limits, permissions, call log, message
//! store and media, with a ledger of what is true and of what was asked.

mod account;
mod ask;
mod bulk;
mod call_log;
mod call_record;
mod call_sync;
mod content;
mod control;
mod error;
mod extensions;
mod fates;
mod faults;
mod limiter;
mod message_record;
mod message_sync;
mod messages;
mod oauth;
mod oddities;
mod options;
mod paging;
mod params;
mod permissions;
mod recordings;
mod reply;
mod report;
mod report_zips;
mod request_log;
mod routes;
mod serve;
mod time;
mod truth;

pub use faults::Faults;
pub use limiter::Group;
pub use options::{Options, StaffChange};
pub use report_zips::Layout;
pub use request_log::{Asked, Counter, Requests};
pub use truth::{Kind, Truth};

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use crate::clock::Clock;
use crate::dice::Dice;
use crate::scenario::Scenario;
use crate::world::{World, ids};

/// A handle on the simulated RingCentral. Cloning shares it.
#[derive(Clone)]
pub struct RingCentral(Arc<Inner>);

/// Everything that the handlers share.
pub(crate) struct Inner {
    world: World,
    options: RwLock<Arc<Options>>,
    clock: Clock,
    anchor_ms: i64,
    seed: u64,
    server_url: String,
    media_url: String,
    dice: Dice,
    sessions: Mutex<oauth::Sessions>,
    limiter: Mutex<limiter::Limiter>,
    fates: Mutex<fates::Fates>,
    faults: faults::Saboteur,
    log: Mutex<request_log::RequestLog>,
    reports: Mutex<report::Reports>,
    truth: OnceLock<Vec<Truth>>,
}

impl Inner {
    /// The options in force.
    fn options(&self) -> Arc<Options> {
        Arc::clone(&self.options.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change_options(&self, change: impl FnOnce(&mut Options)) {
        let mut options = self.options.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut options));
        self.faults.start_anew();
    }
}

impl RingCentral {
    /// Builds the company with its present at `anchor_ms`; nothing listens
    /// yet. The addresses are those of the two hosts, without a slash at the
    /// end.
    pub fn new(
        scenario: &Scenario,
        anchor_ms: i64,
        clock: Clock,
        server_url: &str,
        media_url: &str,
    ) -> Self {
        let options = scenario.ringcentral.clone();
        let dice = Dice::new(scenario.seed).of("ringcentral");
        let world = World::new(
            scenario.seed,
            &scenario.company,
            &options.delays(),
            anchor_ms,
            options.odd_data,
        );
        // Tokens of an earlier run are not tokens of this one.
        let started = clock.now_ms().unsigned_abs();
        Self(Arc::new(Inner {
            world,
            clock,
            anchor_ms,
            seed: scenario.seed,
            server_url: server_url.to_owned(),
            media_url: media_url.to_owned(),
            sessions: Mutex::new(oauth::Sessions::new(dice.of("tokens").at(started))),
            limiter: Mutex::default(),
            fates: Mutex::default(),
            faults: faults::Saboteur::new(dice.of("faults")),
            log: Mutex::default(),
            reports: Mutex::default(),
            truth: OnceLock::new(),
            dice,
            options: RwLock::new(Arc::new(options)),
        }))
    }

    /// The routes of both hosts; each answers all of them.
    pub fn router(&self) -> axum::Router {
        serve::router(Arc::clone(&self.0))
    }

    /// Address of the platform host.
    pub fn server_url(&self) -> String {
        self.0.server_url.clone()
    }

    /// Address of the media host.
    pub fn media_url(&self) -> String {
        self.0.media_url.clone()
    }

    /// Client id of the confidential application.
    pub fn client_id(&self) -> String {
        self.0.options().client_id.clone()
    }

    /// Its secret.
    pub fn client_secret(&self) -> String {
        self.0.options().client_secret.clone()
    }

    /// The JWT credential of the main admin.
    pub fn jwt(&self) -> String {
        oauth::jwt::issue(self.0.dice, ids::ACCOUNT, oauth::jwt::VALID_UNTIL_S)
    }

    /// The JWT credential of the extension with this number.
    pub fn jwt_of(&self, extension_number: &str) -> Option<String> {
        let extension = self
            .0
            .world
            .staff
            .iter()
            .find(|e| e.number == extension_number)?;
        Some(oauth::jwt::issue(
            self.0.dice,
            extension.id,
            oauth::jwt::VALID_UNTIL_S,
        ))
    }

    /// A JWT credential of the main admin that expired years ago.
    pub fn expired_jwt(&self) -> String {
        oauth::jwt::issue(self.0.dice, ids::ACCOUNT, oauth::jwt::EXPIRED_AT_S)
    }

    /// Id of the account, which is also that of its main extension.
    pub fn account_id(&self) -> String {
        ids::ACCOUNT.to_string()
    }

    /// The simulation's clock.
    pub fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    /// When the last delay that holds at the anchor has ended, in milliseconds
    /// since 1970: from then on everything that is not lost can be read.
    pub fn settled_at_ms(&self) -> i64 {
        self.0.world.settled_at_ms
    }

    /// Everything archivable that exists or will exist, oldest first, without
    /// hashes.
    pub fn truth(&self) -> Vec<Truth> {
        truth::all(&self.0)
    }

    /// Hex sha256 of the content of `item`; makes all its bytes.
    pub fn sha256(&self, item: &Truth) -> Option<String> {
        truth::sha256(&self.0, item)
    }

    /// The words of `item`, if it is the text of a message.
    pub fn text(&self, item: &Truth) -> Option<String> {
        truth::text(&self.0, item)
    }

    /// What was asked since the start or the last reset.
    pub fn requests(&self) -> Requests {
        held(&self.0.log).summary()
    }

    /// The last requests one by one, oldest first (at most 100,000).
    pub fn asked(&self) -> Vec<Asked> {
        held(&self.0.log).entries()
    }

    /// Starts the counters anew.
    pub fn reset_requests(&self) {
        held(&self.0.log).reset();
    }

    /// Deletes a recording as an administrator would; the call log forgets its
    /// link. False if there is none, or none any more.
    pub fn delete_recording(&self, id: &str) -> bool {
        let Some(number) = ids::recording_index(id) else {
            return false;
        };
        self.0.world.recording(number).is_some() && held(&self.0.fates).delete_recording(number)
    }

    /// Deletes a message as its owner would: first restorable, then purged (at
    /// once with `purge`). False if nothing was left to delete.
    pub fn delete_message(&self, id: &str, purge: bool) -> bool {
        let now_ms = self.0.clock.now_ms();
        let world = &self.0.world;
        let found = world
            .message_number(id)
            .and_then(|n| Some((n, world.message(n)?)));
        found.is_some_and(|(n, message)| {
            held(&self.0.fates).delete_message(n, message, purge, now_ms)
        })
    }

    /// Changes the options from the next request on. Delays and retention of
    /// what is planned were read at the start.
    pub fn change_options(&self, change: impl FnOnce(&mut Options)) {
        self.0.change_options(change);
    }

    /// Ends every session, as a change of the password would.
    pub fn end_sessions(&self) {
        held(&self.0.sessions).end_all(self.0.clock.now_ms());
    }
}

/// Takes a lock. A panic elsewhere does not spoil the simulator's books: each
/// change to them is complete in itself.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
