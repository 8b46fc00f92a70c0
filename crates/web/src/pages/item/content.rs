//! The bytes of an Item: shown in place where a browser may, else as a file to
//! save. One range or all of them.

use axum::body::Body;
use axum::extract::{self, Path};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderName, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::session::SignedIn;

use super::held::Held;
use super::kind::Kind;
use super::range::{Asked, asked};
use super::{disposition, open};
use crate::error::PageError;
use crate::frame::Sealed;
use crate::state::State;
use crate::telling::Telling;
use crate::texts::item as say;
use crate::viewer::Viewer;

/// What bytes are without a name.
const UNKNOWN: &str = "application/octet-stream";
/// After how long a place may be free, seconds.
const CROWDED: u32 = 5;

/// For a page that shows it.
pub(crate) async fn shown(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let telling = &viewer.visitor.telling;
    let held = Held::find(&state, &viewer.who, &name, telling).await?;
    let kind = Kind::of(held.file()?.0).shown_as();
    bytes(&state, &viewer.who, &held, kind, (&method, &headers)).await
}

/// As a file to save, whatever it is.
pub(crate) async fn saved(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let telling = &viewer.visitor.telling;
    save(&state, &viewer.who, &name, telling, (&method, &headers)).await
}

/// The same for whoever asks.
pub(crate) async fn save(
    state: &State,
    who: &SignedIn,
    name: &str,
    telling: &Telling,
    asked: (&Method, &HeaderMap),
) -> Result<Response, PageError> {
    let held = Held::find(state, who, name, telling).await?;
    bytes(state, who, &held, None, asked).await
}

/// `kind`: the media type as which it is shown; `None`: a file to save.
async fn bytes(
    state: &State,
    who: &SignedIn,
    held: &Held,
    kind: Option<&'static str>,
    (method, headers): (&Method, &HeaderMap),
) -> Result<Response, PageError> {
    let (path, size, sha256) = held.file()?;
    let tag = format!("\"{sha256}\"");
    let asked = asked(range(headers, &tag), size);
    let (status, length, part) = match asked {
        Asked::Whole => (StatusCode::OK, size, None),
        Asked::Part(it) => (StatusCode::PARTIAL_CONTENT, it.end - it.start, Some(it)),
        Asked::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, 0, None),
    };
    let body = if *method == Method::HEAD || status == StatusCode::RANGE_NOT_SATISFIABLE {
        Body::empty()
    } else {
        let reader = state.readers.admit(who);
        let reader = reader.ok_or_else(|| PageError::unavailable_for(CROWDED, say::CROWDED))?;
        Body::from_stream(open::open(state, held, part.clone(), reader).await?)
    };
    let mut response = (status, body).into_response();
    response.extensions_mut().insert(Sealed);
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static(kind.unwrap_or(UNKNOWN)),
    );
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    put(headers, ETAG, &tag)?;
    put(
        headers,
        CONTENT_DISPOSITION,
        &disposition::of(path, kind.is_some()),
    )?;
    match part {
        Some(it) => {
            let span = format!("bytes {}-{}/{size}", it.start, it.end - 1);
            put(headers, CONTENT_RANGE, &span)?;
        }
        None if status == StatusCode::RANGE_NOT_SATISFIABLE => {
            put(headers, CONTENT_RANGE, &format!("bytes */{size}"))?;
        }
        None => {}
    }
    Ok(response)
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), PageError> {
    let value = HeaderValue::from_str(value).map_err(|_| PageError::broken())?;
    headers.insert(name, value);
    Ok(())
}

/// The range that counts: the only one, of the file that is here now.
fn range<'a>(headers: &'a HeaderMap, tag: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(RANGE).iter();
    let line = lines.next()?.to_str().ok()?;
    let same = headers
        .get(IF_RANGE)
        .is_none_or(|it| it.as_bytes() == tag.as_bytes());
    (same && lines.next().is_none()).then_some(line)
}
