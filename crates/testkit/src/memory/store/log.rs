//! The LOG, in memory: every row is looked at, for nothing here is large.

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::ports::{EntryLine, LogAsk, Paged, Retry, Turn};
use domain::task::Task;
use domain::window::Window;

use super::{Book, Store};

impl Book {
    /// All rows that are asked for, newest first.
    fn all_rows(&self, backup: &BackupId, ask: &LogAsk) -> Vec<Task> {
        let rows = self.tasks.rows(backup).rev();
        rows.filter(|(row, _)| ask.window.contains_ms(row.start_ms()))
            .map(|(row, listed)| self.task(backup, row, listed))
            .filter(|task| !ask.telling || task.is_telling())
            .collect()
    }
}

fn page(rows: Vec<Task>, ask: &LogAsk) -> Paged {
    let limit = ask.limit as usize;
    let older = |than: Window| rows.partition_point(|it| it.window >= than);
    let (from, to) = match ask.turn {
        Turn::Newest => (0, limit.min(rows.len())),
        Turn::Older(than) => {
            let from = older(than);
            (from, from.saturating_add(limit).min(rows.len()))
        }
        Turn::Newer(than) => {
            let to = rows.partition_point(|it| it.window > than);
            (to.saturating_sub(limit), to)
        }
    };
    Paged {
        newer: from > 0,
        older: to < rows.len(),
        rows: rows.into_iter().take(to).skip(from).collect(),
    }
}

#[async_trait]
impl domain::ports::Log for Store {
    async fn log(&self, account: &AccountId, backup: &BackupId, ask: &LogAsk) -> Result<Paged> {
        Ok(self.look(account, |book| page(book.all_rows(backup, ask), ask)))
    }

    async fn entries(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        after: Option<(i64, &str)>,
        limit: u32,
    ) -> Result<Vec<EntryLine>> {
        Ok(self.look(account, |book| {
            let mut lines = book.ledger.lines(backup, window);
            lines.retain(|it| after.is_none_or(|after| (it.at_ms, it.item.as_str()) > after));
            lines.truncate(limit as usize);
            lines
        }))
    }

    async fn retry(
        &self,
        account: &AccountId,
        backup: &Backup,
        what: &Retry,
        now_ms: i64,
    ) -> Result<u64> {
        Ok(self.change(account, |book| book.ledger.retry(backup, what, now_ms)))
    }
}
