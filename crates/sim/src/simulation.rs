//! A running simulation: the listeners of both products on loopback, one
//! clock, and the settings that point Archiver at them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::dropbox::Dropbox;
use crate::ringcentral::RingCentral;
use crate::scenario::Scenario;

/// Where to listen. Always loopback.
#[derive(Clone, Debug, Default)]
pub struct Listen {
    /// The platform host gets this port, the media host the next one, Dropbox
    /// those after it; `None` lets the system choose free ones.
    pub base_port: Option<u16>,
    /// Also serve TLS and a CONNECT proxy, with the CA and keys kept here.
    pub tls_dir: Option<PathBuf>,
    /// Time of the simulated world: real time unless a test moved it.
    pub clock: Clock,
}

/// Both products, listening.
pub struct Simulation {
    ringcentral: RingCentral,
    dropbox: Dropbox,
    dropbox_url: String,
    stop: tokio::sync::watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Simulation {
    /// Builds the world of `scenario`, whose present moment is `anchor_ms`
    /// (milliseconds since 1970), and starts all listeners. Fails when a port
    /// is taken.
    pub async fn start(scenario: Scenario, listen: Listen, anchor_ms: i64) -> io::Result<Self> {
        let bind = async |n: u16| {
            let port = listen.base_port.map_or(0, |base| base.saturating_add(n));
            TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
        };
        let (platform, media, storage) = (bind(0).await?, bind(1).await?, bind(2).await?);
        let url = |l: &TcpListener| Ok::<_, io::Error>(format!("http://{}", l.local_addr()?));
        let ringcentral = RingCentral::new(
            &scenario,
            anchor_ms,
            listen.clock.clone(),
            &url(&platform)?,
            &url(&media)?,
        );
        let dropbox = Dropbox::new(scenario.dropbox, listen.clock.clone());
        let dropbox_url = url(&storage)?;
        let (stop, _) = tokio::sync::watch::channel(false);
        let mut tasks = Vec::new();
        for (listener, app) in [
            (platform, ringcentral.router()),
            (media, ringcentral.router()),
            (storage, dropbox.router()),
        ] {
            let mut stopped = stop.subscribe();
            tasks.push(tokio::spawn(async move {
                let until = async move {
                    let _ = stopped.wait_for(|stop| *stop).await;
                };
                let _ = axum::serve(listener, app)
                    .with_graceful_shutdown(until)
                    .await;
            }));
        }
        Ok(Self {
            ringcentral,
            dropbox,
            dropbox_url,
            stop,
            tasks,
        })
    }

    /// The environment that points Archiver at this simulation, by the names
    /// it reads: addresses, application keys, and head-less grants.
    pub fn settings(&self) -> Vec<(String, String)> {
        let rc = &self.ringcentral;
        let named = [
            ("RINGCENTRAL_SERVER_URL", rc.server_url()),
            ("RINGCENTRAL_MEDIA_URL", rc.media_url()),
            ("RINGCENTRAL_CLIENT_ID", rc.client_id()),
            ("RINGCENTRAL_CLIENT_SECRET", rc.client_secret()),
            ("RINGCENTRAL_JWT", rc.jwt()),
            ("DROPBOX_API_URL", self.dropbox_url.clone()),
            ("DROPBOX_CONTENT_URL", self.dropbox_url.clone()),
            ("DROPBOX_WEB_URL", self.dropbox_url.clone()),
        ];
        named
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
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
