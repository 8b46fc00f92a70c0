//! Commits: one batch at a time, only what failed again, doubt resolved by
//! asking what lies at the path.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use destination_dropbox::{Dropbox, Turns, Upload};
use domain::Kind;
use domain::ports::Destination;
use futures::future::join_all;
use sim::dropbox::{FaultKind, Options, SessionAfterCommit};
use testkit::builders::{chunked, path};
use testkit::samples::noise;

use crate::world::{APPEND, APPEND_BATCH, FINISH, METADATA, World};

fn name(n: usize) -> String {
    format!("Archive/{n}.bin")
}

/// So many different small files at once; all must succeed and lie there.
async fn put_all(world: &World, count: usize) {
    put_all_with(world, count, |_| ()).await;
}

async fn put_all_with(world: &World, count: usize, adjust: impl FnOnce(&mut Upload)) {
    let dropbox = world.adjusted(|options| adjust(&mut options.upload));
    let files: Vec<(String, Bytes)> = (0..count)
        .map(|n| (name(n), noise(&name(n), 500 + n)))
        .collect();
    let puts = files.iter().map(async |(name, bytes)| {
        let receipt = dropbox
            .put(&path(name), chunked(bytes, 1_000))
            .await
            .unwrap();
        assert_eq!(receipt.size, bytes.len() as u64);
        assert!(receipt.hash.starts_with("dropbox:") && receipt.revision.is_some());
    });
    join_all(puts).await;
    assert_eq!(world.files(), files.into_iter().collect());
}

#[tokio::test]
async fn one_commit_is_under_way_at_a_time() {
    let world = World::with(Options {
        commit_ms: 20,
        latency_ms: 2,
        ..Options::default()
    })
    .await;
    put_all_with(&world, 300, |upload| upload.commit.entries = 20).await;
    assert_eq!(world.watch.most(FINISH), 1);
    assert_eq!(world.calls(FINISH), 15, "{:?}", world.sim.requests());
}

