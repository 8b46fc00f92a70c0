//! What is told of Entries, in memory: lines of the LOG, and units counted.

use domain::item::Item;
use domain::ledger::{Count, EntryState};
use domain::ports::EntryLine;

use super::entry::Entry;

pub(super) fn line(item: &Item, entry: &Entry) -> EntryLine {
    let shelf = entry.shelf.as_ref();
    EntryLine {
        item: item.id.key(),
        data_type: item.id.data_type,
        extension: item.extension.clone(),
        at_ms: item.at_ms,
        state: entry.state.clone(),
        cause: entry.cause.clone(),
        path: shelf.map(|(path, _, _)| path.as_str().to_owned()),
        size: shelf.map(|(_, print, _)| print.size),
        next_try_ms: entry.next_try_ms,
    }
}

/// One unit, told from its parts.
pub(super) fn count(parts: &[&Entry]) -> Count {
    let any = |state: &EntryState| parts.iter().any(|it| it.state == *state);
    let shelves = || parts.iter().filter_map(|it| it.shelf.as_ref());
    let mut count = Count {
        files: shelves().count() as u64,
        bytes: shelves().map(|(_, print, _)| print.size).sum(),
        ..Count::default()
    };
    let state = if parts.iter().any(|it| it.is_pending()) {
        &mut count.pending
    } else if any(&EntryState::Missing) {
        &mut count.missing
    } else if any(&EntryState::Archived) {
        &mut count.archived
    } else {
        &mut count.excluded
    };
    *state = 1;
    count
}
