//! From the configuration to the parts, and nothing else.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use destination_dropbox::HeldGrant;
use destination_folder::Folder;
use domain::clock::Clock;
use domain::grant::Grant;
use domain::ports::{Destination, SignIn, Source, Store};
use domain::{Error, Kind, Result};
use outbound::{Chance, Door, DoorOptions, Keeper, Observer};
use source_ringcentral::{Credential, RingCentral, RingCentralSignIn};
use store::{Database, DatabaseUrl};
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::commit_turns::CommitTurns;
use crate::config::Config;
use crate::failure::Failure;

/// Connections to PostgreSQL that one process opens at most.
const DATABASE_CONNECTIONS: u32 = 10;
/// Ending a session must not keep anybody waiting.
const GOODBYE: Duration = Duration::from_secs(5);
/// RingCentral's rate window (RingCentral developer guide, rate limits).
pub(crate) const RATE_WINDOW: Duration = Duration::from_mins(1);

/// The machine's clock.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// The operating system's randomness, for spreading waits; `0.5` in the
/// unheard-of case that it has none.
pub(crate) fn chance() -> Chance {
    Arc::new(|| getrandom::u32().map_or(0.5, |it| f64::from(it) / (f64::from(u32::MAX) + 1.0)))
}

/// A name that no other process has.
pub(crate) fn holder() -> String {
    let chance = getrandom::u64().unwrap_or_default();
    format!("{}/{chance:016x}", std::process::id())
}

/// What we call ourselves.
pub(crate) const USER_AGENT: &str = concat!("Archiver/", env!("CARGO_PKG_VERSION"));

/// Certificate authorities that are trusted besides the system's, as PEM.
pub(crate) fn extra_roots(config: &Config) -> Result<Vec<u8>> {
    Ok(match &config.extra_ca {
        None => Vec::new(),
        Some(path) => std::fs::read(path).map_err(|error| {
            Error::new(
                Kind::Config,
                format!(
                    "the certificates {} cannot be read: {error}",
                    path.display()
                ),
            )
            .remedy("Correct or remove SSL_CERT_FILE.")
        })?,
    })
}

/// The one door out.
pub(crate) fn door(config: &Config) -> Result<Door> {
    watched_door(config, Arc::new(()))
}

/// The same, with somebody who watches it.
pub(crate) fn watched_door(config: &Config, observer: Arc<dyn Observer>) -> Result<Door> {
    let options = DoorOptions {
        user_agent: USER_AGENT.to_owned(),
        extra_roots: extra_roots(config)?,
        ..DoorOptions::default()
    };
    #[cfg(feature = "fail-points")]
    let observer = crate::fail_points::observer(observer);
    Door::open(&options, clock(), chance(), observer)
}

/// The memory.
pub(crate) async fn store(config: &Config) -> Result<Arc<dyn Store>> {
    let store: Arc<dyn Store> = Arc::new(database(config, database_url(config)?).await?);
    #[cfg(feature = "fail-points")]
    let store = crate::fail_points::store(store);
    Ok(store)
}

/// Where the memory is.
pub(crate) fn database_url(config: &Config) -> Result<DatabaseUrl> {
    match &config.database_url {
        Some(url) => DatabaseUrl::parse(url.expose()),
        None => Ok(DatabaseUrl::Sqlite(sqlite_file(config))),
    }
}

/// The file that is the memory where no other is configured.
pub(crate) fn sqlite_file(config: &Config) -> PathBuf {
    config.data_dir.join("archiver.db")
}

/// A database under the configured master key.
pub(crate) async fn database(config: &Config, url: DatabaseUrl) -> Result<Database> {
    Database::open(store::Options {
        url,
        key_file: config.master_key_file.clone(),
        connections: DATABASE_CONNECTIONS,
    })
    .await
}

/// The memory of an archive that is there already: to look at.
pub(crate) async fn existing_store(config: &Config) -> Result<Arc<dyn Store>, Failure> {
    let file = sqlite_file(config);
    if config.database_url.is_none() && !file.exists() {
        return Err(Failure::usage(format!(
            "There is no archive in {} yet. Name the folder of one in ARCHIVER_DATA_DIR, or begin \
             one with archiver serve.",
            config.data_dir.display()
        )));
    }
    Ok(store(config).await?)
}

/// RingCentral by JWT, for one head-less run.
pub(crate) struct SignedIn {
    /// The source.
    pub(crate) source: Arc<dyn Source>,
    sign_in: RingCentralSignIn,
    keeper: Arc<InMemory>,
}

impl SignedIn {
    /// Ends the run's session at RingCentral, which allows only about five at
    /// a time per user and app. A failure changes nothing: it expires anyway.
    pub(crate) async fn out(&self) {
        let Ok(Some(grant)) = self.keeper.load().await else {
            return;
        };
        match tokio::time::timeout(GOODBYE, self.sign_in.revoke(&grant)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::info!(kind = error.kind().word(), "the session was not ended");
            }
            Err(_) => tracing::info!("the session was not ended in time"),
        }
    }
}

