//! Puts that their callers drop, and Dropboxes that are dropped: nothing is
//! wedged, nothing leaks, nobody's file appears half.

use std::time::Duration;

use bytes::Bytes;
use destination_dropbox::Dropbox;
use domain::content::Content;
use domain::ports::Destination;
use futures::future::{FutureExt, join_all};
use futures::{StreamExt, stream};
use sim::dropbox::Options;
use testkit::builders::{chunked, path};
use testkit::samples::noise;

use crate::world::{APPEND, APPEND_BATCH, FINISH, START, World};

const MIB: usize = 1 << 20;

fn narrow(world: &World) -> Dropbox {
    world.adjusted(|options| {
        options.upload.byte_budget = 2 * MIB;
        options.upload.chunk = MIB;
        options.upload.small = MIB;
    })
}

/// Bytes, then silence.
fn hanging(bytes: &Bytes) -> Content {
    let content = chunked(bytes, 10_000);
    Content {
        length: None,
        bytes: content.bytes.chain(stream::pending()).boxed(),
        ..content
    }
}

/// The whole budget is free: two files of half of it are under way at once.
async fn is_free(dropbox: &Dropbox) {
    let puts = ["last 1", "last 2"].map(async |name| {
        let bytes = noise(name, 3 * MIB);
        let path = path(&format!("Archive/{name}.wav"));
        assert_eq!(
            dropbox.put(&path, chunked(&bytes, MIB)).await.unwrap().size,
            3 << 20
        );
    });
    join_all(puts).await;
}

async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(20), wait)
            .await
            .is_ok()
    );
}

/// A put that is dropped once a function was called leaves the Dropbox fit.
#[tokio::test]
async fn a_put_may_be_dropped_at_any_moment() {
    for (function, size) in [
        ("oauth2/token", 10),
        (START, 10),
        (START, 3 * MIB),
        (APPEND, 10),
        (APPEND, 3 * MIB),
        (FINISH, 10),
        (FINISH, 3 * MIB),
    ] {
        let world = World::with(Options {
            latency_ms: 2,
            ..Options::default()
        })
        .await;
        let dropbox = narrow(&world);
        let bytes = noise("dropped", size);
        let name = path("Archive/dropped.bin");
        tokio::select! {
            put = dropbox.put(&name, chunked(&bytes, MIB)) => drop(put),
            () = until(|| world.watch.most(function) > 0 || world.calls(function) > 0) => {}
        }
        is_free(&dropbox).await;
        // It is there whole or not at all, and may be put again.
        assert_eq!(
            dropbox.put(&name, chunked(&bytes, MIB)).await.unwrap().size,
            size as u64
        );
    }
}

#[tokio::test]
async fn hanging_streams_that_are_dropped_give_their_room_back() {
    let world = World::new().await;
    let dropbox = narrow(&world);
    let bytes = noise("hangs", 100_000);
    let name = path("Archive/hangs.bin");
    let mut hanging: Vec<_> = (0..5)
        .map(|_| dropbox.put(&name, hanging(&bytes)))
        .collect();
    for put in &mut hanging {
        assert!(put.now_or_never().is_none());
    }
    drop(hanging);
    is_free(&dropbox).await;
    assert_eq!(world.sim.files().len(), 2);
}

#[tokio::test]
async fn what_was_dropped_while_it_waited_is_not_sent() {
    let world = World::new().await;
    let dropbox = world.adjusted(|options| {
        options.upload.group.idle = Duration::from_millis(300);
        options.upload.group.linger = Duration::from_millis(300);
    });
    let bytes = noise("a", 100);
    let (gone, kept) = (path("Archive/gone.bin"), path("Archive/kept.bin"));
    let mut dropped = dropbox.put(&gone, chunked(&bytes, 10));
    assert!((&mut dropped).now_or_never().is_none());
    drop(dropped);
    dropbox.put(&kept, chunked(&bytes, 10)).await.unwrap();
    assert_eq!(
        world.files().into_keys().collect::<Vec<_>>(),
        ["Archive/kept.bin"]
    );
    assert_eq!((world.calls(APPEND), world.calls(APPEND_BATCH)), (1, 0));
}

#[tokio::test]
async fn a_stream_that_fails_while_others_wait_fails_alone() {
    let world = World::new().await;
    let dropbox = world.dropbox();
    let bytes = noise("a", 1_000);
    let torn = Content {
        length: None,
        bytes: chunked(&bytes, 100)
            .bytes
            .chain(stream::iter([Err(domain::Error::new(
                domain::Kind::Incomplete,
                "torn",
            ))]))
            .boxed(),
        ..chunked(&bytes, 100)
    };
    let (good, bad) = (path("Archive/good.bin"), path("Archive/bad.bin"));
    let (good, bad) = futures::join!(
        dropbox.put(&good, chunked(&bytes, 100)),
        dropbox.put(&bad, torn)
    );
    assert_eq!(good.unwrap().size, 1_000);
    assert_eq!(bad.unwrap_err().cause(), "torn");
    assert_eq!(
        world.files().into_keys().collect::<Vec<_>>(),
        ["Archive/good.bin"]
    );
}

#[tokio::test]
async fn a_dropbox_takes_its_tasks_with_it() {
    let world = World::new().await;
    let alive = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let before = alive();
    let dropbox = world.dropbox();
    let clone = dropbox.clone();
    assert_eq!(alive(), before + 2);
    drop(dropbox);
    tokio::task::yield_now().await;
    assert_eq!(alive(), before + 2);
    drop(clone);
    until(|| alive() == before).await;
}
