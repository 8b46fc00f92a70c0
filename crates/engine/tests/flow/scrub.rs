//! What a server does by itself so that an archive stays what it was.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use domain::alarm::AlarmKind;
use domain::archive_path::ArchivePath;
use domain::connection::{Backup, BackupId, Connection, ConnectionId};
use domain::data_type::DataType;
use domain::proof::Discrepancy;
use domain::retention::Retention;
use domain::scrub::Scrub;
use domain::window::{DAY_MS, HOUR_MS, Window};
use domain::{Error, Kind};
use testkit::builders::{recording, sms, voicemail};
use testkit::memory::source::Plant;

use crate::rig::DAWN;
use crate::server::{ON, Server};

const DAY: Duration = Duration::from_hours(24);

/// A server whose company has so many recordings, one an hour before ON, all
/// archived.
async fn archived(recordings: i64) -> Server {
    let server = Server::new().await;
    for n in 0..recordings {
        let at_ms = ON - (n + 2) * HOUR_MS;
        let plant = Plant::new(recording(&format!("r{n:03}"), at_ms));
        server.source().plant(plant);
    }
    server.switch(true).await;
    server.settle().await;
    let files = server.destination().files().len();
    assert_eq!(i64::try_from(files), Ok(recordings));
    server
}

/// Cares until nothing is due; how often.
async fn care(server: &Server) -> usize {
    let worker = server.worker("careful");
    let mut times = 0;
    while worker.care().await.unwrap() {
        times += 1;
        assert!(times < 100, "it is always due");
    }
    times
}

async fn scrub(server: &Server) -> Scrub {
    let backup = server.backup().await;
    let scrub = server.store.scrub(&backup.account, &backup.id).await;
    scrub.unwrap()
}

async fn alarms(server: &Server) -> Vec<String> {
    let standing = server.store.alarms().await.unwrap();
    let drift = standing
        .into_iter()
        .filter(|it| it.alarm.key.kind == AlarmKind::Drift);
    drift.map(|it| it.alarm.what).collect()
}

fn path_of(server: &Server, part: &str) -> ArchivePath {
    let files = server.destination().files();
    let path = files.keys().find(|it| it.contains(part)).unwrap();
    ArchivePath::new(path.clone()).unwrap()
}

fn flipped(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes.into()
}

