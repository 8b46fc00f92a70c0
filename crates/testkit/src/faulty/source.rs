//! A Source with planted faults.

use async_trait::async_trait;
use domain::account::{Extension, ExtensionId};
use domain::content::Content;
use domain::item::Item;
use domain::ports::{Ask, Page, Permission, Source, Viewer};
use domain::retention::Retention;
use domain::{Kind, Result};
use futures::stream::BoxStream;
use futures::{StreamExt, future, stream};

use super::{Fate, Faulty, planted};

#[async_trait]
impl<S: Source> Source for Faulty<S> {
    async fn viewer(&self) -> Result<Viewer> {
        self.call("viewer", Kind::Unavailable, self.inner.viewer())
            .await
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        self.call("extensions", Kind::Unavailable, self.inner.extensions())
            .await
    }

    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        self.call("permissions", Kind::Unavailable, self.inner.permissions(of))
            .await
    }

    async fn retention(&self) -> Result<Retention> {
        self.call("retention", Kind::Unavailable, self.inner.retention())
            .await
    }

    fn list<'a>(&'a self, ask: &'a Ask) -> BoxStream<'a, Result<Page>> {
        let fault = stream::iter([Err(planted(Kind::Unavailable))]);
        match self.next("list") {
            Fate::Good => self.inner.list(ask),
            Fate::Before => fault.boxed(),
            Fate::Torn(at) => {
                let pages = self.inner.list(ask).take(few(at));
                until_error(pages.chain(fault).boxed())
            }
            Fate::After => until_error(self.inner.list(ask).chain(fault).boxed()),
        }
    }

    async fn open(&self, item: &Item) -> Result<Content> {
        match self.next("open") {
            Fate::Good => self.inner.open(item).await,
            Fate::Before | Fate::After => Err(planted(Kind::Unavailable)),
            Fate::Torn(at) => Ok(torn(self.inner.open(item).await?, at)),
        }
    }
}

/// The content, broken off with an error after a few chunks: at the latest
/// after its end.
pub(super) fn torn(content: Content, at: u64) -> Content {
    let fault = stream::iter([Err(planted(Kind::Incomplete))]);
    let bytes = content.bytes.take(few(at)).chain(fault).boxed();
    Content {
        bytes: until_error(bytes),
        ..content
    }
}

/// Nothing comes after an error, also when the inner one was first.
fn until_error<'a, T: Send + 'a>(all: BoxStream<'a, Result<T>>) -> BoxStream<'a, Result<T>> {
    let mut ended = false;
    all.take_while(move |it| {
        let goes_on = !ended;
        ended |= it.is_err();
        future::ready(goes_on)
    })
    .boxed()
}

/// Zero to seven.
fn few(at: u64) -> usize {
    usize::from(at.to_le_bytes()[0] % 8)
}
