//! A RingCentral of bare sockets that ends its bodies wherever it is told to,
//! and what archives from it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use destination_folder::{Folder, Options as FolderOptions};
use domain::clock::Clock;
use domain::data_type::DataType;
use domain::grant::Grant;
use domain::item::{Facts, Fetch, Item, ItemId};
use domain::ledger::{Outcome, Work};
use domain::media::Expected;
use domain::ports::Destination;
use domain::secret::Secret;
use domain::window::instant;
use domain::{Error, Result};
use engine::archive::archive;
use engine::{Ends, Rhythm};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outbound::{Door, DoorOptions, Keeper};
use source_ringcentral::{Credential, Options, RingCentral};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How the end of a body is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Length,
    Chunked,
    UntilClose,
}

impl Framing {
    pub(crate) const ALL: [Framing; 3] = [Framing::Length, Framing::Chunked, Framing::UntilClose];
}

/// What is sent of a body, and what is said of its length.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    sent: Vec<u8>,
    declared: usize,
    /// The transport's own end mark comes, too.
    ends: bool,
}

impl Body {
    pub(crate) fn whole(bytes: &[u8]) -> Body {
        Body {
            sent: bytes.to_vec(),
            declared: bytes.len(),
            ends: true,
        }
    }

    /// The connection closes after so many bytes.
    pub(crate) fn cut(bytes: &[u8], at: usize) -> Body {
        Body {
            sent: bytes[..at].to_vec(),
            declared: bytes.len(),
            ends: false,
        }
    }

    /// As if it were `declared` long; `more`: the rest comes all the same.
    pub(crate) fn declared(bytes: &[u8], declared: usize, more: bool) -> Body {
        let sent = if more { bytes } else { &bytes[..declared] };
        Body {
            sent: sent.to_vec(),
            declared,
            ends: true,
        }
    }

    fn answer(&self, framing: Framing) -> Vec<u8> {
        // Who sends a page or an answer calls it that.
        let media = match self.sent.first() {
            Some(b'<') => "text/html; charset=utf-8",
            Some(b'{') => "application/json",
            _ => "application/octet-stream",
        };
        let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-type: {media}\r\n").into_bytes();
        let line = match framing {
            Framing::Length => format!("content-length: {}\r\n\r\n", self.declared),
            Framing::Chunked => "transfer-encoding: chunked\r\n\r\n".to_owned(),
            Framing::UntilClose => "connection: close\r\n\r\n".to_owned(),
        };
        answer.extend(line.bytes());
        if framing != Framing::Chunked {
            answer.extend(&self.sent);
            return answer;
        }
        // Cut between two chunks, or within one that promised more.
        let (size, within) = (97, self.sent.len() % 2 == 1);
        for chunk in self.sent.chunks(size) {
            let short = !self.ends && within && chunk.len() < size;
            let promised = chunk.len() + usize::from(short);
            answer.extend(format!("{promised:x}\r\n").bytes());
            answer.extend(chunk);
            if !short {
                answer.extend(b"\r\n");
            }
        }
        if self.ends {
            answer.extend(b"0\r\n\r\n");
        }
        answer
    }
}

/// What one item's address answers.
pub(crate) struct Play {
    pub(crate) framing: Framing,
    pub(crate) first: Body,
    /// From the second request on.
    pub(crate) second: Body,
}

type Plays = Arc<Mutex<HashMap<String, (usize, Play)>>>;

