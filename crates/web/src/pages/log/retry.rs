//! Try again: one item, a row, or all that failed.

use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ports::{Change, Changed, Retry};
use domain::window::Window;

use crate::error::PageError;
use crate::form::{Fields, Query};
use crate::pages::log::{Question, row};
use crate::state::State;
use crate::texts::row as say;
use crate::viewer::Viewer;

/// Makes the items due, wakes a worker, and leads back to where it was asked.
pub(crate) async fn retry(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let query = Query(fields);
    let question = Question::of(&state, &viewer, &query).await?;
    let fields = &query.0;
    let (backup, what) = if fields.has("all") {
        let backup = question.backup.clone().ok_or_else(PageError::not_found)?;
        (backup, Retry::Window(Window::EVER))
    } else {
        let opened = row::find(&state, &viewer.visitor.telling, &question, fields).await?;
        let what = match fields.get("item") {
            Some(item) => Retry::One(item.to_owned()),
            None => Retry::Window(opened.task.window),
        };
        (opened.backup, what)
    };
    let retry = Change::Retry {
        backup: &backup,
        what: &what,
    };
    let items = match viewer.visitor.telling.change(&state, retry).await? {
        Changed::Count(items) => items,
        _ => 0,
    };
    if items > 0 {
        state.store.hurry(&backup.account, &backup.id).await?;
    }
    viewer
        .visitor
        .tell(&state, false, say::retried(items))
        .await?;
    let back = row::back_to(&question.asked, fields.get("row"));
    Ok(Redirect::to(&back).into_response())
}
