//! WAV: a RIFF that declares its size, with a `data` chunk that declares its
//! own. A writer that cannot go back leaves a placeholder in their place.

use super::Whole;
use super::inspector::cut;
use super::walk::{Shape, Step, Stop};
use crate::error::{Error, Kind, Result};

/// What ffmpeg, lame and sox write for a length they do not know yet; zero is
/// another.
const PLACEHOLDERS: [u64; 3] = [0xffff_ffff, 0x7fff_ffff, 0x7fff_f000];

/// The walk from chunk to chunk.
#[derive(Default)]
pub(super) struct Wav {
    inside: bool,
    /// Length of the file as the RIFF header has it, where it was filled in.
    declared: Option<u64>,
    /// Where the sound ends.
    sound_until: Option<u64>,
    /// There is sound, but its length was never filled in.
    is_streamed: bool,
}

impl Shape for Wav {
    fn open(&mut self) -> Step {
        Step::read(12)
    }

    fn step(&mut self, piece: &[u8], after: u64) -> Step {
        let size = piece[4..8]
            .iter()
            .rev()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        let is_known = size != 0 && !PLACEHOLDERS.contains(&size);
        if !self.inside {
            self.inside = true;
            self.declared = is_known.then_some(size + 8);
            return Step::read(8);
        }
        if piece.starts_with(b"data") {
            if !is_known {
                self.is_streamed = true;
                // The RIFF's length was then computed from the placeholder.
                self.declared = self.declared.filter(|_| size == 0);
                return Step::Lost;
            }
            self.sound_until = Some(after + size);
        }
        Step::Read {
            skip: size + size % 2,
            read: 8,
        }
    }

    fn judge(&self, _stop: Stop, total: u64) -> Result<Whole> {
        if !self.inside {
            return Err(cut("audio file", "its header is not whole"));
        }
        let promised = self.declared.max(self.sound_until).unwrap_or(0);
        if total < promised {
            return Err(cut(
                "audio file",
                format_args!("its header promises {promised} bytes, {total} came"),
            ));
        }
        if self.is_streamed {
            return Ok(Whole::Unverifiable);
        }
        let Some(sound_until) = self.sound_until else {
            return Err(Error::new(
                Kind::Incomplete,
                "the audio file has no sound in it",
            ));
        };
        match self.declared {
            // Padding to an even length may be there and not be counted.
            Some(declared) if total > declared.max(sound_until) + declared % 2 => Err(Error::new(
                Kind::Incomplete,
                format!(
                    "the audio file is longer than it says: its header promises {declared} bytes, {total} came"
                ),
            )),
            Some(declared) if sound_until <= declared => Ok(Whole::Proved),
            _ => Ok(Whole::Unverifiable),
        }
    }
}
