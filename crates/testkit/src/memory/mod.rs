//! In-memory doubles of the ports. They obey the ports' laws (this crate's
//! tests hold them to it), need no runtime of their own and never sleep, so an
//! engine over them can live through a year of paused time in seconds.

pub mod destination;
mod plant;
pub mod source;
pub mod store;

pub use destination::Destination;
pub use source::{Plant, Source, Trouble};
pub use store::Store;
