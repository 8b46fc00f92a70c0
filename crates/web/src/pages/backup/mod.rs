//! BACKUP: the Enable backup switch, the types, and the plan beside them. What
//! the switch does to a Backup is decided in `domain::switch`; here is who may
//! turn it, and how it looks.

mod change;
mod permitted;
mod plan;
mod take_over;

use askama::Template;
use axum::extract;
use axum::http::StatusCode;
use axum::response::Response;
use domain::connection::Backup;
use domain::data_type::{DataType, DataTypes};

use crate::error::PageError;
use crate::form::Query;
use crate::page::{Frame, Tab, draw};
use crate::pages::backup::plan::Plan;
use crate::state::State;
use crate::subject::{self, Subject};
use crate::texts::backup as say;
use crate::texts::frame as frame_says;
use crate::viewer::{View, Viewer};

pub(crate) use change::{history, let_rest, now, past, switch, types};
pub(crate) use plan::show as show_plan;
pub(crate) use take_over::{ask as ask_take_over, take as take_over};

#[derive(Template)]
#[template(path = "backup.html")]
#[expect(clippy::struct_excessive_bools, reason = "what a template asks for")]
struct Page {
    frame: Frame,
    admin: bool,
    account: bool,
    /// The word of the view, for forms and links.
    view: &'static str,
    connected: bool,
    /// Another admin runs it: who, and where to.
    anothers: Option<String>,
    enabled: bool,
    /// The guide's choice.
    choice: Vec<Tick>,
    /// What the guide lacks: messages of all extensions.
    also: Vec<Tick>,
    /// It could not be asked what is permitted.
    unasked: Option<String>,
    /// What is wrong with the selection that was sent.
    wrong: Option<&'static str>,
    /// Whether back-fill is ticked.
    history: bool,
    /// `None` before there is anything to plan.
    plan: Option<Plan>,
}

/// A type of data with its box.
struct Tick {
    word: &'static str,
    label: &'static str,
    hint: &'static str,
    ticked: bool,
    /// Why it cannot be ticked, as a sentence.
    refused: Option<String>,
}

/// What was typed into the form of types and was not accepted.
pub(crate) struct Typed {
    /// What was ticked.
    types: DataTypes,
    /// The sentence beside it.
    wrong: &'static str,
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Query(query): Query,
) -> Result<Response, PageError> {
    let view = View::from_word(query.get("view"))?;
    page(&state, &viewer, view, None).await
}

async fn page(
    state: &State,
    viewer: &Viewer,
    view: View,
    typed: Option<Typed>,
) -> Result<Response, PageError> {
    let subject = subject::of(state, &viewer.who, view).await?;
    let anothers = anothers(state, viewer, &subject).await?;
    let mine = if anothers.is_some() {
        None
    } else {
        subject.to_turn(&viewer.who)
    };
    let enabled = mine.as_ref().is_some_and(|it| it.enabled);
    let (choice, also, unasked) = match &mine {
        Some(backup) if enabled => {
            ticks(state, &subject, backup, typed.as_ref().map(|it| &it.types)).await
        }
        _ => Default::default(),
    };
    let shown = mine
        .as_ref()
        .filter(|it| it.enabled)
        .or(subject.backup.as_ref());
    let plan = match shown {
        Some(backup) => Some(plan::of(state, &viewer.who, &subject, backup).await?),
        None => None,
    };
    let page = Page {
        frame: Frame::new(state, &viewer.visitor, say::TITLE, Tab::Backup).await?,
        admin: viewer.who.admin,
        account: view == View::Account,
        view: view.word(),
        connected: subject.own.is_some(),
        anothers,
        enabled,
        choice,
        also,
        unasked,
        wrong: typed.as_ref().map(|it| it.wrong),
        history: plan.as_ref().is_none_or(|it| it.wants_past),
        plan,
    };
    let mut response = draw(&page)?;
    if typed.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// That another admin runs the account's Backup, and where to.
async fn anothers(
    state: &State,
    viewer: &Viewer,
    subject: &Subject,
) -> Result<Option<String>, PageError> {
    if !subject.is_anothers(&viewer.who) {
        return Ok(None);
    }
    let (who, label) = take_over::theirs(state, viewer, subject).await?;
    Ok(Some(say::anothers(&who, &label)))
}

/// The boxes: the guide's choice, what it lacks, and whether nobody could say
/// what is permitted.
async fn ticks(
    state: &State,
    subject: &Subject,
    backup: &Backup,
    typed: Option<&DataTypes>,
) -> (Vec<Tick>, Vec<Tick>, Option<String>) {
    let tick = |data_type: DataType, refused: Option<String>| Tick {
        word: data_type.word(),
        label: data_type.label(),
        hint: say::hint(data_type),
        ticked: typed.unwrap_or(&backup.types).contains(&data_type),
        refused,
    };
    if subject.view == View::Extension {
        let all = DataType::ALL.map(|it| tick(it, None));
        return (all.into(), Vec::new(), None);
    }
    let Some(own) = &subject.own else {
        return Default::default();
    };
    let permitted = permitted::of_account(state, own).await;
    let refused = |it: DataType| permitted.refused(it);
    let choice = tick(DataType::CallRecording, refused(DataType::CallRecording));
    let also = DataType::ALL
        .into_iter()
        .filter(|it| it.is_message())
        .map(|it| tick(it, refused(it)))
        .collect();
    (vec![choice], also, permitted.unasked().map(str::to_owned))
}
