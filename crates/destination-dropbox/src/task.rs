//! A task that ends with its owner.

use std::future::Future;

use domain::error::{Error, Kind};
use tokio::task::JoinHandle;

/// Runs until it is done or dropped.
pub(crate) struct Task(JoinHandle<()>);

impl Task {
    /// Starts it on the runtime of the caller.
    pub(crate) fn start(work: impl Future<Output = ()> + Send + 'static) -> Task {
        Task(tokio::spawn(work))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The error of whoever waited for a task that ended without a word: only a
/// panic does that, because who waits keeps the owner alive.
pub(crate) fn interrupted() -> Error {
    Error::new(
        Kind::Unavailable,
        "an upload was interrupted inside Archiver",
    )
}
