//! A row of the LOG, opened: what happened, every item with its state, why,
//! what to do, and where it lies.

use askama::Template;
use axum::extract;
use axum::response::Response;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::event::Event;
use domain::ledger::Count;
use domain::ports::EntryLine;
use domain::task::Task;
use domain::window::{DAY_MS, Window};

use crate::error::PageError;
use crate::form::{Fields, Query};
use crate::format::{cell, offset};
use crate::names::Names;
use crate::page::{Frame, Tab, draw};
use crate::pages::item::name;
use crate::pages::log::Question;
use crate::pages::log::asked::{Asked, Pairs, span, span_word};
use crate::pages::log::line::Line;
use crate::size;
use crate::state::State;
use crate::target;
use crate::telling::Telling;
use crate::texts::backup::zone as zone_says;
use crate::texts::log as log_says;
use crate::texts::{causes, row as say, statuses};
use crate::viewer::Viewer;
use crate::zone::Zone;

/// Events on a page.
const EVENTS: u32 = 100;
/// Items on a page.
const ITEMS: u32 = 50;
/// No row is longer: hours and days, and what `archiver backup` opens.
const LONGEST_MS: i64 = 31 * DAY_MS;

#[derive(Template)]
#[template(path = "row.html")]
struct Page {
    frame: Frame,
    back: String,
    zone: String,
    line: Line,
    counts: Vec<(&'static str, Count)>,
    events: Vec<Told>,
    more_events: bool,
    items: Vec<Shown>,
    first: Option<String>,
    more: Option<String>,
    file: String,
    /// What the retry forms send along.
    hidden: Pairs,
    row: String,
    open: bool,
}

struct Told {
    at: String,
    level: &'static str,
    about: String,
    what: String,
}

/// An item as its cells.
pub(super) struct Shown {
    pub(super) at: String,
    pub(super) data_type: &'static str,
    pub(super) whose: String,
    pub(super) item: String,
    /// Its page.
    href: String,
    pub(super) state: &'static str,
    pub(super) word: &'static str,
    pub(super) cause: String,
    pub(super) to_do: &'static str,
    pub(super) path: String,
    pub(super) size: String,
    next: Option<String>,
    open: bool,
}

/// A row that is there, in a Backup that the Viewer may see.
pub(super) struct Opened {
    pub(super) backup: Backup,
    pub(super) task: Task,
}

/// Finds the row that an address or a form names. One that is not there and
/// one that is somebody else's look alike.
pub(super) async fn find(
    state: &State,
    telling: &Telling,
    question: &Question,
    fields: &Fields,
) -> Result<Opened, PageError> {
    let window = fields.get("row").and_then(span).filter(is_short);
    let (Some(window), Some(backup)) = (window, &question.backup) else {
        return Err(PageError::not_found());
    };
    let tasks = state
        .store
        .tasks(&backup.account, &backup.id, window)
        .await?;
    let task = tasks.into_iter().find(|it| it.window == window);
    let task = task.ok_or_else(PageError::not_found)?;
    telling.about(target::row(backup, window));
    Ok(Opened {
        backup: backup.clone(),
        task,
    })
}

/// Whether a row could be so long. What is longer is no row, and is not looked
/// for.
pub(crate) fn is_short(window: &Window) -> bool {
    window.end_ms().saturating_sub(window.start_ms()) <= LONGEST_MS
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    let opened = find(&state, &viewer.visitor.telling, &question, &query.0).await?;
    let (account, window) = (&opened.backup.account, opened.task.window);
    let mut events = state
        .store
        .events(account, &opened.backup.id, window, EVENTS + 1)
        .await?;
    let more_events = events.len() > EVENTS as usize;
    events.truncate(EVENTS as usize);
    let after = query.0.get("after").and_then(after);
    let mut entries = state
        .store
        .entries(account, &opened.backup, window, after, ITEMS + 1)
        .await?;
    let more = entries.len() > ITEMS as usize;
    entries.truncate(ITEMS as usize);
    let asked = &question.asked;
    let row = span_word(window);
    let names = Names::of(&state, account).await?;
    let zone = &question.zone;
    let last = entries.last().filter(|_| more).map(after_word);
    draw(&Page {
        frame: Frame::new(&state, &viewer.visitor, say::TITLE, Tab::Log).await?,
        back: asked.href("/log", &[]),
        zone: zone_says(&zone.name, &offset(window.start_ms(), &zone.rules)),
        line: Line::of(&opened.task, asked, zone),
        counts: counts(&opened.task),
        events: events.into_iter().map(|it| told(it, zone)).collect(),
        more_events,
        items: entries.iter().map(|it| shown(it, &names, zone)).collect(),
        first: after.map(|_| asked.href("/log/row", &[("row", &row)])),
        more: last.map(|it| asked.href("/log/row", &[("row", &row), ("after", &it)])),
        file: asked.href("/log/row/csv", &[("row", &row)]),
        hidden: asked.pairs(),
        row,
        open: opened.task.total().pending + opened.task.total().missing > 0,
    })
}

fn counts(task: &Task) -> Vec<(&'static str, Count)> {
    DataType::ALL
        .into_iter()
        .zip(log_says::COUNTS)
        .map(|(it, label)| (label, task.counts.get(&it).copied().unwrap_or_default()))
        .collect()
}

/// Where a page of items begins: behind this time and key.
fn after(word: &str) -> Option<(i64, &str)> {
    let (at, key) = word.split_once(' ')?;
    Some((at.parse().ok()?, key))
}

fn after_word(line: &EntryLine) -> String {
    format!("{} {}", line.at_ms, line.item)
}

fn told(event: Event, zone: &Zone) -> Told {
    Told {
        at: cell(event.at_ms, zone),
        level: event.level.word(),
        about: event.about,
        what: event.what,
    }
}

/// An item becomes its cells.
pub(super) fn shown(line: &EntryLine, names: &Names, zone: &Zone) -> Shown {
    let next = line.next_try_ms.filter(|_| line.path.is_none());
    Shown {
        at: cell(line.at_ms, zone),
        data_type: line.data_type.label(),
        whose: names.whose(line.extension.as_ref()),
        item: line.item.clone(),
        href: name::href(&line.item),
        state: statuses::state(&line.state),
        word: line.state.word(),
        cause: line.cause.clone(),
        to_do: causes::what_to_do(&line.state).unwrap_or_default(),
        path: line.path.clone().unwrap_or_default(),
        size: line.size.map(size::words).unwrap_or_default(),
        next: next.map(|at| cell(at, zone)),
        open: matches!(line.state.word(), "pending" | "missing"),
    }
}

/// The question again, for the page that a retry leads back to.
pub(super) fn back_to(asked: &Asked, row: Option<&str>) -> String {
    match row {
        Some(row) => asked.href("/log/row", &[("row", row)]),
        None => asked.href("/log", &[]),
    }
}
