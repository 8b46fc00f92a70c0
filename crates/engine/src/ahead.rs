//! What was found due beyond what there was room for. Many are on their way,
//! and each question to the ledger reads past all of them.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use domain::data_type::DataType;
use domain::ledger::Work;
use tokio::time::Instant;

/// What was found longer ago is asked for anew.
const FRESH: Duration = Duration::from_secs(1);

/// Found, by type, and when.
#[derive(Default)]
pub(crate) struct Ahead(HashMap<DataType, (Instant, VecDeque<Work>)>);

impl Ahead {
    /// Keeps what there is no room for.
    pub(crate) fn keep(&mut self, of: DataType, works: Vec<Work>, now: Instant) {
        self.0.insert(of, (now, works.into()));
    }

    /// As many as there is room for; `None` where the ledger must be asked.
    pub(crate) fn take(&mut self, of: DataType, room: usize, now: Instant) -> Option<Vec<Work>> {
        let (when, works) = self.0.get_mut(&of)?;
        if works.is_empty() || now.duration_since(*when) > FRESH {
            self.0.remove(&of);
            return None;
        }
        Some(works.drain(..room.min(works.len())).collect())
    }

    /// There may be something that goes before.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}
