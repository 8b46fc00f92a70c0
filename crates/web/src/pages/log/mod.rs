//! LOG: the Task Log. Rows newest first, page by page, filtered by period and
//! by SHOW LESS. A row opens to what is inside it.

pub(crate) mod asked;
mod file;
mod line;
mod proof;
mod retry;
mod row;

use askama::Template;
use axum::extract;
use axum::http::StatusCode;
use axum::response::Response;
use domain::connection::Backup;
use domain::ports::{Paged, Turn};
use domain::window::Window;

use crate::destinations::{self, Destination};
use crate::error::PageError;
use crate::form::Query;
use crate::format::{day, offset};
use crate::page::{Frame, Tab, draw};
use crate::part::{part, sentence};
use crate::state::State;
use crate::subject::{self, Subject};
use crate::texts::backup::zone as zone_says;
use crate::texts::frame as frame_says;
use crate::texts::log as say;
use crate::texts::{proof as proof_says, row as row_says};
use crate::viewer::{View, Viewer};
use crate::zone::Zone;
use asked::{Asked, Pairs, SIZES, Wrong};
use line::Line;

pub(crate) use file::{CSV, file, items as items_file, rows as rows_file};
pub(crate) use proof::days as proof_days;
pub(crate) use retry::retry;
pub(crate) use row::{is_short, show as show_row};

#[derive(Template)]
#[template(path = "log.html")]
#[expect(clippy::struct_excessive_bools, reason = "what a template asks for")]
struct Page {
    frame: Frame,
    admin: bool,
    account: bool,
    own_href: String,
    account_href: String,
    less: bool,
    less_href: String,
    /// What the filter's form sends along.
    with_filter: Pairs,
    /// What the choice of how many rows sends along.
    with_size: Pairs,
    /// What the retry of all sends along.
    with_retry: Pairs,
    dates: bool,
    from: String,
    to: String,
    wrong: Wrong,
    zone: String,
    zone_name: String,
    own_zone: String,
    zones: Vec<String>,
    size: u32,
    sizes: [u32; 4],
    /// `None` when there never was a Backup.
    rows: Option<Rows>,
    live: String,
    file: String,
    newer: Option<String>,
    older: Option<String>,
    /// Where the rows go, when there is more than one place.
    destinations: Vec<Destination>,
    /// `None` where there are no rows either.
    proof: Option<proof::Told>,
}

/// The body of the table, also drawn alone.
#[derive(Template)]
#[template(path = "log_rows.html")]
struct Rows {
    lines: Vec<Line>,
    empty: &'static str,
}

/// A question with all that is needed to answer it.
struct Question {
    asked: Asked,
    zone: Zone,
    subject: Subject,
    /// The Backup it is about: the one of the destination that was asked for.
    backup: Option<Backup>,
    period: asked::Period,
}

impl Question {
    async fn of(state: &State, viewer: &Viewer, query: &Query) -> Result<Question, PageError> {
        let who = &viewer.who;
        let zone = Zone::of_viewer(state, who, query.0.get("zone")).await?;
        let now_ms = state.now_ms();
        let asked = Asked::of(&query.0, day(now_ms, &zone.rules))?;
        let subject = subject::of(state, who, asked.view).await?;
        let backup = match &asked.at {
            None => subject.backup.clone(),
            Some(at) => Some(
                subject
                    .all()
                    .find(|it| it.destination.as_str() == at)
                    .cloned()
                    .ok_or_else(PageError::not_found)?,
            ),
        };
        let period = asked.period(now_ms, &zone.rules);
        let about = backup.as_ref().map(|it| it.id.to_string());
        let about = about.unwrap_or_else(|| asked.view.word().to_owned());
        viewer.visitor.telling.about(about);
        Ok(Question {
            asked,
            zone,
            subject,
            backup,
            period,
        })
    }

