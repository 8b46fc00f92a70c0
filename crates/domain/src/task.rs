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

impl Listing {
    /// What to make of it for a row, when the newest hour that was listed ends
    /// there (`None`: no hours are listed): a later row was listed by a clock
    /// that ran ahead, before its time.
    #[must_use]
    pub fn reached(self, row: Window, listed_to_ms: Option<i64>) -> Listing {
        match self {
            Listing::Done if listed_to_ms.is_some_and(|at| row.end_ms() > at) => Listing::Due,
            as_it_is => as_it_is,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::HOUR_MS;

    fn task(listed: Listing, count: Count) -> Task {
        Task {
            window: Window::hour_of(HOUR_MS),
            counts: BTreeMap::from([(DataType::Fax, Count::default()), (DataType::Sms, count)]),
            started_ms: None,
            ended_ms: None,
            listed,
        }
    }

    fn count(archived: u64, pending: u64, missing: u64, excluded: u64) -> Count {
        Count {
            archived,
            pending,
            missing,
            excluded,
            ..Count::default()
        }
    }

    #[test]
    fn the_status_follows_from_listing_and_counts_alone() {
        for (listed, counts, status) in [
            (Listing::Done, count(0, 0, 0, 0), TaskStatus::Success),
            (Listing::Done, count(5, 0, 0, 2), TaskStatus::Success),
            (Listing::Done, count(5, 1, 0, 0), TaskStatus::Pending),
            (Listing::Done, count(5, 0, 1, 0), TaskStatus::Incomplete),
            // What may still come decides before what is lost.
            (Listing::Done, count(5, 1, 1, 0), TaskStatus::Pending),
            (Listing::Due, count(0, 0, 0, 0), TaskStatus::Pending),
            (Listing::Due, count(0, 0, 1, 0), TaskStatus::Pending),
            (Listing::Running, count(5, 1, 1, 0), TaskStatus::Running),
            (Listing::Failed, count(5, 0, 0, 0), TaskStatus::Failed),
        ] {
            let task = task(listed, counts);
            assert_eq!(task.status(), status, "{listed:?} {counts:?}");
        }
    }

    #[test]
    fn no_row_is_done_before_its_hour_was_reached() {
        let row = Window::hour_of(HOUR_MS);
        for (listed, to_ms, believed) in [
            (Listing::Done, None, Listing::Done),
            (Listing::Done, Some(2 * HOUR_MS), Listing::Done),
            (Listing::Done, Some(2 * HOUR_MS - 1), Listing::Due),
            (Listing::Failed, Some(0), Listing::Failed),
        ] {
            assert_eq!(listed.reached(row, to_ms), believed);
        }
    }

    #[test]
    fn show_less_hides_nothing_but_idle_success() {
        assert!(!task(Listing::Done, count(0, 0, 0, 0)).is_telling());
        assert!(!task(Listing::Done, count(0, 0, 0, 3)).is_telling());
        assert!(task(Listing::Done, count(1, 0, 0, 0)).is_telling());
        assert!(task(Listing::Done, count(0, 0, 1, 0)).is_telling());
        assert!(task(Listing::Due, count(0, 0, 0, 0)).is_telling());
    }

    #[test]
    fn the_total_is_the_sum_over_types() {
        let mut task = task(Listing::Done, count(1, 2, 3, 4));
        task.counts
            .insert(DataType::Voicemail, count(10, 20, 30, 40));
        assert_eq!(task.total(), count(11, 22, 33, 44));
    }
}
