//! The zips of an export that hold files. A zip has no index that could be had
//! beforehand, so it is read from its start, once for everybody who waits for
//! something in it: each file goes to whoever asked for it, at the pace at
//! which they take it; what nobody asked for is passed over. Memory holds a few
//! chunks of each file, no zip.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use domain::content::{ByteStream, Content, Framing};
use domain::error::{Error, Kind, Result, Verdict};
use domain::item::Item;
use futures::{StreamExt, stream};
use outbound::Urgency;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::made::held;
use super::place::{Place, stem};
use super::task::{Report, Zip};
use crate::media;
use crate::task::Task;
use crate::unzip::{Limits, Unzip};

/// No message has a file beyond this, and no zip of 1 GB (developer guide,
/// message store exports) honestly holds more than this many or that much.
const LIMITS: Limits = Limits {
    entries: 4_000_000,
    entry: 1 << 30,
    all: 1 << 36,
};

/// How many chunks of a file are on their way.
const AHEAD: usize = 4;
/// Who takes nothing for so long is left behind: others wait.
const STALL: Duration = Duration::from_mins(5);
/// Those who ask together are served together.
const GATHER: Duration = Duration::from_secs(1);
/// So many zips in a row may break off before those who wait are told.
const TRIES: u32 = 5;

/// A file, as it is recognised in a zip.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    extension: String,
    message: String,
    attachment: String,
    file_name: Option<String>,
}

/// Why a file does not come.
#[derive(Debug)]
pub(super) enum NotHere {
    /// Every zip was read to its end.
    Absent,
    /// RingCentral keeps the export no longer.
    Expired,
    Failed(Error),
}

type Reply = oneshot::Sender<Result<Content, NotHere>>;

struct Waiter {
    wanted: Wanted,
    reply: Reply,
    /// Zips that it has not seen from start to end.
    left: BTreeSet<usize>,
    /// It was there when the zip that is being read began.
    from_start: bool,
    tries: u32,
}

/// The files of an export.
pub(crate) struct Contents {
    report: Report,
    media_types: HashMap<(String, String), String>,
    size: u64,
    count: usize,
    desk: Mutex<Desk>,
    /// Something was recognised as a file.
    known: AtomicBool,
}

struct Desk {
    zips: Vec<Zip>,
    waiting: Vec<Waiter>,
    reading: bool,
    last: usize,
    task: Option<Task>,
}

impl Wanted {
    /// `Kind::Gone` for an item of which there is no file.
    pub(super) fn of(item: &Item) -> Result<Wanted> {
        let nothing = || Error::new(Kind::Gone, "the item has nothing to be fetched");
        let extension = item.extension.as_ref().ok_or_else(nothing)?;
        Ok(Wanted {
            extension: extension.as_str().to_owned(),
            message: item.id.unit.clone(),
            attachment: item.id.part.clone().ok_or_else(nothing)?,
            file_name: item.facts.file_name.clone(),
        })
    }

    fn is_at(&self, place: &Place<'_>) -> bool {
        let Place::File {
            extension,
            message,
            file,
        } = place
        else {
            return false;
        };
        if *extension != self.extension {
            return false;
        }
        let called = |name: &str| *file == name || stem(file) == name;
        match message {
            Some(message) if *message != self.message => false,
            Some(_) if self.file_name.as_deref().is_some_and(|name| *file == name) => true,
            _ => called(&self.attachment),
        }
    }
}

impl Contents {
    pub(super) fn new(
        report: Report,
        zips: Vec<Zip>,
        media_types: HashMap<(String, String), String>,
    ) -> Contents {
        Contents {
            report,
            media_types,
            size: zips.iter().map(|it| it.size).sum(),
            count: zips.len(),
            desk: Mutex::new(Desk {
                last: zips.len().saturating_sub(1),
                zips,
                waiting: Vec::new(),
                reading: false,
                task: None,
            }),
            known: AtomicBool::new(false),
        }
    }

