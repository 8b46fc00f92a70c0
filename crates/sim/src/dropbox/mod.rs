//! Dropbox as a product: its API, its rules and its moods, played from the
//! official Stone files and from quoted answers of the live service. All three
//! API hosts and the web host are served by one router.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::{any, get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::watch;

use crate::clock::Clock;

mod account;
mod argument;
mod batch;
mod call;
mod commit;
mod content_hash;
mod dispatch;
mod download;
mod entry;
mod error;
mod fault;
mod fold;
mod folders;
mod grants;
mod intake;
mod jobs;
mod journal;
mod limiter;
mod listing;
mod lookup;
mod mint;
mod oauth;
mod options;
mod oracle;
mod path;
mod relocation;
mod removal;
mod reply;
mod request_log;
mod route;
mod search;
mod session;
mod spool;
mod tree;
mod upload;
mod write_lock;

pub use entry::{StoredFile, StoredWrite};
pub use fault::{FaultKind, PlannedFault};
pub use options::{NonBmp, Options, RateLimitBody, SessionAfterCommit, WriteContention};
pub use request_log::{RequestCounts, RequestRecord};

/// A handle on the simulated Dropbox. Cloning shares it.
#[derive(Clone)]
pub struct Dropbox(Arc<Inner>);

struct Inner {
    options: RwLock<Arc<Options>>,
    clock: Clock,
    mint: mint::Mint,
    spool: Arc<spool::Spool>,
    fates: fault::Fates,
    log: request_log::RequestLog,
    limiter: limiter::Limiter,
    grants: Mutex<grants::Grants>,
    tree: Mutex<tree::Tree>,
    write_lock: write_lock::WriteLock,
    sessions: session::Sessions,
    jobs: jobs::Jobs,
    links: download::Links,
    /// Told after every change of the namespace.
    changes: watch::Sender<()>,
}

impl Inner {
    fn options(&self) -> Arc<Options> {
        let options = self.options.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&options)
    }

    fn grants(&self) -> MutexGuard<'_, grants::Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, look: impl FnOnce(&tree::Tree) -> T) -> T {
        look(&self.tree.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut tree::Tree) -> T) -> T {
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tree.changes();
        let outcome = change(&mut tree);
        let changed = tree.changes() > before;
        drop(tree);
        if changed {
            self.changes.send_replace(());
        }
        outcome
    }
}

/// The app's key and secret, from Basic authentication.
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (key, secret) = decoded.split_once(':')?;
    // Clients form-encode both halves (RFC 6749, 2.3.1).
    let plain = |text: &str| {
        let pair = format!("x={text}");
        let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
        pairs.next().map_or(String::new(), |(_, v)| v.into_owned())
    };
    scheme
        .eq_ignore_ascii_case("basic")
        .then(|| (plain(key), plain(secret)))
}

impl Dropbox {
    /// An empty Dropbox. File contents lie among the system's temporary files
    /// and go with the last clone of the handle.
    pub fn new(options: Options, clock: Clock) -> Self {
        // Simulators may start in the same process and millisecond.
        static STARTED: AtomicU64 = AtomicU64::new(0);
        let mint = mint::Mint::new(options.seed, clock.now_ms());
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let (process, text) = (std::process::id(), mint.text(12));
        let name = format!("simulated-dropbox-{process}-{number}-{text}");
        let spool = spool::Spool::new(std::env::temp_dir().join(name));
        Self::assemble(options, clock, mint, spool, tree::Tree::default())
    }

    /// The Dropbox that is kept in `directory`; empty if there is none yet.
    /// Files, folders and revisions outlive the simulator, unfinished uploads
    /// and revocations do not. Tokens stay valid as long as the app's secret
    /// and the account are the same. One simulator at a time may use it.
    pub fn open(options: Options, clock: Clock, directory: &Path) -> std::io::Result<Self> {
        let mint = mint::Mint::new(options.seed, clock.now_ms());
        let (journal, changes) = journal::Journal::open(directory)?;
        let stored = journal::contents(&changes);
        let spool = spool::Spool::keeping(directory.to_owned(), &stored)?;
        let mut tree = tree::Tree::default();
        tree.replay(journal, changes, &spool, &mint);
        Ok(Self::assemble(options, clock, mint, spool, tree))
    }

