//! The LOG page.

/// The section's title.
pub(crate) const TITLE: &str = "Task Log";
/// Hides rows without data.
pub(crate) const SHOW_LESS: &str = "SHOW LESS";
/// Brings them back.
pub(crate) const SHOW_MORE: &str = "SHOW MORE";
/// What SHOW LESS does, for screen readers and as a tip.
pub(crate) const LESS_TIP: &str = "Show only tasks with data archived, and tasks with a problem";
/// What SHOW MORE does.
pub(crate) const MORE_TIP: &str = "Show all tasks";
/// The help icon's name.
pub(crate) const HELP: &str = "Help about the Task Log";
/// The filter's label.
pub(crate) const SHOW_LOG_FOR: &str = "Show Log for:";
/// First choice.
pub(crate) const LAST_7_DAYS: &str = "Last 7 days";
/// Second choice, and a column.
pub(crate) const FROM: &str = "From";
/// Its end, and a column.
pub(crate) const TO: &str = "To";
/// Shows the chosen period.
pub(crate) const GO: &str = "GO";
/// Column.
pub(crate) const STATUS: &str = "Status";
/// Column.
pub(crate) const JOB_START: &str = "Job Start";
/// Column.
pub(crate) const JOB_END: &str = "Job End";
/// Columns of the four counts, in this order.
pub(crate) const COUNTS: [&str; 4] = ["Call Recording", "Voice Mail", "SMS", "FAX"];
/// Beside the choice of how many rows.
pub(crate) const SHOW: &str = "Show";
/// Applies it.
pub(crate) const SET: &str = "SET";
/// What the choice of how many rows is, for screen readers.
pub(crate) const ROWS_A_PAGE: &str = "rows on a page";
/// The arrows' names.
pub(crate) const NEWER: &str = "Newer tasks";
/// The arrows' names.
pub(crate) const OLDER: &str = "Older tasks";
/// The arrows together.
pub(crate) const TURN: &str = "Pages of the log";
/// The choice of zone.
pub(crate) const TIME_ZONE: &str = "Time zone";
/// Which zone is one's own.
pub(crate) const YOURS: &str = "yours";
/// A file of the same rows.
pub(crate) const DOWNLOAD: &str = "Download as CSV";
/// Tries all again.
pub(crate) const RETRY_ALL: &str = "Try all failed items again";
/// An admin's second view.
pub(crate) const ACCOUNT: &str = "Account";
/// No Backup was ever turned on.
pub(crate) const NEVER_ON: &str =
    "No task has been logged yet. Turn on Enable backup, and a task is logged here every hour.";
/// Where to turn it on.
pub(crate) const TO_BACKUP: &str = "Go to BACKUP";
/// Nothing in the period.
pub(crate) const NO_ROWS: &str = "No task was logged in this period.";
/// No period.
pub(crate) const NO_PERIOD: &str =
    "Correct the dates above, and the tasks of that period show here.";
/// Nothing but idle hours in the period.
pub(crate) const NO_TELLING_ROWS: &str =
    "No task in this period archived data or has a problem. SHOW MORE lists all tasks.";

/// Where the rows go.
pub(crate) fn archived_to(label: &str) -> String {
    format!("Archived to {label}")
}

/// The table's name.
pub(crate) fn caption(zone: &str) -> String {
    format!("Tasks, newest first. Times are in {zone}.")
}

/// A file of a period that makes no sense.
pub(crate) const NO_FILE: &str =
    "The period is not understood, so there is no file. Go back to LOG and correct the dates.";
/// The name of the second choice, for screen readers.
pub(crate) const FROM_TO: &str = "From one date to another";
