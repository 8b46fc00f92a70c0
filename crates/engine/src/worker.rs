//! A worker: takes what is due, several Backups at once, until it is told to
//! stop. Any number of them, in any number of processes, share one store.

use std::sync::Arc;
use std::time::Duration;

use domain::Result;
use domain::clock::Clock;
use domain::connection::Connection;
use domain::ports::{Providers, Store};
use jiff::tz::TimeZone;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::ends::{Ends, Rhythm};
use crate::failures::Failures;
use crate::{absent, alive, scrub, turn};

/// How often an idle worker asks whether something is due.
const LOOK: Duration = Duration::from_secs(1);
/// How long it leaves a memory alone that failed.
const RECOVER: Duration = Duration::from_secs(5);

/// What a worker is given to work with.
pub struct Worker {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// Where the two ends of a Connection come from.
    pub providers: Arc<dyn Providers>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How patient to be.
    pub rhythm: Rhythm,
    /// Who it is: no two processes have the same name.
    pub name: String,
    /// The zone of names where the provider names none.
    pub zone: TimeZone,
    /// How many Backups it works on at once.
    pub at_once: usize,
    /// Which runs have failed; empty when the process starts.
    pub failures: Failures,
    /// Cancelled when it is to stop: leases are given back.
    pub stop: CancellationToken,
}

impl Worker {
    /// Works until it is told to stop, and returns when everything is given
    /// back.
    pub async fn work(self) {
        let worker = Arc::new(self);
        let idle = Arc::clone(&worker);
        let alive = tokio::spawn(async move { alive::keep(&idle).await });
        let careful = Arc::clone(&worker);
        let care = tokio::spawn(async move { scrub::keep(&careful).await });
        let places = Arc::new(Semaphore::new(worker.at_once.max(1)));
        let mut turns = JoinSet::new();
        while let Some(place) = worker.place(&places).await {
            while turns.try_join_next().is_some() {}
            match worker.claim().await {
                Ok(Some(claimed)) => {
                    let worker = Arc::clone(&worker);
                    turns.spawn(async move {
                        worker.take(&claimed).await;
                        drop(place);
                    });
                }
                Ok(None) => worker.rest(LOOK).await,
                Err(error) => {
                    tracing::warn!(kind = error.kind().word(), "the database does not answer");
                    worker.rest(RECOVER).await;
                }
            }
        }
        while turns.join_next().await.is_some() {}
        alive.abort();
        // It ends by itself and gives back what it has; a panic was told of.
        let _ = care.await;
    }

    /// One turn: whether anything was due.
    pub async fn turn(&self) -> Result<bool> {
        match self.claim().await? {
            None => Ok(false),
            Some(claimed) => turn::take(self, &claimed).await.map(|()| true),
        }
    }

    /// Cares for one archive: whether any wanted it.
    pub async fn care(&self) -> Result<bool> {
        scrub::one(self).await
    }

    async fn place(&self, places: &Arc<Semaphore>) -> Option<tokio::sync::OwnedSemaphorePermit> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            place = Arc::clone(places).acquire_owned() => place.ok(),
        }
    }

    async fn claim(&self) -> Result<Option<domain::ports::Claimed>> {
        self.store.claim_due(&self.name, self.rhythm.lease).await
    }

    async fn take(&self, claimed: &domain::ports::Claimed) {
        if let Err(error) = turn::take(self, claimed).await {
            tracing::warn!(
                kind = error.kind().word(),
                "a run could not be written down"
            );
            self.rest(RECOVER).await;
        }
    }

    pub(crate) async fn rest(&self, how_long: Duration) {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {}
            () = sleep(how_long) => {}
        }
    }

    /// Both ends of a Connection. A scheduled run waits for nothing: what is
    /// not due yet is another run's.
    pub(crate) async fn ends(&self, connection: &Connection) -> Ends {
        Ends {
            source: absent::source(self.providers.source(connection).await),
            destination: absent::destination(self.providers.destination(connection).await),
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            rhythm: Rhythm {
                patience: Duration::ZERO,
                ..self.rhythm
            },
        }
    }
}
