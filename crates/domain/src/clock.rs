//! The time of day, handed in. Nothing below the binary reads the machine's
//! clock, so a test can run a year in a second.

use jiff::Timestamp;

/// Tells the time of day. Waiting is not its business.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}
