//! COVERAGE: what of whom is archived, since when and up to when, what is not
//! and why; a calendar in which a gap is seen, and what it takes to keep it.

mod asked;
mod calendar;
mod file;
mod line;
mod months;

use askama::Template;
use axum::extract;
use axum::response::Response;
use domain::connection::Backup;
use domain::data_type::DataType;

use crate::covered::{Covered, Part};
use crate::destinations::{self, Destination};
use crate::error::PageError;
use crate::form::Query;
use crate::format::{cell, offset};
use crate::page::{Frame, Tab, draw};
use crate::state::State;
use crate::subject::{self, Subject};
use crate::texts::backup as backup_says;
use crate::texts::coverage as say;
use crate::texts::frame as frame_says;
use crate::viewer::{View, Viewer};
use crate::zone::Zone;
use asked::Asked;
use calendar::Calendar;
use line::{Line, Numbers};
use months::Month;

pub(crate) use file::csv;

/// Where the page lies.
const PATH: &str = "/coverage";
/// Lines of the table on a page.
const PAGE: usize = 100;
/// Gaps that the page names.
const MOST_GAPS: usize = 50;

#[derive(Template)]
#[template(path = "coverage.html")]
struct Page {
    frame: Frame,
    admin: bool,
    view: View,
    own_href: String,
    account_href: String,
    destinations: Vec<Destination>,
    /// `None` when there never was a Backup.
    told: Option<Told>,
}

/// What is told of a Backup.
struct Told {
    sum: Numbers,
    deadline: String,
    /// Who alone is shown.
    only: Option<String>,
    everybody: String,
    calendar: Calendar,
    /// The newest first.
    gaps: Vec<Gap>,
    more_gaps: bool,
    lines: Vec<Line>,
    caption: String,
    totals: Vec<(DataType, Numbers)>,
    before: Option<String>,
    after: Option<String>,
    months: Vec<Month>,
    /// By the word of the part.
    files: [(&'static str, String); 3],
}

/// A gap as it is named.
struct Gap {
    span: String,
    lanes: String,
    why: String,
}

/// A question with all that is needed to answer it.
struct Question {
    asked: Asked,
    zone: Zone,
    subject: Subject,
    backup: Option<Backup>,
}

impl Question {
    async fn of(state: &State, viewer: &Viewer, query: &Query) -> Result<Question, PageError> {
        let who = &viewer.who;
        let zone = Zone::of_viewer(state, who, query.0.get("zone")).await?;
        let asked = Asked::of(&query.0, who.admin)?;
        let subject = subject::of(state, who, asked.view).await?;
        let backup = match &asked.at {
            None => subject.backup.clone(),
            Some(at) => {
                let there = subject.all().find(|it| it.destination.as_str() == at);
                Some(there.cloned().ok_or_else(PageError::not_found)?)
            }
        };
        let about = match &backup {
            Some(backup) => backup.id.to_string(),
            None => asked.view.word().to_owned(),
        };
        viewer.visitor.telling.about(about);
        Ok(Question {
            asked,
            zone,
            subject,
            backup,
        })
    }

    /// What is covered; `None`: there never was a Backup.
    async fn covered(&self, state: &State) -> Result<Option<Covered>, PageError> {
        let Some(backup) = &self.backup else {
            return Ok(None);
        };
        let (store, person) = (state.store.as_ref(), self.asked.person.as_ref());
        let covered = Covered::of(store, backup, person, state.now_ms()).await?;
        // Somebody who is not there looks like somebody else's.
        if person.is_some() && covered.lines.is_empty() {
            return Err(PageError::not_found());
        }
        Ok(Some(covered))
    }
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    let covered = question.covered(&state).await?;
    let asked = &question.asked;
    let present = question.backup.as_ref();
    draw(&Page {
        frame: Frame::new(&state, &viewer.visitor, say::TITLE, Tab::Coverage).await?,
        admin: viewer.who.admin,
        view: asked.view,
        own_href: Asked::of_view(View::Extension).href(PATH),
        account_href: Asked::of_view(View::Account).href(PATH),
        destinations: destinations::of(&state, &question.subject, present, |at| {
            asked.of_place(at).href(PATH)
        })
        .await?,
        told: covered.map(|it| told(&question, &it, state.now_ms())),
    })
}

fn told(question: &Question, covered: &Covered, now_ms: i64) -> Told {
    let (asked, zone) = (&question.asked, &question.zone);
    let pages = covered.lines.len().div_ceil(PAGE);
    let page = asked.page.min(pages.saturating_sub(1));
    let (from, to) = (page * PAGE, ((page + 1) * PAGE).min(covered.lines.len()));
    let shown = covered.lines.get(from..to).unwrap_or_default();
    let zone_name = backup_says::zone(&zone.name, &offset(now_ms, &zone.rules));
    let first = covered.lines.first().filter(|_| asked.person.is_some());
    let newest = covered.gaps.iter().rev().take(MOST_GAPS);
    let turned = |page: usize| asked.turned(page).href(PATH);
    let totals = DataType::ALL.into_iter().filter_map(|kind| {
        let count = covered.totals.get(&kind).copied()?;
        Some((kind, Numbers::of(count)))
    });
    Told {
        sum: Numbers::of(covered.sum()),
        deadline: deadline(covered, now_ms, zone),
        only: first.map(|it| say::only(&line::whose(it))),
        everybody: asked.of_person(None).href(PATH),
        calendar: Calendar::of(covered, now_ms),
        gaps: newest.map(|it| gap(it, zone)).collect(),
        more_gaps: covered.gaps.len() > MOST_GAPS,
        lines: shown.iter().map(|it| Line::of(it, asked, zone)).collect(),
        caption: say::caption(from + 1, to, covered.lines.len(), &zone_name),
        totals: totals.collect(),
        before: (page > 0).then(|| turned(page - 1)),
        after: (page + 1 < pages).then(|| turned(page + 1)),
        months: months::months(covered),
        files: Part::ALL.map(|part| {
            let href = asked
                .turned(0)
                .with("/coverage/csv", &[("of", part.word())]);
            (part.word(), href)
        }),
    }
}

fn gap(it: &crate::covered::NamedGap, zone: &Zone) -> Gap {
    let window = it.gap.window;
    Gap {
        span: say::span(&cell(window.start_ms(), zone), &cell(window.end_ms(), zone)),
        lanes: match it.lanes.as_slice() {
            [] => String::new(),
            lanes => say::lanes(&lanes.join(", ")),
        },
        why: it.why.clone(),
    }
}

/// When RingCentral deletes the first of what is not archived.
fn deadline(covered: &Covered, now_ms: i64, zone: &Zone) -> String {
    match covered.deadline {
        Some(it) => {
            let (at, what) = (cell(it.at_ms, zone), it.data_type.label());
            let over = it.at_ms <= now_ms;
            backup_says::deadline(&at, over, what, it.keeps.days, it.keeps.told)
        }
        None if covered.sum().pending > 0 => backup_says::ENDLESS.to_owned(),
        None => backup_says::NO_DEADLINE.to_owned(),
    }
}
