//! File formats, told by their first bytes.

use serde::{Deserialize, Serialize};

/// What an Item's bytes must turn out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// Sound: WAV or MP3.
    Audio,
    /// A fax: PDF or TIFF.
    Document,
    /// Plain text.
    Text,
    /// Whatever a person attached to a message.
    Anything,
}

/// A format that is known by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// RIFF/WAVE.
    Wav,
    /// MPEG audio, with or without an ID3 tag.
    Mp3,
    /// PDF.
    Pdf,
    /// TIFF, either byte order.
    Tiff,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// Plain text (valid UTF-8 without control characters, or nothing better).
    Text,
    /// An HTML page or XML: where a file is due it is somebody's error page.
    Html,
    /// A JSON value: where a file is due it is somebody's error answer.
    Json,
    /// None of these.
    Other,
}

impl Format {
    /// The file name extension, without the dot; `None` where the bytes do
    /// not tell one that is safe to click on
    /// ([`crate::archive_path::file_extension`] then asks the sender).
    pub fn file_extension(self) -> Option<&'static str> {
        match self {
            Format::Wav => Some("wav"),
            Format::Mp3 => Some("mp3"),
            Format::Pdf => Some("pdf"),
            Format::Tiff => Some("tif"),
            Format::Png => Some("png"),
            Format::Jpeg => Some("jpg"),
            Format::Gif => Some("gif"),
            Format::Text => Some("txt"),
            Format::Json => Some("json"),
            Format::Html | Format::Other => None,
        }
    }
}
