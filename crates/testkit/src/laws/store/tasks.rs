//! Laws of `Tasks`: the rows of the LOG page.

use domain::connection::{Backup, Connection};
use domain::data_type::DataType;
use domain::ledger::{Outcome, Pending};
use domain::ports::{LogAsk, Store, Turn};
use domain::task::{Listing, Task};
use domain::timetable::Timetable;
use domain::window::{DAY_MS, HOUR_MS, Window};

use super::stage::{Stage, always};
use crate::builders::{T0, failed, fax, hours, ready, recording};

async fn rows<S: Store>(stage: &Stage<'_, S>, window: Window) -> Vec<Task> {
    let rows = stage.store.tasks(&stage.account, &stage.backup.id, window);
    rows.await.unwrap()
}

async fn open<S: Store>(stage: &Stage<'_, S>, windows: &[Window]) {
    let (store, account) = (stage.store, &stage.account);
    let opened = store.open_tasks(account, &stage.backup.id, windows).await;
    opened.unwrap();
}

async fn tell<S: Store>(stage: &Stage<'_, S>, window: Window, listing: Listing) {
    let (store, account) = (stage.store, &stage.account);
    let told = store.set_listing(account, &stage.backup, window, listing);
    told.await.unwrap();
}

fn listings(rows: &[Task]) -> Vec<(Window, Listing)> {
    rows.iter().map(|it| (it.window, it.listed)).collect()
}

/// A window has one row per Backup; opening it again leaves the row as it is.
pub async fn a_task_is_opened_once<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    open(&stage, &[]).await;
    open(&stage, &[hours(0, 1), hours(1, 2), hours(0, 1)]).await;
    tell(&stage, hours(0, 1), Listing::Done).await;
    open(&stage, &[hours(0, 1), hours(2, 3)]).await;
    let expected = [
        (hours(2, 3), Listing::Due),
        (hours(1, 2), Listing::Due),
        (hours(0, 1), Listing::Done),
    ];
    assert_eq!(listings(&rows(&stage, always()).await), expected);
    assert_eq!(rows(&second, always()).await, []);
}

/// Rows that overlap the window, newest first; touching is not overlapping.
pub async fn tasks_come_newest_first_where_they_overlap<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let day = hours(-24, 0);
    open(&stage, &[hours(1, 2), day, hours(2, 3), hours(0, 1)]).await;
    let windows = |rows: Vec<Task>| rows.into_iter().map(|it| it.window).collect::<Vec<_>>();
    let some = windows(rows(&stage, hours(1, 2)).await);
    assert_eq!(some, [hours(1, 2)]);
    let inside_the_day = windows(rows(&stage, hours(-3, -2)).await);
    assert_eq!(inside_the_day, [day]);
    let most = Window::from_ms(T0 - 1, T0 + 2 * HOUR_MS).unwrap();
    let most = windows(rows(&stage, most).await);
    assert_eq!(most, [hours(1, 2), hours(0, 1), day]);
}

/// Every state of a listing is kept, for the Tasks that lie in the window
/// with both ends; one that only overlaps it was not listed whole.
pub async fn a_listing_is_told_of_the_tasks_inside_its_window<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    open(&stage, &[hours(0, 1), hours(1, 2), hours(2, 3)]).await;
    let told = Window::from_ms(T0 - HOUR_MS, T0 + 2 * HOUR_MS + HOUR_MS / 2).unwrap();
    for listing in [
        Listing::Running,
        Listing::Failed,
        Listing::Due,
        Listing::Done,
    ] {
        tell(&stage, told, listing).await;
        let expected = [
            (hours(2, 3), Listing::Due),
            (hours(1, 2), listing),
            (hours(0, 1), listing),
        ];
        assert_eq!(listings(&rows(&stage, always()).await), expected);
    }
}

/// An hour that was wholly listed once is not unlisted by looking again, nor
/// by failing to.
pub async fn what_was_listed_stays_listed<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    open(&stage, &[hours(0, 1), hours(1, 2)]).await;
    tell(&stage, hours(0, 1), Listing::Done).await;
    for listing in [
        Listing::Running,
        Listing::Failed,
        Listing::Due,
        Listing::Done,
    ] {
        tell(&stage, hours(0, 2), listing).await;
        let expected = [(hours(1, 2), listing), (hours(0, 1), Listing::Done)];
        assert_eq!(listings(&rows(&stage, always()).await), expected);
    }
}

/// A row that is to be listed again is due, whatever it was: also one that
/// only overlaps, and none besides.
pub async fn what_is_to_be_listed_again_is_due<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let all = [hours(-24, 0), hours(0, 1), hours(1, 2), hours(2, 3)];
    for stage in [&stage, &second] {
        open(stage, &all).await;
        tell(stage, always(), Listing::Done).await;
    }
    let relist = async |window| {
        let (account, backup) = (&stage.account, &stage.backup.id);
        store.relist(account, backup, window).await.unwrap();
        let rows = rows(&stage, always()).await;
        let listed = rows.iter().rev().map(|it| it.listed == Listing::Done);
        listed.collect::<Vec<_>>()
    };
    let far = Window::from_ms(T0 + HOUR_MS, Window::EVER.end_ms()).unwrap();
    assert_eq!(relist(far).await, [true, true, false, false]);
    assert_eq!(relist(hours(-2, -1)).await, [false, true, false, false]);
    assert_eq!(relist(hours(3, 9)).await, [false, true, false, false]);
    let untouched = rows(&second, always()).await;
    assert!(untouched.iter().all(|it| it.listed == Listing::Done));
}

