//! Opens the database and begins transactions. Only this file, `pool`, `copy`
//! and `schema` know which of the two engines is behind the one SQL.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Once};
use std::time::Duration;

use domain::account::AccountId;
use domain::schedule::ABSURD_MS;
use domain::{Error, Kind, Result};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Transaction};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::address::DatabaseUrl;
use crate::audit::Telling;
use crate::fault::Fault;
use crate::master_key::MasterKey;
use crate::{local_disk, pool, private, schema};

/// A database that does not answer for this long has failed: PostgreSQL stops
/// a statement a little earlier by itself.
const DEADLINE: Duration = Duration::from_secs(70);
/// How long one waits for a free connection.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How often a transaction runs that another one made impossible.
const TRIES: u32 = 4;

/// Keeps all other writers of one Account out until the transaction ends, where
/// the engine itself does not.
const LOCK_ACCOUNT: &str = "select id from account where id = $1 for no key update";

/// The first company of a part of the queue.
const FIRST: &str = "select id from account where turn_ms >= $1 and turn_ms <= $2
    order by turn_ms, served limit 1";
/// The same where others look at the queue at the same moment: first one that
/// nobody writes for, so that they do not wait for each other.
const FIRST_FREE: &str = "select id from account where turn_ms >= $1 and turn_ms <= $2
    order by turn_ms, served limit 1 for no key update skip locked";
const FIRST_OF_ALL: &str = "select id from account where turn_ms >= $1 and turn_ms <= $2
    order by turn_ms, served limit 1 for no key update";

