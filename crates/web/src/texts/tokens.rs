//! The page of personal tokens.

/// The title.
pub(crate) const TITLE: &str = "Tokens";
/// Before the address.
pub(crate) const ABOUT: &str =
    "A token lets a program of yours ask what these pages show, as JSON at";
/// Of the interface.
pub(crate) const DESCRIPTION: &str = "description";
/// Before the new token.
pub(crate) const MADE: &str = "This is your new token. Copy it now; it is never shown again.";
/// The table.
pub(crate) const YOURS: &str = "Your tokens";
/// Column, and field.
pub(crate) const NAME: &str = "Name";
/// Column.
pub(crate) const MAY: &str = "May";
/// Column.
pub(crate) const ENDS: &str = "Ends";
/// Column.
pub(crate) const USED: &str = "Last used";
/// Column.
pub(crate) const END_IT: &str = "End it";
/// Button.
pub(crate) const END: &str = "End";
/// The form.
pub(crate) const NEW: &str = "A new token";
/// Field.
pub(crate) const DAYS: &str = "Days until it ends";
/// Box.
pub(crate) const CHANGE: &str = "May change things: back up now, try again";
/// Box.
pub(crate) const ACCOUNT: &str = "For the whole account, as long as you are an administrator";
/// Button.
pub(crate) const MAKE: &str = "Make a token";
