//! Grants, in memory; unsealed, for nothing is at rest here.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::ConnectionId;
use domain::grant::{Grant, Provider};

use super::Store;

#[derive(Default)]
pub(super) struct Vault {
    grants: HashMap<(ConnectionId, Provider), Grant>,
    /// When each was kept, milliseconds since 1970.
    kept_ms: HashMap<(ConnectionId, Provider), i64>,
    /// Who may renew, and until when.
    renewals: HashMap<(ConnectionId, Provider), (String, i64)>,
}

impl Vault {
    /// When the source's grant was given or last renewed.
    pub(super) fn source_kept_ms(&self, connection: &ConnectionId) -> Option<i64> {
        let key = (connection.clone(), Provider::Source);
        self.grants.get(&key)?;
        self.kept_ms.get(&key).copied()
    }

    /// Takes both ends' grants out.
    pub(super) fn take(&mut self, connection: &ConnectionId) -> (Option<Grant>, Option<Grant>) {
        let mut take = |end| self.grants.remove(&(connection.clone(), end));
        (take(Provider::Source), take(Provider::Destination))
    }
}

#[async_trait]
impl domain::ports::Vault for Store {
    async fn grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Grant>> {
        Ok(self.look(account, |book| {
            let key = (connection.clone(), provider);
            book.vault.grants.get(&key).cloned()
        }))
    }

    async fn keep_grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        grant: &Grant,
    ) -> Result<()> {
        let now_ms = self.now_ms();
        self.change(account, |book| {
            let key = (connection.clone(), provider);
            book.vault.kept_ms.insert(key.clone(), now_ms);
            book.vault.grants.insert(key, grant.clone());
        });
        Ok(())
    }

    async fn renew_grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        old: &Grant,
        new: &Grant,
    ) -> Result<bool> {
        let now_ms = self.now_ms();
        Ok(self.change(account, |book| {
            let connected = book.connections.is_connected(connection);
            let key = (connection.clone(), provider);
            let kept = book.vault.grants.get_mut(&key);
            match kept.filter(|kept| connected && *kept == old) {
                Some(kept) => {
                    *kept = new.clone();
                    book.vault.kept_ms.insert(key, now_ms);
                    true
                }
                None => false,
            }
        }))
    }

    async fn take_renewal(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        holder: &str,
        lease: Duration,
    ) -> Result<bool> {
        let now_ms = self.now_ms();
        let lease_ms = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4);
        Ok(self.change(account, |book| {
            let place = book
                .vault
                .renewals
                .entry((connection.clone(), provider))
                .or_default();
            let free = place.1 <= now_ms || place.0 == holder;
            if free {
                *place = (holder.to_owned(), now_ms + lease_ms);
            }
            free
        }))
    }

    async fn end_renewal(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        holder: &str,
    ) -> Result<()> {
        self.change(account, |book| {
            let key = (connection.clone(), provider);
            if book
                .vault
                .renewals
                .get(&key)
                .is_some_and(|it| it.0 == holder)
            {
                book.vault.renewals.remove(&key);
            }
        });
        Ok(())
    }

    async fn erase_grants(&self, account: &AccountId, connection: &ConnectionId) -> Result<()> {
        self.change(account, |book| {
            book.vault.take(connection);
        });
        Ok(())
    }
}
