//! JPEG: segments that declare their length, then scans, up to the
//! end-of-image marker. The marker alone would not do: an embedded preview
//! ends with one too.

use super::Whole;
use super::inspector::cut;
use super::walk::{Shape, Step, Stop};
use crate::error::Result;

/// The walk from marker to marker.
#[derive(Default)]
pub(super) struct Jpeg {
    place: Place,
    /// Between the header of a scan and the next segment.
    in_scan: bool,
}

#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Marker,
    /// Before the length of a segment; `true` for the header of a scan.
    Length(bool),
}

/// The next marker, wherever it is.
const SEARCH: Step = Step::Find {
    byte: 0xff,
    read: 2,
};

impl Jpeg {
    fn marker(&mut self, piece: &[u8]) -> Step {
        match *piece {
            // End of image.
            [0xff, 0xd9] => Step::End,
            // Start of image and markers without a segment.
            [0xff, 0x01 | 0xd0..=0xd8] if !self.in_scan => Step::read(2),
            // Restart markers belong to the scan; fill bytes may stand before
            // any marker.
            [0xff, 0xd0..=0xd8 | 0xff] => SEARCH,
            [0xff, 0xc0..=0xff] => {
                self.in_scan = false;
                self.place = Place::Length(piece[1] == 0xda);
                Step::read(2)
            }
            _ if self.in_scan => SEARCH,
            _ => Step::Lost,
        }
    }
}

impl Shape for Jpeg {
    fn open(&mut self) -> Step {
        Step::read(2)
    }

    fn step(&mut self, piece: &[u8], _after: u64) -> Step {
        let Place::Length(is_scan) = self.place else {
            return self.marker(piece);
        };
        self.place = Place::Marker;
        self.in_scan = is_scan;
        let length = u64::from(piece[0]) << 8 | u64::from(piece[1]);
        match length.checked_sub(2) {
            Some(skip) => Step::Read { skip, read: 2 },
            None => Step::Lost,
        }
    }

    fn judge(&self, stop: Stop, _total: u64) -> Result<Whole> {
        match stop {
            Stop::Ended { blank: true, .. } => Ok(Whole::Proved),
            Stop::Ended { .. } | Stop::Lost => Ok(Whole::Unverifiable),
            _ => Err(cut("JPEG picture", "its end mark is missing")),
        }
    }
}
