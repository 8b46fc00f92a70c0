//! `archiver export`: what is handed over is checked by its own script and by
//! programs that nobody here wrote.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::rig::{Rig, items, small, told};

/// A company whose last days are archived.
fn archived() -> Rig {
    let rig = Rig::new(small());
    assert_eq!(rig.backup(&[]).0, 0);
    rig
}

fn export(rig: &Rig, args: &[&str]) -> Value {
    let output = rig.run(&[&["export", "--json"], args].concat());
    let (status, text) = told(&output);
    assert_eq!(status, 0, "{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn strangers(zip: &Path) -> (i32, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/check-export");
    let output = Command::new("python3").arg(script).arg(zip).output();
    let output = output.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

fn unpacked(rig: &Rig, zip: &Path) -> PathBuf {
    let to = rig.folder.path().join("unpacked");
    let mut python = Command::new("python3");
    let unzip = python.args(["-m", "zipfile", "-e"]).arg(zip).arg(&to);
    assert!(unzip.status().unwrap().success());
    to
}

fn verified(folder: &Path) -> (i32, String) {
    let output = Command::new("sh").arg(folder.join("verify.sh")).output();
    let output = output.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

/// Some file below a folder.
fn any_file(folder: &Path) -> PathBuf {
    let first = fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    if first.file_type().unwrap().is_dir() {
        any_file(&first.path())
    } else {
        first.path()
    }
}

#[test]
fn an_export_proves_itself_with_standard_tools() {
    let rig = archived();
    let told_of = export(&rig, &["--into", "all.zip"]);
    let zip = rig.folder.path().join("all.zip");
    assert_eq!(told_of["handed_over"], items(&rig).len());
    assert_eq!(told_of["size"], fs::metadata(&zip).unwrap().len());
    let (status, text) = strangers(&zip);
    assert_eq!(status, 0, "{text}");
    assert!(!text.contains(" 0 mails"), "{text}");
    let folder = unpacked(&rig, &zip);
    let (status, text) = verified(&folder);
    assert_eq!(status, 0, "{text}");
    assert!(text.starts_with("ok: all "), "{text}");
    for file in items(&rig) {
        let path = file.path_display.trim_start_matches('/').to_owned();
        let mine = fs::read(folder.join("files").join(&path)).unwrap();
        assert_eq!(mine.len() as u64, file.size, "{path}");
    }
    // One byte of one file, in the copy and in the ZIP.
    let victim = any_file(&folder.join("files"));
    let mut bytes = fs::read(&victim).unwrap();
    bytes[0] ^= 1;
    fs::write(&victim, &bytes).unwrap();
    let (status, text) = verified(&folder);
    let name = victim.strip_prefix(&folder).unwrap().to_str().unwrap();
    assert_eq!(status, 1, "{text}");
    assert!(text.contains(&format!("{name}: FAILED")), "{text}");
    assert!(text.contains("WRONG: 1 of "), "{text}");
    fs::remove_file(&victim).unwrap();
    assert!(verified(&folder).1.contains(&format!("{name}: FAILED")));
    let mut whole = fs::read(&zip).unwrap();
    let middle = whole.len() / 2;
    whole[middle] ^= 1;
    fs::write(&zip, whole).unwrap();
    assert_ne!(strangers(&zip).0, 0);
}

#[test]
fn a_search_is_handed_over_and_nothing_is_replaced() {
    let rig = archived();
    let faxes = export(&rig, &["--type", "fax", "--into", "faxes.zip"]);
    let all = export(&rig, &["--into", "all.zip"]);
    assert!(faxes["items"].as_u64().unwrap() > 0);
    assert!(faxes["items"].as_u64() < all["items"].as_u64());
    let (status, text) = strangers(&rig.folder.path().join("faxes.zip"));
    assert_eq!(status, 0, "{text}");
    assert!(text.contains(" 0 mails"), "{text}");
    let again = rig.run(&["export", "--into", "all.zip"]);
    let (status, text) = told(&again);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("is there already"), "{text}");
    let none = rig.run(&["export", "nobodysaidthis", "--into", "none.zip"]);
    let (status, text) = told(&none);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("nothing was found"), "{text}");
    assert!(!rig.folder.path().join("none.zip").exists());
    let audit = rig.run(&["audit", "--json"]);
    let audit = String::from_utf8(audit.stdout).unwrap();
    for action in ["export.make", "export.download"] {
        assert!(audit.contains(action), "{audit}");
    }
}

/// A ZIP that broke off lies there under its own export's name: another one
/// does not go on behind it.
#[test]
fn an_export_never_goes_on_behind_anothers_bytes() {
    let rig = archived();
    let here = rig.folder.path();
    fs::write(here.join("all.zip.part"), "an older version's").unwrap();
    fs::write(here.join("all.zip.0123456789abcdef.part"), "another's").unwrap();
    export(&rig, &["--into", "all.zip"]);
    let (status, text) = strangers(&here.join("all.zip"));
    assert_eq!(status, 0, "{text}");
    let left = fs::read(here.join("all.zip.0123456789abcdef.part")).unwrap();
    assert_eq!(left, b"another's");
}
