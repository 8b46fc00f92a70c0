//! Laws of Runs and marks: who may work, and how far they came.
//!
//! A lease of zero has run out at once; so these laws need not wait.

use std::time::Duration;

use domain::data_type::DataType;
use domain::lane::Lane;
use domain::ports::{Run, Store};
use futures::future::join_all;

use super::stage::Stage;
use crate::builders::{T0, extension_id};

const LONG: Duration = Duration::from_hours(1);

async fn start<S: Store>(stage: &Stage<'_, S>, worker: &str, lease: Duration) -> Option<Run> {
    let (store, account) = (stage.store, &stage.account);
    let run = store.start_run(account, &stage.backup.id, worker, lease);
    run.await.unwrap()
}

async fn beat<S: Store>(stage: &Stage<'_, S>, run: &Run) -> bool {
    stage.store.beat(&stage.account, run, LONG).await.unwrap()
}

async fn finish<S: Store>(stage: &Stage<'_, S>, run: &Run) {
    stage.store.finish_run(&stage.account, run).await.unwrap();
}

/// While somebody holds a Backup nobody else gets it; other Backups are free;
/// who finishes gives it back.
pub async fn one_run_at_a_time<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let run = start(&stage, "a", LONG).await.unwrap();
    assert_eq!(run.backup, stage.backup.id);
    assert_eq!(start(&stage, "b", LONG).await, None);
    assert!(start(&second, "b", LONG).await.is_some());
    assert!(beat(&stage, &run).await);
    finish(&stage, &run).await;
    assert!(start(&stage, "b", LONG).await.is_some());
}

/// Of many who ask at the same moment exactly one is given the Run, the first
/// time and after a lease ran out.
pub async fn of_many_who_want_a_run_one_gets_it<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    for round in 0..3 {
        let workers: Vec<String> = (0..8).map(|n| format!("{round}-{n}")).collect();
        let asking = workers.iter().map(|worker| start(&stage, worker, LONG));
        let given: Vec<Run> = join_all(asking).await.into_iter().flatten().collect();
        assert_eq!(given.len(), 1, "{given:?}");
        let zero = stage.store.beat(&stage.account, &given[0], Duration::ZERO);
        assert!(zero.await.unwrap());
    }
}

/// A holder whose lease ran out is replaced, and the attempt tells.
pub async fn a_lease_that_ran_out_is_taken_over<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let former = start(&stage, "a", Duration::ZERO).await.unwrap();
    let holder = start(&stage, "b", LONG).await.unwrap();
    assert!(holder.attempt > former.attempt);
    assert_eq!(start(&stage, "c", LONG).await, None);
}

/// Who was replaced learns so from a beat, and can neither lengthen nor end
/// the lease of their successor.
pub async fn a_fenced_holder_changes_nothing<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let former = start(&stage, "a", Duration::ZERO).await.unwrap();
    let holder = start(&stage, "b", LONG).await.unwrap();
    assert!(!beat(&stage, &former).await);
    finish(&stage, &former).await;
    assert_eq!(start(&stage, "c", LONG).await, None);
    assert!(beat(&stage, &holder).await);
}

/// A beat counts from now. A lease that ran out but was not taken over yet
/// can still be lengthened: nobody else's work is in danger.
pub async fn a_beat_lengthens_the_lease<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let run = start(&stage, "a", Duration::ZERO).await.unwrap();
    assert!(beat(&stage, &run).await);
    assert_eq!(start(&stage, "b", LONG).await, None);
}

/// An attempt names one holder for ever: also after a Run was finished, its
/// holder cannot be mistaken for a later one.
pub async fn no_attempt_is_ever_given_twice<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let mut last: Option<Run> = None;
    for worker in ["a", "b", "a"] {
        let run = start(&stage, worker, LONG).await.unwrap();
        if let Some(former) = &last {
            assert!(run.attempt > former.attempt);
            assert!(!beat(&stage, former).await);
            finish(&stage, former).await;
            assert_eq!(start(&stage, "z", LONG).await, None);
        }
        finish(&stage, &run).await;
        last = Some(run);
    }
}

async fn mark<S: Store>(stage: &Stage<'_, S>, lane: &Lane, data_type: DataType) -> Option<i64> {
    let (store, account) = (stage.store, &stage.account);
    let mark = store.mark(account, &stage.backup.id, lane, data_type);
    mark.await.unwrap()
}

async fn advance<S: Store>(stage: &Stage<'_, S>, lane: &Lane, data_type: DataType, to_ms: i64) {
    let (store, account) = (stage.store, &stage.account);
    let moved = store.advance_mark(account, &stage.backup.id, lane, data_type, to_ms);
    moved.await.unwrap();
}

/// A mark is where it was furthest.
pub async fn a_mark_never_moves_back<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (lane, data_type) = (Lane::AccountCalls, DataType::CallRecording);
    assert_eq!(mark(&stage, &lane, data_type).await, None);
    for (to_ms, stands) in [
        (T0, T0),
        (T0 + 2, T0 + 2),
        (T0 + 1, T0 + 2),
        (0, T0 + 2),
        (T0 + 3, T0 + 3),
    ] {
        advance(&stage, &lane, data_type, to_ms).await;
        assert_eq!(mark(&stage, &lane, data_type).await, Some(stands));
    }
}

/// A mark belongs to one Backup, one Lane and one data type.
pub async fn marks_are_kept_apart<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let lanes = [
        Lane::AccountCalls,
        Lane::ExtensionCalls(extension_id("101")),
        Lane::Messages(extension_id("101")),
        Lane::Messages(extension_id("102")),
    ];
    let all = || {
        let types = |lane| DataType::ALL.into_iter().map(move |it| (lane, it));
        lanes.iter().flat_map(types)
    };
    for (to_ms, (lane, data_type)) in (T0..).zip(all()) {
        advance(&stage, lane, data_type, to_ms).await;
    }
    for (to_ms, (lane, data_type)) in (T0..).zip(all()) {
        assert_eq!(mark(&stage, lane, data_type).await, Some(to_ms));
        assert_eq!(mark(&second, lane, data_type).await, None);
    }
}
