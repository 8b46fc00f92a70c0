//! Laws of failing: a file is there whole or not at all.

use bytes::Bytes;
use domain::content::{Content, Framing};
use domain::{Error, Kind, Result};
use futures::{FutureExt, StreamExt, stream};

use super::{BLOCK, Shelf, holds, put, stat, streamed};
use crate::builders::{chunked, path};
use crate::samples::noise;

/// The bytes in chunks, then this failure.
fn torn(bytes: &Bytes) -> Content {
    let error = Error::new(Kind::Incomplete, "torn by the law");
    let chunks = bytes.chunks(100_003).map(Bytes::copy_from_slice).map(Ok);
    let chunks: Vec<Result<Bytes>> = chunks.chain([Err(error)]).collect();
    streamed(chunks)
}

/// A stream that fails at once, on the way or after its very last byte: that
/// error is returned, nothing is to be seen, and the path is still free.
pub async fn a_failing_stream_leaves_nothing<S: Shelf>(shelf: &S) {
    let name = path("Archive/a/b/torn.bin");
    let whole = noise("whole", 2 * BLOCK);
    for size in [0, 1, 100_003, BLOCK - 1, BLOCK, BLOCK + 7, 2 * BLOCK] {
        for length in [None, Some(size as u64)] {
            let content = Content {
                length,
                ..torn(&whole.slice(..size))
            };
            let error = shelf.destination().put(&name, content).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Incomplete, "after {size}: {error}");
            assert_eq!(error.cause(), "torn by the law", "after {size}");
            assert_eq!(stat(shelf, &name).await, None, "after {size}");
            holds(shelf, &[]).await;
        }
    }
    put(shelf, &name, &whole).await.unwrap();
    holds(shelf, &[(name.as_str(), &whole)]).await;
}

/// A stream that fails at a path where a file lies leaves the file.
pub async fn a_failing_stream_leaves_what_was_there<S: Shelf>(shelf: &S) {
    let (name, bytes) = ("Archive/a.bin", noise("a", 300_000));
    let receipt = put(shelf, &path(name), &bytes).await.unwrap();
    for sent in [&bytes, &noise("other", 5)] {
        let error = shelf.destination().put(&path(name), torn(sent)).await;
        assert_eq!(error.unwrap_err().cause(), "torn by the law");
    }
    assert_eq!(stat(shelf, &path(name)).await, Some(receipt));
    holds(shelf, &[(name, &bytes)]).await;
}

/// A put that its caller drops while the bytes are coming leaves nothing to
/// be seen, and the path is still free.
pub async fn a_put_that_is_given_up_leaves_nothing<S: Shelf>(shelf: &S) {
    let name = path("Archive/given up.bin");
    let bytes = noise("given up", 300_000);
    let first = bytes.slice(..200_000);
    let endless = Content {
        fingerprint: None,
        length: Some(bytes.len() as u64),
        framing: Framing::Declared,
        media_type: None,
        bytes: stream::iter([Ok(first)]).chain(stream::pending()).boxed(),
    };
    let mut going = shelf.destination().put(&name, endless);
    for _ in 0..10 {
        assert!(
            (&mut going).now_or_never().is_none(),
            "it ended before its bytes"
        );
        tokio::task::yield_now().await;
    }
    drop(going);
    assert_eq!(stat(shelf, &name).await, None);
    holds(shelf, &[]).await;
    let whole = shelf.destination().put(&name, chunked(&bytes, 9_999)).await;
    assert_eq!(whole.unwrap().size, 300_000);
    holds(shelf, &[(name.as_str(), &bytes)]).await;
}
