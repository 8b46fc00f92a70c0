//! What belongs to the server itself and to no company: its keys at the
//! providers, and whose it is.

use async_trait::async_trait;

use crate::account::AccountId;
use crate::error::Result;
use crate::secret::Secret;

/// The server's own settings and owners.
#[async_trait]
pub trait Instance: Send + Sync {
    /// A setting by its environment name (`RINGCENTRAL_CLIENT_ID`), as it was
    /// entered on the set-up page. Sealed at rest.
    async fn setting(&self, name: &str) -> Result<Option<Secret>>;

    /// Keeps a setting; `None` erases it.
    async fn keep_setting(&self, name: &str, value: Option<&Secret>) -> Result<()>;

    /// The companies this server belongs to, in the order of their ids.
    async fn owners(&self) -> Result<Vec<AccountId>>;

    /// Gives the server to a company, unless it belongs to one already.
    /// Returns whether it belongs to this company now.
    async fn claim(&self, account: &AccountId, now_ms: i64) -> Result<bool>;
}
