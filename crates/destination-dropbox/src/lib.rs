//! Dropbox as a Destination. Bytes travel into upload sessions, many at once
//! and small files in groups; one committer per Dropbox turns sessions into
//! files, up to a thousand in a call; Dropbox's own size and content hash are
//! the proof. Nothing is ever overwritten, renamed or deleted here.
//!
//! [`App`] is where to begin: from it come [`Dropbox`]es and sign-ins.

mod api;
mod app;
mod append;
mod argument;
mod batch;
mod byte_budget;
mod commit;
mod content_hash;
mod dropbox;
mod expected;
#[cfg(test)]
mod fuzz_tests;
mod gather;
mod intake;
mod judge;
mod look_back;
mod oauth;
mod options;
mod refusal;
mod sessions;
mod settle;
mod sign_in;
mod slabs;
mod task;
mod turns;
mod upload;
mod vouch;
mod wire;

pub use app::App;
pub use batch::Limits;
pub use dropbox::Dropbox;
pub use oauth::HeldGrant;
pub use options::{Options, Upload};
pub use sign_in::DropboxSignIn;
pub use turns::Turns;
