//! Where an Item lies in the archive: the rules of naming. Pure, injective
//! (also under case folding and Unicode NFC), and acceptable to Dropbox and
//! Windows whatever a provider or a person put into a name.
//!
//! A path is made in two steps. The [`stem`] is fixed when the Item is first
//! seen; [`finished`] adds what only the bytes and the destination can tell:
//! the file name extension and, where another file lies there, a version.

mod clean;
mod file_extension;
mod folder;
mod identity;
mod original;
mod rules;
mod stem;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

pub use file_extension::file_extension;
pub use folder::folder_name;
pub use stem::stem;

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

impl Naming {
    /// The folder that everything of an archive lies in: the first component
    /// of its paths.
    pub fn root(self) -> &'static str {
        match self {
            Naming::RingCentral => "RingCentral Archiver",
            Naming::Default | Naming::FlatMonth | Naming::Privacy => "Archive",
        }
    }
}

/// A path inside the archive: components joined by `/`, no leading slash.
/// Every value of this type obeys the rules of Dropbox and Windows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArchivePath(String);

impl ArchivePath {
    /// Checks a path against the rules. `Kind::PathRefused` names the rule
    /// and never the path: paths hold names and numbers.
    ///
    /// ```
    /// use domain::archive_path::ArchivePath;
    /// assert!(ArchivePath::new("Archive/2026-06/a call.mp3").is_ok());
    /// for refused in ["", "/a", "a/../b", "a\\b", "CON.txt", "what?", "a ", "desktop.ini"] {
    ///     assert!(ArchivePath::new(refused).is_err(), "{refused}");
    /// }
    /// ```
    pub fn new(path: impl Into<String>) -> Result<ArchivePath> {
        let path = path.into();
        match rules::broken(&path) {
            None => Ok(ArchivePath(path)),
            Some(rule) => Err(Error::new(Kind::PathRefused, rule)),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The stem from which [`finished`] made it: without the file name
    /// extension and the version.
    ///
    /// ```
    /// use domain::archive_path::ArchivePath;
    /// assert_eq!(ArchivePath::new("Archive/a.b rec1 v2.mp3")?.stem(), "Archive/a.b rec1");
    /// assert_eq!(ArchivePath::new("Archive/a rec1")?.stem(), "Archive/a rec1");
    /// # Ok::<(), domain::Error>(())
    /// ```
    pub fn stem(&self) -> &str {
        let name = self.0.rfind('/').map_or(0, |at| at + 1);
        let end = self.0[name..]
            .rfind('.')
            .map_or(self.0.len(), |at| name + at);
        let whole = &self.0[..end];
        match whole.rsplit_once(" v") {
            Some((stem, version)) if version.parse::<u32>().is_ok() => stem,
            _ => whole,
        }
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

/// Longest file name extension, without its dot.
const EXTENSION_UNITS: usize = 8;
/// Most that is added to a stem: ` v4294967295.` and the extension.
const SUFFIX_UNITS: usize = 13 + EXTENSION_UNITS;
/// Room for the last component of a stem, UTF-16 units.
const ROOM: usize = rules::COMPONENT_UNITS - SUFFIX_UNITS;

/// The whole path of a file. The first version adds nothing to the stem;
/// later ones, for other bytes under the same identity, add ` v2`, ` v3` ….
/// An extension that is not one to eight ASCII letters and digits becomes
/// `bin`.
///
/// ```
/// use domain::archive_path::finished;
/// assert_eq!(finished("Archive/a rec1", 1, "MP3")?.as_str(), "Archive/a rec1.mp3");
/// assert_eq!(finished("Archive/a rec1", 2, "../x")?.as_str(), "Archive/a rec1 v2.bin");
/// # Ok::<(), domain::Error>(())
/// ```
pub fn finished(stem: &str, version: u32, file_extension: &str) -> Result<ArchivePath> {
    let extension = file_extension.to_ascii_lowercase();
    let is_plain = (1..=EXTENSION_UNITS).contains(&extension.len())
        && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    let extension = if is_plain { extension.as_str() } else { "bin" };
    ArchivePath::new(match version {
        0 | 1 => format!("{stem}.{extension}"),
        later => format!("{stem} v{later}.{extension}"),
    })
}
