//! The upload functions that carry data: `files/upload` and the sessions'
//! start, append and finish.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use serde_json::{Value, json};

use super::Inner;
use super::argument::Argument;
use super::call::Call;
use super::commit::{self, Commit};
use super::entry::File;
use super::error::{Failure, Write, tag_of, tag_with};
use super::fault::{Fate, FaultKind};
use super::reply::Reply;
use super::session::{LARGEST_BODY, Session, SessionError};
use super::spool::{Growing, Received};

/// `UploadSessionCursor`
pub(super) struct Cursor {
    pub(super) session_id: String,
    pub(super) offset: u64,
}

impl Cursor {
    pub(super) fn read(argument: &mut Argument) -> Result<Self, Failure> {
        let cursor = argument.structure("cursor")?;
        Self::read_fields(cursor)
    }

    fn read_fields(mut cursor: Argument) -> Result<Self, Failure> {
        let read = Self {
            session_id: cursor.text("session_id")?,
            offset: cursor.number("offset", 0, u64::MAX)?,
        };
        cursor.end()?;
        Ok(read)
    }
}

/// `UploadSessionType`: whether it is concurrent.
pub(super) fn is_concurrent(argument: &mut Argument) -> Result<bool, Failure> {
    match argument.union("session_type")? {
        None => Ok(false),
        Some((tag, fields)) => match tag.as_str() {
            "sequential" => Ok(false),
            "concurrent" => Ok(true),
            other => Err(fields.unknown_tag(other)),
        },
    }
}

/// The metadata of a written file, or what a fault makes of it.
pub(super) fn receipt(file: &File, fate: &Fate, entry: usize) -> Value {
    let mut metadata = file.metadata();
    if fate.strikes_entry(FaultKind::WrongHash, entry) {
        metadata["content_hash"] = Value::from("0".repeat(64));
    }
    if fate.strikes_entry(FaultKind::HashAbsent, entry)
        && let Some(fields) = metadata.as_object_mut()
    {
        fields.remove("content_hash");
    }
    metadata
}

/// Takes a call's body to disk and checks its size and the hash it came with.
async fn receive(inner: &Inner, call: &mut Call, body: Body) -> Result<Received, Failure> {
    let hash = call.argument.optional_text("content_hash")?;
    if let Some(hash) = &hash
        && hash.len() != 64
    {
        let why = format!(
            "'{hash}' must be at least 64 characters, got {}",
            hash.len()
        );
        return Err(call.argument.refuse("content_hash", &why));
    }
    let received = inner.spool.receive(body, LARGEST_BODY).await?;
    if received.oversized {
        return Err(Failure::route("payload_too_large"));
    }
    if call.options.append_ms > 0 {
        tokio::time::sleep(Duration::from_millis(call.options.append_ms)).await;
    }
    if hash.is_some_and(|hash| hash != received.content_hash()) {
        return Err(Failure::route("content_hash_mismatch"));
    }
    Ok(received)
}

/// The same for `append_batch`, which splits the body.
pub(super) async fn receive_shared(
    inner: &Inner,
    call: &mut Call,
    body: Body,
) -> Result<Arc<Received>, Failure> {
    receive(inner, call, body).await.map(Arc::new)
}

/// `files/upload`
pub(super) async fn upload(inner: &Inner, mut call: Call, body: Body) -> Result<Reply, Failure> {
    let commit = Commit::read(&mut call.argument)?;
    let received = receive(inner, &mut call, body).await?;
    call.argument.end()?;
    let growing = Growing::from_received(&inner.spool, received);
    let blob = Arc::new(growing.into_blob().map_err(Failure::disk)?);
    let written = commit_one(inner, &call, &commit, &blob).await;
    written.map(Reply::Json).map_err(|error| {
        // The data stays: `upload_session/finish` may commit it later.
        let session = Session::of_blob(&inner.spool, blob, call.now_ms);
        let id = inner.sessions.open(session, &inner.mint);
        let fields = json!({ "reason": error.value(), "upload_session_id": id });
        let failure = Failure::Route(tag_with("path", fields));
        if error == Write::TooManyWriteOperations {
            call.contended(failure)
        } else {
            failure
        }
    })
}

