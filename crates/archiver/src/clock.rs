//! The machine's clock: the one place below `main` that reads it.

use domain::clock::Clock;
use jiff::Timestamp;

/// Real time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the real clock, handed to everything else from here"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
