//! A Destination with planted faults.

use async_trait::async_trait;
use domain::archive_path::ArchivePath;
use domain::content::Content;
use domain::ledger::Receipt;
use domain::ports::destination::Owner;
use domain::ports::{Destination, Space};
use domain::{Kind, Result};

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

    async fn space(&self) -> Result<Space> {
        self.call("space", Kind::Unavailable, self.inner.space())
            .await
    }
}
