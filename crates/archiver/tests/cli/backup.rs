//! `archiver backup`, from the first run to a killed one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::rig::{Rig, items, small};

#[test]
fn everything_is_archived_and_a_second_run_uploads_nothing() {
    let rig = Rig::new(small());
    let (status, report) = rig.backup(&[]);
    assert_eq!(status, 0, "{report:#}");
    assert_eq!(report["complete"], true);
    for data_type in ["recordings", "voicemail", "sms", "fax"] {
        assert!(
            report["counts"][data_type]["archived"].as_u64().unwrap() > 0,
            "{data_type}"
        );
    }
    let files = items(&rig);
    assert_eq!(
        files.len() as u64,
        report["total"]["files"].as_u64().unwrap()
    );
    every_file_is_in_dropbox(&rig);

    rig.simulation.dropbox().reset_requests();
    rig.simulation.ringcentral().reset_requests();
    let (status, second) = rig.backup(&[]);
    assert_eq!((status, second["archived_now"].as_u64()), (0, Some(0)));
    let uploads: u64 = rig
        .simulation
        .dropbox()
        .requests()
        .routes
        .iter()
        .filter(|(route, _)| route.contains("upload"))
        .flat_map(|(_, statuses)| statuses.values())
        .sum();
    assert_eq!(uploads, 0);
    assert_eq!(rig.simulation.ringcentral().requests().early_hits, 0);
}

/// Every recording, voicemail, picture and fax, byte for byte.
fn every_file_is_in_dropbox(rig: &Rig) {
    let files = rig.simulation.dropbox().files();
    let stored: BTreeSet<String> = files.into_iter().map(|it| it.sha256).collect();
    let ringcentral = rig.simulation.ringcentral();
    let mut compared = 0;
    for item in ringcentral.truth() {
        if item.content_type.starts_with("text/plain") || item.gone {
            continue;
        }
        let sha256 = ringcentral.sha256(&item).unwrap();
        assert!(
            stored.contains(&sha256),
            "{} is not in Dropbox",
            item.provider_id
        );
        compared += 1;
    }
    assert!(compared > 30, "only {compared} items were compared");
}

#[test]
fn mailboxes_that_are_closed_to_the_administrator_are_archived_all_the_same() {
    let mut scenario = small();
    scenario.ringcentral.admin_reads_other_mailboxes = false;
    scenario.ringcentral.report_deleted = true;
    scenario.ringcentral.report_ms = 0;
    let rig = Rig::new(scenario);
    let (status, closed) = rig.backup(&[]);
    assert_eq!(status, 0, "{closed:#}");
    assert_eq!(closed["complete"], true);
    every_file_is_in_dropbox(&rig);
    let ringcentral = rig.simulation.ringcentral();
    ringcentral.change_options(|it| it.admin_reads_other_mailboxes = true);
    let (status, open) = rig.backup(&[]);
    assert_eq!((status, open["archived_now"].as_u64()), (0, Some(0)));
    assert_eq!(open["counts"], closed["counts"]);
}

#[test]
fn a_dry_run_leaves_no_trace() {
    let rig = Rig::new(small());
    let from = "2026-01-01";
    let output = rig.run(&["backup", "--from", from, "--to", "now", "--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("Dry run") && text.contains("Call Recordings"),
        "{text}"
    );
    assert!(rig.simulation.dropbox().files().is_empty());
    assert!(!rig.data_dir().exists());
}

#[test]
fn an_archive_in_a_folder_has_the_same_bytes() {
    let rig = Rig::new(small());
    let (status, report) = rig.backup(&["--to-folder", "archive"]);
    assert_eq!(status, 0, "{report:#}");
    assert!(rig.folder.path().join("archive/Archive").is_dir());
    assert!(rig.simulation.dropbox().files().is_empty());
    let (_, second) = rig.backup(&["--to-folder", "archive"]);
    assert_eq!(second["archived_now"], 0);
}

#[test]
fn an_extension_backs_up_itself_and_nobody_else() {
    let mut rig = Rig::new(small());
    let jwt = rig.simulation.ringcentral().jwt_of("102").unwrap();
    rig.set("RINGCENTRAL_JWT", &jwt);
    let (status, report) = rig.backup(&["--scope", "extension"]);
    assert_eq!(status, 0, "{report:#}");
    let owners: BTreeSet<String> = items(&rig)
        .into_iter()
        .filter_map(|it| it.path_display.split('/').nth(2).map(str::to_owned))
        .collect();
    assert!(!owners.is_empty());
    assert!(owners.iter().all(|it| it.starts_with("102 ")), "{owners:?}");
}

#[test]
fn a_killed_run_is_completed_by_the_next_and_nothing_is_written_twice() {
    let mut scenario = small();
    scenario.company.recordings_per_day = 60;
    scenario.dropbox.commit_ms = 300;
    let rig = Rig::new(scenario);
    let from = "2026-01-01";
    let mut child = rig
        .command(&["backup", "--from", from, "--to", "now", "--json"])
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_mins(1);
    while rig.simulation.dropbox().files().len() < 5 && Instant::now() < until {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(rig.simulation.dropbox().files().len() >= 5);

    let (status, report) = rig.backup(&[]);
    assert_eq!(status, 0, "{report:#}");
    let files = items(&rig);
    assert_eq!(
        files.len() as u64,
        report["total"]["files"].as_u64().unwrap()
    );
    assert!(files.iter().all(|it| it.history.len() == 1));
    let contents: BTreeSet<&str> = files.iter().map(|it| it.sha256.as_str()).collect();
    assert_eq!(contents.len(), files.len(), "a file lies there twice");
}
