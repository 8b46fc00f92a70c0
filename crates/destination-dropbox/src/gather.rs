//! Small files on their way into sessions, many in one call. A file that the
//! call leaves in doubt is sent once more alone: the answer tells where its
//! session stands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use domain::error::{Error, Kind, Result};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::append::{Then, after};
use crate::batch::{Collector, Entry, Limits};
use crate::byte_budget::{ByteBudget, Room};
use crate::content_hash;
use crate::expected::{Coming, Expected};
use crate::intake::Piece;
use crate::refusal::Step;
use crate::task::{Task, interrupted};
use crate::upload::{Sender, Sent};
use crate::wire::{AppendEntry, Cursor};

/// Takes small files in.
pub(crate) struct Gatherer {
    inbox: mpsc::UnboundedSender<Small>,
    _task: Task,
}

/// A small file, whole in memory.
struct Small {
    piece: Piece,
    reply: oneshot::Sender<Result<Sent>>,
    /// Until it has come.
    coming: Option<Coming>,
    /// Given back when the bytes are gone.
    _room: Room,
}

impl Entry for Small {
    fn weight(&self) -> u64 {
        self.piece.length as u64
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn arrive(&mut self) {
        self.coming = None;
    }
}

impl Gatherer {
    /// Starts gathering; it ends with the returned value.
    pub(crate) fn start(
        sender: Arc<Sender>,
        limits: Limits,
        memory: ByteBudget,
        expected: Expected,
    ) -> Gatherer {
        let (inbox, files) = mpsc::unbounded_channel();
        let shipper = Arc::new(Shipper {
            sender,
            most: AtomicUsize::new(limits.entries),
        });
        let task = Task::start(gather(
            Collector::new(files, limits, expected).holding(memory),
            shipper,
        ));
        Gatherer { inbox, _task: task }
    }

    /// Sends a small file and closes its session. The file is given up when
    /// the caller goes away before its group has left.
    pub(crate) async fn send(&self, piece: Piece, room: Room, coming: Coming) -> Result<Sent> {
        let (reply, answer) = oneshot::channel();
        let small = Small {
            piece,
            reply,
            coming: Some(coming),
            _room: room,
        };
        self.inbox.send(small).map_err(|_| interrupted())?;
        answer.await.map_err(|_| interrupted())?
    }
}

async fn gather(mut files: Collector<Small>, shipper: Arc<Shipper>) {
    // Ends the groups under way when it is dropped.
    let mut groups = JoinSet::new();
    while let Some(group) = files.next(Vec::new()).await {
        let shipper = Arc::clone(&shipper);
        groups.spawn(async move { shipper.ship(group).await });
        while groups.try_join_next().is_some() {}
    }
    while groups.join_next().await.is_some() {}
}

/// Sends groups.
struct Shipper {
    sender: Arc<Sender>,
    /// Entries that a call may hold; falls when one was too large, to 1 when
    /// the function is not known.
    most: AtomicUsize,
}

impl Shipper {
    async fn ship(&self, group: Vec<Small>) {
        let cursors = match self.sender.open(group.len()).await {
            Ok(cursors) => cursors,
            Err(error) => return group.into_iter().for_each(|small| small.fail(&error)),
        };
        let mut parts = vec![group.into_iter().zip(cursors).collect::<Vec<_>>()];
        while let Some(mut part) = parts.pop() {
            let most = self.most.load(Ordering::Relaxed);
            if most == 1 || part.len() == 1 {
                self.each_alone(part).await;
                continue;
            }
            if part.len() > most {
                parts.push(part.split_off(most));
            }
            match self.together(&part).await {
                Ok(results) => self.settle(part, results).await,
                Err(error) => match Step::of(&error) {
                    Step::Unknown => self.at_most(1, part, &mut parts),
                    Step::Smaller => self.at_most(part.len() / 2, part, &mut parts),
                    Step::Resend => self.each_alone(part).await,
                    // An answer that tells nothing about any entry.
                    Step::Report if error.kind() == Kind::Protocol => self.each_alone(part).await,
                    _ => part.into_iter().for_each(|(small, _)| small.fail(&error)),
                },
            }
        }
    }

    /// Remembers what a call may hold, and tries the part again.
    fn at_most(
        &self,
        entries: usize,
        part: Vec<(Small, Cursor)>,
        parts: &mut Vec<Vec<(Small, Cursor)>>,
    ) {
        let entries = entries.max(1);
        tracing::info!(entries, "Dropbox takes fewer small files in one call");
        self.most.fetch_min(entries, Ordering::Relaxed);
        parts.push(part);
    }

    async fn together(&self, part: &[(Small, Cursor)]) -> Result<Vec<Result<()>>> {
        let bytes = part.iter().flat_map(|(small, _)| &small.piece.bytes);
        let pieces: Vec<Bytes> = bytes.cloned().collect();
        let hashed = pieces.clone();
        let hash =
            tokio::task::spawn_blocking(move || content_hash::of(hashed.iter().map(AsRef::as_ref)));
        let hash = hash.await.map_err(|_| interrupted())?;
        let entry = |(small, cursor): &(Small, Cursor)| AppendEntry {
            cursor: cursor.clone(),
            length: small.weight(),
            close: true,
        };
        let _turn = self.sender.turn().await?;
        let entries = part.iter().map(entry).collect();
        self.sender.api.append_batch(entries, &hash, pieces).await
    }

    async fn settle(&self, part: Vec<(Small, Cursor)>, results: Vec<Result<()>>) {
        let mut unclear = Vec::new();
        for ((small, cursor), result) in part.into_iter().zip(results) {
            match result {
                Ok(()) => small.landed(cursor),
                Err(error) => match after(&error, cursor.offset, small.weight(), true) {
                    Then::Landed => small.landed(cursor),
                    Then::Close | Then::Resend => unclear.push((small, cursor)),
                    Then::Out => small.fail(&error),
                },
            }
        }
        self.each_alone(unclear).await;
    }

    async fn each_alone(&self, part: Vec<(Small, Cursor)>) {
        let alone = part.into_iter().map(|(small, mut cursor)| async move {
            match self.sender.append(&mut cursor, &small.piece).await {
                Ok(()) => small.landed(cursor),
                Err(error) => small.fail(&error),
            }
        });
        alone.collect::<FuturesUnordered<_>>().collect::<()>().await;
    }
}

impl Small {
    /// Its session holds it, whole.
    fn landed(self, mut cursor: Cursor) {
        cursor.offset = self.weight();
        let sent = Sent {
            cursor,
            hash: self.piece.hash,
        };
        // Whoever went away does not want it committed.
        let _ = self.reply.send(Ok(sent));
    }

    fn fail(self, error: &Error) {
        let _ = self.reply.send(Err(error.clone()));
    }
}
