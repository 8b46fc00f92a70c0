//! Accounts, their people, Destinations, Connections and Backups, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::account::{Account, AccountId, Extension, ExtensionId};
use domain::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord};
use domain::grant::{Grant, Provider};
use domain::ledger::DestinationId;
use domain::switch::listable_from;
use domain::window::Window;
use domain::{Error, Kind, Result};

use super::Store;

#[derive(Default)]
pub(super) struct Connections {
    account: Option<Account>,
    extensions: BTreeMap<ExtensionId, Person>,
    destinations: BTreeMap<DestinationId, DestinationRecord>,
    ties: BTreeMap<ConnectionId, Connection>,
    backups: BTreeMap<BackupId, Backup>,
    folders: BTreeMap<(DestinationId, Option<ExtensionId>), String>,
}

struct Person {
    extension: Extension,
    gone_ms: Option<i64>,
}

impl Connections {
    /// Where the Backup's files go.
    pub(super) fn destination_of(&self, backup: &BackupId) -> Option<&DestinationId> {
        self.backups.get(backup).map(|it| &it.destination)
    }

    /// Backups that the scheduler may run: enabled, connected, not head-less.
    pub(super) fn scheduled(&self) -> impl Iterator<Item = &BackupId> {
        let backups = self.backups.values().filter(|it| it.enabled);
        backups
            .filter(|backup| {
                let tie = self.ties.get(&backup.connection);
                tie.is_some_and(|it| it.connected && !it.headless)
            })
            .map(|it| &it.id)
    }

    /// Everybody there ever was.
    pub(super) fn people(&self) -> Vec<Extension> {
        let people = self.extensions.values();
        people.map(|it| it.extension.clone()).collect()
    }

    /// Who is no longer listed, and since when.
    pub(super) fn leavers(&self) -> BTreeMap<ExtensionId, i64> {
        let people = self.extensions.values();
        people
            .filter_map(|it| Some((it.extension.id.clone(), it.gone_ms?)))
            .collect()
    }

    pub(super) fn one(&self, backup: &BackupId) -> Option<&Backup> {
        self.backups.get(backup)
    }

    /// Whether a scheduled Backup is known, without some of these types.
    fn has_less(&self, than: &Backup) -> bool {
        self.backups.get(&than.id).is_some_and(|had| {
            let tie = self.ties.get(&had.connection);
            !than.types.is_subset(&had.types) && tie.is_some_and(|it| !it.headless)
        })
    }

    /// Where archives of this company lie.
    pub(super) fn destinations(&self) -> impl Iterator<Item = &DestinationId> {
        self.destinations.keys()
    }

    /// Its Connections.
    pub(super) fn ties(&self) -> impl Iterator<Item = &Connection> {
        self.ties.values()
    }

    pub(super) fn is_connected(&self, connection: &ConnectionId) -> bool {
        let known = self.ties.get(connection);
        known.is_some_and(|it| it.connected)
    }

    fn disconnect(&mut self, connection: &ConnectionId) {
        if let Some(tie) = self.ties.get_mut(connection) {
            tie.connected = false;
        }
        let backups = self.backups.values_mut();
        for backup in backups.filter(|it| it.connection == *connection) {
            backup.enabled = false;
        }
    }

    fn keep_extensions(&mut self, all: &[Extension], now_ms: i64) {
        for person in self.extensions.values_mut() {
            person.gone_ms.get_or_insert(now_ms);
        }
        for extension in all {
            let person = Person {
                extension: extension.clone(),
                gone_ms: None,
            };
            self.extensions.insert(extension.id.clone(), person);
        }
    }
}

#[async_trait]
impl domain::ports::Connections for Store {
    async fn keep_account(&self, account: &Account, _now_ms: i64) -> Result<()> {
        self.change(&account.id, |book| {
            book.connections.account = Some(account.clone());
        });
        Ok(())
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        Ok(self.look(id, |book| book.connections.account.clone()))
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        let books = self.books.lock().unwrap();
        let books = books.accounts.values();
        Ok(books
            .filter_map(|it| it.connections.account.clone())
            .collect())
    }

