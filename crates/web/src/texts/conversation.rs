//! Texts as conversations.

/// The title.
pub(crate) const TITLE: &str = "Conversations";
/// Under it.
pub(crate) const ABOUT: &str =
    "Texts by who wrote with whom. A conversation stands where its newest message stands.";
/// The title of one.
pub(crate) const ONE: &str = "Conversation";
/// From an item.
pub(crate) const OPEN: &str = "OPEN THE CONVERSATION";
/// Back to all of them.
pub(crate) const BACK: &str = "All conversations";
/// The form's name.
pub(crate) const SEARCH: &str = "Search conversations";
/// Column: whose texts.
pub(crate) const WHOSE: &str = "Extension";
/// Column: the other end.
pub(crate) const WITH: &str = "With";
/// Column.
pub(crate) const NEWEST: &str = "Newest message";
/// Column.
pub(crate) const TEXT: &str = "Text";
/// There is none.
pub(crate) const NONE: &str = "There are no texts here.";
/// Link.
pub(crate) const OLDER: &str = "Older messages";
/// Link.
pub(crate) const FIRST: &str = "Newest messages";
/// For screen readers: which way.
pub(crate) const IN: &str = "Received";
/// For screen readers: which way.
pub(crate) const OUT: &str = "Sent";
/// A message of which only pictures are known.
pub(crate) const NO_TEXT: &str = "(no text)";

/// Under the title of one.
pub(crate) fn between(whose: &str, with: &str) -> String {
    format!("{whose} with {with}")
}

/// The list's name.
pub(crate) fn caption(zone: &str) -> String {
    format!("Times are in {zone}.")
}
