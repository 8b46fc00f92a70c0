//! A walk through the history of a company that is too large for one run: it
//! ends all the same, and asks nobody twice.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::connection::Backup;
use domain::data_type::{DataType, DataTypes};
use domain::lane::Lane;
use domain::switch;
use domain::task::TaskStatus;
use domain::window::{DAY_MS, HOUR_MS, Window};
use domain::{Error, Kind};
use testkit::builders::{extension, extension_id, fax, of, recording, unavailable};
use testkit::memory::source::Plant;

use crate::hourly::assert_consecutive;
use crate::server::{ON, Server};

/// Mailboxes besides the admin's.
const PEOPLE: usize = 40;
/// How long each is listed: the portion of a week takes minutes.
const SLOW: Duration = Duration::from_secs(10);

async fn large_company() -> Server {
    let server = Server::new().await;
    server.source().slow_listings(SLOW);
    for n in 0..PEOPLE {
        let id = format!("{}", 200 + n);
        server.source().hire(extension(&id));
        for age in [3, 20, 60] {
            let at = ON - age * DAY_MS;
            let item = of(&id, fax(&format!("f{n}-{age}"), at));
            server.source().plant(Plant::new(item));
        }
    }
    server.switch(true).await;
    server
}

/// How often each lane was asked for each span of the past, a week long at
/// most.
fn asked(server: &Server) -> BTreeMap<(Lane, Window), usize> {
    let mut times = BTreeMap::new();
    for ask in server.source().asked() {
        if ask.window.end_ms() <= ON - 7 * DAY_MS {
            *times.entry((ask.lane, ask.window)).or_default() += 1;
        }
    }
    times
}

async fn assert_all_there(server: &Server) {
    assert_eq!(server.timetable().await.back_fill(), None);
    assert_eq!(server.destination().files().len(), PEOPLE * 3);
    let rows = server.rows().await;
    assert_consecutive(&rows);
    let now_ms = server.world.now_ms();
    for row in rows.iter().filter(|it| it.window.end_ms() <= now_ms) {
        assert_eq!(row.status(), TaskStatus::Success, "{}", row.window);
    }
}

#[tokio::test(start_paused = true)]
async fn a_walk_converges_however_short_its_runs_are() {
    for stint in [1, 60, 300] {
        let server = large_company().await;
        let mut worker = server.worker("w");
        worker.rhythm.stint = Duration::from_secs(stint);
        let mut turns = 0;
        for _ in 0..48 {
            while worker.turn().await.unwrap() {
                turns += 1;
                assert!(turns < 2_000, "it never ends");
            }
            tokio::time::sleep(Duration::from_mins(30)).await;
        }
        assert_all_there(&server).await;
        let asked = asked(&server);
        assert!(asked.len() > 11 * PEOPLE);
        assert!(asked.values().all(|times| *times == 1), "asked twice");
        let backup = server.backup().await;
        let walked = server.store.walked(&backup.account, &backup.id);
        assert_eq!(walked.await.unwrap(), []);
    }
}

/// Its runs are killed again and again, each long before a portion is over.
#[tokio::test(start_paused = true)]
async fn a_walk_converges_however_often_it_is_killed() {
    let server = large_company().await;
    let worker = server.worker("whole");
    // The newest time is one listing; it is for a run that lives.
    server.source().slow_listings(Duration::ZERO);
    let mut short = server.worker("short");
    short.rhythm.stint = Duration::ZERO;
    short.turn().await.unwrap();
    server.source().slow_listings(SLOW);
    let mut killed = 0;
    while server.timetable().await.back_fill().is_some() {
        let run = server.worker("killed");
        let life = tokio::time::timeout(Duration::from_secs(90), run.turn()).await;
        killed += usize::from(life.is_err());
        assert!(killed < 300, "it never ends");
        // The lease runs out.
        tokio::time::sleep(Duration::from_secs(31)).await;
    }
    assert!(killed > 12, "{killed}");
    server.source().slow_listings(Duration::ZERO);
    while worker.turn().await.unwrap() {}
    server
        .live(Duration::from_hours(2), Duration::from_mins(30))
        .await;
    assert_all_there(&server).await;
}

