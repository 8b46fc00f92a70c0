//! A Scrub: what a server does by itself so that an archive stays what it was.
//! Every file is looked at once a month, a hundredth of the bytes is read back
//! every day. What is due follows from what was done and the time alone; what
//! was done at a time that has not come yet counts as never done.

use serde::{Deserialize, Serialize};

use crate::window::{DAY_MS, HOUR_MS};

/// Every file is looked at so often, milliseconds.
const LOOK_EVERY_MS: i64 = 28 * DAY_MS;
/// A share of the bytes is read back so often, milliseconds.
const READ_EVERY_MS: i64 = DAY_MS;
/// What failed is tried again after so long, milliseconds.
const AGAIN_MS: i64 = HOUR_MS;
/// A day's share of all bytes.
const SHARES: u64 = 100;

/// How far the care for one Backup's archive is. All instants are milliseconds
/// since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scrub {
    /// When every file was looked at for the last time.
    pub looked_ms: Option<i64>,
    /// When a share of the bytes was read back for the last time.
    pub read_ms: Option<i64>,
    /// The path of the last file that was read back: the next share begins
    /// after it. Empty: at the first.
    pub after: String,
    /// Files that were read back since the first one was, and are as they were.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many others lay there as they should and had other bytes.
    pub damaged: u64,
    /// How many others could not be read.
    pub unread: u64,
    /// When every file had been read back for the last time.
    pub round_ms: Option<i64>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Look at every file: the destination's own listing.
    Look,
    /// Read a share of the bytes back.
    Read,
}

impl Scrub {
    /// What is due now, the most important first.
    pub fn duty(&self, now_ms: i64) -> Option<Duty> {
        if is_due(self.looked_ms, LOOK_EVERY_MS, now_ms) {
            return Some(Duty::Look);
        }
        is_due(self.read_ms, READ_EVERY_MS, now_ms).then_some(Duty::Read)
    }

    /// When the next thing is due.
    pub fn due_ms(&self, now_ms: i64) -> i64 {
        let next = |last: Option<i64>, every: i64| match last {
            Some(at) if at <= now_ms => at + every,
            _ => now_ms,
        };
        next(self.looked_ms, LOOK_EVERY_MS).min(next(self.read_ms, READ_EVERY_MS))
    }

    /// The first file has been reached again: a round is complete.
    #[must_use]
    pub fn round(self, now_ms: i64) -> Scrub {
        Scrub {
            after: String::new(),
            files: 0,
            bytes: 0,
            damaged: 0,
            unread: 0,
            round_ms: Some(now_ms),
            ..self
        }
    }
}

/// When what failed is tried again.
pub fn again_ms(now_ms: i64) -> i64 {
    now_ms.saturating_add(AGAIN_MS)
}

/// Nothing is planned further ahead than this, but under a clock that ran
/// ahead.
pub fn absurd_ms(now_ms: i64) -> i64 {
    now_ms.saturating_add(READ_EVERY_MS + AGAIN_MS)
}

/// How many bytes a day's share is, of so many.
pub fn share(bytes: u64) -> u64 {
    bytes.div_ceil(SHARES)
}

fn is_due(last_ms: Option<i64>, every_ms: i64, now_ms: i64) -> bool {
    last_ms.is_none_or(|at| at > now_ms || now_ms - at >= every_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000 * DAY_MS;

    fn scrub(looked_ms: i64, read_ms: i64) -> Scrub {
        Scrub {
            looked_ms: Some(looked_ms),
            read_ms: Some(read_ms),
            ..Scrub::default()
        }
    }

    #[test]
    fn a_look_is_due_every_month_and_a_share_every_day() {
        assert_eq!(Scrub::default().duty(NOW), Some(Duty::Look));
        assert_eq!(Scrub::default().due_ms(NOW), NOW);
        let fresh = scrub(NOW, NOW);
        assert_eq!(fresh.duty(NOW), None);
        assert_eq!(fresh.due_ms(NOW), NOW + DAY_MS);
        assert_eq!(fresh.duty(NOW + DAY_MS - 1), None);
        assert_eq!(fresh.duty(NOW + DAY_MS), Some(Duty::Read));
        assert_eq!(fresh.duty(NOW + 28 * DAY_MS), Some(Duty::Look));
        let read = scrub(NOW, NOW + 27 * DAY_MS + 1);
        assert_eq!(read.due_ms(NOW + 27 * DAY_MS + 2), NOW + 28 * DAY_MS);
    }

    #[test]
    fn what_was_done_in_the_future_was_not_done() {
        assert_eq!(scrub(NOW + 1, NOW).duty(NOW), Some(Duty::Look));
        assert_eq!(scrub(NOW, NOW + 1).duty(NOW), Some(Duty::Read));
        assert_eq!(scrub(NOW, NOW + 1).due_ms(NOW), NOW);
    }

    #[test]
    fn a_hundred_days_read_everything() {
        for bytes in [0, 1, 99, 100, 101, 123_456_789] {
            assert!(share(bytes) * 100 >= bytes);
            assert!(share(bytes) <= bytes.max(1));
        }
    }

    #[test]
    fn nothing_is_planned_further_ahead_than_what_is_absurd() {
        assert!(scrub(NOW, NOW).due_ms(NOW) < absurd_ms(NOW));
        assert!(again_ms(NOW) < absurd_ms(NOW));
    }
}
