//! CSV files of the LOG: the filtered rows, and the items of a row. Written
//! page by page as they are read: a file of a million rows needs no more
//! memory than one of ten. What fails half-way breaks the download off, so
//! that no file ends early and looks whole.

use axum::body::Body;
use axum::extract;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::Result;
use domain::ports::{EntryLine, LogAsk, Turn};
use domain::window::Window;
use futures::stream::{self, Stream};

use crate::csv;
use crate::error::PageError;
use crate::form::Query;
use crate::format::{day, exact};
use crate::names::Names;
use crate::pages::log::line::cells;
use crate::pages::log::row::{self, Opened, shown};
use crate::pages::log::{Question, say};
use crate::state::State;
use crate::target;
use crate::texts::row as row_says;
use crate::viewer::Viewer;
use crate::zone::Zone;

/// What a CSV file is.
pub(crate) const CSV: &str = "text/csv; charset=utf-8; header=present";

/// Rows read at a time.
const PORTION: u32 = 500;

/// The rows that the filter shows, all pages of them.
pub(crate) async fn rows(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    let window = question.period.as_ref().copied();
    let window = window.map_err(|_| PageError::bad(say::NO_FILE))?;
    if let Some(backup) = &question.backup {
        viewer.visitor.telling.about(target::row(backup, window));
    }
    let mut head = vec![
        say::FROM,
        say::TO,
        say::STATUS,
        say::JOB_START,
        say::JOB_END,
    ];
    head.extend(say::COUNTS);
    let head = format!("{}{}", csv::BOM, csv::line(&head));
    let name = format!("task-log-{}.csv", day(state.now_ms(), &question.zone.rules));
    Ok(file(&name, CSV, row_lines(state, question, window), head))
}

/// The items of a row.
pub(crate) async fn items(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    let opened = row::find(&state, &viewer.visitor.telling, &question, &query.0).await?;
    let names = Names::of(&state, &opened.backup.account).await?;
    let head = format!("{}{}", csv::BOM, csv::line(&row_says::CSV));
    let start = opened.task.window.start();
    let name = format!("task-{}.csv", start.strftime("%Y%m%dT%H%MZ"));
    let lines = item_lines(state, opened, names, question.zone);
    Ok(file(&name, CSV, lines, head))
}

/// A file that is written while it is read.
pub(crate) fn file(
    name: &str,
    kind: &'static str,
    lines: impl Stream<Item = Result<String>> + Send + 'static,
    head: String,
) -> Response {
    let whole = stream::StreamExt::chain(stream::iter([Ok(head)]), lines);
    let save = format!("attachment; filename=\"{name}\"");
    let save = HeaderValue::try_from(save).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static(kind);
    let headers = [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, save)];
    (headers, Body::from_stream(whole)).into_response()
}

fn row_lines(
    state: State,
    question: Question,
    window: Window,
) -> impl Stream<Item = Result<String>> + Send + 'static {
    let start = Some(Turn::Newest);
    stream::try_unfold(
        (state, question, start),
        move |(state, question, turn)| async move {
            let (Some(turn), Some(backup)) = (turn, &question.backup) else {
                return Ok(None);
            };
            let ask = LogAsk {
                window,
                telling: question.asked.less,
                turn,
                limit: PORTION,
            };
            let paged = state.store.log(&backup.account, &backup.id, &ask).await?;
            let lines: String = paged
                .rows
                .iter()
                .map(|it| csv::line(&cells(it, &question.zone.rules)))
                .collect();
            let last = paged.rows.last().filter(|_| paged.older);
            let next = last.map(|it| Turn::Older(it.window));
            Ok(Some((lines, (state, question, next))))
        },
    )
}

/// Where the next portion of items begins.
enum After {
    Start,
    Line(i64, String),
    End,
}

fn item_lines(
    state: State,
    opened: Opened,
    names: Names,
    zone: Zone,
) -> impl Stream<Item = Result<String>> + Send + 'static {
    let kept = (state, opened, names, zone);
    stream::try_unfold((kept, After::Start), |(kept, after)| async move {
        let (state, opened, names, zone) = &kept;
        let from = match &after {
            After::Start => None,
            After::Line(at, key) => Some((*at, key.as_str())),
            After::End => return Ok(None),
        };
        let backup = &opened.backup;
        let entries = state
            .store
            .entries(&backup.account, backup, opened.task.window, from, PORTION)
            .await?;
        let lines: String = entries
            .iter()
            .map(|it| csv::line(&item_cells(it, names, zone)))
            .collect();
        let next = match entries.last() {
            Some(last) if entries.len() == PORTION as usize => {
                After::Line(last.at_ms, last.item.clone())
            }
            _ => After::End,
        };
        Ok(Some((lines, (kept, next))))
    })
}

fn item_cells(line: &EntryLine, names: &Names, zone: &Zone) -> [String; 9] {
    let it = shown(line, names, zone);
    [
        exact(line.at_ms, &zone.rules),
        it.data_type.to_owned(),
        it.whose,
        it.item,
        it.state.to_owned(),
        it.cause,
        it.to_do.to_owned(),
        it.path,
        line.size.map(|it| it.to_string()).unwrap_or_default(),
    ]
}
