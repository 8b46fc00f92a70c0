//! Finding what is archived, and the questions that people keep.

use async_trait::async_trait;

use crate::account::{AccountId, ExtensionId};
use crate::connection::Backup;
use crate::error::Result;
use crate::search::{Found, Place, Query};

/// A question that somebody kept under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFilter {
    /// What they call it.
    pub name: String,
    /// As it stands in an address after the question mark.
    pub query: String,
}

/// What is looked for. An Item is found as soon as it is noted, with what is
/// known of it then, and stays found whatever becomes of it at the provider.
#[async_trait]
pub trait Finds: Send + Sync {
    /// A page of a Backup's Items, newest first: those before a place, or all;
    /// at most `limit`. Nothing that is typed into a Query is an error: what
    /// nothing can answer finds nothing.
    async fn find(
        &self,
        account: &AccountId,
        backup: &Backup,
        query: &Query,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Found>;

    /// What somebody kept, in the order of the names.
    async fn filters(&self, account: &AccountId, viewer: &ExtensionId) -> Result<Vec<SavedFilter>>;

    /// Keeps a question under its name, in the place of another of that name.
    /// `false`: they keep so many already ([`MOST_FILTERS`]) that nothing was
    /// done.
    async fn keep_filter(
        &self,
        account: &AccountId,
        viewer: &ExtensionId,
        filter: &SavedFilter,
    ) -> Result<bool>;

    /// Forgets one; `false`: there was none.
    async fn drop_filter(
        &self,
        account: &AccountId,
        viewer: &ExtensionId,
        name: &str,
    ) -> Result<bool>;
}

/// How many filters one person keeps.
pub const MOST_FILTERS: usize = 50;
