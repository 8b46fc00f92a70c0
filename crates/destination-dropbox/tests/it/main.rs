//! Dropbox as a Destination, against the simulated Dropbox over loopback.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: what goes wrong ends the test"
)]

mod cancel;
mod commits;
mod counts;
mod faults;
mod judged;
mod large;
mod laws;
mod sign_in;
mod world;
