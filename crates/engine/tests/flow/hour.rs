//! What an hour brings when nothing goes wrong.

use domain::data_type::DataType;
use domain::task::TaskStatus;
use domain::window::HOUR_MS;
use testkit::builders::{bytes_of, fax, picture, recording, sms, voicemail};
use testkit::memory::source::Plant;

use crate::rig::{DAWN, Rig};

fn a_morning() -> Vec<Plant> {
    let at = |hour: i64| DAWN + hour * HOUR_MS;
    vec![
        Plant::new(recording("r1", at(1))),
        Plant::new(recording("r2", at(2))),
        Plant::new(voicemail("v1", at(3))),
        Plant::new(fax("f1", at(4))),
        Plant::new(sms("s1", at(5))),
        Plant::new(picture("s1", "p1", at(5))),
        Plant::new(picture("s1", "p2", at(5))),
    ]
}

#[tokio::test(start_paused = true)]
async fn everything_is_archived_byte_for_byte_and_counted_by_message() {
    let rig = Rig::new();
    rig.plant(a_morning());
    let summary = rig.run().await;

    assert!(summary.is_complete(), "{summary:?}");
    let archived = |it| summary.counts.get(&it).map_or(0, |count| count.archived);
    assert_eq!(DataType::ALL.map(archived), [2, 1, 1, 1]);
    assert_eq!(summary.total().files, 7);
    let files = rig.destination.files();
    assert_eq!(files.len(), 7);
    for item in [recording("r1", 0), voicemail("v1", 0), fax("f1", 0)] {
        let truth = bytes_of(&item);
        assert!(
            files.values().any(|it| *it == truth),
            "{} is not there",
            item.id
        );
    }
    assert!(
        files
            .iter()
            .any(|(path, it)| { path.contains(" sms ") && it.ends_with(b"text of s1\n") })
    );
}

#[tokio::test(start_paused = true)]
async fn a_second_run_uploads_and_fetches_nothing() {
    let rig = Rig::new();
    rig.plant(a_morning());
    rig.run().await;
    let (writes, puts, opened) = (
        rig.destination.writes(),
        rig.destination.puts().len(),
        rig.source.opened().len(),
    );
    let second = rig.run().await;
    assert_eq!((second.archived_now, second.new), (0, 0));
    assert!(second.is_complete());
    assert_eq!(rig.destination.writes(), writes);
    assert_eq!(rig.destination.puts().len(), puts);
    assert_eq!(rig.source.opened().len(), opened);
}

#[tokio::test(start_paused = true)]
async fn the_day_has_a_row_that_adds_up() {
    let rig = Rig::new();
    rig.plant(a_morning());
    rig.run().await;
    let job = rig.job().await;
    let rows = rig
        .ends
        .store
        .tasks(&job.backup.account, &job.backup.id, job.window)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].status(), TaskStatus::Success);
    assert_eq!(rows[0].total().archived, 5);
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_appears_later_completes_its_own_hour() {
    let rig = Rig::new();
    let (at, noon) = (DAWN + HOUR_MS, DAWN + 12 * HOUR_MS);
    rig.plant([Plant::new(recording("late", at)).appearing_at(noon + HOUR_MS)]);
    assert_eq!(rig.run().await.total().listed(), 0);
    rig.clock.set(noon + 2 * HOUR_MS);
    let summary = rig.run().await;
    assert_eq!(summary.total().archived, 1);
    assert!(summary.is_complete());
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_not_ready_are_waited_for() {
    let rig = Rig::new();
    let noon = DAWN + 12 * HOUR_MS;
    rig.plant([Plant::new(recording("young", noon - 60_000)).bytes_at(noon + 40_000)]);
    let summary = rig.run().await;
    assert_eq!(summary.total().archived, 1);
    assert!(rig.clock.now_ms() >= noon + 40_000);
}

#[tokio::test(start_paused = true)]
async fn a_fax_on_its_way_is_counted_as_unsettled_until_it_is_final() {
    let rig = Rig::new();
    let noon = DAWN + 12 * HOUR_MS;
    rig.plant([Plant::new(fax("f", noon - 60_000)).settling_at(noon + HOUR_MS)]);
    let first = rig.run().await;
    assert!(!first.is_complete());
    assert_eq!((first.total().pending, first.unsettled), (1, 1));
    rig.clock.set(noon + 2 * HOUR_MS);
    assert!(rig.run().await.is_complete());
}
