//! What people are shown of a Backup as a whole: its sums, how its run comes
//! along, whether its history rests, and until when the provider keeps what is
//! pending. Pages and runs meet here.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::account::AccountId;
use crate::connection::{Backup, BackupId};
use crate::data_type::DataType;
use crate::error::Result;
use crate::headway::{Headway, Seen};
use crate::ledger::Count;
use crate::retention::Retention;
use crate::window::Window;

/// The sums of all time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// As [`Ledger::counts`](super::Ledger::counts) over all time, with one
    /// difference: a unit whose parts lie on two UTC days counts on both.
    pub counts: BTreeMap<DataType, Count>,
    /// The own time of the oldest pending Entry of a type, milliseconds since
    /// 1970.
    pub oldest: BTreeMap<DataType, i64>,
}

impl Totals {
    /// All types together.
    pub fn sum(&self) -> Count {
        let counts = self.counts.values();
        counts.fold(Count::default(), |sum, &one| sum.plus(one))
    }
}

/// The book for those who look on. Laws: `testkit::laws::store::overview`.
#[async_trait]
pub trait Overview: Send + Sync {
    /// The sums of a Backup. Exact at every moment, and cheap however much is
    /// archived: kept by day, and only days that changed are counted anew.
    async fn totals(&self, account: &AccountId, backup: &Backup) -> Result<Totals>;

    /// Units of a Backup by the UTC day of their own time, for the days that
    /// begin in a window (milliseconds since 1970) and have any. As exact and
    /// as cheap.
    async fn by_day(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<BTreeMap<i64, BTreeMap<DataType, Count>>>;

    /// Writes a run's numbers down, unless those of a later attempt are there.
    async fn keep_headway(
        &self,
        account: &AccountId,
        backup: &BackupId,
        headway: &Headway,
    ) -> Result<()>;

    /// What was written down last.
    async fn headway(&self, account: &AccountId, backup: &BackupId) -> Result<Option<Seen>>;

    /// Lets the history of a Backup rest from this time on (milliseconds since
    /// 1970), or goes on with it (`None`). A Backup that is not there has none.
    async fn rest_history(
        &self,
        account: &AccountId,
        backup: &BackupId,
        since_ms: Option<i64>,
    ) -> Result<()>;

    /// Since when its history rests.
    async fn history_rests(&self, account: &AccountId, backup: &BackupId) -> Result<Option<i64>>;

    /// Keeps what the provider told of how long it keeps data. Replaces what
    /// it told before.
    async fn keep_retention(
        &self,
        account: &AccountId,
        retention: &Retention,
        now_ms: i64,
    ) -> Result<()>;

    /// What it told last, and when that was (milliseconds since 1970).
    async fn retention(&self, account: &AccountId) -> Result<Option<(Retention, i64)>>;
}
