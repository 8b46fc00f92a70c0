//! Upload sessions, opened ahead in batches: one call serves up to a thousand
//! files. A session that is lost on the way is not missed; Dropbox forgets it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::error::Result;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::api::Api;

/// Dropbox opens so many at once (files.stone, `start_batch`).
const MOST: usize = 1_000;
/// Dropbox keeps a session for 7 days (48 hours before May 2026); one that
/// waited here keeps enough of that for its file.
const FRESH: Duration = Duration::from_hours(24);
/// A batch that lasted longer was large enough.
const BRISK: Duration = Duration::from_mins(1);

/// A pool of unused sessions.
pub(crate) struct Sessions {
    api: Api,
    /// Sessions that callers wait for.
    wanted: AtomicUsize,
    pool: Mutex<Pool>,
}

#[derive(Default)]
struct Pool {
    ids: VecDeque<String>,
    opened: Option<(Instant, usize)>,
}

impl Sessions {
    pub(crate) fn new(api: Api) -> Sessions {
        Sessions {
            api,
            wanted: AtomicUsize::new(0),
            pool: Mutex::default(),
        }
    }

    /// So many unused sessions. At most one call that opens more is under way,
    /// and it opens for all who wait.
    pub(crate) async fn take(&self, count: usize) -> Result<Vec<String>> {
        let _wanting = Wanting::new(&self.wanted, count);
        let mut pool = self.pool.lock().await;
        let age = pool.opened.map(|(at, _)| at.elapsed());
        if age.is_some_and(|age| age > FRESH) {
            pool.ids.clear();
        }
        while pool.ids.len() < count {
            let missing = self.wanted.load(Ordering::Relaxed).max(count) - pool.ids.len();
            let last = pool.opened.map(|(at, size)| (size, at.elapsed()));
            let opened = self.api.start(how_many(missing, last)).await?;
            pool.opened = Some((Instant::now(), opened.len()));
            pool.ids.extend(opened);
        }
        Ok(pool.ids.drain(..count).collect())
    }
}

/// How many to open: what is missing now, and twice the last batch if that was
/// used up quickly.
fn how_many(missing: usize, last: Option<(usize, Duration)>) -> usize {
    let ahead = match last {
        Some((size, lasted)) if lasted <= BRISK => size.saturating_mul(2),
        _ => 0,
    };
    missing.max(ahead).clamp(1, MOST)
}

/// Counts itself among the wanted as long as it lives, also when its caller
/// is cancelled.
struct Wanting<'a>(&'a AtomicUsize, usize);

impl Wanting<'_> {
    fn new(wanted: &AtomicUsize, count: usize) -> Wanting<'_> {
        wanted.fetch_add(count, Ordering::Relaxed);
        Wanting(wanted, count)
    }
}

impl Drop for Wanting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_of_sessions_follow_the_demand() {
        let second = Duration::from_secs(1);
        for (missing, last, opened) in [
            (1, None, 1),
            (50, None, 50),
            (1, Some((1, second)), 2),
            (3, Some((64, second)), 128),
            (200, Some((64, second)), 200),
            (1, Some((1_000, second)), 1_000),
            (5_000, None, 1_000),
            (1, Some((1_000, 61 * second)), 1),
        ] {
            assert_eq!(how_many(missing, last), opened, "{missing} {last:?}");
        }
    }
}
