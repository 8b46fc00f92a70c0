//! Where a grant is kept, with fail-points. Together with the calls of the
//! token endpoint these are the places of a refresh.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Result;
use domain::grant::{Grant, Provider};
use outbound::{Keeper, Turn};

use super::around;

/// The names.
pub(super) const NAMES: &[&str] = &[
    "keeper.source.load",
    "keeper.source.keep",
    "keeper.source.turn",
    "keeper.destination.load",
    "keeper.destination.keep",
    "keeper.destination.turn",
];

/// One end's.
pub(super) struct Watched {
    pub(super) end: Provider,
    pub(super) inner: Arc<dyn Keeper>,
}

impl Watched {
    fn name(&self, what: &str) -> String {
        format!("keeper.{}.{what}", self.end.word())
    }
}

#[async_trait]
impl Keeper for Watched {
    async fn load(&self) -> Result<Option<Grant>> {
        around(&self.name("load"), self.inner.load()).await
    }

    async fn keep(&self, old: Option<&Grant>, grant: &Grant) -> Result<()> {
        around(&self.name("keep"), self.inner.keep(old, grant)).await
    }

    async fn turn(&self) -> Result<Turn> {
        around(&self.name("turn"), self.inner.turn()).await
    }
}
