//! A folder on disk under the laws of a Destination, and under what only a
//! disk does.

#![expect(
    clippy::unwrap_used,
    reason = "in a test an unexpected failure ends the test"
)]

mod archive;
mod crash;
mod disk;
mod laws;
mod names;
mod root;
