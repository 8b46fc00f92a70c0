//! ARCHIVE: finding what is archived, by words, people, numbers, dates, types,
//! directions and lengths. Newest first, page by page; its address is the
//! question, so it can be shared and kept.

pub(crate) mod asked;
mod filters;
pub(crate) mod line;

use askama::Template;
use axum::extract;
use axum::http::StatusCode;
use axum::response::Response;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::ports::SavedFilter;
use domain::search::{Found, Query as Search};

use crate::destinations::{self, Destination};
use crate::error::PageError;
use crate::form::Query;
use crate::format::{day, offset};
use crate::names::Names;
use crate::page::{Frame, Tab, draw};

use crate::state::State;
use crate::subject::{self, Subject};
use crate::target;
use crate::texts::archive as say;
use crate::texts::backup::zone as zone_says;
use crate::texts::frame as frame_says;
use crate::viewer::{View, Viewer};
use crate::zone::Zone;
use asked::Asked;
use line::Line;

pub(crate) use filters::{drop, save};

/// Where the page lies.
const PATH: &str = "/archive";
/// Items on a page.
const PAGE: u32 = 25;

#[derive(Template)]
#[template(path = "archive.html")]
struct Page {
    frame: Frame,
    admin: bool,
    asked: Asked,
    /// With those that are ticked.
    types: [(DataType, bool); 4],
    own_href: String,
    account_href: String,
    everything: String,
    zone: String,
    /// `None` when there never was a Backup.
    lines: Option<Vec<Line>>,
    /// Why there are none.
    empty: &'static str,
    newest: Option<String>,
    older: Option<String>,
    /// The address of this question.
    link: String,
    /// What keeping the question sends along.
    query: String,
    destinations: Vec<Destination>,
    filters: Vec<Kept>,
}

/// A saved filter as the page shows it.
struct Kept {
    name: String,
    href: String,
}

/// A question with all that is needed to answer it.
pub(crate) struct Question {
    asked: Asked,
    zone: Zone,
    subject: Subject,
    /// Of which Backup.
    pub(crate) backup: Option<Backup>,
    /// `None`: something in it makes no sense; `asked` says what.
    pub(crate) search: Option<Search>,
}

impl Question {
    /// Of an address, for whoever asks.
    pub(crate) async fn of(
        state: &State,
        viewer: &Viewer,
        query: &Query,
    ) -> Result<Question, PageError> {
        let who = &viewer.who;
        let zone = Zone::of_viewer(state, who, query.0.get("zone")).await?;
        let mut asked = Asked::of(&query.0, who.admin)?;
        let search = asked.query(day(state.now_ms(), &zone.rules), &zone.rules);
        let subject = subject::of(state, who, asked.view).await?;
        let backup = match &asked.at {
            None => subject.backup.clone(),
            Some(at) => {
                let there = subject.all().find(|it| it.destination.as_str() == at);
                Some(there.cloned().ok_or_else(PageError::not_found)?)
            }
        };
        let about = match &backup {
            Some(backup) => target::search(backup, &asked.fields()),
            None => asked.view.word().to_owned(),
        };
        viewer.visitor.telling.about(about);
        Ok(Question {
            asked,
            zone,
            subject,
            backup,
            search,
        })
    }

    async fn found(&self, state: &State) -> Result<Found, PageError> {
        let (Some(backup), Some(search)) = (&self.backup, &self.search) else {
            return Ok(Found::default());
        };
        let before = self.asked.before;
        let found = state
            .store
            .find(&backup.account, backup, search, before, PAGE);
        Ok(found.await?)
    }

    /// What is said where there is nothing to show.
    fn empty(&self) -> &'static str {
        if self.search.is_none() {
            say::NOT_UNDERSTOOD
        } else if self.asked.is_filled() {
            say::NOTHING_FOUND
        } else {
            say::NOTHING_YET
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
    let found = question.found(&state).await?;
    let page = page(&state, &viewer, &question, &found).await?;
    let mut response = draw(&page)?;
    if question.search.is_none() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn page(
    state: &State,
    viewer: &Viewer,
    question: &Question,
    found: &Found,
) -> Result<Page, PageError> {
    let (asked, zone) = (&question.asked, &question.zone);
    let names = Names::of(state, &viewer.who.account).await?;
    let lines = || {
        found
            .hits
            .iter()
            .map(|it| Line::of(it, &names, zone))
            .collect()
    };
    let filters = filters::kept(state, viewer).await?;
    Ok(Page {
        frame: Frame::new(state, &viewer.visitor, say::TITLE, Tab::Archive).await?,
        admin: viewer.who.admin,
        types: DataType::ALL.map(|it| (it, asked.has_type(it))),
        own_href: asked.of_view(View::Extension).href(PATH),
        account_href: asked.of_view(View::Account).href(PATH),
        everything: asked.everything().href(PATH),
        zone: zone_says(&zone.name, &offset(state.now_ms(), &zone.rules)),
        lines: question.backup.as_ref().map(|_| lines()),
        empty: question.empty(),
        newest: asked.before.map(|_| asked.newest().href(PATH)),
        older: found.older.map(|it| asked.before(it).href(PATH)),
        link: asked.newest().href(PATH),
        query: asked.newest().query_string(),
        destinations: destinations::of(state, &question.subject, question.backup.as_ref(), |at| {
            asked.of_place(at).href(PATH)
        })
        .await?,
        filters: filters.into_iter().map(kept).collect(),
        asked: asked.clone(),
    })
}

fn kept(filter: SavedFilter) -> Kept {
    Kept {
        href: format!("{PATH}?{}", filter.query),
        name: filter.name,
    }
}
