//! The book of Entries: the truth about what is archived.

mod calls;
mod cover;
mod days;
mod item_row;
mod note;
mod resight;
mod settle;
mod view;
mod work;

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::call::Call;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::item::ItemId;
use domain::ledger::{Count, DestinationId, Open, Outcome, Work};
use domain::ports::{Ledger, Noted, Shelved};
use domain::window::Window;

use crate::database::Database;

pub(crate) use days::{changed_at, changed_in, changed_items};
pub(crate) use item_row::{ItemRow, extension_of, id_of, item_of, whole};
pub(crate) use note::state_of;
pub(crate) use view::{shelved_of, tally, type_of};

/// The SQL of this book, leaf by leaf.
pub(crate) const ALL: [&[(&str, &str)]; 7] = [
    note::ALL,
    calls::ALL,
    cover::ALL,
    days::ALL,
    settle::ALL,
    view::ALL,
    work::ALL,
];

#[async_trait]
impl Ledger for Database {
    async fn note(
        &self,
        account: &AccountId,
        backup: &Backup,
        noted: &[Noted],
        calls: &[Call],
        now_ms: i64,
    ) -> Result<u64> {
        self.attempt("noting a listing", || {
            self.note_page(account, backup, noted, calls, now_ms)
        })
        .await
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
        let looking = "looking for work";
        while self
            .attempt(looking, || self.wake_some(account, backup, now_ms))
            .await?
        {}
        self.attempt(looking, || {
            self.work_due(account, backup, of, window, now_ms, limit)
        })
        .await
    }

    async fn next_due(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<Option<i64>> {
        self.attempt("looking for the next work", || {
            self.work_next_due(account, backup, window)
        })
        .await
    }

    async fn settle(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        outcomes: &[(ItemId, Outcome)],
        now_ms: i64,
    ) -> Result<()> {
        if outcomes.is_empty() {
            return Ok(());
        }
        self.attempt("writing down what became of items", || {
            self.settle_all(account, destination, outcomes, now_ms)
        })
        .await
    }

    async fn counts(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<BTreeMap<DataType, Count>> {
        self.attempt("counting", || self.count(account, backup, window))
            .await
    }

    async fn open_entries(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        limit: u32,
    ) -> Result<Vec<Open>> {
        self.attempt("reading what is not archived", || {
            self.not_archived(account, backup, window, limit)
        })
        .await
    }

    async fn shelved(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Shelved>> {
        self.attempt("reading what is archived", || {
            self.on_shelf(account, backup, window, after, limit)
        })
        .await
    }
}