/// RingCentral, as configured for head-less use.
pub(crate) fn ringcentral(config: &Config, door: &Door) -> Result<SignedIn> {
    ringcentral_at_pace(config, door, RATE_WINDOW)
}

/// The same, for a simulator whose rate window is shorter.
pub(crate) fn ringcentral_at_pace(
    config: &Config,
    door: &Door,
    rate_window: Duration,
) -> Result<SignedIn> {
    let settings = &config.ringcentral;
    let jwt = needed(
        "RINGCENTRAL_JWT",
        settings.jwt.as_ref(),
        "the RingCentral JWT",
    )?;
    let client_id = settings.client_id.as_ref();
    let options = source_ringcentral::Options {
        server_url: settings.server_url.to_string(),
        media_url: settings.media_url.to_string(),
        client_id: needed(
            "RINGCENTRAL_CLIENT_ID",
            client_id,
            "the RingCentral client id",
        )?,
        client_secret: settings.client_secret.clone(),
        rate_window,
    };
    let keeper = Arc::new(InMemory::default());
    let sign_in = RingCentralSignIn::new(options.clone(), door.clone(), clock())?;
    let source = RingCentral::new(
        options,
        Credential::Jwt(jwt),
        door.clone(),
        keeper.clone(),
        clock(),
    )?;
    let source: Arc<dyn Source> = Arc::new(source);
    #[cfg(feature = "fail-points")]
    let source = crate::fail_points::source(source);
    Ok(SignedIn {
        source,
        sign_in,
        keeper,
    })
}

/// Dropbox, as configured for head-less use.
pub(crate) fn dropbox(
    config: &Config,
    door: &Door,
    turns: &CommitTurns,
) -> Result<Arc<dyn Destination>> {
    let settings = &config.dropbox;
    let refresh = needed(
        "DROPBOX_REFRESH_TOKEN",
        settings.refresh_token.as_ref(),
        "the Dropbox refresh token",
    )?;
    let app_key = settings.app_key.as_ref();
    let options = destination_dropbox::Options {
        api_url: settings.api_url.to_string(),
        content_url: settings.content_url.to_string(),
        web_url: settings.web_url.to_string(),
        app_key: needed("DROPBOX_APP_KEY", app_key, "the Dropbox app key")?,
        app_secret: settings.app_secret.clone(),
        ..destination_dropbox::Options::default()
    };
    let app = destination_dropbox::App::new(options, door.clone(), clock(), chance())?;
    let token = app.token(Arc::new(HeldGrant::from_refresh_token(refresh)));
    let root = config.naming.root();
    let turns = Arc::new(turns.clone());
    let dropbox: Arc<dyn Destination> =
        Arc::new(app.dropbox_in_turns("headless", token, root, turns));
    #[cfg(feature = "fail-points")]
    let dropbox = crate::fail_points::destination(dropbox);
    Ok(dropbox)
}

/// A folder of this machine.
pub(crate) fn folder(path: &Path) -> Arc<dyn Destination> {
    let options = destination_folder::Options::default();
    Arc::new(Folder::new(path.to_owned(), options))
}

/// Somebody else's folder, which is only read.
pub(crate) fn foreign_folder(path: &Path) -> Arc<dyn Destination> {
    let options = destination_folder::Options {
        foreign: true,
        ..destination_folder::Options::default()
    };
    Arc::new(Folder::new(path.to_owned(), options))
}

/// Cancelled by Ctrl-C, or by a service manager's SIGTERM. Asked twice, the
/// process ends at once: nothing is lost by that either.
pub(crate) fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        told.cancel();
        asked_to_stop().await;
        std::process::exit(130);
    });
    stop
}

async fn asked_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated() => {}
    }
}

/// Does what may be dropped anywhere, until somebody wants it to stop.
pub(crate) async fn unless_stopped<T>(
    stop: &CancellationToken,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        () = stop.cancelled() => Err(Failure::stopped()),
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending::<()>().await;
}

fn needed<T: Clone>(name: &str, value: Option<&T>, what: &str) -> Result<T> {
    value.cloned().ok_or_else(|| {
        Error::new(Kind::Config, format!("{what} is not set")).remedy(format!(
            "Set {name} in the environment or in archiver.toml; the README says where to get it."
        ))
    })
}

/// Keeps a head-less run's grant: it is minted anew from the JWT by the next.
#[derive(Default)]
struct InMemory(Mutex<Option<Grant>>);

#[async_trait]
impl Keeper for InMemory {
    async fn load(&self) -> Result<Option<Grant>> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn keep(&self, _: Option<&Grant>, grant: &Grant) -> Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(grant.clone());
        Ok(())
    }
}
