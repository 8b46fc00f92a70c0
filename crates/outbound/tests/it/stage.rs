//! What the tests share: a clock, a judge, a provider on loopback.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use domain::clock::Clock;
use domain::error::{Error, Kind};
use jiff::Timestamp;
use outbound::{
    Allow, Backoff, Brake, Call, Credential, Door, DoorOptions, Headers, Judge, Judgement, Line,
    Manners, Observer, Peer, Penalty, Purpose,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const API: Purpose = Purpose("api");

/// A clock that moves when told.
pub(crate) struct Hands(AtomicI64);

impl Hands {
    pub(crate) fn new() -> Arc<Hands> {
        Arc::new(Hands(AtomicI64::new(1_700_000_000)))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A judge of few words; its errors carry the status as their code.
pub(crate) struct Words;

impl Judge for Words {
    fn judge(&self, status: u16, headers: &Headers, body: &[u8]) -> Judgement {
        let text = String::from_utf8_lossy(body).into_owned();
        let error = |kind| Error::new(kind, text.clone()).code_is(status.to_string());
        match status {
            401 => Judgement::Refresh(error(Kind::Unauthorized)),
            404 => Judgement::Fail(error(Kind::Gone)),
            429 => Judgement::Throttle {
                error: error(Kind::Throttled),
                brake: if headers.has("x-everybody") {
                    Brake::Host
                } else {
                    Brake::Group
                },
                wait: None,
            },
            500.. => Judgement::Fail(error(Kind::Unavailable)),
            _ => Judgement::Fail(error(Kind::Protocol)),
        }
    }
}

/// Route, group, status, bytes sent.
pub(crate) type Exchange = (&'static str, String, Option<u16>, u64);

/// Keeps what the door tells.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) begun: Mutex<Vec<&'static str>>,
    pub(crate) calls: Mutex<Vec<Exchange>>,
    pub(crate) received: Mutex<Vec<u64>>,
    pub(crate) brakes: Mutex<Vec<(Option<String>, Duration)>>,
}

impl Observer for Notes {
    fn calling(&self, _peer: &str, route: &'static str) {
        self.begun.lock().unwrap().push(route);
    }

    fn called(&self, call: &Call<'_>) {
        let note = (call.route, call.group.to_owned(), call.status, call.sent);
        self.calls.lock().unwrap().push(note);
    }

    fn received(&self, _peer: &str, _route: &'static str, bytes: u64) {
        self.received.lock().unwrap().push(bytes);
    }

    fn braked(&self, _peer: &str, _subject: &str, group: Option<&str>, pause: Duration) {
        let note = (group.map(str::to_owned), pause);
        self.brakes.lock().unwrap().push(note);
    }
}

pub(crate) fn door_with(options: &DoorOptions, observer: Arc<dyn Observer>) -> Door {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Door::open(options, Hands::new(), Arc::new(|| 0.5), observer).unwrap()
}

pub(crate) fn door() -> Door {
    door_with(&DoorOptions::default(), Arc::new(()))
}

/// Every wait a thousandth, so that nobody waits for the tests.
pub(crate) fn hasty() -> Manners {
    Manners {
        backoff: Backoff {
            base: Duration::from_millis(2),
            cap: Duration::from_millis(60),
        },
        penalty: Penalty {
            floor: Duration::from_millis(1),
            ceiling: Duration::from_hours(1),
            unsaid: Duration::from_millis(30),
        },
        ..Manners::default()
    }
}

pub(crate) fn allowing(origin: &str) -> Allow {
    Allow::new().permit(API, origin).unwrap()
}

pub(crate) fn peer(allow: Allow, manners: Manners) -> Arc<Peer> {
    Arc::new(Peer {
        name: "Provider".to_owned(),
        allow,
        judge: Arc::new(Words),
        manners,
    })
}

/// An unsigned line to one origin.
pub(crate) fn line(base: &str) -> Line {
    let peer = peer(allowing(base), hasty());
    door().line(&peer, "user", Credential::None)
}

/// A web server of this test; its base address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = base_of(listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    base
}

/// A server that speaks bytes; `talk` gets the number of the connection, from 0.
pub(crate) async fn raw<F, T>(talk: F) -> String
where
    F: Fn(usize, TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = base_of(listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(talk(number, stream));
        }
    });
    base
}

pub(crate) fn base_of(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Reads one request without a body; `None` when the other side has closed.
pub(crate) async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return None,
        }
    }
    Some(String::from_utf8(head).unwrap())
}

/// Reads a request, says this, and closes.
pub(crate) async fn say(mut stream: TcpStream, answer: &[u8]) {
    if read_head(&mut stream).await.is_some() {
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
    }
}

/// Waits until the other side speaks, says this, and hears it out.
pub(crate) async fn blurt(mut stream: TcpStream, words: &[u8]) {
    if stream.read_u8().await.is_ok() {
        let _ = stream.write_all(words).await;
        while stream.read_u8().await.is_ok() {}
    }
}
