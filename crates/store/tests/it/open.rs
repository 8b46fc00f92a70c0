//! Opening: what is made, and what is refused with which words.

use std::path::PathBuf;

use domain::{Error, Kind, Secret};
use sqlx::Executor;
use store::{Database, DatabaseUrl, Options};
use testkit::builders::{T0, account};

use crate::home::{Home, on_both};
use domain::ports::Connections;

async fn refused(options: Options) -> Error {
    let error = Database::open(options).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Config, "{error}");
    assert!(error.how_to_mend().is_some(), "{error}");
    error
}

fn says(error: &Error, words: &str) {
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    on_both(|home| async move {
        for id in ["1", "2", "3"] {
            let store = home.open().await;
            store.keep_account(&account(id), T0).await.unwrap();
            let count = store.accounts().await.unwrap().len();
            assert_eq!(count.to_string(), id);
            store.close().await;
        }
    })
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn all_files_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::sqlite();
    let options = Options {
        url: DatabaseUrl::Sqlite(home.folder().join("a b/50%?#&/archiver.db")),
        key_file: home.folder().join("keys/master.key"),
        ..home.options()
    };
    let store = Database::open(options).await.unwrap();
    store.keep_account(&account("1"), T0).await.unwrap();
    let mut files = 0;
    let mut folders = vec![home.folder().to_owned()];
    while let Some(folder) = folders.pop() {
        let mode = folder.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mode = path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
            files += 1;
        }
    }
    assert_eq!(files, 4, "database, its log, its index, the key");
}

#[cfg(unix)]
#[tokio::test]
async fn files_that_others_can_open_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::sqlite();
    home.open().await.close().await;
    for name in ["archiver.db", "master.key"] {
        let path = home.folder().join(name);
        let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        mode(0o644);
        says(&refused(home.options()).await, "Run: chmod 600");
        mode(0o600);
    }
    home.open().await;
}

#[tokio::test]
async fn a_database_opens_with_its_own_key_only() {
    on_both(|home| async move {
        home.open().await.close().await;
        let other = Home::sqlite();
        other.open().await.close().await;
        let with_key = |key_file: PathBuf| Options {
            key_file,
            ..home.options()
        };
        let wrong = other.folder().join("master.key");
        says(
            &refused(with_key(wrong)).await,
            "but the database was made with",
        );
        let nowhere = home.folder().join("nowhere.key");
        says(
            &refused(with_key(nowhere.clone())).await,
            "ARCHIVER_MASTER_KEY_FILE",
        );
        assert!(!nowhere.exists(), "no second key is made");
        home.open().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_there_is_taken_and_a_broken_one_refused() {
    let home = Home::sqlite();
    let key = home.options().key_file;
    for broken in ["", "zz", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64)] {
        write_private(&key, broken);
        says(&refused(home.options()).await, "does not hold a master key");
    }
    let given = "0123456789abcdef".repeat(4);
    write_private(&key, &format!("{given}\n"));
    home.open().await.close().await;
    assert_eq!(std::fs::read_to_string(&key).unwrap().trim(), given);
}

fn write_private(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn tables_of_another_time_or_program_are_left_alone() {
    on_both(|home| async move {
        home.open().await.close().await;
        let mut raw = home.raw().await;
        raw.execute("update about set value = '999' where name = 'version'")
            .await
            .unwrap();
        says(
            &refused(home.options()).await,
            "belongs to a newer archiver",
        );
    })
    .await;
    on_both(|home| async move {
        if !home.is_postgres() {
            std::fs::File::create_new(home.folder().join("archiver.db")).unwrap();
        }
        let mut raw = home.raw().await;
        raw.execute("create table account (id text)").await.unwrap();
        drop(raw);
        #[cfg(unix)]
        if !home.is_postgres() {
            let file = home.folder().join("archiver.db");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(file, mode).unwrap();
        }
        says(&refused(home.options()).await, "tables of another program");
        assert!(!home.options().key_file.exists());
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_so() {
    let home = Home::sqlite();
    let file = home.folder().join("archiver.db");
    write_private(&file, &"this is a letter, not a database. ".repeat(99));
    let error = Database::open(home.options()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Storage);
    says(&error, "the database file is damaged");
    assert_eq!(
        std::fs::read(&file).unwrap().len(),
        34 * 99,
        "and nothing was done to it"
    );
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_told_so() {
    let home = Home::sqlite();
    write_private(&home.folder().join("file"), "in the way");
    let options = Options {
        url: DatabaseUrl::Sqlite(home.folder().join("file/archiver.db")),
        ..home.options()
    };
    says(&refused(options).await, "cannot make the folder");
}

#[tokio::test]
async fn an_unreachable_server_is_told_without_its_password() {
    let home = Home::sqlite();
    // Port 1 is nobody's.
    let url = "postgres://archiver:hunter2@127.0.0.1:1/archive?sslmode=disable";
    let options = Options {
        url: DatabaseUrl::parse(url).unwrap(),
        ..home.options()
    };
    let error = Database::open(options).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Storage);
    says(&error, "PostgreSQL at 127.0.0.1:1/archive");
    says(&error, "cannot be reached");
    assert!(!format!("{error:?} {error}").contains("hunter2"));
    assert!(!home.options().key_file.exists());
}

#[tokio::test]
async fn a_server_that_can_only_be_read_is_told_so() {
    let Some(home) = Home::postgres().await else {
        return;
    };
    let DatabaseUrl::Postgres(url) = home.options().url else {
        unreachable!("it is a PostgreSQL home");
    };
    let url = format!("{}+-c+default_transaction_read_only%3Don", url.expose());
    let options = Options {
        url: DatabaseUrl::Postgres(Secret::new(url)),
        ..home.options()
    };
    let error = Database::open(options).await.unwrap_err();
    says(&error, "can only be read");
    home.leave().await;
}
