//! Grants, in memory; unsealed, for nothing is at rest here.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::ConnectionId;
use domain::grant::{Grant, Provider};

use super::Store;

#[derive(Default)]
pub(super) struct Vault {
    grants: HashMap<(ConnectionId, Provider), Grant>,
}

impl Vault {
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
        self.change(account, |book| {
            let key = (connection.clone(), provider);
            book.vault.grants.insert(key, grant.clone());
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
