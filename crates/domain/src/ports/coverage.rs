//! What the COVERAGE page reads: whose data is archived since when and up to
//! when, which spans were listed, and what the provider does not let us see.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::account::{AccountId, ExtensionId};
use crate::connection::{Backup, BackupId};
use crate::coverage::{Cover, Hidden, Lost, Reached};
use crate::data_type::DataType;
use crate::error::Result;
use crate::ledger::Count;
use crate::task::Listing;
use crate::window::Window;

/// Coverage. Laws: `testkit::laws::store::coverage`.
#[async_trait]
pub trait Coverage: Send + Sync {
    /// What the Ledger has of each person and type that it has anything of, in
    /// the order of their ids; nobody in particular comes first. Exact. Days
    /// that changed are counted anew; the rest is a sum over one row for each
    /// day, person and type.
    async fn coverage(&self, account: &AccountId, backup: &Backup) -> Result<Vec<Cover>>;

    /// As [`Overview::by_day`](super::Overview::by_day), of one person alone.
    async fn days_of_person(
        &self,
        account: &AccountId,
        backup: &Backup,
        person: Option<&ExtensionId>,
        window: Window,
    ) -> Result<BTreeMap<i64, BTreeMap<DataType, Count>>>;

    /// How far the listing of each row is that overlaps the window, oldest
    /// first; without counts, so a year costs little. It does not look at
    /// clocks that ran ahead ([`Listing::reached`]).
    async fn listings(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<(Window, Listing)>>;

    /// Every mark of the Backup, by lane and type.
    async fn marks(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Reached>>;

    /// Keeps what of these lanes (by their keys) the provider does not let us
    /// see: a lane that is not among `hidden` can be seen. Since when is kept
    /// from the first time.
    async fn keep_hidden(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lanes: &[String],
        hidden: &[Hidden],
    ) -> Result<()>;

    /// Everything that is hidden, by lane.
    async fn hidden(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Hidden>>;

    /// Why items are missing, by person, type and cause; those of most files
    /// first, so many at most.
    async fn lost_by_cause(
        &self,
        account: &AccountId,
        backup: &Backup,
        limit: u32,
    ) -> Result<Vec<Lost>>;

    /// Who is no longer in the company, and since when that is known,
    /// milliseconds since 1970.
    async fn leavers(&self, account: &AccountId) -> Result<BTreeMap<ExtensionId, i64>>;
}
