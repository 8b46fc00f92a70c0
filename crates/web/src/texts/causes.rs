//! What a person can do about an item that is not archived.

use domain::ledger::{EntryState, Pending};

/// A sentence, or nothing where nothing is to be done.
pub(crate) fn what_to_do(state: &EntryState) -> Option<&'static str> {
    Some(match state {
        EntryState::Archived => return None,
        EntryState::Excluded => "A rule leaves it out. Change the rule if it should be archived.",
        EntryState::Missing => {
            "Archiver asked more than once. If it was restored at RingCentral, try again."
        }
        EntryState::Pending(Pending::New) => "Nothing: it is next in line.",
        EntryState::Pending(Pending::NotReady) => {
            "Nothing: RingCentral is still preparing it, and it is asked again by itself."
        }
        EntryState::Pending(Pending::Failed) => {
            "Nothing: it is tried again by itself. Try again now if the trouble is over."
        }
        EntryState::Pending(Pending::Throttled) => {
            "Nothing: RingCentral or Dropbox asked to wait, and it goes on by itself."
        }
        EntryState::Pending(Pending::Reconnect) => {
            "Connect the accounts again on GENERAL. Nothing is lost until then."
        }
        EntryState::Pending(Pending::DestinationFull) => {
            "Free some room in Dropbox, or enlarge its plan; then it goes on by itself."
        }
        EntryState::Pending(Pending::Forbidden) => {
            "Ask your RingCentral administrator for the permission named here; then it goes on by itself."
        }
    })
}
