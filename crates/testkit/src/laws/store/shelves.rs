//! Laws of `Shelves`.

use domain::data_type::DataType;
use domain::holding::Holding;
use domain::item::Item;
use domain::ledger::EntryState;
use domain::ports::Store;

use super::stage::{Stage, shelf};
use crate::builders::{T0, picture, recording, sms};

async fn parts<S: Store>(stage: &Stage<'_, S>, of: DataType, unit: &str) -> Vec<Holding> {
    let parts = stage.store.parts(&stage.account, &stage.backup, of, unit);
    parts.await.unwrap()
}

fn keys(parts: &[Holding]) -> Vec<&str> {
    parts.iter().map(|it| it.hit.item.as_str()).collect()
}

/// Its own and no others', whatever their names begin with.
pub async fn a_unit_is_all_its_parts<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let all: Vec<Item> = vec![
        sms("one", T0),
        picture("one", "2", T0),
        picture("one", "10", T0),
        sms("one-b", T0),
        sms("one.c", T0),
        picture("one!", "2", T0),
        sms("one0", T0),
        sms("on", T0),
        sms("a/b", T0),
        picture("a/b", "1/%", T0),
        picture("a", "b", T0),
        recording("one", T0),
    ];
    stage.note_ready(&all).await;
    let of = async |unit| parts(&stage, DataType::Sms, unit).await;
    assert_eq!(
        keys(&of("one").await),
        ["sms/one", "sms/one/10", "sms/one/2"]
    );
    assert_eq!(keys(&of("a/b").await), ["sms/a%2Fb", "sms/a%2Fb/1%2F%25"]);
    assert_eq!(keys(&of("a").await), ["sms/a/b"]);
    for nothing in ["", "none", "o", "one/2", "%", "a%2Fb", "\0"] {
        assert!(of(nothing).await.is_empty(), "{nothing}");
    }
    let calls = parts(&stage, DataType::CallRecording, "one").await;
    assert_eq!(keys(&calls), ["recordings/one"]);
}

/// Before it is archived and after.
pub async fn a_holding_tells_what_was_archived<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = sms("one", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    let before = parts(&stage, DataType::Sms, "one").await.remove(0);
    assert!(matches!(before.hit.state, EntryState::Pending(_)));
    assert_eq!((before.sha256, before.receipt), (None, None));
    stage.archive(&item, b"12345", T0).await;
    let after = parts(&stage, DataType::Sms, "one").await.remove(0);
    let kept = stage.shelved().await.remove(0);
    assert_eq!(after.hit.path, Some(shelf(&item.id)));
    assert_eq!(after.hit.size, Some(5));
    assert_eq!((after.hit.facts, after.hit.at_ms), (item.facts, T0));
    assert_eq!(after.sha256, Some(kept.fingerprint.sha256));
    assert_eq!(after.receipt, Some(kept.receipt.hash));
}

/// By Backup, and by company.
pub async fn who_has_no_part_in_it_is_handed_nothing<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let other = Stage::set(store, "2").await;
    stage.note_ready(&[sms("one", T0)]).await;
    second.note_ready(&[sms("two", T0)]).await;
    other.note_ready(&[sms("three", T0)]).await;
    assert_eq!(parts(&stage, DataType::Sms, "one").await.len(), 1);
    assert_eq!(parts(&second, DataType::Sms, "two").await.len(), 1);
    for unit in ["one", "three"] {
        assert!(parts(&second, DataType::Sms, unit).await.is_empty());
    }
    let across = store.parts(&other.account, &stage.backup, DataType::Sms, "one");
    assert!(across.await.unwrap().is_empty());
}
