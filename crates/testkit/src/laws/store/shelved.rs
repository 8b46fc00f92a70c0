//! Laws of `Ledger::shelved`: reading the shelf for a verification.

use domain::item::Item;
use domain::ports::{Shelved, Store};
use domain::window::HOUR_MS;

use super::stage::{Stage, always};
use crate::builders::{T0, archived, hours, recording};

/// Names whose order is not the same in every language.
const NAMES: [&str; 10] = [
    "Archive/a b",
    "Archive/a-b",
    "Archive/ab",
    "Archive/A b",
    "Archive/B",
    "Archive/é",
    "Archive/e",
    "Archive/z/1",
    "Archive/z 1",
    "Archive/_",
];

async fn shelve<S: Store>(stage: &Stage<'_, S>) -> Vec<Item> {
    let items: Vec<Item> = (0_i64..)
        .zip(NAMES)
        .map(|(n, name)| recording(name, T0 + n * HOUR_MS))
        .collect();
    stage.note_ready(&items).await;
    for (item, name) in items.iter().zip(NAMES) {
        let outcome = archived(&format!("{name}.wav"), name.as_bytes());
        stage.settle(item, outcome, T0).await;
    }
    items
}

async fn read<S: Store>(stage: &Stage<'_, S>, after: &str, limit: u32) -> Vec<Shelved> {
    let (store, account) = (stage.store, &stage.account);
    let shelved = store.shelved(account, &stage.backup, always(), after, limit);
    shelved.await.unwrap()
}

/// The order is that of the paths' bytes, in every language, so that two
/// readers agree and `after` means the same to the database and to us.
pub async fn the_shelf_is_read_in_the_order_of_paths<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items = shelve(&stage).await;
    stage.note_ready(&[recording("not archived", T0)]).await;
    let all = read(&stage, "", 100).await;
    assert_eq!(all.len(), items.len());
    assert!(all.is_sorted_by(|a, b| a.path < b.path), "{all:?}");
}

/// Pages that each begin after the last path of the one before give the whole.
pub async fn the_shelf_is_read_page_by_page<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    shelve(&stage).await;
    let all = read(&stage, "", 100).await;
    let mut pages: Vec<Shelved> = Vec::new();
    loop {
        let after = pages.last().map_or("", |it| it.path.as_str());
        let page = read(&stage, after, 3).await;
        assert!(page.len() <= 3);
        if page.is_empty() {
            break;
        }
        pages.extend(page);
        assert!(pages.len() <= all.len(), "a page repeats another");
    }
    assert_eq!(pages, all);
}

/// Only what has its own time in the window.
pub async fn the_shelf_shows_the_window_only<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items = shelve(&stage).await;
    let (account, backup) = (&stage.account, &stage.backup);
    let some = store.shelved(account, backup, hours(2, 4), "", 100).await;
    let mut some: Vec<_> = some.unwrap().into_iter().map(|it| it.item).collect();
    some.sort();
    let mut expected = [items[2].id.clone(), items[3].id.clone()];
    expected.sort();
    assert_eq!(some, expected);
}
