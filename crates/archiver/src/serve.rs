//! `archiver serve`: the server, whole or in parts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::account::AccountId;
use domain::grant::Provider;
use domain::manifest::hex;
use domain::ports::{Providers, Store};
use domain::{Kind, Secret};
use engine::{Failures, Rhythm, Worker};
use outbound::Observer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::failure::{Failure, say};
use crate::metrics::Metrics;
use crate::providers::BothProviders;
use crate::terminal::print;
use crate::{Listen, Role, assemble, watching};

/// How long pages under way may take when the server is told to stop.
/// Browsers keep connections open on which they ask nothing.
const GRACE: Duration = Duration::from_secs(3);
/// How often Sessions that are over are swept away.
const SWEEP: Duration = Duration::from_mins(10);

/// How long a server that starts waits to hear whether its keys are right.
const KEYS: Duration = Duration::from_secs(5);

/// How many Backups one process works on at once. Each has its own budget of
/// requests; all share one budget of bytes.
const AT_ONCE: usize = 4;

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which part of the work this process does.
    #[arg(long, value_enum, default_value = "all")]
    role: Role,
    #[command(flatten)]
    listen: Listen,
}

/// The parts that pages and workers share.
#[derive(Clone)]
pub(crate) struct Server {
    /// The memory.
    pub(crate) store: Arc<dyn Store>,
    /// Both ends.
    pub(crate) providers: Arc<BothProviders>,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
}

impl Server {
    /// Around this memory. `rate_window` is RingCentral's: shorter only for
    /// simulators.
    pub(crate) fn new(
        config: &Config,
        store: Arc<dyn Store>,
        rate_window: Duration,
    ) -> Result<Server, Failure> {
        let metrics = Arc::new(Metrics::new(assemble::clock(), Failures::default()));
        let door = assemble::watched_door(config, Arc::clone(&metrics) as Arc<dyn Observer>)?;
        let providers = BothProviders::new(config, door, Arc::clone(&store), rate_window);
        Ok(Server {
            store,
            providers: Arc::new(providers),
            metrics,
        })
    }

    /// Both ends, as pages and workers know them.
    fn ports(&self) -> Arc<dyn Providers> {
        let ports = Arc::clone(&self.providers) as Arc<dyn Providers>;
        #[cfg(feature = "fail-points")]
        let ports = crate::fail_points::providers(ports);
        ports
    }

    /// Whether keys are missing, or the server is nobody's.
    async fn is_not_set_up(&self, config: &Config) -> Result<bool, Failure> {
        for end in [Provider::Source, Provider::Destination] {
            let dance = self.providers.sign_in(end).await;
            if dance.is_err_and(|error| error.kind() == Kind::Config) {
                return Ok(true);
            }
        }
        let owners = self.store.owners().await?;
        Ok(config.pages.accounts.is_empty() && owners.is_empty())
    }

    /// Somebody who works for this process until it is told to stop.
    fn worker(&self, config: &Config, rhythm: Rhythm, stop: &CancellationToken) -> Worker {
        Worker {
            store: Arc::clone(&self.store),
            providers: self.ports(),
            clock: assemble::clock(),
            rhythm,
            name: assemble::holder(),
            zone: config.time_zone.clone(),
            at_once: AT_ONCE,
            failures: self.metrics.failures(),
            stop: stop.clone(),
        }
    }
}

/// Runs the command until it is told to stop.
pub(crate) async fn run(args: Args, mut config: Config) -> Result<ExitCode, Failure> {
    if let Some(listen) = args.listen.listen {
        config.listen = listen;
    }
    let listener = match args.role {
        Role::All | Role::Web => Some(bind(&config).await?),
        Role::Worker => None,
    };
    let store = assemble::store(&config).await?;
    let server = Server::new(&config, store, assemble::RATE_WINDOW)?;
    let stop = assemble::stop_signal();
    let work = part(listener, args.role, &config, &server, &stop);
    let done = watching::over(&config, &server, &stop, work).await;
    server.providers.end().await;
    done?;
    Ok(ExitCode::SUCCESS)
}

/// The work of one role.
async fn part(
    listener: Option<TcpListener>,
    role: Role,
    config: &Config,
    server: &Server,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let rhythm = rhythm();
    match listener {
        None => {
            alone(config)?;
            server.worker(config, rhythm, stop).work().await;
            Ok(())
        }
        Some(listener) if role == Role::Web => pages(listener, config, server, stop.clone()).await,
        Some(listener) => whole(listener, config, server, rhythm, stop.clone()).await,
    }
}

/// As patient as a server is.
pub(crate) fn rhythm() -> Rhythm {
    let usual = Rhythm::default();
    #[cfg(feature = "fail-points")]
    let usual = crate::fail_points::rhythm(usual);
    usual
}

/// What people must know of a worker without pages.
fn alone(config: &Config) -> Result<(), Failure> {
    let url = config.database_url.as_ref();
    if !url.is_some_and(|url| url.expose().starts_with("postgres")) {
        say(
            "Warning: workers that share an SQLite file must run on this very machine. For \
             several machines set ARCHIVER_DATABASE_URL to a PostgreSQL database.",
        );
    }
    print("Working, without pages.  (Ctrl-C stops)")
}

