//! A row of the LOG as its cells: what a page shows, and what a file holds.

use domain::data_type::DataType;
use domain::task::{Task, TaskStatus};
use jiff::tz::TimeZone;

use crate::format::{cell, cell_or_dash, exact, machine};
use crate::pages::log::asked::{Asked, span_word};
use crate::texts::statuses;
use crate::zone::Zone;

/// Its cells.
pub(super) struct Line {
    pub(super) href: String,
    pub(super) from: String,
    pub(super) from_machine: String,
    pub(super) to: String,
    pub(super) to_machine: String,
    pub(super) status: &'static str,
    pub(super) meaning: &'static str,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) counts: Vec<u64>,
    pub(super) running: bool,
}

impl Line {
    /// With times in this zone; it opens with the question it came with.
    pub(super) fn of(task: &Task, asked: &Asked, zone: &Zone) -> Line {
        let (from_ms, to_ms) = (task.window.start_ms(), task.window.end_ms());
        let status = task.status();
        let row = span_word(task.window);
        Line {
            href: asked.href("/log/row", &[("row", &row)]),
            from: cell(from_ms, zone),
            from_machine: machine(from_ms),
            to: cell(to_ms, zone),
            to_machine: machine(to_ms),
            status: status.word(),
            meaning: statuses::meaning(status),
            start: cell_or_dash(task.started_ms, zone),
            end: cell_or_dash(task.ended_ms, zone),
            counts: counts(task),
            running: status == TaskStatus::Running,
        }
    }
}

/// Recordings and messages archived, in the order of the columns.
fn counts(task: &Task) -> Vec<u64> {
    DataType::ALL
        .into_iter()
        .map(|it| task.counts.get(&it).map_or(0, |count| count.archived))
        .collect()
}

/// The same row for a file: times that programs read, nothing where nothing
/// was worked on.
pub(super) fn cells(task: &Task, zone: &TimeZone) -> Vec<String> {
    let at = |ms: Option<i64>| ms.map(|it| exact(it, zone)).unwrap_or_default();
    let mut cells = vec![
        exact(task.window.start_ms(), zone),
        exact(task.window.end_ms(), zone),
        task.status().word().to_owned(),
        at(task.started_ms),
        at(task.ended_ms),
    ];
    cells.extend(counts(task).into_iter().map(|it| it.to_string()));
    cells
}
