//! The Destination itself: takes bytes in, and answers for them.

use std::fs::{self, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::archive_path::ArchivePath;
use domain::content::{ByteStream, Content};
use domain::ledger::Receipt;
use domain::ports::destination::{File, Owner};
use domain::ports::{Destination, Space};
use domain::{Error, Kind, Result};
use futures::TryStreamExt;
use futures::stream::{self, BoxStream, StreamExt};
use rustix::fs::OFlags;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::sync::Semaphore;

use crate::fault::{judged, taken};
use crate::look_back::{self, Walk, gone};
use crate::names::{Names, Place, flush};
use crate::part::{self, Sealed};
use crate::root::Root;
use crate::sum::{PORTION, Sum, Summing, sum_of};

/// How a folder is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Files that are written at the same time; the others wait their turn
    /// before they take bytes from their streams. Each holds 512 KiB besides
    /// the chunk that its stream has just given.
    pub at_once: usize,
    /// Somebody else's folder: only read, and never prepared.
    pub foreign: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            at_once: 16,
            foreign: false,
        }
    }
}

/// A folder on disk.
pub struct Folder {
    archive: Arc<Archive>,
    turns: Semaphore,
}

struct Archive {
    root: Root,
    names: Mutex<Names>,
}

impl Folder {
    /// The archive in this folder. Touches nothing yet: the folder is made by
    /// [`Destination::prepare`], without which nothing can be put.
    pub fn new(root: PathBuf, options: Options) -> Folder {
        Folder {
            archive: Arc::new(Archive {
                names: Mutex::new(Names::below(root.clone())),
                root: Root::new(root, options.foreign),
            }),
            turns: Semaphore::new(options.at_once.max(1)),
        }
    }

    /// Does work that waits for the disk on a thread that may wait.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Archive) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let archive = Arc::clone(&self.archive);
        let done = tokio::task::spawn_blocking(move || work(&archive)).await;
        done.unwrap_or_else(|error| {
            Err(if error.is_panic() {
                Error::new(Kind::Unavailable, "the work on the disk broke down")
            } else {
                Error::new(Kind::Cancelled, "the work on the disk was ended")
            })
        })
    }
}

#[async_trait]
impl Destination for Folder {
    async fn owner(&self) -> Result<Owner> {
        self.on_disk(|archive| archive.root.owner()).await
    }

    async fn prepare(&self) -> Result<()> {
        self.on_disk(|archive| archive.root.prepare()).await
    }

    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt> {
        Root::must_accept(path)?;
        let turn = self.turns.acquire().await;
        let (name, file) = self
            .on_disk(|archive| {
                archive.root.must_be_there()?;
                part::create(&archive.root.parts()).map_err(|error| judged(&error))
            })
            .await?;
        let (file, sent) = pour(content.bytes, file.into()).await?;
        if content.length.is_some_and(|length| length != sent.size) {
            let what = "the content is not as long as was declared";
            return Err(Error::new(Kind::Incomplete, what));
        }
        let path = path.clone();
        let receipt = self
            .on_disk(move |archive| archive.shelve(part::seal(name, file, sent)?, &path))
            .await;
        drop(turn);
        receipt
    }

    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        let path = path.clone();
        self.on_disk(move |archive| archive.stat(&path)).await
    }

    fn list(&self) -> BoxStream<'_, Result<Vec<File>>> {
        let pages = stream::try_unfold(None, move |walk| async move {
            let (files, walk) = self.on_disk(|archive| archive.page(walk)).await?;
            Ok((!files.is_empty()).then_some((files, Some(walk))))
        });
        pages.boxed()
    }

    async fn read(&self, path: &ArchivePath, part: Option<Range<u64>>) -> Result<Content> {
        let path = path.clone();
        let there = self.on_disk(move |archive| archive.locate(&path)).await?;
        look_back::read(&there.ok_or_else(gone)?, part).await
    }

    async fn space(&self) -> Result<Space> {
        self.on_disk(|archive| archive.root.space()).await
    }
}

/// Writes a stream to its end.
async fn pour(mut bytes: ByteStream, mut file: tokio::fs::File) -> Result<(fs::File, Sum)> {
    file.set_max_buf_size(PORTION);
    let mut file = BufWriter::with_capacity(PORTION, file);
    let mut summing = Summing::default();
    while let Some(chunk) = bytes.try_next().await? {
        summing.add(&chunk);
        let written = file.write_all(&chunk).await;
        written.map_err(|error| judged(&error))?;
    }
    file.flush().await.map_err(|error| judged(&error))?;
    Ok((file.into_inner().into_std().await, summing.sum()))
}

impl Archive {
    /// Gives a sealed part its name, or finds that its bytes lie there.
    /// Finding and naming is one step: no other put comes between.
    fn shelve(&self, mut sealed: Sealed, path: &ArchivePath) -> Result<Receipt> {
        self.root.must_be_there()?;
        let landed = self.land(&mut sealed, path);
        let there = landed.inspect_err(|_| self.names().forget())?;
        if let Place::Taken(file) = &there {
            compare(file, &sealed.sum)?;
        }
        let (Place::Taken(file) | Place::Free(file)) = there;
        // Also for a file that was there: whoever named it may not have come
        // as far as this.
        let flushed = file.parent().map_or(Ok(()), flush);
        flushed.map_err(|error| judged(&error))?;
        Ok(receipt(sealed.sum.clone()))
    }

    /// `Free` where the part has now its name, `Taken` where something lies.
    fn land(&self, sealed: &mut Sealed, path: &ArchivePath) -> Result<Place> {
        let mut names = self.names();
        let place = names.make_way(path)?;
        let Place::Free(target) = &place else {
            return Ok(place);
        };
        match sealed.name(target) {
            Ok(()) => {
                names.add(target);
                Ok(place)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(Place::Taken(target.clone()))
            }
            Err(error) => Err(judged(&error)),
        }
    }

    fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        let file = self.locate(path)?;
        file.map(|it| read(&it).map(receipt)).transpose()
    }

    fn locate(&self, path: &ArchivePath) -> Result<Option<PathBuf>> {
        self.root.must_be_there()?;
        Root::must_accept(path)?;
        self.names().locate(path)
    }

    /// The next page of a listing, from the start where there is no walk yet.
    fn page(&self, walk: Option<Walk>) -> Result<(Vec<File>, Walk)> {
        self.root.must_be_there()?;
        let new = || Walk::new(self.root.path().to_owned(), self.root.parts());
        let mut walk = walk.unwrap_or_else(new);
        Ok((walk.page()?, walk))
    }

    /// What is remembered of names is only ever a hint, so a panic elsewhere
    /// does not spoil it.
    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Size and hash of a file of the archive. Links are not followed.
fn read(path: &Path) -> Result<Sum> {
    let meta = fs::symlink_metadata(path).map_err(|error| judged(&error))?;
    if !meta.is_file() {
        return Err(taken("a folder or link lies at the path"));
    }
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path);
    let sum = file.and_then(|file| {
        // Somebody may have copied it there a moment ago.
        file.sync_all()?;
        sum_of(file)
    });
    sum.map_err(|error| judged(&error))
}

/// Succeeds where the file has these bytes.
fn compare(file: &Path, sent: &Sum) -> Result<()> {
    let size = fs::symlink_metadata(file).map(|it| it.len());
    if size.is_ok_and(|size| size == sent.size) && read(file)? == *sent {
        return Ok(());
    }
    Err(taken("another file lies at the path"))
}

fn receipt(Sum { size, sha256 }: Sum) -> Receipt {
    Receipt {
        size,
        hash: format!("sha256:{sha256}"),
        revision: None,
    }
}
