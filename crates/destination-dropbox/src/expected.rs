//! Who will still come to be gathered. A batch that sees nobody coming does
//! not wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts them. Clones share the count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    coming: AtomicUsize,
    none: Notify,
}

/// One of them: as long as it lives, it will come.
#[derive(Debug)]
pub(crate) struct Coming(Arc<Count>);

impl Expected {
    /// One more will come.
    pub(crate) fn one(&self) -> Coming {
        self.0.coming.fetch_add(1, Ordering::AcqRel);
        Coming(Arc::clone(&self.0))
    }

    /// Whether anybody will.
    pub(crate) fn is_any(&self) -> bool {
        self.0.coming.load(Ordering::Acquire) > 0
    }

    /// Ends when nobody is coming any more, from this call on.
    pub(crate) fn none(&self) -> impl Future<Output = ()> + '_ {
        self.0.none.notified()
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        if self.0.coming.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.none.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn the_last_to_come_or_give_up_is_told() {
        let expected = Expected::default();
        assert!(!expected.is_any());
        let (one, other) = (expected.one(), expected.clone().one());
        let none = expected.none();
        drop(one);
        assert!(expected.is_any());
        drop(other);
        assert!(!expected.is_any());
        assert_eq!(none.now_or_never(), Some(()));
        assert_eq!(expected.none().now_or_never(), None);
    }
}
