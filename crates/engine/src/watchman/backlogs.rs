//! Backlogs against RingCentral's date of deletion: how much is deleted within
//! some spans, and how much is done at the present pace.

use std::collections::BTreeMap;

use domain::Result;
use domain::account::AccountId;
use domain::alarm::{Backlog, SPANS_MS};
use domain::data_type::DataType;
use domain::ledger::DestinationId;
use domain::retention::Retention;
use domain::window::DAY_MS;

use super::Watchman;

/// How often they are counted.
const EVERY_MS: i64 = 10 * 60_000;
/// No provider deletes what is younger: companies choose 7 days or more.
const YOUNG_MS: i64 = 6 * DAY_MS;
/// A pace is measured over no less than this.
const MEASURE_MS: i64 = 20 * 60_000;
/// Items of one backlog that are counted.
const MOST: u32 = 1_000_000;
/// Backlogs that are counted.
const MOST_BACKLOGS: usize = 100;

/// What was counted last.
#[derive(Debug, Default)]
pub(super) struct Backlogs {
    counted_ms: Option<i64>,
    paces: BTreeMap<DestinationId, Pace>,
    last: Vec<Backlog>,
}

/// How many Entries were to be deleted before one moment, and when that was
/// counted: new ones of that age only come while the past is being listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sample {
    at_ms: i64,
    deleted_ms: i64,
    count: u64,
}

/// Of whose backlog is spoken.
#[derive(Clone, Copy)]
struct Whose<'a> {
    account: &'a AccountId,
    destination: &'a DestinationId,
    retention: &'a Retention,
}

/// Two samples, so that one is always old enough once there is one.
#[derive(Clone, Copy, Debug)]
struct Pace {
    old: Sample,
    young: Sample,
}

/// How many were done a day since a sample; `None` while it is too young, or
/// while more are found than are done.
fn daily(since: Sample, count: u64, now_ms: i64) -> Option<u64> {
    let span = now_ms.checked_sub(since.at_ms)?;
    if span < MEASURE_MS || count > since.count {
        return None;
    }
    let done = u128::from(since.count - count) * u128::from(DAY_MS.unsigned_abs());
    u64::try_from(done / u128::from(span.unsigned_abs())).ok()
}

impl Watchman {
    pub(super) async fn backlogs(&self, known: &mut Backlogs, now_ms: i64) -> Result<Vec<Backlog>> {
        let fresh = |at: i64| at <= now_ms && now_ms - at < EVERY_MS;
        if known.counted_ms.is_some_and(fresh) {
            return Ok(known.last.clone());
        }
        let behind = self.store.behind(now_ms - YOUNG_MS).await?;
        let mut paces = BTreeMap::new();
        let mut last = Vec::new();
        for (account, destination) in behind.into_iter().take(MOST_BACKLOGS) {
            let mut within = [0; SPANS_MS.len()];
            let retention = self.store.retention(&account).await?;
            let whose = Whose {
                account: &account,
                destination: &destination,
                retention: &retention.map(|(it, _)| it).unwrap_or_default(),
            };
            for (count, span) in within.iter_mut().zip(SPANS_MS) {
                *count = self.count(whose, now_ms + span).await?;
            }
            let before = known.paces.get(&destination).copied();
            let pace = self.pace(whose, before, &within, now_ms);
            let (pace, daily) = pace.await?;
            paces.insert(destination.clone(), pace);
            last.push(Backlog {
                account,
                destination,
                within,
                daily,
            });
        }
        *known = Backlogs {
            counted_ms: Some(now_ms),
            paces,
            last,
        };
        Ok(known.last.clone())
    }

    /// How many the provider deletes before this, by how long it keeps each
    /// type. What it keeps for ever has no date.
    async fn count(&self, whose: Whose<'_>, deleted_ms: i64) -> Result<u64> {
        let (account, destination) = (whose.account, whose.destination);
        let mut sum = 0;
        for of in DataType::ALL {
            if let Some(keeps) = whose.retention.keeps(of) {
                let before_ms = deleted_ms - i64::from(keeps.days) * DAY_MS;
                let store = &self.store;
                sum += store
                    .ready_before(account, destination, of, before_ms, MOST)
                    .await?;
            }
        }
        Ok(sum)
    }

    /// What is known of the pace now, and the pace.
    async fn pace(
        &self,
        whose: Whose<'_>,
        known: Option<Pace>,
        within: &[u64; SPANS_MS.len()],
        now_ms: i64,
    ) -> Result<(Pace, Option<u64>)> {
        // As far ahead as could be counted to the end.
        let counted = SPANS_MS.into_iter().zip(within);
        let mut counted = counted.filter(|(_, count)| **count < u64::from(MOST));
        let (span, count) = counted.next_back().unwrap_or((0, &0));
        let fresh = Sample {
            at_ms: now_ms,
            deleted_ms: now_ms + span,
            count: *count,
        };
        let begin = Pace {
            old: fresh,
            young: fresh,
        };
        let Some(pace) = known.filter(|it| it.old.at_ms <= now_ms) else {
            return Ok((begin, None));
        };
        let left = self.count(whose, pace.old.deleted_ms).await?;
        if left > pace.old.count {
            return Ok((begin, None));
        }
        let daily = daily(pace.old, left, now_ms);
        let next = if now_ms - pace.young.at_ms >= 2 * MEASURE_MS {
            Pace {
                old: pace.young,
                young: fresh,
            }
        } else {
            pace
        };
        Ok((next, daily))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_what_was_done_in_a_time_long_enough() {
        let since = Sample {
            at_ms: 0,
            deleted_ms: 0,
            count: 1_000,
        };
        let hour = DAY_MS / 24;
        for (count, now_ms, wanted) in [
            (900, hour, Some(2_400)),
            (1_000, hour, Some(0)),
            (1_001, hour, None),
            (0, MEASURE_MS - 1, None),
            (0, MEASURE_MS, Some(72_000)),
            (0, -hour, None),
        ] {
            assert_eq!(daily(since, count, now_ms), wanted, "{count} {now_ms}");
        }
    }
}
