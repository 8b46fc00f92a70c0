//! The laws of [`domain::ports::destination`].
//!
//! A Destination that passes never loses, changes or half-writes a file, and
//! tells the truth about what it holds.

pub mod content;
pub mod create_only;
pub mod failing;
pub mod look_back;
pub mod paths;
pub mod together;

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use domain::Result;
use domain::archive_path::ArchivePath;
use domain::content::{Content, Framing};
use domain::ledger::Receipt;
use domain::ports::Destination;
use futures::{StreamExt, stream};

use crate::builders::chunked;

/// A Destination, and a way to look at what lies there that does not lead
/// through it.
#[async_trait]
pub trait Shelf: Send + Sync {
    /// The Destination under test, ready to be written to.
    fn destination(&self) -> &dyn Destination;

    /// Every file that a person would see in the archive, by its path as it
    /// is spelled there.
    async fn files(&self) -> BTreeMap<String, Bytes>;
}

#[async_trait]
impl Shelf for crate::memory::Destination {
    fn destination(&self) -> &dyn Destination {
        self
    }

    async fn files(&self) -> BTreeMap<String, Bytes> {
        crate::memory::Destination::files(self)
    }
}

/// Holds fresh, empty Destinations to every law.
pub async fn all<S: Shelf>(make: impl AsyncFn() -> S) {
    super::hold!(
        "Destination",
        make,
        [
            content::a_file_is_stored_as_it_was_sent,
            content::a_large_file_is_stored_as_it_was_sent,
            content::chunks_leave_no_trace,
            content::a_length_need_not_be_declared,
            content::a_receipt_tells_bytes_apart,
            create_only::a_put_may_be_repeated,
            create_only::other_bytes_find_the_path_taken,
            create_only::a_folder_is_not_a_file,
            failing::a_failing_stream_leaves_nothing,
            failing::a_failing_stream_leaves_what_was_there,
            failing::a_put_that_is_given_up_leaves_nothing,
            look_back::every_file_is_listed,
            look_back::what_lies_there_can_be_read,
            look_back::what_is_not_there_is_gone,
            paths::case_does_not_tell_paths_apart,
            paths::a_folder_is_one_however_it_is_spelled,
            paths::any_archive_path_will_do,
            paths::what_was_never_put_is_not_there,
            together::many_puts_at_once,
            together::equal_bytes_at_once_are_one_file,
            together::of_different_bytes_at_once_one_wins,
            together::spellings_at_once_are_one_path,
            together::a_stream_that_hangs_holds_up_nobody,
            together::it_says_whose_it_is,
        ]
    );
}

/// 4 MiB: Dropbox's hash block, and a border of chunks.
const BLOCK: usize = 4 * 1024 * 1024;

async fn put(shelf: &impl Shelf, path: &ArchivePath, bytes: &Bytes) -> Result<Receipt> {
    let content = chunked(bytes, 64 * 1024);
    shelf.destination().put(path, content).await
}

async fn stat(shelf: &impl Shelf, path: &ArchivePath) -> Option<Receipt> {
    shelf.destination().stat(path).await.unwrap()
}

/// Asserts that exactly these files lie there.
async fn holds(shelf: &impl Shelf, expected: &[(&str, &Bytes)]) {
    let files = shelf.files().await;
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(files.len(), expected.len(), "there lie {names:?}");
    for (path, bytes) in expected {
        let there = files.get(*path);
        assert!(
            there == Some(bytes),
            "{path} is not as sent: there lie {names:?}"
        );
    }
}

/// A stream of these chunks, its length not declared.
fn streamed(chunks: Vec<Result<Bytes>>) -> Content {
    Content {
        fingerprint: None,
        length: None,
        framing: Framing::Framed,
        media_type: None,
        bytes: stream::iter(chunks).boxed(),
    }
}
