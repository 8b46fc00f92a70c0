//! A running simulation: the listeners of both products on loopback, one
//! clock, and the settings that point Archiver at them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::dropbox::Dropbox;
use crate::front::{self, Authority};
use crate::ringcentral::RingCentral;
use crate::scenario::Scenario;

/// Where to listen. Always loopback.
#[derive(Clone, Debug, Default)]
pub struct Listen {
    /// RingCentral's platform host gets this port, its media host the next
    /// one, Dropbox the third; with TLS, RingCentral and Dropbox get the
    /// fourth and fifth, the CONNECT proxy the sixth. `None` lets the system
    /// choose free ones.
    pub base_port: Option<u16>,
    /// Also serve TLS and a CONNECT proxy, with the CA and keys kept here.
    pub tls_dir: Option<PathBuf>,
    /// Keep what is stored in Dropbox here, across restarts; `None` keeps it
    /// in a folder that vanishes with the simulation.
    pub dropbox_dir: Option<PathBuf>,
    /// Time of the simulated world: real time unless a test moved it.
    pub clock: Clock,
}

/// How unmodified clients get in: through a proxy that leads the real host
/// names here, trusting the simulators' own authority.
#[derive(Clone, Debug)]
pub struct Tunnel {
    /// For `HTTPS_PROXY`.
    pub proxy_url: String,
    /// For `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`, `NODE_EXTRA_CA_CERTS`.
    pub ca_path: PathBuf,
    /// Both hosts of RingCentral over TLS, for clients that can be told.
    pub ringcentral_url: String,
    /// All hosts of Dropbox over TLS.
    pub dropbox_url: String,
}

/// Both products, listening.
pub struct Simulation {
    ringcentral: RingCentral,
    dropbox: Dropbox,
    dropbox_url: String,
    tunnel: Option<Tunnel>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulation {
    /// Builds the world of `scenario`, whose present moment is `anchor_ms`
    /// (milliseconds since 1970), and starts all listeners. Fails when a port
    /// is taken or the TLS directory cannot be used.
    pub async fn start(scenario: Scenario, listen: Listen, anchor_ms: i64) -> io::Result<Self> {
        let [platform, media, storage] = [
            bind(&listen, 0).await?,
            bind(&listen, 1).await?,
            bind(&listen, 2).await?,
        ];
        let dropbox_url = url(&storage)?;
        let ringcentral = RingCentral::new(
            &scenario,
            anchor_ms,
            listen.clock.clone(),
            &url(&platform)?,
            &url(&media)?,
        );
        let dropbox = match &listen.dropbox_dir {
            Some(folder) => Dropbox::open(scenario.dropbox, listen.clock.clone(), folder)?,
            None => Dropbox::new(scenario.dropbox, listen.clock.clone()),
        };
        let (stop, stopped) = watch::channel(false);
        let plain = |listener, app| tokio::spawn(front::plain(listener, app, stopped.clone()));
        let mut simulation = Self {
            tasks: vec![
                plain(platform, ringcentral.router()),
                plain(media, ringcentral.router()),
                plain(storage, dropbox.router()),
            ],
            ringcentral,
            dropbox,
            dropbox_url,
            tunnel: None,
            stop,
        };
        if let Some(directory) = &listen.tls_dir {
            let authority = front::certificate_authority(directory)?;
            simulation
                .open_tunnel(&listen, &authority, &stopped)
                .await?;
        }
        Ok(simulation)
    }

    /// Serves TLS, and a proxy that leads the real host names to it.
    async fn open_tunnel(
        &mut self,
        listen: &Listen,
        authority: &Authority,
        stopped: &watch::Receiver<bool>,
    ) -> io::Result<()> {
        let [calls, files, proxy] = [
            bind(listen, 3).await?,
            bind(listen, 4).await?,
            bind(listen, 5).await?,
        ];
        let (calls_at, files_at) = (calls.local_addr()?, files.local_addr()?);
        let lead = move |host: &str, _port: u16| match host {
            _ if host.ends_with(".ringcentral.com") => Some(calls_at),
            _ if host.ends_with(".dropboxapi.com") || host.ends_with(".dropbox.com") => {
                Some(files_at)
            }
            _ => None,
        };
        self.tunnel = Some(Tunnel {
            proxy_url: url(&proxy)?,
            ca_path: authority.ca_path().to_path_buf(),
            ringcentral_url: format!("https://{calls_at}"),
            dropbox_url: format!("https://{files_at}"),
        });
        let tls = |listener, app: Router| {
            tokio::spawn(front::tls(
                listener,
                app,
                authority.clone(),
                stopped.clone(),
            ))
        };
        self.tasks.push(tls(calls, self.ringcentral.router()));
        self.tasks.push(tls(files, self.dropbox.router()));
        self.tasks.push(tokio::spawn(front::connect_proxy(
            proxy,
            lead,
            stopped.clone(),
        )));
        Ok(())
    }

    /// The environment that points Archiver at this simulation, by the names
    /// it reads: addresses, application keys, and head-less grants.
    pub fn settings(&self) -> Vec<(String, String)> {
        let (rc, db) = (&self.ringcentral, &self.dropbox);
        let named = [
            ("RINGCENTRAL_SERVER_URL", rc.server_url()),
            ("RINGCENTRAL_MEDIA_URL", rc.media_url()),
            ("RINGCENTRAL_CLIENT_ID", rc.client_id()),
            ("RINGCENTRAL_CLIENT_SECRET", rc.client_secret()),
            ("RINGCENTRAL_JWT", rc.jwt()),
            ("DROPBOX_APP_KEY", db.app_key()),
            ("DROPBOX_APP_SECRET", db.app_secret()),
            ("DROPBOX_REFRESH_TOKEN", db.refresh_token()),
            ("DROPBOX_API_URL", self.dropbox_url.clone()),
            ("DROPBOX_CONTENT_URL", self.dropbox_url.clone()),
            ("DROPBOX_WEB_URL", self.dropbox_url.clone()),
        ];
        named
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// The way in for unmodified clients, if a TLS directory was given.
    pub fn tunnel(&self) -> Option<Tunnel> {
        self.tunnel.clone()
    }

    /// The RingCentral side: truth, request counts, clock.
    pub fn ringcentral(&self) -> RingCentral {
        self.ringcentral.clone()
    }

    /// The Dropbox side.
    pub fn dropbox(&self) -> Dropbox {
        self.dropbox.clone()
    }

    /// Stops listening and waits for the answers under way.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// The `nth` listener.
async fn bind(listen: &Listen, nth: u16) -> io::Result<TcpListener> {
    let port = listen.base_port.map_or(0, |base| base.saturating_add(nth));
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

fn url(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}
