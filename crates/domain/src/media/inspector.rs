//! The Inspector: looks at bytes as they pass and says what they are and
//! whether they are all there.

use std::fmt;

use super::gif::Gif;
use super::jpeg::Jpeg;
use super::mp3::Mp3;
use super::pdf::Pdf;
use super::png::Png;
use super::sniff::{self, HEAD_BYTES};
use super::tiff::Tiff;
use super::walk::{Follow, Walk};
use super::wav::Wav;
use super::{Expected, Format};
use crate::error::{Error, Kind, Result};

/// How sure it is that nothing is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// The format itself says where it ends, and it ends there.
    Proved,
    /// The format does not tell: only the transport can.
    Unverifiable,
}

/// What an inspection found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What the bytes are.
    pub format: Format,
    /// Whether they are all there.
    pub whole: Whole,
}

/// Looks at bytes as they pass, in portions of any size; the portions change
/// nothing about the finding. Holds a few KiB, except of a TIFF, whose
/// directory may stand anywhere: up to 8 MiB, and beyond them it is
/// [`Whole::Unverifiable`].
///
/// ```
/// use domain::media::{Expected, Format, Inspector, Whole};
/// let mut fax = Inspector::new(Expected::Document);
/// fax.feed(b"%PDF-1.4 ...");
/// fax.feed(b"... %%EOF\n");
/// let finding = fax.finish()?;
/// assert_eq!((finding.format, finding.whole), (Format::Pdf, Whole::Proved));
///
/// let mut recording = Inspector::new(Expected::Audio);
/// recording.feed(b"<html><body>502 Bad Gateway</body></html>");
/// let error = recording.finish().unwrap_err();
/// assert_eq!(error.to_string(), "an HTML or XML page came instead of audio");
/// # Ok::<(), domain::Error>(())
/// ```
pub struct Inspector {
    expected: Expected,
    head: Vec<u8>,
    known: Option<Known>,
}

/// A format and the one who follows it.
struct Known {
    format: Format,
    follow: Option<Box<dyn Follow>>,
}

impl Inspector {
    /// An inspection that has seen nothing yet.
    pub fn new(expected: Expected) -> Inspector {
        Inspector {
            expected,
            head: Vec::new(),
            known: None,
        }
    }

    /// The next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        if self.known.is_none() {
            let (head, beyond) = bytes.split_at(bytes.len().min(HEAD_BYTES - self.head.len()));
            self.head.extend_from_slice(head);
            rest = beyond;
            if let Some(format) = sniff::early(&self.head) {
                self.known = Some(self.begin(format));
            } else if self.head.len() == HEAD_BYTES {
                self.known = Some(self.begin(self.guess(false)));
            }
        }
        if let Some(Known {
            follow: Some(follow),
            ..
        }) = &mut self.known
        {
            follow.feed(rest);
        }
    }

    /// What the bytes are, once enough of them came: at the latest after
    /// [`HEAD_BYTES`]. Of a shorter file, only [`Inspector::finish`] tells.
    pub fn format(&self) -> Option<Format> {
        self.known.as_ref().map(|known| known.format)
    }

    /// The verdict, when all bytes have come. `Kind::Incomplete`, with a
    /// sentence for people, when bytes are missing, when there are none, or
    /// when a page, a JSON answer or plain text came where something else is
    /// due. A binary format that nobody here knows passes, unverifiable:
    /// better kept than lost.
    pub fn finish(mut self) -> Result<Finding> {
        if self.head.is_empty() {
            return Err(Error::new(Kind::Incomplete, "the file is empty"));
        }
        let known = match self.known.take() {
            Some(known) => known,
            None => self.begin(self.guess(true)),
        };
        refuse(self.expected, known.format)?;
        let whole = match &known.follow {
            Some(follow) => follow.judge()?,
            None => Whole::Unverifiable,
        };
        Ok(Finding {
            format: known.format,
            whole,
        })
    }

    /// The format of a head without a signature. Where text is due and
    /// nothing better is known, text it is: people write control characters.
    fn guess(&self, whole: bool) -> Format {
        match sniff::format(&self.head, whole) {
            Format::Other if self.expected == Expected::Text => Format::Text,
            format => format,
        }
    }

    /// Follows the format from the head on.
    fn begin(&self, format: Format) -> Known {
        let mut follow: Option<Box<dyn Follow>> = match format {
            Format::Wav => Some(Box::new(Walk::new(Wav::default()))),
            Format::Mp3 => Some(Box::new(Walk::new(Mp3::new(sniff::first_frame(
                &self.head,
            ))))),
            Format::Png => Some(Box::new(Walk::new(Png))),
            Format::Jpeg => Some(Box::new(Walk::new(Jpeg::default()))),
            Format::Gif => Some(Box::new(Walk::new(Gif::default()))),
            Format::Pdf => Some(Box::new(Pdf::default())),
            Format::Tiff => Some(Box::new(Tiff::default())),
            Format::Text | Format::Html | Format::Json | Format::Other => None,
        };
        if let Some(follow) = &mut follow {
            follow.feed(&self.head);
        }
        Known { format, follow }
    }
}

impl fmt::Debug for Inspector {
    /// Without the bytes: they are somebody's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspector")
            .field("expected", &self.expected)
            .field("format", &self.format())
            .finish_non_exhaustive()
    }
}

/// Refuses what is surely an error answer in the place of a file.
fn refuse(expected: Expected, format: Format) -> Result<()> {
    let came = match format {
        Format::Html => "an HTML or XML page",
        Format::Json => "a JSON answer",
        Format::Text => "plain text",
        _ => return Ok(()),
    };
    let due = match expected {
        Expected::Audio => "audio",
        Expected::Document => "a document",
        Expected::Text if format != Format::Text => "plain text",
        Expected::Text | Expected::Anything => return Ok(()),
    };
    Err(Error::new(
        Kind::Incomplete,
        format!("{came} came instead of {due}"),
    ))
}

/// The refusal of a file that its own format calls cut: `what` is the file,
/// `missing` the sign of it.
pub(super) fn cut(what: &str, missing: impl fmt::Display) -> Error {
    Error::new(
        Kind::Incomplete,
        format!("the {what} is cut short: {missing}"),
    )
}
