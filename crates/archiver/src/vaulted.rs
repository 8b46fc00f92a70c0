//! Grants where they are kept: in the vault, for a Connection; in memory, for
//! what no Connection has yet.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::Connection;
use domain::grant::{Grant, Provider};
use domain::ports::Store;
use domain::{Error, Kind, Result};
use outbound::{Keeper, Turn};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// A renewal takes seconds; whoever died in one holds the others up no longer
/// than this.
const LEASE: Duration = Duration::from_secs(45);
/// How often the right to renew is asked for again.
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// One end's grant of a kept Connection.
struct Vaulted {
    place: Arc<Place>,
    /// Within the process one waits here; the database is asked by one at a
    /// time.
    renewing: Arc<Mutex<()>>,
}

struct Place {
    store: Arc<dyn Store>,
    connection: Connection,
    end: Provider,
    /// Who this is, among all processes.
    holder: String,
}

/// Keeps one end's grant of a kept Connection in the vault.
pub(crate) fn keeper(
    store: &Arc<dyn Store>,
    connection: &Connection,
    end: Provider,
) -> Arc<dyn Keeper> {
    let keeper: Arc<dyn Keeper> = Arc::new(Vaulted::new(Arc::clone(store), connection, end));
    #[cfg(feature = "fail-points")]
    let keeper = crate::fail_points::keeper(end, keeper);
    keeper
}

/// How long the right to renew lasts.
fn lease() -> Duration {
    let usual = LEASE;
    #[cfg(feature = "fail-points")]
    let usual = crate::fail_points::lease().unwrap_or(usual);
    usual
}

impl Vaulted {
    fn new(store: Arc<dyn Store>, connection: &Connection, end: Provider) -> Vaulted {
        Vaulted {
            place: Arc::new(Place {
                store,
                connection: connection.clone(),
                end,
                holder: crate::assemble::holder(),
            }),
            renewing: Arc::default(),
        }
    }
}

impl Place {
    async fn take(&self) -> Result<()> {
        let (account, id) = (&self.connection.account, &self.connection.id);
        loop {
            let taken = self
                .store
                .take_renewal(account, id, self.end, &self.holder, lease());
            if taken.await? {
                return Ok(());
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    async fn give_back(&self) {
        let (account, id) = (&self.connection.account, &self.connection.id);
        let given = self
            .store
            .end_renewal(account, id, self.end, &self.holder)
            .await;
        if let Err(error) = given {
            tracing::debug!(kind = error.kind().word(), "a lease runs out by itself");
        }
    }
}

/// Held while a grant is renewed; no other process renews it meanwhile.
struct Renewal {
    place: Arc<Place>,
    _turn: OwnedMutexGuard<()>,
}

impl Drop for Renewal {
    fn drop(&mut self) {
        let place = Arc::clone(&self.place);
        tokio::spawn(async move { place.give_back().await });
    }
}

#[async_trait]
impl Keeper for Vaulted {
    async fn load(&self) -> Result<Option<Grant>> {
        let (account, id) = (&self.place.connection.account, &self.place.connection.id);
        self.place.store.grant(account, id, self.place.end).await
    }

    /// Only while somebody is connected, and only in the place of what was
    /// renewed: a renewal that was under way when somebody disconnected, or
    /// connected anew, must not bring the former grant back.
    async fn keep(&self, old: Option<&Grant>, grant: &Grant) -> Result<()> {
        let (account, id) = (&self.place.connection.account, &self.place.connection.id);
        let store = &self.place.store;
        if let Some(old) = old
            && store
                .renew_grant(account, id, self.place.end, old, grant)
                .await?
        {
            return Ok(());
        }
        let now = store.connection(account, id).await?;
        Err(if now.is_some_and(|it| it.connected) {
            Error::new(
                Kind::Unavailable,
                "this connection was made anew in the middle of a renewal",
            )
        } else {
            Error::new(Kind::Unauthorized, "this connection has ended")
                .remedy("Connect again on the GENERAL page.")
        })
    }

    async fn turn(&self) -> Result<Turn> {
        let turn = Arc::clone(&self.renewing).lock_owned().await;
        self.place.take().await?;
        Ok(Box::new(Renewal {
            place: Arc::clone(&self.place),
            _turn: turn,
        }))
    }
}

/// A grant that is used as it is and never renewed: whoever kept it would not
/// know of the new one.
pub(crate) struct AsItIs(Grant);

impl AsItIs {
    pub(crate) fn new(grant: &Grant) -> AsItIs {
        AsItIs(Grant {
            refresh: None,
            ..grant.clone()
        })
    }
}

#[async_trait]
impl Keeper for AsItIs {
    async fn load(&self) -> Result<Option<Grant>> {
        Ok(Some(self.0.clone()))
    }

    async fn keep(&self, _: Option<&Grant>, _: &Grant) -> Result<()> {
        Err(Error::new(
            Kind::Unauthorized,
            "this sign-in has ended; sign in again",
        ))
    }
}
