//! The upload functions for many sessions at once: start, append, finish.

use std::sync::Arc;

use axum::body::Body;
use serde_json::{Value, json};

use super::Inner;
use super::call::Call;
use super::commit::{self, Commit};
use super::entry::tagged;
use super::error::{Failure, Write, tag, tag_of};
use super::fault::FaultKind;
use super::reply::Reply;
use super::session::{AppendFailure, Session, SessionError, Shared};
use super::spool::{Blob, Received};
use super::upload::{Cursor, is_concurrent, receipt, receive_shared};

/// Most entries of a batch (files.stone).
const MOST: usize = 1_000;

/// `files/upload_session/start_batch`
pub(super) fn start(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let count = call.argument.number("num_sessions", 1, MOST as u64)?;
    let concurrent = is_concurrent(&mut call.argument)?;
    call.argument.end()?;
    let ids: Vec<String> = (0..count)
        .map(|_| {
            let session = Session::new(&inner.spool, concurrent, call.now_ms);
            inner.sessions.open(session, &inner.mint)
        })
        .collect();
    Ok(Reply::Json(json!({ "session_ids": ids })))
}

struct Piece {
    cursor: Cursor,
    length: u64,
    close: bool,
}

/// `files/upload_session/append_batch`: one body, cut into the entries'
/// lengths.
pub(super) async fn append(inner: &Inner, mut call: Call, body: Body) -> Result<Reply, Failure> {
    let mut pieces = Vec::new();
    for mut entry in call.argument.structures("entries", MOST)? {
        pieces.push(Piece {
            cursor: Cursor::read(&mut entry)?,
            length: entry.number("length", 0, u64::MAX)?,
            close: entry.flag("close", false)?,
        });
        entry.end()?;
    }
    let body = receive_shared(inner, &mut call, body).await?;
    call.argument.end()?;
    let total = pieces
        .iter()
        .try_fold(0_u64, |sum, piece| sum.checked_add(piece.length));
    if total != Some(body.size()) {
        return Err(Failure::route("length_mismatch"));
    }
    let mut from = 0;
    let mut entries = Vec::new();
    for piece in &pieces {
        entries.push(match append_one(inner, &call, piece, &body, from).await {
            Ok(()) => tag("success"),
            Err(AppendFailure::Refused(error)) => tag_of("failure", &error.value()),
            Err(AppendFailure::Disk(error)) => return Err(Failure::disk(error)),
        });
        from += piece.length;
    }
    Ok(Reply::Json(json!({ "entries": disturbed(entries, &call) })))
}

async fn append_one(
    inner: &Inner,
    call: &Call,
    piece: &Piece,
    body: &Arc<Received>,
    from: u64,
) -> Result<(), AppendFailure> {
    let session = inner
        .sessions
        .find(&piece.cursor.session_id, call.now_ms, &call.options)
        .await?;
    let mut session = session.lock().await;
    session
        .append(piece.cursor.offset, body, from, piece.length, piece.close)
        .await
}

/// `files/upload_session/finish_batch_v2`
pub(super) async fn finish_v2(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let entries = finish_all(inner, &mut call).await?;
    Ok(Reply::Json(json!({ "entries": entries })))
}

/// `files/upload_session/finish_batch`: the same as a job.
pub(super) async fn finish_v1(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let entries = finish_all(inner, &mut call).await?;
    let outcome = tagged("complete", json!({ "entries": entries }));
    Ok(inner.jobs.launch(&call, outcome, &inner.mint))
}

struct Finish {
    cursor: Cursor,
    commit: Commit,
}

/// Commits every entry; the results stand in the entries' order.
async fn finish_all(inner: &Inner, call: &mut Call) -> Result<Vec<Value>, Failure> {
    let mut finishes = Vec::new();
    for mut entry in call.argument.structures("entries", MOST)? {
        let cursor = Cursor::read(&mut entry)?;
        let mut fields = entry.structure("commit")?;
        let commit = Commit::read(&mut fields)?;
        fields.end()?;
        // Part of the struct, without meaning in a batch: no data comes along.
        entry.ignore(&["content_hash"]);
        entry.end()?;
        finishes.push(Finish { cursor, commit });
    }
    call.argument.end()?;
    let mut sealed = Vec::new();
    for finish in &finishes {
        sealed.push(seal(inner, call, &finish.cursor).await?);
    }
    let lock = inner
        .write_lock
        .take(call.now_ms, finishes.len() as u64, &call.options)
        .await;
    let mut entries = Vec::new();
    for (n, (finish, sealed)) in finishes.iter().zip(sealed).enumerate() {
        let outcome = match sealed {
            Err(error) => Err(error),
            Ok(_) if lock.is_none() => Err(tag("too_many_write_operations")),
            Ok((session, blob)) => {
                let written = commit_one(inner, call, n, &finish.commit, &blob);
                if written.is_ok() {
                    session.lock().await.committed(&call.options);
                }
                written
            }
        };
        entries.push(match outcome {
            Ok(metadata) => tagged("success", metadata),
            Err(error) => tag_of("failure", &error),
        });
    }
    drop(lock);
    Ok(disturbed(entries, call))
}

/// The content of one entry's session, or its `UploadSessionFinishError`.
async fn seal(
    inner: &Inner,
    call: &Call,
    cursor: &Cursor,
) -> Result<Result<(Shared, Arc<Blob>), Value>, Failure> {
    let found = inner
        .sessions
        .find(&cursor.session_id, call.now_ms, &call.options)
        .await;
    let shared = match found {
        Ok(shared) => shared,
        Err(error) => return Ok(Err(SessionError::in_lookup(error))),
    };
    let mut session = shared.lock().await;
    if let Err(error) = session.may_finish(cursor.offset, 0, true) {
        return Ok(Err(error));
    }
    let blob = session.seal().await.map_err(Failure::disk)?;
    drop(session);
    Ok(Ok((shared, blob)))
}

fn commit_one(
    inner: &Inner,
    call: &Call,
    n: usize,
    commit: &Commit,
    blob: &Arc<Blob>,
) -> Result<Value, Value> {
    let fate = &call.fate;
    if fate.strikes_entry(FaultKind::TooManyWriteOperations, n) {
        return Err(tag("too_many_write_operations"));
    }
    let at_path = |error: Write| tag_of("path", &error.value());
    commit::imposed(fate, n).map_err(at_path)?;
    let now_ms = inner.clock.now_ms();
    inner
        .change(|tree| commit.apply(tree, blob, &call.options, now_ms, &inner.mint))
        .map(|file| receipt(&file, fate, n))
        .map_err(at_path)
}

/// What a faulty service makes of a batch's answer.
fn disturbed(mut entries: Vec<Value>, call: &Call) -> Vec<Value> {
    if call.fate.strikes(FaultKind::BatchReordered) {
        entries.reverse();
    }
    if call.fate.strikes(FaultKind::BatchShort) {
        entries.pop();
    }
    entries
}