    /// Bytes of all its zips.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Waits until a file comes by.
    pub(super) async fn open(self: &Arc<Self>, wanted: Wanted) -> Result<Content, NotHere> {
        if self.count == 0 {
            return Err(NotHere::Failed(no_files()));
        }
        let (reply, told) = oneshot::channel();
        {
            let mut desk = held(&self.desk);
            desk.waiting.push(Waiter {
                wanted,
                reply,
                left: (0..self.count).collect(),
                from_start: false,
                tries: 0,
            });
            if !desk.reading {
                desk.reading = true;
                desk.task = Some(Task::start(Shift(Arc::clone(self)).work()));
            }
        }
        told.await.unwrap_or_else(|_| {
            let what = "reading an export of messages was interrupted inside Archiver";
            Err(NotHere::Failed(Error::new(Kind::Unavailable, what)))
        })
    }

    /// The next zip that somebody has to see, in a circle.
    fn next_zip(&self) -> Option<usize> {
        let mut desk = held(&self.desk);
        desk.waiting.retain(|it| !it.reply.is_closed());
        let after = desk.last + 1;
        let count = self.count;
        let next = (after..after + count)
            .map(|number| number % count)
            .find(|number| desk.waiting.iter().any(|it| it.left.contains(number)));
        let Some(next) = next else {
            desk.reading = false;
            return None;
        };
        desk.last = next;
        for waiter in &mut desk.waiting {
            waiter.from_start = true;
        }
        Some(next)
    }

    /// Reads a zip to its end, or until nobody waits.
    async fn read(&self, number: usize) -> Result<(), NotHere> {
        let content = self.download(number).await?;
        let mut unzip = Unzip::new(content.bytes, LIMITS);
        while let Some(name) = unzip.next().await? {
            let Some(place @ Place::File { .. }) = Place::of(&name) else {
                continue;
            };
            self.known.store(true, Ordering::Relaxed);
            match self.who_wants(&place) {
                Some((wanted, reply)) => self.serve(&mut unzip, &wanted, reply).await?,
                None if held(&self.desk).waiting.is_empty() => return Ok(()),
                None => {}
            }
        }
        Ok(())
    }

    /// Opens a zip. An address that leads nowhere any more is asked for again.
    async fn download(&self, number: usize) -> Result<Content, NotHere> {
        let mut renewed = false;
        loop {
            let zip = held(&self.desk).zips.get(number).cloned();
            let zip = zip.ok_or(NotHere::Expired)?;
            let request = self.report.download(&zip)?.urgency(Urgency::Content);
            match self.report.line.open(request).await {
                Ok(streamed) => return Ok(media::content(streamed)?),
                Err(error) if is_expired(&error) && !renewed => renewed = true,
                Err(error) if is_expired(&error) => return Err(NotHere::Expired),
                Err(error) => return Err(error.into()),
            }
            self.renew().await?;
        }
    }

    async fn renew(&self) -> Result<(), NotHere> {
        let zips = match self.report.zips_with_files().await {
            Ok(zips) => zips,
            Err(error) if is_expired(&error) => return Err(NotHere::Expired),
            Err(error) => return Err(error.into()),
        };
        if zips.len() != self.count {
            return Err(NotHere::Expired);
        }
        held(&self.desk).zips = zips;
        Ok(())
    }

    fn who_wants(&self, place: &Place<'_>) -> Option<(Wanted, Reply)> {
        let mut desk = held(&self.desk);
        let waits = |it: &Waiter| !it.reply.is_closed() && it.wanted.is_at(place);
        let at = desk.waiting.iter().position(waits)?;
        let waiter = desk.waiting.swap_remove(at);
        // Who wants the same waits for the next time it comes by.
        let twins = desk.waiting.iter_mut().filter(|it| it.wanted.is_at(place));
        twins.for_each(|it| it.from_start = false);
        Some((waiter.wanted, waiter.reply))
    }

