//! Questions that a person keeps under a name. They are theirs alone, and come
//! from this page: what an address may hold is read anew when it is followed.

use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ports::{Change, Changed, SavedFilter};

use super::PATH;
use super::asked::Asked;
use crate::error::PageError;
use crate::form::Fields;
use crate::state::State;
use crate::texts::archive as say;
use crate::viewer::Viewer;

/// Characters of a name.
const LONGEST: usize = 60;

/// All of somebody's.
pub(super) async fn kept(state: &State, viewer: &Viewer) -> domain::Result<Vec<SavedFilter>> {
    let who = &viewer.who;
    state.store.filters(&who.account, &who.extension).await
}

/// Keeps the question that the page shows, under a name.
pub(crate) async fn save(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let asked = asked(&fields, viewer.who.admin)?;
    let name = fields.text("name").trim();
    let length = name.chars().count();
    let telling = &viewer.visitor.telling;
    let (bad, text) = if !(1..=LONGEST).contains(&length) || name.chars().any(char::is_control) {
        (true, say::NAME_IT.to_owned())
    } else {
        let filter = SavedFilter {
            name: name.to_owned(),
            query: asked.query_string(),
        };
        let keep = Change::KeepFilter {
            extension: &viewer.who.extension,
            filter: &filter,
        };
        if telling.change(&state, keep).await? == Changed::Whether(true) {
            (false, say::saved(name))
        } else {
            (true, say::TOO_MANY.to_owned())
        }
    };
    viewer.visitor.tell(&state, bad, text).await?;
    Ok(Redirect::to(&asked.href(PATH)).into_response())
}

/// Forgets one.
pub(crate) async fn drop(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let asked = asked(&fields, viewer.who.admin)?;
    let name = fields.text("name");
    let drop = Change::DropFilter {
        extension: &viewer.who.extension,
        name,
    };
    if viewer.visitor.telling.change(&state, drop).await? != Changed::Whether(true) {
        return Err(PageError::not_found());
    }
    viewer
        .visitor
        .tell(&state, false, say::DELETED.to_owned())
        .await?;
    Ok(Redirect::to(&asked.href(PATH)).into_response())
}

/// The question that a form of the page sends along.
fn asked(fields: &Fields, admin: bool) -> Result<Asked, PageError> {
    let asked = Asked::of(&Fields::of(fields.text("query").as_bytes()), admin)?;
    Ok(asked.newest())
}
