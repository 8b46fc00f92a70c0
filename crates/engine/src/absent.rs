//! An end that cannot be made (its app's keys are not set, its grant is not
//! there): it answers everything with the reason. So a run needs no second
//! way through.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use domain::account::{Extension, ExtensionId};
use domain::archive_path::ArchivePath;
use domain::content::Content;
use domain::item::Item;
use domain::ledger::Receipt;
use domain::ports::destination::{File, Owner};
use domain::ports::{Ask, Destination, Page, Permission, Source, Space, Viewer};
use domain::retention::Retention;
use domain::{Error, Result};
use futures::stream::{self, BoxStream, StreamExt};

/// Why there is no such end.
pub(crate) struct Absent(Error);

/// The source, or its absence.
pub(crate) fn source(made: Result<Arc<dyn Source>>) -> Arc<dyn Source> {
    made.unwrap_or_else(|error| Arc::new(Absent(error)))
}

/// The destination, or its absence.
pub(crate) fn destination(made: Result<Arc<dyn Destination>>) -> Arc<dyn Destination> {
    made.unwrap_or_else(|error| Arc::new(Absent(error)))
}

impl Absent {
    fn why<T>(&self) -> Result<T> {
        Err(self.0.clone())
    }
}

#[async_trait]
impl Source for Absent {
    async fn viewer(&self) -> Result<Viewer> {
        self.why()
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        self.why()
    }

    async fn permissions(&self, _: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        self.why()
    }

    async fn retention(&self) -> Result<Retention> {
        self.why()
    }

    fn list<'a>(&'a self, _: &'a Ask) -> BoxStream<'a, Result<Page>> {
        stream::iter([self.why()]).boxed()
    }

    async fn open(&self, _: &Item) -> Result<Content> {
        self.why()
    }
}

#[async_trait]
impl Destination for Absent {
    async fn owner(&self) -> Result<Owner> {
        self.why()
    }

    async fn prepare(&self) -> Result<()> {
        self.why()
    }

    async fn put(&self, _: &ArchivePath, _: Content) -> Result<Receipt> {
        self.why()
    }

    async fn stat(&self, _: &ArchivePath) -> Result<Option<Receipt>> {
        self.why()
    }

    fn list(&self) -> BoxStream<'_, Result<Vec<File>>> {
        stream::iter([self.why()]).boxed()
    }

    async fn read(&self, _: &ArchivePath, _: Option<Range<u64>>) -> Result<Content> {
        self.why()
    }

    async fn space(&self) -> Result<Space> {
        self.why()
    }
}
