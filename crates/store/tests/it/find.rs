//! Whatever is typed finds the same on every database as in memory, and breaks
//! none: the fuzzer's inputs as questions and as texts.

use domain::connection::Backup;
use domain::item::{Direction, Item};
use domain::ports::Store;
use domain::search::Query;
use testkit::builders::{T0, extension, noted, ready, recording, sms};
use testkit::clock::ManualClock;
use testkit::fuzz::Target;
use tokio::runtime::Handle;

use crate::home::Home;
use crate::ledger::company;

/// Words that mean something to one of the databases.
const WORDS: &[&str] = &[
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "NEAR(",
    "words:",
    "rowid",
    "^",
    "*",
    "\"",
    "'",
    "''",
    ":*",
    "<->",
    "&",
    "|",
    "!",
    "(",
    ")",
    "{",
    "}",
    "-",
    "+",
    "\\",
    "%",
    "_",
    ";--",
    "$1",
    "?1",
    "\0",
    "b:",
    "t:sms",
    "n:",
    "é",
    "ß",
    "会",
    "😀",
    "\u{202e}",
    "+1 (555) 010-0567",
    "555*",
    "\u{300}",
    "İ",
];

async fn fill(store: &impl Store, backup: &Backup, items: &[Item]) {
    let seen: Vec<_> = items.iter().map(|it| noted(ready(it))).collect();
    let account = &backup.account;
    store
        .keep_extensions(account, &[extension("101")], T0)
        .await
        .unwrap();
    store.note(account, backup, &seen, &[], T0).await.unwrap();
}

/// Items whose texts are those that are typed.
fn items(seeds: &[Vec<u8>]) -> Vec<Item> {
    let texts = seeds
        .iter()
        .map(|it| String::from_utf8_lossy(it).into_owned());
    let texts = texts.chain(WORDS.iter().map(|it| (*it).to_owned()));
    let mut items: Vec<Item> = (0_i64..)
        .zip(texts)
        .map(|(n, text)| {
            let mut item = sms(&n.to_string(), T0 - n * n * 40_000_000);
            item.facts.from.name = Some(text.clone());
            item.facts.from.number = Some(text.clone());
            item.facts.text = Some(text);
            item
        })
        .collect();
    let mut call = recording("call", T0 + 1);
    call.facts.direction = Direction::Out;
    call.facts.seconds = Some(75);
    items.push(call);
    items
}

/// A question out of bytes: what was typed into each field, by lines.
fn query(data: &[u8]) -> Query {
    let typed = String::from_utf8_lossy(data).into_owned();
    let mut lines = typed.split('\n').map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    Query {
        text: next(),
        person: next(),
        number: next(),
        shortest: next().parse().ok(),
        longest: next().parse().ok(),
        from_ms: next().parse().ok(),
        to_ms: next().parse().ok(),
        ..Query::default()
    }
}

async fn fuzzed(home: Home) {
    let seeds: Vec<Vec<u8>> = [
        "hello world",
        "\"hello world\"",
        "hel* wor*",
        "a-b c'd",
        "x\n101\n555",
        "\n\n0567\n1\n9999999999",
        "会議は三時",
        "+1 555 010 0567",
        "\n\n\n\n\n0\n1800000000000",
    ]
    .iter()
    .map(|it| it.as_bytes().to_vec())
    .collect();
    let (database, twin) = (
        home.open().await,
        testkit::memory::Store::new(ManualClock::at(T0)),
    );
    let (one, other) = (company(&database, "1").await, company(&twin, "1").await);
    let items = items(&seeds);
    fill(&database, &one, &items).await;
    fill(&twin, &other, &items).await;
    tokio::task::block_in_place(|| {
        Target {
            name: "search",
            seeds: &seeds,
            corpus: &[b"", b"\"", b"*", b"\0"],
            words: WORDS,
        }
        .run(|data| {
            let query = query(data);
            let both = async {
                let found = find(&database, &one, &query).await;
                assert_eq!(found, find(&twin, &other, &query).await, "{query:?}");
            };
            Handle::current().block_on(both);
        });
    });
    database.close().await;
    home.leave().await;
}

async fn find(store: &impl Store, backup: &Backup, query: &Query) -> domain::search::Found {
    let found = store.find(&backup.account, backup, query, None, 30).await;
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fuzz_search_on_sqlite() {
    fuzzed(Home::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fuzz_search_on_postgresql() {
    if let Some(home) = Home::postgres().await {
        fuzzed(home).await;
    }
}
