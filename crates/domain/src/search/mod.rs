//! Finding what is archived: what somebody looks for, and what was found. The
//! databases do the looking; which words an Item has, and which of them a
//! question asks for, is decided here, so that all of them find the same.

mod address;
mod ask;
mod document;
mod words;

use sha2::{Digest, Sha256};

use crate::account::{AccountId, ExtensionId};
use crate::data_type::{DataType, DataTypes};
use crate::item::{Direction, Facts};
use crate::ledger::EntryState;

pub use address::{Wrong, seconds};
pub use ask::{Ask, Term};
pub use document::{Document, backup_mark};
pub use words::words;

/// What somebody looks for. What is empty or absent is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words, each of which must be there: in the text, a name, a file name;
    /// or a number. As it was typed: `"in quotes"` is a phrase, `begin*` a
    /// beginning.
    pub text: String,
    /// Whose archive it lies in, or who was at the other end: names, extension
    /// numbers, ids. As it was typed.
    pub person: String,
    /// A telephone number, its beginning or its end. As it was typed.
    pub number: String,
    /// Own time from here on, milliseconds since 1970.
    pub from_ms: Option<i64>,
    /// Own time before this, milliseconds since 1970.
    pub to_ms: Option<i64>,
    /// Of these types; empty: of all.
    pub types: DataTypes,
    /// One way only.
    pub direction: Option<Direction>,
    /// Audio at least as long, whole seconds.
    pub shortest: Option<u64>,
    /// Audio at most as long, whole seconds.
    pub longest: Option<u64>,
}

/// An Item that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Identity of the Item ([`crate::item::ItemId::key`]).
    pub item: String,
    /// What it is.
    pub data_type: DataType,
    /// Whose it is.
    pub extension: Option<ExtensionId>,
    /// Its own time, milliseconds since 1970.
    pub at_ms: i64,
    /// What is known of it.
    pub facts: Facts,
    /// How it stands.
    pub state: EntryState,
    /// Why, in a sentence; empty when it is archived.
    pub cause: String,
    /// Where it lies, once it is archived.
    pub path: Option<String>,
    /// Its size in bytes, once it is archived.
    pub size: Option<u64>,
    /// sha256 of its bytes, lower-case hex, once it is archived.
    pub sha256: Option<String>,
}

/// A page of what was found, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The Items.
    pub hits: Vec<Hit>,
    /// Where the next page begins; `None`: this was the last.
    pub older: Option<Place>,
}

/// Where an Item stands among all: in the order of their own time. Two never
/// share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub i64);

/// Bits of a place below its time: so many Items may share a millisecond.
const BELOW: u32 = 21;
/// The last millisecond that has places, in the year 2109.
const LAST_MS: i64 = (1 << 42) - 1;

impl Place {
    /// Where an Item stands unless another took the place: then the next free
    /// one after it. Times before 1970 and after 2109 share the places at the
    /// ends.
    pub fn of(account: &AccountId, key: &str, at_ms: i64) -> Place {
        let below = i64::from(hash(&[account.as_str(), key])[0] >> (32 - BELOW));
        Place(Place::from(at_ms).0 | below)
    }

    /// Before all Items of this time and later ones.
    pub fn from(at_ms: i64) -> Place {
        Place(at_ms.clamp(0, LAST_MS) << BELOW)
    }

    /// After all Items before this time, before all others.
    pub fn before(to_ms: i64) -> Place {
        // The last millisecond holds all that comes after it, too.
        if to_ms > LAST_MS {
            return Place(i64::MAX);
        }
        Place::from(to_ms)
    }

    /// The time of a place, milliseconds since 1970.
    pub fn at_ms(self) -> i64 {
        self.0 >> BELOW
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Place {
        Place(self.0.saturating_add(1))
    }
}

impl Query {
    /// The places that its times allow: from the first until before the other.
    pub fn places(&self) -> (Place, Place) {
        let from = self.from_ms.map_or(Place(0), Place::from);
        let to = self.to_ms.map_or(Place(i64::MAX), Place::before);
        (from, to)
    }

    /// Whether audio of this length is meant; what has none only where nobody
    /// asked.
    pub fn admits(&self, seconds: Option<u64>) -> bool {
        let (shortest, longest) = (self.shortest, self.longest);
        match seconds {
            None => shortest.is_none() && longest.is_none(),
            Some(it) => shortest.is_none_or(|s| it >= s) && longest.is_none_or(|l| it <= l),
        }
    }
}

/// What an id has instead of itself among words.
fn hash(texts: &[&str]) -> [u32; 2] {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    let sum = digest.finalize();
    let part = |at: usize| u32::from_be_bytes([sum[at], sum[at + 1], sum[at + 2], sum[at + 3]]);
    [part(0), part(4)]
}

#[cfg(test)]
mod tests;
