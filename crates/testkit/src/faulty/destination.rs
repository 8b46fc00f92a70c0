//! A Destination with planted faults.

use std::ops::Range;

use async_trait::async_trait;
use domain::archive_path::ArchivePath;
use domain::content::Content;
use domain::ledger::Receipt;
use domain::ports::destination::{File, Owner};
use domain::ports::{Destination, Space};
use domain::{Kind, Result};
use futures::stream::{self, BoxStream, StreamExt};

use super::source::torn;
use super::{Fate, Faulty, planted};

#[async_trait]
impl<D: Destination> Destination for Faulty<D> {
    async fn owner(&self) -> Result<Owner> {
        self.call("owner", Kind::Unavailable, self.inner.owner())
            .await
    }

    async fn prepare(&self) -> Result<()> {
        self.call("prepare", Kind::Unavailable, self.inner.prepare())
            .await
    }

    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt> {
        match self.next("put") {
            Fate::Good => self.inner.put(path, content).await,
            Fate::Before => Err(planted(Kind::Unavailable)),
            Fate::Torn(at) => self.inner.put(path, torn(content, at)).await,
            Fate::After => {
                let told = self.inner.put(path, content).await;
                told.and(Err(planted(Kind::Unavailable)))
            }
        }
    }

    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        self.call("stat", Kind::Unavailable, self.inner.stat(path))
            .await
    }

    fn list(&self) -> BoxStream<'_, Result<Vec<File>>> {
        match self.next("list") {
            Fate::Good => self.inner.list(),
            Fate::Before => stream::iter([Err(planted(Kind::Unavailable))]).boxed(),
            // Some of it, then an error.
            Fate::Torn(_) | Fate::After => {
                let some = self.inner.list().take(1);
                some.chain(stream::iter([Err(planted(Kind::Unavailable))]))
                    .boxed()
            }
        }
    }

    async fn read(&self, path: &ArchivePath, part: Option<Range<u64>>) -> Result<Content> {
        match self.next("read") {
            Fate::Good => self.inner.read(path, part).await,
            Fate::Torn(at) => Ok(torn(self.inner.read(path, part).await?, at)),
            Fate::Before | Fate::After => Err(planted(Kind::Unavailable)),
        }
    }

    async fn space(&self) -> Result<Space> {
        self.call("space", Kind::Unavailable, self.inner.space())
            .await
    }
}
