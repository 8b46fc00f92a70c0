//! The LOG as pages read it: rows page by page, and what is inside a row.

mod entries;
mod page;
mod walk;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::ports::{EntryLine, Log, LogAsk, Paged, Retry};
use domain::window::Window;

use crate::database::Database;

/// The SQL of this book, leaf by leaf.
pub(crate) const ALL: [&[(&str, &str)]; 3] = [entries::ALL, page::ALL, walk::ALL];

#[async_trait]
impl Log for Database {
    async fn log(&self, account: &AccountId, backup: &BackupId, ask: &LogAsk) -> Result<Paged> {
        self.attempt("reading a page of the log", || {
            self.one_page(account, backup, ask)
        })
        .await
    }

    async fn entries(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        after: Option<(i64, &str)>,
        limit: u32,
    ) -> Result<Vec<EntryLine>> {
        self.attempt("reading what is in a row of the log", || {
            self.some_lines(account, backup, window, after, limit)
        })
        .await
    }

    async fn retry(
        &self,
        account: &AccountId,
        backup: &Backup,
        what: &Retry,
        now_ms: i64,
    ) -> Result<u64> {
        self.attempt("making items due again", || {
            self.make_due(account, backup, what, now_ms)
        })
        .await
    }
}
