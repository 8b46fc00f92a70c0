//! What whoever watches must see, in memory.

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::alarm::{Ailing, Heap, Queue, Silent, Unrenewed};
use domain::data_type::DataType;
use domain::grant::Provider;
use domain::ledger::{DestinationId, EntryState, Pending};
use domain::ports::{PendingSum, Watch};

use super::entry::Entry;
use super::{Book, Store};

/// After so many failures an item is in the slow lane.
const STUCK: u32 = 8;

impl Store {
    /// Entries of all companies that have something in common, by Destination.
    fn heaps(&self, limit: u32, is_one: impl Fn(&Entry) -> bool) -> Vec<Heap> {
        let books = self.books.lock().unwrap();
        let mut heaps = Vec::new();
        for (account, book) in &books.accounts {
            for destination in book.connections.destinations() {
                let entries = book.ledger.entries_at(destination);
                let count = entries.filter(|(_, it)| is_one(it)).count() as u64;
                if count > 0 {
                    heaps.push(Heap {
                        account: account.clone(),
                        destination: destination.clone(),
                        count,
                    });
                }
            }
        }
        heaps.truncate(limit as usize);
        heaps
    }

    /// Something of every company.
    fn each<T>(&self, of: impl Fn(&AccountId, &Book) -> Vec<T>) -> Vec<T> {
        let books = self.books.lock().unwrap();
        let books = books.accounts.iter();
        books
            .flat_map(|(account, book)| of(account, book))
            .collect()
    }
}

#[async_trait]
impl Watch for Store {
    async fn database_ms(&self) -> Result<i64> {
        Ok(self.now_ms())
    }

    async fn queue(&self) -> Result<Queue> {
        Ok(self.books.lock().unwrap().waiting(self.now_ms()))
    }

    async fn silent(&self, before_ms: i64, beyond_ms: i64, limit: u32) -> Result<Vec<Silent>> {
        let mut silent = self.each(|account, book| {
            let backups = book.connections.scheduled();
            backups
                .map(|backup| (book.tasks.turn(backup).timetable, backup))
                .map(|(timetable, backup)| (timetable.quiet_since_ms(), timetable, backup))
                .filter(|(quiet_ms, ..)| *quiet_ms < before_ms || *quiet_ms > beyond_ms)
                .map(|(quiet_ms, timetable, backup)| {
                    let silent = Silent {
                        account: account.clone(),
                        backup: backup.clone(),
                        well_ms: timetable.well_ms.filter(|_| quiet_ms <= beyond_ms),
                    };
                    (quiet_ms, silent)
                })
                .collect()
        });
        silent.sort_by_key(|(quiet_ms, it)| (*quiet_ms, it.account.clone(), it.backup.clone()));
        let silent = silent.into_iter().map(|(_, it)| it);
        Ok(silent.take(limit as usize).collect())
    }

    async fn ailing(&self, limit: u32) -> Result<Vec<Ailing>> {
        let mut all = Vec::new();
        for end in [Provider::Source, Provider::Destination] {
            let mut some = self.each(|account, book| {
                let ties = book.connections.ties().filter(|it| it.connected);
                ties.filter_map(|tie| {
                    let trouble = match end {
                        Provider::Source => &tie.source_trouble,
                        Provider::Destination => &tie.destination_trouble,
                    };
                    Some(Ailing {
                        account: account.clone(),
                        connection: tie.id.clone(),
                        end,
                        trouble: trouble.clone()?,
                    })
                })
                .collect()
            });
            some.truncate(limit as usize);
            all.extend(some);
        }
        Ok(all)
    }

    async fn unrenewed(&self, longer_ms: i64, limit: u32) -> Result<Vec<Unrenewed>> {
        let now_ms = self.now_ms();
        let mut all = self.each(|account, book| {
            let ties = book.connections.ties();
            ties.filter(|it| it.connected && !it.headless)
                .filter_map(|tie| {
                    let kept_ms = book.vault.source_kept_ms(&tie.id)?;
                    Some(Unrenewed {
                        account: account.clone(),
                        connection: tie.id.clone(),
                        age_ms: now_ms - kept_ms,
                    })
                })
                .filter(|it| it.age_ms > longer_ms)
                .collect()
        });
        all.sort_by_key(|it| std::cmp::Reverse(it.age_ms));
        all.truncate(limit as usize);
        Ok(all)
    }

    async fn full(&self, limit: u32) -> Result<Vec<Heap>> {
        let full = EntryState::Pending(Pending::DestinationFull);
        Ok(self.heaps(limit, |it| it.state == full))
    }

    async fn stuck(&self, limit: u32) -> Result<Vec<Heap>> {
        Ok(self.heaps(limit, |it| it.is_pending() && it.attempts >= STUCK))
    }

    async fn lost(&self, since_ms: i64, limit: u32) -> Result<Vec<Heap>> {
        Ok(self.heaps(limit, |it| {
            let lately = it.worked.is_some_and(|(_, last)| last >= since_ms);
            it.state == EntryState::Missing && lately
        }))
    }

    async fn behind(&self, before_ms: i64) -> Result<Vec<(AccountId, DestinationId)>> {
        let now_ms = self.now_ms();
        Ok(self.each(|account, book| {
            let all = book.connections.destinations();
            all.filter(|it| {
                let mut types = DataType::ALL.into_iter();
                types.any(|of| ready_before(book, it, of, before_ms, now_ms) > 0)
            })
            .map(|it| (account.clone(), it.clone()))
            .collect()
        }))
    }

    async fn ready_before(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        of: DataType,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64> {
        let now_ms = self.now_ms();
        let ready = self.look(account, |book| {
            ready_before(book, destination, of, before_ms, now_ms)
        });
        Ok(ready.min(limit.into()))
    }

    async fn pending(&self, limit: u32) -> Result<PendingSum> {
        let mut sum = PendingSum::default();
        let books = self.books.lock().unwrap();
        for book in books.accounts.values() {
            for destination in book.connections.destinations() {
                for (at_ms, entry) in book.ledger.entries_at(destination) {
                    if let EntryState::Pending(reason) = &entry.state {
                        let count = sum.by_reason.entry(reason.word().to_owned()).or_default();
                        *count = (*count + 1).min(limit.into());
                        sum.oldest_ms = sum.oldest_ms.into_iter().chain([at_ms]).min();
                    }
                }
            }
        }
        Ok(sum)
    }
}

/// How many of a type are ready whose own time lies before this.
fn ready_before(
    book: &Book,
    destination: &DestinationId,
    of: DataType,
    before_ms: i64,
    now_ms: i64,
) -> u64 {
    let entries = book.ledger.items_at(destination);
    let old = entries.filter(|(item, _)| item.id.data_type == of && item.at_ms < before_ms);
    old.filter(|(_, entry)| entry.is_pending())
        .filter(|(_, entry)| entry.next_try_ms.is_some_and(|at| at <= now_ms))
        .count() as u64
}
