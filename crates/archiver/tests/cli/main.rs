//! The binary as a user meets it: real processes, real HTTP to the
//! simulators, a real SQLite file.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod adopt;
mod audit;
mod backup;
mod bad_input;
#[cfg(target_os = "linux")]
mod browser;
#[cfg(target_os = "linux")]
mod canaries;
mod coverage;
mod database;
mod evidence;
mod export;
mod rig;
#[cfg(target_os = "linux")]
mod serve;
#[cfg(target_os = "linux")]
mod stop;
#[cfg(target_os = "linux")]
mod tap;
mod verify;
#[cfg(target_os = "linux")]
mod watch;
#[cfg(target_os = "linux")]
mod workers;
