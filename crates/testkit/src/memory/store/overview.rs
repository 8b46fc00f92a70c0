//! What people are shown of a Backup as a whole, in memory. Sums are counted
//! anew each time: memory is cheap here.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::census::day_of;
use domain::connection::{Backup, BackupId};
use domain::data_type::DataType;
use domain::headway::{Headway, Seen};
use domain::ledger::Count;
use domain::ports::Totals;
use domain::retention::Retention;
use domain::window::{DAY_MS, Window};

use super::{Book, Store};

#[derive(Default)]
pub(super) struct Overview {
    /// With the time it was written at.
    headways: BTreeMap<BackupId, (Headway, i64)>,
    rests: BTreeMap<BackupId, i64>,
    retention: Option<(Retention, i64)>,
}

impl Book {
    fn by_day(&self, backup: &Backup, window: Window) -> BTreeMap<i64, BTreeMap<DataType, Count>> {
        let (id, at) = (&backup.id, &backup.destination);
        let entries = self.ledger.entries_of(id, at, Window::EVER);
        let days: BTreeSet<i64> = entries.map(|(item, _)| day_of(item.at_ms)).collect();
        let days = days.into_iter().filter(|it| window.contains_ms(*it));
        days.filter_map(|day_ms| {
            let day = Window::from_ms(day_ms, day_ms + DAY_MS)?;
            Some((day_ms, self.ledger.counts(id, at, day)))
        })
        .collect()
    }

    fn seen(&self, backup: &BackupId, now_ms: i64) -> Option<Seen> {
        let (headway, written_ms) = self.overview.headways.get(backup)?.clone();
        let held = self.tasks.is_held(backup, headway.attempt, now_ms);
        Some(Seen {
            headway,
            silent_ms: now_ms - written_ms,
            held,
        })
    }
}

#[async_trait]
impl domain::ports::Overview for Store {
    async fn totals(&self, account: &AccountId, backup: &Backup) -> Result<Totals> {
        Ok(self.look(account, |book| book.ledger.totals(backup)))
    }

    async fn by_day(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<BTreeMap<i64, BTreeMap<DataType, Count>>> {
        Ok(self.look(account, |book| book.by_day(backup, window)))
    }

    async fn keep_headway(
        &self,
        account: &AccountId,
        backup: &BackupId,
        headway: &Headway,
    ) -> Result<()> {
        let now_ms = self.now_ms();
        self.change(account, |book| {
            let kept = book.overview.headways.get(backup);
            if kept.is_none_or(|(it, _)| it.attempt <= headway.attempt) {
                let new = (headway.clone(), now_ms);
                book.overview.headways.insert(backup.clone(), new);
            }
        });
        Ok(())
    }

    async fn headway(&self, account: &AccountId, backup: &BackupId) -> Result<Option<Seen>> {
        let now_ms = self.now_ms();
        Ok(self.look(account, |book| book.seen(backup, now_ms)))
    }

    async fn rest_history(
        &self,
        account: &AccountId,
        backup: &BackupId,
        since_ms: Option<i64>,
    ) -> Result<()> {
        self.change(account, |book| {
            let rests = &mut book.overview.rests;
            match since_ms {
                Some(at) if book.connections.destination_of(backup).is_some() => {
                    rests.insert(backup.clone(), at);
                }
                _ => {
                    rests.remove(backup);
                }
            }
        });
        Ok(())
    }

    async fn history_rests(&self, account: &AccountId, backup: &BackupId) -> Result<Option<i64>> {
        Ok(self.look(account, |book| book.overview.rests.get(backup).copied()))
    }

    async fn keep_retention(
        &self,
        account: &AccountId,
        retention: &Retention,
        now_ms: i64,
    ) -> Result<()> {
        self.change(account, |book| {
            book.overview.retention = Some((retention.clone(), now_ms));
        });
        Ok(())
    }

    async fn retention(&self, account: &AccountId) -> Result<Option<(Retention, i64)>> {
        Ok(self.look(account, |book| book.overview.retention.clone()))
    }
}
