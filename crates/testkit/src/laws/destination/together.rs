//! Laws of many at once.

use bytes::Bytes;
use domain::Kind;
use domain::content::{Content, Framing};
use futures::future::{Either, join_all, select};
use futures::{StreamExt, stream};

use super::{BLOCK, Shelf, holds, put, stat};
use crate::builders::path;
use crate::samples::noise;

/// Fifty puts at once, small ones and larger ones, each to its own path.
pub async fn many_puts_at_once<S: Shelf>(shelf: &S) {
    let files: Vec<(String, Bytes)> = (0..50)
        .map(|n| {
            let name = format!("Archive/{}/{n}.bin", n % 7);
            let size = if n % 10 == 0 { BLOCK + n } else { 1_000 * n };
            (name.clone(), noise(&name, size))
        })
        .collect();
    let puts = files.iter().map(async |(name, bytes)| {
        let receipt = put(shelf, &path(name), bytes).await.unwrap();
        assert_eq!(stat(shelf, &path(name)).await, Some(receipt));
    });
    join_all(puts).await;
    let all: Vec<_> = files.iter().map(|(name, it)| (name.as_str(), it)).collect();
    holds(shelf, &all).await;
}

/// The same bytes to one path from eight sides: all succeed, one file.
pub async fn equal_bytes_at_once_are_one_file<S: Shelf>(shelf: &S) {
    for size in [0, 100, BLOCK + 1] {
        let name = format!("Archive/new folder {size}/a.bin");
        let bytes = noise(&name, size);
        let path = path(&name);
        let puts = (0..8).map(|_| put(shelf, &path, &bytes));
        for told in join_all(puts).await {
            let receipt = told.unwrap();
            assert_eq!(receipt.size, size as u64);
            assert_eq!(stat(shelf, &path).await.unwrap().hash, receipt.hash);
        }
    }
    assert_eq!(shelf.files().await.len(), 3);
}

/// Different bytes to one path: one of them lies there, whole, and its sender
/// alone was told so.
pub async fn of_different_bytes_at_once_one_wins<S: Shelf>(shelf: &S) {
    let path = path("Archive/a.bin");
    let sent: Vec<Bytes> = (0..8)
        .map(|n| noise(&n.to_string(), 200_000 + n % 2))
        .collect();
    let told = join_all(sent.iter().map(|bytes| put(shelf, &path, bytes))).await;
    let winners: Vec<usize> = (0..8).filter(|&n| told[n].is_ok()).collect();
    assert_eq!(winners.len(), 1, "{told:?}");
    let losers = told.iter().filter_map(|it| it.as_ref().err());
    assert!(
        losers.clone().all(|it| it.kind() == Kind::PathTaken),
        "{told:?}"
    );
    holds(shelf, &[(path.as_str(), &sent[winners[0]])]).await;
    let receipt = told[winners[0]].as_ref().unwrap();
    assert_eq!(stat(shelf, &path).await.as_ref(), Some(receipt));
}

/// Spellings of one path at once, its folders not made yet: one file.
pub async fn spellings_at_once_are_one_path<S: Shelf>(shelf: &S) {
    let spellings = [
        "Archive/Ada/X.bin",
        "archive/ada/x.bin",
        "ARCHIVE/ADA/X.BIN",
    ]
    .map(path);
    let bytes = noise("a", 1_000);
    let puts = spellings.iter().map(|path| put(shelf, path, &bytes));
    for told in join_all(puts).await {
        assert_eq!(told.unwrap().size, 1_000);
    }
    let files = shelf.files().await;
    assert_eq!(files.len(), 1, "{:?}", files.keys());
    assert!(files.values().all(|it| *it == bytes));
}

/// While one stream hangs, others are stored.
pub async fn a_stream_that_hangs_holds_up_nobody<S: Shelf>(shelf: &S) {
    let hanging = Content {
        fingerprint: None,
        length: None,
        framing: Framing::Framed,
        media_type: None,
        bytes: stream::iter([Ok(noise("hangs", 10))])
            .chain(stream::pending())
            .boxed(),
    };
    let (stuck, bytes) = (path("Archive/stuck.bin"), noise("b", 100));
    let others = async {
        for n in 0..5 {
            let name = path(&format!("Archive/{n}.bin"));
            put(shelf, &name, &bytes).await.unwrap();
        }
    };
    let stuck = shelf.destination().put(&stuck, hanging);
    let first = select(stuck, Box::pin(others)).await;
    assert!(
        matches!(first, Either::Right(_)),
        "a stream that hangs ended"
    );
    drop(first);
    assert_eq!(shelf.files().await.len(), 5);
}

/// Whose it is is always the same, room can be asked for, and preparing may
/// be repeated and disturbs nothing.
pub async fn it_says_whose_it_is<S: Shelf>(shelf: &S) {
    let destination = shelf.destination();
    let owner = destination.owner().await.unwrap();
    assert!(owner.id.as_str().contains(':'), "{:?}", owner.id);
    assert!(!owner.label.is_empty());
    let bytes = noise("a", 1_000);
    put(shelf, &path("Archive/a.bin"), &bytes).await.unwrap();
    for _ in 0..2 {
        destination.prepare().await.unwrap();
        assert_eq!(destination.owner().await.unwrap(), owner);
    }
    let space = destination.space().await.unwrap();
    assert!(space.used > 0, "{space:?}");
    holds(shelf, &[("Archive/a.bin", &bytes)]).await;
}