    /// A page of rows. Without a period there are none to show.
    async fn rows(&self, state: &State) -> Result<Option<Paged>, PageError> {
        let Some(backup) = &self.backup else {
            return Ok(None);
        };
        let Ok(window) = &self.period else {
            return Ok(Some(Paged::default()));
        };
        let ask = self.asked.of_store(*window);
        let paged = state.store.log(&backup.account, &backup.id, &ask).await?;
        Ok(Some(paged))
    }

    /// What is told of the proof. Without a period there is none to tell of.
    async fn proof(&self, state: &State) -> Result<Option<proof::Told>, PageError> {
        let (Some(backup), Ok(window)) = (&self.backup, &self.period) else {
            return Ok(None);
        };
        let told = proof::told(state, backup, *window, &self.zone).await?;
        Ok(Some(told))
    }

    fn lines(&self, paged: &Paged) -> Rows {
        let rows = paged.rows.iter();
        Rows {
            lines: rows
                .map(|it| Line::of(it, &self.asked, &self.zone))
                .collect(),
            empty: if self.period.is_err() {
                say::NO_PERIOD
            } else if self.asked.less {
                say::NO_TELLING_ROWS
            } else {
                say::NO_ROWS
            },
        }
    }
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    let paged = question.rows(&state).await?;
    let wrong = question.period.clone().err();
    let page = page(&state, &viewer, &question, paged).await?;
    let mut response = draw(&page)?;
    if wrong.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The rows alone.
pub(crate) async fn show_rows(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    match question.rows(&state).await? {
        Some(paged) => part(&question.lines(&paged)),
        None => Ok(sentence(say::NEVER_ON)),
    }
}

async fn page(
    state: &State,
    viewer: &Viewer,
    question: &Question,
    paged: Option<Paged>,
) -> Result<Page, PageError> {
    let asked = &question.asked;
    let newest = asked.turned(Turn::Newest);
    let less = Asked {
        less: !asked.less,
        ..newest.clone()
    };
    let view = |view| Asked {
        view,
        at: None,
        ..newest.clone()
    };
    let (newer, older) = arrows(asked, paged.as_ref());
    let own_zone = Zone::of_viewer(state, &viewer.who, None).await?.name;
    Ok(Page {
        frame: Frame::new(state, &viewer.visitor, say::TITLE, Tab::Log).await?,
        admin: viewer.who.admin,
        account: asked.view == View::Account,
        own_href: view(View::Extension).href("/log", &[]),
        account_href: view(View::Account).href("/log", &[]),
        less: asked.less,
        less_href: less.href("/log", &[]),
        with_filter: newest.pairs_but(&["period", "from", "to", "zone"]),
        with_size: newest.pairs_but(&["show"]),
        with_retry: newest.pairs(),
        dates: asked.dates,
        from: asked.from.clone(),
        to: asked.to.clone(),
        wrong: question.period.clone().err().unwrap_or_default(),
        zone: zone_says(
            &question.zone.name,
            &offset(state.now_ms(), &question.zone.rules),
        ),
        zones: question.zone.offered(Some(&own_zone)),
        zone_name: question.zone.name.clone(),
        own_zone,
        size: asked.show,
        sizes: SIZES,
        rows: paged.as_ref().map(|it| question.lines(it)),
        live: asked.href("/log/rows", &[]),
        file: newest.href("/log/csv", &[]),
        newer,
        older,
        destinations: destinations::of(state, &question.subject, question.backup.as_ref(), |at| {
            let at = Some(at.to_owned());
            let there = Asked {
                at,
                ..newest.clone()
            };
            there.href("/log", &[])
        })
        .await?,
        proof: question.proof(state).await?,
    })
}

/// Where the two arrows lead.
fn arrows(asked: &Asked, paged: Option<&Paged>) -> (Option<String>, Option<String>) {
    let Some(paged) = paged else {
        return (None, None);
    };
    let to = |turn: fn(Window) -> Turn, row: Option<&domain::task::Task>| {
        row.map(|it| asked.turned(turn(it.window)).href("/log", &[]))
    };
    let newer = to(Turn::Newer, paged.rows.first().filter(|_| paged.newer));
    let older = to(Turn::Older, paged.rows.last().filter(|_| paged.older));
    (newer, older)
}
