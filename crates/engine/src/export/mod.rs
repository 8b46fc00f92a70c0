//! Handing over: what somebody asked for becomes one ZIP, straight from the
//! destination. `make` writes down what it holds, `stream` gives its bytes,
//! from anywhere in it; `content` makes one file of it.

mod content;
mod hand;
mod make;
mod sink;
mod stream;

pub use hand::Hand;
pub use make::make;
pub use stream::{Ends, stream};
