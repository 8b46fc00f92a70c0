//! One export from its order to its end: who may use it, and for what it was
//! used.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::account::ExtensionId;
use domain::error::{Error, Kind};
use domain::item::{Item, ItemId};
use domain::window::Window;
use outbound::Keeper;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Kinds;
use super::contents::Contents;
use super::metadata::Metadata;
use super::task::{self, Order};
use crate::task::Task;

/// A finished export.
pub(crate) struct Made {
    pub(super) metadata: Metadata,
    pub(super) contents: Arc<Contents>,
}

/// Why there is none.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// A shorter span has to be asked for.
    TooLarge,
    Failed(Error),
}

impl Trouble {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Trouble::Failed(error) => error,
            Trouble::TooLarge => Error::new(
                Kind::Unavailable,
                "RingCentral makes no export of the company's messages, not even of a short time",
            ),
        }
    }
}

impl From<Error> for Trouble {
    /// An export that is gone says nothing about the files in it.
    fn from(error: Error) -> Trouble {
        Trouble::Failed(match error.kind() {
            Kind::Gone => Error::new(
                Kind::Unavailable,
                format!("RingCentral lost its export of messages before it was read ({error})"),
            ),
            _ => error,
        })
    }
}

pub(super) type Outcome = Result<Arc<Made>, Trouble>;

/// An export, ordered and perhaps finished.
pub(crate) struct Export {
    pub(super) window: Window,
    pub(super) kinds: Kinds,
    pub(super) begun_ms: i64,
    outcome: watch::Receiver<Option<Outcome>>,
    /// Lanes that have read it.
    listed: Mutex<HashSet<ExtensionId>>,
    /// Files that were looked for in vain.
    lacking: Mutex<HashSet<ItemId>>,
    _task: Task,
}

impl Export {
    /// Orders it. It is made whether or not somebody goes on waiting: what one
    /// run began, the next one finds.
    pub(super) fn begin(order: Order, begun_ms: i64) -> Arc<Export> {
        let (told, outcome) = watch::channel(None);
        let (window, kinds) = (order.window, order.kinds.clone());
        let task = Task::start(async move {
            let over = ended(Arc::clone(&order.keeper));
            let outcome = tokio::select! {
                outcome = task::make(order) => outcome,
                error = over => Err(error.into()),
            };
            told.send_replace(Some(outcome.map(Arc::new)));
        });
        Arc::new(Export {
            window,
            kinds,
            begun_ms,
            outcome,
            listed: Mutex::default(),
            lacking: Mutex::default(),
            _task: task,
        })
    }

    /// Waits for its end.
    pub(super) async fn outcome(&self) -> Outcome {
        let mut outcome = self.outcome.clone();
        let ended = outcome.wait_for(Option::is_some).await;
        let ended = ended.ok().and_then(|it| it.clone());
        ended.unwrap_or_else(|| {
            let what = "an export of messages was interrupted inside Archiver";
            Err(Error::new(Kind::Unavailable, what).into())
        })
    }

    /// What its metadata takes in memory.
    pub(super) fn weight(&self) -> usize {
        match &*self.outcome.borrow() {
            Some(Ok(made)) => made.metadata.weight(),
            _ => 0,
        }
    }

    /// How long its span is, milliseconds.
    pub(super) fn length_ms(&self) -> i64 {
        let (from, to) = (self.window.start_ms(), self.window.end_ms());
        to.saturating_sub(from)
    }

    /// Whether it holds everything of this span and these types. What came
    /// after it was ordered is not in it, however far its span reaches.
    pub(super) fn covers(&self, window: Window, kinds: &[&str]) -> bool {
        let until_ms = self.window.end_ms().min(self.begun_ms);
        let inside = self.window.start_ms() <= window.start_ms() && window.end_ms() <= until_ms;
        inside && kinds.iter().all(|kind| self.kinds.contains(kind))
    }

    /// A lane is read out of it.
    pub(super) fn listed(&self, extension: &ExtensionId) {
        held(&self.listed).insert(extension.clone());
    }

    /// Whether the lane was read out of it.
    pub(super) fn has_listed(&self, extension: &ExtensionId) -> bool {
        held(&self.listed).contains(extension)
    }

    /// A file was looked for in vain.
    pub(super) fn lacks(&self, item: &Item) {
        held(&self.lacking).insert(item.id.clone());
    }

    pub(super) fn is_lacking(&self, item: &Item) -> bool {
        held(&self.lacking).contains(&item.id)
    }
}

/// How often it is looked whether there still is a connection.
const WATCH: Duration = Duration::from_millis(300);

/// Waits until the grant is no longer kept: another process may have ended the
/// connection. Nothing is asked of RingCentral any more then.
async fn ended(keeper: Arc<dyn Keeper>) -> Error {
    // A memory that does not answer says nothing.
    while !matches!(keeper.load().await, Ok(None)) {
        sleep(WATCH).await;
    }
    let what = "this connection to RingCentral has ended";
    Error::new(Kind::Unauthorized, what)
}

/// Takes a lock; each change under it is complete in itself.
pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
