//! Which requests came and how each was answered: the side of the story that
//! benchmarks and tests compare with the client's. Append-only between resets.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Requests kept one by one; older ones are only counted.
const KEPT: usize = 100_000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestRecord {
    /// When it was answered, in milliseconds since 1970 of the simulation.
    pub at_ms: i64,
    /// The function (`files/upload`), or `oauth2/token`, `oauth2/authorize`,
    /// `temporary_link`.
    pub route: String,
    /// The status sent; 0 when the connection was dropped instead.
    pub status: u16,
    /// `X-Dropbox-Request-Id` of the answer.
    pub request_id: String,
}

/// Counters since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RequestCounts {
    /// All requests.
    pub total: u64,
    /// Requests by route, then by status (0: dropped).
    pub routes: BTreeMap<String, BTreeMap<u16, u64>>,
    /// Requests that came although a 429 had asked to wait longer.
    pub ignored_waits: u64,
    /// The most `finish_batch` calls that were under way at once.
    pub most_commits: u64,
    /// `Dropbox-API-Arg` headers with bytes beyond ASCII: accepted by the
    /// service today, but not promised.
    pub raw_utf8_headers: u64,
}

impl RequestCounts {
    /// Requests to one route, whatever came of them.
    pub fn of(&self, route: &str) -> u64 {
        self.routes
            .get(route)
            .map_or(0, |statuses| statuses.values().sum())
    }

    /// Requests to one route that were answered with `status`.
    pub fn answered(&self, route: &str, status: u16) -> u64 {
        let statuses = self.routes.get(route);
        statuses.and_then(|s| s.get(&status)).copied().unwrap_or(0)
    }
}

/// The log.
#[derive(Debug, Default)]
pub(super) struct RequestLog {
    inner: Mutex<(RequestCounts, VecDeque<RequestRecord>)>,
    committing: AtomicU64,
}

/// A `finish_batch` call under way.
pub(super) struct Committing<'a>(&'a AtomicU64);

impl Drop for Committing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl RequestLog {
    fn locked<T>(
        &self,
        f: impl FnOnce(&mut RequestCounts, &mut VecDeque<RequestRecord>) -> T,
    ) -> T {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (counts, records) = &mut *inner;
        f(counts, records)
    }

    pub(super) fn add(&self, record: RequestRecord) {
        self.locked(|counts, records| {
            counts.total += 1;
            *counts
                .routes
                .entry(record.route.clone())
                .or_default()
                .entry(record.status)
                .or_default() += 1;
            if records.len() == KEPT {
                records.pop_front();
            }
            records.push_back(record);
        });
    }

    /// A `finish_batch` call begins; it is under way until the value is dropped.
    pub(super) fn commit_begins(&self) -> Committing<'_> {
        let now = self.committing.fetch_add(1, Ordering::SeqCst) + 1;
        self.locked(|counts, _| counts.most_commits = counts.most_commits.max(now));
        Committing(&self.committing)
    }

    pub(super) fn add_ignored_wait(&self) {
        self.locked(|counts, _| counts.ignored_waits += 1);
    }

    pub(super) fn add_raw_utf8_header(&self) {
        self.locked(|counts, _| counts.raw_utf8_headers += 1);
    }

    pub(super) fn counts(&self) -> RequestCounts {
        self.locked(|counts, _| counts.clone())
    }

    pub(super) fn records(&self) -> Vec<RequestRecord> {
        self.locked(|_, records| records.iter().cloned().collect())
    }

    pub(super) fn reset(&self) {
        self.locked(|counts, records| {
            *counts = RequestCounts::default();
            records.clear();
        });
    }
}
