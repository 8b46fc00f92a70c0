//! Handing over: what somebody asked for as one ZIP, with what proves and
//! explains it. Pure: which files there are, where each lies and how long it
//! is, is decided from the ledger alone before a byte is read, so the ZIP goes
//! from the destination straight to the person, and a download that broke off
//! goes on where it was.

mod books;
mod mail;
mod part;
mod plan;
mod row;
mod rsmf;
pub mod zip;

use serde::{Deserialize, Serialize};

use crate::account::{AccountId, ExtensionId};
use crate::connection::BackupId;
use crate::id::string_id;

pub use books::{
    VERSION, csv_head, csv_line, json_line, manifest_foot, manifest_head, manifest_item, sums_line,
};
pub use mail::eml;
pub use part::{Inner, LINE, Part, Source};
pub use plan::{Laid, Planner, made_of};
pub use row::Row;
pub use rsmf::rsmf;

string_id! {
    /// An Export.
    ExportId
}

/// The folder of the originals.
pub const FILES: &str = "files";
/// An Export has no more items than this: it is asked for in parts.
pub const MOST_ITEMS: u64 = 1_000_000;
/// So long an Export can be fetched, milliseconds.
pub const LASTS_MS: i64 = 7 * crate::window::DAY_MS;

/// What somebody asked to have, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Its id.
    pub id: ExportId,
    /// The company.
    pub account: AccountId,
    /// Out of whose items.
    pub backup: BackupId,
    /// Who may see it besides admins: whoever asked; `None`: the terminal.
    pub viewer: Option<ExtensionId>,
    /// Who asked, as the manifest tells it.
    pub by: String,
    /// What was asked, as a search has it in its address.
    pub asked: String,
    /// Items that are left out because they could not be read.
    pub without: Vec<String>,
    /// When, milliseconds since 1970.
    pub made_ms: i64,
    /// Until when it can be fetched, milliseconds since 1970.
    pub ends_ms: i64,
    /// How far it is.
    pub stage: Stage,
    /// What it holds.
    pub counts: Counts,
    /// Files in the ZIP, once they are known.
    pub files: u64,
    /// Where the directory of the ZIP begins, once it is known.
    pub directory_at: u64,
    /// Bytes of the whole ZIP, once they are known.
    pub size: u64,
    /// The item that could not be read, and why, in a sentence.
    pub trouble: Option<(String, String)>,
}

/// How far an Export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Its items are being written down.
    Making,
    /// It can be fetched.
    Ready,
    /// A file did not hold what the ledger says; without it, it can be made
    /// again.
    Broken,
}

/// How many items of an Export stood how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Handed over.
    pub there: u64,
    /// Not archived yet.
    pub pending: u64,
    /// Never to be had.
    pub missing: u64,
    /// Left out of the archive by a rule.
    pub excluded: u64,
    /// Archived, but left out here because they could not be read.
    pub left_out: u64,
    /// Bytes of the originals that are handed over.
    pub bytes: u64,
}

impl Counts {
    /// All of them.
    pub fn all(&self) -> u64 {
        self.there + self.pending + self.missing + self.excluded + self.left_out
    }

    /// Counts one more.
    pub fn add(&mut self, row: &Row) {
        let count = match (row.source(), row.state.as_str()) {
            (Some(source), _) => {
                self.bytes += source.size;
                &mut self.there
            }
            (None, "pending") => &mut self.pending,
            (None, "missing") => &mut self.missing,
            (None, "excluded") => &mut self.excluded,
            (None, _) => &mut self.left_out,
        };
        *count += 1;
    }
}

/// What a file of the ZIP is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A text that is in every one.
    Text,
    /// An original.
    Item,
    /// A message as mail.
    Eml,
    /// A day of a conversation.
    Rsmf,
    /// The CSV.
    Csv,
    /// The JSON lines.
    Lines,
    /// The manifest.
    Manifest,
    /// The list of sums.
    Sums,
}

/// Every kind with its word in the database.
const WORDS: [(What, &str); 8] = [
    (What::Text, "text"),
    (What::Item, "item"),
    (What::Eml, "eml"),
    (What::Rsmf, "rsmf"),
    (What::Csv, "csv"),
    (What::Lines, "lines"),
    (What::Manifest, "manifest"),
    (What::Sums, "sums"),
];

impl What {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        let found = WORDS.iter().find(|(it, _)| *it == self);
        found.map_or("", |(_, word)| word)
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<What> {
        let found = WORDS.iter().find(|(_, it)| *it == word);
        found.map(|(it, _)| *it)
    }
}

/// A file of the ZIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where its head begins in the ZIP. No two have the same.
    pub at: u64,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Its time, milliseconds since 1970.
    pub at_ms: i64,
    /// What it is.
    pub what: What,
    /// The place of the first row that it is made of; empty where none is.
    pub first: String,
    /// Of how many rows it is made.
    pub rows: u32,
    /// Of an original: its item.
    pub item: String,
    /// sha256, lower-case hex: of an original from the ledger, of all others
    /// once they were made.
    pub sha256: Option<String>,
    /// CRC-32, once its bytes have passed.
    pub crc: Option<u32>,
}

impl File {
    /// As the records of the ZIP take it.
    pub fn member(&self) -> zip::Member<'_> {
        zip::Member {
            name: &self.name,
            size: self.size,
            at_ms: self.at_ms,
        }
    }

    /// Where the next one's head begins.
    pub fn end(&self) -> u64 {
        self.at + self.member().span()
    }

    /// An original, as it is to be read from the destination.
    pub fn source(&self) -> Option<Source> {
        let path = self.name.strip_prefix(FILES)?.strip_prefix('/')?;
        Some(Source {
            item: self.item.clone(),
            path: path.to_owned(),
            size: self.size,
            sha256: self.sha256.clone()?,
        })
    }
}

/// The sums of a file whose bytes have passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Which ([`File::at`]).
    pub at: u64,
    /// sha256, lower-case hex.
    pub sha256: String,
    /// CRC-32.
    pub crc: u32,
}

/// The texts that are in every export, by name.
pub const TEXTS: [(&str, &str); 3] = [
    ("README.txt", include_str!("README.txt")),
    ("verify.sh", include_str!("verify.sh")),
    ("verify.ps1", include_str!("verify.ps1")),
];
/// The list of sums.
pub const SUMS: &str = "SHA256SUMS";
