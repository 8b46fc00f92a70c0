//! One look over the whole server: facts, gathered by bounded questions.

use std::collections::BTreeMap;

use domain::Result;
use domain::alarm::{Facts, NEWLY_MS, Queue, UNRENEWED_MS, Way};
use domain::schedule::ABSURD_MS;

use super::Watchman;
use super::backlogs::Backlogs;
use super::rooms::Rooms;

/// Nobody reads more of one kind.
pub(super) const MOST: u32 = 1_000;

/// What a process that watches remembers from one look to the next. Not kept:
/// another one that takes over cannot tell at first, and says so.
#[derive(Debug, Default)]
pub struct Seen {
    /// Since when somebody has been seen waiting in the queue without a break,
    /// by the database's clock.
    waiting_since_ms: Option<i64>,
    /// When the digest is tried again that could not be told in a way.
    pub(super) digest_again_ms: BTreeMap<Way, i64>,
    pub(super) rooms: Rooms,
    pub(super) backlogs: Backlogs,
}

impl Seen {
    /// For how long the queue has waited while nobody took anything.
    fn idle_ms(&mut self, queue: Queue, now_ms: i64) -> i64 {
        let since = match (queue.waits_since_ms, self.waiting_since_ms) {
            (None, _) => None,
            (Some(_), Some(since)) if since <= now_ms => Some(since),
            (Some(_), _) => Some(now_ms),
        };
        self.waiting_since_ms = since;
        since.map_or(0, |since| queue.idle_ms(now_ms, since))
    }
}

impl Watchman {
    pub(super) async fn look(&self, seen: &mut Seen) -> Result<Facts> {
        let (store, now_ms) = (self.store.as_ref(), self.now_ms());
        let queue = store.queue().await?;
        let database_ms = store.database_ms().await?;
        let silence_ms = i64::try_from(self.silence.as_millis()).unwrap_or(i64::MAX);
        let before_ms = now_ms.saturating_sub(silence_ms);
        Ok(Facts {
            now_ms,
            silence_ms,
            idle_ms: seen.idle_ms(queue, database_ms),
            ahead_of_database_ms: self.now_ms().saturating_sub(database_ms),
            ahead_of_providers_ms: (self.clocks)(),
            silent: store.silent(before_ms, now_ms + ABSURD_MS, MOST).await?,
            ailing: store.ailing(MOST).await?,
            unrenewed: store.unrenewed(UNRENEWED_MS, MOST).await?,
            full: store.full(MOST).await?,
            rooms: self.rooms(&mut seen.rooms, now_ms).await?,
            backlogs: self.backlogs(&mut seen.backlogs, now_ms).await?,
            quarantined: store.stuck(MOST).await?,
            missing: store.lost(now_ms - NEWLY_MS, MOST).await?,
        })
    }
}
