//! The proof finds what was planted, and nothing else.

use std::sync::Arc;

use bytes::Bytes;
use domain::alarm::AlarmKind;
use domain::archive_path::ArchivePath;
use domain::data_type::DataType;
use domain::proof::Discrepancy;
use domain::window::{HOUR_MS, Window};
use domain::{Error, Kind};
use engine::{Ends, Proved, Repair, Thorough, verify};
use testkit::builders::{picture, recording, sms, voicemail};
use testkit::faulty::{Faults, Faulty};
use testkit::memory::Destination;
use testkit::memory::source::Plant;

use crate::rig::{DAWN, Rig};

/// A rig whose day is archived: seven items in six units.
async fn archived() -> Rig {
    let rig = Rig::new();
    let at = |hour: i64| DAWN + hour * HOUR_MS;
    rig.plant([
        Plant::new(recording("r1", at(1))),
        Plant::new(recording("r2", at(2))),
        Plant::new(recording("r3", at(3))),
        Plant::new(voicemail("v1", at(4))),
        Plant::new(sms("s1", at(5))),
        Plant::new(picture("s1", "p1", at(5))),
        Plant::new(sms("s2", at(6))),
    ]);
    assert!(rig.run().await.is_complete());
    rig
}

async fn prove(rig: &Rig, deep: bool, repair: bool) -> Proved {
    let job = rig.job().await;
    let how = Thorough {
        listed: Some(job.window),
        deep,
        repair: if repair { Repair::All } else { Repair::Nothing },
    };
    verify(&rig.ends, &job, how, &|_| {}).await.unwrap()
}

fn named(proved: &Proved) -> Vec<(Discrepancy, String)> {
    let named = proved.findings.iter().map(|it| {
        let item = it.item.as_ref().map(ToString::to_string);
        (it.discrepancy, item.or(it.path.clone()).unwrap())
    });
    let mut named: Vec<_> = named.collect();
    named.sort();
    named
}

