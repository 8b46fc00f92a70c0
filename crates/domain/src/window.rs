//! A Window: a half-open span of time `[from, to)`, in whole milliseconds UTC.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Milliseconds in an hour. Hours here are durations, never clock faces, so
/// daylight saving time cannot touch them.
pub const HOUR_MS: i64 = 3_600_000;
/// Milliseconds in 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A half-open span of time. Never empty, never reversed.
///
/// ```
/// use domain::window::{Window, HOUR_MS};
/// let day = Window::from_ms(0, 24 * HOUR_MS).unwrap();
/// assert_eq!(day.hours().count(), 24);
/// assert!(day.contains_ms(0) && !day.contains_ms(24 * HOUR_MS));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    from_ms: i64,
    to_ms: i64,
}

impl Window {
    /// All of time that jiff can hold.
    pub const EVER: Window = Window {
        from_ms: -377_705_023_201_000,
        to_ms: 253_402_207_200_000,
    };

    /// From two instants in milliseconds since 1970; `None` unless `from < to`.
    pub fn from_ms(from_ms: i64, to_ms: i64) -> Option<Window> {
        (from_ms < to_ms).then_some(Window { from_ms, to_ms })
    }

    /// From two instants, cut to milliseconds; `None` unless `from < to`.
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Window> {
        Window::from_ms(from.as_millisecond(), to.as_millisecond())
    }

    /// The clock hour (UTC) in which the instant lies.
    pub fn hour_of(at_ms: i64) -> Window {
        let from_ms = at_ms.div_euclid(HOUR_MS).saturating_mul(HOUR_MS);
        Window {
            from_ms,
            to_ms: from_ms.saturating_add(HOUR_MS),
        }
    }

    /// First instant inside, milliseconds since 1970.
    pub fn start_ms(self) -> i64 {
        self.from_ms
    }

    /// First instant after it, milliseconds since 1970.
    pub fn end_ms(self) -> i64 {
        self.to_ms
    }

    /// First instant inside.
    pub fn start(self) -> Timestamp {
        instant(self.from_ms)
    }

    /// First instant after it.
    pub fn end(self) -> Timestamp {
        instant(self.to_ms)
    }

    /// How long it is.
    pub fn length(self) -> SignedDuration {
        SignedDuration::from_millis(self.to_ms.saturating_sub(self.from_ms))
    }

    /// Whether the instant (milliseconds since 1970) lies inside.
    pub fn contains_ms(self, at_ms: i64) -> bool {
        (self.from_ms..self.to_ms).contains(&at_ms)
    }

    /// What two windows share.
    pub fn overlap(self, other: Window) -> Option<Window> {
        Window::from_ms(self.from_ms.max(other.from_ms), self.to_ms.min(other.to_ms))
    }

    /// One window over both, where they touch or overlap.
    pub fn join(self, other: Window) -> Option<Window> {
        let touching = self.from_ms <= other.to_ms && other.from_ms <= self.to_ms;
        touching.then(|| Window {
            from_ms: self.from_ms.min(other.from_ms),
            to_ms: self.to_ms.max(other.to_ms),
        })
    }

    /// The same window, begun earlier: what late items need.
    #[must_use]
    pub fn reaching_back_ms(self, ms: i64) -> Window {
        Window {
            from_ms: self.from_ms.saturating_sub(ms.max(0)),
            to_ms: self.to_ms,
        }
    }

    /// Its first so many milliseconds, at least one; all of it, if it is no
    /// longer.
    #[must_use]
    pub fn first(self, ms: i64) -> Window {
        let end = self.from_ms.saturating_add(ms.max(1));
        Window {
            from_ms: self.from_ms,
            to_ms: self.to_ms.min(end),
        }
    }

    /// What of it is no older than this instant; its last millisecond, where
    /// all of it is older.
    #[must_use]
    pub fn since_ms(self, at_ms: i64) -> Window {
        Window {
            from_ms: at_ms.max(self.from_ms).min(self.to_ms - 1),
            to_ms: self.to_ms,
        }
    }

