//! The books of the Store port that the flow writes: Connections, Tasks, Ledger,
//! Journal. Every function takes the tenant, but for the one that finds out
//! whose turn it is.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;

use crate::account::{Account, AccountId, Extension, ExtensionId};
use crate::archive_path::ArchivePath;
use crate::call::Call;
use crate::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord};
use crate::data_type::DataType;
use crate::error::Result;
use crate::event::Event;
use crate::grant::{Grant, Provider};
use crate::item::{ItemId, Sighting};
use crate::lane::Lane;
use crate::ledger::{Count, DestinationId, Fingerprint, Open, Outcome, Receipt, Work};
use crate::task::{Listing, Task};
use crate::timetable::Timetable;
use crate::window::Window;

/// Accounts, their people, Destinations, Connections and Backups.
#[async_trait]
pub trait Connections: Send + Sync {
    /// Keeps what is known of a company (insert or update).
    async fn keep_account(&self, account: &Account, now_ms: i64) -> Result<()>;

    /// One company.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>>;

    /// Every company here, in the order of their ids.
    async fn accounts(&self) -> Result<Vec<Account>>;

    /// Keeps a complete listing of a company's people. Those no longer listed
    /// are kept and marked as gone since `now_ms`.
    async fn keep_extensions(
        &self,
        account: &AccountId,
        all: &[Extension],
        now_ms: i64,
    ) -> Result<()>;

    /// The people of a company, gone ones too.
    async fn extensions(&self, account: &AccountId) -> Result<Vec<Extension>>;

    /// Keeps a destination. One that another Account owns is refused
    /// (`Kind::Config`); label and naming of a known one are left as they are.
    async fn keep_destination(&self, record: &DestinationRecord) -> Result<DestinationRecord>;

    /// A destination of this Account.
    async fn destination(
        &self,
        account: &AccountId,
        id: &DestinationId,
    ) -> Result<Option<DestinationRecord>>;

    /// Keeps a Connection (insert or update by its id).
    async fn keep_connection(&self, connection: &Connection, now_ms: i64) -> Result<()>;

    /// The Connections of a company.
    async fn connections(&self, account: &AccountId) -> Result<Vec<Connection>>;

    /// One Connection, whoever's it is.
    async fn connection(
        &self,
        account: &AccountId,
        id: &ConnectionId,
    ) -> Result<Option<Connection>>;

    /// Says what is wrong with one end's grant, or that nothing is any more.
    async fn set_trouble(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        end: Provider,
        trouble: Option<&str>,
    ) -> Result<()>;

    /// Ends a Connection in one transaction: it is no longer connected, its
    /// Backups are OFF, its grants are erased. Returns the grants it had
    /// (source, destination), for revoking. Nothing else changes. May be
    /// repeated.
    async fn disconnect(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        now_ms: i64,
    ) -> Result<(Option<Grant>, Option<Grant>)>;

    /// Keeps a Backup (insert or update by its id). Types that it did not have
    /// were never listed for the rows that are there: in the same transaction
    /// those that can still be listed ([`crate::switch::listable_from`]) are
    /// due again, unless the Backup is head-less.
    async fn keep_backup(&self, backup: &Backup, now_ms: i64) -> Result<()>;

    /// One Backup, whoever's it is: one row, for who asks again and again.
    async fn backup(&self, account: &AccountId, id: &BackupId) -> Result<Option<Backup>>;

    /// The Backups of a company.
    async fn backups(&self, account: &AccountId) -> Result<Vec<Backup>>;

    /// The name of an extension's folder at a destination: the proposed one
    /// when it is first asked for, and that same one for ever after.
    /// `None` is the folder for items that belong to nobody in particular.
    async fn folder(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        extension: Option<&ExtensionId>,
        proposed: &str,
    ) -> Result<String>;
}

/// The right to work on a Backup: one at a time, for a short lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whose work it is.
    pub backup: BackupId,
    /// Fences a former holder: every take-over raises it.
    pub attempt: i64,
}

/// A Backup whose turn it is, and the right to work on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The company.
    pub account: AccountId,
    /// The right, with the Backup's id.
    pub run: Run,
    /// Somebody asked for it ([`Tasks::hurry`]); that is used up now.
    pub hurried: bool,
}

