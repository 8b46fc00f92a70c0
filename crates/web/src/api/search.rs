//! `/api/v1/search`: what the ARCHIVE page finds, for programs.

use axum::Json;
use axum::extract;
use domain::search::{Place, Query as Search};
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::{log, shape};
use crate::form::Query;
use crate::state::State;
use crate::target;

/// Items in an answer, unless asked.
const HITS: u32 = 50;
/// Items in an answer, at most.
const MOST: u32 = 500;

/// What a Query reads.
const READ: [&str; 9] = [
    "q",
    "person",
    "number",
    "from",
    "to",
    "type",
    "direction",
    "min",
    "max",
];

/// Items, newest first.
pub(crate) async fn hits(
    extract::State(state): extract::State<State>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, Failure> {
    let fields = &query.0;
    let backup = log::backup(&state, &caller, fields.get("view")).await?;
    let pairs = || {
        let named = READ.into_iter();
        named.flat_map(|name| fields.all(name).map(move |it| (name, it)))
    };
    let search = Search::of_pairs(pairs());
    let search =
        search.map_err(|wrong| Failure::bad(format!("This is not understood: {wrong}.")))?;
    let limit = fields.get("limit").map(str::parse).transpose();
    let limit = limit.map_err(|_| Failure::bad("The limit is a number."))?;
    let limit = log::limit(limit, HITS, MOST)?;
    let before = fields.get("before").map(str::parse).transpose();
    let before = before.map_err(|_| Failure::bad("`before` is what an answer named `older`."))?;
    let mut asked: Vec<&str> = pairs().map(|(name, _)| name).collect();
    asked.dedup();
    caller
        .telling
        .about(target::search(&backup, &asked.join(",")));
    let place = before.map(Place);
    let found = state
        .store
        .find(&backup.account, &backup, &search, place, limit);
    let found = found.await?;
    Ok(Json(json!({
        "hits": found.hits.iter().map(shape::hit).collect::<Vec<_>>(),
        "older": found.older.map(|it| it.0.to_string()),
    })))
}
