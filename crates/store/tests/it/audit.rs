//! The audit log: whatever somebody does to it past the Store is found, and
//! it comes through copies and another master key as it was.

use std::fmt::Write;

use domain::account::AccountId;
use domain::audit::{Actor, Deed, Ending, Head, Link, Stamp};
use domain::ports::{Audit, AuditAsk};
use futures::future::join_all;
use sqlx::{AnyConnection, AssertSqlSafe};
use store::Database;
use testkit::builders::{T0, account_id, extension_id};

use crate::home::{Home, on_both};

/// What happens is drawn from this.
const SEED: u64 = 20_260_612;
/// Links in each of the two chains.
const LENGTH: i64 = 12;
/// Whose they are.
const BOOKS: [&str; 2] = ["1", "2"];

fn deed(n: i64) -> Deed {
    Deed {
        at_ms: T0 + n,
        actor: Actor::Extension(extension_id("101")),
        action: ["log.view", "backup.switch", "sign-in.out"][usize::try_from(n % 3).unwrap()],
        target: format!("1/account {n}"),
        result: Ending::Done,
    }
}

/// Two chains, and where they end.
async fn furnish(store: &Database) -> Vec<(AccountId, Head)> {
    let mut heads = Vec::new();
    for book in BOOKS.map(account_id) {
        for n in 0..LENGTH {
            store.tell(&book, &deed(n)).await.unwrap();
        }
        let head = store.audit_head(&book).await.unwrap().unwrap();
        heads.push((book, head));
    }
    heads
}

/// Whether every chain is whole, with the heads that were kept elsewhere.
async fn holds(store: &Database, heads: &[(AccountId, Head)]) -> bool {
    let Ok(mut books) = store.audit_books().await else {
        return false;
    };
    books.extend(heads.iter().map(|(book, _)| book.clone()));
    for book in books {
        let known = heads.iter().filter(|(it, _)| *it == book);
        let known: Vec<Head> = known.map(|(_, head)| head.clone()).collect();
        let checked = store.check_audit(&book, &known).await;
        if checked.is_ok_and(|it| it.broken.is_none()) {
            continue;
        }
        return false;
    }
    true
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }
}

/// All of both tables: what a tamperer with the whole database in hand has.
#[derive(Clone, PartialEq)]
struct Tables {
    links: Vec<Link>,
    heads: Vec<(String, Head)>,
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Tables {
    async fn of(store: &Database) -> Tables {
        let mut tables = Tables {
            links: Vec::new(),
            heads: Vec::new(),
        };
        for book in store.audit_books().await.unwrap() {
            let all = AuditAsk::all(None, 1_000);
            tables
                .links
                .extend(store.audit_links(&book, &all).await.unwrap());
            let head = store.audit_head(&book).await.unwrap().unwrap();
            tables.heads.push((book.to_string(), head));
        }
        tables
    }

    /// Puts them in place of what is there. `false`: the database does not
    /// take them, so this tamper is none.
    async fn put(&self, raw: &mut AnyConnection) -> bool {
        let mut sql = "begin; delete from audit; delete from audit_head;".to_owned();
        for it in &self.links {
            let texts = [
                &it.actor, &it.action, &it.target, &it.result, &it.hash, &it.seal,
            ];
            let texts: Vec<String> = texts.iter().map(|it| quoted(it)).collect();
            let (book, texts) = (quoted(it.account.as_str()), texts.join(","));
            write!(
                sql,
                "insert into audit values ({book},{},{},{texts});",
                it.seq, it.at_ms
            )
            .unwrap();
        }
        for (book, head) in &self.heads {
            let (book, hash) = (quoted(book), quoted(&head.hash));
            write!(
                sql,
                "insert into audit_head values ({book},{},{hash});",
                head.seq
            )
            .unwrap();
        }
        sql.push_str("commit;");
        if sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *raw)
            .await
            .is_ok()
        {
            return true;
        }
        sqlx::raw_sql("rollback").execute(&mut *raw).await.unwrap();
        false
    }

    /// The Links of one book, by their places in the table.
    fn of_book(&self, book: &str) -> Vec<usize> {
        let all = self.links.iter().enumerate();
        let theirs = all.filter(|(_, it)| it.account.as_str() == book);
        theirs.map(|(at, _)| at).collect()
    }
}

const KINDS: [&str; 12] = [
    "a bit flipped in a link",
    "a bit flipped in a head",
    "a link deleted",
    "a link inserted",
    "two links swapped",
    "two links swapped between tenants",
    "the end cut off, the head moved back",
    "the end cut off, the head left",
    "a link rewritten and all hashes after it computed anew",
    "a head deleted",
    "a whole book deleted",
    "the end replaced by what a forger wrote",
];

