//! The simulated Dropbox over real HTTP on loopback, held against the Stone
//! files and quoted answers of the live service.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test that calls them"
)]

mod batches;
mod faults;
mod front;
mod limits;
mod listing;
mod oauth;
mod reading;
mod refusals;
mod rig;
mod sessions;
mod writes;
