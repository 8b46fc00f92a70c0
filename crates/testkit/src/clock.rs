//! A clock that stands still until a test moves it, or that runs with tokio's
//! (paused) time, so that sleeping and reading the clock agree.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::clock::Clock;
use domain::window::instant;
use jiff::Timestamp;
use tokio::time::Instant;

/// A clock in the hands of a test. Clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Hands>);

#[derive(Debug)]
struct Hands {
    /// Milliseconds since 1970, without what tokio's time adds.
    shown_ms: AtomicI64,
    /// Where tokio's time stood when this clock began to follow it.
    follows: Option<Instant>,
}

impl ManualClock {
    /// Stands still at this time (milliseconds since 1970).
    pub fn at(now_ms: i64) -> ManualClock {
        ManualClock(Arc::new(Hands {
            shown_ms: AtomicI64::new(now_ms),
            follows: None,
        }))
    }

    /// Stands still at the machine's time: for laws that are held against
    /// databases, which have no other.
    #[expect(
        clippy::disallowed_methods,
        reason = "a database's clock is the machine's"
    )]
    pub fn of_the_machine() -> ManualClock {
        ManualClock::at(Timestamp::now().as_millisecond())
    }

    /// Shows this time (milliseconds since 1970) and goes on with tokio's
    /// time from here: under `start_paused`, `tokio::time::sleep` moves it.
    pub fn following_tokio(now_ms: i64) -> ManualClock {
        ManualClock(Arc::new(Hands {
            shown_ms: AtomicI64::new(now_ms),
            follows: Some(Instant::now()),
        }))
    }

    /// Now, milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.0.shown_ms.load(Ordering::SeqCst) + self.0.followed_ms()
    }

    /// Jumps to a time, earlier ones too, as a machine's clock may.
    pub fn set(&self, now_ms: i64) {
        let shown = now_ms - self.0.followed_ms();
        self.0.shown_ms.store(shown, Ordering::SeqCst);
    }

    /// Jumps forward. Sleepers do not notice: they wait for tokio's time.
    pub fn advance(&self, by: Duration) {
        self.0.shown_ms.fetch_add(millis(by), Ordering::SeqCst);
    }
}

impl Hands {
    fn followed_ms(&self) -> i64 {
        self.follows.map_or(0, |since| millis(since.elapsed()))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        instant(self.now_ms())
    }
}

/// A span in whole milliseconds, as the domain counts time.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
