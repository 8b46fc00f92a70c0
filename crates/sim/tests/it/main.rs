//! The simulated RingCentral, asked over HTTP as any client asks it.

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
