//! The bytes that all uploads of a process may hold in memory together. Nobody
//! who holds some ever waits for more, so it cannot deadlock: whoever waits
//! here holds nothing, and whoever holds gives back without waiting here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::error::Result;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::task::interrupted;

/// A share of memory, first come first served. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct ByteBudget {
    permits: Arc<Semaphore>,
    size: usize,
    queue: Arc<Queue>,
}

/// Who waits for room.
#[derive(Debug, Default)]
struct Queue {
    waiting: AtomicUsize,
    came: Notify,
}

/// Bytes set aside; given back when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    permit: OwnedSemaphorePermit,
    budget: ByteBudget,
}

impl ByteBudget {
    /// So many bytes in all; below 4 GiB.
    pub(crate) fn new(bytes: usize) -> ByteBudget {
        ByteBudget {
            permits: Arc::new(Semaphore::new(bytes)),
            size: bytes,
            queue: Arc::default(),
        }
    }

    /// Whether somebody waits for room.
    pub(crate) fn is_wanted(&self) -> bool {
        self.queue.waiting.load(Ordering::Relaxed) > 0
    }

    /// Ends when somebody begins to wait for room, from this call on.
    pub(crate) fn wanted(&self) -> impl Future<Output = ()> + '_ {
        self.queue.came.notified()
    }

    /// Waits for room, at most the whole budget.
    pub(crate) async fn reserve(&self, bytes: usize) -> Result<Room> {
        let wanted = permits(bytes.min(self.size));
        let at_once = Arc::clone(&self.permits).try_acquire_many_owned(wanted);
        let got = if let Ok(permit) = at_once {
            Ok(permit)
        } else {
            let _waiting = Waiting::new(&self.queue);
            Arc::clone(&self.permits).acquire_many_owned(wanted).await
        };
        Ok(Room {
            permit: got.map_err(|_| interrupted())?,
            budget: self.clone(),
        })
    }

    /// Bytes that nobody holds.
    #[cfg(test)]
    pub(crate) fn left(&self) -> usize {
        self.permits.available_permits()
    }
}

/// Counts itself in the queue as long as it lives, also when its caller is
/// cancelled.
struct Waiting<'a>(&'a Queue);

impl Waiting<'_> {
    fn new(queue: &Queue) -> Waiting<'_> {
        queue.waiting.fetch_add(1, Ordering::Relaxed);
        queue.came.notify_waiters();
        Waiting(queue)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Room {
    /// Bytes it is good for.
    pub(crate) fn size(&self) -> usize {
        self.permit.num_permits()
    }

    /// Becomes larger if that is possible at once.
    pub(crate) fn try_grow(&mut self, to: usize) -> bool {
        let more = to.min(self.budget.size).saturating_sub(self.size());
        if more == 0 {
            return false;
        }
        let permits = Arc::clone(&self.budget.permits).try_acquire_many_owned(permits(more));
        permits.map(|permit| self.permit.merge(permit)).is_ok()
    }

    /// Gives back what is above.
    pub(crate) fn shrink(&mut self, to: usize) {
        drop(self.permit.split(self.size().saturating_sub(to)));
    }
}

fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn room_is_given_back_in_part_and_in_whole() {
        let budget = ByteBudget::new(100);
        let mut room = budget.reserve(60).await.unwrap();
        assert!(budget.reserve(50).now_or_never().is_none());
        room.shrink(40);
        assert_eq!((room.size(), budget.left()), (40, 60));
        assert!(room.try_grow(100));
        assert_eq!((room.size(), budget.left()), (100, 0));
        drop(room);
        assert_eq!(budget.left(), 100);
    }

    #[tokio::test]
    async fn nobody_waits_while_holding() {
        let budget = ByteBudget::new(100);
        let mut one = budget.reserve(50).await.unwrap();
        let two = budget.reserve(50).await.unwrap();
        assert!(!one.try_grow(60));
        drop(two);
        assert!(one.try_grow(60));
    }

    #[tokio::test]
    async fn who_waits_is_known() {
        let budget = ByteBudget::new(100);
        let all = budget.reserve(100).await.unwrap();
        let mut wanted = Box::pin(budget.wanted());
        assert!(!budget.is_wanted() && wanted.as_mut().now_or_never().is_none());
        let mut waiting = Box::pin(budget.reserve(1));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(budget.is_wanted());
        wanted.await;
        drop(all);
        waiting.await.unwrap();
        assert!(!budget.is_wanted());
        let all = budget.reserve(100).await.unwrap();
        drop(budget.reserve(1).now_or_never());
        assert!(!budget.is_wanted(), "who goes away waits no longer");
        drop(all);
    }

    #[tokio::test]
    async fn more_than_everything_is_everything() {
        let budget = ByteBudget::new(100);
        let mut room = budget.reserve(1_000).await.unwrap();
        assert_eq!(room.size(), 100);
        assert!(!room.try_grow(1_000));
    }
}
