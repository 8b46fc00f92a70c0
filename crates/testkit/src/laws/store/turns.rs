//! Laws of whose turn it is: what is claimed, when, and in which order.
//!
//! What is due fell due before [`T0`], what is not will be in an hour by the
//! machine's clock, which the store's must show.

use std::time::Duration;

use domain::connection::{Backup, BackupId, Connection, Scope};
use domain::ports::{Claimed, Run, Store};
use domain::timetable::Timetable;
use domain::window::{DAY_MS, HOUR_MS, Window};
use futures::future::join_all;

use super::stage::Stage;
use crate::builders::{T0, extension_id};
use crate::clock::ManualClock;

const LONG: Duration = Duration::from_hours(1);

/// In an hour, milliseconds since 1970.
fn later() -> i64 {
    ManualClock::of_the_machine().now_ms() + HOUR_MS
}

async fn claim<S: Store>(store: &S) -> Option<Claimed> {
    store.claim_due("worker", LONG).await.unwrap()
}

/// The Backup that is claimed, by its id.
async fn claimed<S: Store>(store: &S) -> Option<BackupId> {
    claim(store).await.map(|it| it.run.backup)
}

async fn due_at<S: Store>(stage: &Stage<'_, S>, backup: &BackupId, due_ms: i64) {
    let timetable = Timetable {
        due_ms: Some(due_ms),
        ..Timetable::default()
    };
    replace(stage, backup, &timetable).await;
}

/// Whatever it was.
async fn replace<S: Store>(stage: &Stage<'_, S>, backup: &BackupId, timetable: &Timetable) {
    let (store, account) = (stage.store, &stage.account);
    let was = store.timetable(account, backup).await.unwrap();
    let changed = store.change_timetable(account, backup, &was, timetable);
    assert!(changed.await.unwrap());
}

async fn finish<S: Store>(stage: &Stage<'_, S>, run: &Run) {
    stage.store.finish_run(&stage.account, run).await.unwrap();
}

async fn hurry<S: Store>(stage: &Stage<'_, S>) {
    let hurried = stage.store.hurry(&stage.account, &stage.backup.id);
    hurried.await.unwrap();
}

async fn running<S: Store>(stage: &Stage<'_, S>) -> bool {
    let running = stage.store.is_running(&stage.account, &stage.backup.id);
    running.await.unwrap()
}

/// One more Backup of the same Connection, due since then.
async fn more<S: Store>(stage: &Stage<'_, S>, name: &str, due_ms: i64) -> BackupId {
    let backup = Backup {
        id: BackupId::new(format!("{}-{name}", stage.account)),
        scope: Scope::Extension(extension_id(name)),
        ..stage.backup.clone()
    };
    stage.store.keep_backup(&backup, T0).await.unwrap();
    due_at(stage, &backup.id, due_ms).await;
    backup.id
}

/// A Backup that never was planned is due; claimed, it is nobody else's.
pub async fn a_new_backup_is_due_and_claimed_once<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    assert!(!running(&stage).await);
    let claimed = claim(store).await.unwrap();
    assert_eq!(claimed.account, stage.account);
    assert_eq!(claimed.run.backup, stage.backup.id);
    assert!(running(&stage).await);
    assert_eq!(claim(store).await, None);
    let second = store.start_run(&stage.account, &stage.backup.id, "b", LONG);
    assert_eq!(second.await.unwrap(), None);
    let beat = store.beat(&stage.account, &claimed.run, LONG).await;
    assert!(beat.unwrap());
}

/// Of one company's Backups the one that fell due first comes first; what is
/// not due does not come.
pub async fn the_longest_due_comes_first<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    due_at(&stage, &stage.backup.id, later()).await;
    let second = more(&stage, "second", T0 - HOUR_MS).await;
    let first = more(&stage, "first", T0 - 2 * HOUR_MS).await;
    more(&stage, "never", later()).await;
    let mut order = Vec::new();
    while let Some(backup) = claimed(store).await {
        order.push(backup);
    }
    assert_eq!(order, [first, second]);
}

