//! Laws of the LOG: its pages join to the whole of it, whichever way one
//! turns them, and what is inside a row.

use domain::item::{Item, Standing};
use domain::ledger::{EntryState, Pending};
use domain::ports::{EntryLine, LogAsk, Paged, Retry, Store, Turn};
use domain::task::{Listing, Task};
use domain::window::{DAY_MS, HOUR_MS, Window};

use super::stage::{Stage, always, shelf};
use crate::builders::{T0, archived, failed, fax, hours, item_id, ready, recording, sighting, sms};
use crate::dice;

async fn read<S: Store>(stage: &Stage<'_, S>, ask: LogAsk) -> Paged {
    let page = stage.store.log(&stage.account, &stage.backup.id, &ask);
    page.await.unwrap()
}

/// Every row that is asked for, by the plain reading of rows.
async fn whole<S: Store>(stage: &Stage<'_, S>, window: Window, telling: bool) -> Vec<Task> {
    let rows = stage.store.tasks(&stage.account, &stage.backup.id, window);
    let rows = rows.await.unwrap().into_iter();
    rows.filter(|it| window.contains_ms(it.window.start_ms()))
        .filter(|it| !telling || it.is_telling())
        .collect()
}

/// A log of a few weeks, drawn from a seed: rows of hours and of days, some
/// over others, some long ago; items in some and some beside all rows.
async fn fill<S: Store>(stage: &Stage<'_, S>, seed: u64) {
    let mut luck = seed;
    let mut draw = |below: u64| i64::try_from(dice::next(&mut luck) % below).unwrap();
    let (store, account, backup) = (stage.store, &stage.account, &stage.backup.id);
    let mut rows = Vec::new();
    for _ in 0..24 {
        let from = if draw(4) == 0 {
            -24 * draw(40)
        } else {
            draw(60)
        };
        let length = if draw(3) == 0 { 24 } else { 1 };
        rows.push(hours(from, from + length));
    }
    store.open_tasks(account, backup, &rows).await.unwrap();
    for &row in &rows {
        let listing = [
            Listing::Done,
            Listing::Done,
            Listing::Done,
            Listing::Due,
            Listing::Failed,
            Listing::Running,
        ][usize::try_from(draw(6)).unwrap()];
        let told = store
            .set_listing(account, &stage.backup, row, listing)
            .await;
        told.unwrap();
    }
    for n in 0..12 {
        let at_ms = T0 + draw(24 * 60) * HOUR_MS - 40 * DAY_MS + draw(3_600_000);
        let at_ms = if draw(2) == 0 {
            rows[usize::try_from(draw(24)).unwrap()].start_ms()
        } else {
            at_ms
        };
        let item = recording(&format!("{seed}-{n}"), at_ms);
        if draw(3) == 0 {
            let excluded = sighting(&item, Standing::Excluded("too short"));
            stage.note(&[excluded], T0).await;
            continue;
        }
        stage.note(&[ready(&item)], T0).await;
        if draw(2) == 0 {
            stage.archive(&item, b"sound", T0).await;
        }
    }
}

/// Turns the pages of a log until the end; every page says truly whether
/// there are more, either way.
async fn turned<S: Store>(stage: &Stage<'_, S>, ask: LogAsk, rows: &[Task]) {
    let mut read_so_far = 0;
    let mut turn = Turn::Newest;
    loop {
        let page = read(stage, LogAsk { turn, ..ask }).await;
        let end = read_so_far + page.rows.len();
        assert_eq!(page.rows, rows[read_so_far..end], "{ask:?}");
        assert_eq!(page.newer, read_so_far > 0, "{ask:?}");
        assert_eq!(page.older, end < rows.len(), "{ask:?}");
        read_so_far = end;
        match page.rows.last() {
            Some(last) if page.older => turn = Turn::Older(last.window),
            _ => break,
        }
    }
    assert_eq!(read_so_far, rows.len(), "{ask:?}");
    let Some(last) = rows.last() else {
        return;
    };
    // And back again, from the last row.
    let mut left = rows.len() - 1;
    turn = Turn::Newer(last.window);
    while left > 0 {
        let page = read(stage, LogAsk { turn, ..ask }).await;
        let start = left - page.rows.len();
        assert_eq!(page.rows, rows[start..left], "{ask:?}");
        assert_eq!((page.newer, page.older), (start > 0, true), "{ask:?}");
        left = start;
        turn = Turn::Newer(page.rows[0].window);
    }
    let end = read(stage, LogAsk { turn, ..ask }).await;
    assert_eq!((end.rows, end.newer, end.older), (vec![], false, true));
}

