//! File contents on disk: bodies under way, upload sessions, stored files.
//! Nothing here is kept in memory, and all of it goes with the simulator.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::body::Body;
use futures::StreamExt;
use tokio::io::AsyncWriteExt;

use super::content_hash::{Hasher, Hashes};
use super::error::Failure;

/// How much is held in memory while bytes move between files.
const BUFFER: usize = 256 << 10;

/// The directory of all contents. Unless it is kept, it goes with the last
/// thing that lies in it.
#[derive(Debug)]
pub(super) struct Spool {
    directory: PathBuf,
    next: AtomicU64,
    /// Stored contents outlive the simulator.
    kept: bool,
}

impl Spool {
    /// Makes nothing on disk yet: an unwritable place shows when the first
    /// body comes.
    pub(super) fn new(directory: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            directory,
            next: AtomicU64::new(0),
            kept: false,
        })
    }

    /// A directory whose stored contents are kept. What else lies there is
    /// left over from uploads that ended with an earlier simulator, and goes.
    pub(super) fn keeping(directory: PathBuf, stored: &HashSet<u64>) -> io::Result<Arc<Self>> {
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            let number = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            if number.is_some_and(|number: u64| !stored.contains(&number)) {
                fs::remove_file(entry.path())?;
            }
        }
        let next = stored.iter().max().map_or(0, |last| last + 1);
        Ok(Arc::new(Self {
            directory,
            next: AtomicU64::new(next),
            kept: true,
        }))
    }

    fn path(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:08}"))
    }

    /// A content that an earlier simulator has stored.
    pub(super) fn stored(self: &Arc<Self>, number: Option<u64>, hashes: Hashes) -> Blob {
        let file = number.map(|number| SpoolFile {
            number,
            path: self.path(number),
            stored: AtomicBool::new(true),
            spool: Arc::clone(self),
        });
        Blob { file, hashes }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// A new, empty file, readable by its owner only.
    fn file(self: &Arc<Self>) -> io::Result<SpoolFile> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        if !self.directory.is_dir() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&self.directory)?;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.path(number);
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(SpoolFile {
            number,
            path,
            stored: AtomicBool::new(false),
            spool: Arc::clone(self),
        })
    }

    /// Takes a request's body to disk. Reads it to its end even when it is
    /// longer than `limit`, because a client in the middle of sending would
    /// not see the refusal. A client that stops sending gets no answer.
    pub(super) async fn receive(
        self: &Arc<Self>,
        body: Body,
        limit: u64,
    ) -> Result<Received, Failure> {
        let mut chunks = body.into_data_stream();
        let mut received = Received {
            file: None,
            hasher: Hasher::new(),
            oversized: false,
        };
        let mut writer = None;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Failure::Lost)?;
            if received.hasher.size() + chunk.len() as u64 > limit {
                received.oversized = true;
            }
            if received.oversized || chunk.is_empty() {
                continue;
            }
            if writer.is_none() {
                let file = self.file().map_err(Failure::disk)?;
                let open = tokio::fs::OpenOptions::new()
                    .write(true)
                    .open(&file.path)
                    .await
                    .map_err(Failure::disk)?;
                received.file = Some(file);
                writer = Some(tokio::io::BufWriter::with_capacity(BUFFER, open));
            }
            if let Some(sink) = &mut writer {
                sink.write_all(&chunk).await.map_err(Failure::disk)?;
            }
            received.hasher.update(&chunk);
        }
        if let Some(mut sink) = writer {
            sink.flush().await.map_err(Failure::disk)?;
        }
        Ok(received)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if !self.kept {
            // Gone already, or never made: both are fine.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// One file of the spool, removed with its last owner unless it is kept.
#[derive(Debug)]
pub(super) struct SpoolFile {
    number: u64,
    path: PathBuf,
    /// It is the content of a committed file.
    stored: AtomicBool,
    spool: Arc<Spool>,
}

impl Drop for SpoolFile {
    fn drop(&mut self) {
        if !(self.spool.kept && self.stored.load(Ordering::SeqCst)) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A body that has arrived.
pub(super) struct Received {
    file: Option<SpoolFile>,
    hasher: Hasher,
    /// It was longer than allowed and was thrown away.
    pub(super) oversized: bool,
}

impl Received {
    /// Bytes.
    pub(super) fn size(&self) -> u64 {
        self.hasher.size()
    }

    /// The content hash of this body alone.
    pub(super) fn content_hash(&self) -> String {
        self.hasher.clone().finish().content_hash
    }
}

/// The growing content of an upload session.
pub(super) struct Growing {
    spool: Arc<Spool>,
    file: Option<SpoolFile>,
    /// Over the bytes so far, while they came in order.
    hasher: Option<Hasher>,
}

impl Growing {
    pub(super) fn new(spool: &Arc<Spool>) -> Self {
        Self {
            spool: Arc::clone(spool),
            file: None,
            hasher: Some(Hasher::new()),
        }
    }

    /// Makes a whole body the content, without copying it.
    pub(super) fn from_received(spool: &Arc<Spool>, received: Received) -> Self {
        Self {
            spool: Arc::clone(spool),
            file: received.file,
            hasher: Some(received.hasher),
        }
    }

    /// Puts `length` bytes of `body`, from its byte `from` on, at byte `at`.
    /// Blocks on the disk.
    pub(super) fn put(
        &mut self,
        body: &Received,
        from: u64,
        length: u64,
        at: u64,
    ) -> io::Result<()> {
        let Some(source) = &body.file else {
            return Ok(());
        };
        if length == 0 {
            return Ok(());
        }
        let mut reader = fs::File::open(&source.path)?;
        reader.seek(SeekFrom::Start(from))?;
        let target = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(self.spool.file()?),
        };
        let mut writer = fs::OpenOptions::new().write(true).open(&target.path)?;
        writer.seek(SeekFrom::Start(at))?;
        let in_order = self.hasher.as_ref().is_some_and(|h| h.size() == at);
        let mut hasher = self.hasher.take().filter(|_| in_order);
        each_buffer(&mut reader.take(length), |bytes| {
            if let Some(hasher) = &mut hasher {
                hasher.update(bytes);
            }
            writer.write_all(bytes)
        })?;
        self.hasher = hasher;
        Ok(())
    }

    /// Hashes of everything. Reads it again only if it did not come in order.
    /// Blocks on the disk then.
    pub(super) fn hashes(&self) -> io::Result<Hashes> {
        if let Some(hasher) = &self.hasher {
            return Ok(hasher.clone().finish());
        }
        let mut hasher = Hasher::new();
        if let Some(file) = &self.file {
            each_buffer(&mut fs::File::open(&file.path)?, |bytes| {
                hasher.update(bytes);
                Ok(())
            })?;
        }
        Ok(hasher.finish())
    }

    /// The finished content.
    pub(super) fn into_blob(self) -> io::Result<Blob> {
        let hashes = self.hashes()?;
        Ok(Blob {
            file: self.file,
            hashes,
        })
    }
}

fn each_buffer(
    reader: &mut dyn Read,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(()),
            n => take(&buffer[..n])?,
        }
    }
}

/// A stored content: never changes.
#[derive(Debug)]
pub(super) struct Blob {
    file: Option<SpoolFile>,
    pub(super) hashes: Hashes,
}

impl Blob {
    /// Marks it as the content of a committed file and returns its number in
    /// the spool; `None` when it is empty.
    pub(super) fn commit(&self) -> Option<u64> {
        let file = self.file.as_ref()?;
        file.stored.store(true, Ordering::SeqCst);
        Some(file.number)
    }

    /// Where it lies; `None` when it is empty.
    pub(super) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }

    /// The whole content in memory: for tests and small files.
    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        self.path().map_or(Ok(Vec::new()), fs::read)
    }
}
