//! The listeners: TLS under an own authority, ALPN, the CONNECT proxy.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use sim::clock::Clock;
use sim::dropbox::{Dropbox, Options};
use sim::front;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::rig::read;

struct Fronts {
    dropbox: Dropbox,
    tls: std::net::SocketAddr,
    proxy: std::net::SocketAddr,
    ca: Vec<u8>,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    _directory: tempfile::TempDir,
}

async fn fronts() -> Fronts {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let directory = tempfile::tempdir().unwrap();
    let authority = front::certificate_authority(directory.path()).unwrap();
    let ca = std::fs::read(authority.ca_path()).unwrap();
    let dropbox = Dropbox::new(Options::default(), Clock::default());
    let bind = || TcpListener::bind("127.0.0.1:0");
    let (tls, proxy) = (bind().await.unwrap(), bind().await.unwrap());
    let (tls_at, proxy_at) = (tls.local_addr().unwrap(), proxy.local_addr().unwrap());
    let (stop, stopped) = watch::channel(false);
    let resolve = move |host: &str, port: u16| {
        (host.ends_with(".dropboxapi.com") && port == 443).then_some(tls_at)
    };
    let tasks = vec![
        tokio::spawn(front::tls(
            tls,
            dropbox.router(),
            authority,
            stopped.clone(),
        )),
        tokio::spawn(front::connect_proxy(proxy, resolve, stopped)),
    ];
    Fronts {
        dropbox,
        tls: tls_at,
        proxy: proxy_at,
        ca,
        stop,
        tasks,
        _directory: directory,
    }
}

fn client(fronts: &Fronts, proxied: bool) -> reqwest::Client {
    let ca = reqwest::Certificate::from_pem(&fronts.ca).unwrap();
    let builder = reqwest::Client::builder().tls_certs_only([ca]);
    let builder = if proxied {
        let proxy = format!("http://{}", fronts.proxy);
        builder.proxy(reqwest::Proxy::https(proxy).unwrap())
    } else {
        builder.no_proxy()
    };
    builder.build().unwrap()
}

#[tokio::test]
async fn tls_serves_all_hosts_by_address_and_through_the_proxy() {
    let fronts = fronts().await;
    let refresh = format!(
        "/oauth2/token?grant_type=refresh_token&client_id={}&refresh_token={}",
        fronts.dropbox.app_key(),
        fronts.dropbox.refresh_token()
    );
    let direct = client(&fronts, false);
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}{refresh}", fronts.tls.port());
        read(direct.post(url)).await.unwrap().ok();
    }
    let proxied = client(&fronts, true);
    let granted = read(proxied.post(format!("https://api.dropboxapi.com{refresh}"))).await;
    let token = granted.unwrap().ok()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let upload = |host: &str| {
        let request = proxied
            .post(format!("https://{host}.dropboxapi.com/2/files/upload"))
            .bearer_auth(&token)
            .header("content-type", "application/octet-stream")
            .header("dropbox-api-arg", "{\"path\": \"/x\"}")
            .body("hello");
        read(request)
    };
    assert_eq!(upload("content").await.unwrap().ok()["size"], 5);
    let wrong_host = upload("api").await.unwrap();
    assert_eq!(
        wrong_host.status, 400,
        "content functions live on another host"
    );
    let link = proxied
        .post("https://api.dropboxapi.com/2/files/get_temporary_link")
        .bearer_auth(&token)
        .header("content-type", "application/json")
        .body("{\"path\": \"/x\"}");
    let link = read(link).await.unwrap().ok()["link"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(link.starts_with("https://api.dropboxapi.com/"), "{link}");
    assert_eq!(read(proxied.get(link)).await.unwrap().bytes, b"hello");
    assert!(proxied.get("https://example.com/").send().await.is_err());
}

#[tokio::test]
async fn alpn_offers_both_protocols() {
    let fronts = fronts().await;
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(&fronts.ca).unwrap())
        .unwrap();
    for protocol in ["h2", "http/1.1"] {
        let mut config = rustls::ClientConfig::builder()
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(fronts.tls).await.unwrap();
        let name = ServerName::try_from("media.ringcentral.com").unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = connector.connect(name, stream).await.unwrap();
        let chosen = stream.get_ref().1.alpn_protocol().unwrap();
        assert_eq!(chosen, protocol.as_bytes());
    }
}

#[tokio::test]
async fn the_proxy_answers_what_it_cannot_do() {
    let fronts = fronts().await;
    for (request, status) in [
        (
            "CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n",
            "403",
        ),
        (
            "GET http://api.dropboxapi.com/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            "405",
        ),
    ] {
        let mut stream = TcpStream::connect(fronts.proxy).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(head, format!("HTTP/1.1 {status}").as_bytes());
    }
}

#[tokio::test]
async fn listeners_end_when_told() {
    let fronts = fronts().await;
    // A connection that idles must not hold the end up.
    let idle = TcpStream::connect(fronts.tls).await.unwrap();
    fronts.stop.send(true).unwrap();
    for task in fronts.tasks {
        task.await.unwrap();
    }
    drop(idle);
    assert!(TcpStream::connect(fronts.tls).await.is_err());
}

#[test]
fn an_authority_is_made_once_and_its_keys_are_private() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("tls");
    let first = front::certificate_authority(&place).unwrap();
    let ca = std::fs::read(first.ca_path()).unwrap();
    front::certificate_authority(&place).unwrap();
    assert_eq!(std::fs::read(first.ca_path()).unwrap(), ca);
    for key in ["ca.key", "server.key"] {
        let mode = std::fs::metadata(place.join(key))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    std::fs::write(place.join("server.key"), "rubbish").unwrap();
    let error = front::certificate_authority(&place).unwrap_err();
    assert!(error.to_string().contains("server.key"), "{error}");
}