/// What one run could not list spoils the days of the portion, whichever run
/// ends it; and the walk comes again after a day.
#[tokio::test(start_paused = true)]
async fn a_gap_of_an_earlier_run_is_not_forgotten() {
    for (error, again) in [
        (unavailable(), true),
        (Error::new(Kind::Forbidden, "not yours"), false),
    ] {
        let server = large_company().await;
        let first = Lane::Messages(extension_id("101"));
        let mut worker = server.worker("w");
        worker.rhythm.stint = Duration::ZERO;
        worker.turn().await.unwrap();
        server.source().break_listing(&first, 1, 0, &error);
        while server.timetable().await.back_fill().is_some() {
            worker.turn().await.unwrap();
            tokio::time::sleep(Duration::from_secs(31)).await;
        }
        let rows = server.rows().await;
        let failed = rows.iter().filter(|it| it.status() == TaskStatus::Failed);
        assert_eq!(failed.count(), 7, "the days of the first portion");
        let soon = server.timetable().await.weekly_ms.unwrap() < ON - 5 * DAY_MS;
        assert_eq!(soon, again);
    }
}

/// A type is ticked whose lane does not answer: no row claims to have it.
#[tokio::test(start_paused = true)]
async fn rows_claim_no_type_that_was_never_listed_for_them() {
    for history in [true, false] {
        let server = Server::new().await;
        let before = Backup {
            types: [DataType::CallRecording].into(),
            ..server.backup().await
        };
        server.store.keep_backup(&before, 0).await.unwrap();
        let call = recording("r", ON + HOUR_MS);
        let fax = fax("f", ON + 2 * HOUR_MS);
        for item in [call, fax] {
            server.source().plant(Plant::new(item));
        }
        if history {
            server.switch(true).await;
        } else {
            server.switch_on_without_history().await;
        }
        let look = Duration::from_mins(30);
        server.live(Duration::from_hours(50), look).await;
        let shut = Lane::Messages(extension_id("101"));
        server
            .source()
            .break_listing(&shut, 1_000, 0, &unavailable());
        tick(&server, [DataType::CallRecording, DataType::Fax].into()).await;
        let claims = async |server: &Server| {
            // What the provider no longer keeps nobody can list.
            let kept = server.world.now_ms() - 89 * DAY_MS;
            let rows = server.rows().await;
            let claims = rows.iter().filter(|it| it.status() == TaskStatus::Success);
            claims.filter(|it| it.window.start_ms() > kept).count()
        };
        assert_eq!(claims(&server).await, 0, "at once");
        server.live(Duration::from_hours(9), look).await;
        assert_eq!(claims(&server).await, 0, "history: {history}");
        server.source().heal(&shut);
        server.live(Duration::from_hours(100), look).await;
        let rows = server.rows().await;
        assert_consecutive(&rows);
        assert_eq!(server.destination().files().len(), 2);
        let now_ms = server.world.now_ms();
        let kept = now_ms - 89 * DAY_MS..now_ms;
        for row in rows
            .iter()
            .filter(|it| kept.contains(&it.window.start_ms()))
        {
            let over = row.window.end_ms() <= now_ms;
            assert!(
                !over || row.status() == TaskStatus::Success,
                "{}",
                row.window
            );
        }
    }
}

/// As the BACKUP page does it.
pub(crate) async fn tick(server: &Server, types: DataTypes) {
    let (now_ms, backup) = (server.machine.now_ms(), server.backup().await);
    let was = server.timetable().await;
    let (changed, timetable) = switch::types(&backup, &was, types, now_ms);
    server.store.keep_backup(&changed, now_ms).await.unwrap();
    if timetable != was {
        server.keep_timetable(&timetable).await;
        server.hurry().await;
    }
}
