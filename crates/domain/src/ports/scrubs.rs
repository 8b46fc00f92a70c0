//! How far the care for an archive is, and what the provider listed day by
//! day.

use std::time::Duration;

use async_trait::async_trait;

use crate::account::AccountId;
use crate::census::CensusDay;
use crate::connection::BackupId;
use crate::error::Result;
use crate::scrub::Scrub;
use crate::window::Window;

/// A Backup whose turn to be scrubbed it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrubbed {
    /// Whose it is.
    pub account: AccountId,
    /// Which.
    pub backup: BackupId,
    /// How far it is.
    pub scrub: Scrub,
}

/// The book of Scrubs and of the Census. Laws: `testkit::laws::store::scrubs`.
#[async_trait]
pub trait Scrubs: Send + Sync {
    /// The Backup that has waited longest to be scrubbed, of those that are ON
    /// and connected by people: it is the holder's for a lease. One that waits
    /// until after `absurd_ms` was planned under a wrong clock and is due, too.
    async fn claim_scrub(
        &self,
        holder: &str,
        lease: Duration,
        now_ms: i64,
        absurd_ms: i64,
    ) -> Result<Option<Scrubbed>>;

    /// Lengthens the lease. `false`: it is somebody else's.
    async fn beat_scrub(
        &self,
        account: &AccountId,
        backup: &BackupId,
        holder: &str,
        lease: Duration,
    ) -> Result<bool>;

    /// Keeps how far it is, while the lease is the holder's. `due_ms`: the
    /// lease is given back, and the next turn is then. Returns whether it was
    /// kept.
    async fn keep_scrub(
        &self,
        account: &AccountId,
        backup: &BackupId,
        holder: &str,
        scrub: &Scrub,
        due_ms: Option<i64>,
    ) -> Result<bool>;

    /// How far it is.
    async fn scrub(&self, account: &AccountId, backup: &BackupId) -> Result<Scrub>;

    /// Keeps what the provider listed of these days, unless it was listed
    /// later, but not by more than two hours: then a clock was wrong.
    async fn keep_census(
        &self,
        account: &AccountId,
        backup: &BackupId,
        days: &[CensusDay],
    ) -> Result<()>;

    /// The days that begin in a window, oldest first.
    async fn census(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<CensusDay>>;
}
