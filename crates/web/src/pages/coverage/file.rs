//! The CSV files of COVERAGE.

use axum::extract;
use axum::response::Response;
use futures::stream;

use super::Question;
use crate::covered::{Covered, Part};
use crate::csv::BOM;
use crate::error::PageError;
use crate::form::Query;
use crate::format::day;
use crate::pages::log::{CSV, file};
use crate::state::State;
use crate::viewer::Viewer;

/// One of the three parts.
pub(crate) async fn csv(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    let part = match query.0.text("of") {
        "" => Some(Part::People),
        word => Part::from_word(word),
    };
    let part = part.ok_or_else(PageError::not_found)?;
    let covered: Covered = question.covered(&state).await?.unwrap_or_default();
    let day = day(state.now_ms(), &question.zone.rules);
    let name = format!("coverage-{}-{day}.csv", part.word());
    let lines = covered.csv(part).into_iter().map(Ok);
    Ok(file(&name, CSV, stream::iter(lines), BOM.to_owned()))
}
