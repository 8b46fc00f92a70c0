//! A content becomes a closed session: gathered with others if it is small, in
//! pieces of its own if it is not. Nothing is visible in the Dropbox yet.

use std::sync::Arc;

use domain::content::Content;
use domain::error::Result;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::api::Api;
use crate::append::{Then, after};
use crate::byte_budget::{ByteBudget, Room};
use crate::content_hash;
use crate::expected::{Coming, Expected};
use crate::gather::Gatherer;
use crate::intake::{Intake, Piece};
use crate::options::Upload;
use crate::sessions::Sessions;
use crate::task::interrupted;
use crate::wire::Cursor;

/// What lies in a closed session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Stands at the end: its offset is the size.
    pub(crate) cursor: Cursor,
    /// The content hash of the bytes as they were read.
    pub(crate) hash: String,
}

/// Sends contents.
pub(crate) struct Uploader {
    sender: Arc<Sender>,
    gatherer: Gatherer,
    /// Small files that may come to be gathered.
    expected: Expected,
    budget: ByteBudget,
    chunk: usize,
    small: usize,
}

impl Uploader {
    /// Starts the gathering of small files: needs a runtime.
    pub(crate) fn new(api: Api, budget: ByteBudget, upload: &Upload) -> Uploader {
        let sender = Arc::new(Sender::new(api, upload.appends));
        let expected = Expected::default();
        Uploader {
            gatherer: Gatherer::start(
                Arc::clone(&sender),
                upload.group,
                budget.clone(),
                expected.clone(),
            ),
            sender,
            expected,
            budget,
            chunk: upload.chunk,
            small: upload.small,
        }
    }

    /// Announces a content: what is gathered may wait for it.
    pub(crate) fn announce(&self) -> Coming {
        self.expected.one()
    }

    /// Sends a content to its end. An error, also one of the content's own at
    /// its very end, leaves a session that nobody will commit.
    pub(crate) async fn send(&self, content: Content) -> Result<Sent> {
        let coming = self.announce();
        let mut intake = Intake::new(content);
        let mut room = self.budget.reserve(intake.first_room(self.chunk)).await?;
        let piece = intake.next(&mut room, self.chunk).await?;
        if piece.last && piece.length < self.small {
            room.shrink(piece.length);
            return self.gatherer.send(piece, room, coming).await;
        }
        drop(coming);
        self.send_large(intake, piece, room).await
    }

    async fn send_large(&self, mut intake: Intake, first: Piece, mut room: Room) -> Result<Sent> {
        let mut cursor = self.sender.open(1).await?.remove(0);
        let mut next = Some(first);
        loop {
            // Taken out, so that a piece is gone before the next one is read.
            let piece = match next.take() {
                Some(piece) => piece,
                None => intake.next(&mut room, self.chunk).await?,
            };
            let last = piece.last;
            self.sender.append(&mut cursor, &piece).await?;
            if last {
                return Ok(Sent {
                    cursor,
                    hash: intake.finish(),
                });
            }
        }
    }
}

/// Opens sessions and appends to them, a bounded number at once.
pub(crate) struct Sender {
    pub(crate) api: Api,
    sessions: Sessions,
    appends: Semaphore,
}

/// Sendings of one piece whose answers say that nothing of it was kept.
const TRIES: usize = 3;

impl Sender {
    fn new(api: Api, appends: usize) -> Sender {
        Sender {
            sessions: Sessions::new(api.clone()),
            api,
            appends: Semaphore::new(appends),
        }
    }

    /// New sessions, at their beginning.
    pub(crate) async fn open(&self, count: usize) -> Result<Vec<Cursor>> {
        let ids = self.sessions.take(count).await?;
        let cursor = |session_id| Cursor {
            session_id,
            offset: 0,
        };
        Ok(ids.into_iter().map(cursor).collect())
    }

    /// Appends a piece, closing the session with the last one, and moves the
    /// cursor behind it.
    pub(crate) async fn append(&self, cursor: &mut Cursor, piece: &Piece) -> Result<()> {
        let length = piece.length as u64;
        let turn = self.turn().await?;
        let mut failed = 0;
        loop {
            let sent = self
                .api
                .append(cursor, piece.last, &piece.hash, piece.bytes.clone());
            let Err(error) = sent.await else { break };
            failed += 1;
            match after(&error, cursor.offset, length, piece.last) {
                Then::Landed => break,
                Then::Resend if failed < TRIES => {}
                Then::Close => return self.close(cursor, length).await,
                Then::Resend | Then::Out => return Err(error),
            }
        }
        drop(turn);
        cursor.offset += length;
        Ok(())
    }

    /// Closes a session whose last bytes have landed without closing it.
    async fn close(&self, cursor: &mut Cursor, length: u64) -> Result<()> {
        cursor.offset += length;
        let sent = self
            .api
            .append(cursor, true, &content_hash::of([]), Vec::new())
            .await;
        match sent {
            Err(error) if after(&error, cursor.offset, 0, true) != Then::Landed => Err(error),
            _ => Ok(()),
        }
    }

    /// The right to send file data.
    pub(crate) async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        self.appends.acquire().await.map_err(|_| interrupted())
    }
}
