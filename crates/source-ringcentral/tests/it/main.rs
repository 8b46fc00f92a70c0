//! RingCentral as a Source, over loopback: against the simulated RingCentral
//! and its truth ledger, and against scripted answers that it does not give.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what goes wrong ends the test"
)]

mod egress;
mod export;
mod laws;
mod listing;
mod media;
mod permissions;
mod script;
mod scripted;
mod sign_in;
mod trouble;
mod world;
