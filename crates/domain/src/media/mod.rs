//! What bytes must be, what they are, and whether they are all there. Decides
//! from the bytes alone: a transport can call a torn file complete.
//!
//! Nothing here decodes sound or pictures: a format is followed only as far
//! as it tells where it ends.

mod format;
mod gif;
mod inspector;
mod jpeg;
mod mp3;
mod mpeg;
mod pdf;
mod png;
mod sniff;
mod tiff;
mod walk;
mod wav;

pub use format::{Expected, Format};
pub use inspector::{Finding, Inspector, Whole};
pub use sniff::HEAD_BYTES;
