//! Laws of `Ledger::due` and `next_due`: what a worker is handed, and when.

use domain::data_type::DataType;
use domain::item::ItemId;
use domain::ledger::Pending;
use domain::ports::Store;
use domain::window::{HOUR_MS, Window};

use super::stage::{Stage, always};
use crate::builders::{T0, failed, hours, recording, sms};

async fn due_in<S: Store>(stage: &Stage<'_, S>, window: Window, limit: u32) -> Vec<ItemId> {
    let (store, account, of) = (stage.store, &stage.account, DataType::CallRecording);
    let work = store.due(account, &stage.backup, of, window, T0, limit);
    work.await
        .unwrap()
        .into_iter()
        .map(|it| it.item.id)
        .collect()
}

/// Oldest own time first, whatever the order of noting, and no more than
/// asked for.
pub async fn the_oldest_is_due_first<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items = [
        recording("a", T0 + 30),
        sms("b", T0 - 10),
        recording("c", T0 + 9),
        recording("d", T0 + 100),
    ];
    stage.note_ready(&items).await;
    let order = [2, 0, 3].map(|n: usize| items[n].id.clone());
    assert_eq!(due_in(&stage, always(), 10).await, order, "of one type");
    assert_eq!(due_in(&stage, always(), 2).await, order[..2]);
    let all = [1, 2, 0, 3].map(|n: usize| items[n].id.clone());
    assert_eq!(stage.due(T0).await, all);
    assert_eq!(due_in(&stage, always(), 0).await, []);
}

/// The first millisecond of a window belongs to it, the last does not.
pub async fn a_window_is_half_open<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items = [
        recording("before", T0 - 1),
        recording("first", T0),
        recording("last", T0 + HOUR_MS - 1),
        recording("after", T0 + HOUR_MS),
    ];
    stage.note_ready(&items).await;
    let inside = [items[1].id.clone(), items[2].id.clone()];
    assert_eq!(due_in(&stage, hours(0, 1), 10).await, inside);
    let counts = stage.counts_in(hours(0, 1)).await;
    assert_eq!(counts[&DataType::CallRecording].pending, 2);
    let (account, backup) = (&stage.account, &stage.backup);
    let open = store.open_entries(account, backup, hours(0, 1), 10).await;
    assert_eq!(open.unwrap().len(), 2);
    let next = store.next_due(account, backup, hours(1, 2)).await;
    assert!(next.unwrap().is_some());
    let next = store.next_due(account, backup, hours(2, 3)).await;
    assert_eq!(next.unwrap(), None);
}

/// A next try is not before its time, and is at its time.
pub async fn nothing_is_due_before_its_time<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    let wait = failed(Pending::Throttled, T0 + 500);
    stage.settle(&item, wait, T0).await;
    assert_eq!(stage.due(T0 + 499).await, []);
    assert_eq!(stage.due(T0 + 500).await.len(), 1);
    assert_eq!(stage.due(T0 + 501).await, [item.id]);
}

/// The limit counts what is due, not what is pending.
pub async fn one_that_waits_does_not_hold_up_others<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items: Vec<_> = (0..6).map(|n| recording(&n.to_string(), T0 + n)).collect();
    stage.note_ready(&items).await;
    for item in &items[..5] {
        let wait = failed(Pending::Failed, T0 + HOUR_MS);
        stage.settle(item, wait, T0).await;
    }
    assert_eq!(due_in(&stage, always(), 1).await, [items[5].id.clone()]);
}

/// The soonest next try of all that is pending; nothing when nothing is.
pub async fn the_next_due_is_the_soonest<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    assert_eq!(stage.next_due().await, None);
    let (a, b) = (recording("1", T0), recording("2", T0 + 1));
    stage.note_ready(&[a.clone(), b.clone()]).await;
    let new = stage.next_due().await.unwrap();
    assert!(new <= T0, "a new Entry is due at once");
    stage
        .settle(&a, failed(Pending::Failed, T0 + 900), T0)
        .await;
    stage
        .settle(&b, failed(Pending::NotReady, T0 + 700), T0)
        .await;
    assert_eq!(stage.next_due().await, Some(T0 + 700));
    stage.archive(&b, b"b", T0 + 700).await;
    assert_eq!(stage.next_due().await, Some(T0 + 900));
    stage.archive(&a, b"a", T0 + 900).await;
    assert_eq!(stage.next_due().await, None);
}
