//! The book of Entries, in memory.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::call::Call;
use domain::connection::{Backup, BackupId};
use domain::data_type::DataType;
use domain::item::{Item, ItemId, Sighting};
use domain::ledger::{Count, DestinationId, EntryState, Open, Outcome, Work};
use domain::ports::{EntryLine, Noted, Retry, Shelved, Totals};
use domain::window::Window;

use super::entry::Entry;
use super::units::{count, line};
use super::{Store, knowledge};

#[derive(Default)]
pub(super) struct Ledger {
    items: BTreeMap<ItemId, Item>,
    /// The items again, in the order of their own time.
    by_time: BTreeSet<(i64, ItemId)>,
    entries: BTreeMap<(DestinationId, ItemId), Entry>,
    /// Which Backup an item belongs to.
    backup_items: BTreeSet<(BackupId, ItemId)>,
    calls: BTreeMap<String, Call>,
}

impl Ledger {
    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.values().cloned().collect()
    }

    /// First and last work on a Backup's items of the window.
    pub(super) fn worked_on(
        &self,
        backup: &BackupId,
        destination: &DestinationId,
        window: Window,
    ) -> (Option<i64>, Option<i64>) {
        let worked = || {
            let entries = self.entries_of(backup, destination, window);
            entries.filter_map(|(_, entry)| entry.worked)
        };
        (
            worked().map(|(first, _)| first).min(),
            worked().map(|(_, last)| last).max(),
        )
    }

    pub(super) fn counts(
        &self,
        backup: &BackupId,
        destination: &DestinationId,
        window: Window,
    ) -> BTreeMap<DataType, Count> {
        let mut units: BTreeMap<(DataType, &str), Vec<&Entry>> = BTreeMap::new();
        for (item, entry) in self.entries_of(backup, destination, window) {
            let unit = (item.id.data_type, item.id.unit.as_str());
            units.entry(unit).or_default().push(entry);
        }
        let mut counts: BTreeMap<DataType, Count> = BTreeMap::new();
        for ((data_type, _), parts) in units {
            let sum = counts.entry(data_type).or_default();
            *sum = sum.plus(count(&parts));
        }
        counts
    }

    /// The sums of all time.
    pub(super) fn totals(&self, backup: &Backup) -> Totals {
        let mut oldest = BTreeMap::new();
        for (item, entry) in self.entries_of(&backup.id, &backup.destination, Window::EVER) {
            if entry.is_pending() {
                oldest.entry(item.id.data_type).or_insert(item.at_ms);
            }
        }
        Totals {
            counts: self.counts(&backup.id, &backup.destination, Window::EVER),
            oldest,
        }
    }

    /// The Backup's items of the window with their Entries, oldest first.
    pub(super) fn entries_of<'a>(
        &'a self,
        backup: &'a BackupId,
        destination: &'a DestinationId,
        window: Window,
    ) -> impl Iterator<Item = (&'a Item, &'a Entry)> {
        let from = (window.start_ms(), smallest_id());
        let items = self.by_time.range(from..);
        items
            .take_while(move |(at_ms, _)| window.contains_ms(*at_ms))
            .filter(move |(_, id)| self.backup_items.contains(&(backup.clone(), id.clone())))
            .filter_map(move |(_, id)| {
                let entry = self.entries.get(&(destination.clone(), id.clone()))?;
                Some((&self.items[id], entry))
            })
    }

    /// Every Entry of a Destination, with its item's own time.
    pub(super) fn entries_at<'a>(
        &'a self,
        destination: &'a DestinationId,
    ) -> impl Iterator<Item = (i64, &'a Entry)> {
        let entries = self.entries.iter();
        entries
            .filter(move |((at, _), _)| at == destination)
            .map(|((_, item), entry)| (self.items[item].at_ms, entry))
    }

    /// Notes one sighting; tells whether its Entry is new.
    fn note(&mut self, backup: &Backup, noted: &Noted, now_ms: i64) -> bool {
        let Sighting { item, standing } = &noted.sighting;
        self.keep(item.clone());
        self.backup_items
            .insert((backup.id.clone(), item.id.clone()));
        let key = (backup.destination.clone(), item.id.clone());
        let is_new = !self.entries.contains_key(&key);
        let entry = self.entries.entry(key);
        entry
            .or_insert_with(|| Entry::new(noted.stem.clone(), now_ms))
            .follow(standing, now_ms);
        is_new
    }

    fn keep(&mut self, newest: Item) {
        let item = match self.items.remove(&newest.id) {
            Some(known) => knowledge::refreshed(known, newest),
            None => newest,
        };
        self.by_time.insert((item.at_ms, item.id.clone()));
        self.items.insert(item.id.clone(), item);
    }

    fn open(&self, backup: &Backup, window: Window, limit: u32) -> Vec<Open> {
        let entries = self.entries_of(&backup.id, &backup.destination, window);
        entries
            .filter(|(_, entry)| entry.state != EntryState::Archived)
            .take(limit as usize)
            .map(|(item, entry)| Open {
                item: item.id.key(),
                data_type: item.id.data_type,
                extension: item.extension.clone(),
                at_ms: item.at_ms,
                state: entry.state.clone(),
                cause: entry.cause.clone(),
            })
            .collect()
    }

    /// Entries as a row of the LOG opens to them.
    pub(super) fn lines(&self, backup: &Backup, window: Window) -> Vec<EntryLine> {
        let entries = self.entries_of(&backup.id, &backup.destination, window);
        let mut lines: Vec<EntryLine> = entries.map(|(item, entry)| line(item, entry)).collect();
        lines.sort_by(|a, b| (a.at_ms, &a.item).cmp(&(b.at_ms, &b.item)));
        lines
    }

    pub(super) fn retry(&mut self, backup: &Backup, what: &Retry, now_ms: i64) -> u64 {
        let ids: Vec<ItemId> = match what {
            Retry::One(key) => ItemId::from_key(key)
                .filter(|id| self.backup_items.contains(&(backup.id.clone(), id.clone())))
                .into_iter()
                .collect(),
            Retry::Window(window) => self.ids_of(backup, *window),
            Retry::Beyond(_) => self.ids_of(backup, Window::EVER),
        };
        let mut retried = 0;
        for id in ids {
            let entry = self.entries.get_mut(&(backup.destination.clone(), id));
            retried += u64::from(entry.is_some_and(|it| match what {
                Retry::Beyond(at_ms) => it.pull_back(*at_ms, now_ms),
                Retry::One(_) | Retry::Window(_) => it.retry(now_ms),
            }));
        }
        retried
    }

    fn ids_of(&self, backup: &Backup, window: Window) -> Vec<ItemId> {
        let entries = self.entries_of(&backup.id, &backup.destination, window);
        entries.map(|(item, _)| item.id.clone()).collect()
    }

    pub(super) fn shelved(
        &self,
        backup: &Backup,
        window: Window,
        after: &str,
        limit: u32,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Vec<Shelved> {
        let entries = self.entries_of(&backup.id, &backup.destination, window);
        let mut shelved: Vec<Shelved> = entries
            .filter(|(_, entry)| wanted(entry))
            .filter_map(|(item, entry)| entry.on_shelf(item))
            .filter(|it| it.path.as_str() > after)
            .collect();
        shelved.sort_by(|a, b| a.path.cmp(&b.path));
        shelved.truncate(limit as usize);
        shelved
    }

    /// What is due of one type, oldest first. Entries lie by type.
    fn due(&self, backup: &Backup, of: DataType, window: Window, now_ms: i64) -> Vec<Work> {
        let least = ItemId {
            data_type: of,
            unit: String::new(),
            part: None,
        };
        let entries = self.entries.range((backup.destination.clone(), least)..);
        let entries = entries
            .take_while(|((at, id), _)| *at == backup.destination && id.data_type == of)
            .filter(|(_, entry)| entry.is_pending())
            .filter(|(_, entry)| entry.next_try_ms.is_some_and(|at| at <= now_ms))
            .filter(|((_, id), _)| self.backup_items.contains(&(backup.id.clone(), id.clone())));
        let mut due: Vec<Work> = entries
            .map(|((_, id), entry)| Work {
                item: self.items[id].clone(),
                stem: entry.stem.clone(),
                attempts: entry.attempts,
                first_seen_ms: entry.first_seen_ms,
            })
            .filter(|it| window.contains_ms(it.item.at_ms))
            .collect();
        due.sort_by(|a, b| (a.item.at_ms, &a.item.id).cmp(&(b.item.at_ms, &b.item.id)));
        due
    }

    /// Every Entry of a destination, with its Item.
    pub(super) fn items_at<'a>(
        &'a self,
        destination: &'a DestinationId,
    ) -> impl Iterator<Item = (&'a Item, &'a Entry)> {
        let entries = self.entries.iter();
        entries
            .filter(move |((at, _), _)| at == destination)
            .map(|((_, id), entry)| (&self.items[id], entry))
    }

    pub(super) fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.get(id)
    }

    /// No manifest tells any more what this one was to tell.
    pub(super) fn untell(&mut self, destination: &DestinationId, manifest: i64) {
        let entries = self.entries.iter_mut();
        for (_, entry) in entries.filter(|((at, _), _)| at == destination) {
            if entry.manifest == manifest {
                entry.manifest = 0;
            }
        }
    }

    /// Takes in what it does not know; tells whether it was new.
    pub(super) fn enter(&mut self, backup: &Backup, item: Item, entry: Entry) -> bool {
        let id = item.id.clone();
        if !self.items.contains_key(&id) {
            self.keep(item);
        }
        self.backup_items.insert((backup.id.clone(), id.clone()));
        let key = (backup.destination.clone(), id);
        let new = !self.entries.contains_key(&key);
        self.entries.entry(key).or_insert(entry);
        new
    }

    pub(super) fn entry_at(
        &mut self,
        destination: &DestinationId,
        id: &ItemId,
    ) -> Option<&mut Entry> {
        self.entries.get_mut(&(destination.clone(), id.clone()))
    }
}

