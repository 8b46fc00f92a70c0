//! What the LOG page reads: rows page by page, and what is inside a row.

use async_trait::async_trait;

use crate::account::{AccountId, ExtensionId};
use crate::connection::{Backup, BackupId};
use crate::data_type::DataType;
use crate::error::Result;
use crate::ledger::EntryState;
use crate::task::Task;
use crate::window::Window;

/// From where a page of rows is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// From the newest row.
    Newest,
    /// Rows older than this one.
    Older(Window),
    /// Rows newer than this one; the nearest of them.
    Newer(Window),
}

/// Which rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogAsk {
    /// Rows that begin inside: each row belongs to exactly one of two windows
    /// that meet, so to one day of any zone, however the zone cuts it.
    pub window: Window,
    /// Only rows that are telling ([`Task::is_telling`]): SHOW LESS.
    pub telling: bool,
    /// From where.
    pub turn: Turn,
    /// At most so many.
    pub limit: u32,
}

/// A page of rows, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paged {
    /// The rows.
    pub rows: Vec<Task>,
    /// Whether there are newer ones.
    pub newer: bool,
    /// Whether there are older ones.
    pub older: bool,
}

/// One Entry as a row of the LOG opens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryLine {
    /// Identity of the Item ([`crate::item::ItemId::key`]).
    pub item: String,
    /// What it is.
    pub data_type: DataType,
    /// Whose it is.
    pub extension: Option<ExtensionId>,
    /// Its own time, milliseconds since 1970.
    pub at_ms: i64,
    /// How it stands.
    pub state: EntryState,
    /// Why, in a sentence; empty when it is archived.
    pub cause: String,
    /// Where it lies, once it is archived.
    pub path: Option<String>,
    /// Its size in bytes, once it is archived.
    pub size: Option<u64>,
    /// When it is tried again, milliseconds since 1970.
    pub next_try_ms: Option<i64>,
}

/// What to try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retry {
    /// One Entry, by its item's key.
    One(String),
    /// Every Entry of the window.
    Window(Window),
    /// Pending Entries that would wait beyond this, milliseconds since 1970:
    /// nothing but a wrong clock plans so far ahead.
    Beyond(i64),
}

/// The LOG.
#[async_trait]
pub trait Log: Send + Sync {
    /// A page of rows. Costs the same however many rows there are.
    async fn log(&self, account: &AccountId, backup: &BackupId, ask: &LogAsk) -> Result<Paged>;

    /// Entries of the window in the order of their own time and key, those
    /// after `after` (an earlier line's time and key), at most `limit`.
    async fn entries(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        after: Option<(i64, &str)>,
        limit: u32,
    ) -> Result<Vec<EntryLine>>;

    /// Makes pending and missing Entries of the Backup pending, new and due at
    /// once. Archived and excluded ones stay, and so do those that wait for a
    /// sighting: the provider has nothing to fetch yet. [`Retry::Beyond`] makes
    /// pending ones due and changes nothing else of them. Returns how many.
    async fn retry(
        &self,
        account: &AccountId,
        backup: &Backup,
        what: &Retry,
        now_ms: i64,
    ) -> Result<u64>;
}
