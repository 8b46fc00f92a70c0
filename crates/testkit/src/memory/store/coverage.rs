//! What the COVERAGE page reads, in memory. Counted anew each time.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::Result;
use domain::account::{AccountId, ExtensionId};
use domain::census::day_of;
use domain::connection::{Backup, BackupId};
use domain::coverage::{Cover, Hidden, Lost, Reached};
use domain::data_type::DataType;
use domain::ledger::{Count, EntryState};
use domain::task::Listing;
use domain::window::Window;

use super::entry::Entry;
use super::units::count;
use super::{Book, Store};

#[derive(Default)]
pub(super) struct Coverage {
    hidden: BTreeMap<BackupId, BTreeMap<String, Hidden>>,
}

/// A unit on a day: its type and id.
type Unit = (i64, DataType, String);

/// Its parts, with their own times, by whose they are.
type Units<'a> = BTreeMap<Unit, (Option<ExtensionId>, Vec<(i64, &'a Entry)>)>;

impl Book {
    fn units<'a>(&'a self, backup: &'a Backup) -> Units<'a> {
        let (id, at) = (&backup.id, &backup.destination);
        let mut units = Units::new();
        for (item, entry) in self.ledger.entries_of(id, at, Window::EVER) {
            let unit = (day_of(item.at_ms), item.id.data_type, item.id.unit.clone());
            let (whose, parts) = units.entry(unit).or_default();
            *whose = match whose.take() {
                None => item.extension.clone(),
                Some(one) => Some(item.extension.clone().map_or(one.clone(), |it| it.min(one))),
            };
            parts.push((item.at_ms, entry));
        }
        units
    }

    fn covers(&self, backup: &Backup) -> Vec<Cover> {
        let mut covers: BTreeMap<(Option<ExtensionId>, &str), Cover> = BTreeMap::new();
        for ((_, data_type, _), (extension, parts)) in self.units(backup) {
            let cover = covers
                .entry((extension.clone(), data_type.word()))
                .or_insert_with(|| Cover {
                    extension,
                    data_type,
                    count: Count::default(),
                    first_ms: None,
                    last_ms: None,
                });
            let entries: Vec<&Entry> = parts.iter().map(|(_, entry)| *entry).collect();
            cover.count = cover.count.plus(count(&entries));
            let archived = parts
                .iter()
                .filter(|(_, it)| it.state == EntryState::Archived);
            for (at_ms, _) in archived {
                cover.first_ms = cover.first_ms.into_iter().chain([*at_ms]).min();
                cover.last_ms = cover.last_ms.max(Some(*at_ms));
            }
        }
        covers.into_values().collect()
    }

    fn days_of(
        &self,
        backup: &Backup,
        person: Option<&ExtensionId>,
        window: Window,
    ) -> BTreeMap<i64, BTreeMap<DataType, Count>> {
        let mut days: BTreeMap<i64, BTreeMap<DataType, Count>> = BTreeMap::new();
        for ((day_ms, data_type, _), (whose, parts)) in self.units(backup) {
            if whose.as_ref() == person && window.contains_ms(day_ms) {
                let entries: Vec<&Entry> = parts.iter().map(|(_, entry)| *entry).collect();
                let sum = days
                    .entry(day_ms)
                    .or_default()
                    .entry(data_type)
                    .or_default();
                *sum = sum.plus(count(&entries));
            }
        }
        days
    }
}

impl Book {
    fn lost(&self, backup: &Backup, limit: u32) -> Vec<Lost> {
        let all = self
            .ledger
            .entries_of(&backup.id, &backup.destination, Window::EVER);
        let mut lost: BTreeMap<(Option<ExtensionId>, &str, String), Lost> = BTreeMap::new();
        for (item, entry) in all.filter(|(_, it)| it.state == EntryState::Missing) {
            let (whose, kind) = (item.extension.clone(), item.id.data_type);
            let of = (whose.clone(), kind.word(), entry.cause.clone());
            let one = lost.entry(of).or_insert_with(|| Lost {
                extension: whose,
                data_type: kind,
                cause: entry.cause.clone(),
                files: 0,
            });
            one.files += 1;
        }
        let mut lost: Vec<Lost> = lost.into_values().collect();
        lost.sort_by_key(|it| std::cmp::Reverse(it.files));
        lost.truncate(limit as usize);
        lost
    }
}

#[async_trait]
impl domain::ports::Coverage for Store {
    async fn coverage(&self, account: &AccountId, backup: &Backup) -> Result<Vec<Cover>> {
        Ok(self.look(account, |book| book.covers(backup)))
    }

    async fn days_of_person(
        &self,
        account: &AccountId,
        backup: &Backup,
        person: Option<&ExtensionId>,
        window: Window,
    ) -> Result<BTreeMap<i64, BTreeMap<DataType, Count>>> {
        Ok(self.look(account, |book| book.days_of(backup, person, window)))
    }

    async fn listings(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<(Window, Listing)>> {
        Ok(self.look(account, |book| {
            let rows = book.tasks.rows(backup);
            rows.filter(|(row, _)| row.overlap(window).is_some())
                .collect()
        }))
    }

    async fn marks(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Reached>> {
        Ok(self.look(account, |book| book.tasks.marks(backup)))
    }

    async fn keep_hidden(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lanes: &[String],
        hidden: &[Hidden],
    ) -> Result<()> {
        let lanes: BTreeSet<&String> = lanes.iter().collect();
        self.change(account, |book| {
            if book.connections.destination_of(backup).is_none() {
                return;
            }
            let known = book.coverage.hidden.entry(backup.clone()).or_default();
            known.retain(|lane, _| {
                !lanes.contains(lane) || hidden.iter().any(|it| it.lane == *lane)
            });
            for it in hidden {
                let since_ms = known.get(&it.lane).map_or(it.since_ms, |old| old.since_ms);
                let kept = Hidden {
                    since_ms,
                    ..it.clone()
                };
                known.insert(it.lane.clone(), kept);
            }
        });
        Ok(())
    }

    async fn hidden(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Hidden>> {
        Ok(self.look(account, |book| {
            let hidden = book.coverage.hidden.get(backup).into_iter().flatten();
            hidden.map(|(_, it)| it.clone()).collect()
        }))
    }

    async fn lost_by_cause(
        &self,
        account: &AccountId,
        backup: &Backup,
        limit: u32,
    ) -> Result<Vec<Lost>> {
        Ok(self.look(account, |book| book.lost(backup, limit)))
    }

    async fn leavers(&self, account: &AccountId) -> Result<BTreeMap<ExtensionId, i64>> {
        Ok(self.look(account, |book| book.connections.leavers()))
    }
}
