//! Laws of what whoever watches must see: exceptions of all companies, and
//! sums that agree with the Ledger.

use std::time::Duration;

use domain::alarm::{Ailing, Heap, Silent};
use domain::data_type::DataType;
use domain::grant::Provider;
use domain::ledger::{Outcome, Pending};
use domain::ports::{PendingSum, Store};
use domain::timetable::Timetable;
use domain::window::HOUR_MS;

use super::stage::Stage;
use crate::builders::{T0, archived, failed, grant, recording};

const MANY: u32 = 100;

async fn keep<S: Store>(stage: &Stage<'_, S>, timetable: Timetable) {
    let (store, account, id) = (stage.store, &stage.account, &stage.backup.id);
    let was = store.timetable(account, id).await.unwrap();
    let kept = store.change_timetable(account, id, &was, &timetable).await;
    assert!(kept.unwrap());
}

async fn silent<S: Store>(store: &S, before_ms: i64) -> Vec<Silent> {
    let beyond_ms = T0 + 100 * HOUR_MS;
    store.silent(before_ms, beyond_ms, MANY).await.unwrap()
}

/// It counts from when it was switched ON, then from its last success; what a
/// wrong clock wrote down is no success.
pub async fn a_backup_is_silent_until_a_run_goes_well<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let on = Timetable {
        since_ms: Some(T0),
        due_ms: Some(T0),
        ..Timetable::default()
    };
    let silence = |well_ms| {
        [Silent {
            account: stage.account.clone(),
            backup: stage.backup.id.clone(),
            well_ms,
        }]
    };
    keep(&stage, on).await;
    assert_eq!(silent(store, T0).await, []);
    assert_eq!(silent(store, T0 + 1).await, silence(None));
    keep(&stage, on.failed(T0 + HOUR_MS, None, 0.0)).await;
    assert_eq!(silent(store, T0 + 1).await, silence(None));
    let well = on.ran(T0 + HOUR_MS, false, None, 0.0);
    keep(&stage, well).await;
    assert_eq!(silent(store, T0 + HOUR_MS).await, []);
    let at = silence(Some(T0 + HOUR_MS));
    assert_eq!(silent(store, T0 + HOUR_MS + 1).await, at);
    keep(&stage, well.failed(T0 + 2 * HOUR_MS, None, 0.0)).await;
    assert_eq!(silent(store, T0 + HOUR_MS + 1).await, at);
    keep(&stage, on.ran(T0 + 1_000 * HOUR_MS, false, None, 0.0)).await;
    assert_eq!(silent(store, T0).await, silence(None));
}

/// Only what should run can be silent.
pub async fn what_is_off_or_disconnected_is_not_silent<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (off, cut) = (stage.another("1:box").await, Stage::set(store, "2").await);
    let mut backup = off.backup.clone();
    backup.enabled = false;
    store.keep_backup(&backup, T0).await.unwrap();
    let gone = store.disconnect(&cut.account, &cut.connection.id, T0);
    gone.await.unwrap();
    for it in [&stage, &off, &cut] {
        let on = Timetable {
            since_ms: Some(T0),
            ..Timetable::default()
        };
        keep(it, on).await;
    }
    let silent = silent(store, T0 + HOUR_MS).await;
    let ids: Vec<_> = silent.iter().map(|it| &it.backup).collect();
    assert_eq!(ids, [&stage.backup.id]);
}

/// Each end by itself, of all companies, and only while it is connected.
pub async fn dead_grants_of_what_is_connected_are_seen<S: Store>(store: &S) {
    let (one, two) = (Stage::set(store, "1").await, Stage::set(store, "2").await);
    assert_eq!(store.ailing(MANY).await.unwrap(), []);
    for (stage, end) in [
        (&one, Provider::Source),
        (&one, Provider::Destination),
        (&two, Provider::Source),
    ] {
        let trouble = Some(end.word());
        let told = store.set_trouble(&stage.account, &stage.connection.id, end, trouble);
        told.await.unwrap();
    }
    let ailing = |stage: &Stage<'_, S>, end: Provider| Ailing {
        account: stage.account.clone(),
        connection: stage.connection.id.clone(),
        end,
        trouble: end.word().to_owned(),
    };
    let all = [
        ailing(&one, Provider::Source),
        ailing(&two, Provider::Source),
        ailing(&one, Provider::Destination),
    ];
    assert_eq!(store.ailing(MANY).await.unwrap(), all);
    let gone = store.disconnect(&two.account, &two.connection.id, T0);
    gone.await.unwrap();
    let told = store.set_trouble(&one.account, &one.connection.id, Provider::Source, None);
    told.await.unwrap();
    assert_eq!(store.ailing(MANY).await.unwrap(), all[2..]);
}

