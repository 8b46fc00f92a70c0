//! A Timetable: what a Backup's clock remembers between two runs. Persisted,
//! so that restarts, long sleeps and jumps of the clock skip nothing.

use crate::schedule::Relist;
use crate::window::Window;

/// All instants are milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timetable {
    /// The first hour of the present ON; rows are opened from here. `None`
    /// while it was never ON.
    pub since_ms: Option<i64>,
    /// Rows exist for every hour up to here.
    pub rows_ms: Option<i64>,
    /// The end of the newest hour that the last hourly listing covered.
    pub hourly_ms: Option<i64>,
    /// The same for the daily one.
    pub daily_ms: Option<i64>,
    /// The same for the weekly one.
    pub weekly_ms: Option<i64>,
    /// What is still to be listed of the time before `since_ms`; `None`: all
    /// of it was, or nobody wants it.
    pub history: Option<Window>,
    /// When it is next due; `None`: never was planned, so at once.
    pub due_ms: Option<i64>,
    /// When the last run ended.
    pub ran_ms: Option<i64>,
}

impl Timetable {
    /// When a kind of listing was last completed: the end of its window.
    pub fn listed(&self, kind: Relist) -> Option<i64> {
        match kind {
            Relist::Hourly => self.hourly_ms,
            Relist::Daily => self.daily_ms,
            Relist::Weekly => self.weekly_ms,
        }
    }
}
