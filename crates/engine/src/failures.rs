//! How often each Backup's runs have failed in a row, as this process saw it:
//! waits double, and nobody is told the same sentence twice. Not remembered
//! any longer: after a restart one more try and one more word do no harm.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::account::AccountId;
use domain::connection::{Backup, BackupId};

use crate::retry::spread;

/// After the first failure a run comes again after this; from there it doubles.
const AGAIN: Duration = Duration::from_mins(1);
/// No need to double further: with the next hour it comes anyway.
const DOUBLINGS: u32 = 6;

/// The failures in a row of every Backup that has any.
#[derive(Debug, Default)]
pub struct Failures {
    all: Mutex<HashMap<(AccountId, BackupId), Failure>>,
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

    /// A run went well.
    pub(crate) fn well(&self, backup: &Backup) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&(backup.account.clone(), backup.id.clone()));
    }
}
