//! The laws of each port as suites, in-memory doubles that obey them, and
//! planted faults. Only ever a dev-dependency.
//!
//! A double obeys the laws or does not exist: this crate's own tests run the
//! suites against [`memory`], each adapter's tests run them against itself.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: a broken law, a poisoned lock or a wrong script ends the test"
)]

pub mod builders;
pub mod clock;
mod dice;
pub mod faulty;
pub mod fuzz;
pub mod hand_over;
pub mod laws;
pub mod memory;
pub mod samples;

pub use clock::ManualClock;
