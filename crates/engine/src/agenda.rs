//! What a run lists, one stretch of time after another. Only the order and
//! the extent: how a stretch is listed is [`crate::survey`]'s.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use domain::Result;
use domain::lane::Depth;
use domain::window::Window;
use tokio::time::Instant;

use crate::backup::Job;
use crate::survey::Found;

/// A span that is listed in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Items whose own time lies in here.
    pub window: Window,
    /// How much of the call log.
    pub depth: Depth,
    /// What rows it opens.
    pub rows: Rows,
    /// A lane that fell behind is listed from its mark, but never from before
    /// this; `None`: no lane is listed further back than the others.
    pub bound_ms: Option<i64>,
    /// Its lanes may be listed by several runs, one after the other.
    pub is_shared: bool,
}

/// Which rows of the LOG a stretch has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// One for each UTC day that it touches.
    Days,
    /// One for each UTC day or part of one that has none yet.
    Missing,
    /// Those that are there.
    Open,
}

/// Stretch after stretch.
#[async_trait]
pub trait Agenda: Sync {
    /// What is listed next; `None`: nothing more in this run.
    async fn next(&self) -> Result<Option<Stretch>>;

    /// It was listed, all of it but the gaps, and that is in the ledger.
    async fn listed(&self, stretch: &Stretch, found: &Found) -> Result<()>;

    /// Time is up before all its lanes were asked for: the next run goes on
    /// from here.
    async fn paused(&self, found: &Found) -> Result<()>;

    /// What is due in here is archived before everything else.
    fn fresh(&self) -> Option<Window>;

    /// What is older rests (milliseconds since 1970); `None`: nothing does.
    fn floor_ms(&self) -> Option<i64> {
        None
    }

    /// After this nothing new is begun.
    fn until(&self) -> Option<Instant>;
}

/// A head-less run's: its one window, for as long as it takes.
pub(crate) struct Once(Mutex<Option<Stretch>>);

impl Once {
    /// The window of the job.
    pub(crate) fn of(job: &Job) -> Once {
        Once(Mutex::new(Some(Stretch {
            window: job.window,
            depth: job.depth,
            rows: Rows::Days,
            bound_ms: None,
            is_shared: false,
        })))
    }
}

#[async_trait]
impl Agenda for Once {
    async fn next(&self) -> Result<Option<Stretch>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).take())
    }

    async fn listed(&self, _: &Stretch, _: &Found) -> Result<()> {
        Ok(())
    }

    async fn paused(&self, _: &Found) -> Result<()> {
        Ok(())
    }

    fn fresh(&self) -> Option<Window> {
        None
    }

    fn until(&self) -> Option<Instant> {
        None
    }
}
