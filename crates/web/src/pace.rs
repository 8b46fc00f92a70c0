//! How fast a Backup comes along: told from what was archived when its plan was
//! looked at last. A memory of minutes, of this process; nothing hangs on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::connection::BackupId;
use domain::ledger::Count;

/// Looks that lie further back say nothing of the present pace.
const LOOKS_BACK_MS: i64 = 2 * 60 * 1000;
/// Looks that lie closer together say too little.
const APART_MS: i64 = 3_000;

/// What is remembered.
#[derive(Clone, Default)]
pub(crate) struct Pace(Arc<Mutex<HashMap<BackupId, Vec<Look>>>>);

/// What was archived at a time.
#[derive(Clone, Copy)]
struct Look {
    at_ms: i64,
    count: Count,
}

/// How fast it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speed {
    /// Files in a minute.
    pub(crate) files: u64,
    /// Bytes in a second.
    pub(crate) bytes: u64,
    /// Minutes until what is pending now is archived, at this speed, rounded
    /// up; `None` while nothing is.
    pub(crate) minutes_left: Option<u64>,
}

impl Pace {
    /// Remembers what is archived now, and tells how fast that came about.
    pub(crate) fn note(&self, backup: &BackupId, at_ms: i64, count: Count) -> Option<Speed> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |look: &Look| (0..=LOOKS_BACK_MS).contains(&(at_ms - look.at_ms));
        known.retain(|_, looks| looks.last().is_some_and(fresh));
        let looks = known.entry(backup.clone()).or_default();
        looks.retain(fresh);
        let speed = looks
            .first()
            .and_then(|first| speed(*first, Look { at_ms, count }));
        let apart = |last: &Look| at_ms - last.at_ms >= APART_MS;
        if looks.last().is_none_or(apart) {
            looks.push(Look { at_ms, count });
        }
        speed
    }
}

fn speed(first: Look, now: Look) -> Option<Speed> {
    let ms = u64::try_from(now.at_ms - first.at_ms).ok()?;
    if ms < APART_MS.unsigned_abs() {
        return None;
    }
    let more = |of: fn(&Count) -> u64| u128::from(of(&now.count).saturating_sub(of(&first.count)));
    let per = |amount: u128, span: u128| u64::try_from(amount * span / u128::from(ms)).ok();
    let archived = more(|it| it.archived);
    let left = u128::from(now.count.pending) * u128::from(ms);
    Some(Speed {
        files: per(more(|it| it.files), 60_000)?,
        bytes: per(more(|it| it.bytes), 1_000)?,
        minutes_left: left
            .checked_div(archived * 60_000)
            .and_then(|it| u64::try_from(it + 1).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(archived: u64, pending: u64) -> Count {
        Count {
            archived,
            pending,
            files: archived * 2,
            bytes: archived * 1_000,
            ..Count::default()
        }
    }

    #[test]
    fn speed_is_told_from_the_looks_of_two_minutes() {
        let pace = Pace::default();
        let id = BackupId::new("b");
        assert_eq!(pace.note(&id, 0, count(0, 100)), None, "the first look");
        assert_eq!(pace.note(&id, 1_000, count(5, 95)), None, "too close");
        let speed = pace.note(&id, 60_000, count(20, 80)).unwrap();
        assert_eq!((speed.files, speed.bytes), (40, 333));
        assert_eq!(speed.minutes_left, Some(5));
        // Nothing came: no end is in sight, and nothing is divided by it.
        let still = Pace::default();
        still.note(&id, 0, count(3, 9));
        let speed = still.note(&id, 10_000, count(3, 9)).unwrap();
        assert_eq!((speed.files, speed.minutes_left), (0, None));
    }

    #[test]
    fn long_ago_and_clocks_that_jump_back_are_forgotten() {
        let pace = Pace::default();
        let id = BackupId::new("b");
        pace.note(&id, 0, count(0, 9));
        assert_eq!(pace.note(&id, LOOKS_BACK_MS + 1, count(5, 4)), None);
        assert_eq!(pace.note(&id, 5, count(5, 4)), None);
        for n in 0..100 {
            pace.note(&BackupId::new(n.to_string()), n * 60_000, count(0, 0));
        }
        assert!(pace.0.lock().unwrap().len() < 5, "others are forgotten");
    }
}
