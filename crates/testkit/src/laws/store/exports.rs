//! Laws of `Exports`: what was asked for stays as it was then, in the order of
//! places, and is forgotten as a whole.

use domain::export::{Counts, Export, ExportId, File, Passed, Planner, Row, Stage, What};
use domain::ports::Store;
use domain::search::Query;

use super::stage::Stage as Set;
use crate::builders::{self, T0};

/// An export of everything, that was begun.
fn export<S: Store>(set: &Set<'_, S>, id: &str, made_ms: i64) -> Export {
    Export {
        id: ExportId::new(id),
        account: set.account.clone(),
        backup: set.backup.id.clone(),
        viewer: None,
        by: "terminal".to_owned(),
        asked: "q=a\0b".to_owned(),
        without: Vec::new(),
        made_ms,
        ends_ms: made_ms + 1000,
        stage: Stage::Making,
        counts: Counts::default(),
        files: 0,
        directory_at: 0,
        size: 0,
        trouble: None,
    }
}

/// Three texts, two of them archived, as rows.
async fn rows<S: Store>(set: &Set<'_, S>) -> Vec<Row> {
    let items = ["1", "2", "3"].map(|it| builders::sms(it, T0));
    set.note_ready(&items).await;
    for item in &items[..2] {
        set.archive(item, b"words", T0 + 1).await;
    }
    let (account, backup) = (&set.account, &set.backup);
    let all = Query::default();
    let found = set.store.find(account, backup, &all, None, 10);
    let hits = found.await.unwrap().hits;
    let mut rows: Vec<Row> = hits.into_iter().map(|it| Row::of(it, false)).collect();
    rows.sort_by_key(Row::place);
    rows
}

/// What is found tells the sum of its bytes, so that it can be proven where it
/// goes.
pub async fn what_is_found_tells_its_sum<S: Store>(store: &S) {
    let set = Set::set(store, "1").await;
    let rows = rows(&set).await;
    let sums: Vec<bool> = rows.iter().map(|it| it.sha256.is_some()).collect();
    assert_eq!(sums.iter().filter(|it| **it).count(), 2);
    for row in rows.iter().filter(|it| it.state == "archived") {
        let sum = domain::manifest::sha256(b"words");
        assert_eq!(row.sha256.as_deref(), Some(sum.as_str()));
    }
}

/// Kept, changed, listed newest first.
pub async fn exports_come_newest_first<S: Store>(store: &S) {
    let set = Set::set(store, "1").await;
    let account = &set.account;
    let id = ExportId::new("a");
    assert_eq!(store.export(account, &id).await.unwrap(), None);
    for (name, at_ms) in [("a", T0), ("c", T0 + 5), ("b", T0 + 9)] {
        let export = export(&set, name, at_ms);
        store.keep_export(&export).await.unwrap();
    }
    let changed = Export {
        stage: Stage::Ready,
        size: 7,
        ..export(&set, "a", T0)
    };
    store.keep_export(&changed).await.unwrap();
    let kept = store.export(account, &id).await.unwrap().unwrap();
    assert_eq!((kept.stage, kept.size), (Stage::Ready, 7));
    let all = store.exports(account).await.unwrap();
    let ids: Vec<&str> = all.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["b", "c", "a"]);
    let other = Set::set(store, "2").await;
    assert_eq!(store.exports(&other.account).await.unwrap(), []);
    assert_eq!(store.export(&other.account, &id).await.unwrap(), None);
}

/// Items are as they were when they were written down, page by page.
pub async fn an_exports_items_stay_as_they_were<S: Store>(store: &S) {
    let set = Set::set(store, "1").await;
    let (account, id) = (&set.account, ExportId::new("a"));
    store.keep_export(&export(&set, "a", T0)).await.unwrap();
    let rows = rows(&set).await;
    store.freeze(account, &id, &rows).await.unwrap();
    let mut later = rows.clone();
    "missing".clone_into(&mut later[0].state);
    store.freeze(account, &id, &later).await.unwrap();
    let all = store.frozen(account, &id, "", true, 10).await.unwrap();
    assert_eq!(all, rows);
    let first = rows[0].place();
    let from = store.frozen(account, &id, &first, false, 1).await.unwrap();
    assert_eq!(from, rows[..1]);
    let after = store.frozen(account, &id, &first, true, 1).await.unwrap();
    assert_eq!(after, rows[1..2]);
    let other = Set::set(store, "2").await;
    let none = store.frozen(&other.account, &id, "", true, 10).await;
    assert_eq!(none.unwrap(), []);
}

/// Files come from the one that holds a byte on; sums are kept once they are
/// known; then all is forgotten, some at a time.
pub async fn an_exports_files_lie_where_they_were_laid<S: Store>(store: &S) {
    let set = Set::set(store, "1").await;
    let (account, id) = (&set.account, ExportId::new("a"));
    store.keep_export(&export(&set, "a", T0)).await.unwrap();
    let rows = rows(&set).await;
    store.freeze(account, &id, &rows).await.unwrap();
    let mut planner = Planner::new(T0);
    for row in rows {
        planner.row(row);
    }
    planner.book("catalogue.csv", What::Csv, u64::from(u32::MAX) + 9);
    planner.finish();
    let mut files = planner.take();
    store.lay_out(account, &id, &files).await.unwrap();
    store.lay_out(account, &id, &files[..1]).await.unwrap();
    let at = async |from: u64, limit: u32| {
        let some = store.laid_out(account, &id, from, limit).await;
        some.unwrap()
    };
    assert_eq!(at(0, 100).await, files);
    assert_eq!(at(files[1].at, 1).await, files[1..2]);
    assert_eq!(at(files[1].at - 1, 2).await, files[..2]);
    assert_eq!(at(u64::MAX, 9).await, files[files.len() - 1..]);
    let passed = |file: &File, crc: u32| Passed {
        at: file.at,
        sha256: format!("{crc:064x}"),
        crc,
    };
    let sums = [passed(&files[0], u32::MAX), passed(&files[2], 0)];
    store.passed(account, &id, &sums).await.unwrap();
    for (at, crc) in [(0, u32::MAX), (2, 0)] {
        files[at].crc = Some(crc);
        files[at].sha256 = Some(format!("{crc:064x}"));
    }
    assert_eq!(at(0, 100).await, files);
    let mut rounds = 1;
    while !store.forget_export(account, &id, 2).await.unwrap() {
        rounds += 1;
    }
    assert_eq!(rounds, files.len() / 2 + 1);
    assert_eq!(store.export(account, &id).await.unwrap(), None);
    assert_eq!(at(0, 100).await, []);
    assert_eq!(store.frozen(account, &id, "", true, 9).await.unwrap(), []);
    assert!(store.forget_export(account, &id, 2).await.unwrap());
}
