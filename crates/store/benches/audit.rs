//! Measures what the audit log costs: how fast 50 viewers at once are told of,
//! of one company and of 50; how large an entry is on disk; how fast a chain is
//! followed, and a page of it read.
//!
//! `cargo bench -p store --bench audit`; a number makes it that many entries, and with
//! `ARCHIVER_TEST_POSTGRES_URL` naming an empty database it measures PostgreSQL
//! instead of SQLite (the size is SQLite's only).

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement ends where something fails, and takes its server from the environment"
)]

use std::time::Instant;

use domain::audit::{Actor, Deed, Ending};
use domain::ports::{Audit, AuditAsk};
use futures::future::join_all;
use store::{Database, DatabaseUrl, Options};
use testkit::builders::{T0, account_id, extension_id};

const VIEWERS: usize = 50;

#[tokio::main]
async fn main() {
    let count = std::env::args().find_map(|it| it.parse().ok());
    let count: usize = count.unwrap_or(20_000);
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("archiver.db");
    let server = std::env::var("ARCHIVER_TEST_POSTGRES_URL");
    let url = match server.as_deref() {
        Ok(url) if !url.is_empty() => DatabaseUrl::parse(url).unwrap(),
        _ => DatabaseUrl::Sqlite(file.clone()),
    };
    println!("{count} entries, {VIEWERS} viewers at once, {url}");
    let options = Options {
        url,
        key_file: folder.path().join("master.key"),
        connections: 10,
    };
    let database = Database::open(options).await.unwrap();
    for (what, companies) in [("one company", 1), ("50 companies", VIEWERS)] {
        let clock = Instant::now();
        let mut longest = 0.0_f64;
        for round in 0..count / VIEWERS {
            let telling = (0..VIEWERS).map(|viewer| {
                let book = account_id(&format!("400123{companies}{}", viewer % companies));
                let (database, deed) = (&database, deed(round, viewer));
                async move { database.tell(&book, &deed).await.unwrap() }
            });
            let begun = Instant::now();
            join_all(telling).await;
            longest = longest.max(begun.elapsed().as_secs_f64());
        }
        let seconds = clock.elapsed().as_secs_f64();
        println!(
            "{what}: {:.0} entries/s; the slowest 50 at once took {:.0} ms",
            f64::from(u32::try_from(count).unwrap()) / seconds,
            longest * 1_000.0
        );
    }
    let book = account_id("40012310");
    let clock = Instant::now();
    let checked = database.check_audit(&book, &[]).await.unwrap();
    assert_eq!(checked.broken, None);
    println!(
        "{} entries followed in {:.2?}",
        checked.head.seq,
        clock.elapsed()
    );
    for (what, actor) in [
        ("a page", ""),
        ("a page of somebody who is not there", "extension 9"),
    ] {
        let ask = AuditAsk {
            newest_first: true,
            actor: actor.to_owned(),
            ..AuditAsk::all(None, 50)
        };
        let clock = Instant::now();
        database.audit_links(&book, &ask).await.unwrap();
        println!("{what}: {:.2?}", clock.elapsed());
    }
    database.close().await;
    if let Ok(meta) = file.metadata() {
        let each = meta.len() / (2 * count as u64);
        println!("{each} bytes an entry on disk, all of the database counted");
    }
}

fn deed(round: usize, viewer: usize) -> Deed {
    Deed {
        at_ms: T0 + i64::try_from(round).unwrap(),
        actor: Actor::Extension(extension_id(&format!("4001234{viewer:03}"))),
        action: "log.row",
        target: "400123/account/dropbox:dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc \
                 2026-06-01T13:00:00Z/2026-06-01T14:00:00Z"
            .to_owned(),
        result: Ending::Done,
    }
}
