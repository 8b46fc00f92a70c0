//! Names that other programs and other systems have put there.

use std::fs;

use domain::Kind;
use domain::ports::Destination as _;
use testkit::builders::{chunked, path};
use testkit::laws::destination::Shelf as _;
use testkit::samples::noise;

use crate::archive::Archive;

/// macOS spells names in pieces (NFD); a path of the archive never does.
#[tokio::test]
async fn another_unicode_form_is_the_same_name() {
    let archive = Archive::new().await;
    let bytes = noise("a", 100);
    let folder = archive.root.join("Archive/Zoe\u{308}");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("e\u{301}TE\u{301}.bin"), &bytes).unwrap();
    let same = path("Archive/Zo\u{eb}/\u{e9}t\u{e9}.bin");
    let told = archive.folder.put(&same, chunked(&bytes, 9)).await;
    assert_eq!(archive.folder.stat(&same).await.unwrap(), told.ok());
    let other = chunked(&noise("b", 100), 9);
    let refused = archive.folder.put(&same, other).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::PathTaken);
    let beside = path("archive/zo\u{eb}/beside.bin");
    let told = archive.folder.put(&beside, chunked(&bytes, 9)).await;
    assert!(told.is_ok());
    let names: Vec<String> = archive.files().await.into_keys().collect();
    let expected = [
        "Archive/Zoe\u{308}/beside.bin",
        "Archive/Zoe\u{308}/e\u{301}TE\u{301}.bin",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn what_was_deleted_by_hand_can_be_put_again() {
    let archive = Archive::new().await;
    let (at, bytes) = (path("Archive/2026-06/a.bin"), noise("a", 100));
    for _ in 0..2 {
        let told = archive.folder.put(&at, chunked(&bytes, 9)).await;
        assert!(told.is_ok());
        fs::remove_dir_all(archive.root.join("Archive")).unwrap();
        assert_eq!(archive.folder.stat(&at).await.unwrap(), None);
    }
    let file = archive.root.join("archive/2026-06/A.BIN");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, b"somebody's").unwrap();
    let refused = archive.folder.put(&at, chunked(&bytes, 9)).await;
    assert_eq!(refused.unwrap_err().kind(), Kind::PathTaken);
    assert_eq!(fs::read(&file).unwrap(), b"somebody's");
}

#[tokio::test]
async fn a_link_leads_nowhere() {
    let archive = Archive::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("a.bin"), b"theirs").unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), archive.root.join("Archive")).unwrap();
    let file = elsewhere.path().join("a.bin");
    std::os::unix::fs::symlink(file, archive.root.join("link.bin")).unwrap();
    for at in ["Archive/b.bin", "Archive/a.bin", "link.bin"] {
        let told = archive
            .folder
            .put(&path(at), chunked(&b"theirs"[..].into(), 9))
            .await;
        assert_eq!(told.unwrap_err().kind(), Kind::PathTaken, "{at}");
    }
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn the_folder_of_part_files_is_no_place_for_a_file() {
    let archive = Archive::new().await;
    for at in [
        ".archiver-part/a.bin",
        ".ARCHIVER-part",
        ".Archiver-Part/b/c",
    ] {
        let told = archive
            .folder
            .put(&path(at), chunked(&noise("a", 1), 1))
            .await;
        assert_eq!(told.unwrap_err().kind(), Kind::PathRefused, "{at}");
        assert!(archive.folder.stat(&path(at)).await.is_err(), "{at}");
    }
}

#[tokio::test]
async fn a_declared_length_is_kept_to() {
    let archive = Archive::new().await;
    let at = path("a.bin");
    for declared in [99, 101] {
        let mut content = chunked(&noise("a", 100), 9);
        content.length = Some(declared);
        let told = archive.folder.put(&at, content).await;
        assert_eq!(told.unwrap_err().kind(), Kind::Incomplete);
    }
    assert!(archive.files().await.is_empty());
}
