//! Looking at what lies in the archive: the listing of all files, and the
//! bytes of one. Nothing is changed by it.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use domain::content::{Content, Framing};
use domain::ports::destination::File;
use domain::{Error, Kind, Result};
use futures::StreamExt;
use rustix::fs::OFlags;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::fault::judged;
use crate::sum::PORTION;

/// Files on a page of a listing.
const PAGE: usize = 2_000;

/// A walk through the archive: folders still to be opened, files found.
pub(crate) struct Walk {
    root: PathBuf,
    /// At the root: not a part of the archive.
    parts: PathBuf,
    folders: Vec<PathBuf>,
    open: Option<fs::ReadDir>,
}

impl Walk {
    /// From the root; what lies below `parts` is not shown.
    pub(crate) fn new(root: PathBuf, parts: PathBuf) -> Walk {
        Walk {
            folders: vec![root.clone()],
            open: None,
            root,
            parts,
        }
    }

    /// The next files; empty at the end. Links are not followed and not shown.
    pub(crate) fn page(&mut self) -> Result<Vec<File>> {
        let mut files = Vec::new();
        while files.len() < PAGE {
            let Some(entry) = self.entry()? else {
                return Ok(files);
            };
            let path = entry.path();
            let meta = match entry.metadata() {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                meta => meta.map_err(|error| judged(&error))?,
            };
            if meta.is_dir() && path != self.parts {
                self.folders.push(path);
            } else if meta.is_file() {
                files.push(File {
                    path: self.relative(&path),
                    size: meta.len(),
                    hash: None,
                });
            }
        }
        Ok(files)
    }

    fn entry(&mut self) -> Result<Option<fs::DirEntry>> {
        loop {
            if let Some(open) = &mut self.open {
                match open.next() {
                    Some(entry) => return entry.map(Some).map_err(|error| judged(&error)),
                    None => self.open = None,
                }
            }
            let Some(folder) = self.folders.pop() else {
                return Ok(None);
            };
            match fs::read_dir(folder) {
                Ok(open) => self.open = Some(open),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(judged(&error)),
            }
        }
    }

    /// Bytes that are no text are shown as signs of replacement: then it is
    /// none of our files.
    fn relative(&self, path: &Path) -> String {
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        below.to_string_lossy().into_owned()
    }
}

/// The bytes of a file, all or some. A link is not followed.
pub(crate) async fn read(file: &Path, part: Option<Range<u64>>) -> Result<Content> {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags);
    let opened = tokio::fs::OpenOptions::from(options).open(file).await;
    let mut file = opened.map_err(|error| judged(&error))?;
    let size = file.metadata().await.map_err(|error| judged(&error))?.len();
    let part = part.unwrap_or(0..size);
    if part.start > size || (part.start == size && size > 0) {
        return Err(gone());
    }
    let length = part.end.min(size).saturating_sub(part.start);
    let sought = file.seek(SeekFrom::Start(part.start)).await;
    sought.map_err(|error| judged(&error))?;
    let bytes = ReaderStream::with_capacity(file.take(length), PORTION);
    let bytes = bytes.map(|chunk| chunk.map_err(|error| judged(&error)));
    Ok(Content {
        fingerprint: None,
        length: Some(length),
        framing: Framing::Local,
        media_type: None,
        bytes: bytes.boxed(),
    })
}

/// Nothing lies there.
pub(crate) fn gone() -> Error {
    Error::new(Kind::Gone, "the file is not in the archive folder")
}
