//! `/api/v1/connections`: what is connected with what.

use axum::Json;
use axum::extract;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::shape;
use crate::state::State;
use crate::viewer::may_see_connection;

/// One's own; an admin's token shows the company's.
pub(crate) async fn list(
    extract::State(state): extract::State<State>,
    caller: Caller,
) -> Result<Json<Value>, Failure> {
    let all = state.store.connections(&caller.who.account).await?;
    let seen: Vec<Value> = all
        .iter()
        .filter(|it| may_see_connection(&caller.who, it))
        .map(shape::connection)
        .collect();
    Ok(Json(json!({ "connections": seen })))
}
