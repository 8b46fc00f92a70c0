//! Laws of tenancy: one company neither sees nor touches another, even with
//! the other's ids in hand.

use std::time::Duration;

use domain::Kind;
use domain::connection::{Backup, Connection, DestinationRecord};
use domain::data_type::DataType;
use domain::grant::{Grant, Provider};
use domain::lane::Lane;
use domain::ledger::Pending;
use domain::ports::{Became, LogAsk, Retry, Run, SavedFilter, Store, Turn, Walked};
use domain::search::{Found, Query};
use domain::task::Listing;
use domain::timetable::Timetable;
use domain::window::Window;

use super::stage::{Stage, always, shelf};
use crate::builders::{
    T0, archived, event, extension_id, failed, grant, hours, noted, ready, recording, sms,
};

const LANE: Lane = Lane::AccountCalls;
const TYPE: DataType = DataType::CallRecording;
const LONG: Duration = Duration::from_hours(1);

/// Fills every book of a company: an archived and a pending item, a row, a
/// mark, a folder, an Event, both grants and a Run.
async fn fill<S: Store>(stage: &Stage<'_, S>) -> Run {
    let (store, account, backup) = (stage.store, &stage.account, &stage.backup.id);
    let (done, waiting) = (recording("done", T0), recording("waiting", T0 + 1));
    stage.note_ready(&[done.clone(), waiting.clone()]).await;
    stage.archive(&done, b"sound", T0).await;
    let wait = failed(Pending::Failed, T0 + 5);
    stage.settle(&waiting, wait, T0).await;
    let row = [hours(0, 1)];
    store.open_tasks(account, backup, &row).await.unwrap();
    let mark = store.advance_mark(account, backup, &LANE, TYPE, T0);
    mark.await.unwrap();
    let whose = extension_id("101");
    let folder = store.folder(account, &stage.destination.id, Some(&whose), "Ada");
    folder.await.unwrap();
    let events = [event("something", T0)];
    store.write(account, backup, &events).await.unwrap();
    let grant = grant("a", T0);
    for end in [Provider::Source, Provider::Destination] {
        let kept = store.keep_grant(account, &stage.connection.id, end, &grant);
        kept.await.unwrap();
    }
    let timetable = Timetable {
        due_ms: Some(T0),
        ..Timetable::default()
    };
    let was = store.timetable(account, backup).await.unwrap();
    let kept = store.change_timetable(account, backup, &was, &timetable);
    assert!(kept.await.unwrap());
    let line = Walked {
        lane: LANE.key(),
        window: hours(0, 1),
        types: [TYPE].into(),
        became: Became::Listed,
    };
    let walked = store.keep_walked(account, backup, &[line]).await;
    walked.unwrap();
    let filter = SavedFilter {
        name: "mine".to_owned(),
        query: "q=sound".to_owned(),
    };
    let kept = store
        .keep_filter(account, &extension_id("101"), &filter)
        .await;
    assert!(kept.unwrap());
    let run = store.start_run(account, backup, "worker", LONG).await;
    run.unwrap().unwrap()
}

/// The newest page of everything.
const PAGE: LogAsk = LogAsk {
    window: Window::EVER,
    telling: true,
    turn: Turn::Newest,
    limit: 99,
};

/// All that a company can read of a Backup, as text, so that two readings can
/// be compared.
async fn reading<S: Store>(stage: &Stage<'_, S>) -> String {
    let (store, account, backup) = (stage.store, &stage.account, &stage.backup.id);
    let mut connections = store.connections(account).await.unwrap();
    connections.sort_by(|a, b| a.id.cmp(&b.id));
    let mut backups = store.backups(account).await.unwrap();
    backups.sort_by(|a, b| a.id.cmp(&b.id));
    let mut people = store.extensions(account).await.unwrap();
    people.sort_by(|a, b| a.id.cmp(&b.id));
    let tasks = store.tasks(account, backup, always()).await.unwrap();
    let mark = store.mark(account, backup, &LANE, TYPE).await.unwrap();
    let events = store.events(account, backup, always(), 99).await.unwrap();
    let mut grants: Vec<Option<Grant>> = Vec::new();
    for end in [Provider::Source, Provider::Destination] {
        let grant = store.grant(account, &stage.connection.id, end).await;
        grants.push(grant.unwrap());
    }
    let owners: Vec<_> = grants.iter().flatten().map(|it| &it.owner).collect();
    let connection = store.connection(account, &stage.connection.id).await;
    let page = store.log(account, backup, &PAGE).await.unwrap();
    let lines = store.entries(account, &stage.backup, always(), None, 99);
    let pages = (
        connection.unwrap(),
        page,
        lines.await.unwrap(),
        store.timetable(account, backup).await.unwrap(),
        store.is_running(account, backup).await.unwrap(),
        store.walked(account, backup).await.unwrap(),
        store.backup(account, backup).await.unwrap(),
        store
            .find(account, &stage.backup, &Query::default(), None, 99)
            .await
            .unwrap(),
        store.filters(account, &extension_id("101")).await.unwrap(),
    );
    let ledger = (
        stage.work(T0 + 9).await,
        stage.next_due().await,
        stage.counts().await,
        stage.open().await,
        stage.shelved().await,
    );
    format!(
        "{connections:#?} {backups:#?} {people:#?} {tasks:#?} {mark:?} {events:#?} {owners:?} {ledger:#?} {pages:#?}"
    )
}