fn path_of(rig: &Rig, part: &str) -> ArchivePath {
    let files = rig.destination.files();
    let path = files.keys().find(|it| it.contains(part)).unwrap();
    ArchivePath::new(path.clone()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_untouched_archive_is_proven_without_a_write() {
    let rig = archived().await;
    let (puts, opened) = (rig.destination.puts().len(), rig.source.opened().len());
    for deep in [false, true] {
        let proved = prove(&rig, deep, false).await;
        assert!(proved.proof.holds(), "{proved:?}");
        assert_eq!(proved.proof.files, 7);
        let listed = |it| proved.proof.listed.get(&it).copied();
        assert_eq!(listed(DataType::CallRecording), Some(3));
        assert_eq!(listed(DataType::Sms), Some(2));
        assert_eq!(proved.proof.total().archived, 6);
        assert_eq!(proved.proof.bytes_read > 0, deep);
    }
    assert_eq!(rig.destination.puts().len(), puts);
    assert_eq!(rig.source.opened().len(), opened);
    let job = rig.job().await;
    let kept = rig
        .ends
        .store
        .proofs(&job.backup.account, &job.backup.id, 9);
    assert_eq!(
        kept.await.unwrap().len(),
        1,
        "paused time: one moment, one proof"
    );
}

#[tokio::test(start_paused = true)]
async fn every_planted_discrepancy_is_named() {
    let rig = archived().await;
    let bytes = |path: &ArchivePath| rig.destination.bytes_at(path).unwrap();
    let gone = path_of(&rig, "r1");
    rig.destination.tamper(&gone, None);
    let changed = path_of(&rig, "r2");
    let longer = Bytes::from([bytes(&changed).as_ref(), b"!"].concat());
    rig.destination.tamper(&changed, Some(longer));
    let extra = ArchivePath::new("Archive/not ours.txt").unwrap();
    rig.destination
        .tamper(&extra, Some(Bytes::from_static(b"x")));
    rig.plant([Plant::new(voicemail("v2", DAWN + 7 * HOUR_MS))]);

    let proved = prove(&rig, false, false).await;
    assert!(!proved.proof.holds());
    assert_eq!(
        named(&proved),
        [
            (Discrepancy::Unknown, voicemail("v2", 0).id.to_string()),
            (Discrepancy::Gone, recording("r1", 0).id.to_string()),
            (Discrepancy::Changed, recording("r2", 0).id.to_string()),
            (Discrepancy::Extra, extra.to_string()),
        ]
    );
    assert_eq!(
        proved.proof.total().pending,
        1,
        "what was unknown is pending"
    );
    assert_eq!(proved.reopened, 0);
    let again = prove(&rig, false, false).await;
    assert!(
        !again
            .proof
            .discrepancies
            .contains_key(&Discrepancy::Unknown)
    );
}

/// Dropbox keeps the case of a folder that was there first.
#[tokio::test(start_paused = true)]
async fn a_file_that_is_listed_in_another_spelling_is_no_stray() {
    let rig = archived().await;
    let path = path_of(&rig, "r1");
    let bytes = rig.destination.bytes_at(&path).unwrap();
    rig.destination.tamper(&path, None);
    let spelled = ArchivePath::new(path.as_str().replace("Archive/", "ARCHIVE/")).unwrap();
    rig.destination.tamper(&spelled, Some(bytes));
    let proved = prove(&rig, true, false).await;
    assert!(proved.proof.holds(), "{proved:?}");
}

#[tokio::test(start_paused = true)]
async fn what_drifted_is_archived_anew_beside_what_lies_there() {
    let rig = archived().await;
    let gone = path_of(&rig, "r1");
    rig.destination.tamper(&gone, None);
    let changed = path_of(&rig, "r2");
    let forged = Bytes::from_static(b"forged");
    rig.destination.tamper(&changed, Some(forged.clone()));
    let proved = prove(&rig, false, true).await;
    assert_eq!(proved.reopened, 2);
    let standing = rig.ends.store.alarms().await.unwrap();
    assert_eq!(standing.len(), 1);
    assert_eq!(standing[0].alarm.key.kind, AlarmKind::Drift);

    assert!(rig.run().await.is_complete());
    assert_eq!(rig.destination.bytes_at(&changed), Some(forged));
    let after = prove(&rig, true, false).await;
    assert_eq!(after.proof.total().archived, 6);
    // The forgery lies there still, and is nobody's now.
    assert_eq!(named(&after), [(Discrepancy::Extra, changed.to_string())]);
    // A proof of one day cannot clear what was said of the whole.
    assert_eq!(rig.ends.store.alarms().await.unwrap().len(), 1);
    let mut job = rig.job().await;
    // Nor can one of all that was before.
    job.window = Window::from_ms(0, DAWN).unwrap();
    let how = Thorough {
        listed: Some(job.window),
        deep: false,
        repair: Repair::Nothing,
    };
    verify(&rig.ends, &job, how, &|_| {}).await.unwrap();
    assert_eq!(rig.ends.store.alarms().await.unwrap().len(), 1);
    job.window = Window::from_ms(0, DAWN + 24 * HOUR_MS).unwrap();
    let how = Thorough {
        listed: Some(job.window),
        deep: false,
        repair: Repair::Nothing,
    };
    verify(&rig.ends, &job, how, &|_| {}).await.unwrap();
    assert!(rig.ends.store.alarms().await.unwrap().is_empty());
}

/// Same size, and a destination that lists what it once vouched for: only
/// reading the bytes tells.
#[tokio::test(start_paused = true)]
async fn damage_that_no_listing_shows_is_found_by_reading() {
    let rig = archived().await;
    let path = path_of(&rig, "r3");
    let mut bytes = rig.destination.bytes_at(&path).unwrap().to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    rig.destination.rot(&path, bytes.into());
    assert!(prove(&rig, false, false).await.proof.holds());
    let proved = prove(&rig, true, false).await;
    let damaged = (Discrepancy::Damaged, recording("r3", 0).id.to_string());
    assert_eq!(named(&proved), [damaged]);
}

/// Nobody could look: that is a gap of the proof, and nothing is called gone.
#[tokio::test(start_paused = true)]
async fn a_destination_that_does_not_answer_proves_nothing_and_loses_nothing() {
    let rig = archived().await;
    let dead = Faulty::new(Destination::new(), &Faults::cut_before(0));
    let ends = Ends {
        destination: Arc::new(dead),
        ..rig.ends.clone()
    };
    let job = rig.job().await;
    let how = Thorough {
        listed: Some(job.window),
        deep: false,
        repair: Repair::All,
    };
    let proved = verify(&ends, &job, how, &|_| {}).await.unwrap();
    assert!(!proved.proof.holds() && proved.hidden.is_some());
    assert_eq!((proved.proof.gaps, proved.reopened), (1, 0));
    assert!(proved.findings.is_empty(), "{proved:?}");
}

/// What is gone is told as that; it is no reason to call the destination dead,
/// and the other files are read all the same.
#[tokio::test(start_paused = true)]
async fn a_file_that_is_gone_ends_no_reading() {
    let rig = archived().await;
    rig.destination.tamper(&path_of(&rig, "r1"), None);
    let proved = prove(&rig, true, false).await;
    let gone = (Discrepancy::Gone, recording("r1", 0).id.to_string());
    assert_eq!(named(&proved), [gone]);
    assert_eq!(proved.proof.gaps, 0, "{proved:?}");
    assert!(proved.proof.bytes_read > 0);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_does_not_answer_is_told_and_proves_nothing() {
    let rig = archived().await;
    let job = rig.job().await;
    let how = Thorough {
        listed: Some(job.window),
        deep: false,
        repair: Repair::All,
    };
    rig.source.die(Some(Error::new(Kind::Unauthorized, "dead")));
    let proved = verify(&rig.ends, &job, how, &|_| {}).await.unwrap();
    assert!(!proved.proof.holds());
    assert_eq!((proved.gaps.len(), proved.proof.files), (1, 7));
    assert_eq!(proved.reopened, 0);
}