/// Serves the pages and works, until told to stop and everything is given
/// back.
pub(crate) async fn whole(
    listener: TcpListener,
    config: &Config,
    server: &Server,
    rhythm: Rhythm,
    stop: CancellationToken,
) -> Result<(), Failure> {
    // Pages that cannot be served end the work, too.
    let until = stop.child_token();
    let work = server.worker(config, rhythm, &until).work();
    let shown = async {
        let shown = pages(listener, config, server, stop).await;
        until.cancel();
        shown
    };
    let ((), shown) = tokio::join!(work, shown);
    shown
}

/// Takes the port, or says what to do.
pub(crate) async fn bind(config: &Config) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "the address {} cannot be used; choose another with --listen, for example \
             --listen 127.0.0.1:0",
            config.listen
        )
    })?;
    Ok(listener)
}

/// Serves the pages until told to stop.
pub(crate) async fn pages(
    listener: TcpListener,
    config: &Config,
    server: &Server,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    let https = |url: &url::Url| url.scheme() == "https";
    if !address.ip().is_loopback() && !config.public_url.as_ref().is_some_and(https) {
        say(&format!(
            "Warning: what browsers send to {address} can be read on its way. Put a proxy with \
             TLS before it and set ARCHIVER_PUBLIC_URL to its https address."
        ));
    }
    let place = match &config.public_url {
        Some(url) => url.to_string(),
        None => format!("http://{address}/"),
    };
    let token = Secret::new(hex(&random()?));
    let options = options(config, token.clone(), address.ip().is_loopback());
    let state = web::State::new(
        Arc::clone(&server.store),
        assemble::clock(),
        server.ports(),
        Arc::new(engine::export::Hand(Arc::clone(&server.store))),
        Arc::new(|| random().unwrap_or_else(|_| std::process::abort())),
        options,
    );
    print(&format!("Pages: {place}  (Ctrl-C stops)"))?;
    let token = token.expose();
    if server.is_not_set_up(config).await? {
        print(&format!("Not set up yet. Open {place}setup?token={token}"))?;
    } else if are_refused(&state).await {
        print(&format!(
            "RingCentral does not accept the keys of its app, so nobody can sign in. Correct \
             them: open {place}setup?token={token}"
        ))?;
    }
    serve(listener, state, stop).await
}

/// Whether RingCentral says at once that the keys are wrong. Pages wait for
/// nobody: no answer is no refusal.
async fn are_refused(state: &web::State) -> bool {
    let asked = tokio::time::timeout(KEYS, web::keys_are_refused(state));
    matches!(asked.await, Ok(Ok(true)))
}

async fn serve(
    listener: TcpListener,
    state: web::State,
    stop: CancellationToken,
) -> Result<(), Failure> {
    // Limits go by the other end of the connection.
    let app = web::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, app)
        .with_graceful_shutdown(stop.clone().cancelled_owned())
        .into_future();
    let swept = async {
        loop {
            tokio::time::sleep(SWEEP).await;
            if let Err(error) = web::sweep(&state).await {
                tracing::warn!(kind = error.kind().word(), "sessions were not swept");
            }
        }
    };
    let cut = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        done = served => Ok(done.context("the pages cannot be served")?),
        () = cut => Ok(()),
        () = swept => Ok(()),
    }
}

fn options(config: &Config, token: Secret, loopback: bool) -> web::Options {
    let pages = config.pages.clone();
    let usual = web::Options::default();
    let link = |set: Option<url::Url>, usual: String| set.map_or(usual, |url| url.to_string());
    let accounts = pages.accounts.into_iter().map(AccountId::new).collect();
    web::Options {
        public_url: config.public_url.clone(),
        app_folder: pages.app_folder.unwrap_or(usual.app_folder),
        product: pages.product.unwrap_or(usual.product),
        terms_url: link(pages.terms_url, usual.terms_url),
        privacy_url: link(pages.privacy_url, usual.privacy_url),
        accounts,
        set_up_token: Some(token),
        loopback,
        fixed: fixed(config),
        naming: config.naming,
        dates: pages.dates,
    }
}

/// The keys that are configured here, with what may be shown of them.
fn fixed(config: &Config) -> BTreeMap<String, String> {
    let (ringcentral, dropbox) = (&config.ringcentral, &config.dropbox);
    let hidden = |secret: &Option<Secret>| secret.as_ref().map(|_| String::new());
    let all = [
        ("RINGCENTRAL_CLIENT_ID", ringcentral.client_id.clone()),
        (
            "RINGCENTRAL_CLIENT_SECRET",
            hidden(&ringcentral.client_secret),
        ),
        ("DROPBOX_APP_KEY", dropbox.app_key.clone()),
        ("DROPBOX_APP_SECRET", hidden(&dropbox.app_secret)),
    ];
    all.into_iter()
        .filter_map(|(name, shown)| Some((name.to_owned(), shown?)))
        .collect()
}

/// 256 bits that nobody can guess.
pub(crate) fn random() -> Result<[u8; 32], domain::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| {
        domain::Error::new(
            Kind::Storage,
            "the operating system gives no random numbers",
        )
    })?;
    Ok(bytes)
}
