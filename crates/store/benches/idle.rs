//! What an hour costs in which nothing happens: so many Backups, each with its
//! run of the hour, and a worker that looks every second. CPU and writes are
//! of the real store and the real engine; only the clock is scaled: an hour is
//! as long as its work takes.
//!
//! `cargo bench -p store --bench idle`; a number makes it that many Backups
//! (and then twice as many), and with `ARCHIVER_TEST_POSTGRES_URL` naming an
//! empty database it measures PostgreSQL instead of SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement ends where something fails, and takes its server from the environment"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::account::{Extension, ExtensionId};
use domain::connection::{Backup, Connection};
use domain::content::Content;
use domain::data_type::DataType;
use domain::grant::{Grant, Provider};
use domain::item::Item;
use domain::ports::{Ask, Destination, Page, Permission, Providers, SignIn, Source, Store, Viewer};
use domain::schedule::HORIZON_MS;
use domain::timetable::Timetable;
use domain::window::HOUR_MS;
use domain::{Error, Kind, Result};
use engine::{Failures, Rhythm, Worker};
use futures::future::join_all;
use futures::stream::{self, BoxStream, StreamExt};
use store::{Database, DatabaseUrl, Options};
use testkit::ManualClock;
use testkit::builders::{self, T0};
use testkit::faulty::{Faults, Faulty, Rates};
use tokio_util::sync::CancellationToken;

/// Calls of the store that are a transaction which writes.
const WRITES: [&str; 13] = [
    "keep_account",
    "keep_extensions",
    "keep_destination",
    "open_tasks",
    "set_listing",
    "relist",
    "change_timetable",
    "finish_run",
    "beat",
    "advance_mark",
    "note",
    "write",
    "keep_walked",
];

/// A company of one person in which nothing happens.
struct Idle;

fn nothing<T>() -> Result<T> {
    Err(Error::new(Kind::Gone, "there is nothing"))
}

#[async_trait]
impl Source for Idle {
    async fn viewer(&self) -> Result<Viewer> {
        nothing()
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        Ok(vec![builders::extension("101")])
    }

    async fn permissions(&self, _: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        nothing()
    }

    fn list<'a>(&'a self, _: &'a Ask) -> BoxStream<'a, Result<Page>> {
        let page = Page {
            sightings: Vec::new(),
            calls: Vec::new(),
            unsettled: 0,
        };
        stream::iter([Ok(page)]).boxed()
    }

    async fn open(&self, _: &Item) -> Result<Content> {
        nothing()
    }
}

struct Ends(Arc<testkit::memory::Destination>);

#[async_trait]
impl Providers for Ends {
    async fn sign_in(&self, _: Provider) -> Result<Arc<dyn SignIn>> {
        nothing()
    }

    async fn source_behind(&self, _: &Grant) -> Result<Arc<dyn Source>> {
        nothing()
    }

    async fn destination_behind(&self, _: &Grant) -> Result<Arc<dyn Destination>> {
        nothing()
    }

    async fn source(&self, _: &Connection) -> Result<Arc<dyn Source>> {
        Ok(Arc::new(Idle))
    }

    async fn destination(&self, _: &Connection) -> Result<Arc<dyn Destination>> {
        Ok(self.0.clone())
    }

    async fn forget(&self, _: &Connection) {}