/// Tasks, Runs, timetables and marks.
#[async_trait]
pub trait Tasks: Send + Sync {
    /// Opens a row for each window that has none yet.
    async fn open_tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        windows: &[Window],
    ) -> Result<()>;

    /// Tells how far the listing of every Task inside the window is. What was
    /// wholly listed once stays `Done`. `Done` is refused in silence when the
    /// Backup has other types by now than those that were listed.
    async fn set_listing(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        listing: Listing,
    ) -> Result<()>;

    /// Every Task that overlaps the window is to be listed again, also one
    /// that was `Done`.
    async fn relist(&self, account: &AccountId, backup: &BackupId, window: Window) -> Result<()>;

    /// The rows that overlap the window, newest first, counts derived from
    /// the Ledger. A row that ends after the newest hour that was listed
    /// ([`Timetable::hourly_ms`]) is not `Done`: a clock ran ahead.
    async fn tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<Task>>;

    /// Takes the right to work on the Backup that has been due for longest (by
    /// the database's clock), of any company: enabled, connected, not
    /// head-less, nobody at work on it, and due or hurried. Due also means: due
    /// more than two hours ahead, which only a wrong clock can have planned. A
    /// hurry is used up by this. `None`: nothing is due. Companies take turns: one that has just
    /// been served comes after those that were not.
    async fn claim_due(&self, worker: &str, lease: Duration) -> Result<Option<Claimed>>;

    /// Makes a Backup due at once, whatever its timetable says, also while a
    /// Run is at work on it: then again after it.
    async fn hurry(&self, account: &AccountId, backup: &BackupId) -> Result<()>;

    /// What a Backup's clock remembers; empty before the first time.
    async fn timetable(&self, account: &AccountId, backup: &BackupId) -> Result<Timetable>;

    /// Replaces it, if it still is as it was. `false`: somebody else has
    /// changed it since, or there is no such Backup; nothing was done.
    async fn change_timetable(
        &self,
        account: &AccountId,
        backup: &BackupId,
        was: &Timetable,
        timetable: &Timetable,
    ) -> Result<bool>;

    /// Whether a Run is at work on the Backup now.
    async fn is_running(&self, account: &AccountId, backup: &BackupId) -> Result<bool>;

    /// Takes the right to work on a Backup, or `None` while somebody else
    /// holds it and their lease has not run out (by the database's clock). A
    /// lease of zero has run out at once; no attempt number is given twice.
    async fn start_run(
        &self,
        account: &AccountId,
        backup: &BackupId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Run>>;

    /// Lengthens the lease. `false`: it is somebody else's now; stop.
    async fn beat(&self, account: &AccountId, run: &Run, lease: Duration) -> Result<bool>;

    /// Gives the right back. A fenced holder changes nothing.
    async fn finish_run(&self, account: &AccountId, run: &Run) -> Result<()>;

    /// Listed up to here, milliseconds since 1970; `None` = never.
    async fn mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
    ) -> Result<Option<i64>>;

    /// Moves a mark forward; a mark never moves back.
    async fn advance_mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
        to_ms: i64,
    ) -> Result<()>;
}

/// A sighting together with where the item would lie if it is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// What was seen.
    pub sighting: Sighting,
    /// Its stem ([`crate::archive_path`]); kept only when the Entry is new.
    pub stem: String,
}

/// An archived Entry, for verification and catalogues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelved {
    /// Which item.
    pub item: ItemId,
    /// Its own time, milliseconds since 1970.
    pub at_ms: i64,
    /// Where it lies.
    pub path: ArchivePath,
    /// What we computed over its bytes.
    pub fingerprint: Fingerprint,
    /// What the destination vouched for.
    pub receipt: Receipt,
}

/// The book of Entries.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Notes what a page of a listing showed, in one transaction: items,
    /// Entries for new ones, whose Backup they belong to, and calls. An Entry
    /// that is archived or missing keeps its state; a pending one follows the
    /// newest sighting; known facts are never overwritten with nothing.
    /// Returns how many Entries are new.
    async fn note(
        &self,
        account: &AccountId,
        backup: &Backup,
        noted: &[Noted],
        calls: &[Call],
        now_ms: i64,
    ) -> Result<u64>;

    /// Pending Entries of a Backup and one type whose own time lies in the
    /// window and whose next try is due, oldest own time first, at most
    /// `limit`.
    async fn due(
        &self,
        account: &AccountId,
        backup: &Backup,
        of: DataType,
        window: Window,
        now_ms: i64,
        limit: u32,
    ) -> Result<Vec<Work>>;

    /// When the next pending Entry of the window falls due, milliseconds
    /// since 1970; `None` when nothing is pending.
    async fn next_due(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<Option<i64>>;

    /// Writes down what became of tries, in one transaction. An Entry that is
    /// archived already stays so.
    async fn settle(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        outcomes: &[(ItemId, Outcome)],
        now_ms: i64,
    ) -> Result<()>;

    /// Counts by data type, of the Backup's items whose own time lies in the
    /// window.
    async fn counts(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<BTreeMap<DataType, Count>>;

    /// Entries of the window that are not archived, in the order of their own
    /// time, at most `limit`.
    async fn open_entries(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        limit: u32,
    ) -> Result<Vec<Open>>;

    /// Archived Entries of the window with a path after `after` (empty =
    /// from the start), in the order of their paths, at most `limit`.
    async fn shelved(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Shelved>>;
}

/// The book of Events.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Writes Events down, in order.
    async fn write(&self, account: &AccountId, backup: &BackupId, events: &[Event]) -> Result<()>;

    /// Events that belong to the window, newest first, at most `limit`.
    async fn events(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
        limit: u32,
    ) -> Result<Vec<Event>>;
}
