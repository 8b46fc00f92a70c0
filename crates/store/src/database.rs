//! Opens the database and begins transactions. The only place that knows
//! which of the two engines is behind the one SQL.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Once;
use std::time::Duration;

use domain::account::AccountId;
use domain::{Error, Kind, Result};
use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Row, Transaction};

use crate::address::DatabaseUrl;
use crate::fault::Fault;
use crate::master_key::MasterKey;
use crate::{local_disk, private, schema};

/// A database that does not answer for this long has failed: PostgreSQL stops
/// a statement a little earlier by itself.
const DEADLINE: Duration = Duration::from_secs(70);
/// How long one waits for a free connection.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a transaction runs that another one made impossible.
const TRIES: u32 = 4;
/// SQLite serves any number of readers beside its one writer; more than this
/// gain nothing and hold memory.
const SQLITE_READERS: u32 = 4;
/// 8 MiB, so that the ends of all indexes stay in memory; readers keep the
/// usual 2.
const WRITER_CACHE: &str = "pragma cache_size = -8192";
/// The first SQLite without the WAL-reset bug (release notes of 3.51.3).
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// Keeps all other writers of one Account out until the transaction ends, where
/// the engine itself does not.
const LOCK_ACCOUNT: &str = "select id from account where id = $1 for no key update";

/// What opening needs to know.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// The file with the master key. Made when the database is new.
    pub key_file: PathBuf,
    /// How many connections to PostgreSQL at most; SQLite has its own number.
    pub connections: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// The memory: implements every book of [`domain::ports::Store`]. Clones share
/// their connections.
#[derive(Clone)]
pub struct Database {
    engine: Engine,
    readers: AnyPool,
    writer: AnyPool,
    pub(crate) key: MasterKey,
}

impl Database {
    /// Opens the database, makes or upgrades its tables, and checks that the
    /// master key is the one it was made with. Refuses, with a sentence: an
    /// SQLite with the WAL-reset bug, a replica, tables of a newer version or
    /// of another program, files that other users can open, another key.
    pub async fn open(options: Options) -> Result<Database> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let opening = format!("opening the database ({})", options.url);
        Database::open_here(options)
            .await
            .map_err(|fault| fault.told().while_doing(opening))
    }

    async fn open_here(options: Options) -> Result<Database, Fault> {
        let (engine, url) = match options.url {
            DatabaseUrl::Postgres(_) => (Engine::Postgres, options.url),
            DatabaseUrl::Sqlite(path) => (Engine::Sqlite, DatabaseUrl::Sqlite(made(path)?)),
        };
        let url = url.for_driver()?;
        // One connection by hand first: a pool would only say that it timed out.
        let connect = AnyConnection::connect(url.expose());
        let mut first = within(PATIENCE, connect).await?;
        prepare(engine, &mut first).await?;
        let key = schema::migrate(engine, &mut first, &options.key_file).await?;
        first.close().await?;

        let pool = |size, readers: bool| {
            AnyPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(PATIENCE)
                .after_connect(move |connection, _| {
                    Box::pin(async move {
                        prepare(engine, connection).await?;
                        match (engine, readers) {
                            (Engine::Postgres, _) => {}
                            (Engine::Sqlite, true) => {
                                connection.execute("pragma query_only = on").await?;
                            }
                            (Engine::Sqlite, false) => {
                                connection.execute(WRITER_CACHE).await?;
                            }
                        }
                        Ok(())
                    })
                })
                .connect_lazy(url.expose())
        };
        let (writer, readers) = match engine {
            Engine::Sqlite => (pool(1, false)?, pool(SQLITE_READERS, true)?),
            Engine::Postgres => {
                let both = pool(options.connections.max(2), false)?;
                (both.clone(), both)
            }
        };
        Ok(Database {
            engine,
            readers,
            writer,
            key,
        })
    }

    /// Closes every connection; for SQLite this also folds the log into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A connection to read with.
    pub(crate) async fn reader(&self) -> Result<PoolConnection<Any>, Fault> {
        Ok(self.readers.acquire().await?)
    }

    /// A transaction to write in. Writers of one Account come one after the
    /// other on both engines, so what a transaction has read stays true until
    /// it commits. Dropped, it changes nothing.
    pub(crate) async fn begin(
        &self,
        account: &AccountId,
    ) -> Result<Transaction<'static, Any>, Fault> {
        match self.engine {
            // A plain `begin` may find at its first write that it is too late.
            Engine::Sqlite => Ok(self.writer.begin_with("begin immediate").await?),
            Engine::Postgres => {
                let mut transaction = self.writer.begin().await?;
                sqlx::query(LOCK_ACCOUNT)
                    .bind(account.as_str())
                    .fetch_optional(&mut *transaction)
                    .await?;
                Ok(transaction)
            }
        }
    }

    /// Does something to the database: within a deadline, again when another
    /// transaction made it impossible, and with its errors judged.
    pub(crate) async fn attempt<T, F, W>(&self, doing: &str, work: F) -> Result<T>
    where
        F: Fn() -> W,
        W: Future<Output = Result<T, Fault>>,
    {
        let mut tries = 1;
        loop {
            match within(DEADLINE, work()).await {
                Err(fault) if fault.is_collision() && tries < TRIES => tries += 1,
                done => return done.map_err(|fault| fault.told().while_doing(doing)),
            }
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({:?})", self.engine)
    }
}

async fn within<T, E: Into<Fault>>(
    time: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Fault> {
    match tokio::time::timeout(time, work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(Fault::Told(
            Error::new(Kind::Storage, "the database does not answer")
                .remedy("Archiver goes on by itself when it is back."),
        )),
    }
}

/// The file's absolute path, the file and its folder there and closed to others.
fn made(path: PathBuf) -> Result<PathBuf> {
    let path = std::path::absolute(&path).unwrap_or(path);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::new(Kind::Config, "the database URL names no file"));
    };
    let folder = private::folder(folder)?;
    local_disk::check(&folder)?;
    let path = folder.join(name);
    private::file(&path)?;
    Ok(path)
}

/// Makes a new connection safe to use, or refuses it.
async fn prepare(engine: Engine, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
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
    let journal = word(connection, "pragma journal_mode = wal").await?;
    if journal != "wal" {
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

async fn prepare_postgres(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for setting in [
        "set statement_timeout = '60s'",
        "set lock_timeout = '30s'",
        "set idle_in_transaction_session_timeout = '60s'",
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
    use super::is_new_enough;

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
