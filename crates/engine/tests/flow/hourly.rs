//! What a server does by itself: hour after hour, history, wishes, stops.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::connection::Backup;
use domain::data_type::DataType;
use domain::lane::{Depth, Lane};
use domain::task::{Task, TaskStatus};
use domain::window::{DAY_MS, HOUR_MS, Window};
use domain::{Error, Kind};
use testkit::builders::{fax, recording, sms, unavailable};
use testkit::memory::source::{Plant, Trouble};

use crate::rig::DAWN;
use crate::server::{ON, Server};

const HOUR: Duration = Duration::from_hours(1);
const LOOK: Duration = Duration::from_mins(5);
/// The hour in which the Backup is switched ON.
const FIRST: i64 = DAWN + 12 * HOUR_MS;

fn hour(nth: i64) -> Window {
    Window::hour_of(FIRST + nth * HOUR_MS)
}

fn row(rows: &[Task], window: Window) -> &Task {
    rows.iter().find(|it| it.window == window).unwrap()
}

/// Rows follow each other without gap or overlap.
pub(crate) fn assert_consecutive(rows: &[Task]) {
    for pair in rows.windows(2) {
        assert_eq!(pair[0].window.end_ms(), pair[1].window.start_ms());
    }
}

#[tokio::test(start_paused = true)]
async fn s_055_057_080_081_082_every_hour_has_a_row_that_ends_in_success_even_when_nothing_came() {
    let server = Server::new().await;
    server.switch_on_without_history().await;
    server
        .source()
        .plant(Plant::new(recording("r", FIRST + 90 * 60_000)));
    server.settle().await;
    server.live(5 * HOUR, LOOK).await;

    let rows = server.rows().await;
    assert_consecutive(&rows);
    let windows: Vec<Window> = rows.iter().map(|it| it.window).collect();
    assert_eq!(windows, (0..5).map(hour).collect::<Vec<_>>());
    assert!(rows.iter().all(|it| it.status() == TaskStatus::Success));
    let archived: Vec<u64> = rows.iter().map(|it| it.total().archived).collect();
    assert_eq!(archived, [0, 1, 0, 0, 0]);
    assert_eq!((rows[0].started_ms, rows[0].ended_ms), (None, None));
    assert!(rows[1].started_ms.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_hourly_listing_reaches_back_and_asks_for_recorded_calls_only() {
    let server = Server::new().await;
    server.switch(true).await;
    server.live(2 * HOUR, LOOK).await;
    let asked = server.source().asked();
    let calls = |it: &&domain::ports::Ask| it.lane == Lane::AccountCalls;
    let last = asked.iter().rfind(calls).unwrap();
    assert_eq!(last.depth, Depth::Recorded);
    assert_eq!(last.window.end_ms(), FIRST + 2 * HOUR_MS);
    assert_eq!(last.window.end_ms() - last.window.start_ms(), 26 * HOUR_MS);
    let daily = server.source().asked().len();
    server.live(24 * HOUR, LOOK).await;
    let asked = server.source().asked();
    let deep = asked[daily..].iter().filter(calls);
    let deep: Vec<_> = deep.filter(|it| it.depth == Depth::Every).collect();
    assert_eq!(deep.len(), 1);
    assert_eq!(
        deep[0].window.end_ms() - deep[0].window.start_ms(),
        7 * DAY_MS
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_run_comes_at_once_and_brings_what_there_is() {
    let server = Server::new().await;
    server
        .source()
        .plant(Plant::new(recording("now", ON - 60_000)));
    server.switch_on_without_history().await;
    assert!(server.settle().await > 0);
    let rows = server.rows().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].window, hour(0), "the whole present hour");
    assert_eq!(rows[0].total().archived, 1);
    assert_eq!(rows[0].status(), TaskStatus::Pending, "it is not over");
    server.live(HOUR, LOOK).await;
    let rows = server.rows().await;
    assert_eq!(row(&rows, hour(0)).status(), TaskStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn back_up_now_brings_what_the_hour_would_bring_later() {
    let server = Server::new().await;
    server.switch_on_without_history().await;
    server.settle().await;
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(server.settle().await, 0);
    server
        .source()
        .plant(Plant::new(sms("s", server.world.now_ms() - 1_000)));
    server.hurry().await;
    assert_eq!(server.settle().await, 1);
    assert_eq!(server.destination().files().len(), 1);
    assert_eq!(server.settle().await, 0, "the wish is used up");
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_has_deleted_is_missing_after_one_run() {
    let server = Server::new().await;
    let lost = recording("lost", ON - 60_000);
    server.source().plant(Plant::new(lost).gone_at(0));
    server.switch_on_without_history().await;
    server.settle().await;
    server.live(HOUR, LOOK).await;
    let rows = server.rows().await;
    assert_eq!(row(&rows, hour(0)).total().missing, 1);
    assert_eq!(server.source().opened().len(), 3, "and not for ever");
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_shows_up_a_day_later_completes_its_own_hour() {
    let server = Server::new().await;
    server.switch_on_without_history().await;
    let at = FIRST + HOUR_MS / 2;
    let late = Plant::new(recording("late", at)).appearing_at(at + 23 * HOUR_MS);
    server.source().plant(late);
    server.live(20 * HOUR, LOOK).await;
    let rows = server.rows().await;
    assert_eq!(row(&rows, hour(0)).total().listed(), 0);
    server.live(6 * HOUR, LOOK).await;
    let rows = server.rows().await;
    assert_eq!(row(&rows, hour(0)).total().archived, 1);
    assert_consecutive(&rows);
}

#[tokio::test(start_paused = true)]
async fn history_is_filled_in_from_what_is_deleted_first_with_a_row_a_day() {
    let server = Server::new().await;
    let ages = [1, 3, 20, 50, 89];
    for age in ages {
        let at = ON - age * DAY_MS;
        server
            .source()
            .plant(Plant::new(recording(&format!("r{age}"), at)));
    }
    server.switch(true).await;
    server.settle().await;
    assert_eq!(server.destination().files().len(), ages.len());
    let rows = server.rows().await;
    assert_consecutive(&rows);
    assert_eq!(rows[0].window.start_ms(), DAWN - 90 * DAY_MS);
    let history: Vec<&Task> = rows
        .iter()
        .filter(|it| it.window.end_ms() <= FIRST)
        .collect();
    assert_eq!(history.len(), 91);
    assert!(history.iter().all(|it| it.status() == TaskStatus::Success));
    assert_eq!(server.timetable().await.back_fill(), None);
    let walked: Vec<i64> = server
        .source()
        .asked()
        .iter()
        .filter(|it| it.lane == Lane::AccountCalls && it.depth == Depth::Every)
        .map(|it| it.window.start_ms())
        .collect();
    assert_eq!(walked.len(), 13);
    assert!(walked.is_sorted(), "oldest first");
}

#[tokio::test(start_paused = true)]
async fn the_newest_hour_goes_before_a_long_history() {
    let server = Server::new().await;
    let slow = Trouble::Refused(Error::new(Kind::NotReady, "not yet"));
    for n in 0..400 {
        let old = recording(&format!("old{n}"), ON - 80 * DAY_MS + n);
        server.source().plant(Plant::new(old).troubled(2, &slow));
    }
    server.switch(true).await;
    server.settle().await;
    server.source().plant(Plant::new(fax("fresh", ON - 1_000)));
    server.hurry().await;
    let before = server.source().opened().len();
    server.settle().await;
    let opened = server.source().opened();
    assert_eq!(opened[before].unit, "fresh");
}

#[tokio::test(start_paused = true)]
async fn while_off_nothing_runs_and_what_was_off_becomes_history() {
    let server = Server::new().await;
    server.switch_on_without_history().await;
    let history = server.timetable().await.with_history(true, ON, DAY_MS);
    server.keep_timetable(&history).await;
    server.live(2 * HOUR, LOOK).await;
    server.switch(false).await;
    let asked = server.source().asked().len();
    server
        .source()
        .plant(Plant::new(recording("off", ON + 30 * HOUR_MS)));
    server.live(50 * HOUR, HOUR).await;
    assert_eq!(server.source().asked().len(), asked);
    let end = server.rows().await.last().unwrap().window.end_ms();
    assert_eq!(end, FIRST + 2 * HOUR_MS);
    server.switch(true).await;
    server.settle().await;
    let rows = server.rows().await;
    assert_consecutive(&rows);
    let of = |it: &&Task| it.window.contains_ms(ON + 30 * HOUR_MS);
    let row = rows.iter().find(of).unwrap();
    assert_eq!(row.total().archived, 1);
    assert!(row.window.length().as_hours() > 1, "a row of history");
}

#[tokio::test(start_paused = true)]
async fn off_or_disconnected_in_the_middle_of_a_run_everything_is_dropped() {
    for disconnect in [false, true] {
        let server = Server::new().await;
        let busy = Trouble::Refused(unavailable());
        for n in 0..50 {
            let item = recording(&format!("r{n}"), ON - DAY_MS + n);
            server
                .source()
                .plant(Plant::new(item).troubled(1_000, &busy));
        }
        server.switch(true).await;
        let mut worker = server.worker("w");
        // It waits for what is not due yet: so it is still at work.
        worker.rhythm.first_wait = Duration::from_millis(1);
        worker.rhythm.longest_wait = Duration::from_millis(1);
        worker.rhythm.slow_lane = Duration::from_millis(1);
        let worker = Arc::new(worker);
        let stop = server.stop.clone();
        let work = tokio::spawn(async move {
            let worker = Arc::try_unwrap(worker).ok().unwrap();
            worker.work().await;
        });
        tokio::time::sleep(Duration::from_secs(20)).await;
        let backup = server.backup().await;
        if disconnect {
            let id = &backup.connection;
            let ended = server.store.disconnect(&backup.account, id, 0).await;
            ended.unwrap();
        } else {
            server.switch(false).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (opened, asked) = (
            server.source().opened().len(),
            server.source().asked().len(),
        );
        tokio::time::sleep(Duration::from_mins(10)).await;
        assert_eq!(server.source().opened().len(), opened);
        assert_eq!(server.source().asked().len(), asked);
        let running = server.store.is_running(&backup.account, &backup.id).await;
        assert!(!running.unwrap(), "the lease is given back");
        let rows = server.rows().await;
        assert!(rows.iter().all(|it| it.status() != TaskStatus::Running));
        stop.cancel();
        work.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn s_072_only_chosen_types_and_newly_chosen_ones_at_once() {
    let server = Server::new().await;
    server.source().plant(Plant::new(fax("f", ON - HOUR_MS)));
    let backup = Backup {
        types: [DataType::CallRecording].into(),
        ..server.backup().await
    };
    server.store.keep_backup(&backup, 0).await.unwrap();
    server.switch(true).await;
    server.settle().await;
    assert_eq!(server.destination().files().len(), 0);
    let backup = Backup {
        types: DataType::ALL.into(),
        ..server.backup().await
    };
    server.store.keep_backup(&backup, 0).await.unwrap();
    server.live(2 * HOUR, LOOK).await;
    assert_eq!(server.destination().files().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dead_grant_stops_the_calls_says_so_and_goes_on_after_a_reconnect() {
    let server = Server::new().await;
    server.switch_on_without_history().await;
    server.live(2 * HOUR, LOOK).await;
    let dead = Error::new(Kind::Unauthorized, "RingCentral wants you to connect again");
    server.source().die(Some(dead.clone()));
    server.live(5 * HOUR, LOOK).await;
    let connection = server.connection().await;
    assert_eq!(connection.source_trouble, Some(dead.to_string()));
    assert_eq!(connection.destination_trouble, None);
    let backup = server.backup().await;
    let told = server
        .store
        .events(&backup.account, &backup.id, Window::EVER, 100)
        .await
        .unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    let rows = server.rows().await;
    assert_consecutive(&rows);
    assert_eq!(rows.len(), 7, "hours have their rows all the same");
    assert_eq!(rows[6].status(), TaskStatus::Pending);

    server
        .source()
        .plant(Plant::new(recording("r", FIRST + 4 * HOUR_MS)));
    server.source().die(None);
    server.hurry().await;
    server.settle().await;
    assert_eq!(server.connection().await.source_trouble, None);
    let rows = server.rows().await;
    assert_eq!(row(&rows, hour(4)).total().archived, 1);
    let closed = rows
        .iter()
        .filter(|it| it.window.end_ms() <= FIRST + 7 * HOUR_MS);
    assert!(
        closed
            .into_iter()
            .all(|it| it.status() == TaskStatus::Success)
    );
}

#[tokio::test(start_paused = true)]
async fn a_full_destination_is_told_and_tried_again_without_anybodys_help() {
    let server = Server::new().await;
    server
        .source()
        .plant(Plant::new(recording("r", ON - 60_000)));
    server.destination().limit(Some(0));
    server.switch_on_without_history().await;
    server.live(2 * HOUR, LOOK).await;
    assert_eq!(server.destination().files().len(), 0);
    assert_eq!(server.connection().await.destination_trouble, None);
    server.destination().limit(None);
    server.live(HOUR, LOOK).await;
    assert_eq!(server.destination().files().len(), 1);
    let rows = server.rows().await;
    assert!(rows.iter().all(|it| it.status() == TaskStatus::Success));
}

#[tokio::test(start_paused = true)]
async fn a_dead_destination_keeps_nobody_from_finding_what_there_is() {
    let server = Server::new().await;
    let fresh = recording("r", ON - 60_000);
    server.source().plant(Plant::new(fresh));
    for week in 1..13 {
        let old = recording(&format!("r{week}"), ON - week * 7 * DAY_MS);
        server.source().plant(Plant::new(old));
    }
    let dead = Error::new(Kind::Unauthorized, "Dropbox wants you to connect again");
    let set = |dead| *server.providers.dead.lock().unwrap() = dead;
    set(Some(dead.clone()));
    server.switch(true).await;
    server.live(2 * HOUR, LOOK).await;
    let rows = server.rows().await;
    let found: u64 = rows.iter().map(|it| it.total().pending).sum();
    assert_eq!(found, 13, "all of history is listed");
    assert_eq!(server.timetable().await.back_fill(), None);
    let last = server.timetable().await.hourly_ms;
    assert_eq!(last, Some(FIRST + 2 * HOUR_MS), "and every hour");
    let trouble = server.connection().await.destination_trouble;
    assert_eq!(trouble, Some(dead.to_string()));
    let fetched = server.source().opened().len();
    assert!(fetched <= 13, "nothing is fetched twice in vain: {fetched}");
    set(None);
    server.live(HOUR, LOOK).await;
    assert_eq!(server.destination().files().len(), 13);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_fails_again_and_again_is_told_once_and_comes_ever_more_slowly() {
    let server = Server::new().await;
    let fresh = recording("r", ON - 60_000);
    server.source().plant(Plant::new(fresh));
    let set = |dead| *server.providers.dead.lock().unwrap() = dead;
    set(Some(Error::new(Kind::Config, "the folder is not there")));
    server.switch_on_without_history().await;
    let worker = server.worker("w");
    let live = async |minutes| {
        let mut turns = 0;
        for _ in 0..minutes {
            tokio::time::sleep(Duration::from_mins(1)).await;
            while worker.turn().await.unwrap() {
                turns += 1;
            }
        }
        turns
    };
    let turns = live(180).await;
    assert!((3..=12).contains(&turns), "{turns} runs in three hours");
    let backup = server.backup().await;
    let told = server
        .store
        .events(&backup.account, &backup.id, Window::EVER, 1_000)
        .await
        .unwrap();
    let of_runs = told.iter().filter(|it| it.about.is_empty());
    assert_eq!(of_runs.count(), 1, "{told:?}");
    set(None);
    live(61).await;
    assert_eq!(server.destination().files().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_failed_spoils_its_hours_only_until_it_answers() {
    let server = Server::new().await;
    server.switch_on_without_history().await;
    server.settle().await;
    server
        .source()
        .break_listing(&Lane::AccountCalls, 100, 0, &unavailable());
    server
        .source()
        .plant(Plant::new(recording("r", FIRST + HOUR_MS + 1)));
    server.live(40 * HOUR, LOOK).await;
    let rows = server.rows().await;
    assert_eq!(row(&rows, hour(1)).status(), TaskStatus::Failed);
    server
        .source()
        .break_listing(&Lane::AccountCalls, 0, 0, &unavailable());
    server.live(80 * HOUR, LOOK).await;
    let rows = server.rows().await;
    assert_consecutive(&rows);
    assert_eq!(row(&rows, hour(1)).total().archived, 1);
    assert!(rows.iter().all(|it| it.status() == TaskStatus::Success));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_used_once_a_day() {
    let server = Server::new().await;
    let dead = Error::new(Kind::Unauthorized, "it died");
    let worker = server.worker("w");
    let stop = server.stop.clone();
    let work = tokio::spawn(worker.work());
    tokio::time::sleep(Duration::from_mins(5)).await;
    server.source().die(Some(dead.clone()));
    assert_eq!(server.connection().await.source_trouble, None);
    tokio::time::sleep(25 * HOUR).await;
    let trouble = server.connection().await.source_trouble;
    assert_eq!(trouble, Some(dead.to_string()));
    stop.cancel();
    work.await.unwrap();
    assert_eq!(server.providers.forgotten.load(Ordering::SeqCst), 0);
}
