//! The Vault: grants at rest, and whose turn it is to renew one.

use std::time::Duration;

use async_trait::async_trait;

use crate::account::AccountId;
use crate::connection::ConnectionId;
use crate::error::Result;
use crate::grant::{Grant, Provider};

/// Grants, sealed at rest.
#[async_trait]
pub trait Vault: Send + Sync {
    /// The current grant of one end of a Connection.
    async fn grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Grant>>;

    /// Replaces it. Durable before it returns: only then may it be used.
    async fn keep_grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        grant: &Grant,
    ) -> Result<()>;

    /// Replaces `old` by the grant it was renewed to, if the Connection is
    /// still connected and `old` is still what is kept. `false`: it is not, and
    /// nothing was changed.
    async fn renew_grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        old: &Grant,
        new: &Grant,
    ) -> Result<bool>;

    /// Takes the right to renew one end's grant, across all processes, for a
    /// short lease (by the database's clock). `false` while another holder has
    /// it.
    async fn take_renewal(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        holder: &str,
        lease: Duration,
    ) -> Result<bool>;

    /// Gives that right back. Who does not hold it changes nothing.
    async fn end_renewal(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        holder: &str,
    ) -> Result<()>;

    /// Erases both ends' grants.
    async fn erase_grants(&self, account: &AccountId, connection: &ConnectionId) -> Result<()>;
}
