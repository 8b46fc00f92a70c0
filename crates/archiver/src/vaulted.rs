//! Grants where they are kept: in the vault, for a Connection; in memory, for
//! what no Connection has yet.

use std::sync::Arc;

use async_trait::async_trait;
use domain::connection::Connection;
use domain::grant::{Grant, Provider};
use domain::ports::Store;
use domain::{Error, Kind, Result};
use outbound::{Keeper, Turn};
use tokio::sync::Mutex;

/// One end's grant of a kept Connection.
pub(crate) struct Vaulted {
    store: Arc<dyn Store>,
    connection: Connection,
    end: Provider,
    renewing: Arc<Mutex<()>>,
}

impl Vaulted {
    pub(crate) fn new(store: Arc<dyn Store>, connection: &Connection, end: Provider) -> Vaulted {
        Vaulted {
            store,
            connection: connection.clone(),
            end,
            renewing: Arc::default(),
        }
    }

    async fn is_connected(&self) -> Result<bool> {
        let (account, id) = (&self.connection.account, &self.connection.id);
        let now = self.store.connection(account, id).await?;
        Ok(now.is_some_and(|it| it.connected))
    }
}

#[async_trait]
impl Keeper for Vaulted {
    async fn load(&self) -> Result<Option<Grant>> {
        let (account, id) = (&self.connection.account, &self.connection.id);
        self.store.grant(account, id, self.end).await
    }

    /// Only while somebody is connected: a renewal that was under way when a
    /// Connection ended must not bring its grant back.
    async fn keep(&self, grant: &Grant) -> Result<()> {
        let (account, id) = (&self.connection.account, &self.connection.id);
        if self.is_connected().await? {
            self.store.keep_grant(account, id, self.end, grant).await?;
            // It may have ended in between.
            if self.is_connected().await? {
                return Ok(());
            }
            self.store.erase_grants(account, id).await?;
        }
        Err(Error::new(Kind::Unauthorized, "this connection has ended")
            .remedy("Connect again on the GENERAL page."))
    }

    async fn turn(&self) -> Result<Turn> {
        Ok(Box::new(Arc::clone(&self.renewing).lock_owned().await))
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

    async fn keep(&self, _: &Grant) -> Result<()> {
        Err(Error::new(
            Kind::Unauthorized,
            "this sign-in has ended; sign in again",
        ))
    }
}
