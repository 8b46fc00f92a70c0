//! What bytes must be, what they are, and whether they are all there. Decides
//! from the bytes alone: a transport can call a torn file complete.

mod format;
mod inspector;

pub use format::{Expected, Format};
pub use inspector::{Finding, Inspector, Whole};
