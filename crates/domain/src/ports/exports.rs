//! The book of Exports: what was asked for, as it was then, and where each
//! file of the ZIP lies.

use async_trait::async_trait;

use crate::account::AccountId;
use crate::error::Result;
use crate::export::{Export, ExportId, File, Passed, Row};

/// The book of Exports. Laws: `testkit::laws::store::exports`.
#[async_trait]
pub trait Exports: Send + Sync {
    /// Keeps an Export, in the place of what was known of it.
    async fn keep_export(&self, export: &Export) -> Result<()>;

    /// One of them.
    async fn export(&self, account: &AccountId, id: &ExportId) -> Result<Option<Export>>;

    /// All of a company, newest first.
    async fn exports(&self, account: &AccountId) -> Result<Vec<Export>>;

    /// Writes Items of an Export down as they are now. One that is there
    /// already stays as it is.
    async fn freeze(&self, account: &AccountId, id: &ExportId, rows: &[Row]) -> Result<()>;

    /// Items of an Export from a place on ([`Row::place`]), in the order of
    /// their places; `after`: without that one itself.
    async fn frozen(
        &self,
        account: &AccountId,
        id: &ExportId,
        from: &str,
        after: bool,
        limit: u32,
    ) -> Result<Vec<Row>>;

    /// Writes down where files of the ZIP lie.
    async fn lay_out(&self, account: &AccountId, id: &ExportId, files: &[File]) -> Result<()>;

    /// Files of the ZIP in the order in which they lie there: from the one that
    /// holds this byte on.
    async fn laid_out(
        &self,
        account: &AccountId,
        id: &ExportId,
        from: u64,
        limit: u32,
    ) -> Result<Vec<File>>;

    /// Keeps the sums of files whose bytes have passed.
    async fn passed(&self, account: &AccountId, id: &ExportId, passed: &[Passed]) -> Result<()>;

    /// Forgets some of what an Export holds, at most `limit` Items and files;
    /// with the last of them the Export itself. `true`: nothing is left of it.
    async fn forget_export(&self, account: &AccountId, id: &ExportId, limit: u32) -> Result<bool>;
}