/// A turn lasts until its Run has ended; then the timetable says when the
/// next one comes.
pub async fn a_turn_ends_with_its_run<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    for _ in 0..2 {
        let run = claim(store).await.unwrap().run;
        due_at(&stage, &stage.backup.id, later()).await;
        assert!(running(&stage).await);
        finish(&stage, &run).await;
        assert!(!running(&stage).await);
        assert_eq!(claim(store).await, None);
        due_at(&stage, &stage.backup.id, T0 - 1).await;
    }
    // Ended without a plan it is due as before.
    let run = claim(store).await.unwrap().run;
    finish(&stage, &run).await;
    assert_eq!(claimed(store).await, Some(run.backup));
}

/// What is OFF, not connected or made by the command line is never claimed,
/// due or hurried; switched on, it is.
pub async fn only_what_is_on_and_connected_is_claimed<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let off = Backup {
        enabled: false,
        ..stage.backup.clone()
    };
    let ended = Connection {
        connected: false,
        ..stage.connection.clone()
    };
    let headless = Connection {
        headless: true,
        ..stage.connection.clone()
    };
    for (connection, backup) in [
        (&stage.connection, &off),
        (&ended, &stage.backup),
        (&headless, &stage.backup),
    ] {
        store.keep_connection(connection, T0).await.unwrap();
        store.keep_backup(backup, T0).await.unwrap();
        assert_eq!(claim(store).await, None);
        hurry(&stage).await;
        assert_eq!(claim(store).await, None);
    }
    let kept = store.keep_connection(&stage.connection, T0).await;
    kept.unwrap();
    let run = claim(store).await.unwrap().run;
    assert_eq!(run.backup, stage.backup.id);
    // Taken over into a Connection that has ended, it rests again.
    finish(&stage, &run).await;
    let other = Connection {
        id: domain::connection::ConnectionId::new("1-ended"),
        ..ended
    };
    store.keep_connection(&other, T0).await.unwrap();
    let taken = Backup {
        connection: other.id.clone(),
        ..stage.backup.clone()
    };
    store.keep_backup(&taken, T0).await.unwrap();
    assert_eq!(claim(store).await, None);
}

/// A disconnected Backup is not claimed, also when its Run ends only then.
pub async fn what_is_disconnected_is_not_claimed<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let run = claim(store).await.unwrap().run;
    let gone = store.disconnect(&stage.account, &stage.connection.id, T0);
    gone.await.unwrap();
    finish(&stage, &run).await;
    hurry(&stage).await;
    assert_eq!(claim(store).await, None);
}

/// A company with much to do does not keep others waiting: each is served
/// before any is served again.
pub async fn companies_take_turns<S: Store>(store: &S) {
    let busy = Stage::set(store, "1").await;
    for name in ["b", "c", "d"] {
        more(&busy, name, T0 - 9 * HOUR_MS).await;
    }
    for name in ["2", "3"] {
        let quiet = Stage::set(store, name).await;
        due_at(&quiet, &quiet.backup.id, T0 - HOUR_MS).await;
        more(&quiet, "e", T0 - HOUR_MS).await;
    }
    let mut order = Vec::new();
    while let Some(claimed) = claim(store).await {
        order.push(claimed.account.as_str().to_owned());
    }
    let sorted = |turns: &[String]| {
        let mut turns = turns.to_vec();
        turns.sort();
        turns
    };
    assert_eq!(order.len(), 8, "{order:?}");
    assert_eq!(sorted(&order[..3]), ["1", "2", "3"], "{order:?}");
    assert_eq!(sorted(&order[3..6]), ["1", "2", "3"], "{order:?}");
    assert_eq!(order[6..], ["1", "1"]);
}

