//! A watchman: looks over the whole server once a minute, one process at a
//! time, raises and clears Alarms, and has people told of them. What stands is
//! decided in [`domain::alarm`]; here it is only looked, kept and told.

mod backlogs;
mod digest;
mod look;
mod rooms;

use std::sync::Arc;
use std::time::Duration;

use domain::Result;
use domain::alarm::{Notice, Way};
use domain::clock::Clock;
use domain::digest::Every;
use domain::ports::{Herald, Providers, Store};
use domain::window::DAY_MS;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use digest::digest;
pub use look::Seen;

/// How often it looks.
const EVERY: Duration = Duration::from_mins(1);
/// How long the watch is another's after the last look of who had it.
const LEASE: Duration = Duration::from_mins(3);
/// News that is told at once.
const AT_ONCE: u32 = 100;
/// The longest wait before news is told again.
const LONGEST_MS: i64 = 60 * 60_000;
/// News that nobody took for so long is given up.
const GIVE_UP_MS: i64 = 7 * DAY_MS;

/// Each provider's name, with how far this machine's clock is ahead of its,
/// milliseconds.
pub type Clocks = Arc<dyn Fn() -> Vec<(String, i64)> + Send + Sync>;

/// What a watchman is given.
pub struct Watchman {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// Where destinations come from, to ask for their room.
    pub providers: Arc<dyn Providers>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What time it is elsewhere.
    pub clocks: Clocks,
    /// Who tells people.
    pub herald: Arc<dyn Herald>,
    /// Who it is: no two processes have the same name.
    pub name: String,
    /// So long a Backup may be silent.
    pub silence: Duration,
    /// How often people are told how everything stands; `None`: never.
    pub digest: Option<Every>,
    /// Cancelled when it is to stop.
    pub stop: CancellationToken,
}

impl Watchman {
    /// Watches until it is told to stop.
    pub async fn watch(self) {
        let mut seen = Seen::default();
        loop {
            if let Err(error) = self.round(&mut seen).await {
                tracing::warn!(kind = error.kind().word(), "the watch saw nothing");
            }
            tokio::select! {
                () = sleep(EVERY) => {}
                () = self.stop.cancelled() => {
                    // Given back: a lease that is over at once.
                    let over = self.store.take_watch(&self.name, Duration::ZERO);
                    let _ = over.await;
                    return;
                }
            }
        }
    }

    /// One round: looks, keeps and tells, if it is this process's watch.
    /// Returns whether it is.
    pub async fn round(&self, seen: &mut Seen) -> Result<bool> {
        if !self.store.take_watch(&self.name, LEASE).await? {
            *seen = Seen::default();
            return Ok(false);
        }
        let facts = self.look(seen).await?;
        let before = self.store.alarms().await?;
        let changes = facts.judge().since(&before);
        let ways = self.herald.ways();
        for key in &changes.clear {
            self.store.clear_alarm(key, facts.now_ms).await?;
            tracing::info!(alarm = key.kind.word(), "an alarm is over");
        }
        for alarm in &changes.raise {
            if self.store.raise_alarm(alarm, &ways, facts.now_ms).await? {
                tracing::warn!(alarm = alarm.key.kind.word(), "an alarm fired");
            }
        }
        for way in ways {
            self.tell(way).await?;
            self.tell_digest(way, seen).await?;
        }
        Ok(true)
    }

    /// Tells what is to be told, oldest first. What could not be told holds up
    /// what came after it: nobody shall hear that something is over before
    /// that it began.
    async fn tell(&self, way: Way) -> Result<()> {
        loop {
            let now_ms = self.now_ms();
            let due = self.store.notices(way, now_ms, AT_ONCE).await?;
            let first = self.store.notices(way, i64::MAX, 1).await?;
            let Some(oldest) = due.first().filter(|it| Some(*it) == first.first()) else {
                return Ok(());
            };
            let ids: Vec<String> = due.iter().map(|it| it.id.clone()).collect();
            let Err(error) = self.herald.tell(way, &due).await else {
                self.store.end_notices(&ids).await?;
                continue;
            };
            let (way, kind) = (way.word(), error.kind().word());
            tracing::warn!(way, kind, "an alarm could not be told");
            if now_ms - oldest.at_ms > GIVE_UP_MS {
                let old = too_old(&due, now_ms);
                self.store.end_notices(&old).await?;
            }
            let again_ms = now_ms + wait_ms(oldest.tries);
            return self.store.postpone_notices(&ids, again_ms).await;
        }
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

fn too_old(due: &[Notice], now_ms: i64) -> Vec<String> {
    let old = due.iter().filter(|it| now_ms - it.at_ms > GIVE_UP_MS);
    old.map(|it| it.id.clone()).collect()
}

/// Doubles from a minute.
fn wait_ms(tries: u32) -> i64 {
    (60_000 << tries.min(6)).min(LONGEST_MS)
}
