//! PNG: chunks that declare their length, up to `IEND`.

use super::Whole;
use super::inspector::cut;
use super::walk::{Shape, Step, Stop};
use crate::error::Result;

/// Signature, or length and type of a chunk.
const PIECE: usize = 8;
/// Checksum at the end of a chunk.
const CHECKSUM: u64 = 4;

/// The walk from chunk to chunk.
pub(super) struct Png;

impl Shape for Png {
    fn open(&mut self) -> Step {
        Step::read(PIECE)
    }

    fn step(&mut self, piece: &[u8], _after: u64) -> Step {
        match piece {
            // The last checksum.
            [_, _, _, _] => Step::End,
            [0x89, ..] => Step::read(PIECE),
            [a, b, c, d, kind @ ..] => {
                let length = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
                match kind {
                    b"IEND" => Step::Read {
                        skip: length,
                        read: 4,
                    },
                    kind if kind.iter().all(u8::is_ascii_alphabetic) => Step::Read {
                        skip: length + CHECKSUM,
                        read: PIECE,
                    },
                    _ => Step::Lost,
                }
            }
            _ => Step::Lost,
        }
    }

    fn judge(&self, stop: Stop, _total: u64) -> Result<Whole> {
        match stop {
            Stop::Ended { extra: 0, .. } => Ok(Whole::Proved),
            Stop::Ended { .. } | Stop::Lost => Ok(Whole::Unverifiable),
            _ => Err(cut("PNG picture", "its last chunk is missing")),
        }
    }
}
