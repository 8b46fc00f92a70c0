//! `/api/v1/coverage`: what the COVERAGE page tells, for programs.

use axum::Json;
use axum::extract;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::{log, shape};
use crate::covered::Covered;
use crate::form::Query;
use crate::state::State;

/// Lines in an answer, unless asked.
const LINES: u32 = 500;
/// Lines in an answer, at most.
const MOST: u32 = 5_000;

/// What is covered. Lines come page by page, all the rest with each page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, Failure> {
    let fields = &query.0;
    let backup = log::backup(&state, &caller, fields.get("view")).await?;
    let number = |name: &str| -> Result<Option<u32>, Failure> {
        let number = fields.get(name).map(str::parse).transpose();
        number.map_err(|_| Failure::bad(format!("`{name}` is a number.")))
    };
    let limit = log::limit(number("limit")?, LINES, MOST)? as usize;
    let skipped = number("skip")?.unwrap_or(0) as usize;
    let covered = Covered::of(state.store.as_ref(), &backup, None, state.now_ms()).await?;
    let mut told = shape::coverage(&covered);
    let lines = covered.lines.iter().skip(skipped).take(limit);
    let shown: Vec<Value> = lines.map(shape::covered_line).collect();
    let next = skipped + shown.len();
    told["next"] = json!((next < covered.lines.len()).then_some(next));
    told["lines"] = json!(shown);
    Ok(Json(told))
}
