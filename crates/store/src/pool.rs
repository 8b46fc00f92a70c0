//! Connections, each made safe before its first use, in pools. What a setting
//! is for stands beside it.

use std::time::Duration;

use domain::{Error, Kind, Secret};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection, Executor, Row};

use crate::database::{Engine, PATIENCE};

/// SQLite serves any number of readers beside its one writer; more than this
/// gain nothing and hold memory.
const READERS: u32 = 4;
/// The first SQLite without the WAL-reset bug (release notes of 3.51.3).
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// SQLite documentation, result codes: the file is another's for the moment.
const BUSY: &str = "5";
const WAL_TRIES: u32 = 200;
const WAL_PAUSE: Duration = Duration::from_millis(50);

/// A process that stands still within a transaction (stopped, swapped out, its
/// machine asleep) holds the rows of its company, and whoever takes its work
/// over waits for them. So PostgreSQL ends what says nothing for 20 s: sooner
/// than the lease of a Run is over (30 s), so that a lost worker's work goes on
/// as soon as its lease allows. Nothing honest is silent for so long: all that
/// happens between two statements is reckoning in memory, and never a request
/// to anybody else. (Copying a whole database takes its time; `copy` says so.)
/// Who asks for less, in the server's settings or as `options` of the URL, gets
/// less.
const FORGOTTEN: &str = "select set_config(name, '20s', false) from pg_settings
    where name = 'idle_in_transaction_session_timeout'
        and cast(setting as bigint) not between 1 and 20000";

