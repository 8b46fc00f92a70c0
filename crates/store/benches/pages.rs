//! Measures whether size matters: a page of the LOG with 1,000 and with
//! 1,000,000 rows, and a claim among 10 and among 10,000 Backups. Each pair is
//! measured turn by turn in one run, so that whatever else the machine does
//! meets both; the ratios at the end of the lines are what counts (at most 1.5).
//!
//! `cargo bench -p store --bench pages`; a number makes it that many rows, and
//! with `ARCHIVER_TEST_POSTGRES_URL` naming an empty database it measures
//! PostgreSQL instead of SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement ends where something fails, and takes its server from the environment"
)]

use std::time::{Duration, Instant};

use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::ports::{Connections, LogAsk, Noted, Store, Turn};
use domain::task::Listing;
use domain::timetable::Timetable;
use domain::window::{DAY_MS, HOUR_MS, Window};
use store::{Database, DatabaseUrl, Options};
use testkit::ManualClock;
use testkit::builders::{self, T0};

const SMALL: i64 = 1_000;
const ROUNDS: usize = 400;
const LEASE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() {
    let rows = std::env::args()
        .find_map(|it| it.parse().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::TempDir::new().unwrap();
    let url = match std::env::var("ARCHIVER_TEST_POSTGRES_URL") {
        Ok(url) => DatabaseUrl::parse(&url).unwrap(),
        Err(_) => DatabaseUrl::Sqlite(folder.path().join("archiver.db")),
    };
    println!("{SMALL} and {rows} rows, {url}");
    let options = Options {
        url,
        key_file: folder.path().join("master.key"),
        connections: 10,
    };
    let database = Database::open(options).await.unwrap();
    let (small, large) = (company(&database, "1").await, company(&database, "2").await);
    let clock = Instant::now();
    fill(&database, &small, SMALL).await;
    fill(&database, &large, rows).await;
    println!("filled in {:.1?}", clock.elapsed());
    pages(&database, &small, &large, rows).await;
    claims(&database).await;
    database.close().await;
}

/// A company whose Backup the scheduler leaves alone.
async fn company(store: &impl Connections, id: &str) -> Backup {
    let account = builders::account(&format!("400123456{id}"));
    let place = format!("dropbox:dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQng{id}");
    let destination = builders::destination(&place, &account.id);
    let id = format!("0199f3a0-7c1e-7d2a-9b61-1f2e3d4c5b6{id}");
    let connection = builders::connection(&id, &destination);
    let backup = Backup {
        enabled: false,
        ..builders::backup(&id, &connection)
    };
    store.keep_account(&account, T0).await.unwrap();
    store.keep_destination(&destination).await.unwrap();
    store.keep_connection(&connection, T0).await.unwrap();
    store.keep_backup(&backup, T0).await.unwrap();
    backup
}

/// Hours back from [`T0`], nearly all idle: an item in one hour of fifty among
/// the newest thousand, and one at the very beginning.
async fn fill(store: &impl Store, backup: &Backup, rows: i64) {
    let account = &backup.account;
    let all = Window::from_ms(T0 - rows * HOUR_MS, T0).unwrap();
    let hours: Vec<Window> = all.hours().collect();
    for some in hours.chunks(20_000) {
        store.open_tasks(account, &backup.id, some).await.unwrap();
    }
    store
        .set_listing(account, backup, all, Listing::Done)
        .await
        .unwrap();
    let newest = (0..SMALL / 50).map(|n| T0 - n * 50 * HOUR_MS - HOUR_MS / 2);
    for (n, at_ms) in newest.chain([all.start_ms() + 1]).enumerate() {
        let item = builders::recording(&format!("{:013}", 3_000_000_000_000 + n), at_ms);
        let page = [Noted {
            stem: item.id.key(),
            sighting: builders::ready(&item),
        }];
        store.note(account, backup, &page, &[], T0).await.unwrap();
        let outcome = builders::archived(&format!("{}.mp3", item.id.key()), b"sound");
        store
            .settle(account, &backup.destination, &[(item.id, outcome)], T0)
            .await
            .unwrap();
    }
}

async fn pages(store: &impl Store, small: &Backup, large: &Backup, rows: i64) {
    let oldest = |rows: i64| Window::from_ms(T0 - rows * HOUR_MS, T0).unwrap();
    let week = Window::from_ms(T0 - 7 * DAY_MS, T0).unwrap();
    let month = Window::from_ms(T0 - 40 * DAY_MS, T0 - 10 * DAY_MS).unwrap();
    let deep = Turn::Older(Window::hour_of(T0 - 900 * HOUR_MS));
    for (name, window, telling, turn) in [
        ("the last 7 days", Some(week), false, Turn::Newest),
        ("the last 7 days, SHOW LESS", Some(week), true, Turn::Newest),
        ("a period", Some(month), false, Turn::Newest),
        ("a period, SHOW LESS", Some(month), true, Turn::Newest),
        ("all time", None, false, Turn::Newest),
        ("all time, SHOW LESS", None, true, Turn::Newest),
        ("all time, SHOW LESS, the end", None, true, deep),
    ] {
        let ask = |rows| LogAsk {
            window: window.unwrap_or(oldest(rows)),
            telling,
            turn,
            limit: 25,
        };
        let read = async |backup: &Backup, rows: i64| {
            let clock = Instant::now();
            let page = store.log(&backup.account, &backup.id, &ask(rows)).await;
            let took = clock.elapsed();
            assert!(!page.unwrap().rows.is_empty());
            took
        };
        let mut times = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            times.0.push(read(small, SMALL).await);
            times.1.push(read(large, rows).await);
        }
        compare(&format!("log: {name}"), times);
    }
}

