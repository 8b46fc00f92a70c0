//! The words and the ports of Archiver. Pure: no runtime, clock, disk,
//! network, SQL or environment; time and randomness are handed in.
//!
//! One noun, one file; the same word in code, SQL, URL, page and log.

pub mod account;
pub mod alarm;
pub mod allowance;
pub mod archive_path;
pub mod audit;
pub mod call;
pub mod census;
pub mod clock;
pub mod connection;
pub mod content;
pub mod coverage;
pub mod csv;
pub mod data_type;
pub mod digest;
pub mod error;
pub mod event;
pub mod export;
pub mod grant;
pub mod headway;
pub mod holding;
mod id;
pub mod item;
pub mod lane;
pub mod ledger;
pub mod manifest;
pub mod media;
pub mod original;
pub mod ports;
pub mod proof;
pub mod reconciliation;
pub mod retention;
pub mod right;
pub mod schedule;
pub mod scrub;
pub mod search;
pub mod secret;
pub mod session;
pub mod switch;
pub mod task;
pub mod timetable;
pub mod transcript;
pub mod window;

pub use error::{Error, Kind, Reach, Result, Verdict};
pub use secret::Secret;
