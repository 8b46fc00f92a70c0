//! The door before addresses by the hundred, over real HTTP: whatever a provider
//! writes into an answer or a redirect, no trap on this machine hears of it, and
//! no token leaves. Honest addresses pass.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::error::{Error, Kind, Result};
use domain::grant::Grant;
use domain::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use outbound::{Allow, Credential, DoorOptions, Keeper, Line, Purpose, Refresher, Request, Token};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::{API, Hands, door_with, hasty, peer, raw};
use crate::tls::Authority;

const MEDIA: Purpose = Purpose("media");
const CDN: Purpose = Purpose("cdn");
const TOKEN: &str = "canary-access-token";
const LIST: &str = include_str!("egress.txt");

/// This very machine, and what a cloud has inside, in every spelling.
const HOSTS: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0X7F000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.1",
    "127.000.000.001",
    "127.0.0.1.",
    "127.0.0.2",
    "127.255.255.254",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "0.0.0.0",
    "0",
    "0x0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "lоcalhost",
    "foo.localhost",
    "localhost.localdomain",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::]",
    "[64:ff9b::7f00:1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "169.254.169.254",
    "metadata.google.internal",
    "10.0.0.1",
    "100.64.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "8.8.8.8",
    "evil.example",
    "127.0.0.1.evil.example",
    "xn--evil-0ra.example",
];

/// What can be done with a host to make it look like the provider's.
const FORMS: &[&str] = &[
    "http://{H}:{T}/",
    "https://{H}:{T}/",
    "HTTP://{H}:{T}/restapi/v1.0/account/1/recording/2/content",
    "//{H}:{T}/",
    "http://127.0.0.1:{P}@{H}:{T}/",
    "http://127.0.0.1%3a{P}%40{H}:{T}/",
    "http://user@{H}:{T}/",
    "http://{H}:{T}#@127.0.0.1:{P}/",
    "http://{H}:{T}?@127.0.0.1:{P}/",
    "http://{H}:{T}/?127.0.0.1:{P}",
    "http://{H}:{T}\\@127.0.0.1:{P}/",
    "http:\\\\{H}:{T}\\127.0.0.1:{P}",
    "ftp://{H}:{T}/",
];

/// What the door has to make of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Honest,
    Refused,
    Either,
    Relative,
    Hop,
}

impl Fate {
    fn of(word: &str) -> Option<Fate> {
        match word {
            "honest" => Some(Fate::Honest),
            "refused" => Some(Fate::Refused),
            "either" => Some(Fate::Either),
            "relative" => Some(Fate::Relative),
            "hop" => Some(Fate::Hop),
            _ => None,
        }
    }
}

struct Case {
    fate: Fate,
    url: String,
}

/// The ports that the corpus is written for.
struct Ports {
    provider: u16,
    media: u16,
    cdn: u16,
    secure: u16,
    trap: u16,
}

impl Ports {
    fn fill(&self, template: &str) -> String {
        let text = template
            .replace("{P}", &self.provider.to_string())
            .replace("{M}", &self.media.to_string())
            .replace("{C}", &self.cdn.to_string())
            .replace("{S}", &self.secure.to_string())
            .replace("{T}", &self.trap.to_string());
        let escapes = [
            ("\\t", "\t"),
            ("\\n", "\n"),
            ("\\r", "\r"),
            ("\\0", "\0"),
            ("\\s", " "),
            ("\\\\", "\\"),
        ];
        escapes
            .iter()
            .fold(text, |text, (name, meant)| text.replace(name, meant))
    }

    fn corpus(&self) -> Vec<Case> {
        let listed = LIST.lines().filter(|line| !line.starts_with('#'));
        let listed = listed.map(|line| {
            let (word, url) = line.split_once(' ').unwrap_or((line, ""));
            (Fate::of(word).unwrap(), self.fill(url))
        });
        let generated = HOSTS.iter().flat_map(|host| {
            let form = move |form: &&str| form.replace("{H}", host);
            FORMS.iter().map(form)
        });
        let generated = generated.map(|form| (Fate::Refused, self.fill(&form)));
        let all = listed.chain(generated);
        all.map(|(fate, url)| Case { fate, url }).collect()
    }
}

