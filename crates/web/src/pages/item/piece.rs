//! A part of a message as a page shows it: a player, a picture, or a file.

use domain::search::Hit;

use super::kind::Kind;
use super::name;
use crate::size;
use crate::texts::statuses;

/// One part.
pub(crate) struct Piece {
    /// What the file is called.
    pub(crate) name: String,
    /// Its page.
    pub(crate) href: String,
    /// Its bytes, for the page.
    pub(crate) content: String,
    /// Its bytes, as a file.
    pub(crate) file: String,
    /// Its size.
    pub(crate) size: String,
    /// How it stands, as a sentence and as a word.
    pub(crate) state: &'static str,
    pub(crate) word: &'static str,
    /// It is archived.
    pub(crate) is_here: bool,
    /// It is the one whose page it is.
    pub(crate) is_current: bool,
    kind: Kind,
}

impl Piece {
    /// Of a part.
    pub(crate) fn of(hit: &Hit, is_current: bool) -> Piece {
        let path = hit.path.as_deref().unwrap_or_default();
        let name = path.rsplit('/').next().filter(|it| !it.is_empty());
        let href = name::href(&hit.item);
        Piece {
            name: name.unwrap_or(&hit.item).to_owned(),
            content: format!("{href}/content"),
            file: format!("{href}/file"),
            href,
            size: hit.size.map(size::words).unwrap_or_default(),
            state: statuses::state(&hit.state),
            word: hit.state.word(),
            is_here: hit.path.is_some(),
            is_current,
            kind: Kind::of(path),
        }
    }

    /// It is heard.
    pub(crate) fn is_sound(&self) -> bool {
        self.is_here && matches!(self.kind, Kind::Sound(_))
    }

    /// A picture of what is heard.
    pub(crate) fn waveform(&self) -> String {
        format!("{}/waveform.svg", self.href)
    }

    /// It is seen.
    pub(crate) fn is_picture(&self) -> bool {
        self.is_here && matches!(self.kind, Kind::Picture(_))
    }

    /// It is neither heard nor seen nor read here.
    pub(crate) fn is_file(&self) -> bool {
        self.is_here && matches!(self.kind, Kind::Pdf | Kind::File)
    }
}
