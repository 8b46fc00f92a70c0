//! A Destination in memory, with scripted trouble and a record of every put.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use domain::archive_path::ArchivePath;
use domain::content::Content;
use domain::ledger::{DestinationId, Receipt};
use domain::manifest::is_evidence;
use domain::ports::Space;
use domain::ports::destination::{self, Owner};
use domain::{Error, Kind, Result};
use futures::TryStreamExt;
use futures::stream::{self, BoxStream, StreamExt};
use unicode_normalization::UnicodeNormalization;

use crate::samples::sha256;

/// Files on a page of its listing: few, so that a small world has several.
const PAGE: usize = 3;

/// A Destination in memory.
#[derive(Default)]
pub struct Destination {
    room: Mutex<Room>,
}

#[derive(Default)]
struct Room {
    /// By folded path.
    files: BTreeMap<String, File>,
    log: Vec<Put>,
    troubles: VecDeque<Trouble>,
    used: u64,
    /// Bytes it holds at most; `None` = no limit.
    limit: Option<u64>,
    /// Files that cannot be read back, and why.
    locked: BTreeMap<String, Error>,
}

struct File {
    path: ArchivePath,
    bytes: Bytes,
    /// What it says of itself although its bytes have rotted.
    vouched: Option<Receipt>,
}

impl File {
    fn new(path: &ArchivePath, bytes: Bytes) -> File {
        File {
            path: path.clone(),
            bytes,
            vouched: None,
        }
    }

    fn receipt(&self) -> Receipt {
        let vouched = self.vouched.clone();
        vouched.unwrap_or_else(|| receipt(&self.bytes))
    }
}

/// A put as it was asked for, and how it ended.
#[derive(Clone, Debug)]
pub struct Put {
    /// Where to.
    pub path: ArchivePath,
    /// What the caller was told.
    pub told: Result<Receipt>,
    /// Whether a new file came to lie there.
    pub wrote: bool,
}

/// What a script does to the next put.
#[derive(Clone, Debug)]
enum Trouble {
    /// None.
    Nothing,
    /// It fails before anything was stored.
    Refused(Error),
    /// It is stored, but the caller is told that it failed.
    LostReply(Error),
}

impl Destination {
    /// An empty one, without limit.
    pub fn new() -> Destination {
        Destination::default()
    }

    /// The next `times` puts fail and store nothing.
    pub fn refuse_next(&self, times: usize, error: &Error) {
        let troubles = std::iter::repeat_n(Trouble::Refused(error.clone()), times);
        self.room().troubles.extend(troubles);
    }

    /// The next `times` puts are as they would be without a script.
    pub fn pass_next(&self, times: usize) {
        let troubles = std::iter::repeat_n(Trouble::Nothing, times);
        self.room().troubles.extend(troubles);
    }

    /// The next `times` puts are stored, but their callers are told otherwise.
    pub fn lose_next_replies(&self, times: usize, error: &Error) {
        let troubles = std::iter::repeat_n(Trouble::LostReply(error.clone()), times);
        self.room().troubles.extend(troubles);
    }

    /// Holds at most so many bytes from now on; `None` = no limit.
    pub fn limit(&self, bytes: Option<u64>) {
        self.room().limit = bytes;
    }

    /// Somebody else deletes, changes (`Some`) or adds a file there.
    pub fn tamper(&self, path: &ArchivePath, bytes: Option<Bytes>) {
        let mut room = self.room();
        room.files.remove(&folded(path));
        if let Some(bytes) = bytes {
            room.files.insert(folded(path), File::new(path, bytes));
        }
    }

    /// The bytes of a file rot; what the destination says of it stays.
    pub fn rot(&self, path: &ArchivePath, bytes: Bytes) {
        let mut room = self.room();
        let file = room.files.get_mut(&folded(path)).unwrap();
        file.vouched = Some(file.receipt());
        file.bytes = bytes;
    }

    /// From now on a file cannot be read back (`Some`), or it can again.
    pub fn lock(&self, path: &ArchivePath, error: Option<&Error>) {
        let locked = &mut self.room().locked;
        match error {
            Some(error) => locked.insert(folded(path), error.clone()),
            None => locked.remove(&folded(path)),
        };
    }

    /// What lies in it, by the path it was first put at; the evidence folder
    /// is not looked into.
    pub fn files(&self) -> BTreeMap<String, Bytes> {
        self.lying(|path| !is_evidence(path))
    }

    /// What lies in the evidence folder.
    pub fn evidence(&self) -> BTreeMap<String, Bytes> {
        self.lying(is_evidence)
    }

    fn lying(&self, which: impl Fn(&str) -> bool) -> BTreeMap<String, Bytes> {
        let room = self.room();
        let files = room.files.values();
        files
            .filter(|file| which(file.path.as_str()))
            .map(|file| (file.path.as_str().to_owned(), file.bytes.clone()))
            .collect()
    }

    /// The bytes at a path.
    pub fn bytes_at(&self, path: &ArchivePath) -> Option<Bytes> {
        let room = self.room();
        room.files.get(&folded(path)).map(|it| it.bytes.clone())
    }

    /// Every put of an item so far, in the order in which they ended.
    pub fn puts(&self) -> Vec<Put> {
        let room = self.room();
        let puts = room.log.iter();
        puts.filter(|put| !is_evidence(put.path.as_str()))
            .cloned()
            .collect()
    }

