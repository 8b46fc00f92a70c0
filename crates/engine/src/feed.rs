//! What the listing half of a run tells the half that works the ledger off.

use tokio::sync::{Notify, watch};

/// Tells the drain that the ledger has more, and when listing is over.
#[derive(Default)]
pub struct Feed {
    noted: Notify,
    over: watch::Sender<bool>,
}

impl Feed {
    /// A page is in the ledger.
    pub fn noted(&self) {
        self.noted.notify_one();
    }

    /// Nothing more will be noted.
    pub fn is_over(&self) {
        self.over.send_replace(true);
    }

    /// Whether listing is over.
    pub(crate) fn has_ended(&self) -> bool {
        *self.over.borrow()
    }

    /// Waits for a page.
    pub(crate) async fn more(&self) {
        self.noted.notified().await;
    }

    /// Waits for a page or the end.
    pub(crate) async fn moved(&self) {
        let mut over = self.over.subscribe();
        tokio::select! {
            biased;
            () = self.noted.notified() => {}
            _ = over.wait_for(|over| *over) => {}
        }
    }
}