/// Keeps all others out who change what belongs to the server itself.
const LOCK_SERVER: &str = "select value from about where name = 'version' for no key update";

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
    pub(crate) engine: Engine,
    pub(crate) readers: AnyPool,
    writer: AnyPool,
    pub(crate) key: MasterKey,
    /// What the audit log is sealed by, once somebody needed it.
    pub(crate) secret: Arc<OnceCell<Zeroizing<[u8; 32]>>>,
    /// What each transaction tells the audit log.
    pub(crate) told: Option<Arc<Telling>>,
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
        pool::prepare(engine, &mut first).await?;
        let key = schema::migrate(engine, &mut first, &options.key_file).await?;
        first.close().await?;

        let (writer, readers) = match engine {
            Engine::Sqlite => (pool::writer(&url)?, pool::readers(&url)?),
            Engine::Postgres => {
                let both = pool::both(&url, options.connections)?;
                (both.clone(), both)
            }
        };
        Ok(Database {
            engine,
            readers,
            writer,
            key,
            secret: Arc::default(),
            told: None,
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
        let mut transaction = self.start().await?;
        if self.engine == Engine::Postgres {
            sqlx::query(LOCK_ACCOUNT)
                .bind(account.as_str())
                .fetch_optional(&mut *transaction)
                .await?;
        }
        self.append(&mut transaction).await?;
        Ok(transaction)
    }

    /// A transaction to write in that belongs to no Account.
    pub(crate) async fn begin_alone(&self) -> Result<Transaction<'static, Any>, Fault> {
        let mut transaction = self.start().await?;
        self.append(&mut transaction).await?;
        Ok(transaction)
    }

    /// The same, one after the other for the whole server.
    pub(crate) async fn begin_server(&self) -> Result<Transaction<'static, Any>, Fault> {
        let mut transaction = self.start().await?;
        if self.engine == Engine::Postgres {
            sqlx::query(LOCK_SERVER)
                .fetch_optional(&mut *transaction)
                .await?;
        }
        self.append(&mut transaction).await?;
        Ok(transaction)
    }

    async fn start(&self) -> Result<Transaction<'static, Any>, Fault> {
        self.ready_to_tell().await?;
        self.start_untold().await
    }

    /// A transaction that tells nothing.
    pub(crate) async fn start_untold(&self) -> Result<Transaction<'static, Any>, Fault> {
        match self.engine {
            // A plain `begin` may find at its first write that it is too late.
            Engine::Sqlite => Ok(self.writer.begin_with("begin immediate").await?),
            Engine::Postgres => Ok(self.writer.begin().await?),
        }
    }

    /// The company whose turn it is, and its lock as `begin` takes it. Those
    /// whose time has come, then those that were placed under a wrong clock.
    pub(crate) async fn first_in_queue(
        &self,
        transaction: &mut Transaction<'_, Any>,
        now_ms: i64,
    ) -> Result<Option<AccountId>, Fault> {
        let ways: &[&str] = match self.engine {
            Engine::Sqlite => &[FIRST],
            Engine::Postgres => &[FIRST_FREE, FIRST_OF_ALL],
        };
        let absurd = now_ms.saturating_add(ABSURD_MS + 1);
        for (from_ms, to_ms) in [(i64::MIN, now_ms), (absurd, i64::MAX)] {
            for &sql in ways {
                let first: Option<String> = sqlx::query_scalar(sql)
                    .bind(from_ms)
                    .bind(to_ms)
                    .fetch_optional(&mut **transaction)
                    .await?;
                if let Some(first) = first {
                    return Ok(Some(AccountId::new(first)));
                }
            }
        }
        Ok(None)
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

#[cfg(test)]
mod tests {
    use domain::Verdict;
    use domain::account::Account;
    use domain::ports::Connections;
    use sqlx::{Executor, Row};

    use super::*;

    async fn opened(folder: &std::path::Path) -> Database {
        let options = Options {
            url: DatabaseUrl::Sqlite(folder.join("data/archiver.db")),
            key_file: folder.join("data/master.key"),
            connections: 2,
        };
        Database::open(options).await.unwrap()
    }

    fn company(name: String) -> Account {
        Account {
            id: AccountId::new("1"),
            name,
            time_zone: None,
        }
    }

    #[tokio::test]
    async fn a_commit_that_returned_is_on_disk_and_readers_cannot_write() {
        let home = tempfile::TempDir::new().unwrap();
        let database = opened(home.path()).await;
        for pool in [&database.writer, &database.readers] {
            let mut connection = pool.acquire().await.unwrap();
            for (pragma, wanted) in [
                ("pragma synchronous", 2),
                ("pragma foreign_keys", 1),
                ("pragma mmap_size", 0),
                ("pragma busy_timeout", 10_000),
            ] {
                let set: i64 = sqlx::query_scalar(pragma)
                    .fetch_one(&mut *connection)
                    .await
                    .unwrap();
                assert_eq!(set, wanted, "{pragma}");
            }
            let journal = connection.fetch_one("pragma journal_mode").await.unwrap();
            assert_eq!(journal.get::<String, _>(0), "wal");
        }
        let mut reader = database.reader().await.unwrap();
        assert!(reader.execute("delete from account").await.is_err());
    }

    #[tokio::test]
    async fn a_full_disk_changes_nothing_and_the_next_try_goes_on() {
        let home = tempfile::TempDir::new().unwrap();
        let database = opened(home.path()).await;
        let small = company("small".to_owned());
        database.keep_account(&small, 0).await.unwrap();
        let limit = async |sql: &'static str| {
            database
                .writer
                .acquire()
                .await
                .unwrap()
                .execute(sql)
                .await
                .unwrap();
        };
        // SQLite answers as it does when the disk is full.
        limit("pragma max_page_count = 1").await;
        let large = company("large ".repeat(100_000));
        let error = database.keep_account(&large, 1).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.verdict()),
            (Kind::Storage, Verdict::Retry)
        );
        assert!(
            error.to_string().contains("disk with the database is full"),
            "{error}"
        );
        assert_eq!(database.accounts().await.unwrap(), [small]);
        limit("pragma max_page_count = 1000000").await;
        database.keep_account(&large, 1).await.unwrap();
        assert_eq!(database.accounts().await.unwrap(), [large]);
    }

    /// What PostgreSQL says to the one of two whom it picked.
    #[derive(Debug)]
    struct Deadlock;

    impl std::fmt::Display for Deadlock {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("deadlock detected")
        }
    }

    impl std::error::Error for Deadlock {}

    impl sqlx::error::DatabaseError for Deadlock {
        fn message(&self) -> &'static str {
            "deadlock detected"
        }
        fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
            Some("40P01".into())
        }
        fn kind(&self) -> sqlx::error::ErrorKind {
            sqlx::error::ErrorKind::Other
        }
        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }
    }

    #[tokio::test]
    async fn only_what_another_transaction_made_impossible_runs_again() {
        let home = tempfile::TempDir::new().unwrap();
        let database = opened(home.path()).await;
        let deadlock = || Fault::Sql(sqlx::Error::Database(Box::new(Deadlock)));
        let other = || Fault::Sql(sqlx::Error::RowNotFound);
        for (failures, fault, runs) in [
            (0, &deadlock as &dyn Fn() -> Fault, 1),
            (2, &deadlock, 3),
            (9, &deadlock, TRIES),
            (9, &other, 1),
        ] {
            let ran = std::cell::Cell::new(0);
            let work = || {
                ran.set(ran.get() + 1);
                let done = if ran.get() > failures {
                    Ok(())
                } else {
                    Err(fault())
                };
                async { done }
            };
            let done = database.attempt("trying", work).await;
            assert_eq!((ran.get(), done.is_ok()), (runs, runs > failures));
        }
    }
}
