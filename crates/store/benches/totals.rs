//! Measures what the sums of a Backup cost a page that is looked at again and
//! again, with 1,000 and with 1,000,000 items over 90 days: while nothing
//! changes, and while an item of one day is archived before each look; and for
//! comparison what counting everything costs, as pages once did. Each pair is
//! measured turn by turn in one run; the ratios are what counts.
//!
//! `cargo bench -p store --bench totals`; a number makes it that many items,
//! and with `ARCHIVER_TEST_POSTGRES_URL` naming an empty database it measures
//! PostgreSQL instead of SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement ends where something fails, and takes its server from the environment"
)]

use std::time::{Duration, Instant};

use domain::connection::Backup;
use domain::item::Item;
use domain::ports::{Connections, Ledger, Noted, Overview};
use domain::window::{DAY_MS, Window};
use store::{Database, DatabaseUrl, Options};
use testkit::builders::{self, T0};

const SMALL: usize = 1_000;
const PAGE: usize = 500;

#[tokio::main]
async fn main() {
    let count = std::env::args()
        .find_map(|it| it.parse().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::TempDir::new().unwrap();
    let url = match std::env::var("ARCHIVER_TEST_POSTGRES_URL") {
        Ok(url) => DatabaseUrl::parse(&url).unwrap(),
        Err(_) => DatabaseUrl::Sqlite(folder.path().join("archiver.db")),
    };
    println!("{SMALL} and {count} items of 90 days, {url}");
    let options = Options {
        url,
        key_file: folder.path().join("master.key"),
        connections: 10,
    };
    let database = Database::open(options).await.unwrap();
    let small = filled(&database, "1", SMALL).await;
    let large = filled(&database, "2", count).await;
    measure(&database, &small, &large, count).await;
    database.close().await;
}

async fn filled(database: &Database, id: &str, count: usize) -> Backup {
    let account = builders::account(&format!("400123456{id}"));
    let destination = builders::destination(&format!("dropbox:{id}"), &account.id);
    let connection = builders::connection(&format!("connection-{id}"), &destination);
    let backup = builders::backup(&format!("backup-{id}"), &connection);
    database.keep_account(&account, T0).await.unwrap();
    database.keep_destination(&destination).await.unwrap();
    database.keep_connection(&connection, T0).await.unwrap();
    database.keep_backup(&backup, T0).await.unwrap();
    let clock = Instant::now();
    for start in (0..count).step_by(PAGE) {
        let items: Vec<Item> = (start..count.min(start + PAGE))
            .map(|n| item(n, count))
            .collect();
        let page: Vec<Noted> = items
            .iter()
            .map(|it| Noted {
                stem: it.id.key(),
                sighting: builders::ready(it),
            })
            .collect();
        let noted = database.note(&account.id, &backup, &page, &[], T0);
        noted.await.unwrap();
        archive(database, &backup, &items).await;
    }
    println!("filled with {count} in {:.1?}", clock.elapsed());
    backup
}

fn item(n: usize, count: usize) -> Item {
    let step = 90 * DAY_MS / i64::try_from(count).unwrap();
    let at_ms = T0 + step * i64::try_from(n).unwrap();
    builders::recording(&format!("{:013}", 3_000_000_000_000 + n), at_ms)
}

async fn archive(database: &Database, backup: &Backup, items: &[Item]) {
    let outcomes: Vec<_> = items
        .iter()
        .map(|it| {
            let path = format!("{}.mp3", it.id.key());
            (it.id.clone(), builders::archived(&path, b"sound"))
        })
        .collect();
    let settled = database.settle(&backup.account, &backup.destination, &outcomes, T0);
    settled.await.unwrap();
}

async fn measure(database: &Database, small: &Backup, large: &Backup, count: usize) {
    let look = async |backup: &Backup, items: usize| {
        let clock = Instant::now();
        let totals = database.totals(&backup.account, backup).await.unwrap();
        let took = clock.elapsed();
        assert_eq!(totals.sum().listed(), items as u64);
        took
    };
    let first = (look(small, SMALL).await, look(large, count).await);
    println!("the first look ever: {:.2?} and {:.2?}", first.0, first.1);
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..400 {
        times.0.push(look(small, SMALL).await);
        times.1.push(look(large, count).await);
    }
    compare("nothing has changed", times);
    let mut times = (Vec::new(), Vec::new());
    for n in 0..100 {
        for (backup, items, times) in [(small, SMALL, &mut times.0), (large, count, &mut times.1)] {
            archive(database, backup, &[item(n % 10, items)]).await;
            times.push(look(backup, items).await);
        }
    }
    compare("a day has changed", times);
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..5 {
        for (backup, times) in [(small, &mut times.0), (large, &mut times.1)] {
            let clock = Instant::now();
            let counts = database.counts(&backup.account, backup, Window::EVER);
            counts.await.unwrap();
            times.push(clock.elapsed());
        }
    }
    compare("everything counted, as before", times);
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