#[tokio::test]
async fn a_lost_answer_to_a_commit_is_resolved_by_looking() {
    for after in [SessionAfterCommit::Gone, SessionAfterCommit::Kept] {
        for fault in [
            FaultKind::LostBefore,
            FaultKind::LostAfter,
            FaultKind::InternalServerError,
            FaultKind::ServiceUnavailable,
            FaultKind::Truncated,
        ] {
            let world = World::faulty(FINISH, fault, 1).await;
            world
                .sim
                .change_options(|options| options.session_after_commit = after);
            put_all(&world, 20).await;
            assert!(world.calls(METADATA) >= 20, "{fault:?}");
            // Data is never sent twice for it.
            assert_eq!(
                world.calls(APPEND) + world.calls(APPEND_BATCH),
                1,
                "{fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_was_committed_but_is_not_shown_yet_is_committed_again() {
    for after in [SessionAfterCommit::Gone, SessionAfterCommit::Kept] {
        let world = World::faulty(FINISH, FaultKind::LostAfter, 1).await;
        world.plan(METADATA, FaultKind::StaleRead, 1);
        world
            .sim
            .change_options(|options| options.session_after_commit = after);
        put_all(&world, 1).await;
        assert_eq!(
            world.calls(FINISH),
            2,
            "{after:?} {:?}",
            world.sim.requests()
        );
    }
}

#[tokio::test]
async fn only_what_failed_is_committed_again() {
    let world = World::new().await;
    world.sim.change_options(|options| {
        options
            .fault_rates
            .insert(FaultKind::TooManyWriteOperations, 0.3);
    });
    put_all(&world, 40).await;
    assert!(world.calls(FINISH) > 1);
    assert_eq!(world.calls(METADATA), 0);
    assert_eq!(world.calls(APPEND_BATCH), 1);
}

#[tokio::test]
async fn others_who_write_are_waited_for() {
    for contention in [
        sim::dropbox::WriteContention::RouteError,
        sim::dropbox::WriteContention::Status429,
    ] {
        let world = World::with(Options {
            write_contention: contention,
            retry_after_s: 0.01,
            ..Options::default()
        })
        .await;
        world.sim.hold_write_lock_ms(3_600_000);
        let released = async {
            while world.calls(FINISH) < 3 {
                tokio::task::yield_now().await;
            }
            world.sim_clock.advance_ms(3_600_000);
        };
        futures::join!(put_all(&world, 30), released);
        assert!(world.calls(FINISH) > 3);
        assert_eq!(world.calls(APPEND_BATCH), 1);
    }
}

#[tokio::test]
async fn a_dropbox_that_is_busy_for_good_is_no_fault_of_the_item() {
    let world = World::faulty(FINISH, FaultKind::TooManyWriteOperations, 1_000).await;
    let dropbox = world.adjusted(|options| options.upload.commits = 4);
    let bytes = noise("busy", 10);
    let error = dropbox
        .put(&path("Archive/a.bin"), chunked(&bytes, 10))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Throttled);
    assert_eq!(world.calls(FINISH), 4);
    assert!(world.files().is_empty());
}

#[tokio::test]
async fn an_answer_with_too_few_entries_or_in_another_order_proves_nothing() {
    for fault in [FaultKind::BatchShort, FaultKind::BatchReordered] {
        for route in [FINISH, APPEND_BATCH] {
            let world = World::faulty(route, fault, 1).await;
            put_all(&world, 9).await;
        }
    }
}

#[tokio::test]
async fn words_that_are_not_ours_are_a_mismatch() {
    let world = World::faulty(FINISH, FaultKind::WrongHash, 1).await;
    let dropbox = world.dropbox();
    let (name, bytes) = (path("Archive/a.bin"), noise("a", 100));
    let error = dropbox.put(&name, chunked(&bytes, 10)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Mismatch);
    // Tried again, the same bytes are there and Dropbox says so.
    assert_eq!(
        dropbox.put(&name, chunked(&bytes, 10)).await.unwrap().size,
        100
    );
}

/// Found by `scripts/rig chaos`: such a file was taken for somebody else's, and
/// a second version was put beside it.
#[tokio::test]
async fn a_file_of_ours_of_which_a_wrong_hash_is_told_is_not_in_the_way() {
    let world = World::faulty(FINISH, FaultKind::LostAfter, 1).await;
    world.plan(METADATA, FaultKind::WrongHash, 1);
    let dropbox = world.dropbox();
    let (name, bytes) = (path("Archive/a.bin"), noise("a", 100));
    let error = dropbox.put(&name, chunked(&bytes, 10)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Mismatch, "{error}");
    let receipt = dropbox.put(&name, chunked(&bytes, 10)).await.unwrap();
    assert_eq!((receipt.size, world.files().len()), (100, 1));
    // Other bytes, as many, are.
    let other = dropbox.put(&name, chunked(&noise("b", 100), 10)).await;
    assert_eq!(other.unwrap_err().kind(), Kind::PathTaken);
}

#[tokio::test]
async fn a_hash_that_is_not_said_is_asked_for() {
    let world = World::faulty(FINISH, FaultKind::HashAbsent, 1).await;
    put_all(&world, 5).await;
    assert_eq!(world.calls(METADATA), 5);

    world.plan(METADATA, FaultKind::HashAbsent, 1_000);
    world.plan(FINISH, FaultKind::HashAbsent, 1_000);
    let bytes = noise("silent", 10);
    let put = world
        .dropbox()
        .put(&path("Archive/silent.bin"), chunked(&bytes, 10))
        .await;
    assert_eq!(put.unwrap_err().kind(), Kind::Mismatch);
}

#[tokio::test]
async fn a_read_back_that_comes_too_early_is_repeated() {
    let world = World::faulty(FINISH, FaultKind::HashAbsent, 1).await;
    world.plan(METADATA, FaultKind::StaleRead, 2);
    put_all(&world, 1).await;
    assert_eq!(world.calls(METADATA), 3);
}

#[tokio::test]
async fn sessions_that_ran_out_cost_the_item_a_try_and_nothing_else() {
    let world = World::with(Options {
        session_life_s: 3_600.0,
        ..Options::default()
    })
    .await;
    world.sim.hold_write_lock_ms(3_700_000);
    let dropbox = world.adjusted(|options| {
        options.upload.contention.base = Duration::from_millis(20);
        options.upload.commits = 1_000;
    });
    let (name, bytes) = (path("Archive/a.bin"), noise("a", 100));
    let put = dropbox.put(&name, chunked(&bytes, 10));
    let later = async {
        while world.calls(FINISH) == 0 {
            tokio::task::yield_now().await;
        }
        world.sim_clock.advance_ms(3_700_000);
    };
    let (put, ()) = futures::join!(put, later);
    let error = put.unwrap_err();
    assert_eq!(
        (error.kind(), error.verdict()),
        (Kind::Incomplete, domain::Verdict::Retry)
    );
    assert!(world.files().is_empty());
    assert_eq!(
        dropbox.put(&name, chunked(&bytes, 10)).await.unwrap().size,
        100
    );
}

/// The right to commit, of two processes: one has it at a time.
#[derive(Default)]
struct OneAtATime {
    right: Arc<tokio::sync::Mutex<()>>,
    given: AtomicUsize,
    /// So many are refused before one is given.
    refused: AtomicUsize,
}

#[async_trait::async_trait]
impl Turns for OneAtATime {
    async fn turn(&self) -> domain::Result<outbound::Turn> {
        let refused = self.refused.load(Ordering::Relaxed);
        if refused > 0 {
            self.refused.store(refused - 1, Ordering::Relaxed);
            return Err(domain::Error::new(Kind::Storage, "the database is away"));
        }
        let turn = Arc::clone(&self.right).lock_owned().await;
        self.given.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(turn))
    }
}

#[tokio::test]
async fn processes_that_share_a_dropbox_commit_one_after_the_other() {
    let world = World::with(Options {
        commit_ms: 20,
        ..Options::default()
    })
    .await;
    let turns = Arc::new(OneAtATime::default());
    let processes: Vec<Dropbox> = (0..3)
        .map(|_| {
            let app = world.app(|it| it.upload.commit.entries = 4);
            let turns = Arc::clone(&turns) as Arc<dyn Turns>;
            app.dropbox_in_turns("dropbox:test", world.token(&app), "Archive", turns)
        })
        .collect();
    let puts = (0..60).map(|n| {
        let dropbox = &processes[n % 3];
        async move {
            let bytes = noise(&n.to_string(), 100);
            let name = path(&format!("Archive/{n}.bin"));
            dropbox.put(&name, chunked(&bytes, 100)).await.unwrap();
        }
    });
    join_all(puts).await;
    assert_eq!(world.files().len(), 60);
    assert_eq!(world.watch.most(FINISH), 1);
    let calls = usize::try_from(world.calls(FINISH)).unwrap();
    assert!(calls >= 15, "each holds four: {calls}");
    assert_eq!(turns.given.load(Ordering::Relaxed), calls);
}

#[tokio::test]
async fn who_gives_the_turns_may_fail_and_nothing_is_lost() {
    let world = World::with(Options::default()).await;
    let turns = Arc::new(OneAtATime::default());
    turns.refused.store(1, Ordering::Relaxed);
    let app = world.app(|_| ());
    let dropbox = app.dropbox_in_turns("dropbox:test", world.token(&app), "Archive", turns);
    let bytes = noise("a", 100);
    let name = path("Archive/a.bin");
    let receipt = dropbox.put(&name, chunked(&bytes, 100)).await.unwrap();
    assert_eq!(receipt.size, 100);
}