/// A row that ends after the newest hour that was listed is not done.
pub async fn no_row_is_done_before_its_hour_was_reached<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    open(&stage, &[hours(0, 1), hours(1, 2)]).await;
    tell(&stage, always(), Listing::Done).await;
    for (reached, listed) in [
        (None, [Listing::Done, Listing::Done]),
        (Some(1), [Listing::Due, Listing::Done]),
        (Some(0), [Listing::Due, Listing::Due]),
        (Some(2), [Listing::Done, Listing::Done]),
    ] {
        let was = store.timetable(account, backup).await.unwrap();
        let now = Timetable {
            hourly_ms: reached.map(|n| T0 + n * HOUR_MS),
            ..was
        };
        let changed = store.change_timetable(account, backup, &was, &now).await;
        assert!(changed.unwrap() || was == now);
        let rows = rows(&stage, always()).await;
        assert_eq!([rows[0].listed, rows[1].listed], listed, "{reached:?}");
        let ask = LogAsk {
            window: always(),
            telling: false,
            turn: Turn::Newest,
            limit: 9,
        };
        let page = store.log(account, backup, &ask).await.unwrap();
        assert_eq!(page.rows, rows);
    }
}

/// What was listed while a Backup had other types was not wholly listed.
pub async fn only_who_lists_all_types_is_done<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let less = Backup {
        types: [DataType::Fax].into(),
        ..stage.backup.clone()
    };
    open(&stage, &[hours(0, 1)]).await;
    for listing in [Listing::Running, Listing::Done] {
        let told = store.set_listing(&stage.account, &less, always(), listing);
        told.await.unwrap();
        let expected = [(hours(0, 1), Listing::Running)];
        assert_eq!(listings(&rows(&stage, always()).await), expected);
    }
}

/// A type that is ticked later was never listed for the rows that are there:
/// those that the provider may still list are due, if anybody wants them.
pub async fn a_new_type_makes_rows_due<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let less = Backup {
        types: [DataType::Fax].into(),
        ..stage.backup.clone()
    };
    let old = Window::from_ms(T0 - 200 * DAY_MS, T0 - 199 * DAY_MS).unwrap();
    let day = hours(-48, -24);
    let all = [old, day, hours(0, 1)];
    open(&stage, &all).await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    let after = async |floor_ms| {
        store.keep_backup(&less, T0).await.unwrap();
        let told = store.set_listing(account, &less, always(), Listing::Done);
        told.await.unwrap();
        let was = store.timetable(account, backup).await.unwrap();
        let floor = Timetable {
            floor_ms,
            ..Timetable::default()
        };
        let changed = store.change_timetable(account, backup, &was, &floor).await;
        assert!(changed.unwrap());
        // The same types, or fewer, change nothing.
        store.keep_backup(&less, T0).await.unwrap();
        let before = rows(&stage, always()).await;
        assert!(before.iter().all(|it| it.listed == Listing::Done));
        store.keep_backup(&stage.backup, T0).await.unwrap();
        let rows = rows(&stage, always()).await;
        let listed = rows.iter().rev().map(|it| it.listed == Listing::Done);
        listed.collect::<Vec<_>>()
    };
    assert_eq!(after(None).await, [true, false, false]);
    assert_eq!(after(Some(T0)).await, [true, true, false]);
    let by_hand = Connection {
        headless: true,
        ..stage.connection.clone()
    };
    store.keep_connection(&by_hand, T0).await.unwrap();
    assert_eq!(after(None).await, [true, true, true]);
}

/// A row's counts are the Ledger's for its window, late items included.
pub async fn a_task_counts_what_the_ledger_counts<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    open(&stage, &[hours(0, 1), hours(1, 2)]).await;
    let on_time = recording("1", T0 + 5);
    let border = recording("2", T0 + HOUR_MS);
    stage.note_ready(&[on_time.clone(), border]).await;
    stage.archive(&on_time, b"sound", T0 + 10).await;
    let late = fax("3", T0 + 6);
    stage.note(&[ready(&late)], T0 + 9 * HOUR_MS).await;
    for mut row in rows(&stage, always()).await {
        row.counts.retain(|_, count| count.listed() > 0);
        assert_eq!(row.counts, stage.counts_in(row.window).await);
        let units = if row.window == hours(0, 1) { 2 } else { 1 };
        assert_eq!(row.total().listed(), units, "in {}", row.window);
    }
    let first = &rows(&stage, hours(0, 1)).await[0];
    assert_eq!(first.counts[&DataType::CallRecording].archived, 1);
    assert_eq!(first.counts[&DataType::Fax].pending, 1);
}

/// Work on a row is the tries of its items, failed ones too; being listed is
/// none.
pub async fn a_task_tells_its_first_and_last_work<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    open(&stage, &[hours(0, 1), hours(1, 2), hours(2, 3)]).await;
    let (a, b, c) = (
        recording("1", T0),
        recording("2", T0 + 1),
        recording("3", T0 + HOUR_MS),
    );
    stage.note_ready(&[a.clone(), b.clone(), c.clone()]).await;
    let span = |row: &Task| (row.started_ms, row.ended_ms);
    let before = rows(&stage, always()).await;
    assert!(before.iter().all(|row| span(row) == (None, None)));

    let later = failed(Pending::Failed, T0 + 200);
    stage.settle(&a, later, T0 + 100).await;
    stage.archive(&b, b"b", T0 + 150).await;
    stage.archive(&a, b"a", T0 + 300).await;
    let gone = Outcome::Missing {
        cause: "gone".to_owned(),
    };
    stage.settle(&c, gone, T0 + 400).await;
    let after = rows(&stage, always()).await;
    let spans: Vec<_> = after.iter().map(span).collect();
    let expected = [
        (None, None),
        (Some(T0 + 400), Some(T0 + 400)),
        (Some(T0 + 100), Some(T0 + 300)),
    ];
    assert_eq!(spans, expected);
}
