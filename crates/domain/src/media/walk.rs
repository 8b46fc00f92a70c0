//! The walk along a file that comes in portions: small pieces are shown to
//! the format, everything between them is passed over. So memory stays small
//! and the outcome does not depend on the portions.

use super::Whole;
use crate::error::Result;

/// What a format wants after it has seen a piece.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Pass over `skip` bytes, then show the next `read` (at least one).
    Read { skip: u64, read: usize },
    /// Go to the next byte of this value after the first one of the piece,
    /// then show `read` bytes from there on.
    Find { byte: u8, read: usize },
    /// The file ends with this piece.
    End,
    /// From here on it makes no sense.
    Lost,
}

impl Step {
    /// Show the next bytes.
    pub(super) fn read(read: usize) -> Step {
        Step::Read { skip: 0, read }
    }
}

/// Where the bytes ended, seen from the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Right before a piece that should come next.
    Border,
    /// In the middle of something; at least so many bytes are missing.
    Inside(u64),
    /// Before the byte that was looked for came.
    Searching,
    /// After the end of the format, by so many bytes; `blank` when they are
    /// all zero.
    Ended { extra: u64, blank: bool },
    /// Somewhere after sense was lost.
    Lost,
}

/// How a format leads from piece to piece.
pub(super) trait Shape {
    /// The first step.
    fn open(&mut self) -> Step;

    /// The next step, given a piece and the offset of the byte after it.
    fn step(&mut self, piece: &[u8], after: u64) -> Step;

    /// Bytes at the beginning of these that hold nothing but whole pieces of the
    /// kind that is due, passed over in one go; it stands as before them. Only
    /// ever a short cut: [`Shape::step`] must come to the same.
    fn leap(&mut self, _bytes: &[u8]) -> usize {
        0
    }

    /// Judges where the bytes ended.
    fn judge(&self, stop: Stop, total: u64) -> Result<Whole>;
}

/// Follows bytes in portions of any size and judges them at their end.
pub(super) trait Follow: Send + Sync {
    /// The next bytes.
    fn feed(&mut self, bytes: &[u8]);

    /// The verdict over all of them.
    fn judge(&self) -> Result<Whole>;
}

/// A walk in progress.
pub(super) struct Walk<S> {
    shape: S,
    step: Step,
    piece: Vec<u8>,
    total: u64,
    extra: u64,
    blank: bool,
}

impl<S: Shape> Walk<S> {
    /// Stands before the first byte.
    pub(super) fn new(mut shape: S) -> Walk<S> {
        let step = shape.open();
        Walk {
            shape,
            step,
            piece: Vec::new(),
            total: 0,
            extra: 0,
            blank: true,
        }
    }

    /// Shows the piece and turns to what the format wants next.
    fn show(&mut self) {
        self.step = self.shape.step(&self.piece, self.total);
        if let Step::Find { byte, .. } = self.step {
            let next = self.piece.iter().skip(1).position(|it| *it == byte);
            self.piece
                .drain(..next.map_or(self.piece.len(), |at| at + 1));
        } else {
            self.piece.clear();
        }
    }

    /// Takes from the bytes what the current step can use; at least one.
    fn advance(&mut self, bytes: &[u8]) -> usize {
        if matches!(self.step, Step::Read { skip: 0, .. }) && self.piece.is_empty() {
            let leapt = self.shape.leap(bytes);
            if leapt > 0 {
                self.total += leapt as u64;
                return leapt;
            }
        }
        let (read, used) = match &mut self.step {
            Step::Read { skip, .. } if *skip > 0 => {
                let used = bytes
                    .len()
                    .min(usize::try_from(*skip).unwrap_or(usize::MAX));
                *skip -= used as u64;
                self.total += used as u64;
                return used;
            }
            Step::Find { byte, .. } if self.piece.is_empty() && bytes.first() != Some(byte) => {
                let used = bytes
                    .iter()
                    .position(|it| it == byte)
                    .unwrap_or(bytes.len());
                self.total += used as u64;
                return used;
            }
            Step::Read { read, .. } | Step::Find { read, .. } => (
                *read,
                bytes.len().min(read.saturating_sub(self.piece.len())),
            ),
            Step::End | Step::Lost => {
                self.extra += bytes.len() as u64;
                self.blank &= bytes.iter().all(|byte| *byte == 0);
                self.total += bytes.len() as u64;
                return bytes.len();
            }
        };
        self.piece.extend_from_slice(&bytes[..used]);
        self.total += used as u64;
        if self.piece.len() >= read {
            self.show();
        }
        used
    }
}

impl<S: Shape + Send + Sync> Follow for Walk<S> {
    fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let used = self.advance(bytes);
            bytes = &bytes[used..];
        }
    }

    fn judge(&self) -> Result<Whole> {
        let held = self.piece.len() as u64;
        let stop = match self.step {
            Step::Read { skip: 0, .. } if held == 0 => Stop::Border,
            Step::Read { skip, read } => Stop::Inside(skip.saturating_add(read as u64 - held)),
            Step::Find { .. } if held == 0 => Stop::Searching,
            Step::Find { read, .. } => Stop::Inside(read as u64 - held),
            Step::End => Stop::Ended {
                extra: self.extra,
                blank: self.blank,
            },
            Step::Lost => Stop::Lost,
        };
        self.shape.judge(stop, self.total)
    }
}
