//! GIF: blocks that declare their length, up to the trailer.

use super::Whole;
use super::inspector::cut;
use super::walk::{Shape, Step, Stop};
use crate::error::Result;

/// The walk from block to block.
#[derive(Default)]
pub(super) struct Gif {
    place: Place,
}

#[derive(Clone, Copy, Default)]
enum Place {
    /// Signature and screen.
    #[default]
    Opening,
    /// What kind of block comes.
    Block,
    /// How a picture is laid out.
    Picture,
    /// Length of the next sub-block; zero ends them.
    SubBlock,
}

impl Gif {
    fn go(&mut self, place: Place, skip: u64, read: usize) -> Step {
        self.place = place;
        Step::Read { skip, read }
    }
}

/// Length of the colour table that the flags announce.
fn colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

impl Shape for Gif {
    fn open(&mut self) -> Step {
        Step::read(13)
    }

    fn step(&mut self, piece: &[u8], _after: u64) -> Step {
        match (self.place, piece[0]) {
            (Place::Opening, _) => self.go(Place::Block, colours(piece[10]), 1),
            (Place::Block, b';') => Step::End,
            // An extension: its label, then sub-blocks.
            (Place::Block, b'!') => self.go(Place::SubBlock, 1, 1),
            (Place::Block, b',') => self.go(Place::Picture, 0, 9),
            (Place::Block, _) => Step::Lost,
            // The code size stands before a picture's sub-blocks.
            (Place::Picture, _) => self.go(Place::SubBlock, colours(piece[8]) + 1, 1),
            (Place::SubBlock, 0) => self.go(Place::Block, 0, 1),
            (Place::SubBlock, length) => self.go(Place::SubBlock, u64::from(length), 1),
        }
    }

    fn judge(&self, stop: Stop, _total: u64) -> Result<Whole> {
        match stop {
            Stop::Ended { extra: 0, .. } => Ok(Whole::Proved),
            Stop::Ended { .. } | Stop::Lost => Ok(Whole::Unverifiable),
            _ => Err(cut("GIF picture", "its end mark is missing")),
        }
    }
}
