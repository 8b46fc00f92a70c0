//! The help page: everything the user guide covers, for whoever asks, signed
//! in or not.

use askama::Template;
use axum::extract;
use axum::response::Response;

use crate::error::PageError;
use crate::page::{Frame, Tab, draw};
use crate::state::State;
use crate::texts::frame as frame_says;
use crate::texts::help::{self as say, Section};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "help.html")]
struct Page {
    frame: Frame,
    sections: Vec<Section>,
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    draw(&Page {
        frame: Frame::new(&state, &visitor, say::TITLE, Tab::None).await?,
        sections: say::sections(),
    })
}
