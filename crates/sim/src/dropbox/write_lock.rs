//! The write lock of the one namespace: every commit, removal and new folder
//! takes it, appends and reads do not. Nobody waits for it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use super::options::Options;

/// One namespace, one writer.
#[derive(Debug, Default)]
pub(super) struct WriteLock {
    writer: Mutex<()>,
    /// Somebody else writes until then, by the simulation's clock.
    others_until_ms: AtomicI64,
}

impl WriteLock {
    /// Takes the lock and spends the time of a commit of `entries` files in
    /// it; the caller then writes and lets go. `None` when it is taken.
    pub(super) async fn take(
        &self,
        now_ms: i64,
        entries: u64,
        options: &Options,
    ) -> Option<MutexGuard<'_, ()>> {
        if now_ms < self.others_until_ms.load(Ordering::SeqCst) {
            return None;
        }
        let guard = self.writer.try_lock().ok()?;
        let ms = options.commit_ms + options.commit_entry_ms * entries;
        if ms > 0 {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        Some(guard)
    }

    /// Lets another, unseen client hold the lock until then.
    pub(super) fn give_to_others(&self, until_ms: i64) {
        self.others_until_ms.store(until_ms, Ordering::SeqCst);
    }
}
