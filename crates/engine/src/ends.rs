//! What the flow is given to work with: the ports, the clock and the rhythm.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::ports::{Destination, Source, Store};

/// How patient the flow is. Configuration, not policy: the rules are in
/// [`crate::retry`].
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// The first wait after a failed try; it doubles from there.
    pub first_wait: Duration,
    /// The longest wait while something is likely to heal by itself.
    pub longest_wait: Duration,
    /// The wait of the slow lane, for what has failed often. Nothing is ever
    /// given up while the provider still has it.
    pub slow_lane: Duration,
    /// How long a run waits for something that is not due yet before it ends.
    pub patience: Duration,
    /// How long a worker's right to a Backup lasts without a sign of life.
    pub lease: Duration,
    /// How long a scheduled run works before others have their turn.
    pub stint: Duration,
    /// How often a scheduled run looks whether it is still wanted.
    pub watch_every: Duration,
    /// How many contents are fetched at once.
    pub fetches: usize,
    /// How many items are on their way at once: those that are fetched, and
    /// those whose bytes are at the destination and not vouched for yet.
    pub in_flight: usize,
    /// How many lanes are listed at once.
    pub lanes_at_once: usize,
}

impl Default for Rhythm {
    fn default() -> Rhythm {
        Rhythm {
            first_wait: Duration::from_secs(5),
            longest_wait: Duration::from_mins(15),
            slow_lane: Duration::from_hours(6),
            patience: Duration::from_mins(1),
            lease: Duration::from_secs(30),
            stint: Duration::from_mins(5),
            watch_every: Duration::from_millis(300),
            fetches: 12,
            in_flight: 768,
            lanes_at_once: 4,
        }
    }
}

/// The two ends of the flow, its memory and its time.
#[derive(Clone)]
pub struct Ends {
    /// Where items come from.
    pub source: Arc<dyn Source>,
    /// Where they go.
    pub destination: Arc<dyn Destination>,
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How patient to be.
    pub rhythm: Rhythm,
}

impl Ends {
    /// Now, milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}
