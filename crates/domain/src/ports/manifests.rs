//! What the evidence in the destination needs to be remembered: the chain of
//! manifests, which Entries it has not told of yet, the files that were put
//! there, and the way back from them into an empty Ledger.

use async_trait::async_trait;

use crate::account::AccountId;
use crate::archive_path::ArchivePath;
use crate::connection::Backup;
use crate::error::Result;
use crate::ledger::DestinationId;
use crate::manifest::{Chain, Entered, Exhibit, Follows, Link, Told};
use crate::ports::destination::File;
use crate::secret::Secret;

/// The book of manifests: one chain for each Account and Destination. Laws
/// (suite: `testkit::laws::store`): an Entry is told of again whenever its
/// state changes; a manifest follows the newest one or none; nothing follows
/// one whose bytes are not known to lie in the destination.
#[async_trait]
pub trait Manifests: Send + Sync {
    /// The seed of this installation's signing key, 32 bytes as hex: made when
    /// it is first asked for, the same for ever after. Sealed at rest.
    async fn signing_seed(&self) -> Result<Secret>;

    /// How far the chain is.
    async fn chain(&self, account: &AccountId, destination: &DestinationId) -> Result<Chain>;

    /// Entries that are archived or missing and that no manifest tells of, in
    /// the order of their identities, at most `limit`.
    async fn untold(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        limit: u32,
    ) -> Result<Vec<Told>>;

    /// Makes a manifest the newest of its chain and keeps its bytes; what it
    /// tells of is told, unless it has changed since. `false`: it does not
    /// follow the newest one (`previous` is that one's sum), or the newest one
    /// is still to be put; nothing was done.
    async fn draft(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        link: &Link,
        previous: Option<&str>,
        body: &str,
        told: &[Told],
    ) -> Result<bool>;

    /// The manifest lies in the destination: its bytes are no longer kept, and
    /// its files are from now on. May be repeated.
    async fn laid(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        seq: u64,
        exhibits: &[Exhibit],
    ) -> Result<()>;

    /// Another manifest lies where the draft was to lie, by our own key and
    /// next in our chain: a database restored from before it was made. It takes
    /// the draft's place: what the draft told of is untold, what it tells
    /// itself is told, unless it has changed since. `false`: there is no draft
    /// of this place any more.
    async fn adopt(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        link: &Link,
        told: &[Told],
        exhibits: &[Exhibit],
    ) -> Result<bool>;

    /// The first manifest will say that it follows another installation's
    /// chain. `false`: there is a manifest already.
    async fn follow(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        follows: &Follows,
    ) -> Result<bool>;

    /// Keeps files that lie in the evidence folder.
    async fn keep_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        exhibits: &[Exhibit],
    ) -> Result<()>;

    /// The file that was put at a path of the evidence folder.
    async fn exhibit(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        path: &ArchivePath,
    ) -> Result<Option<Exhibit>>;

    /// Holds files that a destination lists against those that were put into
    /// the evidence folder: one answer for each, in order; `None`: not ours,
    /// `false`: another size or hash. Those that agree are stamped as proven at
    /// `now_ms`.
    async fn compare_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        files: &[File],
        now_ms: i64,
    ) -> Result<Vec<Option<bool>>>;

    /// Files of the evidence folder whose stamp is not `now_ms`, with a path
    /// after `after` (empty = from the start), in the order of their paths, at
    /// most `limit`.
    async fn unproven_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        now_ms: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Exhibit>>;

    /// Enters Entries as archived that this Ledger does not know, as those of
    /// a Backup; no manifest needs to tell of them. Known ones are left as they
    /// are. Returns how many were entered.
    async fn enter(
        &self,
        account: &AccountId,
        backup: &Backup,
        entered: &[Entered],
        now_ms: i64,
    ) -> Result<u64>;
}
