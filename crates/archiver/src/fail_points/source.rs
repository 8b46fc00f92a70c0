//! Where items come from, with fail-points: also around each page of a listing
//! and each piece of a content.

use async_trait::async_trait;
use domain::Result;
use domain::account::{Extension, ExtensionId};
use domain::content::Content;
use domain::item::Item;
use domain::ports::{Ask, Page, Permission, Source, Viewer};
use domain::retention::Retention;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::{Watched, around, pass};

/// The names.
pub(super) const NAMES: &[&str] = &[
    "source.viewer",
    "source.extensions",
    "source.permissions",
    "source.retention",
    "source.list",
    "source.page",
    "source.open",
    "source.bytes",
];

#[async_trait]
impl Source for Watched<dyn Source> {
    async fn viewer(&self) -> Result<Viewer> {
        around("source.viewer", self.0.viewer()).await
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        around("source.extensions", self.0.extensions()).await
    }

    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        around("source.permissions", self.0.permissions(of)).await
    }

    async fn retention(&self) -> Result<Retention> {
        around("source.retention", self.0.retention()).await
    }

    fn list<'a>(&'a self, ask: &'a Ask) -> BoxStream<'a, Result<Page>> {
        pass("source.list", "before");
        let pages = between(self.0.list(ask), "source.page");
        let end = futures::stream::poll_fn(|_| {
            pass("source.list", "after");
            std::task::Poll::Ready(None)
        });
        pages.chain(end).boxed()
    }

    async fn open(&self, item: &Item) -> Result<Content> {
        let content = around("source.open", self.0.open(item)).await?;
        let bytes = between(content.bytes, "source.bytes").boxed();
        Ok(Content { bytes, ..content })
    }
}

/// A stream whose every piece comes between two fail-points.
pub(super) fn between<'a, T: Send + 'a>(
    mut all: BoxStream<'a, T>,
    name: &'static str,
) -> BoxStream<'a, T> {
    let mut asked = false;
    futures::stream::poll_fn(move |context| {
        if !asked {
            asked = true;
            pass(name, "before");
        }
        let piece = all.poll_next_unpin(context);
        if let std::task::Poll::Ready(Some(_)) = &piece {
            asked = false;
            pass(name, "after");
        }
        piece
    })
    .boxed()
}
