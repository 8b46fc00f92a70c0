//! What becomes of a failed try: when it is tried again, and when it is
//! missing. Pure. There is no last try: what the provider still has is tried
//! for ever, only ever more slowly.

use std::time::Duration;

use domain::item::ItemId;
use domain::ledger::{Outcome, Pending, Work};
use domain::{Error, Kind, Reach, Verdict};

use crate::ends::Rhythm;

/// How often "it is gone" must be heard before it is believed.
const GONE_IS_BELIEVED_AFTER: u32 = 3;
/// After so many failures of its own an item goes to the slow lane.
const SLOW_LANE_AFTER: u32 = 8;

/// The outcome of a try that failed.
pub fn after(error: &Error, work: &Work, now_ms: i64, rhythm: &Rhythm) -> Outcome {
    let (item, attempts) = (&work.item.id, work.attempts);
    let pending = |wait: Duration, counts: bool| Outcome::Pending {
        reason: Pending::because_of(error.kind()),
        cause: error.to_string(),
        next_try_ms: now_ms.saturating_add(millis(wait)),
        counts,
    };
    if error.reach() >= Reach::Connection {
        // Not the item's fault, and the run stops: the next run starts here.
        return pending(Duration::ZERO, false);
    }
    if let Verdict::WaitFor(wait) = error.verdict() {
        return pending(wait, false);
    }
    let wait = back_off(item, attempts, rhythm);
    match error.kind() {
        Kind::Gone if attempts + 1 >= GONE_IS_BELIEVED_AFTER => Outcome::Missing {
            cause: error.to_string(),
        },
        Kind::Forbidden | Kind::PathRefused | Kind::Egress => pending(rhythm.slow_lane, true),
        _ => pending(wait, true),
    }
}

/// Doubling, capped, then the slow lane; spread by up to a quarter so that
/// items which failed together do not come back together.
fn back_off(item: &ItemId, attempts: u32, rhythm: &Rhythm) -> Duration {
    let base = if attempts >= SLOW_LANE_AFTER {
        rhythm.slow_lane
    } else {
        rhythm
            .first_wait
            .saturating_mul(1 << attempts)
            .min(rhythm.longest_wait)
    };
    base + base.mul_f64(spread(item, attempts) / 4.0)
}

/// A number in `[0, 1)` that differs from item to item and try to try, the
/// same on every machine (FNV-1a).
fn spread(item: &ItemId, attempts: u32) -> f64 {
    let hash = item
        .key()
        .bytes()
        .chain(attempts.to_le_bytes())
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    f64::from(hash) / (f64::from(u32::MAX) + 1.0)
}

fn millis(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::data_type::DataType;
    use domain::item::{Facts, Fetch, Item};
    use domain::media::Expected;

    fn try_after(kind: Kind, attempts: u32) -> Outcome {
        let work = Work {
            item: Item {
                id: ItemId {
                    data_type: DataType::CallRecording,
                    unit: "3636328599023".to_owned(),
                    part: None,
                },
                extension: None,
                at_ms: 0,
                facts: Facts::default(),
                fetch: Fetch::Nothing,
                expected: Expected::Audio,
                size: None,
            },
            stem: String::new(),
            attempts,
            first_seen_ms: 0,
        };
        after(&Error::new(kind, "x"), &work, 0, &Rhythm::default())
    }

    fn wait_of(outcome: &Outcome) -> i64 {
        match outcome {
            Outcome::Pending { next_try_ms, .. } => *next_try_ms,
            other => panic!("not pending: {other:?}"),
        }
    }

    #[test]
    fn gone_is_believed_only_when_heard_again_and_again() {
        assert!(matches!(try_after(Kind::Gone, 0), Outcome::Pending { .. }));
        assert!(matches!(try_after(Kind::Gone, 1), Outcome::Pending { .. }));
        assert!(matches!(try_after(Kind::Gone, 2), Outcome::Missing { .. }));
    }

    #[test]
    fn nothing_else_is_ever_given_up() {
        for kind in [
            Kind::Unavailable,
            Kind::NotReady,
            Kind::Incomplete,
            Kind::Mismatch,
            Kind::Protocol,
            Kind::Forbidden,
            Kind::PathRefused,
            Kind::PathTaken,
            Kind::Egress,
        ] {
            for attempts in [0, 1, 7, 8, 1000, u32::MAX - 1] {
                assert!(matches!(
                    try_after(kind, attempts),
                    Outcome::Pending { counts: true, .. }
                ));
            }
        }
    }

    #[test]
    fn waits_grow_and_end_in_the_slow_lane() {
        let rhythm = Rhythm::default();
        let waits: Vec<i64> = (0..10)
            .map(|n| wait_of(&try_after(Kind::Unavailable, n)))
            .collect();
        assert!(
            waits[..8].windows(2).all(|pair| pair[0] < pair[1]),
            "{waits:?}"
        );
        assert!(waits[8] >= millis(rhythm.slow_lane));
    }

    #[test]
    fn a_limit_or_a_dead_grant_is_not_held_against_the_item() {
        for kind in [
            Kind::Throttled,
            Kind::Unauthorized,
            Kind::Full,
            Kind::Cancelled,
        ] {
            assert!(matches!(
                try_after(kind, 3),
                Outcome::Pending { counts: false, .. }
            ));
        }
    }
}
