//! A clock that is wrong: no row calls itself a success before its time, and
//! none is missing.

use std::time::Duration;

use domain::task::{Listing, TaskStatus};
use domain::window::{DAY_MS, HOUR_MS};
use testkit::builders::recording;
use testkit::memory::source::Plant;

use crate::hourly::assert_consecutive;
use crate::server::Server;

const HOUR: Duration = Duration::from_hours(1);
const LOOK: Duration = Duration::from_mins(5);
const DAY: i64 = DAY_MS;

/// No row that is not over was wholly listed.
pub(crate) async fn assert_nothing_is_done_too_soon(server: &Server) {
    let now_ms = server.world.now_ms();
    for row in server.rows().await {
        let done = row.listed == Listing::Done;
        assert!(!done || row.window.end_ms() <= now_ms, "{}", row.window);
    }
}

#[tokio::test(start_paused = true)]
async fn hours_that_were_listed_before_their_time_are_listed_again() {
    for ahead in [30 * 60_000, HOUR_MS, DAY, 40 * DAY, 4_000 * DAY] {
        let server = Server::new().await;
        server.switch_on_without_history().await;
        server.live(2 * HOUR, LOOK).await;
        server.machine.set(server.world.now_ms() + ahead);
        server.hurry().await;
        server.settle().await;
        server.machine.set(server.world.now_ms());
        server.hurry().await;
        server.settle().await;
        assert_nothing_is_done_too_soon(&server).await;
        // In every hour of these days something comes.
        for n in 0..30 {
            let at = server.world.now_ms() + n * HOUR_MS + 1;
            let item = recording(&format!("r{n}"), at);
            server.source().plant(Plant::new(item));
        }
        for _ in 0..30 {
            server.live(HOUR, LOOK).await;
            assert_nothing_is_done_too_soon(&server).await;
        }
        let now_ms = server.world.now_ms();
        let rows = server.rows().await;
        assert_consecutive(&rows);
        let over = rows.iter().filter(|it| it.window.end_ms() <= now_ms);
        assert!(over.clone().all(|it| it.status() == TaskStatus::Success));
        let archived: u64 = over.map(|it| it.total().archived).sum();
        assert_eq!(archived, 30, "{ahead} ms ahead");
    }
}

/// A year of hours is opened at once; a thousand years of them never.
#[tokio::test(start_paused = true)]
async fn a_clock_that_runs_ahead_by_centuries_does_not_flood_the_log() {
    let server = Server::new().await;
    server.switch_on_without_history().await;
    server.settle().await;
    server.machine.set(server.world.now_ms() + 500 * 365 * DAY);
    server.settle().await;
    assert_eq!(server.rows().await.len(), 10_001);
}