/// Claims one Backup that is due among idle ones, over and over; and finds
/// that nothing is due.
async fn claims(store: &impl Store) {
    let mut measured = Vec::new();
    for (from, to) in [(0, 10), (10, 10_000)] {
        for n in from..to {
            let id = format!("idle-{n:05}");
            let account = builders::account(&id);
            let destination = builders::destination(&id, &account.id);
            let connection = builders::connection(&id, &destination);
            let backup = builders::backup(&id, &connection);
            store.keep_account(&account, T0).await.unwrap();
            store.keep_destination(&destination).await.unwrap();
            store.keep_connection(&connection, T0).await.unwrap();
            store.keep_backup(&backup, T0).await.unwrap();
            plan(store, &backup).await;
        }
        let (account, busy) = (AccountId::new("idle-00000"), BackupId::new("idle-00000"));
        let (mut claimed, mut nothing) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            store.hurry(&account, &busy).await.unwrap();
            let clock = Instant::now();
            let found = store.claim_due("worker", LEASE).await.unwrap().unwrap();
            claimed.push(clock.elapsed());
            store.finish_run(&account, &found.run).await.unwrap();
            let clock = Instant::now();
            assert_eq!(store.claim_due("worker", LEASE).await.unwrap(), None);
            nothing.push(clock.elapsed());
        }
        measured.push((claimed, nothing));
    }
    let many = measured.pop().unwrap();
    let few = measured.pop().unwrap();
    compare("claim among 10 and 10,000 Backups", (few.0, many.0));
    compare("nothing due among 10 and 10,000", (few.1, many.1));
}

/// Not before the measurement is over.
async fn plan(store: &impl Store, backup: &Backup) {
    let timetable = Timetable {
        due_ms: Some(ManualClock::of_the_machine().now_ms() + HOUR_MS),
        ..Timetable::default()
    };
    let (account, id) = (&backup.account, &backup.id);
    let was = store.timetable(account, id).await.unwrap();
    let changed = store.change_timetable(account, id, &was, &timetable);
    assert!(changed.await.unwrap());
}

fn compare(name: &str, times: (Vec<Duration>, Vec<Duration>)) {
    let (small, large) = (figures(times.0), figures(times.1));
    let ratio = |n: usize| large[n].as_secs_f64() / small[n].as_secs_f64();
    println!(
        "{name}: median {:.2?} and {:.2?}, p99 {:.2?} and {:.2?}: ratios {:.2} and {:.2}",
        small[0],
        large[0],
        small[1],
        large[1],
        ratio(0),
        ratio(1)
    );
}

/// Median and 99th percentile.
fn figures(mut times: Vec<Duration>) -> [Duration; 2] {
    times.sort_unstable();
    [times[times.len() / 2], times[times.len() * 99 / 100]]
}
