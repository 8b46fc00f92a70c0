//! Cut a run at every step it takes; the next one ends with a complete
//! archive and nothing twice.

use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domain::window::HOUR_MS;
use engine::{Job, Progress, Watch, back_up};
use testkit::builders::{fax, picture, recording, sms, unavailable, voicemail};
use testkit::memory::source::{Plant, Trouble};
use tokio_util::sync::CancellationToken;

use crate::rig::{DAWN, Rig};

fn plants() -> Vec<Plant> {
    let at = |hour: i64| DAWN + hour * HOUR_MS;
    let torn = Trouble::Torn {
        after: 20,
        error: unavailable(),
    };
    vec![
        Plant::new(recording("r1", at(1))),
        Plant::new(recording("r2", at(2))).troubled(1, &torn),
        Plant::new(voicemail("v1", at(3))),
        Plant::new(fax("f1", at(4))),
        Plant::new(sms("s1", at(5))),
        Plant::new(picture("s1", "p1", at(5))),
    ]
}

/// Polls the run so many times, then drops it: a kill between two steps.
/// `true` when it came to its end before.
async fn cut_after(rig: &Rig, polls: usize) -> bool {
    let job = rig.job().await;
    let mut run = pin!(back_up(&rig.ends, &job, &()));
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(result) = run.as_mut().poll(&mut context) {
            result.unwrap();
            return true;
        }
        tokio::task::yield_now().await;
        // Somebody must move the paused clock on while nobody else waits.
        tokio::time::advance(Duration::from_millis(300)).await;
    }
    false
}

#[tokio::test(start_paused = true)]
async fn a_run_cut_after_any_step_is_completed_by_the_next() {
    for polls in 0.. {
        let rig = Rig::new();
        rig.plant(plants());
        let ended = cut_after(&rig, polls).await;
        let summary = rig.run().await;
        assert!(
            summary.is_complete(),
            "cut after {polls} steps: {summary:?}"
        );
        assert_eq!(rig.destination.files().len(), 6, "cut after {polls} steps");
        assert_eq!(rig.destination.writes(), 6, "cut after {polls} steps");
        if ended {
            assert!(polls > 3, "the run has steps to be cut at");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_polite_stop_gives_the_lease_back() {
    let rig = Rig::new();
    rig.plant(plants());
    rig.stop.cancel();
    assert_eq!(
        rig.try_run().await.unwrap_err().kind(),
        domain::Kind::Cancelled
    );
    let job = rig.job().await;
    let next = rig
        .ends
        .store
        .start_run(
            &job.backup.account,
            &job.backup.id,
            "next",
            Duration::from_secs(1),
        )
        .await
        .unwrap();
    assert!(next.is_some());
}

/// What a run told of itself.
#[derive(Default)]
struct Told {
    waits: AtomicBool,
    last: Mutex<Progress>,
}

impl Watch for Told {
    fn moved(&self, progress: &Progress) {
        *self.last.lock().unwrap() = *progress;
    }

    fn waits(&self) {
        self.waits.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_another_says_so_and_can_be_stopped() {
    let rig = Rig::new();
    let job = rig.job().await;
    let (account, backup) = (&job.backup.account, &job.backup.id);
    let (store, lease) = (&rig.ends.store, Duration::from_hours(1));
    let held = store.start_run(account, backup, "other", lease).await;
    assert!(held.unwrap().is_some());
    let told = Told::default();
    let run = back_up(&rig.ends, &job, &told);
    let stop = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(told.waits.load(Ordering::Relaxed));
        rig.stop.cancel();
    };
    let (stopped, ()) = tokio::join!(run, stop);
    assert_eq!(stopped.unwrap_err().cause(), "stopped on request");
}

#[tokio::test(start_paused = true)]
async fn the_next_run_knows_what_the_stopped_one_left_over() {
    let rig = Rig::new();
    let busy = Trouble::Refused(unavailable());
    rig.plant([Plant::new(recording("busy", DAWN)).troubled(3, &busy)]);
    rig.plant(plants());
    let job = rig.job().await;
    let run = back_up(&rig.ends, &job, &());
    let stop = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        rig.stop.cancel();
    };
    let (stopped, ()) = tokio::join!(run, stop);
    stopped.unwrap_err();
    let told = Told::default();
    let job = Job {
        stop: CancellationToken::new(),
        ..job
    };
    let summary = back_up(&rig.ends, &job, &told).await.unwrap();
    assert!(summary.is_complete());
    let last = *told.last.lock().unwrap();
    assert!(last.left_over > 0);
    assert_eq!(last.found, 0, "everything was noted before");
    assert!(!told.waits.load(Ordering::Relaxed));
}
