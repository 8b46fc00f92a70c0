//! Manifests: files in the archive itself that say, signed and chained, what
//! was archived and what could not be. Pure: bytes from values and values from
//! bytes; `docs/evidence.md` has the format for those who check it with tools
//! of their own.

mod chain;
mod key;
mod place;
mod read;
mod shape;
mod write;

use crate::account::{AccountId, ExtensionId};
use crate::archive_path::{ArchivePath, Naming};
use crate::audit::Head;
use crate::item::ItemId;
use crate::ledger::DestinationId;

pub use chain::{Flaw, Found, Newness, Wrong, look_through};
pub use key::{PublicKey, SigningKey, hex};
pub use place::{
    FOLDER, folder_of, is_evidence, is_manifest, is_sums, manifest_path, readme, readme_path,
    sums_path,
};
pub use read::read;
pub use write::{sha256, short, short_of_path, sums, write};

/// The version of the format that this program writes, and the newest that it
/// reads.
pub const VERSION: u32 = 1;

/// The first line of a manifest: where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whether it tells of items, or only says how far the chain is.
    pub anchor: bool,
    /// Whose archive.
    pub account: AccountId,
    /// In which destination.
    pub destination: DestinationId,
    /// How files are named there.
    pub naming: Naming,
    /// Its place in its chain, from 1.
    pub seq: u64,
    /// sha256 of the whole manifest before it, lower-case hex; `None` for the
    /// first.
    pub previous: Option<String>,
    /// In the first one of an installation that goes on with the archive of
    /// another one: where that one's chain ended.
    pub follows: Option<Follows>,
    /// When it was made, milliseconds since 1970.
    pub made_ms: i64,
    /// The version of the program that made it.
    pub archiver: String,
    /// Whose signature is at its end; also tells chains apart.
    pub key: PublicKey,
    /// How far the audit log was then, where there is one.
    pub audit: Option<Head>,
}

/// The end of another installation's chain.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Follows {
    /// Its key.
    pub key: PublicKey,
    /// The place of its last manifest.
    pub seq: u64,
    /// sha256 of that manifest, lower-case hex.
    pub sha256: String,
}

/// What a manifest says of one Entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which item.
    pub item: ItemId,
    /// Whose it is, where known.
    pub extension: Option<ExtensionId>,
    /// Its own time, milliseconds since 1970.
    pub at_ms: i64,
    /// How it stood.
    pub fate: Fate,
}

/// How an Entry stood that a manifest tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Archived and verified.
    Archived {
        /// Where it lies.
        path: ArchivePath,
        /// Bytes.
        size: u64,
        /// Of its bytes, lower-case hex.
        sha256: String,
        /// The destination's own hash, as in its receipt.
        hash: String,
    },
    /// It could not be had any more.
    Missing {
        /// The sentence for people.
        cause: String,
    },
}

/// A whole manifest, as it was read and found good by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its first line.
    pub header: Header,
    /// What it tells, in the order of its lines.
    pub told: Vec<Told>,
    /// sha256 of the whole file, lower-case hex.
    pub sha256: String,
}

/// A manifest's place in its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// From 1.
    pub seq: u64,
    /// sha256 of the whole file, lower-case hex.
    pub sha256: String,
    /// When it was made, milliseconds since 1970.
    pub made_ms: i64,
    /// Whether it tells of no items.
    pub anchor: bool,
    /// The hash of the audit log's head that it carries.
    pub audit: Option<String>,
}

impl Link {
    /// Of a manifest.
    pub fn of(header: &Header, sha256: String) -> Link {
        Link {
            seq: header.seq,
            sha256,
            made_ms: header.made_ms,
            anchor: header.anchor,
            audit: header.audit.as_ref().map(|it| it.hash.clone()),
        }
    }
}

/// A chain as the Store knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Its newest manifest.
    pub head: Option<Link>,
    /// The bytes of the newest one, as long as it is not known to lie in the
    /// destination. Nothing follows before it does.
    pub draft: Option<String>,
    /// What the first one says that it follows.
    pub follows: Option<Follows>,
}

impl Chain {
    /// Whether a manifest without items is due: once a day, where the chain or
    /// the audit log has moved since the last one. An audit log that moves every
    /// hour is told once a day, too.
    pub fn wants_anchor(&self, audit: Option<&Head>, now_ms: i64) -> bool {
        let day = |ms: i64| ms.div_euclid(crate::window::DAY_MS);
        let audit = audit.map(|it| &it.hash);
        match &self.head {
            Some(head) if day(head.made_ms) >= day(now_ms) => false,
            Some(head) => !head.anchor || (audit.is_some() && audit != head.audit.as_ref()),
            None => false,
        }
    }
}

/// A file in the evidence folder that we put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// Where it lies.
    pub path: ArchivePath,
    /// Bytes.
    pub size: u64,
    /// Of its bytes, lower-case hex.
    pub sha256: String,
    /// The destination's own hash, as in its receipt.
    pub hash: String,
}

/// An archived Entry as manifests tell of it, to be entered in a Ledger that
/// has lost it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Which item.
    pub item: ItemId,
    /// Whose it is, where known.
    pub extension: Option<ExtensionId>,
    /// Its own time, milliseconds since 1970.
    pub at_ms: i64,
    /// Where it lies, its size and hashes.
    pub exhibit: Exhibit,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::{DAY_MS, HOUR_MS};

    #[test]
    fn an_anchor_is_due_on_the_next_day_and_once() {
        let link = |made_ms, anchor, audit: Option<&str>| Link {
            seq: 1,
            sha256: "aa".to_owned(),
            made_ms,
            anchor,
            audit: audit.map(str::to_owned),
        };
        let audit = |hash: &str| Head {
            seq: 1,
            hash: hash.to_owned(),
        };
        for (head, now, moved, due) in [
            (None, 9 * DAY_MS, None, false),
            (Some(link(HOUR_MS, false, None)), DAY_MS - 1, None, false),
            (Some(link(HOUR_MS, false, None)), DAY_MS, None, true),
            (Some(link(HOUR_MS, true, None)), 5 * DAY_MS, None, false),
            (Some(link(0, true, None)), DAY_MS, Some("b"), true),
            (Some(link(0, true, Some("b"))), DAY_MS, Some("b"), false),
            (Some(link(0, true, Some("a"))), HOUR_MS, Some("b"), false),
        ] {
            let chain = Chain {
                head,
                ..Chain::default()
            };
            let moved = moved.map(audit);
            let wants = chain.wants_anchor(moved.as_ref(), now);
            assert_eq!(wants, due, "{chain:?} at {now}");
        }
    }
}
