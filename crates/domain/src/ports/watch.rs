//! The Watch port: what whoever watches over the whole server must see.
//! Exceptions and sums, never a book read through.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::account::AccountId;
use crate::alarm::{Ailing, Heap, Queue, Silent, Unrenewed};
use crate::data_type::DataType;
use crate::error::Result;
use crate::ledger::DestinationId;

/// What is pending on the whole server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PendingSum {
    /// How many Entries, by the word of their reason; none with zero.
    pub by_reason: BTreeMap<String, u64>,
    /// The own time of the oldest, milliseconds since 1970.
    pub oldest_ms: Option<i64>,
}

/// Looks over all companies at once. Each list is cut off at `limit`, what is
/// worst first. Laws: suite `testkit::laws::store::watch`.
#[async_trait]
pub trait Watch: Send + Sync {
    /// What time the database thinks it is, milliseconds since 1970.
    async fn database_ms(&self) -> Result<i64>;

    /// How long the queue of companies has been waiting.
    async fn queue(&self) -> Result<Queue>;

    /// Scheduled Backups that were switched ON, and last succeeded, before
    /// `before_ms`; or after `beyond_ms`, which only a wrong clock can have
    /// written down.
    async fn silent(&self, before_ms: i64, beyond_ms: i64, limit: u32) -> Result<Vec<Silent>>;

    /// Dead grants of Connections that are connected, an end each.
    async fn ailing(&self, limit: u32) -> Result<Vec<Ailing>>;

    /// Source grants of connected Connections that were kept longer ago than
    /// this, milliseconds by the database's clock.
    async fn unrenewed(&self, longer_ms: i64, limit: u32) -> Result<Vec<Unrenewed>>;

    /// Destinations at which Entries wait for room.
    async fn full(&self, limit: u32) -> Result<Vec<Heap>>;

    /// Pending Entries that have failed 8 times or more, by Destination.
    async fn stuck(&self, limit: u32) -> Result<Vec<Heap>>;

    /// Entries that were settled as missing at `since_ms` or later, by
    /// Destination.
    async fn lost(&self, since_ms: i64, limit: u32) -> Result<Vec<Heap>>;

    /// Destinations with ready Entries of before this.
    async fn behind(&self, before_ms: i64) -> Result<Vec<(AccountId, DestinationId)>>;

    /// How many Entries of a Destination and one type are ready whose own time
    /// lies before this; counted up to `limit`.
    async fn ready_before(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        of: DataType,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64>;

    /// What is pending; each reason is counted up to `limit`.
    async fn pending(&self, limit: u32) -> Result<PendingSum>;
}
