//! The COVERAGE page, its files, and `archiver coverage`.

use domain::coverage::GapWhy;

/// The title.
pub(crate) const TITLE: &str = "Coverage";
/// Under it.
pub(crate) const ABOUT: &str = "What of whom is archived, since when and up to when; what is not, and why. \
     Days are days of UTC.";
/// Nothing was ever archived.
pub(crate) const NEVER_ON: &str =
    "Nothing is covered yet. Coverage begins when the backup is turned ON for the first time.";
/// Away from there.
pub(crate) const TO_BACKUP: &str = "Go to BACKUP";
/// Choice of view.
pub(crate) const ACCOUNT: &str = "Account";
/// Choice of destination.
pub(crate) const PLACES: &str = "Which archive";
/// What is not safe yet.
pub(crate) const DEADLINE: &str = "Deadline";
/// Of all people together.
pub(crate) const EVERYBODY: &str = "Show everybody";
/// Of one alone.
pub(crate) fn only(name: &str) -> String {
    format!("Only {name} is shown. Gaps are those of the whole backup.")
}
/// Section.
pub(crate) const CALENDAR: &str = "The last 13 months";
/// Words of the calendar.
pub(crate) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// The legend's name.
pub(crate) const LEGEND: &str = "What the squares mean";
/// Legend, and the title of a day.
pub(crate) const WHOLE: &str = "everything is archived";
/// Legend, and the title of a day.
pub(crate) const PARTLY: &str = "something is pending, missing, or still to be listed";
/// Legend, and the title of a day.
pub(crate) const GAP: &str = "a gap: some of the day was not listed";
/// Legend, and the title of a day.
pub(crate) const NOTHING: &str = "listed, and nothing was there";
/// Legend, and the title of a day.
pub(crate) const UNASKED: &str = "not asked for";
/// Section.
pub(crate) const GAPS: &str = "Gaps";
/// There is none.
pub(crate) const NO_GAPS: &str =
    "There is no gap: all of the time since the backup began was listed.";
/// The newest are shown.
pub(crate) const MORE_GAPS: &str = "Only the newest are shown; the file has all of them.";
/// Section.
pub(crate) const PEOPLE: &str = "Extensions";
/// Column.
pub(crate) const WHOSE: &str = "Extension";
/// Column.
pub(crate) const TYPE: &str = "Type";
/// Column.
pub(crate) const FIRST: &str = "First archived";
/// Column.
pub(crate) const LAST: &str = "Last archived";
/// Column.
pub(crate) const ARCHIVED: &str = "Archived";
/// Column.
pub(crate) const PENDING: &str = "Pending";
/// Column.
pub(crate) const MISSING: &str = "Missing";
/// Column.
pub(crate) const EXCLUDED: &str = "Excluded by a rule";
/// Column.
pub(crate) const FILES: &str = "Files";
/// Column.
pub(crate) const SIZE: &str = "Size";
/// Column.
pub(crate) const LISTED: &str = "Listed up to";
/// Column.
pub(crate) const REMARKS: &str = "Remarks";
/// The last row.
pub(crate) const TOTAL: &str = "Total of all extensions";
/// Nobody.
pub(crate) const NOBODY_YET: &str = "No extension is known yet.";
/// The arrows together.
pub(crate) const TURN: &str = "Pages of the table";
/// Arrow.
pub(crate) const BACK: &str = "Previous page";
/// Arrow.
pub(crate) const ON: &str = "Next page";
/// Section.
pub(crate) const STORAGE: &str = "Storage by month";
/// Column.
pub(crate) const MONTH: &str = "Month";
/// Column.
pub(crate) const IN_ALL: &str = "In all until then";
/// Column of the bars.
pub(crate) const SHARE: &str = "Beside the largest month";
/// Everything before the months that are shown.
pub(crate) const EARLIER: &str = "Earlier";
/// Nothing lies there.
pub(crate) const NO_STORAGE: &str = "Nothing is stored yet.";
/// Section.
pub(crate) const FILES_HEAD: &str = "Download as CSV";
/// By the word of the part.
pub(crate) fn file(part: &str) -> &'static str {
    match part {
        "people" => "Extensions and types",
        "gaps" => "Gaps",
        _ => "Days",
    }
}
/// A lane whose failure the journal no longer tells.
pub(crate) const SOME_LANE: &str = "a part that the journal no longer names";
/// Nothing but what is closed to us failed.
pub(crate) const HIDDEN_ALONE: &str = "listed, but for what RingCentral does not permit to see";

/// Why a span was not listed.
pub(crate) fn why(why: GapWhy) -> &'static str {
    match why {
        GapWhy::Off => "the backup was OFF, and the span was not taken up since",
        GapWhy::Failed => "a part of it could not be listed",
        GapWhy::Due => "it is still to be listed",
    }
}

/// Above the table.
pub(crate) fn caption(from: usize, to: usize, of: usize, zone: &str) -> String {
    format!("{from} to {to} of {of}. Times: {zone}")
}

/// What the calendar shows, in a sentence.
pub(crate) fn calendar(whole: usize, partly: usize, gaps: usize, nothing: usize) -> String {
    format!(
        "Of the last 13 months {whole} days are wholly archived, {partly} partly, {gaps} have a gap, and on {nothing} \
         there was nothing."
    )
}

/// The title of a day.
pub(crate) fn day(day: &str, means: &str, archived: u64, pending: u64, missing: u64) -> String {
    format!("{day}: {means} ({archived} archived, {pending} pending, {missing} missing)")
}

/// Of somebody who is no longer in the company.
pub(crate) fn left(since: &str) -> String {
    format!("Left the company (noticed {since}); what is archived stays.")
}

/// Of what is missing.
pub(crate) fn cause(cause: &str, files: u64) -> String {
    let files = if files == 1 {
        "1 file missing".to_owned()
    } else {
        format!("{files} files missing")
    };
    format!("{files}: {cause}")
}

/// Of what RingCentral hides.
pub(crate) fn hidden(since: &str, cause: &str) -> String {
    format!("Not permitted since {since}: {cause}")
}

/// A gap in the list.
pub(crate) fn span(from: &str, to: &str) -> String {
    format!("{from} to {to}")
}

/// The parts that a gap is about.
pub(crate) fn lanes(keys: &str) -> String {
    format!("({keys})")
}

/// Heads of the file of extensions and types.
pub(crate) const CSV_PEOPLE: [&str; 17] = [
    "Extension id",
    "Extension",
    "Name",
    "Left",
    "Type",
    "First archived",
    "Last archived",
    "Archived",
    "Files",
    "Bytes",
    "Pending",
    "Missing",
    "Excluded",
    "Missing because",
    "Listed up to",
    "Not permitted since",
    "Not permitted because",
];
/// Heads of the file of gaps.
pub(crate) const CSV_GAPS: [&str; 5] = ["From", "To", "Why", "What", "Because"];
/// Heads of the file of days.
pub(crate) const CSV_DAYS: [&str; 9] = [
    "Day (UTC)",
    "State",
    "Type",
    "Archived",
    "Files",
    "Bytes",
    "Pending",
    "Missing",
    "Excluded",
];