    /// Hands over the entry. The last word is whether it was whole.
    async fn serve(&self, unzip: &mut Unzip, wanted: &Wanted, reply: Reply) -> Result<()> {
        let key = (wanted.message.clone(), wanted.attachment.clone());
        let (pieces, taken) = mpsc::channel(AHEAD);
        let content = Content {
            fingerprint: None,
            length: unzip.size(),
            framing: match unzip.size() {
                Some(_) => Framing::Declared,
                None => Framing::Framed,
            },
            media_type: self.media_types.get(&key).cloned(),
            bytes: as_stream(taken),
        };
        if reply.send(Ok(content)).is_err() {
            return Ok(());
        }
        loop {
            let piece = unzip.chunk().await;
            let (last, failed) = (!matches!(piece, Ok(Some(_))), piece.as_ref().err().cloned());
            let gone = !matches!(timeout(STALL, pieces.send(piece)).await, Ok(Ok(())));
            match failed {
                Some(error) => return Err(error),
                None if last || gone => return Ok(()),
                None => {}
            }
        }
    }

    /// What became of a zip, for those who still wait.
    fn tell(&self, number: usize, result: &Result<(), NotHere>) {
        let mut desk = held(&self.desk);
        let waiting = std::mem::take(&mut desk.waiting);
        for mut waiter in waiting {
            let answer = match result {
                Err(NotHere::Expired) => Some(NotHere::Expired),
                _ if !waiter.from_start => None,
                Ok(()) | Err(NotHere::Absent) => {
                    waiter.left.remove(&number);
                    waiter.tries = 0;
                    waiter.left.is_empty().then(|| self.nowhere())
                }
                Err(NotHere::Failed(error)) => {
                    waiter.tries += 1;
                    let again = error.verdict() == Verdict::Retry && waiter.tries < TRIES;
                    (!again).then(|| NotHere::Failed(error.clone()))
                }
            };
            match answer {
                Some(answer) => drop(waiter.reply.send(Err(answer))),
                None => desk.waiting.push(waiter),
            }
        }
    }

    /// A file is missing only where others were found: else it is we who do not
    /// know the form of the export.
    fn nowhere(&self) -> NotHere {
        if self.known.load(Ordering::Relaxed) {
            NotHere::Absent
        } else {
            NotHere::Failed(no_files())
        }
    }
}

/// Reading, as long as somebody waits. Whatever ends it, nobody is left
/// waiting.
struct Shift(Arc<Contents>);

impl Shift {
    async fn work(self) {
        let contents = &self.0;
        contents.report.app.rest(GATHER).await;
        while let Some(number) = contents.next_zip() {
            let result = contents.read(number).await;
            contents.tell(number, &result);
        }
    }
}

impl Drop for Shift {
    fn drop(&mut self) {
        let mut desk = held(&self.0.desk);
        if desk.reading && std::thread::panicking() {
            desk.waiting.clear();
            desk.reading = false;
        }
    }
}

impl From<Error> for NotHere {
    fn from(error: Error) -> NotHere {
        NotHere::Failed(error)
    }
}

/// The end is said: a sender that vanishes is no end.
fn as_stream(taken: mpsc::Receiver<Result<Option<Bytes>>>) -> ByteStream {
    stream::unfold(Some(taken), |taken| async move {
        let mut taken = taken?;
        match taken.recv().await {
            Some(Ok(Some(piece))) => Some((Ok(piece), Some(taken))),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some((Err(error), None)),
            None => {
                let what = "a file of RingCentral's export was not read to its end";
                Some((Err(Error::new(Kind::Incomplete, what)), None))
            }
        }
    })
    .fuse()
    .boxed()
}

fn is_expired(error: &Error) -> bool {
    error.kind() == Kind::Gone || error.code() == Some("HTTP 404")
}

fn no_files() -> Error {
    let what = "RingCentral's company-wide export holds no files in a form that is known";
    Error::new(Kind::Protocol, what)
}
