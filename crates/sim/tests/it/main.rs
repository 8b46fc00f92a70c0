//! The simulated RingCentral, asked over HTTP as any client asks it.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail their test where they stand"
)]

mod call_log;
mod content;
mod faults;
mod limits;
mod media;
mod messages;
mod oauth;
mod permissions;
mod reports;
mod rig;
mod world;
