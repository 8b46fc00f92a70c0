//! When a Backup is due and how far back it must look. Pure: marks in,
//! windows out.

use crate::window::{DAY_MS, HOUR_MS, Window};

/// How far behind the newest hour each kind of listing reaches. RingCentral
/// filters by start time and shows recordings minutes to hours late, so an
/// hour listed once is never finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relist {
    /// Every hour: 26 hours back.
    Hourly,
    /// Every day: 7 days back.
    Daily,
    /// Every week: all that the provider still keeps.
    Weekly,
}

impl Relist {
    /// How often it is due, milliseconds.
    pub fn every_ms(self) -> i64 {
        match self {
            Relist::Hourly => HOUR_MS,
            Relist::Daily => DAY_MS,
            Relist::Weekly => 7 * DAY_MS,
        }
    }

    /// How far it looks back from the newest whole hour, milliseconds.
    /// `horizon_ms` is how long the provider keeps data.
    pub fn reach_ms(self, horizon_ms: i64) -> i64 {
        match self {
            Relist::Hourly => 26 * HOUR_MS,
            Relist::Daily => 7 * DAY_MS,
            Relist::Weekly => horizon_ms.max(7 * DAY_MS),
        }
    }
}

/// The whole hours that have ended since the mark: the Tasks to open.
/// A clock that jumped back yields none, and never takes one away.
pub fn hours_due(mark_ms: i64, now_ms: i64) -> Option<Window> {
    let end = now_ms.div_euclid(HOUR_MS) * HOUR_MS;
    Window::from_ms(mark_ms, end)
}

/// The deepest listing that is due, given when each was last completed
/// (milliseconds since 1970; `None` = never).
pub fn relist_due(
    last: impl Fn(Relist) -> Option<i64>,
    now_ms: i64,
    horizon_ms: i64,
) -> Option<(Relist, Window)> {
    let newest = now_ms.div_euclid(HOUR_MS) * HOUR_MS;
    [Relist::Weekly, Relist::Daily, Relist::Hourly]
        .into_iter()
        .find(|&kind| last(kind).is_none_or(|at| newest - at >= kind.every_ms()))
        .and_then(|kind| {
            Window::from_ms(newest - kind.reach_ms(horizon_ms), newest).map(|window| (kind, window))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_due_listing_wins() {
        let now = 100 * DAY_MS + 5;
        let (kind, window) = relist_due(|_| None, now, 90 * DAY_MS).unwrap();
        assert_eq!(kind, Relist::Weekly);
        assert_eq!(window, Window::from_ms(10 * DAY_MS, 100 * DAY_MS).unwrap());

        let fresh_week = |kind| (kind == Relist::Weekly).then_some(99 * DAY_MS);
        assert_eq!(
            relist_due(fresh_week, now, 90 * DAY_MS).unwrap().0,
            Relist::Daily
        );

        let all_fresh = |_| Some(100 * DAY_MS);
        assert_eq!(relist_due(all_fresh, now, 90 * DAY_MS), None);
    }

    #[test]
    fn a_clock_that_jumps_back_opens_nothing() {
        assert_eq!(hours_due(10 * HOUR_MS, 3 * HOUR_MS), None);
        assert_eq!(
            hours_due(10 * HOUR_MS, 12 * HOUR_MS + 59),
            Window::from_ms(10 * HOUR_MS, 12 * HOUR_MS)
        );
    }
}
