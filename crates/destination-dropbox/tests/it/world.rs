//! A simulated Dropbox on a free port, and an app that leads to it. Waits that
//! mirror Dropbox's own pace are shortened; a watch in front of the simulator
//! counts what is under way at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use destination_dropbox::{App, Dropbox, HeldGrant, Limits, Options};
use domain::secret::Secret;
use outbound::{Backoff, Door, DoorOptions, Token};
use sim::dropbox::{FaultKind, PlannedFault};
use testkit::ManualClock;
use testkit::builders::T0;
use tokio::net::TcpListener;

/// The functions that tests speak about.
pub(crate) const START: &str = "files/upload_session/start_batch";
pub(crate) const APPEND: &str = "files/upload_session/append_v2";
pub(crate) const APPEND_BATCH: &str = "files/upload_session/append_batch";
pub(crate) const FINISH: &str = "files/upload_session/finish_batch_v2";
pub(crate) const METADATA: &str = "files/get_metadata";

/// The simulated Dropbox; it stops with this value.
pub(crate) struct World {
    pub(crate) sim: sim::dropbox::Dropbox,
    pub(crate) sim_clock: sim::clock::Clock,
    pub(crate) watch: Arc<Watch>,
    pub(crate) url: String,
    _stop: tokio::sync::watch::Sender<bool>,
}

/// What stands between client and simulator.
#[derive(Default)]
pub(crate) struct Watch {
    now: Mutex<BTreeMap<String, u64>>,
    /// The most requests to a function that were under way at once.
    most: Mutex<BTreeMap<String, u64>>,
    /// Longest argument header let through, in bytes; 0: any.
    pub(crate) header_limit: AtomicUsize,
    /// So many bodies with file data get one bit changed.
    pub(crate) damaged: AtomicUsize,
    /// A call whose JSON holds this text is answered with a plain 400.
    pub(crate) unreadable: Mutex<Option<String>>,
}

/// Bytes of requests with file data that are under way: counted like calls.
const BYTES: &str = "bytes";

impl Watch {
    fn enter(&self, what: &str, count: u64) {
        let mut now = self.now.lock().unwrap();
        let now = now.entry(what.to_owned()).or_default();
        *now += count;
        let mut most = self.most.lock().unwrap();
        let most = most.entry(what.to_owned()).or_default();
        *most = (*most).max(*now);
    }

    fn leave(&self, what: &str, count: u64) {
        *self.now.lock().unwrap().entry(what.to_owned()).or_default() -= count;
    }

    /// The most requests to a function at once.
    pub(crate) fn most(&self, function: &str) -> u64 {
        self.most
            .lock()
            .unwrap()
            .get(function)
            .copied()
            .unwrap_or(0)
    }

    /// The most bytes of file data under way at once.
    pub(crate) fn most_bytes(&self) -> u64 {
        self.most(BYTES)
    }
}

async fn watched(State(watch): State<Arc<Watch>>, request: Request, next: Next) -> Response {
    let function = request.uri().path().trim_start_matches("/2/").to_owned();
    let (argument, bytes) = sizes(request.headers());
    let limit = watch.header_limit.load(Ordering::Relaxed);
    if limit > 0 && argument > limit {
        return StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response();
    }
    let damage = argument > 0 && take_one(&watch.damaged);
    watch.enter(&function, 1);
    watch.enter(BYTES, bytes);
    let request = if damage {
        damaged(request).await
    } else {
        request
    };
    let response = match readable(&watch, request).await {
        Some(request) => next.run(request).await,
        None => (
            StatusCode::BAD_REQUEST,
            "Error in call to API function: path: no",
        )
            .into_response(),
    };
    watch.leave(&function, 1);
    watch.leave(BYTES, bytes);
    response
}

/// Of the argument's header, and of the file data that comes with it.
fn sizes(headers: &HeaderMap) -> (usize, u64) {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let argument = text("dropbox-api-arg").map_or(0, str::len);
    let length = text("content-length").and_then(|length| length.parse().ok());
    (argument, length.filter(|_| argument > 0).unwrap_or(0))
}

fn take_one(counter: &AtomicUsize) -> bool {
    let less = |count: usize| count.checked_sub(1);
    counter
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
        .is_ok()
}

