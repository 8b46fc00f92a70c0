//! What a file of an export is made of, and how long it is, before a byte of
//! it is there.

use bytes::Bytes;

use super::zip::{self, Member};

/// A piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// These bytes.
    Bytes(Bytes),
    /// An archived file, as it lies in the destination.
    File(Source),
    /// Pieces as base64 in lines of 76, as mail has it.
    Base64(Vec<Part>),
    /// A ZIP of its own.
    Zip(Vec<Inner>),
}

/// An archived file, as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Whose it is ([`crate::item::ItemId::key`]).
    pub item: String,
    /// Where it lies.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Of its bytes, lower-case hex.
    pub sha256: String,
}

/// A member of a ZIP within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inner {
    /// Its name.
    pub name: String,
    /// Its time, milliseconds since 1970.
    pub at_ms: i64,
    /// Its bytes.
    pub part: Part,
}

/// Bytes that make a line of base64.
pub const LINE: usize = 57;
/// A line of base64 with its end.
const LINE_IN_BASE64: u64 = 78;

impl Part {
    /// Text.
    pub fn text(text: impl Into<String>) -> Part {
        Part::Bytes(Bytes::from(text.into()))
    }

    /// Its length, bytes.
    pub fn size(&self) -> u64 {
        match self {
            Part::Bytes(bytes) => bytes.len() as u64,
            Part::File(source) => source.size,
            Part::Base64(parts) => base64_size(parts.iter().map(Part::size).sum()),
            Part::Zip(members) => zip_size(members),
        }
    }
}

impl Inner {
    /// As the ZIP's records take it.
    pub fn member(&self) -> Member<'_> {
        Member {
            name: &self.name,
            size: self.part.size(),
            at_ms: self.at_ms,
        }
    }
}

fn base64_size(size: u64) -> u64 {
    let line = LINE as u64;
    let last = match size % line {
        0 => 0,
        some => some.div_ceil(3) * 4 + 2,
    };
    size / line * LINE_IN_BASE64 + last
}

fn zip_size(members: &[Inner]) -> u64 {
    let (mut at, mut directory) = (0, 0);
    for inner in members {
        let member = inner.member();
        directory += member.line(at, 0).len() as u64;
        at += member.span();
    }
    at + directory + zip::end(members.len() as u64, at, directory).len() as u64
}
