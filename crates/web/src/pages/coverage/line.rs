//! A person and type as the cells of a row.

use domain::ledger::Count;

use super::PATH;
use super::asked::Asked;
use crate::covered;
use crate::format::{cell, cell_or_dash};
use crate::size;
use crate::texts::coverage as say;
use crate::texts::row::NOBODY;
use crate::zone::Zone;

/// Counts as they are shown.
pub(super) struct Numbers {
    pub(super) archived: u64,
    pub(super) files: u64,
    pub(super) size: String,
    pub(super) pending: u64,
    pub(super) missing: u64,
    pub(super) excluded: u64,
}

impl Numbers {
    pub(super) fn of(count: Count) -> Numbers {
        Numbers {
            archived: count.archived,
            files: count.files,
            size: size::words(count.bytes),
            pending: count.pending,
            missing: count.missing,
            excluded: count.excluded,
        }
    }
}

/// Its cells.
pub(super) struct Line {
    pub(super) whose: String,
    /// The page about them alone.
    pub(super) href: Option<String>,
    pub(super) data_type: &'static str,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) listed: String,
    pub(super) numbers: Numbers,
    pub(super) remarks: Vec<String>,
}

impl Line {
    /// With times in this zone.
    pub(super) fn of(it: &covered::Line, asked: &Asked, zone: &Zone) -> Line {
        let left = it.left_ms.map(|at| say::left(&cell(at, zone)));
        let hidden = it.hidden.as_ref();
        let hidden = hidden.map(|it| say::hidden(&cell(it.since_ms, zone), &it.cause));
        let lost = it
            .lost
            .iter()
            .map(|(cause, files)| say::cause(cause, *files));
        let id = it.extension.as_ref().filter(|_| asked.person.is_none());
        Line {
            whose: whose(it),
            href: id.map(|id| asked.of_person(Some(id)).href(PATH)),
            data_type: it.data_type.label(),
            first: cell_or_dash(it.first_ms, zone),
            last: cell_or_dash(it.last_ms, zone),
            listed: cell_or_dash(it.listed_to_ms, zone),
            numbers: Numbers::of(it.count),
            remarks: left.into_iter().chain(hidden).chain(lost).collect(),
        }
    }
}

/// Number and name, else the id.
pub(super) fn whose(it: &covered::Line) -> String {
    let Some(id) = &it.extension else {
        return NOBODY.to_owned();
    };
    let known = [it.number.as_str(), it.name.as_str()].into_iter();
    let known: Vec<&str> = known.filter(|it| !it.is_empty()).collect();
    if known.is_empty() {
        id.to_string()
    } else {
        known.join(" ")
    }
}
