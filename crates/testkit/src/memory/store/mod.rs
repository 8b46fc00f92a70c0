//! A Store in memory: the twin of the database for paused time. It keeps a
//! book per Account, so nothing of one can be shown to another.

mod alarms;
mod audit;
mod connections;
mod coverage;
mod entry;
mod exports;
mod finds;
mod instance;
mod journal;
mod knowledge;
mod ledger;
mod limits;
mod log;
mod manifests;
mod overview;
mod proofs;
mod scrubs;
mod sessions;
mod shelves;
mod tasks;
mod turns;
mod units;
mod vault;
mod watch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use domain::account::AccountId;
use domain::call::Call;
use domain::clock::Clock;
use domain::ledger::DestinationId;

/// All the books in memory.
pub struct Store {
    /// The database's clock: leases run by it.
    clock: Arc<dyn Clock>,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    accounts: BTreeMap<AccountId, Book>,
    /// Which Account owns a Destination.
    owners: BTreeMap<DestinationId, AccountId>,
    queue: turns::Queue,
    sessions: sessions::Sessions,
    instance: instance::Instance,
    limits: limits::Limits,
    alarms: alarms::Alarms,
    chains: audit::Chains,
}

/// All that is kept of one Account.
#[derive(Default)]
struct Book {
    connections: connections::Connections,
    tasks: tasks::Tasks,
    ledger: ledger::Ledger,
    journal: journal::Journal,
    vault: vault::Vault,
    overview: overview::Overview,
    coverage: coverage::Coverage,
    proofs: proofs::Proofs,
    scrubs: scrubs::Scrubs,
    manifests: manifests::Manifests,
    filters: finds::Filters,
    exports: exports::Exports,
}

impl Store {
    /// An empty one, whose leases run by this clock.
    pub fn new(clock: impl Clock + 'static) -> Store {
        Store {
            clock: Arc::new(clock),
            books: Mutex::default(),
        }
    }

    /// Every call that was noted, by id: no port shows them yet.
    pub fn calls(&self, account: &AccountId) -> Vec<Call> {
        self.look(account, |book| book.ledger.calls())
    }

    fn look<T: Default>(&self, account: &AccountId, at: impl FnOnce(&Book) -> T) -> T {
        let books = self.books.lock().unwrap();
        books.accounts.get(account).map(at).unwrap_or_default()
    }

    fn change<T>(&self, account: &AccountId, by: impl FnOnce(&mut Book) -> T) -> T {
        let mut books = self.books.lock().unwrap();
        by(books.accounts.entry(account.clone()).or_default())
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}
