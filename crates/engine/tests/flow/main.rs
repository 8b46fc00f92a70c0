//! The flow against doubles that obey the ports' laws, in paused time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod hour;
mod rig;
mod rows;
mod stop_anywhere;
mod storm;
mod trouble;