    async fn keep_extensions(
        &self,
        account: &AccountId,
        all: &[Extension],
        now_ms: i64,
    ) -> Result<()> {
        self.change(account, |book| {
            book.connections.keep_extensions(all, now_ms);
        });
        Ok(())
    }

    async fn extensions(&self, account: &AccountId) -> Result<Vec<Extension>> {
        Ok(self.look(account, |book| book.connections.people()))
    }

    async fn keep_destination(&self, record: &DestinationRecord) -> Result<DestinationRecord> {
        let mut books = self.books.lock().unwrap();
        let owner = books.owners.entry(record.id.clone());
        if *owner.or_insert_with(|| record.account.clone()) != record.account {
            let error = Error::new(Kind::Config, "another company archives to this destination");
            return Err(error.remedy("Connect a destination of your own."));
        }
        let book = books.accounts.entry(record.account.clone()).or_default();
        let known = book.connections.destinations.entry(record.id.clone());
        Ok(known.or_insert_with(|| record.clone()).clone())
    }

    async fn destination(
        &self,
        account: &AccountId,
        id: &DestinationId,
    ) -> Result<Option<DestinationRecord>> {
        Ok(self.look(account, |book| {
            book.connections.destinations.get(id).cloned()
        }))
    }

    async fn keep_connection(&self, connection: &Connection, _now_ms: i64) -> Result<()> {
        self.change(&connection.account, |book| {
            let connections = &mut book.connections.ties;
            connections.insert(connection.id.clone(), connection.clone());
        });
        Ok(())
    }

    async fn connections(&self, account: &AccountId) -> Result<Vec<Connection>> {
        Ok(self.look(account, |book| {
            book.connections.ties.values().cloned().collect()
        }))
    }

    async fn connection(
        &self,
        account: &AccountId,
        id: &ConnectionId,
    ) -> Result<Option<Connection>> {
        Ok(self.look(account, |book| book.connections.ties.get(id).cloned()))
    }

    async fn set_trouble(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        end: Provider,
        trouble: Option<&str>,
    ) -> Result<()> {
        self.change(account, |book| {
            if let Some(tie) = book.connections.ties.get_mut(connection) {
                let told = match end {
                    Provider::Source => &mut tie.source_trouble,
                    Provider::Destination => &mut tie.destination_trouble,
                };
                *told = trouble.map(str::to_owned);
            }
        });
        Ok(())
    }

    async fn disconnect(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        _now_ms: i64,
    ) -> Result<(Option<Grant>, Option<Grant>)> {
        Ok(self.change(account, |book| {
            book.connections.disconnect(connection);
            book.vault.take(connection)
        }))
    }

    async fn keep_backup(&self, backup: &Backup, now_ms: i64) -> Result<()> {
        self.change(&backup.account, |book| {
            if book.connections.has_less(backup) {
                let floor_ms = book.tasks.turn(&backup.id).timetable.floor_ms;
                let from_ms = listable_from(floor_ms, now_ms);
                if let Some(window) = Window::from_ms(from_ms, Window::EVER.end_ms()) {
                    book.tasks.relist(&backup.id, window);
                }
            }
            let backups = &mut book.connections.backups;
            backups.insert(backup.id.clone(), backup.clone());
        });
        Ok(())
    }

    async fn backup(&self, account: &AccountId, id: &BackupId) -> Result<Option<Backup>> {
        Ok(self.look(account, |book| book.connections.one(id).cloned()))
    }

    async fn backups(&self, account: &AccountId) -> Result<Vec<Backup>> {
        Ok(self.look(account, |book| {
            book.connections.backups.values().cloned().collect()
        }))
    }

    async fn folder(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        extension: Option<&ExtensionId>,
        proposed: &str,
    ) -> Result<String> {
        Ok(self.change(account, |book| {
            let whose = (destination.clone(), extension.cloned());
            let folder = book.connections.folders.entry(whose);
            folder.or_insert_with(|| proposed.to_owned()).clone()
        }))
    }
}
