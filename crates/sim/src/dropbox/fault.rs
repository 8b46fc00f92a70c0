//! Planted trouble: which fault strikes which request. Each place that can go
//! wrong asks for its own kind; nothing here knows what the kinds do.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::options::Options;
use crate::dice::Dice;

/// What can go wrong. The names are the knobs of a scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection drops before anything happens.
    LostBefore,
    /// Everything happens, then the connection drops without an answer.
    LostAfter,
    /// 500 with an empty body; nothing happens.
    InternalServerError,
    /// 503 with an empty body; nothing happens.
    ServiceUnavailable,
    /// The answer breaks off in the middle of its body.
    Truncated,
    /// The answer's head comes at once, its body after `slow_ms`.
    Slow,
    /// 429 as a rate limiter answers.
    TooManyRequests,
    /// The write lock is taken by somebody else, for this call or entry.
    TooManyWriteOperations,
    /// 401 although the token should still live.
    ExpiredAccessToken,
    /// 401: the user disconnected the app.
    InvalidAccessToken,
    /// 401: the account is suspended.
    UserSuspended,
    /// 403: a Business plan's data-transport limit is reached.
    DataTransportLimit,
    /// A write is refused: `insufficient_space`.
    InsufficientSpace,
    /// A write is refused: `no_write_permission`.
    NoWritePermission,
    /// A write is refused: `access_restricted`.
    AccessRestricted,
    /// The metadata's content hash is not that of the stored bytes.
    WrongHash,
    /// The metadata comes without a content hash.
    HashAbsent,
    /// The answer to a batch lacks its last entry.
    BatchShort,
    /// The answer to a batch has its entries in another order.
    BatchReordered,
    /// A file just written is not found yet.
    StaleRead,
    /// An asynchronous job ends in `internal_error`, its work half done.
    JobInternalError,
    /// The cursor of a listing is no longer valid: `reset`.
    CursorReset,
}

/// A fault at one named place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// The function, as in `files/upload_session/finish_batch_v2`; the token
    /// endpoint is `oauth2/token`.
    pub route: String,
    /// What goes wrong there. A kind that concerns entries strikes them all.
    pub fault: FaultKind,
    /// Requests to the route, from the start, that stay unharmed.
    #[serde(default)]
    pub skip: u64,
    /// Requests then struck, one after the other.
    #[serde(default = "once")]
    pub times: u64,
}

const fn once() -> u64 {
    1
}

/// Counts the requests of each route, so that a fault depends on the seed,
/// the route and the number there, not on the order between routes.
#[derive(Debug, Default)]
pub(super) struct Fates {
    requests: Mutex<HashMap<String, u64>>,
}

impl Fates {
    /// The fate of the next request to `route`.
    pub(super) fn next(&self, route: &str, options: &Options) -> Fate {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let number = requests.entry(route.to_owned()).or_default();
        let fate = Fate {
            dice: Dice::new(options.seed).of(route).at(*number),
            planned: options
                .planned_faults
                .iter()
                .filter(|plan| plan.route == route)
                .filter(|plan| (plan.skip..plan.skip + plan.times).contains(number))
                .map(|plan| plan.fault)
                .collect(),
            rates: options.fault_rates.iter().map(|(k, r)| (*k, *r)).collect(),
        };
        *number += 1;
        fate
    }

    /// Starts counting anew: planned faults apply from the next request on.
    pub(super) fn reset(&self) {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// What one request is in for.
#[derive(Clone, Debug)]
pub(super) struct Fate {
    dice: Dice,
    planned: Vec<FaultKind>,
    rates: Vec<(FaultKind, f64)>,
}

impl Fate {
    /// Whether `kind` strikes this request.
    pub(super) fn strikes(&self, kind: FaultKind) -> bool {
        self.strikes_entry(kind, usize::MAX)
    }

    /// Whether `kind` strikes one entry of this request's batch.
    pub(super) fn strikes_entry(&self, kind: FaultKind, entry: usize) -> bool {
        let index = u64::try_from(entry).unwrap_or(u64::MAX);
        let drawn = self.dice.of(&format!("{kind:?}")).at(index);
        let mut rates = self.rates.iter();
        self.planned.contains(&kind) || rates.any(|(k, rate)| *k == kind && drawn.chance(*rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_met_and_depend_on_the_seed_alone() {
        let mut options = Options::default();
        options.fault_rates.insert(FaultKind::LostAfter, 0.25);
        let strikes = |options: &Options| -> Vec<bool> {
            let fates = Fates::default();
            (0..4_000)
                .map(|_| {
                    fates
                        .next("files/upload", options)
                        .strikes(FaultKind::LostAfter)
                })
                .collect()
        };
        let first = strikes(&options);
        let hits = first.iter().filter(|hit| **hit).count();
        assert!((900..1_100).contains(&hits), "{hits}");
        assert_eq!(first, strikes(&options));
        options.seed += 1;
        assert_ne!(first, strikes(&options));
    }

    #[test]
    fn a_planned_fault_strikes_where_it_says() {
        let mut options = Options::default();
        options.planned_faults.push(PlannedFault {
            route: "files/upload".to_owned(),
            fault: FaultKind::Slow,
            skip: 1,
            times: 2,
        });
        let fates = Fates::default();
        let struck: Vec<bool> = (0..4)
            .map(|_| {
                fates
                    .next("files/upload", &options)
                    .strikes(FaultKind::Slow)
            })
            .collect();
        assert_eq!(struck, [false, true, true, false]);
        assert!(
            !fates
                .next("files/download", &options)
                .strikes(FaultKind::Slow)
        );
    }
}
