//! TIFF: directories that point at everything else, anywhere in the file.
//! Whole when all they point at is there and the last of it ends the file.

use super::Whole;
use super::inspector::cut;
use super::walk::Follow;
use crate::error::Result;

/// Larger files are not kept, and so not verified.
const KEPT: usize = 8 * 1024 * 1024;
/// So many directory entries and strips are looked at before a file counts as
/// made to keep us busy.
const PATIENCE: u32 = 1 << 20;

/// All bytes of a small file.
#[derive(Default)]
pub(super) struct Tiff {
    bytes: Vec<u8>,
    is_large: bool,
}

impl Follow for Tiff {
    fn feed(&mut self, bytes: &[u8]) {
        self.is_large |= self.bytes.len() + bytes.len() > KEPT;
        if self.is_large {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn judge(&self) -> Result<Whole> {
        if self.is_large {
            return Ok(Whole::Unverifiable);
        }
        let mut survey = Survey {
            bytes: &self.bytes,
            is_little: self.bytes.starts_with(b"II"),
            extent: 8,
            patience: PATIENCE,
        };
        match survey.pages() {
            Ok(()) if survey.extent == self.bytes.len() as u64 => Ok(Whole::Proved),
            Ok(()) | Err(Trouble::Unclear) => Ok(Whole::Unverifiable),
            Err(Trouble::Beyond) => {
                Err(cut("TIFF document", "its directories point beyond its end"))
            }
        }
    }
}

/// Why a survey ended early.
enum Trouble {
    /// Something lies beyond the end of the file.
    Beyond,
    /// It cannot be followed.
    Unclear,
}

/// One entry of a directory.
struct Field {
    tag: u64,
    /// Bytes of one value.
    width: u64,
    count: u64,
    /// Where the values stand.
    at: u64,
}

/// Follows the directories and notes how far the file must reach.
struct Survey<'a> {
    bytes: &'a [u8],
    is_little: bool,
    extent: u64,
    patience: u32,
}

impl Survey<'_> {
    fn pages(&mut self) -> Result<(), Trouble> {
        if self.number(2, 2)? != 42 {
            // BigTIFF; nobody faxes it.
            return Err(Trouble::Unclear);
        }
        let mut directory = self.number(4, 4)?;
        if directory == 0 {
            return Err(Trouble::Beyond);
        }
        while directory != 0 {
            directory = self.page(directory)?;
        }
        Ok(())
    }

    /// One directory; returns where the next one stands. A circle of them
    /// ends with patience.
    fn page(&mut self, directory: u64) -> Result<u64, Trouble> {
        let entries = self.number(directory, 2)?;
        let end = directory + 2 + entries * 12;
        self.reach(end, 4)?;
        let (mut places, mut lengths) = (None, None);
        for n in 0..entries {
            let field = self.field(directory + 2 + n * 12)?;
            match field.tag {
                // StripOffsets, TileOffsets, JPEGInterchangeFormat; their lengths.
                273 | 324 | 513 => places = Some(field),
                279 | 325 | 514 => lengths = Some(field),
                _ => {}
            }
        }
        let (Some(places), Some(lengths)) = (places, lengths) else {
            return Err(Trouble::Unclear);
        };
        if places.count != lengths.count {
            return Err(Trouble::Unclear);
        }
        for n in 0..places.count {
            self.spend()?;
            let at = self.number(places.at + n * places.width, places.width)?;
            let length = self.number(lengths.at + n * lengths.width, lengths.width)?;
            self.reach(at, length)?;
        }
        self.number(end, 4)
    }

    fn field(&mut self, at: u64) -> Result<Field, Trouble> {
        self.spend()?;
        let kind = self.number(at + 2, 2)?;
        let count = self.number(at + 4, 4)?;
        let width = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return Err(Trouble::Unclear),
        };
        let place = if width * count <= 4 {
            at + 8
        } else {
            self.number(at + 8, 4)?
        };
        self.reach(place, width * count)?;
        Ok(Field {
            tag: self.number(at, 2)?,
            width,
            count,
            at: place,
        })
    }

    /// Notes that the file must hold these bytes.
    fn reach(&mut self, at: u64, length: u64) -> Result<(), Trouble> {
        let end = at + length;
        self.extent = self.extent.max(end);
        if end > self.bytes.len() as u64 {
            Err(Trouble::Beyond)
        } else {
            Ok(())
        }
    }

    /// A number of two or four bytes.
    fn number(&self, at: u64, width: u64) -> Result<u64, Trouble> {
        if width > 4 {
            return Err(Trouble::Unclear);
        }
        let range = usize::try_from(at)
            .ok()
            .zip(usize::try_from(at + width).ok());
        let bytes = range.and_then(|(from, to)| self.bytes.get(from..to));
        let bytes = bytes.ok_or(Trouble::Beyond)?;
        let join = |sum, byte: &u8| sum << 8 | u64::from(*byte);
        Ok(if self.is_little {
            bytes.iter().rev().fold(0, join)
        } else {
            bytes.iter().fold(0, join)
        })
    }

    fn spend(&mut self) -> Result<(), Trouble> {
        self.patience = self.patience.checked_sub(1).ok_or(Trouble::Unclear)?;
        Ok(())
    }
}