/// Page for page, SHOW LESS or SHOW MORE, all time or a period: every row
/// once, newest first, with the Ledger's counts.
pub async fn pages_join_to_the_whole_log<S: Store>(store: &S) {
    for seed in 1..=4 {
        let stage = Stage::set(store, &format!("{seed}")).await;
        fill(&stage, seed).await;
        for window in [always(), hours(3, 40), hours(-24 * 20, 30), hours(300, 301)] {
            for telling in [false, true] {
                let rows = whole(&stage, window, telling).await;
                for limit in [2, 100] {
                    let ask = LogAsk {
                        window,
                        telling,
                        turn: Turn::Newest,
                        limit,
                    };
                    turned(&stage, ask, &rows).await;
                }
            }
        }
    }
}

/// A page may begin anywhere, also where no row is, or none any more.
pub async fn a_page_begins_at_any_row_or_none<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let opened: Vec<Window> = hours(0, 6).hours().collect();
    let open = store.open_tasks(&stage.account, &stage.backup.id, &opened);
    open.await.unwrap();
    let rows = whole(&stage, always(), false).await;
    for telling in [false, true] {
        for (turn, at, newer, older) in [
            (Turn::Older(hours(2, 3)), 4..6, true, false),
            (Turn::Older(hours(90, 91)), 0..2, false, true),
            (Turn::Older(hours(-9, -8)), 6..6, true, false),
            (Turn::Older(hours(0, 1)), 6..6, true, false),
            (Turn::Newer(hours(2, 3)), 1..3, true, true),
            (Turn::Newer(hours(-9, -8)), 4..6, true, false),
            (Turn::Newer(hours(5, 6)), 0..0, false, true),
            (Turn::Newer(hours(90, 91)), 0..0, false, true),
        ] {
            let ask = LogAsk {
                window: always(),
                telling,
                turn,
                limit: 2,
            };
            let page = read(&stage, ask).await;
            assert_eq!(page.rows, rows[at], "{turn:?}");
            assert_eq!((page.newer, page.older), (newer, older), "{turn:?}");
        }
    }
}

/// What happens to an item changes what its row tells, at once.
pub async fn a_row_is_telling_by_the_ledger<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    store
        .open_tasks(account, backup, &[hours(0, 1)])
        .await
        .unwrap();
    let telling = async || {
        let ask = LogAsk {
            window: always(),
            telling: true,
            turn: Turn::Newest,
            limit: 9,
        };
        !read(&stage, ask).await.rows.is_empty()
    };
    assert!(telling().await, "it is not listed yet");
    let listed = store.set_listing(account, &stage.backup, hours(0, 1), Listing::Done);
    listed.await.unwrap();
    assert!(!telling().await, "nothing is in it");
    let item = recording("1", T0 + HOUR_MS - 1);
    let excluded = sighting(&item, Standing::Excluded("too short"));
    stage.note(&[excluded], T0).await;
    assert!(!telling().await, "a rule leaves it out");
    stage.note(&[ready(&item)], T0).await;
    assert!(telling().await, "something is pending");
    stage.archive(&item, b"sound", T0).await;
    assert!(telling().await, "something is archived");
}

async fn lines<S: Store>(
    stage: &Stage<'_, S>,
    window: Window,
    after: Option<(i64, &str)>,
    limit: u32,
) -> Vec<EntryLine> {
    let (store, account) = (stage.store, &stage.account);
    let lines = store.entries(account, &stage.backup, window, after, limit);
    lines.await.unwrap()
}

