//! What is said about dates that cannot be read.

/// Nothing was typed.
pub(crate) const EMPTY: &str = "Enter a date, for example 6/16/2016.";
/// It is no date.
pub(crate) const HOW: &str =
    "This is not a date. Write month/day/year, for example 6/16/2016, or 2016-06-16.";
/// Which century?
pub(crate) const FOUR_DIGITS: &str = "Write the year with four digits, for example 6/16/2016.";
/// The period ends before it begins.
pub(crate) const REVERSED: &str =
    "To comes before From. Nothing was changed: exchange the two dates and press GO again.";

/// Day first, where month first is read.
pub(crate) fn month_first(meant: &str) -> String {
    format!("The month comes first here. If you mean {meant}, write that.")
}

/// February 30.
pub(crate) fn no_such_day(typed: &str) -> String {
    format!("There is no such day: {typed}. Write month/day/year, for example 6/16/2016.")
}

/// Outside of what a log can be about.
pub(crate) fn years(first: i16, last: i16) -> String {
    format!("The year must lie between {first} and {last}.")
}
