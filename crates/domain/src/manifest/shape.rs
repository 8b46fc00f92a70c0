//! The lines of a manifest as JSON. The order of the fields here is their
//! order there.

use serde::{Deserialize, Serialize};

use super::{Fate, Follows, Header, PublicKey, Told, VERSION};
use crate::account::{AccountId, ExtensionId};
use crate::archive_path::{ArchivePath, Naming};
use crate::audit::Head;
use crate::data_type::DataType;
use crate::item::ItemId;
use crate::ledger::DestinationId;
use crate::window::instant;

const FORMAT: &str = "archiver-manifest";

#[derive(Serialize, Deserialize)]
pub(super) struct HeadLine {
    format: String,
    version: u32,
    kind: Kind,
    account: AccountId,
    destination: DestinationId,
    naming: Naming,
    /// The folder that paths are relative to.
    root: String,
    seq: u64,
    previous: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    follows: Option<Follows>,
    made_at: String,
    archiver: String,
    key: PublicKey,
    audit: Option<Head>,
    pub(super) entries: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Entries,
    Anchor,
}

impl HeadLine {
    pub(super) fn of(header: &Header, entries: u64) -> HeadLine {
        HeadLine {
            format: FORMAT.to_owned(),
            version: VERSION,
            kind: if header.anchor {
                Kind::Anchor
            } else {
                Kind::Entries
            },
            account: header.account.clone(),
            destination: header.destination.clone(),
            naming: header.naming,
            root: header.naming.root().to_owned(),
            seq: header.seq,
            previous: header.previous.clone(),
            follows: header.follows.clone(),
            made_at: moment(header.made_ms),
            archiver: header.archiver.clone(),
            key: header.key.clone(),
            audit: header.audit.clone(),
            entries,
        }
    }

    /// `None`: of another format, or of a version that is not known here.
    pub(super) fn header(self) -> Option<Header> {
        let known = self.format == FORMAT && self.version == VERSION;
        let whole = known && self.root == self.naming.root() && self.seq > 0;
        whole.then_some(Header {
            anchor: self.kind == Kind::Anchor,
            account: self.account,
            destination: self.destination,
            naming: self.naming,
            seq: self.seq,
            previous: self.previous,
            follows: self.follows,
            made_ms: moment_ms(&self.made_at)?,
            archiver: self.archiver,
            key: self.key,
            audit: self.audit,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct EntryLine {
    state: String,
    #[serde(rename = "type")]
    data_type: DataType,
    id: String,
    part: Option<String>,
    extension: Option<ExtensionId>,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    cause: Option<String>,
}

impl EntryLine {
    pub(super) fn of(told: &Told, root: &str) -> EntryLine {
        let mut line = EntryLine {
            state: "missing".to_owned(),
            data_type: told.item.data_type,
            id: told.item.unit.clone(),
            part: told.item.part.clone(),
            extension: told.extension.clone(),
            at: moment(told.at_ms),
            path: None,
            size: None,
            sha256: None,
            hash: None,
            cause: None,
        };
        match &told.fate {
            Fate::Archived {
                path,
                size,
                sha256,
                hash,
            } => {
                "archived".clone_into(&mut line.state);
                line.path = Some(within(root, path.as_str()));
                line.size = Some(*size);
                line.sha256 = Some(sha256.clone());
                line.hash = Some(hash.clone());
            }
            Fate::Missing { cause } => line.cause = Some(cause.clone()),
        }
        line
    }

    pub(super) fn told(self, root: &str) -> Option<Told> {
        let fate = match self.state.as_str() {
            "archived" => Fate::Archived {
                path: ArchivePath::new(without(root, &self.path?)).ok()?,
                size: self.size?,
                sha256: self.sha256?,
                hash: self.hash?,
            },
            "missing" => Fate::Missing { cause: self.cause? },
            _ => return None,
        };
        Some(Told {
            item: ItemId {
                data_type: self.data_type,
                unit: self.id,
                part: self.part,
            },
            extension: self.extension,
            at_ms: moment_ms(&self.at)?,
            fate,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct FootLine {
    pub(super) sha256: String,
    pub(super) signature: String,
}

/// A path of the archive as it is written below its root folder.
pub(super) fn within(root: &str, path: &str) -> String {
    let below = path.strip_prefix(root).and_then(|it| it.strip_prefix('/'));
    below.map_or_else(|| format!("../{path}"), str::to_owned)
}

fn without(root: &str, below: &str) -> String {
    match below.strip_prefix("../") {
        Some(path) => path.to_owned(),
        None => format!("{root}/{below}"),
    }
}

fn moment(ms: i64) -> String {
    instant(ms).to_string()
}

fn moment_ms(text: &str) -> Option<i64> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(at.as_millisecond())
}
