//! Take over: another admin's account Backup goes on with one's own
//! Connection. Told what it means, then done.

use askama::Template;
use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use domain::connection::Backup;
use domain::event::{Event, Level};
use domain::ports::Change;
use domain::switch;

use crate::error::PageError;
use crate::form::Fields;
use crate::page::{Frame, Tab, draw};
use crate::pages::backup::change::{tell, turn_on};
use crate::state::State;
use crate::subject::{self, Subject};
use crate::telling::Telling;
use crate::texts::backup as say;
use crate::viewer::{View, Viewer};

#[derive(Template)]
#[template(path = "take_over.html")]
struct Page {
    frame: Frame,
    means: String,
}

/// Who runs it now, and where to.
pub(super) async fn theirs(
    state: &State,
    viewer: &Viewer,
    subject: &Subject,
) -> Result<(String, String), PageError> {
    let account = &viewer.who.account;
    let label = match &subject.backup {
        Some(backup) => subject::label(state, account, &backup.destination).await?,
        None => String::new(),
    };
    let people = state.store.extensions(account).await?;
    let who = subject
        .used
        .as_ref()
        .and_then(|used| people.iter().find(|it| it.id == used.viewer))
        .and_then(|it| it.name.clone().or_else(|| it.number.clone()))
        .unwrap_or_else(|| say::AN_ADMIN.to_owned());
    Ok((who, label))
}

/// Says what it means, and asks.
pub(crate) async fn ask(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let subject = subject::of(&state, &viewer.who, View::Account).await?;
    if !subject.is_anothers(&viewer.who) {
        return Ok(Redirect::to("/backup?view=account").into_response());
    }
    let Some(own) = &subject.own else {
        return tell(&state, &viewer, View::Account, true, say::CONNECT_FIRST).await;
    };
    let (who, label) = theirs(&state, &viewer, &subject).await?;
    let mine = subject::label(&state, &viewer.who.account, &own.destination).await?;
    draw(&Page {
        frame: Frame::new(&state, &viewer.visitor, say::TITLE, Tab::Backup).await?,
        means: say::take_over_means(&who, &label, &mine),
    })
}

/// Does it.
pub(crate) async fn take(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let subject = subject::of(&state, &viewer.who, View::Account).await?;
    if !subject.is_anothers(&viewer.who) {
        return tell(&state, &viewer, View::Account, true, say::NOTHING_TO_TAKE).await;
    }
    let (Some(theirs), Some(mine)) = (&subject.backup, subject.to_turn(&viewer.who)) else {
        return tell(&state, &viewer, View::Account, true, say::CONNECT_FIRST).await;
    };
    let telling = &viewer.visitor.telling;
    telling.about(mine.id.as_str());
    hand_over(&state, telling, theirs, mine, fields.has("history")).await?;
    journal(&state, &viewer, &subject).await?;
    tell(&state, &viewer, View::Account, false, say::TAKEN_OVER).await
}

/// Theirs OFF, then mine ON with the same types. Where both go to the same
/// destination it is one Backup that only changes its Connection.
async fn hand_over(
    state: &State,
    telling: &Telling,
    theirs: &Backup,
    mine: Backup,
    history: bool,
) -> domain::Result<()> {
    let mine = Backup {
        types: theirs.types.clone(),
        ..mine
    };
    if mine.id == theirs.id {
        telling.change(state, Change::Backup(&mine)).await?;
        return state.store.hurry(&mine.account, &mine.id).await;
    }
    telling.about(theirs.id.as_str());
    let off = switch::off(theirs);
    let yields = Change::Backup(&off);
    telling.also(state, "backup.yield", yields).await?;
    telling.about(mine.id.as_str());
    turn_on(state, telling, &mine, history).await
}

/// The log of both says that it happened; who it was is told by number, as
/// the Journal holds no names.
async fn journal(state: &State, viewer: &Viewer, subject: &Subject) -> domain::Result<()> {
    let now_ms = state.now_ms();
    let event = Event {
        at_ms: now_ms,
        level: Level::Warning,
        about: String::new(),
        belongs_ms: now_ms,
        what: say::taken_over_by(viewer.who.extension.as_str()),
    };
    let after = subject::of(state, &viewer.who, View::Account).await;
    let new = after.ok().and_then(|it| it.backup);
    let both = subject.backup.iter().chain(&new);
    let mut told = Vec::new();
    for backup in both {
        if !told.contains(&&backup.id) {
            let events = std::slice::from_ref(&event);
            state
                .store
                .write(&backup.account, &backup.id, events)
                .await?;
            told.push(&backup.id);
        }
    }
    Ok(())
}
