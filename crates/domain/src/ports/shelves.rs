//! Taking one thing from the shelf to look at it.

use async_trait::async_trait;

use crate::account::AccountId;
use crate::connection::Backup;
use crate::data_type::DataType;
use crate::error::Result;
use crate::holding::Holding;

/// What is shown one by one. Nothing of it needs the provider: it is there
/// whatever became of the Item since.
#[async_trait]
pub trait Shelves: Send + Sync {
    /// The parts of a recording or message that are a Backup's, in the order
    /// of their keys; at most [`MOST_PARTS`]. `unit` is the provider's id.
    /// Empty: the Backup has nothing of that name.
    async fn parts(
        &self,
        account: &AccountId,
        backup: &Backup,
        of: DataType,
        unit: &str,
    ) -> Result<Vec<Holding>>;
}

/// No message that is shown has more parts.
pub const MOST_PARTS: u32 = 200;