    async fn try_keys(&self, _: Provider, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
}

/// What an hour cost.
#[derive(Clone, Copy)]
struct Cost {
    cpu: f64,
    writes: usize,
    polls: f64,
}

#[tokio::main]
async fn main() {
    let few = std::env::args().find_map(|it| it.parse().ok());
    let few: usize = few.unwrap_or(10_000);
    let folder = tempfile::TempDir::new().unwrap();
    let server = std::env::var("ARCHIVER_TEST_POSTGRES_URL").unwrap_or_default();
    let url = match server.as_str() {
        "" => DatabaseUrl::Sqlite(folder.path().join("archiver.db")),
        url => DatabaseUrl::parse(url).unwrap(),
    };
    let name = if matches!(url, DatabaseUrl::Sqlite(_)) {
        "SQLite"
    } else {
        "PostgreSQL"
    };
    let options = Options {
        url,
        key_file: folder.path().join("master.key"),
        connections: 10,
    };
    let database = Database::open(options).await.unwrap();
    let faults = Faults::from_seed(0, Rates::default());
    let store = Arc::new(Faulty::new(database.clone(), &faults));
    let clock = ManualClock::at(T0);
    let workers = workers(&store, &clock);
    let mut all = Vec::new();
    let mut costs = Vec::new();
    println!(
        "| idle Backups ({name}) | CPU-seconds an hour | of these looking whose turn it is | writes an hour | a Backup |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for many in [few, 2 * few] {
        for n in all.len()..many {
            all.push(company(&database, n).await);
        }
        // The first hour is not idle: everything is new.
        hour(&workers, &faults).await;
        clock.advance(Duration::from_hours(1));
        make_due(&database, &all).await;
        let cost = hour(&workers, &faults).await;
        clock.advance(Duration::from_hours(1));
        make_due(&database, &all).await;
        println!(
            "| {many} | {:.1} | {:.1} | {} | {:.1} |",
            cost.cpu,
            cost.polls,
            cost.writes,
            number(cost.writes) / number(many)
        );
        costs.push(cost);
    }
    let ratio = |of: fn(&Cost) -> f64| of(&costs[1]) / of(&costs[0]);
    let (cpu, writes) = (ratio(|it| it.cpu), ratio(|it| number(it.writes)));
    let verdict = if cpu.max(writes) <= 2.2 {
        "met"
    } else {
        "missed"
    };
    println!("twice as many: CPU {cpu:.2} times, writes {writes:.2} times; target 2.2: {verdict}");
    database.close().await;
}

fn workers(store: &Arc<Faulty<Database>>, clock: &ManualClock) -> Vec<Worker> {
    let ends = Arc::new(Ends(Arc::new(testkit::memory::Destination::new())));
    (0..4)
        .map(|n| Worker {
            store: store.clone(),
            providers: ends.clone(),
            clock: Arc::new(clock.clone()),
            rhythm: Rhythm::default(),
            name: format!("worker {n}"),
            zone: jiff::tz::TimeZone::UTC,
            at_once: 1,
            failures: Failures::default(),
            stop: CancellationToken::new(),
        })
        .collect()
}

/// A company with a Backup that is ON, without history.
async fn company(store: &impl Store, n: usize) -> Backup {
    let id = format!("{n:06}");
    let account = builders::account(&id);
    let destination = builders::destination(&id, &account.id);
    let connection = builders::connection(&id, &destination);
    let backup = Backup {
        types: DataType::ALL.into(),
        ..builders::backup(&id, &connection)
    };
    store.keep_account(&account, T0).await.unwrap();
    store.keep_destination(&destination).await.unwrap();
    store.keep_connection(&connection, T0).await.unwrap();
    store.keep_backup(&backup, T0).await.unwrap();
    let was = Timetable::default();
    let on = was
        .with_history(false, T0, HORIZON_MS)
        .turned_on(T0 - HOUR_MS, HORIZON_MS);
    let changed = store.change_timetable(&account.id, &backup.id, &was, &on);
    assert!(changed.await.unwrap());
    backup
}

/// The database's clock is the machine's: an hour later by ours is now.
async fn make_due(store: &impl Store, all: &[Backup]) {
    for backup in all {
        let (account, id) = (&backup.account, &backup.id);
        let was = store.timetable(account, id).await.unwrap();
        let due = Timetable {
            due_ms: Some(1),
            ..was
        };
        let changed = store.change_timetable(account, id, &was, &due).await;
        assert!(changed.unwrap());
    }
}

/// Every Backup that is due has its run; then a worker looks in vain, once for
/// each second of an hour.
async fn hour(workers: &[Worker], faults: &Faults) -> Cost {
    let (cpu, before) = (cpu_seconds(), faults.tally());
    let runs = workers.iter().map(async |worker| {
        let mut runs = 0;
        while worker.turn().await.unwrap() {
            runs += 1;
        }
        runs
    });
    let runs: usize = join_all(runs).await.into_iter().sum();
    let worked = cpu_seconds();
    for _ in 0..3_600 {
        assert!(!workers[0].turn().await.unwrap());
    }
    Cost {
        cpu: cpu_seconds() - cpu,
        polls: cpu_seconds() - worked,
        // A claim that found something is a write, too.
        writes: runs + writes(&before, &faults.tally()),
    }
}

fn writes(before: &BTreeMap<&'static str, usize>, after: &BTreeMap<&'static str, usize>) -> usize {
    let of = |it: &BTreeMap<_, usize>, name| it.get(name).copied().unwrap_or(0);
    let names = WRITES.iter();
    names.map(|name| of(after, name) - of(before, name)).sum()
}

/// A count, for dividing.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Of this process, user and system, by the kernel's count in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks: f64 = [11, 12]
        .map(|n| fields[n].parse::<f64>().unwrap())
        .iter()
        .sum();
    ticks / 100.0
}
