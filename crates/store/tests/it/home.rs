//! A place for a database that vanishes with the test.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::Secret;
use sqlx::{AnyConnection, Connection, Executor};
use store::{Database, DatabaseUrl, Options};
use tempfile::TempDir;

/// An empty database of one kind.
pub(crate) struct Home {
    folder: TempDir,
    url: DatabaseUrl,
    /// The server's URL and the schema's name.
    server: Option<(String, String)>,
}

impl Home {
    /// A folder with an SQLite file that is not made yet.
    pub(crate) fn sqlite() -> Home {
        let folder = private_folder();
        Home {
            url: DatabaseUrl::Sqlite(folder.path().join("archiver.db")),
            folder,
            server: None,
        }
    }

    /// A new schema on the PostgreSQL server, where there is one: as empty as
    /// a new database, and made in a tenth of the time.
    pub(crate) async fn postgres() -> Option<Home> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let admin = server()?;
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("archiver_test_{}_{n}", std::process::id());
        admin_does(&admin, &format!("create schema {name}")).await;
        let mut url = url::Url::parse(&admin).unwrap();
        url.query_pairs_mut()
            .append_pair("options", &format!("-c search_path={name}"));
        Some(Home {
            folder: private_folder(),
            url: DatabaseUrl::Postgres(Secret::new(url.as_str())),
            server: Some((admin, name)),
        })
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.server.is_some()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            url: self.url.clone(),
            key_file: self.folder.path().join("master.key"),
            connections: 10,
        }
    }

    pub(crate) async fn open(&self) -> Database {
        Database::open(self.options()).await.unwrap()
    }

    /// A connection past the Store, for looking and for tampering.
    pub(crate) async fn raw(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let url = match &self.url {
            DatabaseUrl::Postgres(url) => url.expose().to_owned(),
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        };
        AnyConnection::connect(&url).await.unwrap()
    }

    /// Gives the database back.
    pub(crate) async fn leave(self) {
        if let Some((admin, name)) = &self.server {
            admin_does(admin, &format!("drop schema if exists {name} cascade")).await;
        }
    }
}

fn private_folder() -> TempDir {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir().unwrap()
}

async fn admin_does(url: &str, sql: &str) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    connection
        .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())))
        .await
        .unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "only the environment can say whether there is a server to test on"
)]
fn server() -> Option<String> {
    std::env::var("ARCHIVER_TEST_POSTGRES_URL").ok()
}

/// Runs a test on each kind of database, which goes away also when the test
/// fails.
pub(crate) async fn on_both<W>(test: impl Fn(Arc<Home>) -> W)
where
    W: Future<Output = ()> + Send + 'static,
{
    let mut homes = vec![Home::sqlite()];
    homes.extend(Home::postgres().await);
    for home in homes {
        let home = Arc::new(home);
        let done = tokio::spawn(test(home.clone())).await;
        if let Some(home) = Arc::into_inner(home) {
            home.leave().await;
        }
        if let Err(panic) = done {
            std::panic::resume_unwind(panic.into_panic());
        }
    }
}
