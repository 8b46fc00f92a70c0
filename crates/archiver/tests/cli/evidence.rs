//! The evidence in an archive: checked offline, by strangers' tools, and the
//! way back from it when the database is lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::rig::{Rig, archiver, items, small, told};

const TO_FOLDER: [&str; 2] = ["--to-folder", "archive"];

/// An archive in a folder of the rig, and the key that signed its manifests.
fn archived(rig: &Rig) -> (PathBuf, String) {
    let (status, report) = rig.backup(&TO_FOLDER);
    assert_eq!(status, 0, "{report:#}");
    let output = rig.run(&["evidence", "key"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let key = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    assert_eq!(key.len(), 64);
    (rig.folder.path().join("archive"), key)
}

/// `verify --manifests` with an empty environment, as JSON.
fn check(folder: &Path, more: &[&str]) -> (i32, Value) {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut args = vec!["verify", "--json", "--manifests"];
    let named = folder.to_str().unwrap();
    args.push(named);
    args.extend(more);
    let output = archiver(elsewhere.path(), &args).output().unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("no report, but: {}", told(&output).1));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    (output.status.code().unwrap(), report)
}

fn kinds(report: &Value) -> Vec<(&str, &str)> {
    let findings = report["findings"].as_array().unwrap();
    let kinds = findings
        .iter()
        .map(|it| (it["kind"].as_str().unwrap(), it["path"].as_str().unwrap()));
    kinds.collect()
}

/// Files below a folder, by their paths.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn ending(folder: &Path, end: &str) -> PathBuf {
    let mut all = files(folder).into_iter();
    all.find(|it| it.to_str().unwrap().ends_with(end)).unwrap()
}

#[test]
fn a_copy_is_checked_with_nothing_but_a_key() {
    let rig = Rig::new(small());
    let (archive, key) = archived(&rig);
    let key_file = rig.folder.path().join("key.txt");
    fs::write(&key_file, format!("{key}\n")).unwrap();
    let by_key = ["--public-key", key.as_str()];
    for (folder, files) in [
        (archive.clone(), true),
        (archive.join("Archive"), true),
        (archive.join("Archive/_archiver"), false),
        (archive.join("Archive/_archiver/manifests"), false),
    ] {
        let (status, report) = check(&folder, &by_key);
        assert_eq!(status, 0, "{}: {report:#}", folder.display());
        assert_eq!(report["files"].as_u64().unwrap() > 0, files);
        assert_eq!(
            (&report["good"], &report["trusted"]),
            (&true.into(), &true.into())
        );
    }
    let (status, report) = check(&archive, &["--public-key", key_file.to_str().unwrap()]);
    assert_eq!((status, &report["trusted"]), (0, &true.into()));
    let (status, report) = check(&archive, &[]);
    assert_eq!((status, &report["trusted"]), (0, &false.into()));
    let head = report["chains"][0]["sha256"].as_str().unwrap().to_owned();
    assert_eq!(check(&archive, &["--head", &head]).0, 0);
    let noted = rig.run(&["evidence", "head"]);
    assert!(String::from_utf8(noted.stdout).unwrap().contains(&head));

    let other = "ab".repeat(32);
    let (status, report) = check(&archive, &["--public-key", &other]);
    assert_eq!((status, kinds(&report)[0].0), (3, "foreign"));
    let (status, report) = check(&archive, &["--head", &other]);
    assert_eq!((status, kinds(&report)), (3, vec![("behind", "")]));
}

#[test]
fn every_change_of_a_copy_is_named() {
    let rig = Rig::new(small());
    let (archive, key) = archived(&rig);
    let by_key = ["--public-key", key.as_str()];
    let manifest = ending(&archive, "00000001.jsonl");
    let sums = ending(&archive, "00000001.sha256");
    let item = ending(&archive.join("Archive"), ".mp3");
    for (file, kind) in [
        (&manifest, "unreadable"),
        (&sums, "sums"),
        (&item, "changed"),
    ] {
        let good = fs::read(file).unwrap();
        let mut bytes = good.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(file, bytes).unwrap();
        let (status, report) = check(&archive, &by_key);
        assert_eq!((status, kinds(&report)[0].0), (3, kind), "{report:#}");
        fs::write(file, good).unwrap();
    }
    let aside = rig.folder.path().join("aside");
    fs::rename(&item, &aside).unwrap();
    let (status, report) = check(&archive, &by_key);
    assert_eq!((status, kinds(&report)[0].0), (3, "missing"));
    fs::rename(&aside, &item).unwrap();
    fs::write(archive.join("Archive/stray.txt"), "x").unwrap();
    let (status, report) = check(&archive, &by_key);
    assert_eq!(
        (status, kinds(&report)),
        (3, vec![("extra", "Archive/stray.txt")])
    );
    fs::remove_file(archive.join("Archive/stray.txt")).unwrap();
    // What machines put into every folder is no finding, nor is the case in
    // which a Dropbox spells a folder.
    for folder in [
        archive.join("Archive"),
        archive.join("Archive/_archiver/manifests"),
    ] {
        for clutter in [".DS_Store", "desktop.ini", "Thumbs.db"] {
            fs::write(folder.join(clutter), "x").unwrap();
        }
    }
    let name = item.file_name().unwrap().to_str().unwrap();
    let shouted = item.with_file_name(name.to_uppercase());
    assert_ne!(shouted, item);
    fs::rename(&item, &shouted).unwrap();
    let (status, report) = check(&archive, &by_key);
    assert_eq!((status, kinds(&report)), (0, vec![]), "{report:#}");
    fs::rename(&shouted, &item).unwrap();

    for wrong in [
        vec!["verify", "--manifests", "nowhere"],
        vec!["verify", "--manifests", ".", "--public-key", "ab"],
        vec!["verify", "--manifests", ".", "--deep"],
        vec!["verify", "--public-key", &key],
        vec!["verify", "--manifests", "."],
    ] {
        let output = archiver(rig.folder.path(), &wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {output:?}");
    }
    let by_people = ["verify", "--manifests", ".", "--public-key", &key];
    let text = archiver(&archive, &by_people).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("good: every manifest is signed"), "{text}");
}

