//! Laws of paths: which are one, and that every one will do.

use bytes::Bytes;
use domain::Kind;

use super::{Shelf, holds, put, stat};
use crate::builders::path;
use crate::samples::noise;

/// Paths that differ only in case are one path, in folders and in any script:
/// equal bytes succeed, others find it taken.
pub async fn case_does_not_tell_paths_apart<S: Shelf>(shelf: &S) {
    let name = "Archive/101 Ädä Straße/2026-06/Жалоба Σοφία.WAV";
    let bytes = noise("a", 100);
    let receipt = put(shelf, &path(name), &bytes).await.unwrap();
    for spelling in [
        "archive/101 ädä straße/2026-06/жалоба σοφία.wav",
        "ARCHIVE/101 ÄDÄ STRAßE/2026-06/ЖАЛОБА ΣΟΦΊΑ.WAV",
        "Archive/101 Ädä Straße/2026-06/жалоба Σοφία.WAV",
    ] {
        let same = put(shelf, &path(spelling), &bytes).await.unwrap();
        assert_eq!((same.size, &same.hash), (receipt.size, &receipt.hash));
        let refused = put(shelf, &path(spelling), &noise("b", 100)).await;
        assert_eq!(refused.unwrap_err().kind(), Kind::PathTaken);
        let there = stat(shelf, &path(spelling)).await;
        assert_eq!(there.as_ref(), Some(&receipt));
    }
    holds(shelf, &[(name, &bytes)]).await;
}

/// Another spelling of a folder is the same folder: nothing lies in two.
/// (Which spelling of a folder is shown is the destination's choice.)
pub async fn a_folder_is_one_however_it_is_spelled<S: Shelf>(shelf: &S) {
    let bytes = noise("a", 10);
    let names = [
        "Archive/Ada/1.bin",
        "archive/ADA/2.bin",
        "ARCHIVE/ada/3.bin",
    ];
    for name in names {
        put(shelf, &path(name), &bytes).await.unwrap();
    }
    for name in names {
        assert!(stat(shelf, &path(&name.to_uppercase())).await.is_some());
    }
    let files = shelf.files().await.into_keys();
    let files: Vec<String> = files.map(|it| it.to_lowercase()).collect();
    let expected = names.map(str::to_lowercase);
    assert_eq!(files.len(), 3, "{files:?}");
    assert!(expected.iter().all(|it| files.contains(it)), "{files:?}");
}

/// Deep and long, with spaces, dots and any script: what the archive's rules
/// allow is stored under that very name.
pub async fn any_archive_path_will_do<S: Shelf>(shelf: &S) {
    let names = [
        "single".to_owned(),
        format!("{}/x.bin", ["d"; 60].join("/")),
        format!("Archive/{}.mp3", "n".repeat(116)),
        format!("Archive/{}.mp3", "名".repeat(60)),
        "Archive/101 Ada [62264006]/2026-06/2026-06-12T14-03-27-0400 call in from +16505550100 rec1.mp3"
            .to_owned(),
        "Archive/… – “quoted” 'n' #1 & 100% (a) {b} ~c @d $e !f ;g ,h =i +j ^k `l.txt".to_owned(),
        "Archive/.hidden/..two dots/a.b.c".to_owned(),
        "Archive/עברית/العربية/हिन्दी/ไทย/한국어.txt".to_owned(),
        "Archive/a".to_owned(),
        "Archive/a b".to_owned(),
        "Archive/a.b".to_owned(),
        "Archive/ab".to_owned(),
    ];
    let files: Vec<(&str, Bytes)> = names
        .iter()
        .map(|name| (name.as_str(), noise(name, 20)))
        .collect();
    for (name, bytes) in &files {
        let stored = put(shelf, &path(name), bytes).await;
        assert!(stored.is_ok(), "{name}: {stored:?}");
        assert_eq!(stat(shelf, &path(name)).await, stored.ok());
    }
    let all: Vec<_> = files.iter().map(|(name, bytes)| (*name, bytes)).collect();
    holds(shelf, &all).await;
}

/// `None` for what was never put: in no folder, in a folder, beside a file.
pub async fn what_was_never_put_is_not_there<S: Shelf>(shelf: &S) {
    assert_eq!(stat(shelf, &path("Archive/nowhere/a.bin")).await, None);
    put(shelf, &path("Archive/a.bin"), &noise("a", 1))
        .await
        .unwrap();
    for name in ["Archive/b.bin", "Archive/a.bi", "a.bin", "Archive/a.bin2"] {
        assert_eq!(stat(shelf, &path(name)).await, None, "{name}");
    }
}
