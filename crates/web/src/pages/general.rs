//! GENERAL: what is connected with what, and how to change that.

use std::sync::Arc;

use askama::Template;
use axum::extract;
use axum::response::Response;
use domain::Result;
use domain::connection::Connection;
use domain::grant::Provider;
use domain::session::SignedIn;
use domain::window::instant;

use crate::error::PageError;
use crate::page::{Frame, Tab, draw};
use crate::role::glance;
use crate::session::{self, Slot};
use crate::setup;
use crate::size;
use crate::state::State;
use crate::texts::alarms as texts;
use crate::viewer::{Viewer, alarms_for, connection_of};

/// The page.
#[derive(Template)]
#[template(path = "general.html")]
struct General {
    frame: Frame,
    /// Whose RingCentral it is.
    person: String,
    company: String,
    admin: bool,
    /// Where the app folder lies in Dropbox.
    folder: String,
    way: Way,
    connected: Option<Connected>,
    alarms: Vec<Line>,
}

/// An Alarm, as a line.
struct Line {
    name: &'static str,
    what: String,
    means: &'static str,
    remedy: &'static str,
    since: String,
}

/// What stands between somebody and a Connection.
struct Way {
    /// Dropbox's keys are there: without them nobody can connect.
    ready: bool,
    /// It was connected before.
    before: bool,
    /// RingCentral must be asked again before anything is connected.
    ask_again: bool,
}

/// What is shown of a Connection.
struct Connected {
    /// Of the Dropbox account; empty where Dropbox tells none.
    name: String,
    /// Its e-mail address; empty when Dropbox did not answer in time.
    label: String,
    used: Option<String>,
    free: Option<String>,
    /// Why Dropbox's account and room are not shown.
    silent: Option<String>,
    source_trouble: Option<String>,
    destination_trouble: Option<String>,
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let who = &viewer.who;
    let connection = connection_of(&state, who).await?;
    let before = connection.is_some();
    let connected = match connection.filter(|it| it.connected) {
        Some(connection) => Some(look(&state, connection).await),
        None => None,
    };
    let ask_again = connected.is_none() && !holds_grant(&state, &viewer).await?;
    draw(&General {
        frame: Frame::new(&state, &viewer.visitor, "General", Tab::General).await?,
        person: who.name.clone(),
        company: who.company.clone(),
        admin: who.admin,
        folder: format!("Apps/{}/", state.options.app_folder),
        way: Way {
            ready: setup::has_keys(&state, Provider::Destination).await,
            before,
            ask_again,
        },
        connected,
        alarms: alarms(&state, who).await?,
    })
}

/// What an admin must know at once.
async fn alarms(state: &State, who: &SignedIn) -> Result<Vec<Line>> {
    let standing = alarms_for(state, who).await?;
    let lines = standing.into_iter().map(|it| {
        let kind = it.alarm.key.kind;
        Line {
            name: texts::name(kind),
            what: it.alarm.what,
            means: texts::means(kind),
            remedy: texts::remedy(kind),
            since: instant(it.since_ms)
                .strftime("%Y-%m-%d %H:%M UTC")
                .to_string(),
        }
    });
    Ok(lines.collect())
}

/// Whether the Session holds a grant that could be used for a Connection.
async fn holds_grant(state: &State, viewer: &Viewer) -> Result<bool> {
    let Some(session) = &viewer.visitor.session else {
        return Ok(false);
    };
    let held = session::held(state, &session.key, &viewer.who, Slot::Viewer).await?;
    let now = state.clock.now();
    Ok(held.is_some_and(|it| now < it.access_until))
}

/// Asks Dropbox, but not for longer than a page may take.
async fn look(state: &State, connection: Connection) -> Connected {
    let (providers, asked) = (Arc::clone(&state.providers), connection.clone());
    let asking = state.single_flight.join(&connection.id, async move {
        let destination = providers.destination(&asked).await?;
        let (owner, space) = tokio::join!(destination.owner(), destination.space());
        Ok((owner?, space))
    });
    let mut shown = Connected {
        name: String::new(),
        label: String::new(),
        used: None,
        free: None,
        silent: None,
        source_trouble: connection.source_trouble.clone(),
        destination_trouble: connection.destination_trouble.clone(),
    };
    match glance(asking).await {
        Ok((owner, space)) => {
            shown.name = owner.name.unwrap_or_default();
            shown.label = owner.label;
            match space {
                Ok(space) => {
                    shown.used = Some(size::words(space.used));
                    shown.free = space.free.map(size::words);
                }
                Err(error) => shown.silent = Some(error.to_string()),
            }
        }
        Err(error) if error.kind() == domain::Kind::Unauthorized => {
            shown.destination_trouble = Some(error.to_string());
        }
        Err(error) => shown.silent = Some(error.to_string()),
    }
    shown
}
