//! The flow: plan -> list -> fetch -> put -> record -> log.
//!
//! Read [`backup`] first: it is the product as a sentence. Everything that
//! decides is pure ([`plan`], [`retry`]); everything that acts is thin. The
//! engine knows no provider, no SQL, no HTTP and no wall clock: all of that is
//! handed in as [`Ends`].

mod absent;
pub mod adopt;
pub mod agenda;
mod ahead;
mod alive;
pub mod archive;
pub mod backup;
mod case;
mod check;
pub mod drain;
mod drift;
pub mod ends;
pub mod enrol;
mod evidence;
mod exhibits;
pub mod export;
mod failures;
pub mod feed;
pub mod fetching;
mod hours;
pub mod inspect;
pub mod lease;
mod places;
pub mod plan;
mod portion;
pub mod preview;
pub mod progress;
mod read_back;
pub mod rebuild;
mod retention;
pub mod retry;
mod rows;
mod scribe;
mod scrub;
pub mod survey;
mod trouble;
mod turn;
pub mod verify;
pub mod watchman;
mod witness;
pub mod worker;

pub use adopt::{Adopted, adopt};
pub use backup::{Job, Summary, back_up};
pub use ends::{Ends, Rhythm};
pub use enrol::{Enrolled, Wish, enrol};
pub use failures::{Ended, Failures};
pub use preview::{Preview, preview};
pub use progress::{Progress, Watch};
pub use rebuild::{Rebuilt, rebuild};
pub use survey::Gap;
pub use verify::{Looked, Proved, Repair, Thorough, verify};
pub use watchman::Watchman;
pub use worker::Worker;
