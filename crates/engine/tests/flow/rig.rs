//! A little company, a destination and a memory, for one test.

use std::sync::Arc;
use std::time::Duration;

use domain::archive_path::Naming;
use domain::data_type::DataType;
use domain::lane::Depth;
use domain::task::TaskStatus;
use domain::window::{DAY_MS, HOUR_MS, Window};
use domain::{Error, Result};
use engine::{Ends, Job, Rhythm, Summary, Wish, back_up, enrol};
use jiff::tz::TimeZone;
use testkit::clock::ManualClock;
use testkit::memory::source::Plant;
use testkit::memory::{destination, source, store};
use tokio_util::sync::CancellationToken;

/// When the company's day begins: 2026-11-20T00:00:00Z.
pub(crate) const DAWN: i64 = 1_795_132_800_000;

/// The company's whole day, everything of everybody.
pub(crate) async fn enrolled_job(ends: &Ends, stop: &CancellationToken) -> Result<Job> {
    let wish = Wish {
        whole_account: true,
        types: DataType::ALL.into(),
        naming: Naming::Default,
        action: "backup.run",
    };
    let enrolled = enrol(ends, &wish).await?;
    Ok(Job {
        backup: enrolled.backup,
        viewer: enrolled.viewer.extension,
        window: Window::from_ms(DAWN, DAWN + DAY_MS).unwrap(),
        depth: Depth::Every,
        naming: Naming::Default,
        zone: TimeZone::UTC,
        worker: "test".to_owned(),
        stop: stop.clone(),
    })
}

pub(crate) struct Rig {
    pub(crate) clock: ManualClock,
    pub(crate) source: Arc<source::Source>,
    pub(crate) destination: Arc<destination::Destination>,
    pub(crate) ends: Ends,
    pub(crate) stop: CancellationToken,
}

impl Rig {
    /// Noon of the company's day; nothing planted yet.
    pub(crate) fn new() -> Rig {
        let clock = ManualClock::following_tokio(DAWN + 12 * HOUR_MS);
        let source = Arc::new(source::Source::new(clock.clone()));
        let destination = Arc::new(destination::Destination::new());
        let store = Arc::new(store::Store::new(clock.clone()));
        let ends = Ends {
            source: source.clone(),
            destination: destination.clone(),
            store,
            clock: Arc::new(clock.clone()),
            rhythm: Rhythm {
                patience: Duration::from_mins(10),
                ..Rhythm::default()
            },
        };
        Rig {
            clock,
            source,
            destination,
            ends,
            stop: CancellationToken::new(),
        }
    }

    pub(crate) fn plant(&self, plants: impl IntoIterator<Item = Plant>) {
        for plant in plants {
            self.source.plant(plant);
        }
    }

    pub(crate) async fn job(&self) -> Job {
        enrolled_job(&self.ends, &self.stop).await.unwrap()
    }

    /// What became of a job of one's own making.
    pub(crate) async fn run_job(&self, job: &Job) -> Summary {
        back_up(&self.ends, job, &()).await.unwrap()
    }

    /// The rows of the LOG that the window touches, oldest first, with their
    /// status.
    pub(crate) async fn rows(&self, window: Window) -> Vec<(Window, TaskStatus)> {
        let backup = self.job().await.backup;
        let store = &self.ends.store;
        let rows = store.tasks(&backup.account, &backup.id, window).await;
        let rows = rows.unwrap().into_iter().rev();
        rows.map(|it| (it.window, it.status())).collect()
    }

    pub(crate) async fn try_run(&self) -> Result<Summary, Error> {
        back_up(&self.ends, &self.job().await, &()).await
    }

    pub(crate) async fn run(&self) -> Summary {
        self.try_run().await.unwrap()
    }
}
