//! Connections that are not what they claim to be: refused, in words that say
//! what to look at, never downgraded.

use std::future::Future;
use std::sync::Arc;

use domain::error::{Error, Kind, Result};
use outbound::{Answer, Credential, DoorOptions, Manners, Request};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::stage::{API, allowing, blurt, door_with, hasty, peer, raw};

/// A certificate authority that only these tests know.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Authority {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Authority(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    /// A server for a name, valid in these years; its port.
    async fn serve(&self, name: &str, years: (i32, i32)) -> u16 {
        let talk = |mut stream| async move { answer(&mut stream).await.unwrap_or_default() };
        self.serve_with(name, years, talk).await
    }

    /// The same with a conversation of one's own.
    pub(crate) async fn serve_with<F, T>(&self, name: &str, years: (i32, i32), talk: F) -> u16
    where
        F: Fn(TlsStream<TcpStream>) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    talk(stream).await;
                }
            }
        });
        port
    }
}

async fn answer<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    stream: &mut S,
) -> std::io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        .await?;
    stream.shutdown().await
}

async fn call(port: u16, extra_roots: Vec<u8>) -> Result<Answer> {
    let options = DoorOptions {
        extra_roots,
        ..DoorOptions::default()
    };
    let base = format!("https://localhost:{port}");
    let manners = Manners {
        tries: 1,
        ..hasty()
    };
    let door = door_with(&options, Arc::new(()));
    let line = door.line(&peer(allowing(&base), manners), "user", Credential::None);
    line.call(Request::get(API, "/", base)).await
}

async fn refused(port: u16, authority: &Authority) -> Error {
    call(port, authority.pem()).await.unwrap_err()
}

fn ready() -> Authority {
    Authority::new()
}

const NOW: (i32, i32) = (2020, 2090);

#[tokio::test]
async fn an_extra_authority_is_trusted() {
    let authority = ready();
    let port = authority.serve("localhost", NOW).await;
    let answer = call(port, authority.pem()).await.unwrap();
    assert_eq!(answer.body, "ok");
}

#[tokio::test]
async fn an_authority_that_nobody_trusts() {
    let authority = ready();
    let port = authority.serve("localhost", NOW).await;
    let error = call(port, Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("not trusted"), "{error}");
    assert!(error.how_to_mend().unwrap().contains("SSL_CERT_FILE"));
}

#[tokio::test]
async fn a_certificate_that_has_expired_or_a_clock_that_is_wrong() {
    let authority = ready();
    let port = authority.serve("localhost", (2000, 2001)).await;
    let error = refused(port, &authority).await;
    assert!(error.to_string().contains("expired"), "{error}");
    assert!(error.how_to_mend().unwrap().contains("clock"));
    let port = authority.serve("localhost", (2090, 2091)).await;
    let error = refused(port, &authority).await;
    assert!(error.to_string().contains("not valid yet"), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_host() {
    let authority = ready();
    let port = authority.serve("other.example", NOW).await;
    let error = refused(port, &authority).await;
    assert!(error.to_string().contains("another host"), "{error}");
}

#[tokio::test]
async fn plain_http_where_tls_was_expected() {
    let authority = ready();
    let base = raw(|_, stream| blurt(stream, b"HTTP/1.1 400 Bad Request\r\n\r\n")).await;
    let port = base.rsplit(':').next().unwrap().parse().unwrap();
    let error = refused(port, &authority).await;
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("TLS"), "{error}");
}

#[test]
fn roots_that_are_no_certificates_are_a_fault_of_the_configuration() {
    let _ = ready();
    let options = DoorOptions {
        extra_roots: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec(),
        ..DoorOptions::default()
    };
    let clock = crate::stage::Hands::new();
    let door = outbound::Door::open(&options, clock, Arc::new(|| 0.0), Arc::new(()));
    assert_eq!(door.err().unwrap().kind(), Kind::Config);
}