    fn assemble(
        options: Options,
        clock: Clock,
        mint: mint::Mint,
        spool: Arc<spool::Spool>,
        tree: tree::Tree,
    ) -> Self {
        Self(Arc::new(Inner {
            grants: Mutex::new(grants::Grants::default()),
            options: RwLock::new(Arc::new(options)),
            clock,
            mint,
            spool,
            fates: fault::Fates::default(),
            log: request_log::RequestLog::default(),
            limiter: limiter::Limiter::default(),
            tree: Mutex::new(tree),
            write_lock: write_lock::WriteLock::default(),
            sessions: session::Sessions::default(),
            jobs: jobs::Jobs::default(),
            links: download::Links::default(),
            changes: watch::Sender::new(()),
        }))
    }

    /// All routes of the three API hosts, of the web host's OAuth pages, and
    /// the simulator's own below `/__sim`.
    pub fn router(&self) -> Router {
        let authorize = get(oauth::authorize).post(oauth::authorize);
        Router::new()
            .route("/2/{*function}", any(call::serve))
            .route("/oauth2/token", post(oauth::token))
            .route("/1/oauth2/token", post(oauth::token))
            .route("/oauth2/authorize", authorize.clone())
            .route("/1/oauth2/authorize", authorize)
            .route("/cd/0/get/{token}/file", get(download::follow))
            .merge(oracle::routes())
            .with_state(Arc::clone(&self.0))
    }

    /// Every stored file, in the order of folded paths.
    pub fn files(&self) -> Vec<StoredFile> {
        self.0
            .read(|tree| tree.files().map(entry::File::stored).collect())
    }

    /// The content of the file at a path, in any casing; the whole of it in
    /// memory.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let blob = self.0.read(|tree| match tree.get(&fold::lower(path))? {
            entry::Entry::File(file) => Some(Arc::clone(&file.current.blob)),
            entry::Entry::Folder(_) => None,
        })?;
        blob.bytes().ok()
    }

    /// How many requests came, by route and status.
    pub fn requests(&self) -> RequestCounts {
        self.0.log.counts()
    }

    /// The latest 100,000 requests, oldest first.
    pub fn request_log(&self) -> Vec<RequestRecord> {
        self.0.log.records()
    }

    /// Starts the counters and the log anew.
    pub fn reset_requests(&self) {
        self.0.log.reset();
    }

    /// The options in force.
    pub fn options(&self) -> Options {
        self.0.options().as_ref().clone()
    }

    /// Changes the options from the next request on, and counts requests for
    /// planned faults anew.
    pub fn change_options(&self, change: impl FnOnce(&mut Options)) {
        let mut options = self
            .0
            .options
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let mut next = options.as_ref().clone();
        change(&mut next);
        *options = Arc::new(next);
        drop(options);
        self.0.fates.reset();
    }

    /// Ends every grant made until now, as a user does who disconnects the
    /// app. The options' own refresh token never works again.
    pub fn revoke_all(&self) {
        self.0.grants().revoke_all();
    }

    /// Lets another, unseen client hold the namespace's write lock for so
    /// long by the simulation's clock.
    pub fn hold_write_lock_ms(&self, ms: i64) {
        let until_ms = self.0.clock.now_ms().saturating_add(ms);
        self.0.write_lock.give_to_others(until_ms);
    }

    /// The app's key (`client_id`).
    pub fn app_key(&self) -> String {
        self.0.options().app_key.clone()
    }

    /// The app's secret.
    pub fn app_secret(&self) -> String {
        self.0.options().app_secret.clone()
    }

    /// The refresh token that is valid from the start.
    pub fn refresh_token(&self) -> String {
        self.0.options().refresh_token.clone()
    }

    /// The account's id.
    pub fn account_id(&self) -> String {
        self.0.options().account_id.clone()
    }

    /// Where file contents lie on disk.
    pub fn spool_dir(&self) -> &Path {
        self.0.spool.directory()
    }
}
