//! The server was away, for an hour or for a season: what the provider still
//! has when it is back is archived, with one listing for many hours.

use std::time::Duration;

use domain::lane::Lane;
use domain::task::TaskStatus;
use domain::window::{DAY_MS, HOUR_MS, Window};
use domain::{Error, Kind};
use testkit::builders::recording;
use testkit::memory::source::Plant;

use crate::hourly::assert_consecutive;
use crate::server::{ON, Server};

const HOUR: Duration = Duration::from_hours(1);
const LOOK: Duration = Duration::from_mins(5);
/// What RingCentral keeps, and how long a refresh token lives that nobody uses.
const KEPT: i64 = 90 * DAY_MS;
const GRANT: i64 = 7 * DAY_MS;

#[tokio::test(start_paused = true)]
async fn whatever_the_provider_still_has_is_caught_up_with_few_listings() {
    println!("| away | items meanwhile | lost | listings to catch up | hours | reconnect |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (name, away) in [
        ("1 h", HOUR_MS),
        ("25 h", 25 * HOUR_MS),
        ("6.9 d", 69 * DAY_MS / 10),
        ("7.1 d", 71 * DAY_MS / 10),
        ("30 d", 30 * DAY_MS),
        ("89 d", 89 * DAY_MS),
    ] {
        let server = Server::new().await;
        server.switch_on_without_history().await;
        server.live(3 * HOUR, LOOK).await;
        let left = server.world.now_ms();
        // An item every two hours, and the first at once; each is deleted when
        // it is too old.
        let every = 2 * HOUR_MS;
        let items = away / every + 1;
        for n in 0..items {
            let at = left + 1 + n * every;
            let item = recording(&format!("r{n}"), at);
            server
                .source()
                .plant(Plant::new(item).vanishing_at(at + KEPT));
        }
        tokio::time::sleep(Duration::from_millis(u64::try_from(away).unwrap())).await;
        let dead = away > GRANT;
        if dead {
            reconnected(&server).await;
        }
        let before = server.source().asked().len();
        server.settle().await;
        let asked = server.source().asked();
        let calls = asked[before..]
            .iter()
            .filter(|it| it.lane == Lane::AccountCalls);
        let calls = calls.count();
        let hours = away / HOUR_MS;
        let found = server.destination().files().len();
        assert_eq!(i64::try_from(found).unwrap(), items, "{name}: lost");
        assert!(calls <= 27, "{name}: {calls} listings");
        println!("| {name} | {items} | 0 | {calls} | {hours} | {dead} |");
        server.live(2 * HOUR, LOOK).await;
        let rows = server.rows().await;
        assert_consecutive(&rows);
        let now_ms = server.world.now_ms();
        for row in rows.iter().filter(|it| it.window.end_ms() <= now_ms) {
            assert_eq!(row.status(), TaskStatus::Success, "{name}: {}", row.window);
        }
        let archived: u64 = rows.iter().map(|it| it.total().archived).sum();
        assert_eq!(i64::try_from(archived).unwrap(), items);
        assert!(rows[0].window.start_ms() <= ON);
    }
}

/// The grant died of disuse: people are told to connect again, once; then an
/// hour passes until somebody does.
async fn reconnected(server: &Server) {
    let dead = Error::new(Kind::Unauthorized, "RingCentral wants you to connect again");
    server.source().die(Some(dead.clone()));
    server.live(HOUR, LOOK).await;
    let connection = server.connection().await;
    assert_eq!(connection.source_trouble, Some(dead.to_string()));
    let backup = server.backup().await;
    let told = server
        .store
        .events(&backup.account, &backup.id, Window::EVER, 100);
    assert_eq!(told.await.unwrap().len(), 1);
    server.source().die(None);
    server.hurry().await;
}
