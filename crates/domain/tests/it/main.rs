//! What the words promise, checked from outside: paths, media, transcripts
//! and windows under hostile input.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod bounds;
mod dice;
mod exports;
mod fixtures;
mod fuzz;
mod hostile_paths;
mod manifests;
mod media;
mod other_peoples_rules;
mod paths;
mod samples;
mod search;
mod transcripts;
mod windows;
