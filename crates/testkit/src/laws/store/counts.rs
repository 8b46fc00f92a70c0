//! Laws of `Ledger::counts` and `open_entries`: what people are told.

use domain::data_type::DataType;
use domain::item::{Item, Standing};
use domain::ledger::{Count, EntryState, Outcome, Pending};
use domain::ports::Store;
use domain::window::HOUR_MS;

use super::stage::{Stage, always};
use crate::builders::{T0, failed, hours, picture, ready, recording, sighting, sms, voicemail};

/// How a part of a message stands in the table below.
#[derive(Clone, Copy, Debug)]
enum Part {
    Archived,
    Pending,
    Missing,
    Excluded,
}

async fn stand<S: Store>(stage: &Stage<'_, S>, item: &Item, part: Part) {
    let standing = match part {
        Part::Excluded => Standing::Excluded("rule"),
        _ => Standing::Ready,
    };
    stage.note(&[sighting(item, standing)], T0).await;
    match part {
        Part::Archived => stage.archive(item, b"bytes", T0).await,
        Part::Pending => stage.settle(item, failed(Pending::Failed, T0), T0).await,
        Part::Missing => {
            let cause = "gone".to_owned();
            stage.settle(item, Outcome::Missing { cause }, T0).await;
        }
        Part::Excluded => {}
    }
}

/// A message is one, whatever its parts: archived when all are, pending when
/// any is, else missing when any is, else excluded when all are.
pub async fn a_unit_counts_by_its_parts<S: Store>(store: &S) {
    use Part::{Archived, Excluded, Missing, Pending};
    let stage = Stage::set(store, "1").await;
    let table = [
        ([Archived, Archived, Archived], "archived"),
        ([Archived, Pending, Archived], "pending"),
        ([Missing, Pending, Excluded], "pending"),
        ([Pending, Pending, Pending], "pending"),
        ([Archived, Missing, Archived], "missing"),
        ([Excluded, Missing, Excluded], "missing"),
        ([Excluded, Excluded, Excluded], "excluded"),
    ];
    let mut before = Count::default();
    for (n, (parts, expected)) in table.into_iter().enumerate() {
        let unit = n.to_string();
        let text = sms(&unit, T0);
        let pictures = [picture(&unit, "1", T0), picture(&unit, "2", T0)];
        for (item, part) in [&text, &pictures[0], &pictures[1]].into_iter().zip(parts) {
            stand(&stage, item, part).await;
        }
        let now = stage.counts().await[&DataType::Sms];
        let one = |word| u64::from(word == expected);
        assert_eq!(now.archived - before.archived, one("archived"), "{parts:?}");
        assert_eq!(now.pending - before.pending, one("pending"), "{parts:?}");
        assert_eq!(now.missing - before.missing, one("missing"), "{parts:?}");
        assert_eq!(now.excluded - before.excluded, one("excluded"), "{parts:?}");
        before = now;
    }
}

/// A voicemail and a text with the same id are two units.
pub async fn units_of_two_types_are_two<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items = [sms("7", T0), voicemail("7", T0), recording("7", T0)];
    stage.note_ready(&items).await;
    let counts = stage.counts().await;
    assert_eq!(counts.len(), 3, "{counts:?}");
    assert!(counts.values().all(|it| it.pending == 1));
}

/// Files and bytes are those of archived parts, also of a message that waits
/// for another part.
pub async fn files_and_bytes_are_those_archived<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let parts = [sms("1", T0), picture("1", "1", T0), picture("1", "2", T0)];
    stage.note_ready(&parts).await;
    stage.archive(&parts[0], b"12345", T0).await;
    stage.archive(&parts[2], b"", T0).await;
    let count = stage.counts().await[&DataType::Sms];
    assert_eq!((count.archived, count.pending), (0, 1));
    assert_eq!((count.files, count.bytes), (2, 5));
    stage.archive(&parts[1], b"1", T0).await;
    let count = stage.counts().await[&DataType::Sms];
    assert_eq!((count.archived, count.files, count.bytes), (1, 3, 6));
}

/// The counts of the parts of a window add up to those of the whole.
pub async fn windows_add_up<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    for n in 0..24 {
        let unit = n.to_string();
        let at_ms = T0 + n * HOUR_MS / 4;
        stage
            .note_ready(&[sms(&unit, at_ms), picture(&unit, "1", at_ms)])
            .await;
        if n % 3 == 0 {
            stage.archive(&sms(&unit, at_ms), b"text", T0).await;
            stage
                .archive(&picture(&unit, "1", at_ms), b"picture", T0)
                .await;
        }
    }
    let mut sum = Count::default();
    for hour in hours(0, 6).hours() {
        let count = stage.counts_in(hour).await[&DataType::Sms];
        assert_eq!(count.listed(), 4, "in {hour}");
        sum = sum.plus(count);
    }
    assert_eq!(sum, stage.counts_in(hours(0, 6)).await[&DataType::Sms]);
    assert_eq!(sum, stage.total().await);
    assert_eq!((sum.archived, sum.pending, sum.files), (8, 16, 16));
}

/// Reports name what is open in the order of its time, and no more than was
/// asked for.
pub async fn open_entries_come_in_the_order_of_their_time<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (late, early, done) = (sms("1", T0 + 9), recording("2", T0 + 3), sms("3", T0));
    let gone = recording("4", T0 + 6);
    let page = [
        ready(&late),
        ready(&early),
        ready(&done),
        sighting(&gone, Standing::Missing("gone")),
    ];
    stage.note(&page, T0).await;
    stage.archive(&done, b"text", T0).await;
    let open = stage.open().await;
    let told: Vec<_> = open.iter().map(|it| (it.item.clone(), it.at_ms)).collect();
    let expected = [&early, &gone, &late].map(|it| (it.id.key(), it.at_ms));
    assert_eq!(told, expected);
    assert_eq!(open[0].state, EntryState::Pending(Pending::New));
    let (account, backup) = (&stage.account, &stage.backup);
    let two = store.open_entries(account, backup, always(), 2).await;
    assert_eq!(two.unwrap(), open[..2]);
}
