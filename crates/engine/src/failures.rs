//! How often each Backup's runs have failed in a row, as this process saw it:
//! waits double, and nobody is told the same sentence twice. Not remembered
//! any longer: after a restart one more try and one more word do no harm.
//! Also how many runs there were, for whoever counts.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::{Error, Kind};

use crate::retry::spread;

/// After the first failure a run comes again after this; from there it doubles.
const AGAIN: Duration = Duration::from_mins(1);
/// No need to double further: with the next hour it comes anyway.
const DOUBLINGS: u32 = 6;

/// The failures in a row of every Backup that has any. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Failures {
    all: Arc<Mutex<HashMap<(AccountId, BackupId), Failure>>>,
    ended: Arc<Mutex<Ended>>,
}

/// How many runs of this process have ended, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Those that went well.
    pub well: u64,
    /// Those that failed, by the word of the kind.
    pub failed: BTreeMap<&'static str, u64>,
    /// Those that were called off or stopped.
    pub called_off: u64,
}

#[derive(Debug)]
struct Failure {
    /// How often in a row.
    times: u32,
    /// What people were told last.
    told: String,
}

impl Failures {
    /// One more: how long the next run waits, and whether this is news.
    pub(crate) fn note(&self, backup: &Backup, what: &str) -> (Duration, bool) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (backup.account.clone(), backup.id.clone());
        let (times, news) = all
            .get(&key)
            .map_or((0, true), |it| (it.times, it.told != what));
        let failure = Failure {
            times: times.saturating_add(1),
            told: what.to_owned(),
        };
        all.insert(key, failure);
        let wait = AGAIN.saturating_mul(1 << times.min(DOUBLINGS));
        let apart = wait.mul_f64(spread(backup.id.as_str(), times) / 4.0);
        (wait + apart, news)
    }

    /// How many runs have ended so far.
    pub fn ended(&self) -> Ended {
        self.ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// One more run has ended.
    pub(crate) fn count(&self, result: &Result<(), Error>) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(()) => ended.well += 1,
            Err(error) if error.kind() == Kind::Cancelled => ended.called_off += 1,
            Err(error) => *ended.failed.entry(error.kind().word()).or_default() += 1,
        }
    }

    /// A run went well.
    pub(crate) fn well(&self, backup: &Backup) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&(backup.account.clone(), backup.id.clone()));
    }
}
