//! The world outside in miniature: RingCentral and Dropbox as products, with
//! their rules, moods and a truth ledger of their own. Knows the official
//! specs and none of our crates.

pub mod clock;
pub mod dice;
pub mod dropbox;
pub mod front;
pub mod media;
pub mod ringcentral;
pub mod scenario;
pub mod simulation;
pub mod world;

pub use scenario::Scenario;
pub use simulation::{Listen, Simulation};