async fn readable(watch: &Watch, request: Request) -> Option<Request> {
    let Some(text) = watch.unreadable.lock().unwrap().clone() else {
        return Some(request);
    };
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let holds = String::from_utf8_lossy(&bytes).contains(&text);
    (!holds).then(|| Request::from_parts(parts, bytes.into()))
}

async fn damaged(request: Request) -> Request {
    let (parts, body) = request.into_parts();
    let mut bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap()
        .to_vec();
    if let Some(byte) = bytes.last_mut() {
        *byte ^= 1;
    }
    Request::from_parts(parts, bytes.into())
}

impl World {
    pub(crate) async fn new() -> World {
        World::with(sim::dropbox::Options::default()).await
    }

    /// A Dropbox that behaves so.
    pub(crate) async fn with(options: sim::dropbox::Options) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sim_clock = sim::clock::Clock::default();
        let sim = sim::dropbox::Dropbox::new(options, sim_clock.clone());
        let watch = Arc::new(Watch::default());
        let layer = from_fn_with_state(Arc::clone(&watch), watched);
        let router = sim.router().layer(layer);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::watch::channel(false);
        tokio::spawn(sim::front::plain(listener, router, stopped));
        World {
            sim,
            sim_clock,
            watch,
            url,
            _stop: stop,
        }
    }

    /// A Dropbox with one planned fault.
    pub(crate) async fn faulty(route: &str, fault: FaultKind, times: u64) -> World {
        let world = World::new().await;
        world.plan(route, fault, times);
        world
    }

    /// Plans a fault for the next requests to a function.
    pub(crate) fn plan(&self, route: &str, fault: FaultKind, times: u64) {
        let plan = PlannedFault {
            route: route.to_owned(),
            fault,
            skip: 0,
            times,
        };
        self.sim
            .change_options(|options| options.planned_faults.push(plan));
    }

    /// The app, with options adjusted.
    pub(crate) fn app(&self, adjust: impl FnOnce(&mut Options)) -> App {
        let clock = Arc::new(ManualClock::at(T0));
        let door = Door::open(
            &DoorOptions::default(),
            clock.clone(),
            Arc::new(|| 0.0),
            Arc::new(()),
        );
        let mut options = options(&self.url);
        options.app_key = self.sim.app_key();
        adjust(&mut options);
        App::new(options, door.unwrap(), clock, Arc::new(|| 0.0)).unwrap()
    }

    /// A Dropbox of this world, linked by the refresh token, with options
    /// adjusted.
    pub(crate) fn adjusted(&self, adjust: impl FnOnce(&mut Options)) -> Dropbox {
        let app = self.app(adjust);
        app.dropbox("dropbox:test", self.token(&app), "Archive")
    }

    /// The head-less grant's token.
    pub(crate) fn token(&self, app: &App) -> Token {
        let refresh = Secret::new(self.sim.refresh_token());
        let keeper = Arc::new(HeldGrant::from_refresh_token(refresh));
        app.token(keeper).quiet_for(Duration::ZERO)
    }

    pub(crate) fn dropbox(&self) -> Dropbox {
        self.adjusted(|_| ())
    }

    /// What lies in the app's folder, by path without the leading slash.
    pub(crate) fn files(&self) -> BTreeMap<String, Bytes> {
        let bytes = |path: &str| self.sim.bytes(path).unwrap().into();
        let files = self.sim.files().into_iter().map(|file| file.path_display);
        files
            .map(|path| (path.trim_start_matches('/').to_owned(), bytes(&path)))
            .collect()
    }

    /// Requests to a function so far.
    pub(crate) fn calls(&self, function: &str) -> u64 {
        self.sim.requests().of(function)
    }
}

/// Options for tests: patience of milliseconds.
fn options(url: &str) -> Options {
    let mut options = Options {
        api_url: url.to_owned(),
        content_url: url.to_owned(),
        web_url: url.to_owned(),
        pace: None,
        ..Options::default()
    };
    options.manners = options.manners.scaled(1e-3);
    let quick = |limits: Limits| Limits {
        idle: Duration::from_millis(5),
        linger: Duration::from_millis(50),
        ..limits
    };
    let upload = &mut options.upload;
    upload.group = quick(upload.group);
    upload.commit = quick(upload.commit);
    upload.contention = Backoff {
        base: Duration::from_millis(2),
        cap: Duration::from_millis(20),
    };
    options
}