fn flip_text(text: &mut String, dice: &mut Dice) {
    let mut bytes = std::mem::take(text).into_bytes();
    if bytes.is_empty() {
        bytes.push(b'a');
    } else {
        let at = dice.below(bytes.len());
        bytes[at] ^= 1 << dice.below(7);
        if bytes[at] == 0 {
            bytes[at] = 1;
        }
    }
    *text = String::from_utf8(bytes).unwrap();
}

fn flip_link(link: &mut Link, dice: &mut Dice) {
    match dice.below(9) {
        0 => {
            let mut text = link.account.to_string();
            flip_text(&mut text, dice);
            link.account = AccountId::new(text);
        }
        1 => link.seq ^= 1 << dice.below(63),
        2 => link.at_ms ^= 1 << dice.below(63),
        3 => flip_text(&mut link.actor, dice),
        4 => flip_text(&mut link.action, dice),
        5 => flip_text(&mut link.target, dice),
        6 => flip_text(&mut link.result, dice),
        7 => flip_text(&mut link.hash, dice),
        _ => flip_text(&mut link.seal, dice),
    }
}

fn flip_head((book, head): &mut (String, Head), dice: &mut Dice) {
    match dice.below(3) {
        0 => flip_text(book, dice),
        1 => head.seq ^= 1 << dice.below(63),
        _ => flip_text(&mut head.hash, dice),
    }
}

/// Computes all hashes of a book anew from a place on, as somebody can who has
/// no key; the seals are copied from elsewhere.
fn rehash(tables: &mut Tables, book: &str, from: usize) {
    let all = tables.of_book(book);
    for n in from..all.len() {
        if n > 0 {
            let before = tables.links[all[n - 1]].hash.clone();
            tables.links[all[n]].previous = before;
        }
        tables.links[all[n]].hash = tables.links[all[n]].digest();
    }
    let last = tables.links[*all.last().unwrap()].head();
    for (of, head) in &mut tables.heads {
        if of == book {
            *head = last.clone();
        }
    }
}

/// Puts a Link of somebody without the key where the end of a book was.
fn forge(tables: &mut Tables, book: &str, at: usize, n: i64) {
    let all = tables.of_book(book);
    let alien = Stamp::of(&[u8::try_from(at).unwrap(); 32], &account_id(book));
    let before = match at {
        0 => alien.beginning(),
        _ => tables.links[all[at - 1]].head(),
    };
    let forged = Link::next(&account_id(book), &before, &deed(n + 100), &alien);
    let end = forged.head();
    tables.links[all[at]] = forged;
    for n in all[at + 1..].iter().rev() {
        tables.links.remove(*n);
    }
    for (of, head) in &mut tables.heads {
        if of == book {
            *head = end.clone();
        }
    }
}

/// One tamper; its kind.
fn tamper(tables: &mut Tables, dice: &mut Dice) -> usize {
    let kind = dice.below(KINDS.len());
    let book = BOOKS[dice.below(2)];
    let all = tables.of_book(book);
    let (at, other) = (dice.below(all.len()), dice.below(all.len()));
    match kind {
        0 => flip_link(&mut tables.links[all[at]], dice),
        1 => flip_head(&mut tables.heads[dice.below(2)], dice),
        2 => drop(tables.links.remove(all[at])),
        3 => {
            let mut copy = tables.links[all[at]].clone();
            copy.seq = LENGTH + 1 + i64::try_from(dice.below(3)).unwrap();
            tables.links.push(copy);
        }
        4 => {
            let seq = tables.links[all[at]].seq;
            tables.links[all[at]].seq = tables.links[all[other]].seq;
            tables.links[all[other]].seq = seq;
        }
        5 => {
            let foreign = tables.of_book(BOOKS[usize::from(book == BOOKS[0])]);
            let account = tables.links[all[at]].account.clone();
            tables.links[all[at]].account = tables.links[foreign[at]].account.clone();
            tables.links[foreign[at]].account = account;
        }
        6 | 7 => {
            let cut = &all[at.max(1)..];
            let last = tables.links[all[at.max(1) - 1]].head();
            for n in cut.iter().rev() {
                tables.links.remove(*n);
            }
            for (of, head) in tables.heads.iter_mut().filter(|_| kind == 6) {
                if of == book {
                    *head = last.clone();
                }
            }
        }
        8 => {
            flip_text(&mut tables.links[all[at]].target, dice);
            rehash(tables, book, at);
        }
        9 => tables.heads.retain(|(of, _)| of != book),
        10 => {
            tables.links.retain(|it| it.account.as_str() != book);
            tables.heads.retain(|(of, _)| of != book);
        }
        _ => forge(tables, book, at, i64::try_from(other).unwrap()),
    }
    kind
}

