//! A disk that is full, and one that became read-only: a tiny file system in
//! memory. It takes root and the right to mount; without them these tests say
//! so and prove nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use destination_folder::{Folder, Options};
use domain::ports::Destination as _;
use domain::{Error, Kind, Verdict};
use testkit::builders::{chunked, path};
use testkit::samples::noise;

use crate::archive::files;

struct Disk {
    at: PathBuf,
    _keep: tempfile::TempDir,
}

fn run(program: &str, arguments: &[&str], at: &Path) -> Result<(), String> {
    let done = Command::new(program).args(arguments).arg(at).output();
    match done {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}

impl Disk {
    /// A disk of 1 MiB, or `None` with a printed reason.
    fn of_a_mebibyte() -> Option<Disk> {
        let keep = tempfile::tempdir().unwrap();
        let at = keep.path().join("disk");
        std::fs::create_dir(&at).unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=1m", "tmpfs"];
        match run("mount", &mount, &at) {
            Ok(()) => Some(Disk { at, _keep: keep }),
            Err(reason) => {
                eprintln!("skipped: no disk can be mounted here: {reason}");
                None
            }
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = run("umount", &["-l"], &self.at);
    }
}

fn tells_what_to_do(error: &Error, kind: Kind) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.how_to_mend().is_some(), "{error}");
}

#[tokio::test]
async fn a_full_disk_says_so_and_keeps_what_it_has() {
    let Some(disk) = Disk::of_a_mebibyte() else {
        return;
    };
    let root = disk.at.join("archive");
    let folder = Folder::new(root.clone(), Options::default());
    folder.prepare().await.unwrap();
    let put = async |name: &str, size: usize| {
        let bytes = noise(name, size);
        folder.put(&path(name), chunked(&bytes, 10_000)).await
    };
    put("a.bin", 400_000).await.unwrap();
    for _ in 0..3 {
        let full = put("new folder/b.bin", 900_000).await.unwrap_err();
        tells_what_to_do(&full, Kind::Full);
        assert!(matches!(full.verdict(), Verdict::WaitFor(_)));
        let there: Vec<String> = files(&root).into_keys().collect();
        assert_eq!(there, ["a.bin"]);
    }
    let parts = std::fs::read_dir(root.join(".archiver-part")).unwrap();
    assert_eq!(parts.count(), 0, "room is given back");
    put("c.bin", 400_000).await.unwrap();
    assert!(folder.space().await.unwrap().free.unwrap() < 300_000);
}

#[tokio::test]
async fn a_read_only_disk_says_so() {
    let Some(disk) = Disk::of_a_mebibyte() else {
        return;
    };
    let root = disk.at.join("archive");
    let folder = Folder::new(root.clone(), Options::default());
    folder.prepare().await.unwrap();
    let bytes = noise("a", 10);
    let put = async |at: &str| folder.put(&path(at), chunked(&bytes, 9)).await;
    put("a.bin").await.unwrap();
    run("mount", &["-o", "remount,ro"], &disk.at).unwrap();
    tells_what_to_do(&put("b.bin").await.unwrap_err(), Kind::Config);
    tells_what_to_do(&folder.prepare().await.unwrap_err(), Kind::Config);
    let there = folder.stat(&path("a.bin")).await.unwrap();
    assert_eq!(there.map(|it| it.size), Some(10));
    let elsewhere = Folder::new(disk.at.join("new"), Options::default());
    tells_what_to_do(&elsewhere.prepare().await.unwrap_err(), Kind::Config);
}
