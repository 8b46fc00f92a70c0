//! The book of Scrubs and of the Census, in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::census::CensusDay;
use domain::connection::BackupId;
use domain::ports::Scrubbed;
use domain::schedule::ABSURD_MS;
use domain::scrub::Scrub;
use domain::window::Window;

use super::Store;

#[derive(Default)]
pub(super) struct Scrubs {
    turns: BTreeMap<BackupId, Turn>,
    census: BTreeMap<(BackupId, i64), CensusDay>,
}

#[derive(Clone, Default)]
struct Turn {
    scrub: Scrub,
    due_ms: i64,
    /// Who, until when, for how long: milliseconds.
    lease: Option<(String, i64, i64)>,
}

impl Turn {
    fn is_free(&self, now_ms: i64) -> bool {
        let held = self.lease.as_ref();
        held.is_none_or(|(_, until, lease)| *until <= now_ms || *until > now_ms + 2 * lease)
    }

    fn is_held_by(&self, holder: &str) -> bool {
        self.lease.as_ref().is_some_and(|(it, ..)| it == holder)
    }
}

#[async_trait]
impl domain::ports::Scrubs for Store {
    async fn claim_scrub(
        &self,
        holder: &str,
        lease: Duration,
        now_ms: i64,
        absurd_ms: i64,
    ) -> Result<Option<Scrubbed>> {
        let here_ms = self.now_ms();
        let mut books = self.books.lock().unwrap();
        let mut due = Vec::new();
        for (account, book) in &books.accounts {
            for backup in book.connections.scheduled() {
                let turn = book.scrubs.turns.get(backup).cloned().unwrap_or_default();
                let is_due = turn.due_ms <= now_ms || turn.due_ms > absurd_ms;
                if is_due && turn.is_free(here_ms) {
                    due.push((turn.due_ms, account.clone(), backup.clone()));
                }
            }
        }
        let Some((_, account, backup)) = due.into_iter().min() else {
            return Ok(None);
        };
        let book = books.accounts.entry(account.clone()).or_default();
        let turn = book.scrubs.turns.entry(backup.clone()).or_default();
        let lease_ms = milliseconds(lease);
        turn.lease = Some((holder.to_owned(), here_ms + lease_ms, lease_ms));
        Ok(Some(Scrubbed {
            account,
            backup,
            scrub: turn.scrub.clone(),
        }))
    }

    async fn beat_scrub(
        &self,
        account: &AccountId,
        backup: &BackupId,
        holder: &str,
        lease: Duration,
    ) -> Result<bool> {
        let (here_ms, lease_ms) = (self.now_ms(), milliseconds(lease));
        Ok(self.change(account, |book| {
            let turn = book.scrubs.turns.get_mut(backup);
            let Some(turn) = turn.filter(|it| it.is_held_by(holder)) else {
                return false;
            };
            turn.lease = Some((holder.to_owned(), here_ms + lease_ms, lease_ms));
            true
        }))
    }

    async fn keep_scrub(
        &self,
        account: &AccountId,
        backup: &BackupId,
        holder: &str,
        scrub: &Scrub,
        due_ms: Option<i64>,
    ) -> Result<bool> {
        Ok(self.change(account, |book| {
            let turn = book.scrubs.turns.get_mut(backup);
            let Some(turn) = turn.filter(|it| it.is_held_by(holder)) else {
                return false;
            };
            turn.scrub = scrub.clone();
            if let Some(due_ms) = due_ms {
                turn.due_ms = due_ms;
                turn.lease = None;
            }
            true
        }))
    }

    async fn scrub(&self, account: &AccountId, backup: &BackupId) -> Result<Scrub> {
        Ok(self.look(account, |book| {
            let turn = book.scrubs.turns.get(backup);
            turn.map(|it| it.scrub.clone()).unwrap_or_default()
        }))
    }

    async fn keep_census(
        &self,
        account: &AccountId,
        backup: &BackupId,
        days: &[CensusDay],
    ) -> Result<()> {
        self.change(account, |book| {
            for day in days {
                let kept = book.scrubs.census.entry((backup.clone(), day.day_ms));
                let kept = kept.or_insert_with(|| day.clone());
                if day.at_ms >= kept.at_ms || kept.at_ms > day.at_ms + ABSURD_MS {
                    *kept = day.clone();
                }
            }
        });
        Ok(())
    }

    async fn census(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<CensusDay>> {
        Ok(self.look(account, |book| {
            let days = book.scrubs.census.iter();
            days.filter(|((of, day_ms), _)| of == backup && window.contains_ms(*day_ms))
                .map(|(_, day)| day.clone())
                .collect()
        }))
    }
}

fn milliseconds(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap()
}
