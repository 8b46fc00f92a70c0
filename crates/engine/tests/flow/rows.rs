//! The rows of the LOG: one a day, and none calls itself a success that is
//! not wholly listed.

use std::time::Duration;

use domain::Kind;
use domain::lane::Lane;
use domain::ports::Run;
use domain::task::{Listing, TaskStatus};
use domain::window::{DAY_MS, HOUR_MS, Window};
use engine::back_up;
use testkit::builders::{recording, unavailable};
use testkit::memory::source::{Plant, Trouble};

use crate::rig::{DAWN, Rig};

fn window(from_ms: i64, to_ms: i64) -> Window {
    Window::from_ms(from_ms, to_ms).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_gap_fails_every_day_it_touches_and_no_other() {
    let rig = Rig::new();
    let mut job = rig.job().await;
    job.window = window(DAWN - 20 * DAY_MS, DAWN);
    let cut = unavailable();
    rig.source.break_listing(&Lane::AccountCalls, 1, 0, &cut);
    let summary = rig.run_job(&job).await;
    let [gap] = &summary.gaps[..] else {
        panic!("one portion was cut: {:?}", summary.gaps);
    };
    let rows = rig.rows(job.window).await;
    assert_eq!(rows.len(), 20);
    for (row, status) in rows {
        let expected = match row.overlap(gap.window) {
            Some(_) => TaskStatus::Failed,
            None => TaskStatus::Success,
        };
        assert_eq!(status, expected, "{row}, not listed: {}", gap.window);
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_has_one_row_however_often_a_part_of_it_is_listed() {
    let rig = Rig::new();
    rig.plant([Plant::new(recording("r", DAWN + HOUR_MS))]);
    let mut job = rig.job().await;
    for hour in [7, 9, 12] {
        job.window = window(DAWN - DAY_MS, DAWN + hour * HOUR_MS);
        rig.run_job(&job).await;
    }
    let (yesterday, today) = (window(DAWN - DAY_MS, DAWN), window(DAWN, DAWN + DAY_MS));
    let rows = rig.rows(job.window).await;
    assert_eq!(
        rows,
        [
            (yesterday, TaskStatus::Success),
            (today, TaskStatus::Pending)
        ]
    );
    job.window = today;
    rig.run_job(&job).await;
    job.window = window(DAWN + HOUR_MS, DAWN + 2 * HOUR_MS);
    rig.run_job(&job).await;
    let rows = rig.rows(today).await;
    assert_eq!(rows, [(today, TaskStatus::Success)], "it was wholly listed");
}

#[tokio::test(start_paused = true)]
async fn who_lost_the_right_to_the_backup_leaves_its_rows_alone() {
    let rig = Rig::new();
    let busy = Trouble::Refused(unavailable());
    rig.plant([Plant::new(recording("r", DAWN)).troubled(100, &busy)]);
    let job = rig.job().await;
    let (account, backup) = (&job.backup.account, &job.backup.id);
    let (store, lease) = (&rig.ends.store, Duration::from_hours(1));
    let run = back_up(&rig.ends, &job, &());
    let take_over = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let held = Run {
            backup: backup.clone(),
            attempt: 1,
        };
        store.finish_run(account, &held).await.unwrap();
        let taken = store.start_run(account, backup, "other", lease).await;
        assert!(taken.unwrap().is_some());
        let done = Listing::Done;
        store
            .set_listing(account, &job.backup, job.window, done)
            .await
    };
    let (lost, other) = tokio::join!(run, take_over);
    other.unwrap();
    assert_eq!(lost.unwrap_err().kind(), Kind::Cancelled);
    let rows = store.tasks(account, backup, job.window).await.unwrap();
    assert_eq!(rows[0].listed, Listing::Done);
}
