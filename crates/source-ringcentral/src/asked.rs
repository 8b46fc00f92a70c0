//! What a record is read against: the question it answers, the present
//! moment, and our own addresses.

use domain::ports::source::Ask;
use domain::window::DAY_MS;

use crate::addresses::Addresses;

/// After a day nothing is expected to change by itself any more: no call lasts
/// longer, transcripts and renderings take minutes, and recordings that cannot
/// be had by then never could.
const YOUNG_MS: i64 = DAY_MS;

/// A question to a listing, while its answer is read.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) now_ms: i64,
    pub(crate) addresses: &'a Addresses,
}

impl Asked<'_> {
    /// The own time of a record, if the record belongs to the window.
    ///
    /// Whether RingCentral's `dateTo` is inclusive is documented nowhere, and
    /// it may cut both bounds to whole seconds. So more is asked for than is
    /// wanted, and the record's own time decides: what began exactly at the
    /// window's end belongs to the next one. A record that hides its time was
    /// listed in this window, so it lies in it.
    pub(crate) fn own_time(&self, stated: Option<i64>, modified: Option<i64>) -> Option<i64> {
        let window = self.ask.window;
        let inside = |at_ms: &i64| window.contains_ms(*at_ms);
        match stated {
            Some(at_ms) => Some(at_ms).filter(inside),
            None => Some(modified.filter(inside).unwrap_or(window.start_ms())),
        }
    }

    /// Whether what happened then may still change by itself.
    pub(crate) fn is_young(&self, at_ms: i64) -> bool {
        is_young(at_ms, self.now_ms)
    }
}

/// Whether something of this time may still change by itself.
pub(crate) fn is_young(at_ms: i64, now_ms: i64) -> bool {
    now_ms.saturating_sub(at_ms) < YOUNG_MS
}
