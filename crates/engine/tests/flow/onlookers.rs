//! What others see of a run and say to it from another process: how it comes
//! along, history that rests, and how long the provider keeps data.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::{Extension, ExtensionId};
use domain::content::Content;
use domain::headway::Seen;
use domain::item::Item;
use domain::ledger::Count;
use domain::ports::{Ask, Page, Permission, Source, Viewer};
use domain::task::TaskStatus;
use domain::window::{DAY_MS, HOUR_MS};
use engine::Worker;
use futures::stream::BoxStream;
use testkit::builders::recording;
use testkit::memory::source::Plant;

use crate::hourly::assert_consecutive;
use crate::server::{Fixed, ON, Server};

/// A source that takes its time for what is called slow.
struct Slow(Arc<dyn Source>);

#[async_trait]
impl Source for Slow {
    async fn viewer(&self) -> Result<Viewer> {
        self.0.viewer().await
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        self.0.extensions().await
    }

    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        self.0.permissions(of).await
    }

    fn list<'a>(&'a self, ask: &'a Ask) -> BoxStream<'a, Result<Page>> {
        self.0.list(ask)
    }

    async fn open(&self, item: &Item) -> Result<Content> {
        let content = self.0.open(item).await;
        if item.id.unit.starts_with("slow") {
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        content
    }
}

fn slow_worker(server: &Server) -> Worker {
    let providers = Fixed {
        source: Arc::new(Slow(Arc::clone(&server.providers.source))),
        destination: Arc::clone(&server.providers.destination),
        dead: Mutex::default(),
        forgotten: AtomicUsize::new(0),
    };
    Worker {
        providers: Arc::new(providers),
        ..server.worker("w")
    }
}

async fn rest(server: &Server, since_ms: Option<i64>) {
    let backup = server.backup().await;
    let store = &server.store;
    let rest = store.rest_history(&backup.account, &backup.id, since_ms);
    rest.await.unwrap();
}

async fn total(server: &Server) -> Count {
    let backup = server.backup().await;
    let totals = server.store.totals(&backup.account, &backup).await;
    totals.unwrap().sum()
}

async fn seen(server: &Server) -> Option<Seen> {
    let backup = server.backup().await;
    let seen = server.store.headway(&backup.account, &backup.id).await;
    seen.unwrap()
}

#[tokio::test(start_paused = true)]
async fn while_history_rests_the_newest_hours_go_on() {
    let server = Server::new().await;
    let plant = |name: &str, at_ms| server.source().plant(Plant::new(recording(name, at_ms)));
    plant("old", ON - 50 * DAY_MS);
    plant("new", ON - HOUR_MS);
    server.switch(true).await;
    rest(&server, Some(ON)).await;
    assert!(server.settle().await < 5);
    assert_eq!(total(&server).await.archived, 1);
    let left = server.timetable().await.back_fill();
    assert!(left.is_some_and(|it| it.start_ms() < ON - 80 * DAY_MS));
    plant("later", ON + 3 * HOUR_MS);
    let (hours, look) = (Duration::from_hours(30), Duration::from_mins(30));
    server.live(hours, look).await;
    assert_eq!(total(&server).await.archived, 2, "what came later goes on");
    assert_eq!(server.timetable().await.back_fill(), left);

    rest(&server, None).await;
    server.hurry().await;
    server.settle().await;
    assert_eq!(total(&server).await.archived, 3);
    assert_eq!(server.timetable().await.back_fill(), None);
    let rows = server.rows().await;
    assert_consecutive(&rows);
    let ended = rows.iter().filter(|it| it.window.end_ms() <= ON);
    assert!(ended.clone().count() > 90);
    for row in ended {
        assert_eq!(row.status(), TaskStatus::Success, "{}", row.window);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_at_work_on_history_stops_within_a_second_and_goes_on_when_told() {
    let server = Server::new().await;
    for n in 0..500 {
        let item = recording(&format!("slow{n}"), ON - 40 * DAY_MS + n);
        server.source().plant(Plant::new(item));
    }
    server.switch(true).await;
    let stop = server.stop.clone();
    let work = tokio::spawn(slow_worker(&server).work());
    tokio::time::sleep(Duration::from_secs(10)).await;
    let opened = || server.source().opened().len();
    assert!(opened() > 3, "it is at work on them");
    assert!(seen(&server).await.is_some_and(|it| it.is_alive()));
    rest(&server, Some(server.machine.now_ms())).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = opened();
    assert!(!seen(&server).await.unwrap().held);
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(opened(), before);
    let rows = server.rows().await;
    assert!(rows.iter().all(|it| it.status() != TaskStatus::Running));
    let of = rows
        .iter()
        .find(|it| it.window.contains_ms(ON - 40 * DAY_MS));
    assert_eq!(of.unwrap().total().pending, 500, "they are not forgotten");
    rest(&server, None).await;
    server.hurry().await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(opened() > before);
    stop.cancel();
    work.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_rest_that_was_chosen_under_a_clock_that_ran_ahead_holds_nothing_new_up() {
    let server = Server::new().await;
    server
        .source()
        .plant(Plant::new(recording("new", ON - HOUR_MS)));
    server.switch(true).await;
    rest(&server, Some(ON + 3_650 * DAY_MS)).await;
    server.settle().await;
    assert_eq!(total(&server).await.archived, 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_tells_how_it_comes_along_and_who_was_killed_is_not_at_work() {
    let server = Server::new().await;
    for n in 0..20 {
        let name = if n < 15 { "quick" } else { "slow" };
        let item = recording(&format!("{name}{n}"), ON - 40 * DAY_MS + n);
        server.source().plant(Plant::new(item));
    }
    server.switch(true).await;
    let work = tokio::spawn(slow_worker(&server).work());
    tokio::time::sleep(Duration::from_secs(10)).await;
    let now = seen(&server).await.unwrap();
    assert!(now.is_alive(), "{now:?}");
    let headway = &now.headway;
    assert_eq!((headway.found, headway.archived), (20, 15));
    assert!(headway.bytes > 0);
    assert_eq!(headway.trail.sums(), (15, headway.bytes));
    // As kill -9 would: it says nothing more and gives nothing back.
    work.abort();
    tokio::time::sleep(Duration::from_secs(25)).await;
    let later = seen(&server).await.unwrap();
    assert!(!later.is_alive(), "{later:?}");
    // The next run goes on where the sums were.
    tokio::time::sleep(Duration::from_mins(1)).await;
    server
        .source()
        .plant(Plant::new(recording("more", ON - HOUR_MS)));
    server.hurry().await;
    server.settle().await;
    let next = seen(&server).await.unwrap();
    assert!(next.headway.attempt > headway.attempt);
    assert_eq!(next.headway.trail.sums().0, 21);
    assert!(!next.is_alive(), "it is over");
}

#[tokio::test(start_paused = true)]
async fn an_idle_hour_writes_no_progress() {
    let server = Server::new().await;
    server.switch_on_without_history().await;
    server.settle().await;
    server
        .live(Duration::from_hours(3), Duration::from_mins(5))
        .await;
    assert_eq!(seen(&server).await, None);
}
