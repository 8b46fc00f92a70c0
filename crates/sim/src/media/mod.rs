//! Recordings, voicemails, faxes and pictures, made from a seed: real files
//! that play, and that can be read from any offset without being kept.

mod audio;
mod document;
mod picture;
mod tiff;

pub use audio::Audio;
pub use document::Page;

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};

use crate::dice::Dice;

/// How much of a file is made at a time.
const CHUNK: u64 = 64 * 1024;

/// One file: its form and its bytes, which exist only while they are read.
#[derive(Clone, Debug)]
pub struct Media {
    form: Form,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    /// Made while it is read.
    Audio(audio::Track),
    /// Small enough to be made at once.
    Whole(Bytes),
}

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// MPEG audio.
    Mp3,
    /// WAV of a telephone line.
    MuLaw,
    /// WAV of a studio.
    Pcm,
    /// A document.
    Pdf,
    /// A fax as it was scanned.
    Tiff,
    /// A painted picture.
    Png,
    /// A photo.
    Jpeg,
    /// UTF-8 text.
    Text,
    /// A zip of several files.
    Zip,
}

impl Form {
    /// MIME type, in RingCentral's spelling.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::MuLaw => "audio/x-wav",
            Self::Pcm => "audio/wav",
            Self::Pdf => "application/pdf",
            Self::Tiff => "image/tiff",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Text => "text/plain",
            Self::Zip => "application/zip",
        }
    }

    /// Usual ending of a file name, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::MuLaw | Self::Pcm => "wav",
            Self::Pdf => "pdf",
            Self::Tiff => "tif",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Text => "txt",
            Self::Zip => "zip",
        }
    }

    /// Width and height in pixels, of pictures.
    pub fn pixels(self) -> Option<(u32, u32)> {
        match self {
            Self::Png => Some(picture::PNG_PIXELS),
            Self::Jpeg => Some(picture::JPEG_PIXELS),
            _ => None,
        }
    }
}

impl Media {
    /// A sound file of its own: no other dice or label gives the same bytes.
    pub fn audio(dice: Dice, label: &str, audio: Audio) -> Self {
        Self {
            form: audio.form(),
            body: Body::Audio(audio::Track::new(dice, label, audio)),
        }
    }

    /// A PDF document with text that can be searched.
    pub fn pdf(pages: &[Page], id: u64) -> Self {
        Self::whole(Form::Pdf, document::pdf(pages, id))
    }

    /// A fax as scanned lines, one image a page.
    pub fn tiff(pages: &[Page]) -> Self {
        Self::whole(Form::Tiff, tiff::tiff(pages))
    }

    /// A coloured picture.
    pub fn png(dice: Dice) -> Self {
        Self::whole(Form::Png, picture::png(dice))
    }

    /// Size of what [`Media::png`] makes, without making it.
    pub fn png_len() -> u64 {
        picture::png_len()
    }

    /// A photo with a comment of its own; equally long labels give equally
    /// large files.
    pub fn jpeg(dice: Dice, label: &str) -> Self {
        Self::whole(Form::Jpeg, picture::jpeg(dice, label))
    }

    /// Plain text in UTF-8.
    pub fn text(text: &str) -> Self {
        Self::whole(Form::Text, text.as_bytes().to_vec())
    }

    /// A zip that somebody has packed.
    pub fn zip(bytes: Vec<u8>) -> Self {
        Self::whole(Form::Zip, bytes)
    }

    fn whole(form: Form, bytes: Vec<u8>) -> Self {
        Self {
            form,
            body: Body::Whole(Bytes::from(bytes)),
        }
    }

    /// What kind of file it is.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Size in bytes.
    pub fn len(&self) -> u64 {
        match &self.body {
            Body::Audio(track) => track.len(),
            Body::Whole(bytes) => bytes.len() as u64,
        }
    }

    /// True for a file without a byte (an empty text).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// At most 64 KiB from `offset` on; empty at the end.
    pub fn chunk(&self, offset: u64) -> Bytes {
        let len = self.len().saturating_sub(offset).min(CHUNK);
        match &self.body {
            Body::Audio(track) => {
                let mut out = BytesMut::zeroed(usize::try_from(len).unwrap_or(0));
                track.fill(offset, &mut out);
                out.freeze()
            }
            Body::Whole(bytes) => {
                let from = usize::try_from(offset.min(self.len())).unwrap_or(0);
                bytes.slice(from..from + usize::try_from(len).unwrap_or(0))
            }
        }
    }

    /// Hex sha256 of all bytes. Takes as long as making them does.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        let mut offset = 0;
        while offset < self.len() {
            let chunk = self.chunk(offset);
            offset += chunk.len() as u64;
            hash.update(&chunk);
        }
        hex(&hash.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