/// One archived, one failed, one missing, one excluded, one of another hour,
/// and one of another Backup.
async fn five<S: Store>(stage: &Stage<'_, S>) -> [Item; 5] {
    let items = [
        recording("done", T0 + 5),
        fax("late", T0 + 4),
        sms("lost", T0 + 4),
        recording("short", T0 + 9),
        recording("later", T0 + HOUR_MS),
    ];
    let [done, late, lost, short, later] = &items;
    stage
        .note_ready(&[done.clone(), late.clone(), lost.clone(), later.clone()])
        .await;
    let rule = Standing::Excluded("too short");
    stage.note(&[sighting(short, rule)], T0).await;
    stage.archive(done, b"sound", T0).await;
    stage
        .settle(late, failed(Pending::Failed, T0 + 60), T0)
        .await;
    let cause = "it is gone".to_owned();
    stage
        .settle(lost, domain::ledger::Outcome::Missing { cause }, T0)
        .await;
    items
}

/// A row opens to its Entries in the order of their time and key, each with
/// what is known of it.
pub async fn a_row_opens_to_its_entries<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let [done, late, lost, short, _] = five(&stage).await;
    let found = lines(&stage, hours(0, 1), None, 99).await;
    let mut expected = vec![(late.id.key(), T0 + 4), (lost.id.key(), T0 + 4)];
    expected.sort();
    expected.push((done.id.key(), T0 + 5));
    expected.push((short.id.key(), T0 + 9));
    let order: Vec<(String, i64)> = found.iter().map(|it| (it.item.clone(), it.at_ms)).collect();
    assert_eq!(order, expected);
    let of = |item: &Item| found.iter().find(|it| it.item == item.id.key()).unwrap();
    let told = |item: &Item| (of(item).state.clone(), of(item).cause.as_str());
    assert_eq!(told(&done), (EntryState::Archived, ""));
    let failed = EntryState::Pending(Pending::Failed);
    assert_eq!(told(&late), (failed, "it is failed"));
    assert_eq!(told(&lost), (EntryState::Missing, "it is gone"));
    assert_eq!(told(&short), (EntryState::Excluded, "too short"));
    assert_eq!(of(&done).path, Some(shelf(&done.id)));
    assert_eq!((of(&done).size, of(&done).next_try_ms), (Some(5), None));
    assert_eq!((&of(&late).path, of(&late).size), (&None, None));
    assert_eq!(of(&late).next_try_ms, Some(T0 + 60));
    assert_eq!(of(&late).data_type, late.id.data_type);
    assert_eq!(of(&late).extension, late.extension);

    let mut paged = Vec::new();
    while paged.len() < found.len() {
        let after = paged
            .last()
            .map(|it: &EntryLine| (it.at_ms, it.item.as_str()));
        let next = lines(&stage, hours(0, 1), after, 1).await;
        assert_eq!(next.len(), 1);
        paged.extend(next);
    }
    assert_eq!(paged, found);
    let end = paged.last().map(|it| (it.at_ms, it.item.as_str()));
    assert_eq!(lines(&stage, hours(0, 1), end, 1).await, []);
    let before = Some((T0 - HOUR_MS, "zzz"));
    assert_eq!(lines(&stage, hours(0, 1), before, 99).await, found);
}

/// Whose Backup it is not, does not see it.
pub async fn entries_are_those_of_the_backup<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let [_, late, ..] = five(&stage).await;
    assert_eq!(lines(&second, always(), None, 99).await, []);
    let retry = |what| {
        let (account, backup) = (&second.account, &second.backup);
        async move { store.retry(account, backup, &what, T0).await.unwrap() }
    };
    assert_eq!(retry(Retry::Window(always())).await, 0);
    assert_eq!(retry(Retry::One(late.id.key())).await, 0);
    assert_eq!(stage.due(T0).await.len(), 1);
}

