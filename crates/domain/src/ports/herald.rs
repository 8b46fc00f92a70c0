//! The Herald port: who carries news to people.

use async_trait::async_trait;

use crate::alarm::{Notice, Way};
use crate::digest::Digest;
use crate::error::Result;

/// Tells people of Alarms. Laws: `tell` returns `Ok` only when the other side
/// took the news over; told twice, it may be heard twice; nothing but the
/// notices, or the digest, goes out.
#[async_trait]
pub trait Herald: Send + Sync {
    /// The ways that are set up.
    fn ways(&self) -> Vec<Way>;

    /// Tells all of this at once, in one of those ways.
    async fn tell(&self, way: Way, notices: &[Notice]) -> Result<()>;

    /// Tells how everything stands, in one of those ways.
    async fn digest(&self, way: Way, digest: &Digest) -> Result<()>;
}
