//! Giving file contents back: downloads with ranges, temporary links, and the
//! one thumbnail.

use std::collections::HashMap;
use std::io::SeekFrom;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::Inner;
use super::call::{Call, finish};
use super::entry::Revision;
use super::error::{Failure, Lookup};
use super::limiter::milliseconds;
use super::path::PathKind;
use super::reply::{Reply, result_header};
use super::spool::Blob;

/// Bytes read from disk at a time.
const PIECE: usize = 128 << 10;

/// `files/download`
pub(super) async fn download(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let path = call.argument.path("path", PathKind::Read)?;
    call.argument.ignore(&["rev"]);
    call.argument.end()?;
    let found = inner.read(|tree| tree.find_revision(&path, call.options.non_bmp));
    let (file, revision) = found.map_err(Lookup::at_path)?;
    let mut response = content(&revision, &call.headers).await?;
    let (name, value) = result_header(&file.metadata_of(&revision));
    response.headers_mut().insert(name, value);
    Ok(Reply::Raw(response))
}

/// A revision's bytes, or the part of them that `Range` asks for.
async fn content(revision: &Revision, headers: &HeaderMap) -> Result<Response, Failure> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v: &HeaderValue| v.to_str().ok())
    };
    let etag = format!("\"{}\"", revision.rev);
    if text(header::IF_NONE_MATCH).is_some_and(|known| known == etag) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let size = revision.blob.hashes.size;
    let (status, range) = match text(header::RANGE).map(|range| part(range, size)) {
        None | Some(Asked::Everything) => (StatusCode::OK, 0..size),
        Some(Asked::Part(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(Asked::Nothing) => {
            let whole = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response());
        }
    };
    let body = read(&revision.blob, range.clone())
        .await
        .map_err(Failure::disk)?;
    let mut response = (status, body).into_response();
    let mut set = |name, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, "application/octet-stream".to_owned());
    set(
        header::CONTENT_LENGTH,
        (range.end - range.start).to_string(),
    );
    set(header::ACCEPT_RANGES, "bytes".to_owned());
    set(header::ETAG, etag);
    if status == StatusCode::PARTIAL_CONTENT {
        let last = range.end - 1;
        set(
            header::CONTENT_RANGE,
            format!("bytes {}-{last}/{size}", range.start),
        );
    }
    Ok(response)
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Everything,
    Part(Range<u64>),
    Nothing,
}

/// One range of RFC 9110; anything else is ignored, as it may be.
fn part(header: &str, size: u64) -> Asked {
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::Everything;
    };
    let range = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..size,
        (Err(_), Ok(suffix)) if first.trim().is_empty() => size.saturating_sub(suffix)..size,
        _ => return Asked::Everything,
    };
    if range.start < range.end {
        Asked::Part(range)
    } else {
        Asked::Nothing
    }
}

/// Streams part of a blob from disk.
async fn read(blob: &Arc<Blob>, range: Range<u64>) -> std::io::Result<Body> {
    let Some(path) = blob.path() else {
        return Ok(Body::empty());
    };
    let mut file = tokio::fs::File::open(path).await?;
    file.seek(SeekFrom::Start(range.start)).await?;
    let reader = file.take(range.end - range.start);
    // The blob stays on disk until the last byte is read.
    let start = (reader, Arc::clone(blob));
    Ok(Body::from_stream(stream::try_unfold(
        start,
        |(mut reader, blob)| async move {
            let mut piece = vec![0; PIECE];
            let n = reader.read(&mut piece).await?;
            piece.truncate(n);
            let next = (n > 0).then(|| (Bytes::from(piece), (reader, blob)));
            Ok::<_, std::io::Error>(next)
        },
    )))
}

/// Links given out, with the content and the end of each.
#[derive(Debug, Default)]
pub(super) struct Links {
    table: Mutex<HashMap<String, (Revision, i64)>>,
}

/// `files/get_temporary_link`
pub(super) fn temporary_link(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let path = call.argument.path("path", PathKind::Read)?;
    call.argument.end()?;
    let found = inner.read(|tree| tree.find_revision(&path, call.options.non_bmp));
    let (file, revision) = found.map_err(Lookup::at_path)?;
    let token = inner.mint.text(60);
    let until_ms = call
        .now_ms
        .saturating_add(milliseconds(call.options.link_life_s));
    let metadata = file.metadata_of(&revision);
    inner
        .links
        .table
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(token.clone(), (revision, until_ms));
    let scheme = if call.over_tls { "https" } else { "http" };
    let host = call.headers.get(header::HOST);
    let host = host.and_then(|h| h.to_str().ok()).unwrap_or("localhost");
    let link = format!("{scheme}://{host}/cd/0/get/{token}/file");
    Ok(Reply::Json(json!({ "metadata": metadata, "link": link })))
}

/// Serves a temporary link: 410 once it has ended.
pub(super) async fn follow(
    State(inner): State<Arc<Inner>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let link = inner
        .links
        .table
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&token)
        .cloned();
    let response = match link {
        None => StatusCode::NOT_FOUND.into_response(),
        Some((_, until_ms)) if inner.clock.now_ms() >= until_ms => StatusCode::GONE.into_response(),
        Some((revision, _)) => content(&revision, &headers)
            .await
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    };
    finish(&inner, "temporary_link".to_owned(), response)
}

/// `files/get_thumbnail_v2`: the same grey pixel for every image.
pub(super) fn thumbnail(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let resource = call.argument.union("resource")?;
    call.argument.ignore(&[
        "format",
        "size",
        "mode",
        "quality",
        "exclude_media_info",
        "preserve_transparency",
    ]);
    let preview = match resource {
        Some((tag, mut fields)) if tag == "path" => {
            let path = fields.path("path", PathKind::Read)?;
            let found = inner.read(|tree| tree.find_revision(&path, call.options.non_bmp));
            let (file, revision) = found.map_err(Lookup::at_path)?;
            json!({ "file_metadata": file.metadata_of(&revision) })
        }
        Some((tag, mut fields)) if tag == "link" => {
            json!({ "link_metadata": { "url": fields.text("url")?, "rev": "0123456789abc" } })
        }
        Some((tag, fields)) => return Err(fields.unknown_tag(&tag)),
        None => return Err(call.argument.refuse("resource", "missing required field")),
    };
    call.argument.end()?;
    let mut response = (
        [(header::CONTENT_TYPE, "application/octet-stream")],
        GREY_PIXEL,
    )
        .into_response();
    let (name, value) = result_header(&preview);
    response.headers_mut().insert(name, value);
    Ok(Reply::Raw(response))
}

/// The smallest GIF: one pixel.
const GREY_PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x80\x80\x80\x00\x00\x00,\
    \x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_size() {
        for (header, expected) in [
            ("bytes=0-3", Asked::Part(0..4)),
            ("bytes=8-99", Asked::Part(8..10)),
            ("bytes=4-", Asked::Part(4..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=10-", Asked::Nothing),
            ("bytes=5-2", Asked::Everything),
            ("lines=1-2", Asked::Everything),
        ] {
            assert_eq!(part(header, 10), expected, "{header}");
        }
    }
}