/// Somebody of `from`, asking about the Backup of `to`.
fn trespasser<'a, S>(from: &Stage<'a, S>, to: &Stage<'a, S>) -> Stage<'a, S> {
    Stage {
        store: from.store,
        account: from.account.clone(),
        destination: to.destination.clone(),
        connection: to.connection.clone(),
        backup: to.backup.clone(),
    }
}

/// With every id of another company in hand, every question is answered with
/// nothing.
pub async fn nothing_is_shown_to_another_account<S: Store>(store: &S) {
    let (victim, other) = (Stage::set(store, "1").await, Stage::set(store, "2").await);
    fill(&victim).await;
    let spy = trespasser(&other, &victim);
    let (account, backup) = (&spy.account, &spy.backup.id);
    assert_eq!(
        store.connections(account).await.unwrap(),
        [other.connection]
    );
    assert_eq!(store.backups(account).await.unwrap(), [other.backup]);
    let rows = store.tasks(account, backup, always()).await;
    assert_eq!(rows.unwrap(), []);
    let mark = store.mark(account, backup, &LANE, TYPE).await;
    assert_eq!(mark.unwrap(), None);
    assert_eq!(store.walked(account, backup).await.unwrap(), []);
    assert_eq!(store.backup(account, backup).await.unwrap(), None);
    let events = store.events(account, backup, always(), 99).await;
    assert_eq!(events.unwrap(), []);
    for end in [Provider::Source, Provider::Destination] {
        let grant = store.grant(account, &spy.connection.id, end).await;
        assert_eq!(grant.unwrap(), None);
    }
    assert_eq!(spy.work(T0 + 9).await, []);
    assert_eq!(spy.next_due().await, None);
    assert_eq!(spy.open().await, []);
    assert_eq!(spy.shelved().await, []);
    assert!(spy.counts().await.is_empty());
    let connection = store.connection(account, &spy.connection.id).await;
    assert_eq!(connection.unwrap(), None);
    let page = store.log(account, backup, &PAGE).await.unwrap();
    assert_eq!(page.rows, []);
    let lines = store.entries(account, &spy.backup, always(), None, 99);
    assert_eq!(lines.await.unwrap(), []);
    let everything = Query::default();
    let found = store.find(account, &spy.backup, &everything, None, 99);
    assert_eq!(found.await.unwrap(), Found::default());
    let filters = store.filters(account, &extension_id("101")).await;
    assert_eq!(filters.unwrap(), []);
    let timetable = store.timetable(account, backup).await.unwrap();
    assert_eq!(timetable, Timetable::default());
    assert!(!store.is_running(account, backup).await.unwrap());
}

/// With every id of another company in hand, every change is refused or does
/// nothing to that company.
pub async fn nothing_is_changed_by_another_account<S: Store>(store: &S) {
    let (victim, other) = (Stage::set(store, "1").await, Stage::set(store, "2").await);
    let run = fill(&victim).await;
    let before = reading(&victim).await;
    let spy = trespasser(&other, &victim);
    change_choices(&spy).await;
    change_work(&spy, &run).await;
    change_ledger(&spy).await;
    assert_eq!(reading(&victim).await, before);

    let (account, backup) = (&victim.account, &victim.backup.id);
    assert!(store.beat(account, &run, LONG).await.unwrap());
    let second = store.start_run(account, backup, "second", LONG).await;
    assert_eq!(second.unwrap(), None);
    let (whose, place) = (extension_id("101"), &victim.destination.id);
    let folder = store.folder(account, place, Some(&whose), "Eve").await;
    assert_eq!(folder.unwrap(), "Ada");
    let kept = store.grant(account, &victim.connection.id, Provider::Source);
    assert_eq!(kept.await.unwrap(), Some(grant("a", T0)));
}