/// A grant's age begins when it is kept and again when it is renewed.
pub async fn a_grant_that_nobody_renews_is_seen<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, id) = (&stage.account, &stage.connection.id);
    let (old, new) = (grant("old", T0), grant("new", T0 + 1));
    let keep = store.keep_grant(account, id, Provider::Destination, &old);
    keep.await.unwrap();
    assert_eq!(store.unrenewed(-1, MANY).await.unwrap(), []);
    let keep = store.keep_grant(account, id, Provider::Source, &old);
    keep.await.unwrap();
    let seen = store.unrenewed(-1, MANY).await.unwrap();
    assert_eq!((seen.len(), &seen[0].connection), (1, id));
    assert!((0..HOUR_MS).contains(&seen[0].age_ms), "{seen:?}");
    let renew = store.renew_grant(account, id, Provider::Source, &old, &new);
    assert!(renew.await.unwrap());
    assert_eq!(store.unrenewed(-1, MANY).await.unwrap().len(), 1);
    assert_eq!(store.unrenewed(HOUR_MS, MANY).await.unwrap(), []);
    store.disconnect(account, id, T0).await.unwrap();
    assert_eq!(store.unrenewed(-1, MANY).await.unwrap(), []);
}

/// Full, stuck and lost ones, each in their own heap.
pub async fn entries_are_heaped_by_what_is_wrong_with_them<S: Store>(store: &S) {
    let (one, two) = (Stage::set(store, "1").await, Stage::set(store, "2").await);
    let items: Vec<_> = (0..7)
        .map(|n| recording(&format!("r{n}"), T0 + n))
        .collect();
    for stage in [&one, &two] {
        stage.note_ready(&items).await;
        let full = failed(Pending::DestinationFull, T0);
        stage.settle(&items[0], full, T0).await;
        stage.settle(&items[1], archived("a.mp3", b"a"), T0).await;
    }
    let lost = |cause: &str| Outcome::Missing {
        cause: cause.to_owned(),
    };
    one.settle(&items[2], lost("gone"), T0 + 5).await;
    one.settle(&items[3], lost("gone"), T0 + 6).await;
    for n in 0..8 {
        assert_eq!(store.stuck(MANY).await.unwrap(), [], "{n}");
        let again = Outcome::Pending {
            reason: Pending::Failed,
            cause: "again".to_owned(),
            next_try_ms: T0,
            counts: true,
        };
        two.settle(&items[4], again, T0).await;
    }
    let heap = |stage: &Stage<'_, S>, count| Heap {
        account: stage.account.clone(),
        destination: stage.destination.id.clone(),
        count,
    };
    assert_eq!(
        store.full(MANY).await.unwrap(),
        [heap(&one, 1), heap(&two, 1)]
    );
    assert_eq!(store.full(1).await.unwrap(), [heap(&one, 1)]);
    assert_eq!(store.stuck(MANY).await.unwrap(), [heap(&two, 1)]);
    assert_eq!(store.lost(T0 + 5, MANY).await.unwrap(), [heap(&one, 2)]);
    assert_eq!(store.lost(T0 + 6, MANY).await.unwrap(), [heap(&one, 1)]);
    assert_eq!(store.lost(T0 + 7, MANY).await.unwrap(), []);
    two.settle(&items[4], archived("b.mp3", b"b"), T0).await;
    two.settle(&items[0], archived("c.mp3", b"c"), T0).await;
    assert_eq!(store.stuck(MANY).await.unwrap(), []);
    assert_eq!(store.full(MANY).await.unwrap(), [heap(&one, 1)]);
}

