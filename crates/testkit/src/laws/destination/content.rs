//! Laws of content: the bytes that lie there are the bytes that were sent.

use bytes::Bytes;
use domain::content::{Content, Framing};

use super::{BLOCK, Shelf, holds, put, stat, streamed};
use crate::builders::{chunked, path};
use crate::samples::noise;

/// From nothing to past the borders of chunks: size and bytes are those that
/// were sent, and `stat` says what `put` said.
pub async fn a_file_is_stored_as_it_was_sent<S: Shelf>(shelf: &S) {
    let sizes = [0, 1, 2, 65_536, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK];
    let files: Vec<(String, Bytes)> = sizes
        .map(|size| (format!("Archive/{size}.bin"), noise("sent", size)))
        .into();
    for (name, bytes) in &files {
        let receipt = put(shelf, &path(name), bytes).await.unwrap();
        assert_eq!(receipt.size, bytes.len() as u64);
        assert_eq!(stat(shelf, &path(name)).await, Some(receipt), "{name}");
    }
    let all: Vec<_> = files.iter().map(|(name, it)| (name.as_str(), it)).collect();
    holds(shelf, &all).await;
}

/// 20 MiB: several chunks on any wire.
pub async fn a_large_file_is_stored_as_it_was_sent<S: Shelf>(shelf: &S) {
    let bytes = noise("large", 5 * BLOCK);
    let receipt = put(shelf, &path("Archive/large.bin"), &bytes)
        .await
        .unwrap();
    assert_eq!(receipt.size, bytes.len() as u64);
    holds(shelf, &[("Archive/large.bin", &bytes)]).await;
}

/// However the bytes are cut on their way, the file and its receipt are the
/// same; empty chunks are nothing.
pub async fn chunks_leave_no_trace<S: Shelf>(shelf: &S) {
    let bytes = noise("cut", BLOCK + 4_099);
    let whole = put(shelf, &path("Archive/whole.bin"), &bytes)
        .await
        .unwrap();
    for chunk in [4_099, 1_048_576, BLOCK - 1, BLOCK + 1, usize::MAX] {
        let name = path(&format!("Archive/{chunk}.bin"));
        let cut = shelf.destination().put(&name, chunked(&bytes, chunk)).await;
        assert_eq!(cut.unwrap().hash, whole.hash, "in chunks of {chunk}");
    }
    let small = noise("small", 3_000);
    let single = path("Archive/single bytes.bin");
    let cut = shelf.destination().put(&single, chunked(&small, 1)).await;
    assert_eq!(cut.unwrap().size, 3_000);

    let gaps = [
        Bytes::new(),
        small.slice(..7),
        Bytes::new(),
        small.slice(7..),
        Bytes::new(),
    ];
    let content = streamed(gaps.map(Ok).into());
    let same = shelf.destination().put(&single, content).await;
    assert_eq!(same.unwrap().size, 3_000);
    let files = shelf.files().await;
    assert_eq!(files["Archive/single bytes.bin"], small);
    assert!(
        files
            .values()
            .filter(|it| it.len() > 3_000)
            .all(|it| *it == bytes)
    );
}

/// Content whose length nobody declared, empty content among it.
pub async fn a_length_need_not_be_declared<S: Shelf>(shelf: &S) {
    let files = [
        ("Archive/none.bin", noise("", 0)),
        ("Archive/some.bin", noise("some", 100)),
        ("Archive/more.bin", noise("more", 2 * BLOCK + 5)),
    ];
    for (name, bytes) in &files {
        for framing in [Framing::Framed, Framing::UntilClose, Framing::Local] {
            let content = Content {
                fingerprint: None,
                length: None,
                framing,
                ..chunked(bytes, 1_000_003)
            };
            let receipt = shelf.destination().put(&path(name), content).await;
            assert_eq!(receipt.unwrap().size, bytes.len() as u64);
        }
    }
    let all = files.each_ref().map(|(name, bytes)| (*name, bytes));
    holds(shelf, &all).await;
}

/// Equal bytes have equal hashes wherever they lie; one bit more or less is
/// another hash.
pub async fn a_receipt_tells_bytes_apart<S: Shelf>(shelf: &S) {
    let bytes = noise("a", 1_000);
    let mut flipped = bytes.to_vec();
    flipped[999] ^= 1;
    let put = async |name: &str, bytes: &[u8]| {
        let bytes = Bytes::copy_from_slice(bytes);
        put(shelf, &path(name), &bytes).await.unwrap().hash
    };
    let first = put("Archive/1.bin", &bytes).await;
    assert_eq!(put("Archive/2.bin", &bytes).await, first);
    assert_ne!(put("Archive/3.bin", &flipped).await, first);
    assert_ne!(put("Archive/4.bin", &bytes[..999]).await, first);
    assert!(first.contains(':'), "the hash names its kind: {first}");
}
