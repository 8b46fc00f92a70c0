//! An Item as an export shows it: as it was when the export was made, whatever
//! becomes of it later.

use serde::{Deserialize, Serialize};

use crate::account::ExtensionId;
use crate::data_type::DataType;
use crate::item::{Direction, Facts, ItemId, Party};
use crate::ledger::EntryState;
use crate::manifest::{hex, short};
use crate::search::Hit;
use crate::window::DAY_MS;

use super::part::Source;

/// One Item of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Identity of the Item ([`ItemId::key`]).
    pub item: String,
    /// Whose it is.
    pub extension: Option<ExtensionId>,
    /// Its own time, milliseconds since 1970.
    pub at_ms: i64,
    /// What is known of it.
    pub facts: Facts,
    /// How it stood, in a word ([`EntryState::word`]).
    pub state: String,
    /// Why it was pending, in a word; empty for all others.
    pub reason: String,
    /// Why, in a sentence; empty when it was archived.
    pub cause: String,
    /// Where it lies, once it is archived.
    pub path: Option<String>,
    /// Its size in bytes, once it is archived.
    pub size: Option<u64>,
    /// Of its bytes, lower-case hex, once it is archived.
    pub sha256: Option<String>,
    /// It is archived, but somebody said that it shall be left out, because it
    /// could not be read.
    pub left_out: bool,
}

/// Hex digits of a sum within a place.
const DIGITS: usize = 16;
/// The last time that has a place of its own: 15 digits.
const LAST_MS: i64 = 999_999_999_999_999;
/// So much of a place is one message.
const MESSAGE: usize = 1 + DIGITS + 15 + DIGITS;

impl Row {
    /// Of what was found.
    pub fn of(hit: Hit, left_out: bool) -> Row {
        let reason = match &hit.state {
            EntryState::Pending(reason) => reason.word(),
            _ => "",
        };
        Row {
            state: hit.state.word().to_owned(),
            reason: reason.to_owned(),
            item: hit.item,
            extension: hit.extension,
            at_ms: hit.at_ms,
            facts: hit.facts,
            cause: hit.cause,
            path: hit.path,
            size: hit.size,
            sha256: hit.sha256,
            left_out,
        }
    }

    /// What it is; `None` where its identity cannot be read.
    pub fn id(&self) -> Option<ItemId> {
        ItemId::from_key(&self.item)
    }

    /// Its file, where there is one to be handed over.
    pub fn source(&self) -> Option<Source> {
        let there = self.state == EntryState::Archived.word() && !self.left_out;
        Some(Source {
            item: self.item.clone(),
            path: self.path.clone().filter(|_| there)?,
            size: self.size?,
            sha256: self.sha256.clone()?,
        })
    }

    /// Where it stands among all of an export: first what is no text, by time;
    /// then the texts, conversation by conversation, message by message, the
    /// words of each first. Digits and a to f only, so every database has the
    /// same order.
    pub fn place(&self) -> String {
        let at = self.at_ms.clamp(0, LAST_MS);
        let (message, part) = match self.id() {
            Some(id) => (sum(&id.unit), id.part.map(|it| sum(&it))),
            None => (sum(&self.item), None),
        };
        let part = part.unwrap_or_else(|| "0".repeat(DIGITS));
        // Two items never share a place, whatever their parts' sums are.
        let own = sum(&self.item);
        match self.conversation() {
            None => format!("0{}{at:015}{message}{part}{own}", "0".repeat(DIGITS)),
            Some(conversation) => format!("1{conversation}{at:015}{message}{part}{own}"),
        }
    }

    /// Which conversation of which mailbox a text belongs to, as 16 hex digits;
    /// `None` for what is no text.
    pub fn conversation(&self) -> Option<String> {
        let id = self.id()?;
        if id.data_type != DataType::Sms {
            return None;
        }
        let whose = self.extension.as_ref().map_or("", ExtensionId::as_str);
        let told = self.facts.conversation_id.clone();
        let between = told.unwrap_or_else(|| {
            let mut all: Vec<String> = self.parties().map(who).collect();
            all.sort();
            all.dedup();
            all.join("\n")
        });
        Some(sum(&format!("{whose}\n{between}")))
    }

    /// Whether both are parts of one message.
    pub(super) fn is_of_message(&self, other: &Row) -> bool {
        self.place()[..MESSAGE] == other.place()[..MESSAGE]
    }

    /// Which day it lies in, UTC, counted from 1970.
    pub(super) fn day(&self) -> i64 {
        self.at_ms.max(0) / DAY_MS
    }

    /// Everybody in it, who sent it first.
    pub(super) fn parties(&self) -> impl Iterator<Item = &Party> {
        std::iter::once(&self.facts.from).chain(&self.facts.to)
    }

    /// Which way, as a word; empty where nobody knows.
    pub(super) fn way(&self) -> &'static str {
        match self.facts.direction {
            Direction::In => "in",
            Direction::Out => "out",
            Direction::Unknown => "",
        }
    }
}

/// By what a party is told from others: its number, else its extension number,
/// else its name.
pub(super) fn who(party: &Party) -> String {
    let known = [&party.number, &party.extension_number, &party.name];
    let first = known.into_iter().flatten().next();
    first.cloned().unwrap_or_else(|| "unknown".to_owned())
}

/// The first 16 hex digits of a text's sha256.
pub(super) fn sum(text: &str) -> String {
    hex(&short(text))[..DIGITS].to_owned()
}