/// The one connection that writes to an SQLite file.
pub(crate) fn writer(url: &Secret) -> Result<AnyPool, sqlx::Error> {
    let options = AnyPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move {
                prepare_sqlite(connection).await?;
                // 8 MiB, so that the ends of all indexes stay in memory; readers
                // keep the usual 2.
                connection.execute("pragma cache_size = -8192").await?;
                Ok(())
            })
        });
    let options = options.after_release(|connection, _| {
        Box::pin(async move {
            // SQLite itself ends a transaction that met a full or failing
            // disk; the driver then believes for ever that one is open. Behind
            // the ping its rollback is over.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    });
    options.acquire_timeout(PATIENCE).connect_lazy(url.expose())
}

/// Those that only read it.
pub(crate) fn readers(url: &Secret) -> Result<AnyPool, sqlx::Error> {
    let options = AnyPoolOptions::new()
        .max_connections(READERS)
        .after_connect(|connection, _| {
            Box::pin(async move {
                prepare_sqlite(connection).await?;
                connection.execute("pragma query_only = on").await?;
                Ok(())
            })
        });
    options.acquire_timeout(PATIENCE).connect_lazy(url.expose())
}

/// PostgreSQL's, which do both.
pub(crate) fn both(url: &Secret, size: u32) -> Result<AnyPool, sqlx::Error> {
    let options = AnyPoolOptions::new()
        .max_connections(size.max(2))
        .after_connect(|connection, _| Box::pin(prepare_postgres(connection)));
    options.acquire_timeout(PATIENCE).connect_lazy(url.expose())
}

/// Makes a new connection safe to use, or refuses it.
pub(crate) async fn prepare(
    engine: Engine,
    connection: &mut AnyConnection,
) -> Result<(), sqlx::Error> {
    match engine {
        Engine::Sqlite => prepare_sqlite(connection).await,
        Engine::Postgres => prepare_postgres(connection).await,
    }
}

async fn prepare_sqlite(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let version: String = word(connection, "select sqlite_version()").await?;
    if !is_new_enough(&version) {
        return Err(refusal(
            Error::new(
                Kind::Config,
                format!("SQLite {version} can damage a database (WAL-reset bug before 3.51.3)"),
            )
            .remedy("Build archiver with the SQLite it brings."),
        ));
    }
    for pragma in [
        "pragma busy_timeout = 10000",
        "pragma synchronous = full",
        "pragma foreign_keys = on",
        "pragma mmap_size = 0",
        // A transaction of 1000s of rows must not leave its size on disk.
        "pragma journal_size_limit = 67108864",
    ] {
        connection.execute(pragma).await?;
    }
    if write_ahead(connection).await? != "wal" {
        return Err(refusal(
            Error::new(
                Kind::Config,
                "the disk with the database allows no write-ahead log",
            )
            .remedy("Put the data directory on a local disk."),
        ));
    }
    Ok(())
}

/// Keeps the log beside the file, and tells what SQLite made of the wish. To
/// begin with that it needs the file alone, for which it does not wait by
/// itself as it does for a transaction: two processes may start together.
async fn write_ahead(connection: &mut AnyConnection) -> Result<String, sqlx::Error> {
    let mut tries = 1;
    loop {
        match word(connection, "pragma journal_mode = wal").await {
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some(BUSY) && tries < WAL_TRIES =>
            {
                tries += 1;
                tokio::time::sleep(WAL_PAUSE).await;
            }
            done => return done,
        }
    }
}

async fn prepare_postgres(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for setting in [
        "set statement_timeout = '60s'",
        "set lock_timeout = '30s'",
        FORGOTTEN,
        // Whatever the server's habit: a commit that returned is on disk.
        "set synchronous_commit = on",
        // Every statement finds its rows by an index, as on SQLite. Left to its
        // statistics, the planner reads whole tables: on a young database
        // because they were small, on an old one because it takes `at_ms` and
        // `item_key` for independent.
        "set plan_cache_mode = force_generic_plan",
        "set enable_seqscan = off",
    ] {
        connection.execute(setting).await?;
    }
    let replica = "select case when pg_is_in_recovery() then 'yes' else 'no' end";
    if word(connection, replica).await? == "yes" {
        return Err(refusal(
            Error::new(
                Kind::Config,
                "this PostgreSQL is a replica and can only be read",
            )
            .remedy("Name the primary in ARCHIVER_DATABASE_URL."),
        ));
    }
    Ok(())
}

/// Our own error in the driver's clothes; `fault` takes them off again.
fn refusal(error: Error) -> sqlx::Error {
    sqlx::Error::Configuration(Box::new(error))
}

async fn word(connection: &mut AnyConnection, sql: &'static str) -> Result<String, sqlx::Error> {
    connection.fetch_one(sql).await?.try_get(0)
}

fn is_new_enough(version: &str) -> bool {
    let parts: Vec<u32> = version.split('.').map_while(|it| it.parse().ok()).collect();
    parts.as_slice() >= OLDEST_SQLITE.as_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a connection that the pool made.
    async fn ended_after(url: &str) -> String {
        sqlx::any::install_default_drivers();
        let pool = both(&Secret::new(url), 2).unwrap();
        let mut connection = pool.acquire().await.unwrap();
        let sql = "select current_setting('idle_in_transaction_session_timeout')";
        let set = word(&mut connection, sql).await.unwrap();
        drop(connection);
        pool.close().await;
        set
    }

    #[tokio::test]
    #[expect(
        clippy::disallowed_methods,
        reason = "only the environment can say whether there is a server to test on"
    )]
    async fn a_transaction_that_stands_still_ends_before_a_lease_does() {
        let Ok(url) = std::env::var("ARCHIVER_TEST_POSTGRES_URL") else {
            return;
        };
        for (asked, set) in [("0", "20s"), ("1min", "20s"), ("20s", "20s"), ("3s", "3s")] {
            let mut url = url::Url::parse(&url).unwrap();
            let options = format!("-c idle_in_transaction_session_timeout={asked}");
            url.query_pairs_mut().append_pair("options", &options);
            assert_eq!(ended_after(url.as_str()).await, set, "{asked}");
        }
    }

    #[test]
    fn the_sqlite_that_damages_databases_is_refused() {
        for refused in ["3.51.2", "3.40.1", "3.9.0", "2.8.17", ""] {
            assert!(!is_new_enough(refused), "{refused}");
        }
        for taken in ["3.51.3", "3.52.0", "3.100.0", "4.0.0"] {
            assert!(is_new_enough(taken), "{taken}");
        }
    }
}
