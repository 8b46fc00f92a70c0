//! `/api/v1/log`: the rows of the LOG, what is inside one, and trying again.

use axum::Json;
use axum::extract::{self, Path, Query};
use domain::connection::Backup;
use domain::ports::{Change, Changed, LogAsk, Retry, Turn};
use domain::task::Task;
use domain::window::{DAY_MS, Window};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::shape;
use crate::pages::log::is_short;
use crate::state::State;
use crate::target;
use crate::viewer::{View, backup_of};

/// Rows on a page, unless asked.
const ROWS: u32 = 25;
/// Rows on a page, at most.
const MOST_ROWS: u32 = 500;
/// Entries and Events of a row that are shown, at most.
const MOST_LINES: u32 = 1000;

/// Which rows.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    view: Option<String>,
    from: Option<String>,
    to: Option<String>,
    #[serde(default)]
    telling: bool,
    limit: Option<u32>,
    /// `from/to` of the row after which to go on.
    older: Option<String>,
}

/// Rows, newest first.
pub(crate) async fn rows(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Failure> {
    let backup = backup(&state, &caller, wanted.view.as_deref()).await?;
    let now_ms = state.now_ms();
    let from_ms = wanted.from.as_deref().map_or(Ok(now_ms - 7 * DAY_MS), ms)?;
    let to_ms = wanted.to.as_deref().map_or(Ok(now_ms + DAY_MS), ms)?;
    let turn = match wanted.older.as_deref() {
        None => Turn::Newest,
        Some(row) => {
            let (from, to) = row.split_once('/').ok_or_else(no_row)?;
            Turn::Older(window(from, to)?)
        }
    };
    let ask = LogAsk {
        window: Window::from_ms(from_ms, to_ms).ok_or_else(no_span)?,
        telling: wanted.telling,
        turn,
        limit: limit(wanted.limit, ROWS, MOST_ROWS)?,
    };
    let paged = state.store.log(&backup.account, &backup.id, &ask).await?;
    let last = paged.rows.last().filter(|_| paged.older);
    Ok(Json(json!({
        "rows": paged.rows.iter().map(shape::task).collect::<Vec<_>>(),
        "older": last.map(|row| format!("{}/{}", row.window.start(), row.window.end())),
    })))
}

/// Whose LOG.
#[derive(Deserialize)]
pub(crate) struct Whose {
    view: Option<String>,
}

/// What is inside a row.
pub(crate) async fn row(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Path((from, to)): Path<(String, String)>,
    Query(whose): Query<Whose>,
) -> Result<Json<Value>, Failure> {
    let backup = backup(&state, &caller, whose.view.as_deref()).await?;
    let task = find(&state, &caller, &backup, window(&from, &to)?).await?;
    let (window, account, id, store) = (task.window, &backup.account, &backup.id, &state.store);
    let entries = store
        .entries(account, &backup, window, None, MOST_LINES)
        .await?;
    let events = store.events(account, id, window, MOST_LINES).await?;
    Ok(Json(json!({
        "row": shape::task(&task),
        "entries": entries.iter().map(shape::entry).collect::<Vec<_>>(),
        "events": events.iter().map(shape::event).collect::<Vec<_>>(),
    })))
}

/// Tries again what is pending or missing in a row.
pub(crate) async fn retry(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Path((from, to)): Path<(String, String)>,
    Query(whose): Query<Whose>,
) -> Result<Json<Value>, Failure> {
    let backup = backup(&state, &caller, whose.view.as_deref()).await?;
    let task = find(&state, &caller, &backup, window(&from, &to)?).await?;
    let what = Retry::Window(task.window);
    let (account, store) = (&backup.account, &state.store);
    let retry = Change::Retry {
        backup: &backup,
        what: &what,
    };
    let again = match caller.telling.change(&state, retry).await? {
        Changed::Count(again) => again,
        _ => 0,
    };
    if again > 0 {
        store.hurry(account, &backup.id).await?;
    }
    Ok(Json(json!({ "again": again })))
}

/// The row that an address names.
async fn find(
    state: &State,
    caller: &Caller,
    backup: &Backup,
    window: Window,
) -> Result<Task, Failure> {
    if !is_short(&window) {
        return Err(Failure::not_found());
    }
    let (account, id) = (&backup.account, &backup.id);
    let tasks = state.store.tasks(account, id, window).await?;
    let task = tasks.into_iter().find(|it| it.window == window);
    let task = task.ok_or_else(Failure::not_found)?;
    caller.telling.about(target::row(backup, window));
    Ok(task)
}

pub(super) async fn backup(
    state: &State,
    caller: &Caller,
    view: Option<&str>,
) -> Result<Backup, Failure> {
    let view = View::from_word(view)?;
    let backup = backup_of(state, &caller.who, view).await?;
    let backup = backup.ok_or_else(Failure::not_found)?;
    caller.telling.about(backup.id.as_str());
    Ok(backup)
}

fn window(from: &str, to: &str) -> Result<Window, Failure> {
    Window::from_ms(ms(from)?, ms(to)?).ok_or_else(no_span)
}

/// How many are asked for: 1 to `most`.
pub(super) fn limit(wanted: Option<u32>, usual: u32, most: u32) -> Result<u32, Failure> {
    let limit = wanted.unwrap_or(usual);
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    Err(Failure::bad(format!("The limit must be from 1 to {most}.")))
}

/// An instant as programs write it, milliseconds since 1970.
pub(super) fn ms(text: &str) -> Result<i64, Failure> {
    let at: Result<Timestamp, _> = text.parse();
    at.map(Timestamp::as_millisecond)
        .map_err(|_| Failure::bad("An instant looks like 2026-06-01T13:00:00Z; this one does not."))
}

pub(super) fn no_span() -> Failure {
    Failure::bad("A span begins before it ends; this one does not.")
}

fn no_row() -> Failure {
    Failure::bad("A row is named by its two instants, with a slash between them.")
}
