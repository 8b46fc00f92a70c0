//! An Event: something that happened to a Backup, as the LOG page tells it.
//! The Journal is the book of Events.

/// How loud an Event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For the record.
    Info,
    /// Something needs time or attention, nothing is lost.
    Warning,
    /// Something is lost or stopped.
    Error,
}

impl Level {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }

    /// From its word; unknown words are loud.
    pub fn from_word(word: &str) -> Level {
        match word {
            "info" => Level::Info,
            "warning" => Level::Warning,
            _ => Level::Error,
        }
    }
}

/// One line of the Journal. Holds no secret, phone number, name or text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// How loud.
    pub level: Level,
    /// The Item it is about ([`crate::item::ItemId::key`]), or the Lane's
    /// key, or empty.
    pub about: String,
    /// The instant whose Task it belongs to: the Item's own time, else `at_ms`.
    pub belongs_ms: i64,
    /// What happened, a sentence for people.
    pub what: String,
}
