//! `archiver database`: there and back again, with nothing lost.

use std::fs;

use crate::rig::{Rig, items, small, told};

fn ok(rig: &Rig, args: &[&str]) -> String {
    let output = rig.run(args);
    let (status, text) = told(&output);
    assert_eq!(status, 0, "{args:?}: {text}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_copy_brings_everything_back() {
    let rig = Rig::new(small());
    let (status, first) = rig.backup(&[]);
    assert_eq!(status, 0);
    let said = ok(&rig, &["database", "backup", "--to", "copy.db"]);
    assert!(said.contains("copy.db holds the whole database"), "{said}");
    let (status, text) = told(&rig.run(&["database", "backup", "--to", "copy.db"]));
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("exists already"), "{text}");

    // The machine is lost; the key was kept somewhere else.
    let key = fs::read(rig.data_dir().join("master.key")).unwrap();
    fs::remove_dir_all(rig.data_dir()).unwrap();
    let (status, text) = told(&rig.run(&["database", "restore", "--from", "copy.db"]));
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("master key"), "{text}");
    fs::create_dir_all(rig.data_dir()).unwrap();
    closed(&rig.data_dir(), 0o700);
    fs::write(rig.data_dir().join("master.key"), key).unwrap();
    closed(&rig.data_dir().join("master.key"), 0o600);
    ok(&rig, &["database", "restore", "--from", "copy.db"]);

    let files = items(&rig).len();
    let (status, second) = rig.backup(&[]);
    assert_eq!((status, second["archived_now"].as_u64()), (0, Some(0)));
    assert_eq!(second["counts"], first["counts"]);
    assert_eq!(items(&rig).len(), files);
    let (status, text) = told(&rig.run(&["database", "restore", "--from", "copy.db"]));
    assert_eq!(status, 2, "nothing is written over an archive: {text}");
    assert!(!rig.folder.path().join("copy.db.part").exists());
}

#[test]
fn a_database_that_went_back_in_time_stores_nothing_twice() {
    let mut scenario = small();
    scenario.company.recordings_per_day = 30;
    let rig = Rig::new(scenario);
    let (status, _) = rig.backup(&["--types", "recordings"]);
    assert_eq!(status, 0);
    ok(&rig, &["database", "backup", "--to", "copy.db"]);
    let (status, _) = rig.backup(&[]);
    assert_eq!(status, 0);
    let mut before = items(&rig);
    before.sort_by(|a, b| a.path_display.cmp(&b.path_display));

    fs::remove_file(rig.data_dir().join("archiver.db")).unwrap();
    ok(&rig, &["database", "restore", "--from", "copy.db"]);
    let (status, report) = rig.backup(&[]);
    assert_eq!(status, 0, "{report:#}");
    let mut after = items(&rig);
    after.sort_by(|a, b| a.path_display.cmp(&b.path_display));
    let paths = |files: &[sim::dropbox::StoredFile]| {
        files
            .iter()
            .map(|it| it.path_display.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(&after), paths(&before), "found where they lie");
}

#[test]
fn a_new_master_key_opens_everything_and_the_old_one_nothing() {
    let rig = Rig::new(small());
    assert_eq!(rig.backup(&[]).0, 0);
    let key = rig.data_dir().join("master.key");
    let old = fs::read(&key).unwrap();
    let said = ok(&rig, &["database", "rotate-key"]);
    assert!(said.contains("sealed with the new master key"), "{said}");
    assert_ne!(fs::read(&key).unwrap(), old);
    let (status, second) = rig.backup(&[]);
    assert_eq!((status, second["archived_now"].as_u64()), (0, Some(0)));

    fs::write(&key, &old).unwrap();
    let (status, text) = told(&rig.run(&["status"]));
    assert_eq!(status, 2);
    assert!(text.contains("but the database was made with"), "{text}");
}

#[cfg(unix)]
fn closed(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
