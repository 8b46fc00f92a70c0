//! What the statuses of rows and the states of items mean.

use domain::ledger::{EntryState, Pending};
use domain::task::TaskStatus;

/// A sentence for each status of a row.
pub(crate) fn meaning(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Success => {
            "Everything RingCentral showed for this time is archived and verified, or a rule leaves it out, or there was nothing."
        }
        TaskStatus::Running => "Archiver is looking at this time right now.",
        TaskStatus::Pending => {
            "Something is still to come. Nothing needs to be done: it is tried again by itself."
        }
        TaskStatus::Incomplete => {
            "Something cannot be had any more, for example because it was deleted at RingCentral first. The rest is archived."
        }
        TaskStatus::Failed => {
            "RingCentral could not be asked for all of this time. It is tried again by itself."
        }
    }
}

/// The state of an item, in a word or two.
pub(crate) fn state(state: &EntryState) -> &'static str {
    match state {
        EntryState::Archived => "archived",
        EntryState::Missing => "missing",
        EntryState::Excluded => "excluded",
        EntryState::Pending(Pending::New) => "pending: not tried yet",
        EntryState::Pending(Pending::NotReady) => "pending: not ready yet",
        EntryState::Pending(Pending::Failed) => "pending: failed for now",
        EntryState::Pending(Pending::Throttled) => "pending: rate limit",
        EntryState::Pending(Pending::Reconnect) => "pending: connect again",
        EntryState::Pending(Pending::DestinationFull) => "pending: no room",
        EntryState::Pending(Pending::Forbidden) => "pending: not permitted",
    }
}

/// Why items wait, as a line of the plan.
pub(crate) fn waiting(pending: &Pending) -> &'static str {
    match pending {
        Pending::New => "seen, and next in line",
        Pending::NotReady => "not ready at RingCentral yet",
        Pending::Failed => "failed for the moment, tried again",
        Pending::Throttled => "waiting for a rate limit to pass",
        Pending::Reconnect => "waiting until the accounts are connected again",
        Pending::DestinationFull => "waiting for room in the destination",
        Pending::Forbidden => "not permitted by RingCentral at present",
    }
}
