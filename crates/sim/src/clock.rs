//! The simulators' clock: real time plus an offset that a test may push
//! forward. Both products read it, so that a week passes for both at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Time inside the simulation. Cloning shares the clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Milliseconds added to the machine's clock.
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Milliseconds since 1970 (UTC), as the simulated world has it.
    pub fn now_ms(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place of the simulators that reads the machine's clock"
        )]
        let real = jiff::Timestamp::now().as_millisecond();
        real + self.offset_ms.load(Ordering::SeqCst)
    }

    /// Moves the world forward (or back, with a negative number of
    /// milliseconds). Rate windows, token lives and planted delays all move.
    pub fn advance_ms(&self, ms: i64) {
        self.offset_ms.fetch_add(ms, Ordering::SeqCst);
    }
}
