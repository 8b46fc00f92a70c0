//! How far a run is, for whoever watches: a terminal, a page, nobody.

use domain::window::Window;

use crate::drain::Drained;

/// A run's progress. Its numbers only ever grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The stretch of time that is being listed; `None` before and after.
    pub listing: Option<Window>,
    /// Portions of lanes to list.
    pub portions: u64,
    /// Portions listed (or failed).
    pub portions_done: u64,
    /// Units that earlier runs left pending.
    pub left_over: u64,
    /// Entries that this run noted for the first time.
    pub found: u64,
    /// Files archived by this run.
    pub archived: u64,
    /// Bytes archived by this run.
    pub bytes: u64,
    /// Tries that failed for now.
    pub failed: u64,
    /// Files found to be missing for good.
    pub missing: u64,
}

impl Progress {
    /// Takes over what was worked off so far.
    pub(crate) fn drained(&mut self, so_far: Drained) {
        self.archived = so_far.archived;
        self.bytes = so_far.bytes;
        self.failed = so_far.failed;
        self.missing = so_far.missing;
    }
}

/// Somebody who watches a run. Called often; must be quick.
pub trait Watch: Send + Sync {
    /// Something moved.
    fn moved(&self, progress: &Progress);

    /// The run waits for somebody else who works on the Backup, or who did
    /// until they were killed.
    fn waits(&self) {}
}

/// Nobody watches.
impl Watch for () {
    fn moved(&self, _: &Progress) {}
}
