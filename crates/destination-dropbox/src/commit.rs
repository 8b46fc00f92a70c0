//! The one committer of a Dropbox: closed sessions become files, many in one
//! call, and never two calls at once. An app folder is one namespace with one
//! write lock; whoever commits beside gets `too_many_write_operations`.

use std::sync::Arc;

use domain::error::{Error, Kind, Result};
use outbound::{Backoff, Chance};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use crate::api::Api;
use crate::batch::{self, Collector, Limits};
use crate::expected::{Coming, Expected};
use crate::refusal::Step;
use crate::task::{Task, interrupted};
use crate::turns::{self, Turns};
use crate::wire::{Cursor, FileMetadata};

/// What became of one commit.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Dropbox says so; its words are still to be compared with ours.
    Landed(FileMetadata),
    /// It did not happen, or it happened before.
    Refused(Error),
    /// The call was sent and nobody knows.
    Unknown(Error),
}

/// How commits are made.
pub(crate) struct Pace {
    pub(crate) limits: Limits,
    /// Waits while the Dropbox is busy with others' changes.
    pub(crate) contention: Backoff,
    /// Commits of one file before that comes out.
    pub(crate) tries: u32,
    pub(crate) chance: Chance,
    /// Whose turn it is, among processes.
    pub(crate) turns: Arc<dyn Turns>,
}

/// Takes commits in.
pub(crate) struct Committer {
    inbox: mpsc::UnboundedSender<Waiting>,
    expected: Expected,
    _task: Task,
}

struct Waiting {
    path: String,
    cursor: Cursor,
    failed: u32,
    reply: oneshot::Sender<Outcome>,
    /// Until it has come: a batch that sees nobody coming does not wait, and
    /// nobody waits for himself.
    coming: Option<Coming>,
}

impl batch::Entry for Waiting {
    fn weight(&self) -> u64 {
        0
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn arrive(&mut self) {
        self.coming = None;
    }
}

impl Committer {
    /// Starts committing; it ends with the returned value.
    pub(crate) fn start(api: Api, pace: Pace) -> Committer {
        let (inbox, waiting) = mpsc::unbounded_channel();
        let expected = Expected::default();
        let waiting = Collector::new(waiting, pace.limits, expected.clone());
        let task = Task::start(work(api, pace, waiting));
        Committer {
            inbox,
            expected,
            _task: task,
        }
    }

    /// Announces a commit: a batch waits a little for it.
    pub(crate) fn announce(&self) -> Coming {
        self.expected.one()
    }

    /// Commits a closed session. Given up when the caller goes away before the
    /// call was sent.
    pub(crate) async fn commit(
        &self,
        path: &str,
        cursor: &Cursor,
        coming: Option<Coming>,
    ) -> Result<Outcome> {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting {
            path: path.to_owned(),
            cursor: cursor.clone(),
            failed: 0,
            reply,
            coming,
        };
        self.inbox.send(waiting).map_err(|_| interrupted())?;
        answer.await.map_err(|_| interrupted())
    }
}

/// One call after the other.
async fn work(api: Api, pace: Pace, mut waiting: Collector<Waiting>) {
    let mut back = Vec::new();
    let mut busy = 0;
    while let Some(batch) = waiting.next(std::mem::take(&mut back)).await {
        let turn = turns::take(pace.turns.as_ref()).await;
        // Some came, some went away meanwhile.
        let batch = waiting.now(batch);
        let sent = batch.len();
        if sent == 0 {
            continue;
        }
        back = settle(finish(&api, batch).await, pace.tries);
        drop(turn);
        if back.is_empty() {
            busy = 0;
            continue;
        }
        // A batch that got somewhere found the lock free for a moment.
        busy = if back.len() < sent { 1 } else { busy + 1 };
        tracing::debug!(
            files = back.len(),
            busy,
            "the Dropbox is busy with other changes"
        );
        sleep(pace.contention.wait(busy, (pace.chance)())).await;
    }
}

/// Commits a batch. One that Dropbox cannot read (a path against the pattern
/// spoils them all) is halved until what is wrong stands alone.
async fn finish(api: &Api, batch: Vec<Waiting>) -> Vec<(Waiting, Outcome)> {
    let mut told = Vec::with_capacity(batch.len());
    let mut parts = vec![batch];
    while let Some(mut part) = parts.pop() {
        let entries = part
            .iter()
            .map(|waiting| (&waiting.cursor, waiting.path.as_str()));
        match api.finish_batch(entries).await {
            Ok(entries) => told.extend(part.into_iter().zip(entries.into_iter().map(of_entry))),
            Err(error) if part.len() > 1 && Step::of(&error) == Step::Smaller => {
                parts.push(part.split_off(part.len() / 2));
                parts.push(part);
            }
            Err(error) => told.extend(part.into_iter().map(|waiting| (waiting, of_call(&error)))),
        }
    }
    told
}

/// Tells everyone their outcome; returns those to be tried again.
fn settle(told: Vec<(Waiting, Outcome)>, tries: u32) -> Vec<Waiting> {
    let mut back = Vec::new();
    for (mut waiting, outcome) in told {
        waiting.failed += 1;
        let is_busy = matches!(&outcome, Outcome::Refused(error) if Step::of(error) == Step::Again);
        if is_busy && waiting.failed < tries {
            back.push(waiting);
        } else {
            // Whoever went away is told when the same bytes come again.
            let _ = waiting.reply.send(outcome);
        }
    }
    back
}

fn of_entry(entry: Result<FileMetadata>) -> Outcome {
    match entry {
        Ok(file) => Outcome::Landed(file),
        Err(error) => Outcome::Refused(error),
    }
}

/// A call that failed as a whole: judged answers say that nothing happened;
/// a lost, unreadable or 5xx answer says nothing.
fn of_call(error: &Error) -> Outcome {
    let unknown = match error.kind() {
        Kind::Unavailable | Kind::Incomplete => true,
        Kind::Protocol => error.code().is_none(),
        _ => false,
    };
    if unknown {
        Outcome::Unknown(error.clone())
    } else {
        Outcome::Refused(error.clone())
    }
}