/// Of many who ask at the same moment each is given another Backup, and
/// nothing that is due is left.
pub async fn many_who_claim_at_once_share_the_work<S: Store>(store: &S) {
    let one = Stage::set(store, "1").await;
    let two = Stage::set(store, "2").await;
    let mut due = vec![one.backup.id.clone(), two.backup.id.clone()];
    for name in ["b", "c", "d"] {
        due.push(more(&one, name, T0 - HOUR_MS).await);
        due.push(more(&two, name, T0 - HOUR_MS).await);
    }
    let asking = (0..12).map(|_| claimed(store));
    let given = join_all(asking).await.into_iter().flatten();
    let mut given: Vec<BackupId> = given.collect();
    given.sort();
    due.sort();
    assert_eq!(given, due);
}

/// Hurried, a Backup is due at once, and once.
pub async fn a_hurry_is_used_up_by_a_claim<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let due_ms = later();
    due_at(&stage, &stage.backup.id, due_ms).await;
    assert_eq!(claim(store).await, None);
    hurry(&stage).await;
    let claimed = claim(store).await.unwrap();
    assert!(claimed.hurried);
    let run = claimed.run;
    assert_eq!(run.backup, stage.backup.id);
    let timetable = store.timetable(&stage.account, &run.backup).await;
    assert_eq!(timetable.unwrap().due_ms, Some(due_ms));
    finish(&stage, &run).await;
    assert_eq!(claim(store).await, None);
}

/// What was planned for a time years ahead was planned under a wrong clock: it
/// is due. Nobody wished for it.
pub async fn a_plan_for_years_ahead_holds_nobody_up<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    more(&stage, "planned well", later()).await;
    for years in [1, 10, 100] {
        let far = later() + years * 365 * DAY_MS;
        due_at(&stage, &stage.backup.id, far).await;
        let claimed = claim(store).await.unwrap();
        assert_eq!(claimed.run.backup, stage.backup.id);
        assert!(!claimed.hurried);
        due_at(&stage, &stage.backup.id, later()).await;
        finish(&stage, &claimed.run).await;
        assert_eq!(claim(store).await, None);
    }
}

/// Hurried while a Run is at work, a Backup is due again after it, whatever
/// that Run has planned.
pub async fn a_hurry_during_a_run_is_not_lost<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let run = claim(store).await.unwrap().run;
    hurry(&stage).await;
    assert_eq!(claim(store).await, None);
    due_at(&stage, &run.backup, later()).await;
    finish(&stage, &run).await;
    let second = claim(store).await.unwrap().run;
    assert_eq!(second.backup, run.backup);
    finish(&stage, &second).await;
    assert_eq!(claim(store).await, None);
}

/// What a lost worker had claimed is claimed again when its lease has run
/// out, hurried Backups too; the lost one is fenced.
pub async fn what_a_lost_worker_held_is_claimed_again<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    due_at(&stage, &stage.backup.id, later()).await;
    hurry(&stage).await;
    let lost = store.claim_due("lost", Duration::ZERO).await.unwrap();
    let lost = lost.unwrap().run;
    let heir = claim(store).await.unwrap().run;
    assert_eq!(heir.backup, lost.backup);
    assert!(heir.attempt > lost.attempt);
    let beat = store.beat(&stage.account, &lost, LONG).await;
    assert!(!beat.unwrap());
    finish(&stage, &lost).await;
    assert!(running(&stage).await);
    assert_eq!(claim(store).await, None);
    finish(&stage, &heir).await;
    assert_eq!(claim(store).await, None);
}

/// A Run that the command line took is in the way of a claim only until it
/// ends.
pub async fn a_run_that_was_started_is_not_claimed<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    let run = store.start_run(account, backup, "hand", LONG).await;
    let run = run.unwrap().unwrap();
    assert_eq!(claim(store).await, None);
    finish(&stage, &run).await;
    assert_eq!(claimed(store).await, Some(stage.backup.id.clone()));
}