#[test]
fn strangers_tools_come_to_the_same_end() {
    let rig = Rig::new(small());
    let (archive, key) = archived(&rig);
    let shelf = archive.join("Archive");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/check-manifests");
    let python = |key: &str| {
        let mut command = Command::new("python3");
        command.arg(&script).arg(&shelf).arg(key);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text)
    };
    let sha256sum = || {
        let line = "find _archiver -name '*.sha256' -exec sha256sum --quiet -c {} +";
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(&shelf);
        command.output().unwrap()
    };
    let (status, text) = python(&key);
    assert_eq!(status, 0, "{text}");
    assert!(
        text.starts_with("1 manifests,") && text.contains(", 0 wrong"),
        "{text}"
    );
    let output = sha256sum();
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
    assert_eq!(python(&"ab".repeat(32)).0, 1);

    let item = ending(&shelf, ".mp3");
    let mut bytes = fs::read(&item).unwrap();
    bytes[5] ^= 1;
    fs::write(&item, bytes).unwrap();
    let (status, text) = python(&key);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("other bytes"), "{text}");
    assert!(!sha256sum().status.success());
    let readme = fs::read_to_string(shelf.join("_archiver/README.txt")).unwrap();
    assert!(
        readme.contains(&key) && readme.contains("sha256sum"),
        "{readme}"
    );
}

fn uploads(rig: &Rig) -> Vec<String> {
    let requests = rig.simulation.dropbox().requests();
    let uploads = requests
        .routes
        .into_keys()
        .filter(|it| it.contains("upload"));
    uploads.collect()
}

#[test]
fn a_lost_database_is_rebuilt_from_dropbox_and_nothing_is_uploaded_twice() {
    let rig = Rig::new(small());
    let (status, report) = rig.backup(&[]);
    assert_eq!(status, 0, "{report:#}");
    let before = rig.simulation.dropbox().files();
    let key = rig.run(&["evidence", "key"]).stdout;
    let key = String::from_utf8(key).unwrap().trim().to_owned();
    let output = rig.run(&["rebuild"]);
    assert_eq!(told(&output).0, 2, "only an empty memory is rebuilt");

    fs::remove_dir_all(rig.data_dir()).unwrap();
    let output = rig.run(&["rebuild", "--json", "--public-key", &key]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output).1);
    let rebuilt: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rebuilt["entered"], report["total"]["files"], "{rebuilt:#}");
    assert_eq!(rebuilt["not_there"], 0);
    let log = rig.run(&["audit", "--jsonl"]);
    let log = String::from_utf8(log.stdout).unwrap();
    assert!(
        log.contains("rebuild.run") && !log.contains("backup.run"),
        "{log}"
    );
    assert_eq!(rig.simulation.dropbox().files().len(), before.len());
    rig.simulation.dropbox().reset_requests();
    let (status, again) = rig.backup(&[]);
    assert_eq!((status, again["archived_now"].as_u64()), (0, Some(0)));
    assert_eq!(again["total"], report["total"]);
    assert_eq!(uploads(&rig), Vec::<String>::new());
    assert_eq!(rig.simulation.dropbox().files().len(), before.len());
    let output = rig.run(&["verify", "--deep", "--json"]);
    let proof: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{proof:#}");
}

#[test]
fn without_a_single_manifest_a_lost_database_costs_uploads_and_no_file() {
    let rig = Rig::new(small());
    let (status, report) = rig.backup(&TO_FOLDER);
    assert_eq!(status, 0, "{report:#}");
    let archive = rig.folder.path().join("archive/Archive");
    fs::remove_dir_all(archive.join("_archiver")).unwrap();
    let before = files(&archive);
    fs::remove_dir_all(rig.data_dir()).unwrap();
    let (status, again) = rig.backup(&TO_FOLDER);
    assert_eq!(status, 0, "{again:#}");
    assert_eq!(again["total"], report["total"]);
    fs::remove_dir_all(archive.join("_archiver")).unwrap();
    assert_eq!(files(&archive), before);
}

#[test]
fn a_new_key_goes_on_where_the_old_one_ended() {
    let rig = Rig::new(small());
    let (archive, old) = archived(&rig);
    fs::remove_dir_all(rig.data_dir()).unwrap();
    let output = rig.run(&["rebuild", "--to-folder", "archive"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output).1);
    let aside = ending(&archive.join("Archive"), ".mp3");
    fs::remove_file(&aside).unwrap();
    let repair = rig.run(&["verify", "--to-folder", "archive", "--repair"]);
    assert_eq!(repair.status.code(), Some(3));
    let (status, report) = rig.backup(&TO_FOLDER);
    assert_eq!((status, report["archived_now"].as_u64()), (0, Some(1)));
    let new = String::from_utf8(rig.run(&["evidence", "key"]).stdout).unwrap();
    let new = new.trim();
    assert_ne!(new, old);
    let (status, report) = check(&archive, &["--public-key", &old, "--public-key", new]);
    assert_eq!(status, 0, "{report:#}");
    assert_eq!(report["chains"].as_array().unwrap().len(), 2);
    let (status, report) = check(&archive, &[]);
    assert_eq!(status, 0, "{report:#}");
    let (status, report) = check(&archive, &["--public-key", new]);
    assert_eq!((status, kinds(&report)[0].0), (3, "foreign"));
    assert!(items(&rig).is_empty(), "nothing went to Dropbox");
}
