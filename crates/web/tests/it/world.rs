//! A server with its memory, its providers and its clock, and the journeys that
//! most tests begin with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use domain::account::AccountId;
use domain::connection::Connection;
use domain::grant::{Grant, Provider};
use domain::ports::{Connections, Instance, Sessions, Store, Tasks, Vault, Viewer};
use domain::session::{Session, SessionKey, SignedIn};
use domain::window::instant;
use sha2::{Digest, Sha256};
use testkit::builders::{T0, account_id};
use testkit::clock::ManualClock;
use testkit::faulty::{Faults, Faulty, Rates};
use testkit::hand_over::MadeUp;
use testkit::memory;
use web::{Options, State};

use crate::browser::{Answer, Browser};
use crate::cloud::{Cloud, Consent, dropbox, person};

/// The world.
pub(crate) struct World {
    pub(crate) store: Arc<Faulty<memory::Store>>,
    pub(crate) cloud: Cloud,
    pub(crate) clock: ManualClock,
    pub(crate) state: State,
    pub(crate) app: Router,
    /// What befalls the store.
    pub(crate) faults: Faults,
    now_ms: Mutex<i64>,
}

impl World {
    /// A fresh server on loopback that belongs to nobody.
    pub(crate) fn new() -> World {
        World::with(Options {
            loopback: true,
            ..Options::default()
        })
    }

    /// A fresh server.
    pub(crate) fn with(options: Options) -> World {
        World::faulty(options, Faults::from_seed(1, Rates::default()))
    }

    /// A fresh server whose memory fails.
    pub(crate) fn faulty(options: Options, faults: Faults) -> World {
        let clock = ManualClock::at(T0);
        let store = memory::Store::new(clock.clone());
        let store = Arc::new(Faulty::new(store, &faults));
        let cloud = Cloud::new(Arc::clone(&store), clock.clone());
        let count = AtomicU64::new(0);
        let chance = move || {
            let n = count.fetch_add(1, Ordering::Relaxed);
            Sha256::digest(n.to_be_bytes()).into()
        };
        let state = State::new(
            Arc::clone(&store) as Arc<dyn Store>,
            Arc::new(clock.clone()),
            Arc::new(cloud.clone()),
            Arc::new(MadeUp(Arc::clone(&store) as Arc<dyn Store>)),
            Arc::new(chance),
            options,
        );
        World {
            app: web::router(state.clone()),
            store,
            cloud,
            clock,
            state,
            faults,
            now_ms: Mutex::new(T0),
        }
    }

    /// One that belongs to company 1.
    pub(crate) async fn owned() -> World {
        let world = World::new();
        world.book().claim(&account_id("1"), T0).await.unwrap();
        world
    }

    /// The memory, without faults.
    pub(crate) fn book(&self) -> &memory::Store {
        self.store.inner()
    }

    /// A browser on this machine.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.app.clone())
    }

    /// Time passes.
    pub(crate) fn pass(&self, ms: i64) {
        let mut now_ms = self.now_ms.lock().unwrap();
        *now_ms += ms;
        self.clock.set(*now_ms);
    }

    /// Signs in up to the question "Is that you?", and returns that page.
    pub(crate) async fn knock(&self, browser: &mut Browser, who: Viewer) -> Answer {
        browser.get("/sign-in").await;
        let out = browser.post("/sign-in", &[]).await;
        let back = self
            .cloud
            .consent(&out.way_out(), Consent::RingCentral(who));
        browser.visit(&back).await
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self, browser: &mut Browser, who: Viewer) -> Answer {
        let asked = self.knock(browser, who).await;
        let proof = asked.field("proof").unwrap_or_default();
        browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
        browser.visit("/").await
    }

    /// A browser in which the admin of company 1 is signed in.
    pub(crate) async fn admin(&self) -> Browser {
        let mut browser = self.browser();
        let page = self.sign_in(&mut browser, person("1", "101", true)).await;
        assert!(page.body.contains("LOGOUT"), "{}", page.body);
        browser
    }

    /// Connects a Dropbox and returns the page after it.
    pub(crate) async fn connect(&self, browser: &mut Browser, word: &str) -> Answer {
        browser.visit("/").await;
        let out = browser.post("/connect", &[]).await;
        let back = self
            .cloud
            .consent(&out.way_out(), Consent::Dropbox(dropbox(word)));
        browser.visit(&back).await
    }

    /// The Connections of company 1.
    pub(crate) async fn connections(&self) -> Vec<Connection> {
        self.book().connections(&account_id("1")).await.unwrap()
    }

    /// Whether somebody asked that a Backup runs at once.
    pub(crate) async fn is_hurried(&self) -> bool {
        let due = self.book().claim_due("w", Duration::ZERO).await.unwrap();
        due.is_some_and(|it| it.hurried)
    }

    /// A grant of somebody's Connection.
    pub(crate) async fn grant(
        &self,
        account: &str,
        extension: &str,
        end: Provider,
    ) -> Option<Grant> {
        let account = account_id(account);
        let id = domain::connection::ConnectionId::new(format!("{account}/{extension}"));
        self.book().grant(&account, &id, end).await.unwrap()
    }

    /// The Session behind a browser's cookie.
    pub(crate) async fn session(&self, browser: &Browser) -> Option<Session> {
        let key = key(&browser.cookie.as_ref()?.1);
        self.book().session(&key).await.unwrap()
    }

    /// Who is signed in behind a browser's cookie.
    pub(crate) async fn viewer(&self, browser: &Browser) -> Option<SignedIn> {
        self.session(browser).await?.viewer
    }

    /// Puts somebody's Session into the memory, and its word into a browser.
    pub(crate) async fn seat(&self, word: &str, who: Option<Viewer>, may_set_up: bool) -> Browser {
        let word = challenge_like(word);
        let session = Session {
            key: key(&word),
            viewer: who.map(signed_in),
            unconfirmed: None,
            may_set_up,
            notice: None,
            begun_ms: T0,
            seen_ms: T0,
        };
        self.book().keep_session(&session).await.unwrap();
        let mut browser = self.browser();
        browser.cookie = Some(("archiver".to_owned(), word.clone()));
        browser.form_token = form_token(&word);
        browser
    }

    /// Everything that an attack could have changed: whose the server is, what
    /// is connected, and who is signed in anywhere.
    pub(crate) async fn facts(&self) -> Facts {
        let mut connections = Vec::new();
        for company in ["1", "2"] {
            let company = account_id(company);
            connections.extend(self.book().connections(&company).await.unwrap());
        }
        Facts {
            owners: self.book().owners().await.unwrap(),
            connections,
        }
    }
}

/// See [`World::facts`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) owners: Vec<AccountId>,
    pub(crate) connections: Vec<Connection>,
}

/// 43 letters that could be one of the server's own words.
pub(crate) fn challenge_like(word: &str) -> String {
    crate::cloud::challenge(word)
}

/// The key of a cookie's word.
pub(crate) fn key(word: &str) -> SessionKey {
    let digest = Sha256::digest(word);
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    SessionKey::new(hex.concat())
}

/// The form token that goes with a cookie's word.
pub(crate) fn form_token(word: &str) -> String {
    crate::cloud::challenge(&format!("archiver form token\n{word}"))
}

/// Somebody, as a Session knows them.
pub(crate) fn signed_in(who: Viewer) -> SignedIn {
    SignedIn {
        account: who.account.id,
        company: who.account.name,
        extension: who.extension.id,
        number: who.extension.number,
        name: who.extension.name.unwrap(),
        admin: who.admin,
        time_zone: None,
        checked_ms: instant(T0).as_millisecond(),
    }
}
