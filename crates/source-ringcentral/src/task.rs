//! A task that ends with its owner.

use std::future::Future;

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
