//! The Ledger: the book of Entries, the truth about what is archived. An
//! Entry is one Item at one Destination, and is at every moment in exactly
//! one state.

use crate::account::ExtensionId;
use crate::archive_path::ArchivePath;
use crate::data_type::DataType;
use crate::error::Kind;
use crate::id::string_id;
use crate::item::Item;

string_id! {
    /// A place where archives lie: provider plus the provider's account id,
    /// never the grant.
    DestinationId
}

/// What the destination vouches for, after it compared its own size and hash
/// with what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Size in bytes as the destination reports it.
    pub size: u64,
    /// The destination's own hash, as it spells it (Dropbox: content hash;
    /// folder: sha256), prefixed with its kind: `dropbox:…`, `sha256:…`.
    pub hash: String,
    /// The destination's revision or id of the stored file, where it has one.
    pub revision: Option<String>,
}

/// What we computed over the bytes on their way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Size in bytes.
    pub size: u64,
    /// sha256, lower-case hex.
    pub sha256: String,
}

/// Why an Entry is still pending. Each reason is shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// Seen, not tried yet.
    New,
    /// The provider does not have the bytes ready yet.
    NotReady,
    /// Tried; failed for the moment.
    Failed,
    /// Waiting for a rate limit.
    Throttled,
    /// The grant is dead; waits for a person to reconnect.
    Reconnect,
    /// The destination is full.
    DestinationFull,
    /// The account may not read it (now).
    Forbidden,
}

impl Pending {
    /// The word in the database and in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Pending::New => "new",
            Pending::NotReady => "not-ready",
            Pending::Failed => "failed",
            Pending::Throttled => "throttled",
            Pending::Reconnect => "reconnect",
            Pending::DestinationFull => "destination-full",
            Pending::Forbidden => "forbidden",
        }
    }

    /// From its word; what is unknown (a newer version wrote it) is `Failed`,
    /// which is tried again.
    pub fn from_word(word: &str) -> Pending {
        match word {
            "new" => Pending::New,
            "not-ready" => Pending::NotReady,
            "throttled" => Pending::Throttled,
            "reconnect" => Pending::Reconnect,
            "destination-full" => Pending::DestinationFull,
            "forbidden" => Pending::Forbidden,
            _ => Pending::Failed,
        }
    }

    /// The reason behind a failure of this kind.
    pub fn because_of(kind: Kind) -> Pending {
        match kind {
            Kind::NotReady => Pending::NotReady,
            Kind::Throttled => Pending::Throttled,
            Kind::Unauthorized => Pending::Reconnect,
            Kind::Full => Pending::DestinationFull,
            Kind::Forbidden => Pending::Forbidden,
            _ => Pending::Failed,
        }
    }
}

/// The state of an Entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// To be archived; says why it is not yet.
    Pending(Pending),
    /// The destination vouched for the bytes and this row is durable.
    Archived,
    /// It cannot be had any more; the cause is on the Entry.
    Missing,
    /// A rule leaves it out; the rule is on the Entry.
    Excluded,
}

impl EntryState {
    /// The word in the database, in JSON and on pages.
    pub fn word(&self) -> &'static str {
        match self {
            EntryState::Pending(_) => "pending",
            EntryState::Archived => "archived",
            EntryState::Missing => "missing",
            EntryState::Excluded => "excluded",
        }
    }
}

/// One Item at one Destination that is still to be archived, as the Ledger
/// hands it to a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The Item as it was last sighted.
    pub item: Item,
    /// Where it will lie, without version and file name extension. Fixed when
    /// the Entry was made.
    pub stem: String,
    /// How often it has failed for reasons of its own.
    pub attempts: u32,
    /// When it was first sighted, milliseconds since 1970.
    pub first_seen_ms: i64,
}

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Archived: the destination vouched for it.
    Archived {
        /// Where it lies.
        path: ArchivePath,
        /// What we computed.
        fingerprint: Fingerprint,
        /// What the destination says.
        receipt: Receipt,
    },
    /// Not yet.
    Pending {
        /// Why.
        reason: Pending,
        /// The sentence for people.
        cause: String,
        /// Not before this, milliseconds since 1970.
        next_try_ms: i64,
        /// Whether the try counts against the item.
        counts: bool,
    },
    /// It cannot be had any more.
    Missing {
        /// The sentence for people.
        cause: String,
    },
}

/// How many units (recordings, messages) and bytes, by state. A unit counts
/// as archived when all its parts are; it is pending when any part is, else
/// missing when any part is, else excluded when all parts are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Units archived and verified.
    pub archived: u64,
    /// Units pending.
    pub pending: u64,
    /// Units missing.
    pub missing: u64,
    /// Units excluded by a rule.
    pub excluded: u64,
    /// Files archived (a picture message is one unit and several files).
    pub files: u64,
    /// Bytes archived.
    pub bytes: u64,
}

impl Count {
    /// All units that were ever shown.
    pub fn listed(&self) -> u64 {
        self.archived + self.pending + self.missing + self.excluded
    }

    /// Two counts together.
    #[must_use]
    pub fn plus(self, other: Count) -> Count {
        Count {
            archived: self.archived + other.archived,
            pending: self.pending + other.pending,
            missing: self.missing + other.missing,
            excluded: self.excluded + other.excluded,
            files: self.files + other.files,
            bytes: self.bytes + other.bytes,
        }
    }
}

/// An Entry that is not archived, as reports name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Identity of the Item ([`crate::item::ItemId::key`]).
    pub item: String,
    /// What it is.
    pub data_type: DataType,
    /// Whose it is.
    pub extension: Option<ExtensionId>,
    /// Its own time, milliseconds since 1970.
    pub at_ms: i64,
    /// How it stands.
    pub state: EntryState,
    /// Why, in a sentence.
    pub cause: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASONS: [Pending; 7] = [
        Pending::New,
        Pending::NotReady,
        Pending::Failed,
        Pending::Throttled,
        Pending::Reconnect,
        Pending::DestinationFull,
        Pending::Forbidden,
    ];

    #[test]
    fn every_reason_has_a_word_and_the_word_leads_back() {
        for reason in REASONS {
            assert_eq!(Pending::from_word(reason.word()), reason);
        }
        assert_eq!(Pending::from_word("from the future"), Pending::Failed);
    }

    #[test]
    fn a_failure_becomes_the_reason_people_can_act_on() {
        for (kind, reason) in [
            (Kind::NotReady, Pending::NotReady),
            (Kind::Throttled, Pending::Throttled),
            (Kind::Unauthorized, Pending::Reconnect),
            (Kind::Full, Pending::DestinationFull),
            (Kind::Forbidden, Pending::Forbidden),
            (Kind::Incomplete, Pending::Failed),
            (Kind::Unavailable, Pending::Failed),
        ] {
            assert_eq!(Pending::because_of(kind), reason);
        }
    }

    #[test]
    fn the_four_states_have_four_words() {
        let states = [
            EntryState::Pending(Pending::New),
            EntryState::Archived,
            EntryState::Missing,
            EntryState::Excluded,
        ];
        let words = states.map(|state| state.word());
        assert_eq!(words, ["pending", "archived", "missing", "excluded"]);
    }

    #[test]
    fn every_unit_is_in_exactly_one_count() {
        let some = Count {
            archived: 1,
            pending: 2,
            missing: 3,
            excluded: 4,
            files: 7,
            bytes: 900,
        };
        assert_eq!(some.listed(), 10);
        let twice = some.plus(some);
        assert_eq!(twice.listed(), 20);
        assert_eq!((twice.files, twice.bytes), (14, 1800));
        assert_eq!(some.plus(Count::default()), some);
    }
}
