//! Trouble on the way of the bytes, and limits: nothing is lost, nothing is
//! stored twice, and nobody is asked more often than they want.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use destination_dropbox::Upload;
use domain::ports::Destination;
use futures::future::join_all;
use sim::dropbox::{FaultKind, Options, RateLimitBody};
use testkit::builders::{chunked, path};
use testkit::samples::noise;

use crate::world::{APPEND, APPEND_BATCH, FINISH, METADATA, START, World};

const SMALL: [usize; 12] = [0, 1, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000];
const LARGE: usize = 3 << 20;

/// Small files together and one of three chunks, all at once.
async fn put_some(world: &World) {
    put_files(world, SMALL.into_iter().chain([LARGE]), |_| ()).await;
}

async fn put_files(
    world: &World,
    sizes: impl IntoIterator<Item = usize>,
    adjust: impl FnOnce(&mut Upload),
) {
    let dropbox = world.adjusted(|options| {
        options.upload.chunk = 1 << 20;
        options.upload.small = 1 << 19;
        adjust(&mut options.upload);
    });
    let files: Vec<(String, Bytes)> = sizes
        .into_iter()
        .map(|size| {
            let name = format!("Archive/{size}.bin");
            (name.clone(), noise(&name, size))
        })
        .collect();
    let puts = files.iter().map(async |(name, bytes)| {
        dropbox
            .put(&path(name), chunked(bytes, 10_000))
            .await
            .unwrap();
    });
    join_all(puts).await;
    assert_eq!(world.files(), files.into_iter().collect());
}

#[tokio::test]
async fn a_lost_answer_to_data_is_made_up_for() {
    for route in [START, APPEND, APPEND_BATCH] {
        for fault in [
            FaultKind::LostBefore,
            FaultKind::LostAfter,
            FaultKind::InternalServerError,
            FaultKind::Truncated,
        ] {
            let world = World::faulty(route, fault, 2).await;
            put_some(&world).await;
            assert!(world.calls(route) >= 2, "{route} {fault:?}");
        }
    }
}

#[tokio::test]
async fn trouble_everywhere_at_once_is_lived_through() {
    let world = World::new().await;
    world.sim.change_options(|options| {
        options.retry_after_s = 0.02;
        for fault in [
            FaultKind::LostBefore,
            FaultKind::LostAfter,
            FaultKind::InternalServerError,
            FaultKind::TooManyRequests,
            FaultKind::TooManyWriteOperations,
            FaultKind::ExpiredAccessToken,
            FaultKind::BatchShort,
            FaultKind::BatchReordered,
            FaultKind::StaleRead,
            FaultKind::HashAbsent,
        ] {
            options.fault_rates.insert(fault, 0.04);
        }
    });
    let dropbox = world.adjusted(|options| options.upload.group.entries = 8);
    let files: Vec<(String, Bytes)> = (0..200)
        .map(|n| {
            let name = format!("Archive/{n}.bin");
            (name.clone(), noise(&name, n * 50))
        })
        .collect();
    let puts = files.iter().map(async |(name, bytes)| {
        // A put may fail; it may always be repeated.
        for _ in 0..20 {
            match dropbox.put(&path(name), chunked(bytes, 1_000)).await {
                Ok(receipt) => return assert_eq!(receipt.size, bytes.len() as u64),
                Err(error) => assert_ne!(error.kind(), domain::Kind::PathTaken, "{error}"),
            }
        }
        panic!("{name} failed twenty times");
    });
    join_all(puts).await;
    assert_eq!(world.files(), files.into_iter().collect());
    for stored in world.sim.files() {
        assert_eq!(
            stored.history.len(),
            1,
            "{} was written again",
            stored.path_display
        );
    }
}

#[tokio::test]
async fn a_tenant_without_grouped_data_is_served_file_by_file() {
    let world = World::with(Options {
        append_batch: false,
        ..Options::default()
    })
    .await;
    put_some(&world).await;
    assert_eq!(world.calls(APPEND_BATCH), 1, "it is not asked for again");
}

#[tokio::test]
async fn groups_shrink_to_what_the_front_end_takes() {
    let world = World::new().await;
    // 12 entries of about 130 bytes are 1,600; 3 fit.
    world.watch.header_limit.store(600, Ordering::Relaxed);
    put_some(&world).await;
    assert_eq!(world.calls(APPEND_BATCH), 4);
    assert_eq!(world.calls(APPEND), 3, "only the large file goes in pieces");
}

#[tokio::test]
async fn an_access_token_that_ran_out_is_renewed_wherever_it_happens() {
    for route in [START, APPEND, APPEND_BATCH, FINISH] {
        let world = World::faulty(route, FaultKind::ExpiredAccessToken, 1).await;
        put_some(&world).await;
        assert_eq!(world.calls("oauth2/token"), 2, "{route}");
        assert_eq!(world.calls(METADATA), 0, "{route}");
    }
}

#[tokio::test]
async fn a_rate_limit_is_kept_to_the_letter() {
    for body in [
        RateLimitBody::Json,
        RateLimitBody::Text,
        RateLimitBody::Alternate,
    ] {
        let world = World::with(Options {
            requests_per_second: 40.0,
            burst: 2.0,
            retry_after_s: 0.05,
            rate_limit_body: body,
            append_batch: false,
            ..Options::default()
        })
        .await;
        // One request at a time: what is under way when a refusal comes cannot
        // be called back.
        put_files(&world, SMALL, |upload| {
            upload.appends = 1;
            upload.commit.idle = Duration::from_mins(1);
            upload.commit.linger = Duration::from_mins(1);
        })
        .await;
        let requests = world.sim.requests();
        assert_eq!(requests.ignored_waits, 0, "{requests:?}");
        let refused: u64 = requests.routes.values().filter_map(|by| by.get(&429)).sum();
        assert!(refused > 0, "{requests:?}");
    }
}

#[tokio::test]
async fn damaged_bytes_are_sent_again_and_never_committed() {
    let world = World::new().await;
    world.watch.damaged.store(2, Ordering::Relaxed);
    put_files(&world, [100, 200, 300, LARGE], |_| ()).await;
    assert_eq!(world.watch.damaged.load(Ordering::Relaxed), 0);
    let requests = world.sim.requests();
    let refused = requests.answered(APPEND, 409) + requests.answered(APPEND_BATCH, 409);
    assert_eq!(refused, 2, "{requests:?}");
}

#[tokio::test]
async fn nothing_but_what_an_archive_needs_is_ever_called() {
    let world = World::new().await;
    let dropbox = world.dropbox();
    dropbox.owner().await.unwrap();
    dropbox.prepare().await.unwrap();
    dropbox.prepare().await.unwrap();
    dropbox.space().await.unwrap();
    put_some(&world).await;
    let requests = world.sim.requests();
    let called: Vec<&str> = requests.routes.keys().map(String::as_str).collect();
    assert_eq!(
        called,
        [
            "files/create_folder_v2",
            METADATA,
            APPEND_BATCH,
            APPEND,
            FINISH,
            START,
            "oauth2/token",
            "users/get_current_account",
            "users/get_space_usage",
        ]
    );
    assert_eq!(requests.raw_utf8_headers, 0);
}
