//! The Alarms port: what stands, who is still to hear of it, and which one
//! process watches.

use std::time::Duration;

use async_trait::async_trait;

use crate::account::AccountId;
use crate::alarm::{Alarm, AlarmKey, Notice, Standing, Way};
use crate::error::Result;

/// Alarms and the news of them. Laws (suite: `testkit::laws::store::alarms`):
/// an Alarm that stands is raised once, however often it is said; whoever heard
/// that it fired hears once that it is over; news is there until it is ended.
#[async_trait]
pub trait Alarms: Send + Sync {
    /// Takes or lengthens the right to watch, one process at a time (by the
    /// database's clock). `false` while another holder has it.
    async fn take_watch(&self, holder: &str, lease: Duration) -> Result<bool>;

    /// Every Alarm that stands, whosever, in the order of their keys.
    async fn alarms(&self) -> Result<Vec<Standing>>;

    /// The Alarms of one company, or those of the server itself (`None`).
    async fn alarms_of(&self, account: Option<&AccountId>) -> Result<Vec<Standing>>;

    /// Says that an Alarm stands. In the same step there is news for each way
    /// that has not heard of it yet. One that stands already keeps its time and
    /// takes the new sentence. Returns whether it is new.
    async fn raise_alarm(&self, alarm: &Alarm, ways: &[Way], now_ms: i64) -> Result<bool>;

    /// Says that an Alarm is over; news for each way that was to hear of it.
    /// Returns whether it stood.
    async fn clear_alarm(&self, key: &AlarmKey, now_ms: i64) -> Result<bool>;

    /// News to be told in this way, oldest first, at most `limit`: what falls
    /// due up to `now_ms`.
    async fn notices(&self, way: Way, now_ms: i64, limit: u32) -> Result<Vec<Notice>>;

    /// News that was told, or is given up. May be repeated.
    async fn end_notices(&self, ids: &[String]) -> Result<()>;

    /// Telling it failed: again at `next_ms`.
    async fn postpone_notices(&self, ids: &[String], next_ms: i64) -> Result<()>;
}
