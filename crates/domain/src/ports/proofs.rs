//! What a proof reads and writes: archived Entries held against the files of
//! their destination, and the Proofs themselves.

use async_trait::async_trait;

use crate::account::AccountId;
use crate::connection::{Backup, BackupId};
use crate::error::Result;
use crate::item::ItemId;
use crate::ledger::{DestinationId, EntryState};
use crate::ports::destination::File;
use crate::ports::store::Shelved;
use crate::proof::{Claim, Proof};
use crate::window::Window;

/// The book of Proofs.
#[async_trait]
pub trait Proofs: Send + Sync {
    /// Holds files that a destination lists against its archived Entries: one
    /// answer for each, in order. A file without a hash is judged by its size
    /// alone. Entries that agree are stamped as proven at `now_ms`.
    async fn compare(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        files: &[File],
        now_ms: i64,
    ) -> Result<Vec<Claim>>;

    /// Archived Entries of the Backup's window whose stamp is not `now_ms`,
    /// with a path after `after` (empty = from the start), in the order of
    /// their paths, at most `limit`.
    async fn unproven(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        now_ms: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Shelved>>;

    /// Makes archived Entries pending again, due at once, each with the
    /// sentence that says why: their files are no longer what they were.
    /// Others are left alone. Returns how many.
    async fn reopen(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        items: &[(ItemId, String)],
        now_ms: i64,
    ) -> Result<u64>;

    /// How items stand at a destination, in order; `None`: no Entry.
    async fn standing(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        items: &[ItemId],
    ) -> Result<Vec<Option<EntryState>>>;

    /// Keeps a Proof.
    async fn keep_proof(&self, account: &AccountId, backup: &BackupId, proof: &Proof)
    -> Result<()>;

    /// The newest Proofs of a Backup, newest first, at most `limit`.
    async fn proofs(
        &self,
        account: &AccountId,
        backup: &BackupId,
        limit: u32,
    ) -> Result<Vec<Proof>>;
}
