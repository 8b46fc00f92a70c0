//! Hundreds of days in seconds: restarts, faults, late recordings, clocks that
//! jump by years. At the end nothing is lost, nothing lies there twice, and
//! the rows follow each other without a gap.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use domain::task::TaskStatus;
use domain::window::{DAY_MS, HOUR_MS};
use testkit::builders::{fax, recording, sms};
use testkit::faulty::Rates;
use testkit::memory::source::Plant;

use crate::hourly::assert_consecutive;
use crate::server::{ON, Server};

const HOUR: Duration = Duration::from_hours(1);

/// Chance from a seed (xorshift).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 >> 1).unwrap() % n
    }
}

/// A process that is killed after so many steps of whatever it does.
async fn kill(server: &Server, steps: i64) {
    let worker = server.worker("killed");
    let mut turn = pin!(worker.turn());
    for _ in 0..steps {
        let mut context = Context::from_waker(Waker::noop());
        if turn.as_mut().poll(&mut context).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// A company's life: what happens at which moment, some of it seen late.
fn plant_life(server: &Server, dice: &mut Dice, days: i64, a_day: i64) -> usize {
    let mut planted = 0;
    for n in 0..days * a_day {
        let at = ON + n * DAY_MS / a_day + dice.below(DAY_MS / a_day);
        let item = match dice.below(3) {
            0 => fax(&format!("f{n}"), at),
            1 => sms(&format!("s{n}"), at),
            _ => recording(&format!("r{n}"), at),
        };
        let plant = match dice.below(4) {
            0 => Plant::new(item).appearing_at(at + dice.below(25 * HOUR_MS)),
            1 => Plant::new(item).bytes_at(at + dice.below(3 * HOUR_MS)),
            _ => Plant::new(item),
        };
        server.source().plant(plant);
        planted += 1;
    }
    planted
}

async fn assert_ends_well(server: &Server, planted: usize) {
    assert_eq!(server.destination().files().len(), planted, "lost");
    assert_eq!(server.destination().writes(), planted, "written twice");
    let rows = server.rows().await;
    assert_consecutive(&rows);
    let archived: u64 = rows.iter().map(|it| it.total().archived).sum();
    assert_eq!(archived, planted as u64, "the rows' sum");
}

#[tokio::test(start_paused = true)]
async fn four_hundred_days_with_a_restart_every_day() {
    let server = Server::new().await;
    let mut dice = Dice(400);
    server.switch_on_without_history().await;
    let planted = plant_life(&server, &mut dice, 400, 1);
    for _ in 0..401 * 24 {
        tokio::time::sleep(HOUR).await;
        if dice.below(24) == 0 {
            kill(&server, dice.below(9)).await;
        }
        server.settle().await;
    }
    assert_ends_well(&server, planted).await;
    let rows = server.rows().await;
    assert!(rows.len() >= 400 * 24);
    println!(
        "400 days, seed 400: {} rows, {planted} items, 0 lost, 0 twice",
        rows.len()
    );
    assert!(rows.iter().all(
        |it| it.status() == TaskStatus::Success || it.window.end_ms() > server.machine.now_ms()
    ));
}

/// The machine's clock is set wrong and right again, by minutes or by years;
/// RingCentral's is not.
#[tokio::test(start_paused = true)]
async fn a_thousand_jumps_of_the_clock() {
    let server = Server::new().await;
    let mut dice = Dice(1_000);
    server.switch_on_without_history().await;
    let planted = plant_life(&server, &mut dice, 50, 2);
    for _ in 0..1_000 {
        let reach = match dice.below(4) {
            0 => HOUR_MS,
            1 => DAY_MS,
            2 => 40 * DAY_MS,
            _ => 3_650 * DAY_MS,
        };
        let jump = dice.below(2 * reach) - reach;
        server.machine.set(server.world.now_ms() + jump);
        kill(&server, dice.below(9)).await;
        server.settle().await;
        tokio::time::sleep(HOUR / 4).await;
        server.settle().await;
        server.machine.set(server.world.now_ms());
        tokio::time::sleep(HOUR).await;
        server.settle().await;
    }
    server.live(10 * 24 * HOUR, HOUR).await;
    assert_ends_well(&server, planted).await;
    let now_ms = server.world.now_ms();
    let rows = server.rows().await;
    for row in rows.iter().filter(|it| it.window.end_ms() <= now_ms) {
        assert_eq!(row.status(), TaskStatus::Success, "{}", row.window);
    }
    println!(
        "1,000 jumps of the clock, seed 1000: {planted} items, 0 lost, 0 twice, no hour without its row"
    );
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_by_chance_for_days_is_made_good_in_the_end() {
    let rates = Rates {
        before: 20,
        torn: 20,
        after: 20,
    };
    for seed in 1..60 {
        let server = Server::stormy(seed, rates).await;
        let mut dice = Dice(seed);
        while server.try_switch_on().await.is_err() {}
        let planted = plant_life(&server, &mut dice, 2, 6);
        let worker = server.worker("stormy");
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_mins(20)).await;
            let _ = worker.turn().await;
        }
        server.faults.calm();
        server.live(30 * HOUR, Duration::from_mins(10)).await;
        assert_ends_well(&server, planted).await;
        let now_ms = server.world.now_ms();
        for row in server.rows().await {
            let over = row.window.end_ms() <= now_ms;
            assert!(
                !over || row.status() == TaskStatus::Success,
                "seed {seed}: {row:?}"
            );
        }
    }
}
