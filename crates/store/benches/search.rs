//! Measures a search among 1,000,000 items against the page that a row of the
//! LOG opens to, which is 25 rows read by their primary keys; both turn by turn
//! in one run, so that whatever else the machine does meets both. The ratios
//! count: the median of a search at most 10 times that of the page, and its
//! 99th percentile at most 4 times its own median. Ends with what an item
//! costs on disk, and how much of that is the search.
//!
//! `cargo bench -p store --bench search`; a number makes it that many items.
//! With `ARCHIVER_TEST_POSTGRES_URL` naming an empty database, PostgreSQL is
//! measured beside SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement ends where something fails, and takes its server from the environment"
)]

use std::time::{Duration, Instant};

use domain::account::Extension;
use domain::connection::{Backup, BackupId, Scope};
use domain::item::{Direction, Facts, Item, Party};
use domain::ports::{Connections, Finds, Ledger, Log, Noted};
use domain::search::Query;
use domain::window::{DAY_MS, Window};
use sqlx::{AnyConnection, Connection, Executor};
use store::{Database, DatabaseUrl, Options};
use testkit::builders::{self, T0};

/// Items noted at once: a page of a listing.
const PAGE: usize = 500;
const LIMIT: u32 = 25;
const ROUNDS: usize = 60;
/// How long the archive goes back.
const SPAN_MS: i64 = 3 * 365 * DAY_MS;
const PEOPLE: u64 = 300;
const NUMBERS: u64 = 20_000;
const WORDS: u64 = 20_000;
const NAMES: u64 = 2_000;

/// Chance that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// Few words are in every text, most in hardly any: about as in a language.
    fn word(&mut self) -> String {
        let most = 1 + self.below(WORDS);
        let most = 1 + self.below(most);
        word(self.below(most))
    }
}

/// A word that looks like one, so that beginnings are shared as in a language.
fn word(mut n: u64) -> String {
    const SYLLABLES: [&str; 24] = [
        "ba", "con", "de", "fi", "ga", "hi", "in", "ka", "lo", "mi", "na", "per", "qua", "re",
        "sa", "ta", "un", "vo", "wi", "xe", "yo", "za", "the", "or",
    ];
    let mut word = String::new();
    loop {
        word.push_str(SYLLABLES[usize::try_from(n % 24).unwrap()]);
        n /= 24;
        if n == 0 {
            return word;
        }
        n -= 1;
    }
}

fn person(n: u64) -> String {
    format!("{} {}", word(n % 97 + 30_000), word(n + 40_000))
}

fn number(n: u64) -> String {
    format!("+1555{:07}", n * 487 % 10_000_000)
}

