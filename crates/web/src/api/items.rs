//! `/api/v1/items/{key}`: one Item of the archive with all its parts, and its
//! bytes, for programs.

use axum::Json;
use axum::extract::{self, Path};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::shape;
use crate::pages::item::held::Held;
use crate::pages::item::save;
use crate::state::State;

/// What is known of it.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Json<Value>, Failure> {
    let held = Held::find(&state, &caller.who, &key, &caller.telling).await?;
    Ok(Json(json!({
        "item": shape::holding(held.part()),
        "backup": held.backup.id, "destination": held.backup.destination,
        "parts": held.parts.iter().map(shape::holding).collect::<Vec<_>>(),
    })))
}

/// Its bytes.
pub(crate) async fn content(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Path(key): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asked = (&method, &headers);
    Ok(save(&state, &caller.who, &key, &caller.telling, asked).await?)
}