#[tokio::test(start_paused = true)]
async fn every_file_is_looked_at_monthly_and_a_hundredth_read_daily() {
    let server = archived(30).await;
    let (asked, puts) = (
        server.source().asked().len(),
        server.destination().puts().len(),
    );
    assert_eq!(care(&server).await, 2, "a look, then a share");
    let first = scrub(&server).await;
    let bytes: usize = server.destination().files().values().map(Bytes::len).sum();
    assert!(first.bytes * 100 >= bytes as u64, "{first:?}");
    assert_eq!(care(&server).await, 0);
    for _ in 0..27 {
        tokio::time::sleep(DAY).await;
        assert_eq!(care(&server).await, 1, "a share");
    }
    assert_eq!(scrub(&server).await.looked_ms, first.looked_ms);
    tokio::time::sleep(DAY).await;
    assert_eq!(care(&server).await, 2);
    let after = scrub(&server).await;
    assert!(after.looked_ms > first.looked_ms);
    assert!(
        after.round_ms.is_some(),
        "every file was read at least once"
    );
    assert_eq!(alarms(&server).await, [""; 0]);
    assert_eq!(
        server.source().asked().len(),
        asked,
        "the provider is left alone"
    );
    assert_eq!(
        server.destination().puts().len(),
        puts,
        "nothing is written"
    );
    let backup = server.backup().await;
    let proofs = server.store.proofs(&backup.account, &backup.id, 9).await;
    let proofs = proofs.unwrap();
    assert_eq!(proofs.len(), 2);
    assert!(proofs.iter().all(|it| it.holds() && it.files == 30));
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_told_and_archived_anew_while_the_provider_has_it() {
    let server = archived(3).await;
    let young = path_of(&server, "r000");
    server.destination().tamper(&young, None);
    care(&server).await;
    let told = alarms(&server).await;
    assert!(told[0].starts_with("1 archived files are gone"), "{told:?}");
    server.hurry().await;
    server.settle().await;
    assert!(server.destination().bytes_at(&young).is_some());
    tokio::time::sleep(28 * DAY).await;
    care(&server).await;
    assert_eq!(alarms(&server).await, [""; 0]);
}

/// Its entry is the only thing that tells what was archived.
#[tokio::test(start_paused = true)]
async fn what_the_provider_has_no_more_stays_in_the_ledger_as_it_was_archived() {
    let server = archived(3).await;
    let path = path_of(&server, "r001");
    let bytes = server.destination().bytes_at(&path).unwrap();
    tokio::time::sleep(100 * DAY).await;
    server.destination().tamper(&path, None);
    care(&server).await;
    assert_eq!(alarms(&server).await.len(), 1);
    let backup = server.backup().await;
    let counts = server
        .store
        .counts(&backup.account, &backup, Window::EVER)
        .await
        .unwrap();
    assert_eq!(counts[&DataType::CallRecording].archived, 3);
    let proofs = server.store.proofs(&backup.account, &backup.id, 1).await;
    let proof = proofs.unwrap().remove(0);
    assert_eq!(proof.discrepancies.get(&Discrepancy::Gone), Some(&1));
    // Somebody brings it back.
    server.destination().tamper(&path, Some(bytes));
    tokio::time::sleep(28 * DAY).await;
    care(&server).await;
    assert_eq!(alarms(&server).await, [""; 0]);
}

/// A company may have its recordings deleted after a week.
#[tokio::test(start_paused = true)]
async fn what_is_still_kept_goes_by_the_companys_own_retention() {
    let server = archived(3).await;
    let account = server.backup().await.account;
    let week = Retention(BTreeMap::from([(DataType::CallRecording, 7)]));
    let told = server.store.keep_retention(&account, &week, ON);
    told.await.unwrap();
    tokio::time::sleep(10 * DAY).await;
    server.destination().tamper(&path_of(&server, "r001"), None);
    care(&server).await;
    assert_eq!(alarms(&server).await.len(), 1);
    let backup = server.backup().await;
    let counts = server.store.counts(&account, &backup, Window::EVER).await;
    let counts = counts.unwrap();
    assert_eq!(counts[&DataType::CallRecording].archived, 3);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_read_keeps_nobody_from_the_others() {
    let server = archived(3).await;
    let locked = Error::new(Kind::Incomplete, "cut short, every time");
    let path = path_of(&server, "r001");
    server.destination().lock(&path, Some(&locked));
    care(&server).await;
    let first = scrub(&server).await;
    assert_eq!((first.files, first.unread), (2, 1), "{first:?}");
    tokio::time::sleep(DAY).await;
    care(&server).await;
    assert!(scrub(&server).await.round_ms.is_some());
}

/// A provider that does not answer has not said that all is well.
#[tokio::test(start_paused = true)]
async fn an_outage_is_no_reading() {
    let server = archived(3).await;
    tokio::time::sleep(100 * DAY).await;
    let path = path_of(&server, "r002");
    let good = server.destination().bytes_at(&path).unwrap();
    server.destination().rot(&path, flipped(&good));
    care(&server).await;
    assert_eq!(alarms(&server).await.len(), 1);
    let away = Error::new(Kind::Unavailable, "away");
    for part in ["r000", "r001", "r002"] {
        let path = path_of(&server, part);
        server.destination().lock(&path, Some(&away));
    }
    for _ in 0..5 {
        tokio::time::sleep(DAY).await;
        care(&server).await;
    }
    assert_eq!(alarms(&server).await.len(), 1, "{:?}", scrub(&server).await);
}

/// Somebody deletes or changes it the day after the look.
#[tokio::test(start_paused = true)]
async fn what_is_gone_or_changed_is_found_by_the_daily_reading_too() {
    let server = archived(3).await;
    care(&server).await;
    let (gone, changed) = (path_of(&server, "r000"), path_of(&server, "r001"));
    server.destination().tamper(&gone, None);
    let other = Bytes::from_static(b"other");
    server.destination().tamper(&changed, Some(other));
    for _ in 0..2 {
        tokio::time::sleep(DAY).await;
        care(&server).await;
    }
    let told = alarms(&server).await;
    let wanted = "1 archived files are gone from the destination, 1 have another size or hash";
    assert!(told[0].starts_with(wanted), "{told:?}");
    assert_eq!(told.len(), 1, "{told:?}");
    server.settle().await;
    assert!(server.destination().bytes_at(&gone).is_some());
}

/// Two Backups with one Dropbox: what the one finds in order says nothing of
/// the other's files.
#[tokio::test(start_paused = true)]
async fn one_backups_look_ends_no_other_ones_alarm() {
    let server = archived(2).await;
    tokio::time::sleep(100 * DAY).await;
    server.destination().tamper(&path_of(&server, "r000"), None);
    care(&server).await;
    assert_eq!(alarms(&server).await.len(), 1);
    let other = Connection {
        id: ConnectionId::new("c2"),
        ..server.connection().await
    };
    let empty = Backup {
        id: BackupId::new("b2"),
        connection: other.id.clone(),
        enabled: true,
        ..server.backup().await
    };
    server.store.keep_connection(&other, ON).await.unwrap();
    server.store.keep_backup(&empty, ON).await.unwrap();
    assert_eq!(care(&server).await, 2, "the other one's look, and a share");
    assert_eq!(alarms(&server).await.len(), 1);
}

/// Same size, same hash in the listing: a look at all files finds nothing, and
/// must not end what reading has found.
#[tokio::test(start_paused = true)]
async fn rot_is_found_by_reading_and_told_until_a_round_is_clean() {
    let server = archived(3).await;
    tokio::time::sleep(100 * DAY).await;
    let path = path_of(&server, "r002");
    let good = server.destination().bytes_at(&path).unwrap();
    server.destination().rot(&path, flipped(&good));
    for _ in 0..5 {
        care(&server).await;
        tokio::time::sleep(DAY).await;
    }
    assert_eq!(alarms(&server).await.len(), 1, "{:?}", scrub(&server).await);
    tokio::time::sleep(28 * DAY).await;
    care(&server).await;
    assert_eq!(alarms(&server).await.len(), 1, "a look does not end it");
    server.destination().rot(&path, good);
    for _ in 0..9 {
        tokio::time::sleep(DAY).await;
        care(&server).await;
    }
    assert_eq!(alarms(&server).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_does_not_answer_is_asked_again_in_an_hour() {
    let server = archived(1).await;
    let dead = Error::new(Kind::Unauthorized, "dead");
    *server.providers.dead.lock().unwrap() = Some(dead);
    assert_eq!(care(&server).await, 1);
    assert_eq!(scrub(&server).await, Scrub::default());
    *server.providers.dead.lock().unwrap() = None;
    tokio::time::sleep(Duration::from_mins(59)).await;
    assert_eq!(care(&server).await, 0);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(care(&server).await, 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_switched_off_is_left_alone() {
    let server = archived(1).await;
    server.switch(false).await;
    assert_eq!(care(&server).await, 0);
}

/// What RingCentral listed is known day by day, without asking it for that.
#[tokio::test(start_paused = true)]
async fn the_census_is_what_the_provider_listed_of_each_whole_day() {
    let server = Server::new().await;
    let plant = |item| server.source().plant(Plant::new(item));
    plant(recording("a", DAWN - 3 * DAY_MS + 1));
    plant(recording("b", DAWN - 3 * DAY_MS + 2));
    plant(sms("c", DAWN - 3 * DAY_MS + 3));
    plant(voicemail("d", DAWN + HOUR_MS));
    server.switch(true).await;
    server.settle().await;
    let backup = server.backup().await;
    let census = |from: i64, to: i64| {
        let window = Window::from_ms(from, to).unwrap();
        let backup = backup.clone();
        let store = &server.store;
        async move { store.census(&backup.account, &backup.id, window).await }
    };
    let days = census(DAWN - 4 * DAY_MS, DAWN + DAY_MS).await.unwrap();
    let units: Vec<_> = days
        .iter()
        .map(|it| ((it.day_ms - DAWN) / DAY_MS, it.listed.values().sum::<u64>()))
        .collect();
    assert_eq!(
        units,
        [(-4, 0), (-3, 3), (-2, 0), (-1, 0)],
        "today is not over"
    );
    assert_eq!(days[1].listed[&DataType::CallRecording], 2);
    server
        .live(36 * Duration::from_hours(1), Duration::from_mins(30))
        .await;
    let today = census(DAWN, DAWN + DAY_MS).await.unwrap();
    assert_eq!(today[0].listed[&DataType::Voicemail], 1);
    assert!(today[0].at_ms >= DAWN + DAY_MS);
}
