//! The audit log: who did what, and who looked at what. A **Deed** is what is
//! told; a **Link** is a Deed in the chain of its company, which no one can
//! change, take out or put elsewhere without it being seen. Deeds hold ids and
//! our own words: no secret, no name, no number of anybody, nothing that
//! somebody wrote.

mod chain;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::{AccountId, ExtensionId};
use crate::manifest::sha256;

pub use chain::{Broken, Check, Stamp};

/// The book of what belongs to the server itself and to no company: what is
/// done by who is not signed in, and by the command line to all of it.
/// RingCentral's own ids are numbers.
pub fn server_book() -> AccountId {
    AccountId::new("server")
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody signed in, by their extension.
    Extension(ExtensionId),
    /// A program, by the id of its personal token.
    Token(String),
    /// Whoever has the terminal of the server's machine.
    CommandLine,
    /// The server by itself.
    System,
    /// A browser or program that did not say who it is.
    Nobody,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Extension(id) => write!(f, "extension {id}"),
            Actor::Token(id) => write!(f, "token {id}"),
            Actor::CommandLine => f.write_str("command line"),
            Actor::System => f.write_str("system"),
            Actor::Nobody => f.write_str("nobody"),
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was done, or shown.
    Done,
    /// There was nothing to do.
    Unchanged,
    /// They may not, or what they asked makes no sense.
    Refused,
    /// Too often.
    Limited,
    /// It could not be done.
    Failed,
}

impl Ending {
    /// All of them.
    pub const ALL: [Ending; 5] = [
        Ending::Done,
        Ending::Unchanged,
        Ending::Refused,
        Ending::Limited,
        Ending::Failed,
    ];

    /// The word in the log.
    pub fn word(self) -> &'static str {
        match self {
            Ending::Done => "done",
            Ending::Unchanged => "unchanged",
            Ending::Refused => "refused",
            Ending::Limited => "limited",
            Ending::Failed => "failed",
        }
    }
}

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub actor: Actor,
    /// What: a word of ours, `backup.switch`.
    pub action: &'static str,
    /// To what: ids and words of ours. May be empty.
    pub target: String,
    /// What came of it.
    pub result: Ending,
}

/// Where a chain ends: its newest Link. Kept elsewhere, it proves that nothing
/// before it was changed or taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Which Link; the first is 1, 0 is a chain without any.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

/// A Deed in its chain. Its words are kept as text: a newer version may have
/// words that this one does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Whose chain.
    pub account: AccountId,
    /// Its place in it.
    pub seq: i64,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub target: String,
    /// What came of it.
    pub result: String,
    /// The hash of the Link before it; of the first, the chain's beginning.
    pub previous: String,
    /// SHA-256, lower-case hex: see [`Link::digest`].
    pub hash: String,
    /// HMAC-SHA256 of the hash, lower-case hex, by a key that is not in the
    /// database in the open: who can write there can compute the hash, and not
    /// this.
    pub seal: String,
}

/// The longest target that is kept, characters.
const LONGEST: usize = 200;

impl Link {
    /// The Deed as the next Link of a chain that ends with `head`.
    pub fn next(account: &AccountId, head: &Head, deed: &Deed, stamp: &Stamp) -> Link {
        let mut link = Link {
            account: account.clone(),
            seq: head.seq + 1,
            at_ms: deed.at_ms,
            actor: clean(&deed.actor.to_string()),
            action: deed.action.to_owned(),
            target: clean(&deed.target),
            result: deed.result.word().to_owned(),
            previous: head.hash.clone(),
            hash: String::new(),
            seal: String::new(),
        };
        link.hash = link.digest();
        link.seal = stamp.press(&link.hash);
        link
    }

    /// What its hash must be: SHA-256 of the JSON array
    /// `[previous,account,seq,at_ms,actor,action,target,result]` without
    /// spaces, in UTF-8. Anybody can compute it.
    pub fn digest(&self) -> String {
        let parts = (
            &self.previous,
            self.account.as_str(),
            self.seq,
            self.at_ms,
            &self.actor,
            &self.action,
            &self.target,
            &self.result,
        );
        // Texts and numbers always have a JSON form.
        sha256(&serde_json::to_vec(&parts).unwrap_or_default())
    }

    /// The chain's end, if this is its last.
    pub fn head(&self) -> Head {
        Head {
            seq: self.seq,
            hash: self.hash.clone(),
        }
    }
}

/// One line, not too long: ids come from providers and addresses.
fn clean(text: &str) -> String {
    let printed = |it: char| if it.is_control() { '\u{fffd}' } else { it };
    text.chars().take(LONGEST).map(printed).collect()
}

#[cfg(test)]
mod tests;
