//! Whole copies, there and back; and another master key.

use std::fs;

use domain::audit::{Actor, Deed, Ending};
use domain::grant::Provider;
use domain::ports::{Connections, Instance, Journal, Ledger, Tasks, Vault};
use domain::window::HOUR_MS;
use domain::{Kind, Secret};
use sqlx::Row;
use store::Database;
use testkit::builders::{
    T0, account, archived, backup, connection, destination, event, extension, grant, hours, noted,
    ready, recording,
};

use crate::home::{Home, on_both};

/// A little of everything, with words that are hard to carry.
async fn furnish(store: &Database) {
    let company = account("1");
    let id = &company.id;
    store.keep_account(&company, T0).await.unwrap();
    let people = [extension("101"), extension("Ünï \"quoted\" \\ \u{1f600}")];
    store.keep_extensions(id, &people, T0).await.unwrap();
    let place = destination("box", id);
    store.keep_destination(&place).await.unwrap();
    let link = connection("c", &place);
    store.keep_connection(&link, T0).await.unwrap();
    let backup = backup("b", &link);
    store.keep_backup(&backup, T0).await.unwrap();
    for n in 0..1_200_i64 {
        let item = recording(&format!("r{n}"), T0 + n * HOUR_MS / 60);
        let seen = [noted(ready(&item))];
        store.note(id, &backup, &seen, &[], T0).await.unwrap();
        if n % 3 == 0 {
            let outcome = archived(&format!("Archive/{n}.wav"), b"bytes");
            let outcomes = [(item.id.clone(), outcome)];
            store.settle(id, &place.id, &outcomes, T0).await.unwrap();
        }
    }
    store
        .open_tasks(id, &backup.id, &[hours(0, 1), hours(1, 2)])
        .await
        .unwrap();
    store
        .write(id, &backup.id, &[event("x", T0)])
        .await
        .unwrap();
    let sealed = grant("a", T0);
    let kept = store.keep_grant(id, &link.id, Provider::Source, &sealed);
    kept.await.unwrap();
    let secret = Secret::new("hunter2");
    store
        .keep_setting("DROPBOX_APP_SECRET", Some(&secret))
        .await
        .unwrap();
}

/// Every row of every table, in an order of its own.
async fn contents(home: &Home) -> Vec<String> {
    let mut raw = home.raw().await;
    let tables = "select name from sqlite_master where type = 'table'
        and name not like 'sqlite_%' and name <> 'about' and name not like 'search_words%'
        order by name";
    let tables = sqlx::query(tables).fetch_all(&mut raw).await.unwrap();
    let mut all = Vec::new();
    for table in tables {
        let table: String = table.get(0);
        let columns = format!("select name from pragma_table_info('{table}') order by name");
        let columns = sqlx::query(sqlx::AssertSqlSafe(columns)).fetch_all(&mut raw);
        let columns: Vec<String> = columns.await.unwrap().iter().map(|it| it.get(0)).collect();
        let object: Vec<String> = columns.iter().map(|it| format!("'{it}', {it}")).collect();
        let rows = format!("select json_object({}) from {table}", object.join(", "));
        let rows = sqlx::query(sqlx::AssertSqlSafe(rows)).fetch_all(&mut raw);
        let rows = rows.await.unwrap();
        let rows = rows
            .iter()
            .map(|it| format!("{table} {}", it.get::<String, _>(0)));
        all.extend(rows);
    }
    all.sort();
    all
}

/// The index is not copied but made anew.
fn copied(truth: &[String]) -> u64 {
    truth.iter().filter(|it| !it.starts_with("search ")).count() as u64
}

fn with_key_of(home: &Home, like: &Home) {
    let (key, other) = (home.options().key_file, like.options().key_file);
    fs::copy(other, &key).unwrap();
}

