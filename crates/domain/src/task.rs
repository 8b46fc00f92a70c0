//! A Task: one row of the LOG page, one Backup x one Window. It holds no
//! counts of its own: they are derived from the Ledger, so that late items
//! complete the row they belong to and the sums always agree.

use std::collections::BTreeMap;

use crate::data_type::DataType;
use crate::ledger::Count;
use crate::window::Window;

/// The status people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// Everything of this window is archived, excluded by a rule, or there
    /// was nothing.
    Success,
    /// A Run is working on it now.
    Running,
    /// Something is still to come, by itself.
    Pending,
    /// Something cannot be had any more; the rest is archived.
    Incomplete,
    /// The window could not be listed.
    Failed,
}

impl TaskStatus {
    /// The word on pages, in the database and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            TaskStatus::Success => "success",
            TaskStatus::Running => "running",
            TaskStatus::Pending => "pending",
            TaskStatus::Incomplete => "incomplete",
            TaskStatus::Failed => "failed",
        }
    }
}

/// One row of the LOG page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its span.
    pub window: Window,
    /// Units by data type and state.
    pub counts: BTreeMap<DataType, Count>,
    /// First work on an item of this window, milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// Last work on an item of this window, milliseconds since 1970.
    pub ended_ms: Option<i64>,
    /// Whether every lane of the window has been listed.
    pub listed: Listing,
}

/// How far the listing of a Task's window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Not listed yet.
    Due,
    /// A Run is at it.
    Running,
    /// All lanes were listed.
    Done,
    /// At least one lane could not be listed.
    Failed,
}

impl Task {
    /// All data types together.
    pub fn total(&self) -> Count {
        self.counts
            .values()
            .fold(Count::default(), |sum, &one| sum.plus(one))
    }

    /// The status, from the counts and the listing alone.
    pub fn status(&self) -> TaskStatus {
        let total = self.total();
        match self.listed {
            Listing::Running => TaskStatus::Running,
            Listing::Failed => TaskStatus::Failed,
            _ if total.pending > 0 => TaskStatus::Pending,
            Listing::Due => TaskStatus::Pending,
            Listing::Done if total.missing > 0 => TaskStatus::Incomplete,
            Listing::Done => TaskStatus::Success,
        }
    }

    /// Whether SHOW LESS keeps the row: something was archived, or it is not
    /// simply a success.
    pub fn is_telling(&self) -> bool {
        self.total().archived > 0 || self.status() != TaskStatus::Success
    }
}
