//! Upload sessions and their rules: sequential and concurrent, offsets,
//! closing, life. Knows nothing of paths and commits.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::Mutex as AsyncMutex;

use super::content_hash::BLOCK;
use super::error::{Failure, tag, tag_of, tag_with};
use super::limiter::milliseconds;
use super::mint::Mint;
use super::options::{Options, SessionAfterCommit};
use super::spool::{Blob, Growing, Received, Spool};

/// Largest file: 2^41 − 2^22 bytes (files.stone).
const LARGEST: u64 = (1 << 41) - (1 << 22);

/// Largest body of one request: 150 MiB (files.stone).
pub(super) const LARGEST_BODY: u64 = 150 << 20;

/// All sessions.
#[derive(Default)]
pub(super) struct Sessions {
    table: Mutex<HashMap<String, Shared>>,
}

/// A session; one request at a time works on it.
pub(super) type Shared = Arc<AsyncMutex<Session>>;

/// An upload under way.
pub(super) struct Session {
    concurrent: bool,
    content: Content,
    /// Sequential: bytes received. Concurrent: the end of the last piece.
    end: u64,
    /// Concurrent: length by offset.
    pieces: BTreeMap<u64, u64>,
    closed: bool,
    created_ms: i64,
}

enum Content {
    Growing(Box<Growing>),
    /// A finish has taken it; retries take the same.
    Sealed(Arc<Blob>),
    /// Committed and let go.
    Gone,
}

/// `UploadSessionLookupError` and `UploadSessionAppendError`: the members
/// they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionError {
    NotFound,
    IncorrectOffset(u64),
    Closed,
    NotClosed,
    TooLarge,
    ConcurrentOffset,
    ConcurrentSize,
}

impl SessionError {
    pub(super) fn value(self) -> Value {
        tag(match self {
            Self::NotFound => "not_found",
            Self::IncorrectOffset(correct) => {
                return tag_with("incorrect_offset", json!({ "correct_offset": correct }));
            }
            Self::Closed => "closed",
            Self::NotClosed => "not_closed",
            Self::TooLarge => "too_large",
            Self::ConcurrentOffset => "concurrent_session_invalid_offset",
            Self::ConcurrentSize => "concurrent_session_invalid_data_size",
        })
    }

    /// Within `UploadSessionFinishError`.
    pub(super) fn in_lookup(self) -> Value {
        tag_of("lookup_failed", &self.value())
    }
}

/// Why an append did not work.
pub(super) enum AppendFailure {
    Refused(SessionError),
    Disk(io::Error),
}

impl From<SessionError> for AppendFailure {
    fn from(error: SessionError) -> Self {
        Self::Refused(error)
    }
}

impl AppendFailure {
    /// The failure of a call, with the refusal dressed by `dress`.
    pub(super) fn dressed(self, dress: impl Fn(SessionError) -> Value) -> Failure {
        match self {
            Self::Refused(error) => Failure::Route(dress(error)),
            Self::Disk(error) => Failure::disk(error),
        }
    }
}

impl Sessions {
    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<String, Shared>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a session.
    pub(super) fn open(&self, session: Session, mint: &Mint) -> String {
        let id = format!("pid_upload_session:{}", mint.text(50));
        let shared = Arc::new(AsyncMutex::new(session));
        self.table().insert(id.clone(), shared);
        id
    }

    /// Finds a session that still lives.
    pub(super) async fn find(
        &self,
        id: &str,
        now_ms: i64,
        options: &Options,
    ) -> Result<Shared, SessionError> {
        let shared = self.table().get(id).cloned();
        let shared = shared.ok_or(SessionError::NotFound)?;
        let born_ms = shared.lock().await.created_ms;
        if now_ms >= born_ms.saturating_add(milliseconds(options.session_life_s)) {
            self.table().remove(id);
            return Err(SessionError::NotFound);
        }
        Ok(shared)
    }
}

impl Session {
    /// An empty session.
    pub(super) fn new(spool: &Arc<Spool>, concurrent: bool, now_ms: i64) -> Self {
        Self {
            concurrent,
            content: Content::Growing(Box::new(Growing::new(spool))),
            end: 0,
            pieces: BTreeMap::new(),
            closed: false,
            created_ms: now_ms,
        }
    }