    /// Every put into the evidence folder.
    pub fn evidence_puts(&self) -> Vec<Put> {
        let room = self.room();
        let puts = room.log.iter();
        puts.filter(|put| is_evidence(put.path.as_str()))
            .cloned()
            .collect()
    }

    /// How many puts wrote a new file of an item: a second run must add none.
    pub fn writes(&self) -> usize {
        self.puts().iter().filter(|put| put.wrote).count()
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap()
    }
}

impl Room {
    /// The put itself. The second value tells whether it wrote a new file.
    fn put(&mut self, path: &ArchivePath, bytes: &Bytes) -> (Result<Receipt>, bool) {
        match self.troubles.pop_front() {
            None | Some(Trouble::Nothing) => self.store(path, bytes),
            Some(Trouble::Refused(error)) => (Err(error), false),
            Some(Trouble::LostReply(error)) => {
                let (told, wrote) = self.store(path, bytes);
                (told.and(Err(error)), wrote)
            }
        }
    }

    /// Whether the path is a folder, or leads through a file.
    fn is_obstructed(&self, folded: &str) -> bool {
        let under = format!("{folded}/");
        let next = self.files.range(under.clone()..).next();
        let mut ancestors = folded.match_indices('/').map(|(at, _)| &folded[..at]);
        next.is_some_and(|(path, _)| path.starts_with(&under))
            || ancestors.any(|it| self.files.contains_key(it))
    }

    fn store(&mut self, path: &ArchivePath, bytes: &Bytes) -> (Result<Receipt>, bool) {
        if let Some(there) = self.files.get(&folded(path)) {
            if there.bytes == *bytes {
                return (Ok(receipt(bytes)), false);
            }
            let error = Error::new(Kind::PathTaken, "another file lies at the path");
            return (Err(error), false);
        }
        if self.is_obstructed(&folded(path)) {
            let error = Error::new(Kind::PathTaken, "a folder and a file have one path");
            return (Err(error), false);
        }
        let wanted = self.used + bytes.len() as u64;
        if self.limit.is_some_and(|limit| wanted > limit) {
            return (
                Err(Error::new(Kind::Full, "the destination is full")),
                false,
            );
        }
        let file = File::new(path, bytes.clone());
        self.files.insert(folded(path), file);
        self.used = wanted;
        (Ok(receipt(bytes)), true)
    }
}

#[async_trait]
impl domain::ports::Destination for Destination {
    async fn owner(&self) -> Result<Owner> {
        Ok(Owner {
            id: DestinationId::new("memory:1"),
            label: "memory".to_owned(),
            name: None,
        })
    }

    async fn prepare(&self) -> Result<()> {
        Ok(())
    }

    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt> {
        let declared = content.length;
        let read: Result<Vec<Bytes>> = content.bytes.try_collect().await;
        let mut room = self.room();
        let (told, wrote) = match read.map(|chunks| Bytes::from(chunks.concat())) {
            Err(error) => (Err(error), false),
            Ok(bytes) if declared.is_some_and(|length| length != bytes.len() as u64) => {
                let error = Error::new(Kind::Incomplete, "other than the declared length came");
                (Err(error), false)
            }
            Ok(bytes) => room.put(path, &bytes),
        };
        room.log.push(Put {
            path: path.clone(),
            told: told.clone(),
            wrote,
        });
        told
    }

    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        let room = self.room();
        Ok(room.files.get(&folded(path)).map(File::receipt))
    }

    fn list(&self) -> BoxStream<'_, Result<Vec<destination::File>>> {
        let room = self.room();
        let files = room.files.values().map(|file| {
            let receipt = file.receipt();
            destination::File {
                path: file.path.as_str().to_owned(),
                size: receipt.size,
                hash: Some(receipt.hash),
            }
        });
        let pages: Vec<_> = files.collect();
        let pages: Vec<_> = pages.chunks(PAGE).map(|it| Ok(it.to_vec())).collect();
        stream::iter(pages).boxed()
    }

    async fn read(&self, path: &ArchivePath, part: Option<Range<u64>>) -> Result<Content> {
        let gone = || Error::new(Kind::Gone, "no file lies at the path");
        if let Some(locked) = self.room().locked.get(&folded(path)) {
            return Err(locked.clone());
        }
        let bytes = self.bytes_at(path).ok_or_else(gone)?;
        let length = bytes.len() as u64;
        let part = part.unwrap_or(0..length);
        if part.start > length || (part.start == length && length > 0) {
            return Err(gone());
        }
        let end = part.end.min(length);
        let at = |it: u64| usize::try_from(it).unwrap();
        let bytes = bytes.slice(at(part.start)..at(end.max(part.start)));
        Ok(Content::local(bytes))
    }

    async fn space(&self) -> Result<Space> {
        let room = self.room();
        Ok(Space {
            used: room.used,
            free: room.limit.map(|limit| limit.saturating_sub(room.used)),
        })
    }
}

fn receipt(bytes: &Bytes) -> Receipt {
    Receipt {
        size: bytes.len() as u64,
        hash: format!("sha256:{}", sha256(bytes)),
        revision: None,
    }
}

/// One key for all spellings of a path that count as the same: NFC and lower
/// case, character by character as Dropbox folds (`Σ` is `σ` everywhere).
fn folded(path: &ArchivePath) -> String {
    let lower: String = path.as_str().nfc().flat_map(char::to_lowercase).collect();
    lower.nfc().collect()
}
