//! Where items go, with fail-points: also around each piece that is taken.

use std::ops::Range;

use async_trait::async_trait;
use domain::Result;
use domain::archive_path::ArchivePath;
use domain::content::Content;
use domain::ledger::Receipt;
use domain::ports::Destination;
use domain::ports::destination::{Announced, File, Owner, Space};
use futures::stream::BoxStream;

use super::source::between;
use super::{Watched, around};

/// The names.
pub(super) const NAMES: &[&str] = &[
    "destination.owner",
    "destination.prepare",
    "destination.put",
    "destination.bytes",
    "destination.stat",
    "destination.read",
    "destination.space",
];

#[async_trait]
impl Destination for Watched<dyn Destination> {
    async fn owner(&self) -> Result<Owner> {
        around("destination.owner", self.0.owner()).await
    }

    async fn prepare(&self) -> Result<()> {
        around("destination.prepare", self.0.prepare()).await
    }

    fn announce(&self) -> Announced {
        self.0.announce()
    }

    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt> {
        let bytes = between(content.bytes, "destination.bytes");
        let content = Content { bytes, ..content };
        around("destination.put", self.0.put(path, content)).await
    }

    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        around("destination.stat", self.0.stat(path)).await
    }

    fn list(&self) -> BoxStream<'_, Result<Vec<File>>> {
        self.0.list()
    }

    async fn read(&self, path: &ArchivePath, part: Option<Range<u64>>) -> Result<Content> {
        around("destination.read", self.0.read(path, part)).await
    }

    async fn space(&self) -> Result<Space> {
        around("destination.space", self.0.space()).await
    }
}
