//! A row of the LOG, opened.

/// The title.
pub(crate) const TITLE: &str = "Task";
/// Back to where one came from.
pub(crate) const BACK: &str = "Back to the Task Log";
/// What happened.
pub(crate) const EVENTS: &str = "What happened";
/// Nothing did.
pub(crate) const NO_EVENTS: &str = "Nothing worth telling happened.";
/// The newest are shown.
pub(crate) const MORE_EVENTS: &str = "Only the newest are shown.";
/// What was found.
pub(crate) const ITEMS: &str = "Items";
/// There is none.
pub(crate) const NO_ITEMS: &str = "RingCentral showed nothing for this time.";
/// Column: the item's own time.
pub(crate) const WHEN: &str = "Time";
/// Column: its type.
pub(crate) const WHAT: &str = "Type";
/// Column: whose.
pub(crate) const WHOSE: &str = "Extension";
/// Column: its state.
pub(crate) const STATE: &str = "State";
/// Column: why, and what to do; or where it lies.
pub(crate) const ABOUT: &str = "Where it lies, or why not";
/// Column.
pub(crate) const SIZE: &str = "Size";
/// Column: buttons.
pub(crate) const RETRY: &str = "Retry";
/// Button of an item.
pub(crate) const TRY_AGAIN: &str = "Try again";
/// Button of the row.
pub(crate) const TRY_ROW_AGAIN: &str = "Try this task again";
/// When it is tried again by itself.
pub(crate) const NEXT_TRY: &str = "Next try:";
/// The next items.
pub(crate) const MORE: &str = "More items";
/// The first items.
pub(crate) const FIRST: &str = "From the start";
/// A file of the items.
pub(crate) const DOWNLOAD: &str = "Download the items as CSV";
/// Units by state.
pub(crate) const COUNTS: &str = "Recordings and messages";
/// Column.
pub(crate) const ARCHIVED: &str = "Archived";
/// Column.
pub(crate) const PENDING: &str = "Pending";
/// Column.
pub(crate) const MISSING: &str = "Missing";
/// Column.
pub(crate) const EXCLUDED: &str = "Excluded";
/// The item belongs to nobody in particular.
pub(crate) const NOBODY: &str = "Account";
/// Columns of the file of items.
pub(crate) const CSV: [&str; 9] = [
    "Time",
    "Type",
    "Extension",
    "Item",
    "State",
    "Cause",
    "What to do",
    "Path",
    "Size",
];

/// After a retry.
pub(crate) fn retried(items: u64) -> String {
    match items {
        0 => "Nothing had to be tried again: no item is pending or missing.".to_owned(),
        1 => "1 item is tried again now.".to_owned(),
        _ => format!("{items} items are tried again now."),
    }
}

/// Column: how loud an event is.
pub(crate) const LEVEL: &str = "Level";
/// Column: the event.
pub(crate) const EVENT: &str = "Event";
