//! How SQLite finds its rows: each by an index, never by reading a book
//! through. (PostgreSQL is told to do the same: see `database.rs`.)

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Row};

use crate::home::Home;

async fn plans() -> BTreeMap<&'static str, String> {
    let home = Home::sqlite();
    home.open().await.close().await;
    let mut connection = home.raw().await;
    let mut plans = BTreeMap::new();
    for (name, sql) in store::all_statements() {
        let sql = AssertSqlSafe(format!("explain query plan {sql}"));
        let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
        let lines: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        plans.insert(name, lines.join("\n"));
    }
    plans
}

#[tokio::test]
async fn no_book_is_read_through() {
    // A change of the master key and a copy read all there is, once in years; so
    // does who checks every audit log.
    let whole = [
        "GRANTS",
        "SETTINGS",
        "AT_WORK",
        "FORGET_TRIPS",
        "FILLED",
        "BOOKS",
    ];
    let plans = plans().await.into_iter();
    for (name, plan) in plans.filter(|(name, _)| !whole.contains(name)) {
        // Companies and owners are few; what a parameter unfolds into is short.
        let read_through: Vec<&str> = plan
            .lines()
            .filter(|it| it.starts_with("SCAN"))
            .filter(|it| !it.contains("VIRTUAL TABLE") && !it.starts_with("SCAN account "))
            .filter(|it| !it.starts_with("SCAN owner ") && *it != "SCAN CONSTANT ROW")
            // Indexes that hold nothing but exceptions.
            .filter(|it| {
                let exceptions = ["entry_stuck", "connection_ailing", "connection_shut"];
                !exceptions.iter().any(|index| it.ends_with(index))
            })
            .filter(|it| {
                let inner = [
                    "u",
                    "ready",
                    "soonest",
                    "soon",
                    "idle",
                    "busy",
                    "due",
                    "absurd",
                    "silent",
                    "full_ones",
                    "lost_ones",
                ];
                !it.strip_prefix("SCAN ")
                    .is_some_and(|it| inner.contains(&it))
            })
            .collect();
        assert!(read_through.is_empty(), "{name}: {read_through:?}");
    }
}

#[tokio::test]
async fn every_row_of_a_page_is_looked_up_by_its_whole_key() {
    let plans = plans().await;
    let entry = "SEARCH e USING INDEX sqlite_autoindex_entry_1 \
        (account_id=? AND destination_id=? AND item_key=?)";
    for name in ["KNOWN", "SETTLE"] {
        let plan = &plans[name];
        assert!(plan.starts_with("SCAN r VIRTUAL TABLE"), "{name}: {plan}");
        assert!(plan.contains(entry), "{name}: {plan}");
    }
}

#[tokio::test]
async fn work_comes_straight_from_an_index_in_its_order() {
    let plans = plans().await;
    for (name, index) in [
        ("DUE", "entry_due"),
        ("NEXT_DUE", "entry_ready"),
        ("NEXT_DUE", "entry_waiting"),
        ("AWAKE", "entry_waiting"),
        ("NOT_ARCHIVED", "entry_open"),
        ("ON_SHELF", "entry_path"),
        ("UNTOLD", "entry_untold"),
        ("NEWEST_MANIFEST", "sqlite_autoindex_manifest"),
        ("UNPROVEN_EXHIBITS", "sqlite_autoindex_exhibit"),
        ("OPEN_OLDER", "task_open"),
        ("OPEN_NEWER", "task_open"),
        ("SET_LISTING", "task_open"),
        ("TELLING_OLDER", "sqlite_autoindex_backup_item"),
        ("TELLING_NEWER", "sqlite_autoindex_backup_item"),
    ] {
        let plan = &plans[name];
        assert!(plan.contains(index), "{name}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{name} sorts: {plan}");
    }
}

#[tokio::test]
async fn a_walk_along_the_log_begins_at_its_place() {
    let plans = plans().await;
    let older = "(from_ms,to_ms)<(?,?)";
    let newer = "(from_ms,to_ms)>(?,?)";
    for (name, bound) in [
        ("OLDER", older),
        ("OPEN_OLDER", older),
        ("TELLING_OLDER", older),
        ("NEWER", newer),
        ("OPEN_NEWER", newer),
        ("TELLING_NEWER", newer),
    ] {
        let plan = &plans[name];
        assert!(plan.contains(bound), "{name}: {plan}");
    }
}
