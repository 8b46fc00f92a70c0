//! Bad input: one clear sentence, the documented status, nothing left behind.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::rig::{Rig, archiver, small, told};

const RANGE: [&str; 5] = ["backup", "--from", "2026-01-01", "--to", "now"];

/// Runs a backup that must fail with this status and these words.
fn refused(rig: &Rig, args: &[&str], status: i32, words: &[&str]) {
    let (code, text) = told(&rig.run(args));
    assert_eq!(code, status, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
    assert!(!text.contains("panicked"), "{text}");
    assert!(rig.simulation.dropbox().files().is_empty());
}

#[test]
fn wrong_ringcentral_keys() {
    let mut rig = Rig::new(small());
    rig.set("RINGCENTRAL_CLIENT_SECRET", "wrong-secret");
    refused(
        &rig,
        &RANGE,
        2,
        &["RingCentral", "RINGCENTRAL_CLIENT_SECRET"],
    );
}

#[test]
fn an_expired_jwt() {
    let mut rig = Rig::new(small());
    let expired = rig.simulation.ringcentral().expired_jwt();
    rig.set("RINGCENTRAL_JWT", &expired);
    refused(&rig, &RANGE, 2, &["JWT"]);
}

#[test]
fn a_wrong_dropbox_token() {
    let mut rig = Rig::new(small());
    rig.set("DROPBOX_REFRESH_TOKEN", "nonsense");
    refused(&rig, &RANGE, 2, &["Dropbox"]);
}

#[test]
fn keys_that_are_not_set() {
    let mut rig = Rig::new(small());
    rig.set("RINGCENTRAL_JWT", "");
    refused(&rig, &RANGE, 2, &["RINGCENTRAL_JWT"]);
}

#[test]
fn a_missing_scope_is_named_and_the_other_types_go_on() {
    let mut scenario = small();
    scenario
        .ringcentral
        .scopes
        .retain(|it| it != "ReadMessages");
    let rig = Rig::new(scenario);
    let (status, report) = rig.backup(&[]);
    assert_eq!(status, 3, "{report:#}");
    assert!(report["counts"]["recordings"]["archived"].as_u64().unwrap() > 0);
    let cause = report["not_listed"][0]["cause"].as_str().unwrap();
    assert!(cause.contains("ReadMessages"), "{cause}");
}

#[test]
fn reversed_and_unreadable_dates() {
    let rig = Rig::new(small());
    let reversed = ["backup", "--from", "2026-02-01", "--to", "2026-01-01"];
    refused(&rig, &reversed, 2, &["earlier"]);
    let unreadable = ["backup", "--from", "soon", "--to", "now"];
    refused(&rig, &unreadable, 2, &["--from", "2026-06-12"]);
    refused(&rig, &["backup", "--from", "2026-01-01"], 2, &["--to"]);
    assert!(!rig.data_dir().exists());
}

#[test]
fn an_unwritable_folder() {
    let rig = Rig::new(small());
    let file = rig.folder.path().join("a-file");
    fs::write(&file, "not a folder").unwrap();
    let target = file.to_str().unwrap();
    let args = [&RANGE[..], &["--to-folder", target]].concat();
    refused(&rig, &args, 2, &["a-file"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a folder");
}

#[test]
fn a_full_dropbox_stops_the_run_and_the_next_one_goes_on() {
    let mut scenario = small();
    scenario.dropbox.quota_bytes = 300_000;
    let rig = Rig::new(scenario);
    let (code, text) = told(&rig.run(&RANGE));
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("full") || text.contains("space"), "{text}");
    rig.simulation
        .dropbox()
        .change_options(|it| it.quota_bytes = u64::MAX);
    let (status, report) = rig.backup(&[]);
    assert_eq!(status, 0, "{report:#}");
}

#[test]
fn a_broken_configuration_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("archiver.toml"),
        "ringcentral_jwt = \"secret",
    )
    .unwrap();
    let (code, text) = told(&archiver(folder.path(), &RANGE).output().unwrap());
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("archiver.toml, line 1"), "{text}");
    assert!(!text.contains("secret"), "a secret is repeated: {text}");

    fs::write(
        folder.path().join("archiver.toml"),
        "ring_central = 1\nlisten = 2",
    )
    .unwrap();
    let (code, text) = told(&archiver(folder.path(), &RANGE).output().unwrap());
    assert_eq!(code, 2, "{text}");
    assert!(
        text.contains("ring_central") && text.contains("\"listen\""),
        "{text}"
    );
}

#[test]
fn a_port_that_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["serve", "demo"] {
        let output = archiver(folder.path(), &[command, "--listen", &address]).output();
        let (code, text) = told(&output.unwrap());
        assert_eq!(code, 1, "{text}");
        assert!(
            text.contains(&address) && text.contains("--listen"),
            "{text}"
        );
    }
}

#[test]
fn a_server_that_does_not_answer() {
    let mut rig = Rig::new(small());
    rig.set("RINGCENTRAL_SERVER_URL", "http://127.0.0.1:1");
    refused(&rig, &RANGE, 1, &["RingCentral"]);
}

#[test]
fn a_data_dir_that_others_can_open() {
    let rig = Rig::new(small());
    fs::create_dir(rig.data_dir()).unwrap();
    fs::write(rig.data_dir().join("notes"), "not ours").unwrap();
    let lax = fs::Permissions::from_mode(0o755);
    fs::set_permissions(rig.data_dir(), lax).unwrap();
    refused(&rig, &RANGE, 2, &["other users", "chmod 700"]);
    assert_eq!(fs::read_dir(rig.data_dir()).unwrap().count(), 1);
}

#[test]
fn a_database_that_is_not_there() {
    let mut rig = Rig::new(small());
    rig.set("ARCHIVER_DATABASE_URL", "mysql://me:hush@db/x");
    refused(&rig, &RANGE, 2, &["database URL", "postgres://"]);
    let nobody = "postgres://me:hush@127.0.0.1:1/x";
    rig.set("ARCHIVER_DATABASE_URL", nobody);
    refused(&rig, &RANGE, 1, &["database", "127.0.0.1:1"]);
    let (_, text) = told(&rig.run(&RANGE));
    assert!(!text.contains("hush"), "a password is repeated: {text}");
}

#[test]
fn secrets_that_others_can_read_are_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("archiver.toml");
    let warned = |text: &str, mode| {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let (_, text) = told(&archiver(folder.path(), &RANGE).output().unwrap());
        text.contains("chmod 600")
    };
    assert!(warned("dropbox_app_secret = \"hush\"", 0o644));
    assert!(!warned("dropbox_app_secret = \"hush\"", 0o600));
    assert!(!warned("archiver_listen = \"127.0.0.1:0\"", 0o644));
}

#[test]
fn a_scenario_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.toml"), "[company]\ndayz = 3").unwrap();
    for (file, word) in [("bad.toml", "line 2"), ("none.toml", "cannot be read")] {
        let command = archiver(folder.path(), &["simulate", "--faults", file]).output();
        let (code, text) = told(&command.unwrap());
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(file) && text.contains(word), "{text}");
    }
}