/// A machine whose clock is behind the database's, or ahead of it, plans no
/// turn too soon or too late.
pub async fn a_turn_is_as_far_off_as_by_its_planners_clock<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let now_ms = later() - HOUR_MS;
    let half = HOUR_MS / 2;
    for (ran_ms, wait_ms, is_due) in [
        (now_ms - DAY_MS, 0, true),
        (now_ms + half, 0, true),
        (now_ms - DAY_MS, half, false),
    ] {
        let run = claim(store).await.unwrap().run;
        let timetable = Timetable {
            due_ms: Some(ran_ms + wait_ms),
            ran_ms: Some(ran_ms),
            ..Timetable::default()
        };
        replace(&stage, &stage.backup.id, &timetable).await;
        finish(&stage, &run).await;
        let claimed = claim(store).await;
        assert_eq!(claimed.is_some(), is_due, "{ran_ms} {wait_ms}");
        if let Some(claimed) = claimed {
            finish(&stage, &claimed.run).await;
        }
    }
}

/// A timetable is empty before the first time, comes back as it was kept,
/// and is replaced as a whole.
pub async fn a_timetable_comes_back_as_it_was_kept<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    let all = Timetable {
        since_ms: Some(T0),
        rows_ms: Some(T0 + 1),
        hourly_ms: Some(T0 + 2),
        daily_ms: Some(T0 + 3),
        weekly_ms: Some(-4),
        history: Window::from_ms(T0 - HOUR_MS, T0),
        patchy: true,
        floor_ms: Some(T0 - 5),
        due_ms: Some(i64::MAX),
        ran_ms: Some(0),
        well_ms: Some(-1),
    };
    let some = Timetable {
        rows_ms: Some(T0),
        ..Timetable::default()
    };
    let read = async || store.timetable(account, backup).await.unwrap();
    assert_eq!(read().await, Timetable::default());
    for timetable in [all, some, all, Timetable::default()] {
        replace(&stage, backup, &timetable).await;
        assert_eq!(read().await, timetable);
    }
    let second = more(&stage, "second", T0).await;
    assert_eq!(read().await, Timetable::default());
    let other = store.timetable(account, &second).await.unwrap();
    assert_eq!(other.due_ms, Some(T0));
}

/// Who does not know what it has become changes nothing: not by any of its
/// fields.
pub async fn a_timetable_is_changed_only_by_who_knows_it<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    let is = Timetable {
        since_ms: Some(T0),
        due_ms: Some(T0),
        ..Timetable::default()
    };
    replace(&stage, backup, &is).await;
    let wrong = Some(T0 + 1);
    let history = Window::from_ms(T0, T0 + 1);
    for was in [
        Timetable::default(),
        Timetable {
            since_ms: wrong,
            ..is
        },
        Timetable {
            since_ms: None,
            ..is
        },
        Timetable {
            rows_ms: wrong,
            ..is
        },
        Timetable {
            hourly_ms: wrong,
            ..is
        },
        Timetable {
            daily_ms: wrong,
            ..is
        },
        Timetable {
            weekly_ms: wrong,
            ..is
        },
        Timetable { history, ..is },
        Timetable { patchy: true, ..is },
        Timetable {
            floor_ms: wrong,
            ..is
        },
        Timetable { due_ms: None, ..is },
        Timetable {
            ran_ms: wrong,
            ..is
        },
    ] {
        let other = Timetable::default();
        let changed = store.change_timetable(account, backup, &was, &other);
        assert!(!changed.await.unwrap(), "{was:?}");
        assert_eq!(store.timetable(account, backup).await.unwrap(), is);
    }
    let nobody = BackupId::new("nobody");
    let was = Timetable::default();
    let changed = store.change_timetable(account, &nobody, &was, &is);
    assert!(!changed.await.unwrap());
}

/// Of many who change it at the same moment each is heard, if they look again.
pub async fn of_many_who_change_a_timetable_each_is_heard<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    let count = async || loop {
        let was = store.timetable(account, backup).await.unwrap();
        let more = Timetable {
            rows_ms: Some(was.rows_ms.unwrap_or(0) + 1),
            ..was
        };
        let changed = store.change_timetable(account, backup, &was, &more);
        if changed.await.unwrap() {
            return;
        }
    };
    join_all((0..8).map(|_| count())).await;
    let is = store.timetable(account, backup).await.unwrap();
    assert_eq!(is.rows_ms, Some(8));
}
