//! What a law needs before it can begin: a company that archives to one
//! place.

use std::collections::BTreeMap;

use domain::account::AccountId;
use domain::connection::{Backup, Connection, DestinationRecord};
use domain::data_type::DataType;
use domain::item::{Item, ItemId, Sighting};
use domain::ledger::{Count, Open, Outcome};
use domain::ports::{Noted, Store};
use domain::window::{DAY_MS, Window};

use crate::builders::{self, T0};

/// A company, its destination, its Connection and its Backup, kept.
pub(super) struct Stage<'a, S> {
    pub(super) store: &'a S,
    pub(super) account: AccountId,
    pub(super) destination: DestinationRecord,
    pub(super) connection: Connection,
    pub(super) backup: Backup,
}

impl<'a, S: Store> Stage<'a, S> {
    /// Sets it in the store; every id begins with the name.
    pub(super) async fn set(store: &'a S, name: &str) -> Stage<'a, S> {
        let account = builders::account(name);
        let people = [builders::extension("101"), builders::extension("102")];
        store.keep_account(&account, T0).await.unwrap();
        let kept = store.keep_extensions(&account.id, &people, T0).await;
        kept.unwrap();
        let destination = builders::destination(&format!("{name}:box"), &account.id);
        Stage::with(store, destination, name).await
    }

    /// The same company with a second Connection and Backup, to any of its
    /// destinations.
    pub(super) async fn another(&self, destination: &str) -> Stage<'a, S> {
        let account = &self.account;
        let destination = builders::destination(destination, account);
        Stage::with(self.store, destination, &format!("{account}-second")).await
    }

    async fn with(store: &'a S, destination: DestinationRecord, name: &str) -> Stage<'a, S> {
        let connection = builders::connection(&format!("{name}-connection"), &destination);
        let backup = builders::backup(&format!("{name}-backup"), &connection);
        store.keep_destination(&destination).await.unwrap();
        store.keep_connection(&connection, T0).await.unwrap();
        store.keep_backup(&backup, T0).await.unwrap();
        Stage {
            store,
            account: destination.account.clone(),
            destination,
            connection,
            backup,
        }
    }

    /// Notes sightings at a time; returns how many Entries are new.
    pub(super) async fn note(&self, sightings: &[Sighting], now_ms: i64) -> u64 {
        let noted: Vec<Noted> = sightings.iter().cloned().map(builders::noted).collect();
        self.note_exactly(&noted, now_ms).await
    }

    pub(super) async fn note_exactly(&self, noted: &[Noted], now_ms: i64) -> u64 {
        let (store, account) = (self.store, &self.account);
        let new = store.note(account, &self.backup, noted, &[], now_ms).await;
        new.unwrap()
    }

    /// Notes items as ready at [`T0`].
    pub(super) async fn note_ready(&self, items: &[Item]) -> u64 {
        let sightings: Vec<Sighting> = items.iter().map(builders::ready).collect();
        self.note(&sightings, T0).await
    }

    /// Settles one item.
    pub(super) async fn settle(&self, item: &Item, outcome: Outcome, now_ms: i64) {
        self.settle_all(&[(item.id.clone(), outcome)], now_ms).await;
    }

    pub(super) async fn settle_all(&self, outcomes: &[(ItemId, Outcome)], now_ms: i64) {
        let (account, destination) = (&self.account, &self.destination.id);
        let settled = self.store.settle(account, destination, outcomes, now_ms);
        settled.await.unwrap();
    }

    /// Settles one item as archived, under a path told from its identity.
    pub(super) async fn archive(&self, item: &Item, bytes: &[u8], now_ms: i64) {
        self.settle(item, builders::archived(&shelf(&item.id), bytes), now_ms)
            .await;
    }

    /// The items that are due at a time, by their ids.
    pub(super) async fn due(&self, now_ms: i64) -> Vec<ItemId> {
        let work = self.work(now_ms).await.into_iter();
        work.map(|it| it.item.id).collect()
    }

    pub(super) async fn work(&self, now_ms: i64) -> Vec<domain::ledger::Work> {
        self.work_in(always(), now_ms).await
    }

    /// All types together, the oldest own time first.
    pub(super) async fn work_in(&self, window: Window, now_ms: i64) -> Vec<domain::ledger::Work> {
        let (store, account) = (self.store, &self.account);
        let mut all = Vec::new();
        for of in DataType::ALL {
            let work = store.due(account, &self.backup, of, window, now_ms, 10_000);
            all.extend(work.await.unwrap());
        }
        all.sort_by(|a, b| (a.item.at_ms, &a.item.id).cmp(&(b.item.at_ms, &b.item.id)));
        all
    }

    pub(super) async fn next_due(&self) -> Option<i64> {
        let next = self.store.next_due(&self.account, &self.backup, always());
        next.await.unwrap()
    }

    pub(super) async fn open(&self) -> Vec<Open> {
        let (store, account) = (self.store, &self.account);
        let open = store.open_entries(account, &self.backup, always(), 10_000);
        open.await.unwrap()
    }

    pub(super) async fn shelved(&self) -> Vec<domain::ports::Shelved> {
        let (store, account) = (self.store, &self.account);
        let shelved = store.shelved(account, &self.backup, always(), "", 10_000);
        shelved.await.unwrap()
    }

    /// Counts of all time.
    pub(super) async fn counts(&self) -> BTreeMap<DataType, Count> {
        self.counts_in(always()).await
    }

    /// Counts of a window, without types that have nothing.
    pub(super) async fn counts_in(&self, window: Window) -> BTreeMap<DataType, Count> {
        let counts = self.store.counts(&self.account, &self.backup, window);
        let mut counts = counts.await.unwrap();
        counts.retain(|_, count| *count != Count::default());
        counts
    }

    /// Counts of all time and types together.
    pub(super) async fn total(&self) -> Count {
        let counts = self.counts().await;
        counts
            .values()
            .fold(Count::default(), |sum, &one| sum.plus(one))
    }
}

/// Where an item's file lies in these laws.
pub(super) fn shelf(id: &ItemId) -> String {
    format!("Archive/{}.bin", id.key().replace(['/', '%'], " "))
}

/// A window around everything that happens in these laws.
pub(super) fn always() -> Window {
    Window::from_ms(T0 - 400 * DAY_MS, T0 + 400 * DAY_MS).unwrap()
}