async fn change_choices<S: Store>(spy: &Stage<'_, S>) {
    let (store, account) = (spy.store, &spy.account);
    let dropped = store
        .drop_filter(account, &extension_id("101"), "mine")
        .await;
    assert!(!dropped.unwrap());
    let stolen = DestinationRecord {
        account: account.clone(),
        ..spy.destination.clone()
    };
    let refused = store.keep_destination(&stolen).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Config);
    let connection = Connection {
        account: account.clone(),
        headless: true,
        ..spy.connection.clone()
    };
    let _ = store.keep_connection(&connection, T0).await;
    let backup = Backup {
        account: account.clone(),
        enabled: false,
        ..spy.backup.clone()
    };
    let _ = store.keep_backup(&backup, T0).await;
    let whose = extension_id("101");
    let _ = store
        .folder(account, &spy.destination.id, Some(&whose), "Eve")
        .await;
    for end in [Provider::Source, Provider::Destination] {
        let _ = store
            .keep_grant(account, &spy.connection.id, end, &grant("eve", T0))
            .await;
    }
    let _ = store.erase_grants(account, &spy.connection.id).await;
    let _ = store
        .set_trouble(account, &spy.connection.id, Provider::Source, Some("eve"))
        .await;
    let taken = store.disconnect(account, &spy.connection.id, T0).await;
    assert_eq!(taken.unwrap_or_default(), (None, None));
}

async fn change_work<S: Store>(spy: &Stage<'_, S>, run: &Run) {
    let (store, account, backup) = (spy.store, &spy.account, &spy.backup.id);
    let _ = store.open_tasks(account, backup, &[hours(5, 6)]).await;
    let _ = store
        .set_listing(account, &spy.backup, always(), Listing::Failed)
        .await;
    let _ = store
        .advance_mark(account, backup, &LANE, TYPE, T0 + 99)
        .await;
    assert!(
        !store
            .beat(account, run, Duration::ZERO)
            .await
            .unwrap_or(false)
    );
    let _ = store.finish_run(account, run).await;
    let _ = store
        .start_run(account, backup, "eve", Duration::ZERO)
        .await;
    let _ = store.write(account, backup, &[event("eve", T0)]).await;
    let _ = store.hurry(account, backup).await;
    let never = Timetable {
        due_ms: Some(i64::MAX),
        ..Timetable::default()
    };
    for was in [
        Timetable::default(),
        Timetable {
            due_ms: Some(T0),
            ..Timetable::default()
        },
    ] {
        let _ = store.change_timetable(account, backup, &was, &never).await;
    }
    let _ = store.relist(account, backup, always()).await;
    let _ = store.forget_walked(account, backup).await;
}

async fn change_ledger<S: Store>(spy: &Stage<'_, S>) {
    let (store, account) = (spy.store, &spy.account);
    let waiting = recording("waiting", T0 + 1);
    for what in [Retry::One(waiting.id.key()), Retry::Window(always())] {
        let retried = store.retry(account, &spy.backup, &what, T0).await;
        assert_eq!(retried.unwrap_or(0), 0);
    }
    let mut renamed = recording("done", T0);
    renamed.facts.text = Some("eve".to_owned());
    let page = [&waiting, &renamed, &sms("new", T0)].map(|it| noted(ready(it)));
    let _ = store.note(account, &spy.backup, &page, &[], T0).await;
    let outcome = archived(&shelf(&waiting.id), b"eve");
    let _ = store
        .settle(
            account,
            &spy.destination.id,
            &[(waiting.id.clone(), outcome)],
            T0,
        )
        .await;
}

/// Providers number each company's items by themselves: equal ids are
/// different items.
pub async fn the_same_item_in_two_accounts_is_two<S: Store>(store: &S) {
    let (one, two) = (Stage::set(store, "1").await, Stage::set(store, "2").await);
    let item = recording("1", T0);
    assert_eq!(one.note_ready(std::slice::from_ref(&item)).await, 1);
    assert_eq!(two.note_ready(std::slice::from_ref(&item)).await, 1);
    one.archive(&item, b"sound", T0).await;
    assert_eq!(one.total().await.archived, 1);
    assert_eq!(two.total().await.pending, 1);
    assert_eq!(two.due(T0).await, [item.id]);
}
