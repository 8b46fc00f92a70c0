//! WAV: a RIFF that declares its size, with a `data` chunk that declares its
//! own.

use super::Whole;
use super::inspector::cut;
use super::walk::{Shape, Step, Stop};
use crate::error::{Error, Kind, Result};

/// The walk from chunk to chunk.
#[derive(Default)]
pub(super) struct Wav {
    /// Length of the file as the RIFF header has it, where it was filled in.
    declared: Option<u64>,
    /// Where the sound ends.
    sound_until: Option<u64>,
    /// The sound's length was never filled in: the writer could not go back.
    streamed: bool,
    inside: bool,
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
        let is_known = size != 0 && size != u64::from(u32::MAX);
        if !self.inside {
            self.inside = true;
            self.declared = is_known.then_some(size + 8);
            return Step::read(8);
        }
        if piece.starts_with(b"data") {
            if !is_known {
                self.streamed = true;
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
        let needed = self.declared.max(self.sound_until).unwrap_or(0);
        if total < needed {
            return Err(cut(
                "audio file",
                format_args!("its header promises {needed} bytes, {total} came"),
            ));
        }
        if !self.inside {
            return Err(cut("audio file", "its header is not whole"));
        }
        if self.sound_until.is_none() && !self.streamed {
            return Err(Error::new(
                Kind::Incomplete,
                "the audio file has no sound in it",
            ));
        }
        let declared = self.declared.filter(|&all| self.sound_until <= Some(all));
        let Some(declared) = declared.filter(|_| !self.streamed) else {
            return Ok(Whole::Unverifiable);
        };
        // A file of odd length may carry a byte of padding it does not count.
        if total > declared + declared % 2 {
            return Err(Error::new(
                Kind::Incomplete,
                format!(
                    "the audio file is longer than it says: its header promises {declared} bytes, {total} came"
                ),
            ));
        }
        Ok(Whole::Proved)
    }
}
