//! The ZIP of an Export: out of the destination and through us, kept nowhere.
//! One range or all of it, so that what broke off goes on.

use axum::body::Body;
use axum::extract::{self, Path};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use domain::export::Stage;
use futures::StreamExt;

use super::{Found, find};
use crate::error::PageError;
use crate::pages::item::held::reaching;
use crate::ranged::Ranged;
use crate::state::{PATIENCE, State};
use crate::texts::export as say;
use crate::texts::item as item_says;
use crate::viewer::Viewer;

const ZIP: &str = "application/zip";
/// After how long a place may be free, seconds.
const CROWDED: u32 = 5;
/// After how long it is worth asking again, seconds.
const AGAIN: u32 = 30;

/// The file to save.
pub(crate) async fn download(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let Found { export, backup } = find(&state, &viewer, id).await?;
    if export.stage != Stage::Ready {
        return Err(PageError::absent(say::NOT_READY));
    }
    let ranged = Ranged::asked(&headers, export.id.as_str(), export.size);
    let name: String = export.id.as_str().chars().take(8).collect();
    let disposition = format!("attachment; filename=\"archive-{name}.zip\"");
    if method == Method::HEAD || ranged.is_beyond() {
        return ranged.answer(Body::empty(), ZIP, &disposition);
    }
    let reader = state.readers.admit(&viewer.who);
    let reader = reader.ok_or_else(|| PageError::unavailable_for(CROWDED, item_says::CROWDED))?;
    let connections = state.store.connections(&viewer.who.account).await?;
    let connection = reaching(&backup, &connections);
    let connection = connection.ok_or_else(|| PageError::unavailable(item_says::NOT_CONNECTED))?;
    let opening = state.providers.destination(&connection);
    let destination = tokio::time::timeout(PATIENCE, opening)
        .await
        .map_err(|_| PageError::unavailable_for(AGAIN, item_says::AWAY))?
        .map_err(|_| PageError::unavailable(item_says::GRANT_DEAD))?;
    let part = ranged.part().unwrap_or(0..export.size);
    let bytes = state.hand_over.bytes(destination, export, part);
    // The reader's place is kept until the stream is dropped.
    let bytes = bytes.inspect(move |_| {
        let _ = &reader;
    });
    ranged.answer(Body::from_stream(bytes), ZIP, &disposition)
}
