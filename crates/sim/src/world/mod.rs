//! The simulated company: who works there and what they called, said and sent.

use serde::{Deserialize, Serialize};

/// What the company looks like and how much it produces.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Days of history before the anchor.
    pub days: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { days: 7 }
    }
}