/// Takes the write lock and commits one file.
async fn commit_one(
    inner: &Inner,
    call: &Call,
    commit: &Commit,
    blob: &Arc<super::spool::Blob>,
) -> Result<Value, Write> {
    let busy = call.fate.strikes(FaultKind::TooManyWriteOperations);
    let lock = inner.write_lock.take(call.now_ms, 1, &call.options).await;
    if busy || lock.is_none() {
        return Err(Write::TooManyWriteOperations);
    }
    commit::imposed(&call.fate, 0)?;
    let file = inner.change(|tree| {
        commit.apply(tree, blob, &call.options, inner.clock.now_ms(), &inner.mint)
    })?;
    Ok(receipt(&file, &call.fate, 0))
}

/// `files/upload_session/start`
pub(super) async fn start(inner: &Inner, mut call: Call, body: Body) -> Result<Reply, Failure> {
    let close = call.argument.flag("close", false)?;
    let concurrent = is_concurrent(&mut call.argument)?;
    let received = receive(inner, &mut call, body).await?;
    call.argument.end()?;
    if concurrent && received.size() > 0 {
        return Err(Failure::route("concurrent_session_data_not_allowed"));
    }
    if concurrent && close {
        return Err(Failure::route("concurrent_session_close_not_allowed"));
    }
    let session = if concurrent {
        Session::new(&inner.spool, true, call.now_ms)
    } else {
        Session::with_body(&inner.spool, received, close, call.now_ms)
    };
    let id = inner.sessions.open(session, &inner.mint);
    Ok(Reply::Json(json!({ "session_id": id })))
}

/// `files/upload_session/append_v2`, and its predecessor, whose argument is
/// the cursor itself.
pub(super) async fn append(inner: &Inner, mut call: Call, body: Body) -> Result<Reply, Failure> {
    let (cursor, close) = if call.route.name.ends_with("append_v2") {
        let cursor = Cursor::read(&mut call.argument)?;
        (cursor, call.argument.flag("close", false)?)
    } else {
        let cursor = std::mem::replace(&mut call.argument, Argument::void());
        (Cursor::read_fields(cursor)?, false)
    };
    let received = Arc::new(receive(inner, &mut call, body).await?);
    call.argument.end()?;
    let refused = |error: SessionError| Failure::Route(error.value());
    let session = inner
        .sessions
        .find(&cursor.session_id, call.now_ms, &call.options)
        .await
        .map_err(refused)?;
    let mut session = session.lock().await;
    session
        .append(cursor.offset, &received, 0, received.size(), close)
        .await
        .map_err(|failure| failure.dressed(SessionError::value))?;
    Ok(Reply::Null)
}

/// `files/upload_session/finish`
pub(super) async fn finish(inner: &Inner, mut call: Call, body: Body) -> Result<Reply, Failure> {
    let cursor = Cursor::read(&mut call.argument)?;
    let mut fields = call.argument.structure("commit")?;
    let commit = Commit::read(&mut fields)?;
    fields.end()?;
    let received = Arc::new(receive(inner, &mut call, body).await?);
    call.argument.end()?;
    let session = inner
        .sessions
        .find(&cursor.session_id, call.now_ms, &call.options)
        .await
        .map_err(|error| Failure::Route(error.in_lookup()))?;
    let mut session = session.lock().await;
    session
        .may_finish(cursor.offset, received.size(), false)
        .map_err(Failure::Route)?;
    if received.size() > 0 {
        session
            .append(cursor.offset, &received, 0, received.size(), false)
            .await
            .map_err(|failure| failure.dressed(SessionError::in_lookup))?;
    }
    let blob = session.seal().await.map_err(Failure::disk)?;
    match commit_one(inner, &call, &commit, &blob).await {
        Ok(metadata) => {
            session.committed(&call.options);
            Ok(Reply::Json(metadata))
        }
        Err(Write::TooManyWriteOperations) => {
            Err(call.contended(Failure::route("too_many_write_operations")))
        }
        Err(error) => Err(Failure::Route(tag_of("path", &error.value()))),
    }
}
