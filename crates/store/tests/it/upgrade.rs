//! A database that an earlier version made opens and works.

use std::time::Duration;

use domain::account::AccountId;
use domain::connection::BackupId;
use domain::ports::{Connections, Finds, Log, LogAsk, Tasks, Turn};
use domain::search::Query;
use domain::timetable::Timetable;
use domain::window::{DAY_MS, HOUR_MS, Window};
use sqlx::{AnyConnection, AssertSqlSafe};
use testkit::builders::{T0, hours};

use crate::home::{Home, on_both};

const FIRST_VERSION: &str = include_str!("../../migrations/0001_the_books.sql");
const FOR_POSTGRES: &str = include_str!("../../migrations/postgres.sql");

async fn run(raw: &mut AnyConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(raw)
        .await
        .unwrap();
}

/// What version 1 left behind: a Backup of the command line's, one that is ON,
/// a row of a day over rows of hours, an archived item and one that a rule left
/// out.
fn left_behind() -> String {
    let (day, hour) = (DAY_MS, HOUR_MS);
    let item = |key: &str, at_ms: i64| {
        format!(
            "insert into item values ('1', '{key}', null, {at_ms}, '{{}}', '\"nothing\"',
                '\"text\"', null, {T0}, {T0});
             insert into backup_item values ('1', 'on', {at_ms}, '{key}');"
        )
    };
    let entry = |key: &str, at_ms: i64, state: &str, path: &str| {
        format!(
            "insert into entry values ('1', 'box', '{key}', 'recordings', '{key}', {at_ms},
                'a', '{state}', null, '', 0, null, 0, {path}, 5, 'ab', 5, 'h', null, {T0},
                {T0}, {T0});"
        )
    };
    let row = |n: i64| {
        let (from, to) = (T0 + n * hour, T0 + (n + 1) * hour);
        format!("insert into task values ('1', 'on', {from}, {to}, 'done');")
    };
    let rows: Vec<String> = (0..24).map(row).collect();
    [
        "create table about (name text not null primary key, value text not null);
         insert into about values ('version', '1');
         insert into account values ('1', 'Acme', null, 0, 0);
         insert into destination values ('box', '1', 'a@example.com', 'default');
         insert into connection values ('1', 'hand', '101', 'box', 1, 0, 0);
         insert into connection values ('1', 'on', '101', 'box', 0, 0, 0);
         insert into backup values ('1', 'hand', 'hand', 'box', null, 'fax', 1, 0, 0);
         insert into backup values ('1', 'on', 'on', 'box', null, 'fax', 1, 0, 0);"
            .to_owned(),
        rows.concat(),
        format!(
            "insert into task values ('1', 'on', {T0}, {}, 'done');",
            T0 + day
        ),
        item("recordings/a", T0 + 20 * hour),
        entry("recordings/a", T0 + 20 * hour, "archived", "'a.mp3'"),
        item("recordings/b", T0 + 3 * hour),
        entry("recordings/b", T0 + 3 * hour, "excluded", "null"),
    ]
    .concat()
}

async fn as_version_1(home: &Home) {
    if home.is_postgres() {
        let mut raw = home.raw().await;
        run(&mut raw, FOR_POSTGRES.to_owned()).await;
        run(
            &mut raw,
            FIRST_VERSION.replace(" text", " text collate \"C\""),
        )
        .await;
        run(&mut raw, left_behind()).await;
        return;
    }
    let file = home.folder().join("archiver.db");
    std::fs::File::create_new(&file).unwrap();
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(file, mode).unwrap();
    }
    let mut raw = home.raw().await;
    run(&mut raw, FIRST_VERSION.to_owned()).await;
    run(&mut raw, left_behind()).await;
}

#[tokio::test]
async fn a_database_of_version_1_opens_and_works() {
    on_both(|home| async move {
        as_version_1(&home).await;
        let store = home.open().await;
        let account = AccountId::new("1");
        for connection in store.connections(&account).await.unwrap() {
            let on = connection.id.as_str() == "on";
            assert_eq!((connection.connected, connection.headless), (true, !on));
            let trouble = (connection.source_trouble, connection.destination_trouble);
            assert_eq!(trouble, (None, None));
        }
        let backup = BackupId::new("on");
        let timetable = store.timetable(&account, &backup).await.unwrap();
        assert_eq!(timetable, Timetable::default());
        let lease = Duration::from_secs(30);
        let claimed = store.claim_due("worker", lease).await.unwrap().unwrap();
        assert_eq!(
            (claimed.account, claimed.run.backup),
            (account.clone(), backup.clone())
        );
        assert_eq!(store.claim_due("worker", lease).await.unwrap(), None);
        let ask = LogAsk {
            window: Window::EVER,
            telling: true,
            turn: Turn::Newest,
            limit: 25,
        };
        let page = store.log(&account, &backup, &ask).await.unwrap();
        let rows: Vec<Window> = page.rows.iter().map(|it| it.window).collect();
        assert_eq!(rows, [hours(20, 21), hours(0, 24)]);
        let whole = store.backup(&account, &backup).await.unwrap().unwrap();
        for (query, wanted) in [
            (Query::default(), 2),
            (
                Query::of_pairs([("type", "recordings")].into_iter()).unwrap(),
                2,
            ),
            (Query::of_pairs([("type", "fax")].into_iter()).unwrap(), 0),
        ] {
            let found = store.find(&account, &whole, &query, None, 9).await.unwrap();
            assert_eq!(found.hits.len(), wanted, "{query:?}");
        }
        store.close().await;
        home.open().await;
    })
    .await;
}
