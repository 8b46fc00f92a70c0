//! Laws of `Ledger::settle`: what became of tries.

use domain::item::{Item, ItemId};
use domain::ledger::{EntryState, Outcome, Pending, Receipt};
use domain::ports::Store;

use super::stage::{Stage, shelf};
use crate::builders::{T0, archived, failed, path, recording, sms};

fn missing(cause: &str) -> Outcome {
    Outcome::Missing {
        cause: cause.to_owned(),
    }
}

/// An archived item is on the shelf with all that vouches for it, counted,
/// and neither due nor open.
pub async fn what_is_archived_is_on_the_shelf_and_nowhere_else<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    let outcome = match archived("Archive/101 Ada [101]/a call.wav", b"sound") {
        Outcome::Archived {
            path,
            fingerprint,
            receipt,
        } => Outcome::Archived {
            path,
            fingerprint,
            receipt: Receipt {
                hash: "dropbox:abc".to_owned(),
                revision: Some("rev 1".to_owned()),
                ..receipt
            },
        },
        other => other,
    };
    stage.settle(&item, outcome.clone(), T0 + 5).await;
    assert_eq!(stage.due(T0 + 9).await, []);
    assert_eq!(stage.open().await, []);
    assert_eq!(stage.next_due().await, None);
    let shelved = stage.shelved().await;
    assert_eq!(shelved.len(), 1);
    assert_eq!((&shelved[0].item, shelved[0].at_ms), (&item.id, T0));
    let told = Outcome::Archived {
        path: shelved[0].path.clone(),
        fingerprint: shelved[0].fingerprint.clone(),
        receipt: shelved[0].receipt.clone(),
    };
    assert_eq!(told, outcome);
    let total = stage.total().await;
    assert_eq!((total.archived, total.files, total.bytes), (1, 1, 5));
    assert_eq!((total.listed(), total.pending), (1, 0));
}

/// Every reason for waiting is kept, and the newest sentence with it.
pub async fn each_reason_comes_back_with_its_cause<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    for reason in [
        Pending::New,
        Pending::NotReady,
        Pending::Failed,
        Pending::Throttled,
        Pending::Reconnect,
        Pending::DestinationFull,
        Pending::Forbidden,
    ] {
        let cause = format!("it's {} – 100 %", reason.word());
        let outcome = Outcome::Pending {
            reason: reason.clone(),
            cause: cause.clone(),
            next_try_ms: T0 + 1,
            counts: false,
        };
        stage.settle(&item, outcome, T0).await;
        let open = stage.open().await;
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].state, EntryState::Pending(reason));
        assert_eq!(open[0].cause, cause);
        assert_eq!(stage.total().await.pending, 1);
    }
}

/// Waiting for a limit, a person or the provider costs no attempt.
pub async fn only_tries_that_count_are_counted<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    assert_eq!(stage.work(T0).await[0].attempts, 0);
    for (counts, attempts) in [(true, 1), (false, 1), (false, 1), (true, 2), (true, 3)] {
        let outcome = Outcome::Pending {
            reason: Pending::Failed,
            cause: String::new(),
            next_try_ms: T0,
            counts,
        };
        stage.settle(&item, outcome, T0).await;
        assert_eq!(stage.work(T0).await[0].attempts, attempts);
    }
}

/// What cannot be had any more is open, with its cause, but not due.
pub async fn what_is_missing_is_no_longer_due<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    stage.settle(&item, missing("purged there"), T0).await;
    assert_eq!(stage.due(T0 + 1_000_000).await, []);
    assert_eq!(stage.next_due().await, None);
    let open = stage.open().await;
    assert_eq!(open[0].state, EntryState::Missing);
    assert_eq!(open[0].cause, "purged there");
    assert_eq!(stage.total().await.missing, 1);
}

/// Bytes that turn up after all are archived.
pub async fn what_was_missing_may_still_be_archived<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    stage.settle(&item, missing("purged there"), T0).await;
    stage.archive(&item, b"sound", T0 + 1).await;
    assert_eq!(stage.open().await, []);
    assert_eq!(stage.total().await.archived, 1);
}

/// No later outcome, of a stale worker or of a second try, changes an
/// archived Entry or what vouches for it.
pub async fn what_is_archived_is_never_undone<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    stage.archive(&item, b"sound", T0).await;
    let (shelved, total) = (stage.shelved().await, stage.total().await);
    for outcome in [
        failed(Pending::Failed, T0),
        missing("gone"),
        archived("Archive/elsewhere.bin", b"other sound"),
    ] {
        stage.settle(&item, outcome, T0 + 9).await;
        assert_eq!(stage.shelved().await, shelved);
        assert_eq!(stage.total().await, total);
        assert_eq!(stage.due(T0 + 9).await, []);
        assert_eq!(stage.open().await, []);
    }
}

/// Outcomes are one transaction: where one of them cannot be written (nobody
/// ever noted the item), the others are written and the call succeeds, or
/// none is and it fails. What was never noted does not come to be.
pub async fn outcomes_are_written_all_or_none<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (known, unknown) = (recording("1", T0), recording("2", T0));
    stage.note_ready(std::slice::from_ref(&known)).await;
    let outcomes = [&known, &unknown].map(|it| (it.id.clone(), archived(&shelf(&it.id), b"x")));
    let (account, destination) = (&stage.account, &stage.destination.id);
    let settled = store.settle(account, destination, &outcomes, T0).await;
    let total = stage.total().await;
    assert_eq!(total.archived, u64::from(settled.is_ok()));
    assert_eq!(total.listed(), 1);
    store.settle(account, destination, &[], T0).await.unwrap();
    assert_eq!(stage.total().await, total);
}

/// What became of an item at one destination says nothing of another.
pub async fn a_destination_is_settled_by_itself<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:other").await;
    let item = recording("1", T0);
    for place in [&stage, &second] {
        place.note_ready(std::slice::from_ref(&item)).await;
    }
    second.settle(&item, missing("gone"), T0).await;
    stage
        .settle(&item, failed(Pending::Failed, T0 + 7), T0)
        .await;
    assert_eq!(second.total().await.missing, 1);
    assert_eq!(stage.total().await.pending, 1);
    assert_eq!(stage.next_due().await, Some(T0 + 7));
}

/// A thousand outcomes of every sort in one call.
pub async fn many_outcomes_are_settled_at_once<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items: Vec<Item> = (0..1_000).map(|n| sms(&n.to_string(), T0 + n)).collect();
    stage.note_ready(&items).await;
    let outcome = |n: usize, item: &Item| match n % 4 {
        0 | 1 => archived(&shelf(&item.id), b"four"),
        2 => failed(Pending::Failed, T0),
        _ => missing("gone"),
    };
    let outcomes: Vec<(ItemId, Outcome)> = items
        .iter()
        .enumerate()
        .map(|(n, item)| (item.id.clone(), outcome(n, item)))
        .collect();
    stage.settle_all(&outcomes, T0).await;
    let total = stage.total().await;
    assert_eq!((total.archived, total.bytes), (500, 2_000));
    assert_eq!((total.pending, total.missing), (250, 250));
    let shelved = stage.shelved().await;
    assert!(shelved.iter().all(|it| it.path == path(&shelf(&it.item))));
}
