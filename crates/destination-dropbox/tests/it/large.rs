//! Files of any size within one byte budget.

use bytes::Bytes;
use domain::content::{Content, Framing};
use domain::ports::Destination;
use futures::future::join_all;
use futures::{StreamExt, stream};
use testkit::builders::{chunked, path};
use testkit::samples::noise;

use crate::world::{APPEND, World};

const MIB: usize = 1 << 20;

/// So many MiB, never whole in memory.
fn mebibytes(count: usize, declared: bool) -> Content {
    let block = noise("block", MIB);
    let parts = stream::iter(0..count * 16).map(move |n| {
        let at = n % 16 * 65_536;
        Ok(block.slice(at..at + 65_536))
    });
    Content {
        fingerprint: None,
        length: declared.then_some((count * MIB) as u64),
        framing: Framing::Framed,
        media_type: None,
        bytes: parts.boxed(),
    }
}

#[tokio::test]
async fn a_file_far_larger_than_the_budget_streams_through_it() {
    for declared in [true, false] {
        let world = World::new().await;
        let dropbox = world.adjusted(|options| options.upload.byte_budget = 8 * MIB);
        let receipt = dropbox
            .put(&path("Archive/large.wav"), mebibytes(200, declared))
            .await;
        assert_eq!(receipt.unwrap().size, (200 * MIB) as u64);
        assert_eq!(world.calls(APPEND), 25);
        assert!(world.watch.most_bytes() <= 8 * MIB as u64);
    }
}

#[tokio::test]
async fn large_and_small_files_share_the_budget_and_none_waits_for_ever() {
    let world = World::new().await;
    let dropbox = world.adjusted(|options| {
        options.upload.byte_budget = 4 * MIB;
        options.upload.chunk = 2 * MIB;
        options.upload.small = MIB;
    });
    let large = (0..6).map(async |n| {
        let name = path(&format!("Archive/large {n}.wav"));
        // Every other one does not say how long it is.
        dropbox
            .put(&name, mebibytes(9, n % 2 == 0))
            .await
            .unwrap()
            .size
    });
    let small = (0..300).map(async |n| {
        let name = format!("Archive/small {n}.mp3");
        let bytes: Bytes = noise(&name, n * 997);
        let mut content = chunked(&bytes, 7_000);
        if n % 3 == 0 {
            content.length = None;
        }
        assert_eq!(
            dropbox.put(&path(&name), content).await.unwrap().size,
            bytes.len() as u64
        );
    });
    let (large, _) = futures::join!(join_all(large), join_all(small));
    assert_eq!(large, [9 * MIB as u64; 6]);
    assert_eq!(world.sim.files().len(), 306);
    assert!(
        world.watch.most_bytes() <= 4 * MIB as u64,
        "{}",
        world.watch.most_bytes()
    );
}

#[tokio::test]
async fn two_dropboxes_of_one_app_share_the_budget() {
    let world = World::new().await;
    let app = world.app(|options| {
        options.upload.byte_budget = 2 * MIB;
        options.upload.chunk = MIB;
    });
    let puts = ["one", "two"].map(async |name| {
        let dropbox = app.dropbox(name, world.token(&app), "Archive");
        let put = async |n: usize| {
            let path = path(&format!("Archive/{name} {n}.wav"));
            dropbox.put(&path, mebibytes(5, true)).await.unwrap();
        };
        join_all((0..4).map(put)).await;
    });
    join_all(puts).await;
    assert_eq!(world.sim.files().len(), 8);
    assert!(world.watch.most_bytes() <= 2 * MIB as u64);
}
