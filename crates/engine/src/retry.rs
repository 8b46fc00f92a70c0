//! What becomes of a failed try: when it is tried again, and when it is
//! missing. Pure. There is no last try: what the provider still has is tried
//! for ever, only ever more slowly.

use std::time::Duration;

use domain::item::ItemId;
use domain::ledger::{Outcome, Pending, Work};
use domain::{Error, Kind, Reach, Verdict};

use crate::ends::Rhythm;

/// How often in a row "it is gone" must be heard before it is believed.
const GONE_IS_BELIEVED_AFTER: u32 = 3;
/// After so many failures of its own an item goes to the slow lane.
const SLOW_LANE_AFTER: u32 = 8;

/// What the run that tried knows besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard {
    /// How often in a row, this try included, the provider said that the item
    /// is gone: other failures before it prove nothing about that.
    pub gone: u32,
    /// How much longer the run sends anything; `None`: as long as it takes.
    pub left: Option<Duration>,
}

/// The outcome of a try that failed.
pub fn after(error: &Error, work: &Work, heard: Heard, now_ms: i64, rhythm: &Rhythm) -> Outcome {
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
    let wait = |failures| pending(back_off(item, failures, rhythm), true);
    match error.kind() {
        Kind::Gone if heard.gone >= GONE_IS_BELIEVED_AFTER => Outcome::Missing {
            cause: error.to_string(),
        },
        // Asked again within this run, however often it had failed before.
        // A run that ends sooner has heard nothing for the next one: that
        // must not go on at this pace.
        Kind::Gone => {
            let soon = back_off(item, heard.gone.saturating_sub(1), rhythm);
            match heard.left {
                Some(left) if left <= soon => wait(attempts),
                _ => pending(soon, true),
            }
        }
        // Waiting for the provider is no failure: the slow lane is not for it.
        Kind::NotReady => wait(attempts.min(SLOW_LANE_AFTER - 1)),
        Kind::Forbidden | Kind::PathRefused => pending(rhythm.slow_lane, true),
        _ => wait(attempts),
    }
}

/// The longest time after which a run asks again for what is gone.
pub fn asks_again_within(rhythm: &Rhythm) -> Duration {
    rhythm
        .first_wait
        .saturating_mul(1 << GONE_IS_BELIEVED_AFTER)
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
    base + base.mul_f64(spread(&item.key(), attempts) / 4.0)
}

/// A number in `[0, 1)` that differs from key to key and number to number, the
/// same on every machine (FNV-1a).
pub(crate) fn spread(key: &str, number: u32) -> f64 {
    let hash = key
        .bytes()
        .chain(number.to_le_bytes())
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
        let gone = u32::from(kind == Kind::Gone);
        heard(kind, attempts, Heard { gone, left: None })
    }

    fn said_gone(kind: Kind, attempts: u32, gone: u32) -> Outcome {
        heard(kind, attempts, Heard { gone, left: None })
    }

    fn heard(kind: Kind, attempts: u32, heard: Heard) -> Outcome {
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
        after(&Error::new(kind, "x"), &work, heard, 0, &Rhythm::default())
    }

    fn wait_of(outcome: &Outcome) -> i64 {
        match outcome {
            Outcome::Pending { next_try_ms, .. } => *next_try_ms,
            other => panic!("not pending: {other:?}"),
        }
    }

    #[test]
    fn gone_is_believed_only_when_heard_again_and_again() {
        let patience = millis(Rhythm::default().patience);
        for failures_before in [0, 1, 2, 7, 8, 1000] {
            for gone in [1, 2] {
                let outcome = said_gone(Kind::Gone, failures_before, gone);
                assert!(wait_of(&outcome) < patience, "asked again in this run");
                let within = millis(asks_again_within(&Rhythm::default()));
                assert!(wait_of(&outcome) < within, "a run waits for it");
            }
            let outcome = said_gone(Kind::Gone, failures_before, 3);
            assert!(matches!(outcome, Outcome::Missing { .. }));
        }
    }

    #[test]
    fn gone_at_the_end_of_every_run_is_asked_ever_more_slowly() {
        let left = Some(Duration::from_secs(1));
        let waits: Vec<i64> = (0..9)
            .map(|n| wait_of(&heard(Kind::Gone, n, Heard { gone: 1, left })))
            .collect();
        assert!(
            waits[..8].windows(2).all(|pair| pair[0] < pair[1]),
            "{waits:?}"
        );
        assert!(waits[8] >= millis(Rhythm::default().slow_lane));
    }

    #[test]
    fn gone_with_time_left_is_asked_again_in_this_run() {
        let left = Some(Duration::from_hours(1));
        for attempts in [0, 7, 8, 1_000] {
            let wait = wait_of(&heard(Kind::Gone, attempts, Heard { gone: 1, left }));
            assert!(
                wait <= millis(asks_again_within(&Rhythm::default())),
                "{attempts}"
            );
        }
    }

    #[test]
    fn waits_are_spread_the_same_on_every_machine() {
        // FNV-1a, computed elsewhere.
        for (key, number, hash) in [("", 0, 0x4b95_f515_u32), ("recording/1", 3, 0x84b4_1a0b)] {
            let share = f64::from(hash) / 4_294_967_296.0;
            assert_eq!(spread(key, number).to_bits(), share.to_bits());
        }
    }

    #[test]
    fn what_is_not_ready_never_goes_to_the_slow_lane() {
        let rhythm = Rhythm::default();
        for attempts in [8, 100, u32::MAX] {
            let wait = wait_of(&try_after(Kind::NotReady, attempts));
            assert!(wait <= millis(rhythm.longest_wait), "{wait}");
        }
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
