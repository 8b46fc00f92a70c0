//! What every handler may reach for. At the ground: nothing imports upward.

use std::sync::Arc;

use domain::clock::Clock;
use domain::ports::Store;

/// Handed to each request.
#[derive(Clone)]
pub struct State {
    /// The memory.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}
