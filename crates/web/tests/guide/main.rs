//! The rows of the user guide (S-…) that BACKUP, LOG, help and the frame must
//! keep, as a browser without script meets them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]
#![expect(clippy::panic, reason = "a test that cannot go on says so")]

mod alarms;
mod archive;
mod backup;
mod conversation;
mod coverage;
mod export;
mod files;
mod frame;
mod help;
mod hostile;
mod html;
mod item;
mod log;
mod periods;
mod proof;
mod rig;
mod row;
