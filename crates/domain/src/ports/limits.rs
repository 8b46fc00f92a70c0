//! What processes must agree on before they send: the budgets and penalties
//! of the providers' rate limits, and rights that one of them has at a time.

use std::time::Duration;

use async_trait::async_trait;

use crate::allowance::{Inquiry, RateKey, Told};
use crate::error::Result;

/// The book that all processes share. It belongs to the server, not to a
/// company, and holds ids only.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Asks for places in a rate group and tells what became of former ones;
    /// one inquiry after the other for a key, by the database's clock.
    async fn inquire(&self, key: &RateKey, inquiry: &Inquiry) -> Result<Told>;

    /// The penalties that run now, and how long still.
    async fn penalties(&self) -> Result<Vec<(RateKey, Duration)>>;

    /// Takes a right by its name for a lease, or lengthens the lease of its
    /// holder. `false` while somebody else has it or stood in the queue
    /// before: `holder` stands in it now and asks again, at least every second.
    async fn take_right(&self, name: &str, holder: &str, lease: Duration) -> Result<bool>;

    /// Gives a right back, or leaves the queue.
    async fn end_right(&self, name: &str, holder: &str) -> Result<()>;
}
