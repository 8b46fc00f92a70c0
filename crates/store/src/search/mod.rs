//! Finding: what is noted is indexed in the same transaction, and found from
//! the moment of its commit. `words` is the one place where the two databases
//! differ; `find` asks, `keep` writes, `filters` is what people keep, `parts` takes one thing from the shelf.

mod filters;
mod find;
mod keep;
mod parts;
mod words;

use async_trait::async_trait;
use domain::Result;
use domain::account::{AccountId, ExtensionId};
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::holding::Holding;
use domain::ports::{Finds, SavedFilter, Shelves};
use domain::search::{Found, Place, Query};

use crate::database::Database;

pub(crate) use keep::{fill, keep, keep_known};
pub(crate) use words::of_one;

/// The SQL of this book, leaf by leaf.
pub(crate) const ALL: [&[(&str, &str)]; 4] = [filters::ALL, find::ALL, keep::ALL, parts::ALL];

#[async_trait]
impl Finds for Database {
    async fn find(
        &self,
        account: &AccountId,
        backup: &Backup,
        query: &Query,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Found> {
        self.attempt("looking for what is archived", || {
            self.find_page(account, backup, query, before, limit)
        })
        .await
    }

    async fn filters(&self, account: &AccountId, viewer: &ExtensionId) -> Result<Vec<SavedFilter>> {
        self.attempt("reading saved filters", || {
            self.all_filters(account, viewer)
        })
        .await
    }

    async fn keep_filter(
        &self,
        account: &AccountId,
        viewer: &ExtensionId,
        filter: &SavedFilter,
    ) -> Result<bool> {
        self.attempt("saving a filter", || {
            self.put_filter(account, viewer, filter)
        })
        .await
    }

    async fn drop_filter(
        &self,
        account: &AccountId,
        viewer: &ExtensionId,
        name: &str,
    ) -> Result<bool> {
        self.attempt("deleting a saved filter", || {
            self.end_filter(account, viewer, name)
        })
        .await
    }
}

#[async_trait]
impl Shelves for Database {
    async fn parts(
        &self,
        account: &AccountId,
        backup: &Backup,
        of: DataType,
        unit: &str,
    ) -> Result<Vec<Holding>> {
        self.attempt("reading what is archived", || {
            self.parts_of(account, backup, of, unit)
        })
        .await
    }
}
