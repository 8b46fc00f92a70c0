//! What a browser may show of an archive by itself: sound and pictures, from a
//! short list. Everything else is a file to save, whatever it calls itself: a
//! page or a drawing with a script in it must never run as if it were ours.

/// Shown in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sound, of this media type.
    Sound(&'static str),
    /// A picture, of this media type.
    Picture(&'static str),
    /// Text of ours and transcripts: shown by us, never as a file.
    Text,
    /// A document that may be drawn as pictures of its pages.
    Pdf,
    /// Anything else.
    File,
}

impl Kind {
    /// By the ending of an archive path: it was chosen by the bytes when they
    /// were archived.
    pub(crate) fn of(path: &str) -> Kind {
        let name = path.rsplit('/').next().unwrap_or_default();
        let ending = name.rsplit_once('.').map(|(_, it)| it.to_ascii_lowercase());
        match ending.as_deref() {
            Some("mp3") => Kind::Sound("audio/mpeg"),
            Some("wav") => Kind::Sound("audio/wav"),
            Some("jpg" | "jpeg") => Kind::Picture("image/jpeg"),
            Some("png") => Kind::Picture("image/png"),
            Some("gif") => Kind::Picture("image/gif"),
            Some("webp") => Kind::Picture("image/webp"),
            Some("txt") => Kind::Text,
            Some("pdf") => Kind::Pdf,
            _ => Kind::File,
        }
    }

    /// The media type with which it is sent where a page shows it; `None`:
    /// only as a file to save.
    pub(crate) fn shown_as(self) -> Option<&'static str> {
        match self {
            Kind::Sound(it) | Kind::Picture(it) => Some(it),
            Kind::Text | Kind::Pdf | Kind::File => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sound_and_pictures_are_shown() {
        for (path, shown) in [
            ("Archive/a.mp3", Some("audio/mpeg")),
            ("Archive/a.WAV", Some("audio/wav")),
            ("a/b.c/d.jpeg", Some("image/jpeg")),
            ("a.png", Some("image/png")),
            ("a.gif", Some("image/gif")),
            ("a.webp", Some("image/webp")),
            ("a.svg", None),
            ("a.html", None),
            ("a.xhtml", None),
            ("a.pdf", None),
            ("a.txt", None),
            ("a.tif", None),
            ("a.mp3/b", None),
            ("mp3", None),
            ("", None),
        ] {
            assert_eq!(Kind::of(path).shown_as(), shown, "{path}");
        }
    }
}
