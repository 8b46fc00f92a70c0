//! MP3: frames one after the other, with tags before and after. It has no end
//! mark of its own; a frame count at its beginning or a tag at its end can
//! stand for one.

use super::Whole;
use super::inspector::cut;
use super::mpeg::Frame;
use super::walk::{Shape, Step, Stop};
use crate::error::{Error, Kind, Result};

/// How many bytes that are no frame may stand before the first one.
const GARBAGE: u64 = 16 * 1024;
/// So much of the first frame is read for its table of contents.
const CONTENTS: usize = 60;

/// The walk from frame to frame.
#[derive(Default)]
pub(super) struct Mp3 {
    /// Where the first frame or tag begins.
    start: u64,
    place: Place,
    /// The frame that all others are like.
    first: Option<Frame>,
    /// The last header that was read in a leap, and its frame's length.
    last: Option<([u8; 4], usize)>,
    /// Frames after the first, or all of them where it is no table.
    frames: u64,
    promised: Option<u64>,
    /// Where tags ended before the first frame.
    sought_from: u64,
    /// Where the last complete trailer ends.
    sealed_at: u64,
}

#[derive(Clone, Copy, Default)]
enum Place {
    /// Before a frame or tag: four bytes.
    #[default]
    Border,
    /// In an `ID3v2` tag after its first four bytes: six more.
    Id3,
    /// In the first frame after its header.
    Contents(Frame),
    /// In an APE tag after its first four bytes: 28 more.
    Ape,
    /// In a Lyrics3 tag: looking for its end mark.
    Lyrics,
}

impl Mp3 {
    /// A walk that begins at this offset.
    pub(super) fn new(start: u64) -> Mp3 {
        Mp3 {
            start,
            sought_from: start,
            ..Mp3::default()
        }
    }

    fn border(&mut self, piece: &[u8], after: u64) -> Step {
        match piece {
            b"TAG+" => return self.trailer(after, 223),
            [b'T', b'A', b'G', _] => return self.trailer(after, 124),
            [b'I', b'D', b'3', _] => return self.go(Place::Id3, 6),
            b"APET" => return self.go(Place::Ape, 28),
            b"LYRI" => {
                self.place = Place::Lyrics;
                return Step::Find {
                    byte: b'L',
                    read: 9,
                };
            }
            _ => {}
        }
        match (Frame::at(piece, 0), self.first) {
            (Some(frame), None) => {
                self.first = Some(frame);
                self.go(Place::Contents(frame), CONTENTS.min(frame.bytes - 4))
            }
            (Some(frame), Some(first)) if frame.is_like(&first) => {
                self.frames += 1;
                self.on(frame.bytes - 4)
            }
            (None, None) if after < self.sought_from + GARBAGE => Step::Find {
                byte: 0xff,
                read: 4,
            },
            _ => Step::Lost,
        }
    }

    fn id3(&mut self, piece: &[u8], after: u64) -> Step {
        let size = piece[2..]
            .iter()
            .fold(0, |sum, &byte| sum << 7 | usize::from(byte & 0x7f));
        let footer = if piece[1] & 0x10 == 0 { 0 } else { 10 };
        self.sought_from = after + (size + footer) as u64;
        self.on(size + footer)
    }

    fn contents(&mut self, frame: &Frame, piece: &[u8]) -> Step {
        self.promised = frame.promised(piece);
        self.frames = u64::from(self.promised.is_none());
        self.on(frame.bytes - 4 - piece.len())
    }

    fn ape(&mut self, piece: &[u8], after: u64) -> Step {
        let size = piece[8..12]
            .iter()
            .rev()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        let is_header = piece[19] & 0x20 != 0;
        self.trailer(after, if is_header { size } else { 0 })
    }

    fn lyrics(&mut self, piece: &[u8]) -> Step {
        if matches!(piece, b"LYRICS200" | b"LYRICSEND") {
            self.on(0)
        } else {
            Step::Find {
                byte: b'L',
                read: 9,
            }
        }
    }

    fn trailer(&mut self, after: u64, bytes: u64) -> Step {
        self.sealed_at = after + bytes;
        self.place = Place::Border;
        Step::Read {
            skip: bytes,
            read: 4,
        }
    }

    fn on(&mut self, skip: usize) -> Step {
        self.place = Place::Border;
        Step::Read {
            skip: skip as u64,
            read: 4,
        }
    }

    fn go(&mut self, place: Place, read: usize) -> Step {
        self.place = place;
        Step::read(read)
    }
}

impl Shape for Mp3 {
    fn open(&mut self) -> Step {
        Step::Read {
            skip: self.start,
            read: 4,
        }
    }

    fn step(&mut self, piece: &[u8], after: u64) -> Step {
        match self.place {
            Place::Border => self.border(piece, after),
            Place::Id3 => self.id3(piece, after),
            Place::Contents(frame) => self.contents(&frame, piece),
            Place::Ape => self.ape(piece, after),
            Place::Lyrics => self.lyrics(piece),
        }
    }

    /// Frame after frame, most of them with the same header.
    fn leap(&mut self, bytes: &[u8]) -> usize {
        let (Place::Border, Some(first)) = (self.place, self.first) else {
            return 0;
        };
        let mut rest = bytes;
        while let Some(&header) = rest.first_chunk::<4>() {
            let length = match self.last {
                Some((last, length)) if last == header => length,
                _ => match Frame::at(&header, 0) {
                    Some(frame) if frame.is_like(&first) => frame.bytes,
                    _ => break,
                },
            };
            self.last = Some((header, length));
            let Some(after) = rest.get(length.max(4)..) else {
                break;
            };
            rest = after;
            self.frames += 1;
        }
        bytes.len() - rest.len()
    }

    fn judge(&self, stop: Stop, total: u64) -> Result<Whole> {
        if self.first.is_none() && !matches!(stop, Stop::Inside(_)) {
            return Err(Error::new(
                Kind::Incomplete,
                "the audio file has no sound in it",
            ));
        }
        match stop {
            Stop::Border if !matches!(self.place, Place::Border) => {
                return Err(cut("audio file", "it ends after a header"));
            }
            Stop::Inside(missing) => {
                return Err(cut(
                    "audio file",
                    format_args!("at least {missing} bytes are missing"),
                ));
            }
            Stop::Searching => return Err(cut("audio file", "its last tag has no end")),
            Stop::Lost | Stop::Ended { .. } => return Ok(Whole::Unverifiable),
            Stop::Border => {}
        }
        let came = self.frames;
        match self.promised {
            // Some encoders count the table itself.
            Some(promised) if came + 1 < promised => Err(cut(
                "audio file",
                format_args!("its header promises {promised} frames, {came} came"),
            )),
            Some(promised) if came == promised => Ok(Whole::Proved),
            None if self.sealed_at == total => Ok(Whole::Proved),
            _ => Ok(Whole::Unverifiable),
        }
    }
}
