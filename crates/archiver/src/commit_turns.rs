//! The right to commit to one Dropbox account, across processes: a short lease
//! in the database, kept while a batch is under way and given back after it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use destination_dropbox::Turns;
use domain::Result;
use domain::ledger::DestinationId;
use domain::ports::Store;
use outbound::Turn;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Whoever died in a commit holds the others up no longer than this.
const LEASE: Duration = Duration::from_secs(10);
/// How often the right is asked for again by whoever waits for it.
const ASK_AGAIN: Duration = Duration::from_millis(50);
/// Giving it back must not keep anybody from stopping.
const GOODBYE: Duration = Duration::from_secs(2);

/// How long the right lasts.
fn lease() -> Duration {
    let usual = LEASE;
    #[cfg(feature = "fail-points")]
    let usual = crate::fail_points::lease().unwrap_or(usual);
    usual
}

/// This process's place before one Dropbox. Clones share it. Until it is
/// shared, nobody else is believed to commit there.
#[derive(Clone, Default)]
pub(crate) struct CommitTurns {
    place: Arc<OnceLock<Arc<Place>>>,
    /// Held from asking until it is given back: within the process one waits
    /// here.
    ours: Arc<Mutex<()>>,
}

struct Place {
    store: Arc<dyn Store>,
    name: String,
    /// Who this is, among all processes.
    holder: String,
}

impl CommitTurns {
    /// All processes with this store commit to that Dropbox one after the
    /// other. Said twice, the first counts.
    pub(crate) fn share(&self, store: &Arc<dyn Store>, holder: &str, id: &DestinationId) {
        self.place.get_or_init(|| {
            Arc::new(Place {
                store: Arc::clone(store),
                name: format!("commit {}", id.as_str()),
                holder: holder.to_owned(),
            })
        });
    }

    /// Waits until the right is given back, when nobody here commits any more.
    pub(crate) async fn leave(&self) {
        if timeout(GOODBYE, self.ours.lock()).await.is_err() {
            tracing::debug!("a lease runs out by itself");
        }
    }
}

impl Place {
    async fn ask(&self) -> Result<bool> {
        let lease = lease();
        self.store.take_right(&self.name, &self.holder, lease).await
    }

    /// As long as somebody commits. A database that does not answer changes
    /// nothing here: others commit when the lease has run out, and two at once
    /// do no harm but cost a few tries.
    async fn keep(&self) {
        loop {
            sleep(lease() / 3).await;
            if let Err(error) = self.ask().await {
                tracing::debug!(kind = error.kind().word(), "a lease was not lengthened");
            }
        }
    }

    async fn give_back(&self) {
        if let Err(error) = self.store.end_right(&self.name, &self.holder).await {
            tracing::debug!(kind = error.kind().word(), "a lease runs out by itself");
        }
    }
}

#[async_trait]
impl Turns for CommitTurns {
    async fn turn(&self) -> Result<Turn> {
        let Some(place) = self.place.get() else {
            return Ok(Box::new(()));
        };
        let ours = Arc::clone(&self.ours).lock_owned().await;
        // From here on it is given back, even if nobody goes on waiting.
        let mut held = Held {
            place: Arc::clone(place),
            ours: Some(ours),
            kept: None,
        };
        while !place.ask().await? {
            sleep(ASK_AGAIN).await;
        }
        let place = Arc::clone(place);
        held.kept = Some(tokio::spawn(async move { place.keep().await }));
        Ok(Box::new(held))
    }
}

/// Held while a batch is committed.
struct Held {
    place: Arc<Place>,
    ours: Option<OwnedMutexGuard<()>>,
    kept: Option<JoinHandle<()>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(kept) = &self.kept {
            kept.abort();
        }
        let (place, ours) = (Arc::clone(&self.place), self.ours.take());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                place.give_back().await;
                drop(ours);
            });
        }
    }
}
