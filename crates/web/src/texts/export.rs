//! The EXPORTS pages.

/// The title.
pub(crate) const TITLE: &str = "Exports";
/// Under it.
pub(crate) const ABOUT: &str = "What a search on ARCHIVE finds can be handed over as one ZIP: the files as they are archived, \
     texts also as mail (EML) and for e-discovery (RSMF), lists that name everything and what is missing, and a script that checks it all without this server. \
     It is kept ready for seven days.";
/// Button on ARCHIVE.
pub(crate) const MAKE: &str = "EXPORT WHAT IS FOUND";
/// Link on ARCHIVE.
pub(crate) const YOURS: &str = "Your exports";
/// None.
pub(crate) const NONE: &str = "There are none. Search on ARCHIVE, and choose EXPORT WHAT IS FOUND.";
/// Link.
pub(crate) const TO_ARCHIVE: &str = "To ARCHIVE";
/// Link.
pub(crate) const ALL: &str = "All exports";
/// Column and fact.
pub(crate) const STATE: &str = "State";
/// Column and fact.
pub(crate) const MADE: &str = "Asked for";
/// Fact.
pub(crate) const BY: &str = "By";
/// Column and fact.
pub(crate) const ENDS: &str = "Can be fetched until";
/// Column and fact.
pub(crate) const ITEMS: &str = "Items in it";
/// Column and fact.
pub(crate) const SIZE: &str = "Size";
/// Fact.
pub(crate) const REST: &str = "Found, but not in it";
/// Column.
pub(crate) const OPEN: &str = "Open";
/// Button.
pub(crate) const FETCH: &str = "DOWNLOAD";
/// Beside it.
pub(crate) const FETCH_HINT: &str = "A download that breaks off can be resumed. Unpack it, and run verify.sh (or verify.ps1) in it: it checks every file with nothing but standard tools.";
/// Link while it is made.
pub(crate) const LOOK: &str = "Look again";
/// Button.
pub(crate) const AGAIN: &str = "EXPORT AGAIN WITHOUT IT";
/// Button.
pub(crate) const DELETE: &str = "DELETE THIS EXPORT";
/// Told once.
pub(crate) const DELETED: &str =
    "The export is forgotten. What was downloaded of it stays where it is.";
/// State.
pub(crate) const IS_MADE: &str = "being made";
/// State.
pub(crate) const IS_READY: &str = "ready";
/// State.
pub(crate) const IS_BROKEN: &str = "could not be made";
/// With a count.
pub(crate) const PENDING: &str = "not archived yet";
/// With a count.
pub(crate) const MISSING: &str = "missing";
/// With a count.
pub(crate) const EXCLUDED: &str = "excluded by a rule";
/// With a count.
pub(crate) const LEFT_OUT: &str = "left out, because they could not be read";
/// An old address.
pub(crate) const OVER: &str =
    "This export was kept for seven days and is over. Search again, and export it anew.";
/// Too early, or broken.
pub(crate) const NOT_READY: &str = "This export is not ready. Its page says how it stands.";
/// A question that makes no sense.
pub(crate) const NOT_UNDERSTOOD: &str =
    "What was searched for is not understood. Correct the search on ARCHIVE, and export it then.";
/// Nothing to leave out.
pub(crate) const NOTHING_WRONG: &str = "There is no item in this export that could not be read.";
/// More than are kept.
pub(crate) const TOO_MANY: &str =
    "You keep twenty exports already. Delete one that you do not need any more.";

/// A button's name for screen readers.
pub(crate) fn open(made: &str) -> String {
    format!("Open the export of {made}")
}
