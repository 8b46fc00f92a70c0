//! Measures the Ledger: rows a second for noting and settling, what it takes
//! to find work among many that are due and many that wait, and how much the
//! file grows with each item.
//!
//! `cargo bench -p store -- 100000`; with `ARCHIVER_TEST_POSTGRES_URL` naming
//! an empty database it measures PostgreSQL instead of SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement ends where something fails, and takes its server from the environment"
)]

use std::path::Path;
use std::time::Instant;

use domain::connection::Backup;
use domain::data_type::DataType;
use domain::item::{Facts, Item, ItemId, Party};
use domain::ledger::{Outcome, Pending};
use domain::ports::{Connections, Ledger, Noted, Store};
use domain::window::{HOUR_MS, Window};
use store::{Database, DatabaseUrl, Options};
use testkit::builders::{self, T0};

const CALLS: DataType = DataType::CallRecording;

const PAGE: usize = 250;
/// One item every 36 s: 100 an hour.
const STEP_MS: i64 = 36_000;

#[tokio::main]
async fn main() {
    let count = std::env::args()
        .find_map(|it| it.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("archiver.db");
    let url = match std::env::var("ARCHIVER_TEST_POSTGRES_URL") {
        Ok(url) => DatabaseUrl::parse(&url).unwrap(),
        Err(_) => DatabaseUrl::Sqlite(file.clone()),
    };
    println!("{count} items, {url}");
    let options = Options {
        url,
        key_file: folder.path().join("master.key"),
        connections: 10,
    };
    let database = Database::open(options).await.unwrap();
    measure(&database, count).await;
    database.close().await;
    size("database", &file, count);
    println!("peak memory: {}", peak());
}

async fn measure(store: &impl Store, count: usize) {
    let backup = stage(store).await;
    let account = &backup.account;
    let always = Window::from_ms(T0, T0 + STEP_MS * i64::try_from(count).unwrap()).unwrap();

    let clock = Instant::now();
    for page in pages(count) {
        store.note(account, &backup, &page, &[], T0).await.unwrap();
    }
    rate("noted, new", count, clock);

    let clock = Instant::now();
    for page in pages(count) {
        store
            .note(account, &backup, &page, &[], T0 + HOUR_MS)
            .await
            .unwrap();
    }
    rate("noted again, unchanged", count, clock);

    look(store, &backup, always, "all are due").await;

    let clock = Instant::now();
    let later = |item: &Item| builders::failed(Pending::Failed, T0 + HOUR_MS + item.at_ms % 1_000);
    settle(store, &backup, count, later).await;
    rate("settled, failed", count, clock);
    look(store, &backup, always, "all wait").await;

    let clock = Instant::now();
    let found = store
        .due(account, &backup, CALLS, always, T0 + 2 * HOUR_MS, 100)
        .await;
    println!(
        "all wake: {} found in {:?}",
        found.unwrap().len(),
        clock.elapsed()
    );

    let clock = Instant::now();
    settle(store, &backup, count, |item| {
        builders::archived(&format!("{}.mp3", stem(&item.id)), b"sound")
    })
    .await;
    rate("settled, archived", count, clock);
    look(store, &backup, always, "all are archived").await;

    let clock = Instant::now();
    let hours: Vec<Window> = always.hours().collect();
    store.open_tasks(account, &backup.id, &hours).await.unwrap();
    println!(
        "{} rows of the log opened in {:?}",
        hours.len(),
        clock.elapsed()
    );
    for (name, window) in [
        ("a day", Window::from_ms(T0, T0 + 24 * HOUR_MS).unwrap()),
        ("a week", Window::from_ms(T0, T0 + 168 * HOUR_MS).unwrap()),
        ("all time", always),
    ] {
        let clock = Instant::now();
        let tasks = store.tasks(account, &backup.id, window).await.unwrap();
        println!(
            "log of {name}: {} rows in {:?}",
            tasks.len(),
            clock.elapsed()
        );
    }
}

async fn stage(store: &impl Connections) -> Backup {
    let account = builders::account("4001234567");
    let place = "dropbox:dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc";
    let destination = builders::destination(place, &account.id);
    let connection = builders::connection("0199f3a0-7c1e-7d2a-9b61-1f2e3d4c5b6a", &destination);
    let backup = builders::backup("0199f3a0-7c1e-7d2a-9b61-1f2e3d4c5b6b", &connection);
    store.keep_account(&account, T0).await.unwrap();
    store.keep_destination(&destination).await.unwrap();
    store.keep_connection(&connection, T0).await.unwrap();
    store.keep_backup(&backup, T0).await.unwrap();
    backup
}

fn pages(count: usize) -> impl Iterator<Item = Vec<Noted>> {
    let starts = (0..count).step_by(PAGE);
    starts.map(move |start| {
        let page = (start..count.min(start + PAGE)).map(item);
        page.map(|item| Noted {
            stem: stem(&item.id),
            sighting: builders::ready(&item),
        })
        .collect()
    })
}

fn item(n: usize) -> Item {
    let party = |number: usize| Party {
        number: Some(format!("+1650555{number:04}")),
        extension_number: Some("101".to_owned()),
        name: Some("Ada Lovelace".to_owned()),
    };
    let facts = Facts {
        from: party(n % 10_000),
        to: vec![party((n * 7) % 10_000)],
        seconds: Some(93),
        recording_type: Some("Automatic".to_owned()),
        call_id: Some(format!("AGRd0XbDkPd0{n:08}")),
        session_id: Some(format!("{n:011}")),
        ..Facts::default()
    };
    Item {
        facts,
        ..builders::recording(&format!("{:013}", 3_000_000_000_000 + n), at(n))
    }
}

fn at(n: usize) -> i64 {
    T0 + STEP_MS * i64::try_from(n).unwrap()
}

/// As long as a real one.
fn stem(id: &ItemId) -> String {
    format!(
        "Archive/101 Ada Lovelace [62264006]/2026-06/\
         2026-06-12T14-03-27-0400 call in from +16505550100 rec{}",
        id.unit
    )
}

async fn settle(
    store: &impl Ledger,
    backup: &Backup,
    count: usize,
    outcome: impl Fn(&Item) -> Outcome,
) {
    for start in (0..count).step_by(PAGE) {
        let items = (start..count.min(start + PAGE)).map(item);
        let outcomes: Vec<_> = items
            .map(|item| (item.id.clone(), outcome(&item)))
            .collect();
        let (account, place) = (&backup.account, &backup.destination);
        store.settle(account, place, &outcomes, T0).await.unwrap();
    }
}

async fn look(store: &impl Ledger, backup: &Backup, window: Window, when: &str) {
    let account = &backup.account;
    let now_ms = T0 + HOUR_MS / 2;
    let clock = Instant::now();
    let due = store
        .due(account, backup, CALLS, window, now_ms, 100)
        .await
        .unwrap()
        .len();
    let due_in = clock.elapsed();
    let clock = Instant::now();
    let next = store.next_due(account, backup, window).await.unwrap();
    let next_in = clock.elapsed();
    let clock = Instant::now();
    let counts = store.counts(account, backup, window).await.unwrap();
    let counts_in = clock.elapsed();
    let units: u64 = counts.values().map(domain::ledger::Count::listed).sum();
    println!(
        "{when}: due {due} in {due_in:?}; next due {:?} in {next_in:?}; \
         counts of {units} in {counts_in:?}",
        next.map(|at| at - T0)
    );
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(what: &str, count: usize, clock: Instant) {
    let took = clock.elapsed();
    println!(
        "{what}: {:.0} a second ({took:.2?})",
        count as f64 / took.as_secs_f64()
    );
}

fn size(what: &str, file: &Path, count: usize) {
    if let Ok(metadata) = std::fs::metadata(file) {
        println!(
            "{what}: {} bytes, {} an item",
            metadata.len(),
            metadata.len() / count as u64
        );
    }
}

/// The most memory this process has held, where the system tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    line.map_or("unknown".to_owned(), |it| it.trim().to_owned())
}
