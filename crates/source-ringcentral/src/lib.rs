//! RingCentral as a Source: its listings as Items, its bytes as Content, its
//! errors as verdicts. Archives nothing by itself and knows no destination.

mod addresses;
mod app;
mod asked;
mod call_log;
mod export;
#[cfg(test)]
mod fuzz_tests;
mod grants;
mod judge;
mod listing;
mod media;
mod message_store;
mod options;
mod party;
mod people;
mod permissions;
mod profile;
mod retention;
mod sign_in;
mod source;
mod task;
mod unzip;
mod walk;
mod wire;

pub use options::Options;
pub use sign_in::RingCentralSignIn;
pub use source::{Credential, RingCentral};
