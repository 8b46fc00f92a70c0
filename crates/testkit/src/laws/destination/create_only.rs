//! Laws of creating only: what lies there stays as it is.

use bytes::Bytes;
use domain::Kind;

use super::{BLOCK, Shelf, holds, put, stat};
use crate::builders::path;
use crate::samples::noise;

/// The same bytes again: success, the same receipt, one file.
pub async fn a_put_may_be_repeated<S: Shelf>(shelf: &S) {
    let files = [
        ("Archive/a.bin", noise("a", 1_000)),
        ("Archive/empty.bin", Bytes::new()),
        ("Archive/large.bin", noise("large", BLOCK + 1)),
    ];
    for (name, bytes) in &files {
        let first = put(shelf, &path(name), bytes).await.unwrap();
        for _ in 0..2 {
            let again = put(shelf, &path(name), bytes).await.unwrap();
            assert_eq!((again.size, &again.hash), (first.size, &first.hash));
        }
    }
    let all = files.each_ref().map(|(name, bytes)| (*name, bytes));
    holds(shelf, &all).await;
}

/// Other bytes, of another or of the same length: refused, and the file is
/// what it was.
pub async fn other_bytes_find_the_path_taken<S: Shelf>(shelf: &S) {
    let (name, bytes) = ("Archive/a.bin", noise("a", 1_000));
    let receipt = put(shelf, &path(name), &bytes).await.unwrap();
    for other in [
        noise("b", 1_000),
        bytes.slice(..999),
        Bytes::new(),
        noise("b", BLOCK + 1),
    ] {
        let refused = put(shelf, &path(name), &other).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::PathTaken, "{refused}");
    }
    assert_eq!(stat(shelf, &path(name)).await, Some(receipt));
    holds(shelf, &[(name, &bytes)]).await;
}

/// A file cannot lie where a folder is, nor under a file.
pub async fn a_folder_is_not_a_file<S: Shelf>(shelf: &S) {
    let (name, bytes) = ("Archive/folder/a.bin", noise("a", 10));
    put(shelf, &path(name), &bytes).await.unwrap();
    let refused = put(shelf, &path("Archive/folder"), &bytes).await;
    assert_eq!(refused.unwrap_err().kind(), Kind::PathTaken);
    let under = path("Archive/folder/a.bin/b.bin");
    let refused = put(shelf, &under, &bytes).await;
    assert_eq!(refused.unwrap_err().kind(), Kind::PathTaken);
    holds(shelf, &[(name, &bytes)]).await;
}