fn item(n: u64, of: u64) -> Item {
    let mut dice = Dice(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    dice.below(2);
    let at_ms = T0 - SPAN_MS + SPAN_MS / i64::try_from(of).unwrap() * i64::try_from(n).unwrap();
    let (owner, other) = (dice.below(PEOPLE), dice.below(NUMBERS));
    let us = Party {
        extension_number: Some((101 + owner).to_string()),
        ..Party::default()
    };
    let them = Party {
        number: Some(number(other)),
        name: (other % 3 == 0).then(|| person(other % NAMES)),
        ..Party::default()
    };
    let incoming = dice.below(2) == 0;
    let id = n.to_string();
    let item = match dice.below(10) {
        0..3 => builders::recording(&id, at_ms),
        3 => builders::voicemail(&id, at_ms),
        4 => builders::fax(&id, at_ms),
        _ => builders::sms(&id, at_ms),
    };
    let is_text = item.facts.text.is_some();
    let length = dice.below(60);
    let text: Vec<String> = (0..4 + dice.below(16)).map(|_| dice.word()).collect();
    let facts = Facts {
        direction: if incoming {
            Direction::In
        } else {
            Direction::Out
        },
        from: if incoming { them.clone() } else { us.clone() },
        to: vec![if incoming { us } else { them }],
        seconds: (!is_text).then_some(length * length),
        text: is_text.then(|| text.join(" ")),
        ..Facts::default()
    };
    Item {
        facts,
        ..builders::of(&owner.to_string(), item)
    }
}

/// Somebody's Backup, and all that is theirs.
struct Side {
    name: &'static str,
    store: Database,
    url: DatabaseUrl,
    company: Backup,
    own: Backup,
}

#[tokio::main]
async fn main() {
    let items = std::env::args()
        .find_map(|it| it.parse().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::TempDir::new().unwrap();
    let file = DatabaseUrl::Sqlite(folder.path().join("archiver.db"));
    let mut sides = vec![side("SQLite", file, folder.path()).await];
    if let Ok(url) = std::env::var("ARCHIVER_TEST_POSTGRES_URL") {
        let url = DatabaseUrl::parse(&url).unwrap();
        sides.push(side("PostgreSQL", url, folder.path()).await);
    }
    for side in &sides {
        let clock = Instant::now();
        fill(side, items).await;
        println!(
            "{}: {items} items noted in {:.1?}",
            side.name,
            clock.elapsed()
        );
        settle_down(side).await;
    }
    measure(&sides, items).await;
    for side in &sides {
        side.store.close().await;
        cost(side, items).await;
    }
}

async fn side(name: &'static str, url: DatabaseUrl, folder: &std::path::Path) -> Side {
    let options = Options {
        url: url.clone(),
        key_file: folder.join(format!("{name}.key")),
        connections: 10,
    };
    let store = Database::open(options).await.unwrap();
    let account = builders::account("4001234561");
    let destination = builders::destination("dropbox:dbid:AAH4f99T0taONIb", &account.id);
    let connection = builders::connection("4001234561/0", &destination);
    let company = Backup {
        enabled: false,
        ..builders::backup("0199f3a0-7c1e-7d2a-9b61-1f2e3d4c5b6a", &connection)
    };
    let own = Backup {
        id: BackupId::new("0199f3a0-7c1e-7d2a-9b61-1f2e3d4c5b6b"),
        scope: Scope::Extension(builders::extension_id("7")),
        ..company.clone()
    };
    let people: Vec<Extension> = (0..PEOPLE)
        .map(|n| Extension {
            number: Some((101 + n).to_string()),
            name: Some(person(n + 5_000)),
            ..builders::extension(&n.to_string())
        })
        .collect();
    store.keep_account(&account, T0).await.unwrap();
    store
        .keep_extensions(&account.id, &people, T0)
        .await
        .unwrap();
    store.keep_destination(&destination).await.unwrap();
    store.keep_connection(&connection, T0).await.unwrap();
    for backup in [&company, &own] {
        store.keep_backup(backup, T0).await.unwrap();
    }
    Side {
        name,
        store,
        url,
        company,
        own,
    }
}

async fn fill(side: &Side, items: u64) {
    let account = &side.company.account;
    let note = async |backup: &Backup, page: &[Noted]| {
        let noted = side.store.note(account, backup, page, &[], T0).await;
        noted.unwrap();
    };
    let mut mine = Vec::new();
    let mut page = Vec::with_capacity(PAGE);
    for n in 0..items {
        let item = item(n, items);
        let noted = Noted {
            stem: item.id.key(),
            sighting: builders::ready(&item),
        };
        if item.extension == Some(builders::extension_id("7")) {
            mine.push(noted.clone());
        }
        page.push(noted);
        if page.len() == PAGE {
            note(&side.company, &page).await;
            page.clear();
        }
    }
    note(&side.company, &page).await;
    for page in mine.chunks(PAGE) {
        note(&side.own, page).await;
    }
}

async fn raw(side: &Side) -> AnyConnection {
    let url = match &side.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(_) => std::env::var("ARCHIVER_TEST_POSTGRES_URL").unwrap(),
    };
    AnyConnection::connect(&url).await.unwrap()
}

/// What PostgreSQL does by itself some time later.
async fn settle_down(side: &Side) {
    if let DatabaseUrl::Postgres(_) = side.url {
        raw(side).await.execute("vacuum analyze").await.unwrap();
    }
}

/// What people ask, by its kind; the dice choose which word, person or day.
fn questions(dice: &mut Dice) -> Vec<(&'static str, bool, Query)> {
    let q = |pairs: &[(&str, String)]| {
        let pairs = pairs.iter().map(|(name, it)| (*name, it.as_str()));
        Query::of_pairs(pairs).unwrap()
    };
    let text = |typed: String| q(&[("q", typed)]);
    let other = dice.below(NUMBERS);
    let long = number(other);
    let from_ms = T0 - SPAN_MS + DAY_MS * i64::try_from(dice.below(1000)).unwrap();
    let rank = |dice: &mut Dice, from: u64, to: u64| word(from + dice.below(to - from));
    vec![
        ("everything", false, Query::default()),
        ("a common word", false, text(rank(dice, 0, 20))),
        ("a word", false, text(rank(dice, 100, 2_000))),
        ("a rare word", false, text(rank(dice, 10_000, 20_000))),
        ("a word that is nowhere", false, text("nowhere".to_owned())),
        (
            "two words",
            false,
            text(format!("{} {}", rank(dice, 0, 50), rank(dice, 50, 500))),
        ),
        (
            "a phrase",
            false,
            text(format!("\"{} {}\"", rank(dice, 0, 30), rank(dice, 0, 30))),
        ),
        (
            "a beginning",
            false,
            text(format!("{}*", rank(dice, 600, 5_000))),
        ),
        ("a number", false, q(&[("number", long.clone())])),
        (
            "the end of a number",
            false,
            q(&[("number", long[7..].to_owned())]),
        ),
        ("a name", false, q(&[("person", person(other % NAMES))])),
        (
            "whose it is",
            false,
            q(&[("person", person(5_000 + dice.below(PEOPLE)))]),
        ),
        (
            "a type and direction",
            false,
            q(&[("type", "fax".into()), ("direction", "in".into())]),
        ),
        ("long ones", false, q(&[("min", "3400".to_owned())])),
        (
            "a word in a month",
            false,
            Query {
                from_ms: Some(from_ms),
                to_ms: Some(from_ms + 30 * DAY_MS),
                ..text(rank(dice, 0, 500))
            },
        ),
        ("a word, of one's own", true, text(rank(dice, 0, 50))),
        ("everything of one's own", true, Query::default()),
    ]
}

async fn measure(sides: &[Side], items: u64) {
    let mut dice = Dice(7);
    // By side: the page, then each kind of question.
    let mut times: Vec<Vec<(&str, Vec<Duration>)>> = sides.iter().map(|_| Vec::new()).collect();
    let mut keep = |side: usize, name: &'static str, took: Duration| match times[side]
        .iter_mut()
        .find(|(it, _)| *it == name)
    {
        Some((_, all)) => all.push(took),
        None => times[side].push((name, vec![took])),
    };
    for round in 0..ROUNDS {
        for (name, own, query) in questions(&mut dice) {
            let mut found = Vec::new();
            let at_ms = T0 - SPAN_MS + DAY_MS * i64::try_from(dice.below(1000)).unwrap();
            for (n, side) in sides.iter().enumerate() {
                let backup = if own { &side.own } else { &side.company };
                let account = &backup.account;
                let window = Window::from_ms(at_ms, T0 + DAY_MS).unwrap();
                let clock = Instant::now();
                let page = side
                    .store
                    .entries(account, &side.company, window, None, LIMIT)
                    .await;
                let (page, read) = (page.unwrap(), clock.elapsed());
                let clock = Instant::now();
                let hits = side.store.find(account, backup, &query, None, LIMIT).await;
                let (hits, took) = (hits.unwrap(), clock.elapsed());
                assert!(!page.is_empty() || items < 1_000);
                // The first rounds warm up.
                if round >= 3 {
                    keep(n, "", read);
                    keep(n, name, took);
                }
                found.push(hits);
            }
            assert!(
                found.windows(2).all(|it| it[0] == it[1]),
                "{name}: they differ"
            );
        }
    }
    for (side, times) in sides.iter().zip(times) {
        report(side.name, times);
    }
}

fn report(side: &str, mut times: Vec<(&str, Vec<Duration>)>) {
    let (_, page) = times.remove(0);
    let [page, page_p99] = figures(page);
    println!("{side}: 25 rows by their keys: median {page:.2?}, p99 {page_p99:.2?}");
    let mut all = Vec::new();
    for (name, some) in times {
        all.extend(some.iter().copied());
        let [p50, p99] = figures(some);
        let ratio = p50.as_secs_f64() / page.as_secs_f64();
        println!("  {name}: median {p50:.2?} ({ratio:.1} pages), p99 {p99:.2?}");
    }
    let [p50, p99] = figures(all);
    println!(
        "{side}: all searches: median {p50:.2?}, p99 {p99:.2?}: ratios {:.2} (at most 10) and {:.2} (at most 4)",
        p50.as_secs_f64() / page.as_secs_f64(),
        p99.as_secs_f64() / p50.as_secs_f64()
    );
}

/// Median and 99th percentile.
fn figures(mut times: Vec<Duration>) -> [Duration; 2] {
    times.sort_unstable();
    [times[times.len() / 2], times[times.len() * 99 / 100]]
}

/// Bytes on disk, and again without the search.
async fn cost(side: &Side, items: u64) {
    let mut raw = raw(side).await;
    let (all, search) = match &side.url {
        DatabaseUrl::Sqlite(_) => {
            let whole = pages(&mut raw).await;
            for sql in ["drop table search_words", "drop table search", "vacuum"] {
                raw.execute(sql).await.unwrap();
            }
            (whole, whole - pages(&mut raw).await)
        }
        DatabaseUrl::Postgres(_) => {
            let whole = "select pg_database_size(current_database())";
            let search = "select pg_total_relation_size('search')";
            let whole: i64 = sqlx::query_scalar(whole).fetch_one(&mut raw).await.unwrap();
            let search: i64 = sqlx::query_scalar(search)
                .fetch_one(&mut raw)
                .await
                .unwrap();
            (whole, search)
        }
    };
    let each = |bytes: i64| bytes / i64::try_from(items).unwrap();
    println!(
        "{}: {} bytes an item, {} of them for the search",
        side.name,
        each(all),
        each(search)
    );
}

async fn pages(raw: &mut AnyConnection) -> i64 {
    raw.execute("vacuum").await.unwrap();
    let count: i64 = sqlx::query_scalar("pragma page_count")
        .fetch_one(&mut *raw)
        .await
        .unwrap();
    let size: i64 = sqlx::query_scalar("pragma page_size")
        .fetch_one(&mut *raw)
        .await
        .unwrap();
    count * size
}