/// Invariant: of 10,000 tampers none stays unseen.
#[tokio::test]
async fn every_tamper_is_found() {
    on_both(|home| async move {
        let store = home.open().await;
        let heads = furnish(&store).await;
        let whole = Tables::of(&store).await;
        let mut raw = home.raw().await;
        let mut dice = Dice(SEED);
        let wanted = if home.is_postgres() { 1_000 } else { 10_000 };
        if !home.is_postgres() {
            sqlx::raw_sql("pragma synchronous = off")
                .execute(&mut raw)
                .await
                .unwrap();
        }
        let mut tried = [0; KINDS.len()];
        let mut found = 0;
        while tried.iter().sum::<usize>() < wanted {
            let mut tables = whole.clone();
            let kind = tamper(&mut tables, &mut dice);
            if tables == whole || !tables.put(&mut raw).await {
                continue;
            }
            tried[kind] += 1;
            if holds(&store, &heads).await {
                println!(
                    "NOT FOUND: {} (no. {})",
                    KINDS[kind],
                    tried.iter().sum::<usize>()
                );
            } else {
                found += 1;
            }
        }
        assert!(whole.put(&mut raw).await && holds(&store, &heads).await);
        for (kind, tried) in KINDS.iter().zip(tried) {
            println!("{tried:>6}  {kind}");
            assert!(tried > 0, "{kind}");
        }
        let engine = if home.is_postgres() {
            "PostgreSQL"
        } else {
            "SQLite"
        };
        println!("audit tampers on {engine}: {found} of {wanted} found, seed {SEED}");
        assert_eq!(found, wanted);
    })
    .await;
}

/// A database that went back in time and went on from there is found by a head
/// that was kept elsewhere: the fork is named.
#[tokio::test]
async fn a_fork_is_named() {
    on_both(|home| async move {
        let store = home.open().await;
        furnish(&store).await;
        let before = Tables::of(&store).await;
        let book = account_id("1");
        let lost = store.tell(&book, &deed(50)).await.unwrap();
        let mut raw = home.raw().await;
        assert!(before.put(&mut raw).await);
        for n in 60..65 {
            store.tell(&book, &deed(n)).await.unwrap();
        }
        let checked = store.check_audit(&book, &[]).await.unwrap();
        assert_eq!(
            checked.broken, None,
            "by itself it is a chain like any other"
        );
        let checked = store
            .check_audit(&book, std::slice::from_ref(&lost))
            .await
            .unwrap();
        assert_eq!(checked.broken.unwrap().seq, lost.seq);
    })
    .await;
}

/// Two processes that tell at the same time: one chain, and nothing lost.
#[tokio::test]
async fn two_processes_append_to_one_chain() {
    on_both(|home| async move {
        let (one, two) = tokio::join!(home.open(), home.open());
        let book = account_id("1");
        let telling = (0..60_i64).map(|n| {
            let (store, book) = (if n % 2 == 0 { &one } else { &two }, &book);
            async move { store.tell(book, &deed(n)).await.unwrap().seq }
        });
        let mut seqs = join_all(telling).await;
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=60).collect::<Vec<_>>());
        for store in [&one, &two] {
            let checked = store.check_audit(&book, &[]).await.unwrap();
            assert_eq!((checked.head.seq, checked.broken), (60, None));
        }
    })
    .await;
}

/// A copy has the chains, and the key that seals them; another master key
/// changes nothing in them, and is told with itself.
#[tokio::test]
async fn chains_outlive_copies_and_master_keys() {
    let (home, place) = (Home::sqlite(), Home::sqlite());
    let store = home.open().await;
    let heads = furnish(&store).await;
    let key = home.options().key_file;
    std::fs::copy(&key, place.options().key_file).unwrap();
    let copy = place.open().await;
    store.copy_to(&copy, &|_| ()).await.unwrap();
    assert!(holds(&copy, &heads).await);
    copy.tell(&account_id("1"), &deed(70)).await.unwrap();
    assert!(holds(&copy, &heads).await);

    let told = Deed {
        action: "database.rotate-key",
        ..deed(80)
    };
    store.rotate_key(&key, &told).await.unwrap();
    store.close().await;
    let store = home.open().await;
    assert!(holds(&store, &heads).await);
    let server = domain::audit::server_book();
    let links = store
        .audit_links(&server, &AuditAsk::all(None, 9))
        .await
        .unwrap();
    let actions: Vec<&str> = links.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(actions, ["database.rotate-key"]);
    store.tell(&account_id("1"), &deed(90)).await.unwrap();
    assert!(holds(&store, &heads).await);
}