/// The server, and what archives from it into a folder.
pub(crate) struct Stage {
    plays: Plays,
    base: String,
    ends: Ends,
    next: Mutex<u64>,
    folder: TempDir,
    server: JoinHandle<()>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Stage {
    pub(crate) async fn open() -> Stage {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let plays = Plays::default();
        let told = Arc::clone(&plays);
        let server = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                tokio::spawn(serve(stream, Arc::clone(&told)));
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let destination = Folder::new(folder.path().join("archive"), FolderOptions::default());
        destination.prepare().await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(Now(sim::clock::Clock::default()));
        let ends = Ends {
            source: Arc::new(source(&base, &clock)),
            destination: Arc::new(destination),
            store: Arc::new(testkit::memory::Store::new(
                testkit::clock::ManualClock::at(0),
            )),
            clock,
            rhythm: Rhythm::default(),
        };
        Stage {
            plays,
            base,
            ends,
            next: Mutex::new(0),
            folder,
            server,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Archives one item for each play; the sha256 of what was called archived.
    pub(crate) async fn archive_all(
        &self,
        expected: Expected,
        plays: Vec<Play>,
        at_once: usize,
    ) -> Vec<Result<String>> {
        stream::iter(plays)
            .map(|play| self.archive(expected, play))
            .buffered(at_once)
            .collect()
            .await
    }

    async fn archive(&self, expected: Expected, play: Play) -> Result<String> {
        let id = {
            let mut next = self.next.lock().unwrap();
            *next += 1;
            *next
        };
        let path = format!("/restapi/v1.0/account/1/recording/{id}/content");
        self.plays.lock().unwrap().insert(path.clone(), (0, play));
        let work = Work {
            item: Item {
                id: ItemId {
                    data_type: DataType::Fax,
                    unit: id.to_string(),
                    part: Some("1".to_owned()),
                },
                extension: None,
                at_ms: 0,
                facts: Facts::default(),
                fetch: Fetch::From(format!("{}{path}", self.base)),
                expected,
                size: None,
            },
            stem: format!("Archive/{id}"),
            attempts: 0,
            first_seen_ms: 0,
        };
        match archive(&work, &TimeZone::UTC, &self.ends, None).await? {
            Outcome::Archived { fingerprint, .. } => Ok(fingerprint.sha256),
            other => Err(Error::new(domain::Kind::Protocol, format!("{other:?}"))),
        }
    }
}

fn source(base: &str, clock: &Arc<dyn Clock>) -> RingCentral {
    let door = DoorOptions::default();
    let door = Door::open(&door, Arc::clone(clock), Arc::new(|| 0.5), Arc::new(()));
    let options = Options {
        server_url: base.to_owned(),
        media_url: base.to_owned(),
        client_id: "app".to_owned(),
        client_secret: Some(Secret::new("secret")),
        rate_window: Duration::from_millis(1),
    };
    let jwt = Credential::Jwt(Secret::new("jwt"));
    let keeper = Arc::<Shelf>::default();
    RingCentral::new(options, jwt, door.unwrap(), keeper, Arc::clone(clock)).unwrap()
}

/// One answer to each connection, then it closes.
async fn serve(mut stream: TcpStream, plays: Plays) {
    let mut head = Vec::new();
    let mut piece = [0; 2_048];
    while !head.windows(4).any(|it| it == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(read) => head.extend(&piece[..read]),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let answer = if path.ends_with("/oauth/token") {
        let body = r#"{"access_token":"a","expires_in":3600,"owner_id":"5"}"#;
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
            .into_bytes()
    } else {
        let mut plays = plays.lock().unwrap();
        let (asked, play) = plays.get_mut(&path).unwrap();
        *asked += 1;
        let body = if *asked == 1 {
            &play.first
        } else {
            &play.second
        };
        body.answer(play.framing)
    };
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

struct Now(sim::clock::Clock);

impl Clock for Now {
    fn now(&self) -> Timestamp {
        instant(self.0.now_ms())
    }
}

#[derive(Default)]
struct Shelf(Mutex<Option<Grant>>);

#[async_trait]
impl Keeper for Shelf {
    async fn load(&self) -> Result<Option<Grant>> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn keep(&self, _: Option<&Grant>, grant: &Grant) -> Result<()> {
        *self.0.lock().unwrap() = Some(grant.clone());
        Ok(())
    }
}

/// How many files lie there, whatever they are called; a part file of one that
/// was torn is swept away.
pub(crate) fn files(folder: &Path) -> usize {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found += 1;
            }
        }
    }
    found
}
