//! The door itself, one per process: the only HTTP client there is. It follows
//! no redirect, sends no Referer, keeps no cookie, decodes nothing, and reads
//! no proxy or certificate setting that it was not given.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::error::{Error, Kind, Result};
use domain::ports::Limits;
use reqwest::{Certificate, ClientBuilder, Proxy};
use tokio::time::Instant;
use url::Url;

use crate::allow::is_loopback;
use crate::line::Line;
use crate::observer::Observer;
use crate::pacer::Pacer;
use crate::peer::{Credential, Peer};
use crate::resolve::PublicOnly;

/// A source of chance in `[0, 1)` for the jitter of back-off.
pub type Chance = Arc<dyn Fn() -> f64 + Send + Sync>;

/// How the door is built; read from the configuration at assembly.
#[derive(Clone)]
pub struct DoorOptions {
    /// `Archiver/1.2 (+https://…)`.
    pub user_agent: String,
    /// Certificate authorities trusted beside the platform's, as PEM; may hold
    /// several.
    pub extra_roots: Vec<u8>,
    /// An HTTP proxy for everything but loopback; the environment is not read.
    pub proxy: Option<Url>,
    /// Host names that may resolve to addresses which are not public, beside
    /// `localhost` and the proxy's own. Every other name that does is refused.
    pub private_hosts: Vec<String>,
}

impl Default for DoorOptions {
    fn default() -> DoorOptions {
        DoorOptions {
            user_agent: "Archiver".to_owned(),
            extra_roots: Vec::new(),
            proxy: None,
            private_hosts: Vec::new(),
        }
    }
}

/// Presence only: a proxy address may hold a password.
impl fmt::Debug for DoorOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoorOptions")
            .field("user_agent", &self.user_agent)
            .field("proxy", &self.proxy.is_some())
            .finish_non_exhaustive()
    }
}

/// The one door out. Clones share connections, pace and penalties.
#[derive(Clone)]
pub struct Door(pub(crate) Arc<Hall>);

pub(crate) struct Hall {
    pub(crate) client: reqwest::Client,
    pub(crate) pacer: Arc<Pacer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Chance,
    pub(crate) observer: Arc<dyn Observer>,
}

const CONNECT: Duration = Duration::from_secs(10);
const POOL_IDLE: Duration = Duration::from_secs(50);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const MOST_HEADERS: usize = 100;

impl Door {
    /// Opens it. The process must have installed a TLS provider first.
    /// `Kind::Config` where an extra root or the proxy cannot be used.
    pub fn open(
        options: &DoorOptions,
        clock: Arc<dyn Clock>,
        chance: Chance,
        observer: Arc<dyn Observer>,
    ) -> Result<Door> {
        let client = client(options)?;
        Ok(Door(Arc::new(Hall {
            client,
            pacer: Arc::default(),
            clock,
            chance,
            observer,
        })))
    }

    /// From now on budgets and penalties are those of all processes that share
    /// this book. `holder` is a name that no other process has. Said twice, the
    /// first counts.
    pub fn share(&self, book: Arc<dyn Limits>, holder: &str) {
        self.0.pacer.share(book, holder);
    }

    /// A line to one provider with one credential. `subject` names whose
    /// budget it spends (RingCentral counts per user and app); lines with the
    /// same peer and subject share it. It appears in metrics: an id, no secret.
    pub fn line(&self, peer: &Arc<Peer>, subject: &str, credential: Credential) -> Line {
        Line::new(self.clone(), Arc::clone(peer), subject, credential)
    }

    /// Closes a group for a while without having been told by the provider:
    /// for penalties that an earlier process left behind.
    pub fn brake(&self, peer: &Peer, subject: &str, group: &str, pause: Duration) {
        let end = Instant::now() + pause;
        self.0.pacer.shut(&peer.name, subject, group, end);
    }
}

/// The platform's authorities with the extra ones; a machine without any (a
/// bare container) still speaks to those it was given.
fn client(options: &DoorOptions) -> Result<reqwest::Client> {
    let roots = Certificate::from_pem_bundle(&options.extra_roots)
        .map_err(|_| config("the extra certificate authorities are not PEM certificates"))?;
    let with_platform = settings(options)?.tls_certs_merge(roots.clone()).build();
    with_platform.or_else(|_| {
        tracing::warn!("this machine has no certificate authorities; only the extra ones count");
        let alone = settings(options)?.tls_certs_only(roots).build();
        alone.map_err(|_| config("the HTTP client cannot be built"))
    })
}

fn settings(options: &DoorOptions) -> Result<ClientBuilder> {
    let mut private = options.private_hosts.clone();
    let proxy_host = options.proxy.as_ref().and_then(Url::host_str);
    private.extend(proxy_host.map(str::to_owned));
    let builder = ClientBuilder::new()
        .user_agent(&options.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .http1_max_headers(MOST_HEADERS)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(POOL_IDLE)
        .tcp_keepalive(KEEP_ALIVE)
        .dns_resolver(PublicOnly::except(private));
    match &options.proxy {
        None => Ok(builder),
        Some(proxy) => Ok(builder.proxy(through(proxy)?)),
    }
}

/// Loopback is never reached through a proxy.
fn through(proxy: &Url) -> Result<Proxy> {
    if !matches!(proxy.scheme(), "http" | "https") || proxy.host().is_none() {
        return Err(config("the proxy must be an http or https address"));
    }
    let proxy = proxy.clone();
    Ok(Proxy::custom(move |url| {
        let near = url.host().is_some_and(|host| is_loopback(&host.to_owned()));
        (!near).then(|| proxy.clone())
    }))
}

fn config(what: &str) -> Error {
    Error::new(Kind::Config, what)
}
