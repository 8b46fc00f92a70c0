//! The ARCHIVE page.

/// The title.
pub(crate) const TITLE: &str = "Archive";
/// Under it.
pub(crate) const ABOUT: &str = "Everything that was archived, and everything that still is to be, newest first. \
     What RingCentral has deleted since stays here.";
/// Link.
pub(crate) const CONVERSATIONS: &str = "Read texts as conversations";
/// The form's name.
pub(crate) const SEARCH: &str = "Search the archive";
/// The field for everything.
pub(crate) const WORDS: &str = "Words";
/// How it is meant.
pub(crate) const WORDS_HINT: &str = "Words of a text, names or numbers. All of them must be there; \
     \"in quotes\" they stand side by side, begin* is a beginning.";
/// Button.
pub(crate) const GO: &str = "SEARCH";
/// The rest of the form.
pub(crate) const MORE: &str = "More filters";
/// Field.
pub(crate) const PERSON: &str = "Person";
/// How it is meant.
pub(crate) const PERSON_HINT: &str = "Name or extension number";
/// Field.
pub(crate) const NUMBER: &str = "Number";
/// How it is meant.
pub(crate) const NUMBER_HINT: &str = "A whole number, its end, or its beginning with +";
/// Field.
pub(crate) const FROM: &str = "From";
/// Field.
pub(crate) const TO: &str = "To";
/// How dates are meant.
pub(crate) const DATE_HINT: &str = "6/16/2026, 2026-06-16, today or yesterday";
/// Choices.
pub(crate) const TYPES: &str = "Types";
/// Choice.
pub(crate) const DIRECTION: &str = "Direction";
/// First choice.
pub(crate) const ANY: &str = "Any";
/// Choice, and a cell.
pub(crate) const IN: &str = "In";
/// Choice, and a cell.
pub(crate) const OUT: &str = "Out";
/// Field.
pub(crate) const SHORTEST: &str = "At least";
/// Field.
pub(crate) const LONGEST: &str = "At most";
/// How lengths are meant.
pub(crate) const LENGTH_HINT: &str = "Length of the audio: 90 (seconds), 1:30, 2m or 1h";
/// Away with all filters.
pub(crate) const EVERYTHING: &str = "Show everything";
/// Column.
pub(crate) const WHEN: &str = "When";
/// Column.
pub(crate) const TYPE: &str = "Type";
/// Column.
pub(crate) const SENDER: &str = "From";
/// Column.
pub(crate) const RECEIVER: &str = "To";
/// Column.
pub(crate) const WHOSE: &str = "Extension";
/// Column.
pub(crate) const LENGTH: &str = "Length";
/// Column.
pub(crate) const SIZE: &str = "Size";
/// Column.
pub(crate) const STATE: &str = "State";
/// Column.
pub(crate) const WHAT: &str = "What, and where it lies";
/// The arrows together.
pub(crate) const TURN: &str = "Pages of the archive";
/// Arrow.
pub(crate) const OLDER: &str = "Older items";
/// Back to the first page.
pub(crate) const NEWEST: &str = "Newest items";
/// The address of the question.
pub(crate) const LINK: &str = "Link to this search";
/// Whose archive, for screen readers.
pub(crate) const ACCOUNT: &str = "Account";
/// Destinations.
pub(crate) const PLACES: &str = "Which archive";
/// Saved filters.
pub(crate) const FILTERS: &str = "Saved filters";
/// There are none.
pub(crate) const NO_FILTERS: &str =
    "None yet. Search for something, give it a name below, and it is one click away from then on.";
/// Field.
pub(crate) const NAME: &str = "Save this search as";
/// Button.
pub(crate) const SAVE: &str = "SAVE";
/// Button.
pub(crate) const DELETE: &str = "Delete";
/// It is gone.
pub(crate) const DELETED: &str = "The saved filter is deleted. Nothing else is.";
/// A name that is none.
pub(crate) const NAME_IT: &str =
    "Nothing was saved: give the filter a name of 1 to 60 letters, so that you know it again.";
/// There are too many.
pub(crate) const TOO_MANY: &str =
    "Nothing was saved: you keep 50 filters already. Delete one that you do not need.";
/// Nothing matches.
pub(crate) const NOTHING_FOUND: &str = "Nothing was found. Use fewer words or filters; of a word whose end you do not know, \
     write the beginning and a *, as in invoi*.";
/// Nothing was archived.
pub(crate) const NOTHING_YET: &str = "Nothing is here yet. What RingCentral shows is here as soon as the first backup has listed it.";
/// Something makes no sense.
pub(crate) const NOT_UNDERSTOOD: &str =
    "Something in this search is not understood, so nothing was looked for. See above.";
/// No Backup was ever turned on.
pub(crate) const NEVER_ON: &str =
    "There is no archive yet. Turn on Enable backup, and what it archives is found here.";
/// Where to turn it on.
pub(crate) const TO_BACKUP: &str = "Go to BACKUP";

/// The table's name.
pub(crate) fn caption(zone: &str) -> String {
    format!("Items, newest first. Times are in {zone}.")
}

/// Of a large group.
pub(crate) fn and_more(people: usize) -> String {
    format!(" and {people} more")
}

/// Of a fax.
pub(crate) fn pages(pages: u64) -> String {
    match pages {
        1 => "1 page".to_owned(),
        _ => format!("{pages} pages"),
    }
}

/// It is kept.
pub(crate) fn saved(name: &str) -> String {
    format!("The search is saved as {name}.")
}

/// A button's name for screen readers.
pub(crate) fn delete(name: &str) -> String {
    format!("Delete the saved filter {name}")
}

/// What is wrong with a field that the search itself reads.
pub(crate) fn wrong(name: &str) -> &'static str {
    match name {
        "min" | "max" => "Write a length as 90 (seconds), 1:30, 2m or 1h.",
        "type" => "There is no such type.",
        "direction" => "The direction is In or Out.",
        _ => "This is longer than anything that can be looked for.",
    }
}
