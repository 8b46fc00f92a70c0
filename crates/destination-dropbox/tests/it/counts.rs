//! What a file costs in calls: Dropbox counts them against its limits and,
//! for some plans, against a monthly bill.

use std::time::Duration;

use bytes::Bytes;
use destination_dropbox::{Dropbox, Options};
use domain::ports::Destination;
use futures::StreamExt;
use futures::stream;
use testkit::builders::{chunked, path};
use testkit::samples::noise;

use crate::world::{APPEND_BATCH, FINISH, World};

/// The call that opens no session and moves no file: the first token.
const TOKEN: &str = "oauth2/token";

async fn put(dropbox: &Dropbox, n: usize) {
    let name = format!("Archive/{}/{n}.mp3", n % 12);
    let bytes: Bytes = noise(&name, 2_000 + n % 50_000);
    dropbox
        .put(&path(&name), chunked(&bytes, 16_384))
        .await
        .unwrap();
}

/// As shipped: only the pace of calls is not held back.
fn shipped(options: &mut Options) {
    options.upload = Options::default().upload;
}

/// Calls for each hundred files.
fn per_hundred(world: &World, files: usize) -> u64 {
    let requests = world.sim.requests();
    let calls = requests.total - requests.of(TOKEN);
    eprintln!("{files} files: {calls} calls: {:?}", requests.routes);
    calls * 100 / files as u64
}

#[tokio::test]
async fn small_files_share_calls() {
    let world = World::new().await;
    let dropbox = world.adjusted(shipped);
    stream::iter(0..500)
        .for_each_concurrent(64, |n| put(&dropbox, n))
        .await;
    assert_eq!(world.sim.files().len(), 500);
    assert!(per_hundred(&world, 500) <= 10);
}

#[tokio::test]
async fn what_is_gathered_waits_for_who_was_announced_and_for_nobody_else() {
    let world = World::new().await;
    let dropbox = world.adjusted(|options| {
        shipped(options);
        for limits in [&mut options.upload.group, &mut options.upload.commit] {
            limits.idle = Duration::from_hours(1);
            limits.linger = Duration::from_hours(1);
        }
    });
    // Nobody was announced: it would wait for an hour.
    put(&dropbox, 1).await;
    assert_eq!(world.sim.requests().of(FINISH), 1);
    let announced = dropbox.announce();
    let other = async {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        futures::join!(put(&dropbox, 3), async { drop(announced) });
    };
    futures::join!(put(&dropbox, 2), other);
    let requests = world.sim.requests();
    assert_eq!((requests.of(APPEND_BATCH), requests.of(FINISH)), (1, 2));
    // Who was announced and does not come keeps nobody waiting.
    let announced = dropbox.announce();
    futures::join!(put(&dropbox, 4), async { drop(announced) });
    assert_eq!(world.sim.requests().of(FINISH), 3);
}
