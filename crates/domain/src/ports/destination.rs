//! The Destination port: where items go.

use std::ops::Range;

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::archive_path::ArchivePath;
use crate::content::Content;
use crate::error::Result;
use crate::ledger::{DestinationId, Receipt};

/// Room at the destination, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// What is used.
    pub used: u64,
    /// What is left; `None` where there is no limit or none is known.
    pub free: Option<u64>,
}

/// Who the destination's grant belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Provider word plus the provider's account id.
    pub id: DestinationId,
    /// What people see: an e-mail address or a folder.
    pub label: String,
    /// The owner's name, where the provider tells one.
    pub name: Option<String>,
}

/// A file as a listing of the archive shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it lies, as it is spelled there: components joined by `/`, no
    /// leading slash. Somebody else may have put it there, so it need not be
    /// an [`ArchivePath`].
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// The destination's own hash, spelled as in a [`Receipt`]; `None` where
    /// it would have to read the bytes to tell.
    pub hash: Option<String>,
}

/// A file that will come to a destination, as long as this lives.
#[derive(Default)]
pub struct Announced {
    _counted: Option<Box<dyn Send + Sync>>,
}

impl Announced {
    /// Whoever is waited for is in `counted`, and leaves when it is dropped.
    pub fn as_long_as(counted: impl Send + Sync + 'static) -> Announced {
        Announced {
            _counted: Some(Box::new(counted)),
        }
    }
}

/// Where items go. Laws (suite: `testkit::laws::destination`):
///
/// 1. Create-only. Nothing is ever overwritten, renamed or deleted, not even
///    to clean up after a failure.
/// 2. `put` may be repeated: the same bytes at the same path succeed again and
///    store nothing twice. Other bytes at a taken path are `Kind::PathTaken`.
/// 3. A stream that ends with an error leaves nothing visible at the path,
///    and `put` returns that error.
/// 4. `put` returns a receipt only when the destination itself vouched for
///    size and hash and both equal what was sent; else `Kind::Mismatch`.
/// 5. Paths that differ only in case or Unicode form are one path.
/// 6. Many `put`s may run at once; memory is bounded for all together,
///    whatever the sizes.
/// 7. `stat` reports what lies at a path; `None` when nothing does.
/// 8. `list` shows every file that lies in the archive all the while, at least
///    once, with the size and hash that `stat` tells; it never ends early
///    without an error.
/// 9. `read` gives the bytes at a path as they lie there; where nothing lies,
///    the error is `Kind::Gone`.
#[async_trait]
pub trait Destination: Send + Sync {
    /// Whose destination it is, asked of the provider: the connection test.
    async fn owner(&self) -> Result<Owner>;

    /// Makes the archive's root visible and checks that it can be written.
    async fn prepare(&self) -> Result<()>;

    /// Says that a `put` will follow, until the answer is dropped: what is
    /// gathered with others may wait for it, and what sees nobody coming does
    /// not wait. Nobody has to say so.
    fn announce(&self) -> Announced {
        Announced::default()
    }

    /// Stores the bytes at the path.
    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt>;

    /// What lies at the path.
    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>>;

    /// Every file in the archive, page by page, in no order.
    fn list(&self) -> BoxStream<'_, Result<Vec<File>>>;

    /// The bytes at a path: all, or those of a range. A range that begins
    /// behind the end is `Kind::Gone`, one that ends there is cut.
    async fn read(&self, path: &ArchivePath, part: Option<Range<u64>>) -> Result<Content>;

    /// Room left.
    async fn space(&self) -> Result<Space>;
}
