//! `kill -9` in the middle of many puts.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use destination_folder::{Folder, Options};
use domain::ports::Destination as _;
use futures::{StreamExt, stream};
use testkit::builders::{chunked, path};
use testkit::samples::noise;

use crate::archive::files;

const FILES: usize = 400;

fn file(number: usize) -> (String, Bytes) {
    let name = format!("Archive/{}/{number}.bin", number % 7);
    let bytes = noise(&name, 1_000 * (number % 100));
    (name, bytes)
}

/// Puts all files, eight at a time; returns how many failed.
async fn put_all(folder: &Folder) -> usize {
    let puts = (0..FILES).map(async |number| {
        let (name, bytes) = file(number);
        folder.put(&path(&name), chunked(&bytes, 777)).await
    });
    let told = stream::iter(puts).buffer_unordered(8);
    told.filter(|it| std::future::ready(it.is_err()))
        .count()
        .await
}

/// Runs this very test in another process, where it finds the folder among
/// its arguments and writes to it until it is killed.
fn writer(root: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::whoever_is_killed_leaves_whole_files_only",
        ])
        .arg(format!("write-to={}", root.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn asked_to_write() -> Option<PathBuf> {
    let mut arguments = std::env::args();
    arguments.find_map(|it| it.strip_prefix("write-to=").map(PathBuf::from))
}

#[tokio::test]
async fn whoever_is_killed_leaves_whole_files_only() {
    if let Some(root) = asked_to_write() {
        let folder = Folder::new(root, Options::default());
        folder.prepare().await.unwrap();
        put_all(&folder).await;
        return;
    }
    let keep = tempfile::tempdir().unwrap();
    let root = keep.path().join("archive");
    for landed in [1, FILES / 8, FILES / 4] {
        let mut writer = writer(&root);
        let deadline = Instant::now() + Duration::from_mins(1);
        while !root.exists() || files(&root).len() < landed {
            assert!(Instant::now() < deadline, "the writer does not write");
            std::thread::yield_now();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        for (name, bytes) in files(&root) {
            let number = name.rsplit(['/', '.']).nth(1).unwrap();
            assert_eq!(file(number.parse().unwrap()), (name, bytes));
        }
    }
    let folder = Folder::new(root.clone(), Options::default());
    folder.prepare().await.unwrap();
    let parts = std::fs::read_dir(root.join(".archiver-part")).unwrap();
    assert_eq!(parts.count(), 0);
    assert_eq!(put_all(&folder).await, 0);
    assert_eq!(files(&root).len(), FILES);
}
