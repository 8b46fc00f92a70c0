//! `/api/v1/tokens`: the caller's own tokens. New ones are made on a page, by
//! a person: a token cannot give birth to another.

use axum::Json;
use axum::extract::{self, Path};
use domain::ports::Change;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::shape;
use crate::state::State;
use crate::target;

/// One's own tokens, newest first.
pub(crate) async fn list(
    extract::State(state): extract::State<State>,
    caller: Caller,
) -> Result<Json<Value>, Failure> {
    let who = &caller.who;
    let all = state.store.api_tokens(&who.account, &who.extension).await?;
    let all: Vec<Value> = all.iter().map(shape::token).collect();
    Ok(Json(json!({ "tokens": all })))
}

/// Ends one of them.
pub(crate) async fn end(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let who = &caller.who;
    let all = state.store.api_tokens(&who.account, &who.extension).await?;
    if !all.iter().any(|it| it.id == id) {
        return Err(Failure::not_found());
    }
    caller.telling.about(target::token(&id));
    let end = Change::EndToken {
        extension: &who.extension,
        id: &id,
    };
    caller.telling.change(&state, end).await?;
    Ok(Json(json!({ "ended": true })))
}
