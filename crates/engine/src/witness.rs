//! A Source that listens to what it lists: which items the Ledger did not know
//! before. What wraps a port is a port.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::Result;
use domain::account::{Extension, ExtensionId};
use domain::connection::Backup;
use domain::content::Content;
use domain::item::{Item, ItemId};
use domain::ports::{Ask, Page, Permission, Source, Store, Viewer};
use futures::stream::{BoxStream, StreamExt};

use crate::ends::Ends;
use crate::verify::NAMED;

/// The source, and what it said.
pub(crate) struct Witness {
    source: Arc<dyn Source>,
    store: Arc<dyn Store>,
    backup: Backup,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// Hashes, so that a million items are a few megabytes.
    items: HashSet<u64>,
    /// With their own times, milliseconds since 1970.
    unknown: Vec<(ItemId, i64)>,
}

impl Witness {
    /// Has heard nothing yet.
    pub(crate) fn new(ends: &Ends, backup: &Backup) -> Witness {
        Witness {
            source: Arc::clone(&ends.source),
            store: Arc::clone(&ends.store),
            backup: backup.clone(),
            heard: Mutex::default(),
        }
    }

    /// Different items so far.
    pub(crate) fn items(&self) -> u64 {
        self.heard().items.len() as u64
    }

    /// The items that the Ledger did not know, with their own times.
    pub(crate) fn unknown(&self) -> Vec<(ItemId, i64)> {
        std::mem::take(&mut self.heard().unknown)
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before anybody notes the page.
    async fn hear(&self, page: &Page) -> Result<()> {
        let fresh: Vec<&Item> = {
            let mut heard = self.heard();
            let items = page.sightings.iter().map(|it| &it.item);
            items
                .filter(|item| heard.items.insert(hash(&item.id)))
                .collect()
        };
        let ids: Vec<ItemId> = fresh.iter().map(|it| it.id.clone()).collect();
        let (account, at) = (&self.backup.account, &self.backup.destination);
        let standing = self.store.standing(account, at, &ids).await?;
        let mut heard = self.heard();
        for (item, known) in fresh.into_iter().zip(standing) {
            if known.is_none() && heard.unknown.len() < NAMED {
                heard.unknown.push((item.id.clone(), item.at_ms));
            }
        }
        Ok(())
    }
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

#[async_trait]
impl Source for Witness {
    async fn viewer(&self) -> Result<Viewer> {
        self.source.viewer().await
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        self.source.extensions().await
    }

    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        self.source.permissions(of).await
    }

    fn list<'a>(&'a self, ask: &'a Ask) -> BoxStream<'a, Result<Page>> {
        let pages = self.source.list(ask);
        pages
            .then(move |page| async move {
                let page = page?;
                self.hear(&page).await?;
                Ok(page)
            })
            .boxed()
    }

    async fn open(&self, item: &Item) -> Result<Content> {
        self.source.open(item).await
    }
}