/// No id sorts before it.
fn smallest_id() -> ItemId {
    ItemId {
        data_type: DataType::ALL[0],
        unit: String::new(),
        part: None,
    }
}

#[async_trait]
impl domain::ports::Ledger for Store {
    async fn note(
        &self,
        account: &AccountId,
        backup: &Backup,
        noted: &[Noted],
        calls: &[Call],
        now_ms: i64,
    ) -> Result<u64> {
        Ok(self.change(account, |book| {
            for call in calls {
                book.ledger.calls.insert(call.id.clone(), call.clone());
            }
            let mut new = 0;
            for noted in noted {
                new += u64::from(book.ledger.note(backup, noted, now_ms));
            }
            new
        }))
    }

    async fn due(
        &self,
        account: &AccountId,
        backup: &Backup,
        of: DataType,
        window: Window,
        now_ms: i64,
        limit: u32,
    ) -> Result<Vec<Work>> {
        Ok(self.look(account, |book| {
            let due = book.ledger.due(backup, of, window, now_ms);
            due.into_iter().take(limit as usize).collect()
        }))
    }

    async fn next_due(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<Option<i64>> {
        Ok(self.look(account, |book| {
            let ledger = &book.ledger;
            let entries = ledger.entries_of(&backup.id, &backup.destination, window);
            entries.filter_map(|(_, entry)| entry.next_try_ms).min()
        }))
    }

    async fn settle(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        outcomes: &[(ItemId, Outcome)],
        now_ms: i64,
    ) -> Result<()> {
        self.change(account, |book| {
            for (item, outcome) in outcomes {
                let key = (destination.clone(), item.clone());
                if let Some(entry) = book.ledger.entries.get_mut(&key) {
                    entry.settle(outcome, now_ms);
                }
            }
        });
        Ok(())
    }

    async fn counts(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<BTreeMap<DataType, Count>> {
        Ok(self.look(account, |book| {
            book.ledger.counts(&backup.id, &backup.destination, window)
        }))
    }

    async fn open_entries(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        limit: u32,
    ) -> Result<Vec<Open>> {
        Ok(self.look(account, |book| book.ledger.open(backup, window, limit)))
    }

    async fn shelved(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Shelved>> {
        Ok(self.look(account, |book| {
            book.ledger.shelved(backup, window, after, limit, |_| true)
        }))
    }
}