#[tokio::test]
async fn a_copy_holds_every_row_by_whatever_way_it_came() {
    let first = Home::sqlite();
    let store = first.open().await;
    furnish(&store).await;
    let truth = contents(&first).await;
    assert!(truth.len() > 3_000, "{}", truth.len());

    let mut last = store.clone();
    let mut homes = Vec::new();
    if let Some(postgres) = Home::postgres().await {
        with_key_of(&postgres, &first);
        let middle = postgres.open().await;
        let rows = last.copy_to(&middle, &|_| {}).await.unwrap();
        assert_eq!(rows, copied(&truth));
        last = middle;
        homes.push(postgres);
    }
    let back = Home::sqlite();
    with_key_of(&back, &first);
    let copy = back.open().await;
    let told = std::sync::atomic::AtomicU64::new(0);
    let so_far = |rows| told.store(rows, std::sync::atomic::Ordering::Relaxed);
    let rows = last.copy_to(&copy, &so_far).await.unwrap();
    assert_eq!(rows, copied(&truth));
    assert_eq!(told.into_inner(), rows);
    assert_eq!(contents(&back).await, truth);
    let company = account("1").id;
    let link = connection("c", &destination("box", &company)).id;
    let opened = copy.grant(&company, &link, Provider::Source);
    assert_eq!(
        opened.await.unwrap(),
        Some(grant("a", T0)),
        "sealed with the same key"
    );
    for home in homes {
        last.close().await;
        home.leave().await;
    }
}

#[tokio::test]
async fn a_copy_goes_over_nothing() {
    let (first, second) = (Home::sqlite(), Home::sqlite());
    let (store, other) = (first.open().await, second.open().await);
    furnish(&store).await;
    other.keep_account(&account("2"), T0).await.unwrap();
    let before = contents(&second).await;
    let error = store.copy_to(&other, &|_| {}).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    assert!(
        error.to_string().contains("holds an archive already"),
        "{error}"
    );
    assert_eq!(contents(&second).await, before);
}

#[tokio::test]
async fn a_new_key_opens_what_the_old_one_sealed() {
    on_both(|home| async move {
        let store = home.open().await;
        furnish(&store).await;
        let key_file = home.options().key_file;
        let old = fs::read(&key_file).unwrap();
        let rotated = store.rotate_key(&key_file, &deed()).await.unwrap();
        assert_eq!((rotated.grants, rotated.settings), (1, 2));
        assert_eq!(fs::read(&rotated.old_key).unwrap(), old);
        store.close().await;
        opens(&home).await;

        // The plug was pulled after the commit: the next start finishes it.
        let new = fs::read(&key_file).unwrap();
        let beside = |word: &str| key_file.with_file_name(format!("master.key.{word}"));
        fs::rename(&key_file, beside("next")).unwrap();
        fs::rename(&rotated.old_key, &key_file).unwrap();
        opens(&home).await;
        assert_eq!(fs::read(&key_file).unwrap(), new);
        assert!(!beside("next").exists());

        // It was pulled before: the old key is the right one, and the change
        // can be made once more.
        let next = "0123456789abcdef".repeat(4);
        private(&beside("next"), &next);
        let store = opens(&home).await;
        assert_eq!(fs::read(&key_file).unwrap(), new);
        store.rotate_key(&key_file, &deed()).await.unwrap();
        store.close().await;
        assert_eq!(fs::read_to_string(&key_file).unwrap(), next);
        opens(&home).await;
    })
    .await;
}

#[tokio::test]
async fn no_key_is_changed_under_a_worker() {
    let home = Home::sqlite();
    let store = home.open().await;
    furnish(&store).await;
    let lease = std::time::Duration::from_secs(30);
    let backup = domain::connection::BackupId::new("b");
    let run = store.start_run(&account("1").id, &backup, "w", lease).await;
    run.unwrap().unwrap();
    let error = store
        .rotate_key(&home.options().key_file, &deed())
        .await
        .unwrap_err();
    let told = "an archiver process is at work";
    assert!(error.to_string().contains(told), "{error}");
    store.close().await;
    opens(&home).await;
}

/// Opens, and everything sealed is what it was.
async fn opens(home: &Home) -> Database {
    let store = home.open().await;
    let company = account("1").id;
    let link = connection("c", &destination("box", &company)).id;
    let opened = store.grant(&company, &link, Provider::Source).await;
    assert_eq!(opened.unwrap(), Some(grant("a", T0)));
    let setting = store.setting("DROPBOX_APP_SECRET").await.unwrap();
    assert_eq!(setting.unwrap().expose(), "hunter2");
    store
}

fn private(path: &std::path::Path, text: &str) {
    fs::write(path, text).unwrap();
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// What is told of it.
fn deed() -> Deed {
    Deed {
        at_ms: T0,
        actor: Actor::CommandLine,
        action: "database.rotate-key",
        target: String::new(),
        result: Ending::Done,
    }
}
