//! The flow against doubles that obey the ports' laws, in paused time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod clocks;
mod downtime;
mod evidence;
mod export;
mod fairness;
mod for_ever;
mod hour;
mod hourly;
mod onlookers;
mod places;
mod rig;
mod rows;
mod scrub;
mod server;
mod stop_anywhere;
mod storm;
mod swarm;
mod trouble;
mod verify;
mod walks;
mod watch;
