//! DISCONNECT: first the Connection is durably over and its grants are erased,
//! then both providers are told. Nothing that was archived is touched.

use askama::Template;
use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use domain::grant::{Grant, Provider};
use domain::ports::{Change, Changed};

use crate::error::PageError;
use crate::page::{Frame, Tab, draw};
use crate::session;
use crate::state::State;
use crate::viewer::{Viewer, connection_of};

/// Where people end a grant themselves.
const DROPBOX_APPS: &str = "https://www.dropbox.com/account/connected_apps";

#[derive(Template)]
#[template(path = "disconnect.html")]
struct Disconnect {
    frame: Frame,
}

/// "Are you sure?"
pub(crate) async fn ask(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let connection = connection_of(&state, &viewer.who).await?;
    if connection.is_none_or(|it| !it.connected) {
        return Ok(Redirect::to("/").into_response());
    }
    draw(&Disconnect {
        frame: Frame::new(&state, &viewer.visitor, "Disconnect", Tab::General).await?,
    })
}

/// "Yes."
pub(crate) async fn disconnect(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let Viewer { visitor, who } = &viewer;
    let Some(connection) = connection_of(&state, who).await? else {
        return Ok(Redirect::to("/").into_response());
    };
    visitor.telling.about(connection.id.as_str());
    let over = Change::Disconnect(&connection.id);
    let (source, destination) = match visitor.telling.change(&state, over).await {
        Ok(Changed::Grants(source, destination)) => (source, destination),
        Ok(_) => (None, None),
        Err(error) => {
            tracing::error!(kind = error.kind().word(), "DISCONNECT failed");
            // On a page of its own: the memory that fails cannot keep a notice.
            return Err(PageError::unavailable(format!(
                "You are still connected, and the backup goes on as before: {error}. \
                 Try again in a moment."
            )));
        }
    };
    state.providers.forget(&connection).await;
    let (told_source, told_destination) = tokio::join!(
        end(&state, Provider::Source, source),
        end(&state, Provider::Destination, destination)
    );
    let (bad, text) = sentence(told_source, told_destination);
    visitor.tell(&state, bad, text).await?;
    Ok(Redirect::to("/").into_response())
}

/// Whether the provider knows that the grant is over; there may be none.
async fn end(state: &State, end: Provider, grant: Option<Box<Grant>>) -> bool {
    match grant {
        Some(grant) => session::revoke(state, end, &grant).await,
        None => true,
    }
}

fn sentence(source: bool, destination: bool) -> (bool, String) {
    let mut text =
        "Disconnected. Backups have stopped; what is in your Dropbox stays there.".to_owned();
    if !source {
        text.push_str(
            " RingCentral could not be told that its access is over. It ends by itself within \
             a week; an administrator can end it sooner by having you change your password.",
        );
    }
    if !destination {
        text.push_str(" Dropbox could not be told that its access is over. Remove it yourself at ");
        text.push_str(DROPBOX_APPS);
        text.push_str(" .");
    }
    (!source || !destination, text)
}
