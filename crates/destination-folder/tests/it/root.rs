//! The root of the archive: made, guarded, named.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use destination_folder::{Folder, Options};
use domain::Kind;
use domain::ports::Destination as _;
use testkit::builders::{chunked, path};
use testkit::samples::noise;

use crate::archive::Archive;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn nobody_else_may_look_into_it() {
    let archive = Archive::new().await;
    let at = path("Archive/2026-06/a.bin");
    let told = archive.folder.put(&at, chunked(&noise("a", 1), 1)).await;
    told.unwrap();
    for folder in ["", ".archiver-part", "Archive", "Archive/2026-06"] {
        assert_eq!(mode(&archive.root.join(folder)), 0o700, "{folder}");
    }
    assert_eq!(mode(&archive.root.join(at.as_str())), 0o600);
}

#[tokio::test]
async fn an_existing_folder_keeps_its_mode() {
    let keep = tempfile::tempdir().unwrap();
    fs::set_permissions(keep.path(), fs::Permissions::from_mode(0o750)).unwrap();
    let folder = Folder::new(keep.path().to_owned(), Options::default());
    folder.prepare().await.unwrap();
    assert_eq!(mode(keep.path()), 0o750);
}

#[tokio::test]
async fn leftovers_of_a_crash_are_swept_and_nothing_else() {
    let archive = Archive::new().await;
    let leftover = archive.root.join(".archiver-part/1-0.part");
    fs::write(&leftover, b"half").unwrap();
    let seen = archive.root.join("Archive");
    fs::create_dir(&seen).unwrap();
    fs::write(seen.join("1-0.part"), b"a file of that name").unwrap();
    archive.folder.prepare().await.unwrap();
    assert!(!leftover.exists());
    assert!(seen.join("1-0.part").exists());
}

/// The empty place where a disk should be mounted looks like an archive
/// without files; nothing may be written there.
#[tokio::test]
async fn an_archive_that_is_gone_is_not_an_empty_one() {
    let archive = Archive::new().await;
    let (at, bytes) = (path("Archive/a.bin"), noise("a", 10));
    archive.folder.put(&at, chunked(&bytes, 9)).await.unwrap();
    let away = archive.root.with_extension("away");
    fs::rename(&archive.root, &away).unwrap();
    for is_empty_place in [false, true] {
        if is_empty_place {
            fs::create_dir(&archive.root).unwrap();
        }
        let put = archive.folder.put(&at, chunked(&bytes, 9)).await;
        let put = put.unwrap_err();
        assert_eq!(put.kind(), Kind::Config, "{put}");
        assert!(put.how_to_mend().is_some());
        let stat = archive.folder.stat(&at).await.unwrap_err();
        assert_eq!(stat.kind(), Kind::Config, "{stat}");
        let space = archive.folder.space().await.unwrap_err();
        assert_eq!(space.kind(), Kind::Config, "{space}");
    }
    assert_eq!(fs::read_dir(&archive.root).unwrap().count(), 0);
    fs::remove_dir(&archive.root).unwrap();
    fs::rename(&away, &archive.root).unwrap();
    assert!(archive.folder.stat(&at).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_where_the_folder_should_be_is_a_clear_error() {
    let keep = tempfile::tempdir().unwrap();
    let file = keep.path().join("file");
    fs::write(&file, b"theirs").unwrap();
    for root in [file.clone(), file.join("below")] {
        let folder = Folder::new(root, Options::default());
        let error = folder.prepare().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Config, "{error}");
        assert!(error.how_to_mend().is_some(), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"theirs");
}

#[tokio::test]
async fn one_folder_has_one_owner_however_it_is_reached() {
    let keep = tempfile::tempdir().unwrap();
    let real = keep.path().canonicalize().unwrap().join("real");
    fs::create_dir(&real).unwrap();
    symlink(&real, keep.path().join("link")).unwrap();
    let owner = async |at: &str| {
        let folder = Folder::new(keep.path().join(at), Options::default());
        folder.owner().await.unwrap()
    };
    let expected = real.join("new/archive");
    let before = owner("real/new/archive").await;
    assert_eq!(before.label, expected.to_str().unwrap());
    assert_eq!(before.id.as_str(), format!("folder:{}", before.label));
    assert!(!expected.exists(), "asking makes nothing");
    assert_eq!(owner("link/new/archive").await, before);
    let folder = Folder::new(expected, Options::default());
    folder.prepare().await.unwrap();
    assert_eq!(owner("link/../real/./new/archive").await, before);
    let space = folder.space().await.unwrap();
    assert!(space.free.is_some());
}