    /// A session that begins with the body of its start.
    pub(super) fn with_body(spool: &Arc<Spool>, body: Received, closed: bool, now_ms: i64) -> Self {
        let end = body.size();
        Self {
            content: Content::Growing(Box::new(Growing::from_received(spool, body))),
            end,
            closed,
            ..Self::new(spool, false, now_ms)
        }
    }

    /// What remains of a `files/upload` whose commit failed.
    pub(super) fn of_blob(spool: &Arc<Spool>, blob: Arc<Blob>, now_ms: i64) -> Self {
        Self {
            end: blob.hashes.size,
            content: Content::Sealed(blob),
            closed: true,
            ..Self::new(spool, false, now_ms)
        }
    }

    /// Appends `length` bytes of `body`, from its byte `from` on.
    pub(super) async fn append(
        &mut self,
        offset: u64,
        body: &Arc<Received>,
        from: u64,
        length: u64,
        close: bool,
    ) -> Result<(), AppendFailure> {
        self.may_append(offset, length, close)?;
        let Content::Growing(mut content) = std::mem::replace(&mut self.content, Content::Gone)
        else {
            return Err(SessionError::Closed.into());
        };
        let body = Arc::clone(body);
        let moved = tokio::task::spawn_blocking(move || {
            let done = content.put(&body, from, length, offset);
            (content, done)
        });
        let (content, done) = moved
            .await
            .map_err(|error| AppendFailure::Disk(io::Error::other(error)))?;
        self.content = Content::Growing(content);
        done.map_err(AppendFailure::Disk)?;
        if self.concurrent && length > 0 {
            self.pieces.insert(offset, length);
        }
        self.end = self.end.max(offset + length);
        self.closed |= close;
        Ok(())
    }

    fn may_append(&self, offset: u64, length: u64, close: bool) -> Result<(), SessionError> {
        if self.closed || !matches!(self.content, Content::Growing(_)) {
            return Err(SessionError::Closed);
        }
        if self.concurrent {
            if !offset.is_multiple_of(BLOCK) {
                return Err(SessionError::ConcurrentOffset);
            }
            if !close && !length.is_multiple_of(BLOCK) {
                return Err(SessionError::ConcurrentSize);
            }
        } else if offset != self.end {
            return Err(SessionError::IncorrectOffset(self.end));
        }
        if offset.saturating_add(length) > LARGEST {
            return Err(SessionError::TooLarge);
        }
        Ok(())
    }

    /// Whether the session may be finished at `offset` by a call that brings
    /// `data` bytes: the error is an `UploadSessionFinishError`.
    pub(super) fn may_finish(&self, offset: u64, data: u64, batch: bool) -> Result<(), Value> {
        if matches!(self.content, Content::Gone) {
            return Err(SessionError::NotFound.in_lookup());
        }
        if self.concurrent {
            if data > 0 {
                return Err(tag("concurrent_session_data_not_allowed"));
            }
            if !self.closed {
                return Err(tag("concurrent_session_not_closed"));
            }
            let mut covered = 0;
            for (at, length) in &self.pieces {
                if *at > covered {
                    break;
                }
                covered = covered.max(at + length);
            }
            if covered < self.end {
                return Err(tag("concurrent_session_missing_data"));
            }
        } else if batch && !self.closed {
            return Err(SessionError::NotClosed.in_lookup());
        }
        if offset != self.end {
            return Err(SessionError::IncorrectOffset(self.end).in_lookup());
        }
        Ok(())
    }

    /// Takes the content as it is for a commit. A later try gets the same.
    pub(super) async fn seal(&mut self) -> io::Result<Arc<Blob>> {
        match std::mem::replace(&mut self.content, Content::Gone) {
            Content::Sealed(blob) => {
                self.content = Content::Sealed(Arc::clone(&blob));
                Ok(blob)
            }
            Content::Growing(growing) => {
                let blob = tokio::task::spawn_blocking(move || growing.into_blob())
                    .await
                    .map_err(io::Error::other)??;
                let blob = Arc::new(blob);
                self.content = Content::Sealed(Arc::clone(&blob));
                Ok(blob)
            }
            Content::Gone => Err(io::Error::other("the session was committed")),
        }
    }

    /// The commit has landed.
    pub(super) fn committed(&mut self, options: &Options) {
        self.closed = true;
        if options.session_after_commit == SessionAfterCommit::Gone {
            self.content = Content::Gone;
        }
    }
}
