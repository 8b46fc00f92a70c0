//! GENERAL: what is connected with what.

use askama::Template;
use axum::extract;
use axum::response::Response;

use crate::error::PageError;
use crate::page::{Frame, Tab, draw};
use crate::state::State;
use crate::viewer::Viewer;

#[derive(Template)]
#[template(path = "general.html")]
struct General {
    frame: Frame,
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    draw(&General {
        frame: Frame::new(&state, &viewer.visitor, "General", Tab::General).await?,
    })
}