/// What could be archived now and is older than a moment, counted up to a
/// limit.
pub async fn a_backlog_is_what_is_ready_and_old<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, destination) = (&stage.account, &stage.destination.id);
    let count = async |before_ms, limit| {
        let of = DataType::CallRecording;
        let counted = store.ready_before(account, destination, of, before_ms, limit);
        counted.await.unwrap()
    };
    assert_eq!(store.behind(i64::MAX).await.unwrap(), []);
    let items: Vec<_> = (0..5)
        .map(|n| recording(&format!("r{n}"), T0 + n))
        .collect();
    stage.note_ready(&items).await;
    stage.settle(&items[0], archived("a.mp3", b"a"), T0).await;
    let waits = failed(Pending::Failed, i64::MAX);
    stage.settle(&items[1], waits, T0).await;
    for (before, wanted) in [(T0 + 2, 0), (T0 + 3, 1), (T0 + 5, 3)] {
        assert_eq!(count(before, MANY).await, wanted, "{before}");
        let behind = store.behind(before).await.unwrap();
        assert_eq!(behind.len(), usize::from(wanted > 0), "{before}");
    }
    assert_eq!(count(T0 + 5, 2).await, 2);
    let fax = store.ready_before(account, destination, DataType::Fax, T0 + 5, MANY);
    assert_eq!(fax.await.unwrap(), 0, "of one type");
    let here = (account.clone(), destination.clone());
    assert_eq!(store.behind(T0 + 5).await.unwrap(), [here]);
}

/// Every pending Entry is in exactly one sum, of all companies together.
pub async fn pending_entries_add_up<S: Store>(store: &S) {
    let nothing = PendingSum::default();
    assert_eq!(store.pending(MANY).await.unwrap(), nothing);
    for name in ["1", "2"] {
        let stage = Stage::set(store, name).await;
        let items: Vec<_> = (0..8)
            .map(|n| recording(&format!("r{n}"), T0 + n))
            .collect();
        stage.note_ready(&items).await;
        stage.settle(&items[0], archived("a.mp3", b"a"), T0).await;
        let gone = Outcome::Missing {
            cause: "gone".to_owned(),
        };
        stage.settle(&items[1], gone, T0).await;
        for (item, reason, at_ms) in [
            (2, Pending::Failed, T0),
            (3, Pending::Failed, i64::MAX),
            (4, Pending::Throttled, i64::MAX),
            (5, Pending::DestinationFull, T0),
        ] {
            stage.settle(&items[item], failed(reason, at_ms), T0).await;
        }
    }
    let sum = store.pending(MANY).await.unwrap();
    let words = [
        ("destination-full", 2),
        ("failed", 4),
        ("new", 4),
        ("throttled", 2),
    ];
    let words = words.map(|(word, count)| (word.to_owned(), count));
    assert_eq!(sum.by_reason, words.into());
    assert_eq!(sum.oldest_ms, Some(T0 + 2));
}

/// It waits since the first of it fell due; who is served waits no longer.
pub async fn the_queue_waits_until_somebody_is_served<S: Store>(store: &S) {
    let nobody = store.queue().await.unwrap();
    assert_eq!((nobody.waits_since_ms, nobody.served_ms), (None, None));
    let stage = Stage::set(store, "1").await;
    let due = Timetable {
        due_ms: Some(T0),
        ..Timetable::default()
    };
    keep(&stage, due).await;
    let waits = store.queue().await.unwrap();
    assert_eq!((waits.waits_since_ms, waits.served_ms), (Some(T0), None));
    let before_ms = store.database_ms().await.unwrap();
    let claimed = store.claim_due("worker", Duration::from_hours(1)).await;
    assert!(claimed.unwrap().is_some());
    let served = store.queue().await.unwrap();
    assert_eq!(served.waits_since_ms, None);
    assert!(served.served_ms.unwrap() >= before_ms - 1_000);
}
