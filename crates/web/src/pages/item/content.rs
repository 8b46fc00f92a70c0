//! The bytes of an Item: shown in place where a browser may, else as a file to
//! save. One range or all of them.

use axum::body::Body;
use axum::extract::{self, Path};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use domain::session::SignedIn;

use super::held::Held;
use super::kind::Kind;
use super::{disposition, open};
use crate::error::PageError;
use crate::ranged::Ranged;
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
    let ranged = Ranged::asked(headers, sha256, size);
    let body = if *method == Method::HEAD || ranged.is_beyond() {
        Body::empty()
    } else {
        let reader = state.readers.admit(who);
        let reader = reader.ok_or_else(|| PageError::unavailable_for(CROWDED, say::CROWDED))?;
        Body::from_stream(open::open(state, held, ranged.part(), reader).await?)
    };
    let disposition = disposition::of(path, kind.is_some());
    ranged.answer(body, kind.unwrap_or(UNKNOWN), &disposition)
}
