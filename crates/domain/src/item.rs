//! An Item: one thing to archive, known by its metadata, before its bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::ExtensionId;
use crate::data_type::DataType;
use crate::media::Expected;

/// The identity of an Item inside its Account. Time plays no part in it:
/// however often a listing shows the item, it is the same one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemId {
    /// What it is.
    pub data_type: DataType,
    /// The provider's id of the recording or message: what LOG counts.
    pub unit: String,
    /// Which part of the message: an attachment id. `None` for a recording
    /// and for the text of an SMS.
    pub part: Option<String>,
}

impl ItemId {
    /// One text, different for every identity: the key in the database.
    /// `/` and `%` inside an id are escaped.
    pub fn key(&self) -> String {
        let unit = escape(&self.unit);
        match &self.part {
            None => format!("{}/{unit}", self.data_type),
            Some(part) => format!("{}/{unit}/{}", self.data_type, escape(part)),
        }
    }

    /// The way back from [`ItemId::key`]; `None` for anything else.
    pub fn from_key(key: &str) -> Option<ItemId> {
        let mut parts = key.split('/');
        let data_type = DataType::from_word(parts.next()?)?;
        let unit = unescape(parts.next()?);
        let part = parts.next().map(unescape);
        parts.next().is_none().then_some(ItemId {
            data_type,
            unit,
            part,
        })
    }
}

fn escape(id: &str) -> String {
    id.replace('%', "%25").replace('/', "%2F")
}

fn unescape(id: &str) -> String {
    id.replace("%2F", "/").replace("%25", "%")
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key())
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key())
    }
}

/// Which way it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To us.
    In,
    /// From us.
    Out,
    /// The provider did not say, or said something new.
    #[default]
    Unknown,
}

/// One end of a call or message. Anything may be absent; nothing is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// As the provider wrote it: mostly E.164, sometimes formatted, sometimes
    /// masked with `XXXX`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<String>,
    /// Short number inside the company.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extension_number: Option<String>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

/// What is known of an Item besides its identity: for its path, its
/// transcript and the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Which way.
    pub direction: Direction,
    /// Who sent or called.
    pub from: Party,
    /// Who received; several for group texts.
    pub to: Vec<Party>,
    /// Length of the audio or call, whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Pages of a fax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    /// The provider's word for how the recording was made (`Automatic`, `OnDemand`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_type: Option<String>,
    /// The call log record it was found in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// The session that binds the records of one call together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The conversation of a text message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// File name the sender gave an attachment; hostile until cleaned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The text of an SMS; the title of a fax or voicemail that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Where the bytes come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fetch {
    /// From the Source, at this address. Only the Source reads it, and the
    /// door checks it before a token goes there.
    From(String),
    /// Made from the Item itself (the text of an SMS): see
    /// [`crate::transcript`].
    Transcript,
    /// There is nothing to fetch: the Item is excluded or its bytes are gone.
    Nothing,
}

/// One thing to archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Who it is.
    pub id: ItemId,
    /// Whose it is; `None` when no extension can be named (then the folder is
    /// `Account`).
    pub extension: Option<ExtensionId>,
    /// Its own time, milliseconds since 1970: `startTime` or `creationTime`.
    pub at_ms: i64,
    /// What is known of it.
    pub facts: Facts,
    /// Where its bytes come from.
    pub fetch: Fetch,
    /// What the bytes must be.
    pub expected: Expected,
    /// Size in bytes, where the provider declared it.
    pub size: Option<u64>,
}

/// How an Item stands at the Source when a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its bytes can be asked for.
    Ready,
    /// It will change before it is final (a fax being sent): come back.
    NotYet(&'static str),
    /// A rule says it is not archived (a recording too short to be kept).
    Excluded(&'static str),
    /// The Source itself says that the bytes are gone.
    Missing(&'static str),
}

/// An Item as one listing showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The Item.
    pub item: Item,
    /// How it stands.
    pub standing: Standing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_identities_apart_and_lead_back() {
        for (unit, part) in [
            ("1", None),
            ("1", Some("2")),
            ("1/2", None),
            ("1%2F2", None),
            ("%252F", Some("/%/")),
        ] {
            let id = ItemId {
                data_type: DataType::Sms,
                unit: unit.to_owned(),
                part: part.map(str::to_owned),
            };
            assert_eq!(ItemId::from_key(&id.key()), Some(id));
        }
        assert_eq!(ItemId::from_key("video/1"), None);
        assert_eq!(ItemId::from_key("sms/1/2/3"), None);
    }
}
