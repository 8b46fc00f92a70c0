//! The simulated Dropbox alone, for unmodified clients: TLS and a CONNECT
//! proxy on loopback, plain HTTP beside them. Ends with Ctrl-C or SIGTERM.
//!
//! ```text
//! cargo run -p sim --example dropbox -- DIRECTORY [OPTIONS.toml]
//! ```
//!
//! `DIRECTORY` keeps the certificate authority (`ca.pem`); the options are a
//! `[dropbox]` section without its header.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use sim::clock::Clock;
use sim::dropbox::{Dropbox, Options};
use sim::front;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("name a directory for the CA")?;
    let options: Options = match arguments.next() {
        Some(file) => toml::from_str(&std::fs::read_to_string(file)?)?,
        None => Options::default(),
    };
    let dropbox = Dropbox::new(options, Clock::default());
    let authority = front::certificate_authority(Path::new(&directory))?;
    let bind = || TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let (plain, tls, proxy) = (bind().await?, bind().await?, bind().await?);
    let behind = tls.local_addr()?;
    println!("http://{}", plain.local_addr()?);
    println!("https://localhost:{}", behind.port());
    println!("HTTPS_PROXY=http://{}", proxy.local_addr()?);
    println!("SSL_CERT_FILE={}", authority.ca_path().display());
    let (stop, stopped) = watch::channel(false);
    let lead = move |host: &str, _| host.ends_with("dropboxapi.com").then_some(behind);
    tokio::spawn(front::plain(plain, dropbox.router(), stopped.clone()));
    tokio::spawn(front::connect_proxy(proxy, lead, stopped.clone()));
    let tls = tokio::spawn(front::tls(tls, dropbox.router(), authority, stopped));
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminate.recv() => {}
    }
    stop.send(true)?;
    Ok(tls.await?)
}