/// What is pending or missing is new again and due at once; what is archived
/// or excluded stays, and so does the rest of the log.
pub async fn what_is_retried_is_due_at_once<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let [done, late, lost, short, later] = five(&stage).await;
    let retry = |what| {
        let (account, backup) = (&stage.account, &stage.backup);
        async move { store.retry(account, backup, &what, T0 + 9).await.unwrap() }
    };
    assert_eq!(stage.due(T0 + 9).await, std::slice::from_ref(&later.id));
    assert_eq!(retry(Retry::One(lost.id.key())).await, 1);
    assert_eq!(stage.due(T0 + 8).await, std::slice::from_ref(&later.id));
    assert_eq!(stage.due(T0 + 9).await, [lost.id.clone(), later.id.clone()]);
    for stays in [&done, &short] {
        assert_eq!(retry(Retry::One(stays.id.key())).await, 0);
    }
    for nothing in ["", "what?", "fax/none/1"] {
        assert_eq!(retry(Retry::One(nothing.to_owned())).await, 0);
    }
    let none = item_id(domain::data_type::DataType::Fax, "none", None);
    assert_eq!(retry(Retry::One(none.key())).await, 0);
    assert_eq!(retry(Retry::Window(hours(5, 6))).await, 0);

    stage
        .settle(&lost, failed(Pending::Throttled, T0 + 999), T0)
        .await;
    assert_eq!(retry(Retry::Window(hours(0, 1))).await, 2);
    let work = stage.work(T0 + 9).await;
    assert_eq!(work.len(), 3);
    for found in &work {
        assert_eq!(found.attempts, 0);
    }
    for line in lines(&stage, hours(0, 1), None, 99).await {
        let new = EntryState::Pending(Pending::New);
        let retried = [late.id.key(), lost.id.key()].contains(&line.item);
        assert_eq!(retried, line.state == new, "{line:?}");
        assert_eq!(retried, line.next_try_ms == Some(T0 + 9), "{line:?}");
        assert!(!retried || line.cause.is_empty(), "{line:?}");
    }
    // It goes on like any other.
    stage
        .settle(&lost, archived(&shelf(&lost.id), b"text"), T0 + 10)
        .await;
    assert_eq!(stage.shelved().await.len(), 2);
}

/// A fax on its way has nothing to fetch: retried, it would only fail.
pub async fn what_waits_for_a_sighting_is_not_retried<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let sent = fax("sent", T0);
    let on_its_way = Standing::NotYet("it is being sent");
    stage.note(&[sighting(&sent, on_its_way)], T0).await;
    for what in [Retry::One(sent.id.key()), Retry::Window(always())] {
        let retried = store.retry(&stage.account, &stage.backup, &what, T0 + 9);
        assert_eq!(retried.await.unwrap(), 0, "{what:?}");
    }
    assert_eq!(stage.due(T0 + 9).await, []);
    let line = &lines(&stage, always(), None, 99).await[0];
    assert_eq!(line.state, EntryState::Pending(Pending::NotReady));
    assert_eq!(line.cause, "it is being sent");
}

/// A wrong clock's plans are taken back, and nothing else changes: what is
/// missing stays missing, and how often something failed is not forgotten.
pub async fn only_what_waits_absurdly_long_is_pulled_back<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let [_, late, _, _, later] = five(&stage).await;
    let sent = fax("sent", T0);
    let on_its_way = Standing::NotYet("it is being sent");
    stage.note(&[sighting(&sent, on_its_way)], T0).await;
    let retry = async |stage: &Stage<'_, S>, beyond_ms| {
        let what = Retry::Beyond(beyond_ms);
        let retried = store.retry(&stage.account, &stage.backup, &what, T0 + 9);
        retried.await.unwrap()
    };
    let before = lines(&stage, always(), None, 99).await;
    assert_eq!(retry(&stage, T0 + 60).await, 0);
    assert_eq!(retry(&second, T0).await, 0);
    assert_eq!(lines(&stage, always(), None, 99).await, before);

    assert_eq!(retry(&stage, T0 + 59).await, 1);
    let expected = before.iter().map(|line| EntryLine {
        next_try_ms: if line.item == late.id.key() {
            Some(T0 + 9)
        } else {
            line.next_try_ms
        },
        ..line.clone()
    });
    let expected: Vec<EntryLine> = expected.collect();
    assert_eq!(lines(&stage, always(), None, 99).await, expected);
    let work = stage.work(T0 + 9).await;
    let tries: Vec<_> = work.iter().map(|it| (&it.item.id, it.attempts)).collect();
    assert_eq!(tries, [(&late.id, 1), (&later.id, 0)]);
}
