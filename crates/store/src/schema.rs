//! The tables and their versions. Upgrades run in one transaction: killed at
//! any statement, the database is as it was. A version newer than this program
//! is refused, and so are tables of another program.

use std::path::Path;

use domain::{Error, Kind};
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection, Row, SqlSafeStr, Transaction};

use crate::database::Engine;
use crate::fault::Fault;
use crate::master_key::MasterKey;
use crate::search;

/// The upgrades in order; the first makes version 1.
const UPGRADES: [&str; 14] = [
    include_str!("../migrations/0001_the_books.sql"),
    include_str!("../migrations/0002_clocks_and_browsers.sql"),
    include_str!("../migrations/0003_limits.sql"),
    include_str!("../migrations/0004_the_watch.sql"),
    include_str!("../migrations/0005_how_it_comes_along.sql"),
    include_str!("../migrations/0006_walks.sql"),
    include_str!("../migrations/0007_proofs.sql"),
    include_str!("../migrations/0008_manifests.sql"),
    include_str!("../migrations/0009_audit.sql"),
    include_str!("../migrations/0010_scrubs.sql"),
    include_str!("../migrations/0011_due_by_type.sql"),
    include_str!("../migrations/0012_search.sql"),
    include_str!("../migrations/0013_coverage.sql"),
    include_str!("../migrations/0015_exports.sql"),
];
/// The version that made the search, and what of it each database makes its own way.
const SEARCH: usize = 12;
const SEARCH_OF_SQLITE: &str = include_str!("../migrations/0012_sqlite.sql");
const SEARCH_OF_POSTGRES: &str = include_str!("../migrations/0012_postgres.sql");
const FOR_POSTGRES: &str = include_str!("../migrations/postgres.sql");

const NEW: &str = "create table about (name text not null primary key, value text not null)";
const WHAT: &str = "select value from about where name = $1";
const SAY: &str = "insert into about (name, value) values ($1, $2)
    on conflict (name) do update set value = excluded.value";

/// The version of the tables that this program works with, and that every
/// database has once it was opened.
pub fn version() -> usize {
    UPGRADES.len()
}

/// Brings the tables to this program's version and finds the master key that
/// belongs to them; a new database and its key are made together.
pub(crate) async fn migrate(
    engine: Engine,
    connection: &mut AnyConnection,
    key_file: &Path,
) -> Result<MasterKey, Fault> {
    let mut transaction = begin(engine, connection).await?;
    let version = found(engine, &mut transaction).await?;
    if engine == Engine::Postgres && version < UPGRADES.len() {
        run(&mut transaction, FOR_POSTGRES).await?;
    }
    if version == 0 {
        run(&mut transaction, NEW).await?;
    }
    for (at, text) in UPGRADES.iter().enumerate().skip(version) {
        upgrade(engine, &mut transaction, text).await?;
        if at + 1 == SEARCH {
            add_search(engine, &mut transaction).await?;
        }
    }
    say(&mut transaction, "version", &UPGRADES.len().to_string()).await?;
    let key = match what(&mut transaction, "key").await? {
        Some(id) => MasterKey::with_id(key_file, &id)?,
        None => MasterKey::read_or_make(key_file)?,
    };
    say(&mut transaction, "key", key.id()).await?;
    transaction.commit().await?;
    Ok(key)
}

async fn upgrade(
    engine: Engine,
    transaction: &mut Transaction<'_, Any>,
    text: &'static str,
) -> Result<(), Fault> {
    match engine {
        Engine::Sqlite => run(transaction, text).await,
        // SQLite sorts and compares text by its bytes. PostgreSQL does so
        // when told, and then no locale and no upgrade of the C library
        // can put an index out of order.
        Engine::Postgres => {
            let bytewise = text.replace(" text", " text collate \"C\"");
            run(transaction, AssertSqlSafe(bytewise)).await
        }
    }
}

/// The index of words, with all that is known already.
async fn add_search(engine: Engine, transaction: &mut Transaction<'_, Any>) -> Result<(), Fault> {
    match engine {
        Engine::Sqlite => run(transaction, SEARCH_OF_SQLITE).await?,
        Engine::Postgres => run(transaction, SEARCH_OF_POSTGRES).await?,
    }
    search::fill(engine, transaction).await
}

/// One process at a time.
async fn begin(
    engine: Engine,
    connection: &mut AnyConnection,
) -> Result<Transaction<'_, Any>, Fault> {
    match engine {
        Engine::Sqlite => Ok(connection.begin_with("begin immediate").await?),
        Engine::Postgres => {
            let mut transaction = connection.begin().await?;
            // The number is only ours: "archiver" in no particular alphabet.
            run(
                &mut transaction,
                "select 1 from pg_advisory_xact_lock(4702111234474983745)",
            )
            .await?;
            Ok(transaction)
        }
    }
}

async fn found(engine: Engine, transaction: &mut Transaction<'_, Any>) -> Result<usize, Fault> {
    let tables = match engine {
        Engine::Sqlite => "select name from sqlite_master where type = 'table'",
        Engine::Postgres => {
            "select cast(table_name as text) from information_schema.tables
             where table_schema = current_schema()"
        }
    };
    let tables = sqlx::query(tables).fetch_all(&mut **transaction).await?;
    let mut ours = false;
    for table in &tables {
        ours |= table.try_get::<String, _>(0)? == "about";
    }
    if tables.is_empty() {
        return Ok(0);
    }
    let version = if ours {
        what(transaction, "version").await?
    } else {
        None
    };
    match version.map(|it| it.parse::<usize>()) {
        Some(Ok(version)) if version <= UPGRADES.len() => Ok(version),
        Some(Ok(_)) => Err(Fault::Told(
            Error::new(Kind::Config, "the database belongs to a newer archiver")
                .remedy("Start that version, or put the copy from before the upgrade back."),
        )),
        _ => Err(Fault::Told(
            Error::new(Kind::Config, "the database holds tables of another program")
                .remedy("Give archiver a database of its own."),
        )),
    }
}

async fn run(transaction: &mut Transaction<'_, Any>, sql: impl SqlSafeStr) -> Result<(), Fault> {
    sqlx::raw_sql(sql).execute(&mut **transaction).await?;
    Ok(())
}

async fn what(transaction: &mut Transaction<'_, Any>, name: &str) -> Result<Option<String>, Fault> {
    let row = sqlx::query(WHAT)
        .bind(name)
        .fetch_optional(&mut **transaction)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

async fn say(transaction: &mut Transaction<'_, Any>, name: &str, value: &str) -> Result<(), Fault> {
    sqlx::query(SAY)
        .bind(name)
        .bind(value)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