/// What came to somebody who should have heard nothing.
#[derive(Default)]
struct Ear {
    contacts: AtomicUsize,
    heard: Mutex<Vec<u8>>,
}

impl Ear {
    fn contacts(&self) -> usize {
        self.contacts.load(Ordering::SeqCst)
    }

    fn tokens(&self) -> usize {
        let heard = self.heard.lock().unwrap();
        let heard = String::from_utf8_lossy(&heard).to_lowercase();
        heard
            .matches(TOKEN)
            .count()
            .max(heard.matches("authorization:").count())
    }

    async fn listen(self: Arc<Ear>, listener: TcpListener) {
        while let Ok((mut stream, _)) = listener.accept().await {
            self.contacts.fetch_add(1, Ordering::SeqCst);
            let mut piece = vec![0; 4096];
            let read = stream.read(&mut piece).await.unwrap_or(0);
            self.heard.lock().unwrap().extend(&piece[..read]);
            let _ = stream.write_all(OK).await;
        }
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nbytes";

/// One port on as many addresses of this machine as it has.
async fn trap() -> (u16, Arc<Ear>) {
    let ear = Arc::new(Ear::default());
    let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = first.local_addr().unwrap().port();
    tokio::spawn(Arc::clone(&ear).listen(first));
    for also in ["127.0.0.2", "127.255.255.254", "::1"] {
        let address = SocketAddr::new(also.parse().unwrap(), port);
        if let Ok(listener) = TcpListener::bind(address).await {
            tokio::spawn(Arc::clone(&ear).listen(listener));
        }
    }
    (port, ear)
}

type Corpus = Arc<Mutex<Arc<Vec<Case>>>>;

/// `/go/STATUS/NUMBER` leads to that address of the corpus, `/far/HOPS/NUMBER`
/// in so many hops; everything else is answered.
fn reply(corpus: &Corpus, head: &str) -> Vec<u8> {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    let (way, much, number) = (parts.next(), parts.next(), parts.next());
    let number = number.and_then(|it| it.parse::<usize>().ok());
    let (Some(way @ ("go" | "far")), Some(much), Some(number)) = (way, much, number) else {
        return OK.to_vec();
    };
    let cases = Arc::clone(&corpus.lock().unwrap());
    let target = &cases[number].url;
    let (status, to) = match (way, much.parse().unwrap()) {
        ("far", 0_u32) => (302, target.clone()),
        ("far", hops) => (302, format!("/far/{}/{number}", hops - 1)),
        (_, status) => (status, target.clone()),
    };
    format!(
        "HTTP/1.1 {status} x\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    .into_bytes()
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    corpus: &Corpus,
    heard: &Mutex<Vec<String>>,
) {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => asked.push(byte),
            Err(_) => return,
        }
    }
    let asked = String::from_utf8_lossy(&asked).into_owned();
    let answer = reply(corpus, &asked);
    heard.lock().unwrap().push(asked);
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

/// A server of the provider; its port, and the heads of what it was asked.
async fn provider(corpus: &Corpus) -> (u16, Arc<Mutex<Vec<String>>>) {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let (corpus, kept) = (Arc::clone(corpus), Arc::clone(&heard));
    let base = raw(move |_, stream: TcpStream| {
        let (corpus, heard) = (Arc::clone(&corpus), Arc::clone(&kept));
        async move { talk(stream, &corpus, &heard).await }
    })
    .await;
    (base.rsplit(':').next().unwrap().parse().unwrap(), heard)
}

/// A grant that is good for a day and never renewed.
struct Held;

#[async_trait]
impl Keeper for Held {
    async fn load(&self) -> Result<Option<Grant>> {
        let issued = Timestamp::from_second(1_700_000_000).unwrap();
        Ok(Some(Grant {
            access: Secret::new(TOKEN),
            access_until: issued + SignedDuration::from_hours(24),
            issued,
            refresh: None,
            refresh_until: None,
            scopes: Vec::new(),
            owner: "1".to_owned(),
        }))
    }

    async fn keep(&self, _: Option<&Grant>, _: &Grant) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Refresher for Held {
    async fn refresh(&self, _: Option<&Grant>) -> Result<Grant> {
        Err(Error::new(Kind::Unauthorized, "nobody renews here"))
    }
}

/// A line that signs, to these places only.
fn signed(allow: Allow, authority: &Authority) -> Line {
    let options = DoorOptions {
        extra_roots: authority.pem(),
        ..DoorOptions::default()
    };
    let token = Token::new(Arc::new(Held), Arc::new(Held), Hands::new());
    let door = door_with(&options, Arc::new(()));
    door.line(&peer(allow, hasty()), "user", Credential::Token(token))
}

async fn outcome(line: &Line, url: String) -> std::result::Result<(), Kind> {
    match line.call(Request::get(API, "/", url)).await {
        Ok(answer) => {
            assert_eq!(answer.body, "bytes");
            Ok(())
        }
        Err(error) => {
            let told = format!("{error} {error:?}");
            assert!(
                !told.contains(TOKEN) && !told.contains("password"),
                "{told}"
            );
            Err(error.kind())
        }
    }
}

/// Whether an address can stand in a header as it is.
fn travels(url: &str) -> bool {
    url.trim() == url && url.bytes().all(|it| (b' '..=b'~').contains(&it))
}

/// The ways in which an address can reach the door, with what has to come of it.
fn right(fate: Fate, url: &str, way: &str, came: std::result::Result<(), Kind>) -> bool {
    let downgrade = way.starts_with("https") && url.to_ascii_lowercase().starts_with("http:");
    match (fate, way) {
        (Fate::Honest, "direct") => came == Ok(()),
        (Fate::Refused | Fate::Relative | Fate::Hop, "direct") => came == Err(Kind::Egress),
        (Fate::Either, "direct") => matches!(came, Ok(()) | Err(Kind::Egress)),
        // A line break ends the header: what is left is another address.
        _ if url.contains(['\r', '\n']) || url.trim() != url => true,
        // What cannot be read from a header leads nowhere, whatever it is called.
        _ if !travels(url) => came.is_err() || fate != Fate::Refused,
        (Fate::Honest | Fate::Hop, _) if downgrade => came == Err(Kind::Egress),
        (Fate::Honest | Fate::Hop, _) => came == Ok(()),
        (Fate::Refused, _) => came == Err(Kind::Egress),
        (Fate::Either, _) => !matches!(came, Err(Kind::Unavailable)),
        // Some lead in a circle.
        (Fate::Relative, _) => {
            downgrade || way.starts_with("https") || matches!(came, Ok(()) | Err(Kind::Protocol))
        }
    }
}

/// Names of this machine's own table that lead to inner addresses.
async fn inner_names() -> Vec<String> {
    let table = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let lines = table
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let names = lines.flat_map(|line| line.split_whitespace().skip(1));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.retain(|name| name != "localhost" && name.parse::<std::net::IpAddr>().is_err());
    names.sort();
    names.dedup();
    let mut inner = Vec::new();
    for name in names {
        let found = tokio::net::lookup_host((name.as_str(), 0)).await;
        if found.is_ok_and(|mut it| it.all(|at| at.ip().is_loopback())) {
            inner.push(name);
        }
    }
    inner
}

/// The provider, its storage network, a trap, and a line that signs.
struct World {
    base: String,
    safe: String,
    cases: Arc<Vec<Case>>,
    at_cdn: Arc<Mutex<Vec<String>>>,
    ear: Arc<Ear>,
    trap: u16,
    line: Line,
}

impl World {
    async fn new(authority: &Authority) -> World {
        let corpus: Corpus = Arc::default();
        let (port, _) = provider(&corpus).await;
        let (media, _) = provider(&corpus).await;
        let (cdn, at_cdn) = provider(&corpus).await;
        let kept = Arc::clone(&corpus);
        let secure = move |stream| {
            let corpus = Arc::clone(&kept);
            async move { talk(stream, &corpus, &Mutex::default()).await }
        };
        let secure = authority
            .serve_with("localhost", (2020, 2090), secure)
            .await;
        let (trap, ear) = trap().await;
        let ports = Ports {
            provider: port,
            media,
            cdn,
            secure,
            trap,
        };
        let cases = Arc::new(ports.corpus());
        *corpus.lock().unwrap() = Arc::clone(&cases);
        let near = |port: u16| format!("http://127.0.0.1:{port}");
        let (base, safe) = (near(port), format!("https://localhost:{secure}"));
        let allow = Allow::new().permit(API, &base).unwrap();
        let allow = allow.permit(API, &safe).unwrap();
        let allow = allow.permit(MEDIA, &near(media)).unwrap();
        let allow = allow.permit_unsigned(CDN, &near(cdn)).unwrap();
        World {
            line: signed(allow, authority),
            base,
            safe,
            cases,
            at_cdn,
            ear,
            trap,
        }
    }

    /// Every address in every way; how many calls, and what went wrong.
    async fn sweep(&self) -> (usize, String) {
        let (base, safe) = (&self.base, &self.safe);
        let (mut calls, mut wrong) = (0, String::new());
        for (number, case) in self.cases.iter().enumerate() {
            let status = [301, 302, 303, 307, 308][number % 5];
            let ways = [
                ("direct", case.url.clone()),
                ("redirect", format!("{base}/go/{status}/{number}")),
                ("chain", format!("{base}/far/2/{number}")),
                ("https redirect", format!("{safe}/go/{status}/{number}")),
            ];
            for (way, url) in ways {
                let came = outcome(&self.line, url).await;
                calls += 1;
                let contacts = self.ear.contacts();
                if !right(case.fate, &case.url, way, came) || contacts > 0 {
                    let (fate, url) = (case.fate, &case.url);
                    let told = format!("{way}: {came:?} for {fate:?} {url:?}, {contacts} contacts");
                    writeln!(wrong, "{told}").unwrap();
                }
            }
        }
        (calls, wrong)
    }

    /// How many requests to the storage network were signed, of how many.
    fn at_cdn(&self) -> (usize, usize) {
        let heard = self.at_cdn.lock().unwrap();
        let signed = heard.iter().filter(|it| it.contains(TOKEN));
        (signed.count(), heard.len())
    }
}

#[tokio::test]
async fn no_token_leaves_whatever_a_provider_writes() {
    let authority = Authority::new();
    let world = World::new(&authority).await;
    let (calls, wrong) = world.sweep().await;
    assert!(wrong.is_empty(), "{wrong}");
    let (signed_at_cdn, at_cdn) = world.at_cdn();
    assert!(at_cdn > 0, "the storage network was reached");
    assert_eq!(signed_at_cdn, 0);

    // One hop more than may be.
    let is_honest = |it: &&Case| it.fate == Fate::Honest;
    let number = world.cases.iter().position(|it| is_honest(&it)).unwrap();
    let long = outcome(&world.line, format!("{}/far/9/{number}", world.base)).await;
    assert_eq!(long, Err(Kind::Protocol));

    // Allowed by name, and the name leads inside.
    let names = inner_names().await;
    for name in &names {
        let inside = format!("https://{name}:{}", world.trap);
        let line = signed(Allow::new().permit(API, &inside).unwrap(), &authority);
        assert_eq!(outcome(&line, inside).await, Err(Kind::Egress), "{name}");
    }

    let (contacts, tokens) = (world.ear.contacts(), world.ear.tokens());
    println!(
        "egress: {} addresses ({} listed), each asked for, as a redirect, behind 2 hops and from https: {calls} calls; \
         {contacts} reached a trap, {} tokens off-list; all {} honest ones answered; {} names of inner addresses refused",
        world.cases.len(),
        world.cases.len() - HOSTS.len() * FORMS.len(),
        tokens + signed_at_cdn,
        world.cases.iter().filter(is_honest).count(),
        names.len(),
    );
    assert!(world.cases.len() >= 500 && contacts == 0 && tokens == 0);

    // The trap does hear: an allow-list that holds it gives the token away.
    let trapped = format!("http://127.0.0.1:{}", world.trap);
    let careless = signed(Allow::new().permit(API, &trapped).unwrap(), &authority);
    assert_eq!(outcome(&careless, trapped).await, Ok(()));
    assert_eq!((world.ear.contacts(), world.ear.tokens()), (1, 1));
}