    /// Cut at every whole UTC multiple of `step_ms`; the parts join to the
    /// whole, none is empty. A step below one millisecond counts as one.
    pub fn split(self, step_ms: i64) -> impl DoubleEndedIterator<Item = Window> {
        let step = step_ms.max(1);
        let first = self.from_ms.div_euclid(step);
        let last = (self.to_ms - 1).div_euclid(step);
        (first..=last).map(move |n| Window {
            from_ms: self.from_ms.max(n.saturating_mul(step)),
            to_ms: self.to_ms.min((n + 1).saturating_mul(step)),
        })
    }

    /// Cut at every whole UTC hour.
    pub fn hours(self) -> impl DoubleEndedIterator<Item = Window> {
        self.split(HOUR_MS)
    }

    /// Cut at every UTC midnight.
    pub fn days(self) -> impl DoubleEndedIterator<Item = Window> {
        self.split(DAY_MS)
    }
}

/// An instant from milliseconds since 1970; what jiff cannot hold (beyond the
/// year 9999) becomes its nearest end.
pub fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start(), self.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from_ms: i64, to_ms: i64) -> Window {
        Window::from_ms(from_ms, to_ms).unwrap()
    }

    #[test]
    fn what_is_older_is_cut_off() {
        let whole = window(10, 20);
        for (at_ms, from_ms) in [(0, 10), (10, 10), (15, 15), (19, 19), (20, 19), (99, 19)] {
            assert_eq!(whole.since_ms(at_ms), window(from_ms, 20), "{at_ms}");
        }
    }

    #[test]
    fn an_empty_or_reversed_window_cannot_be_made() {
        assert_eq!(Window::from_ms(5, 5), None);
        assert_eq!(Window::from_ms(6, 5), None);
        assert_eq!(Window::new(instant(7), instant(7)), None);
    }

    #[test]
    fn hours_begin_on_the_hour_before_1970_too() {
        assert_eq!(Window::hour_of(0), window(0, HOUR_MS));
        assert_eq!(Window::hour_of(HOUR_MS - 1), window(0, HOUR_MS));
        assert_eq!(Window::hour_of(-1), window(-HOUR_MS, 0));
    }

    #[test]
    fn a_split_cuts_at_whole_hours_and_keeps_the_ragged_ends() {
        let ragged = window(HOUR_MS - 1, 3 * HOUR_MS + 1);
        let parts: Vec<Window> = ragged.hours().collect();
        assert_eq!(
            parts,
            [
                window(HOUR_MS - 1, HOUR_MS),
                window(HOUR_MS, 2 * HOUR_MS),
                window(2 * HOUR_MS, 3 * HOUR_MS),
                window(3 * HOUR_MS, 3 * HOUR_MS + 1),
            ]
        );
        assert_eq!(ragged.hours().next_back(), parts.last().copied());
        assert_eq!(ragged.days().count(), 1);
        assert_eq!(window(0, 2).split(0).count(), 2);
    }

    #[test]
    fn touching_windows_join_and_do_not_overlap() {
        let (a, b) = (window(0, 5), window(5, 9));
        assert_eq!(a.join(b), Some(window(0, 9)));
        assert_eq!(a.overlap(b), None);
        assert_eq!(a.join(window(6, 9)), None);
    }

    #[test]
    fn reaching_back_never_moves_the_end_or_goes_forward() {
        assert_eq!(window(10, 20).reaching_back_ms(7), window(3, 20));
        assert_eq!(window(10, 20).reaching_back_ms(-7), window(10, 20));
    }

    #[test]
    fn absurd_times_are_cut_to_what_can_be_held() {
        let all = window(i64::MIN, i64::MAX);
        assert_eq!((all.start(), all.end()), (Timestamp::MIN, Timestamp::MAX));
        assert!(all.length().is_positive());
        assert_eq!(all.reaching_back_ms(1), all);
        for at in [i64::MIN, i64::MAX] {
            assert!(Window::hour_of(at).length().is_positive());
        }
        assert_eq!(all.split(i64::MAX).count(), 3);
        assert_eq!(Window::EVER.start(), Timestamp::MIN);
        assert!(Window::EVER.end() <= Timestamp::MAX);
    }

    #[test]
    fn a_window_reads_as_a_half_open_span() {
        assert_eq!(
            window(0, HOUR_MS).to_string(),
            "[1970-01-01T00:00:00Z, 1970-01-01T01:00:00Z)"
        );
    }
}
