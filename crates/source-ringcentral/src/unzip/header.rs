//! What stands before and behind the bytes of an entry (APPNOTE.TXT 6.3.10,
//! sections 4.3.7 and 4.3.9).

use domain::error::Result;

use super::input::Input;
use super::{damaged, unreadable};

/// Begins an entry.
pub(super) const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// May begin what stands behind an entry's bytes.
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// The sizes and the checksum stand behind the bytes (bit 3).
const BEHIND: u16 = 1 << 3;
const ENCRYPTED: u16 = 1;
/// The number in a field whose true value stands in the zip64 field.
const ELSEWHERE: u64 = 0xFFFF_FFFF;
const ZIP64: u16 = 1;

/// How an entry's bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflated,
    /// Passed over where its length is known.
    Other,
}

/// The header of an entry.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) name: Vec<u8>,
    pub(super) method: Method,
    /// Absent where they stand behind the bytes.
    pub(super) packed: Option<u64>,
    pub(super) size: Option<u64>,
    pub(super) crc: Option<u32>,
}

impl Local {
    /// Reads a header that is known to begin here.
    pub(super) async fn read(input: &mut Input) -> Result<Local> {
        let fixed = input.take(30).await?;
        let flags = u16_at(&fixed, 6);
        let (name, extra) = (u16_at(&fixed, 26), u16_at(&fixed, 28));
        let name = input.take(usize::from(name)).await?.to_vec();
        let extra = input.take(usize::from(extra)).await?;
        let behind = flags & BEHIND != 0;
        let (packed, size) = (u32_at(&fixed, 18), u32_at(&fixed, 22));
        let (packed, size) = true_sizes(u64::from(packed), u64::from(size), &extra, behind)?;
        let method = match u16_at(&fixed, 8) {
            _ if flags & ENCRYPTED != 0 => Method::Other,
            0 => Method::Stored,
            8 => Method::Deflated,
            _ => Method::Other,
        };
        if behind && method != Method::Deflated {
            return Err(unreadable("an entry does not say where it ends"));
        }
        Ok(Local {
            name,
            method,
            packed: (!behind).then_some(packed),
            size: (!behind).then_some(size),
            crc: (!behind).then(|| u32_at(&fixed, 14)),
        })
    }
}

/// Large entries have their sizes in the zip64 field: first the unpacked one,
/// each only where the header says so.
fn true_sizes(packed: u64, size: u64, extra: &[u8], behind: bool) -> Result<(u64, u64)> {
    if behind || (packed != ELSEWHERE && size != ELSEWHERE) {
        return Ok((packed, size));
    }
    let mut field = zip64(extra).ok_or_else(|| damaged("a size is missing"))?;
    let mut next = |told: u64| {
        if told != ELSEWHERE {
            return Ok(told);
        }
        let (value, rest) = field
            .split_first_chunk()
            .ok_or_else(|| damaged("a size is missing"))?;
        field = rest;
        Ok(u64::from_le_bytes(*value))
    };
    let size = next(size)?;
    Ok((next(packed)?, size))
}

fn zip64(mut extra: &[u8]) -> Option<&[u8]> {
    while extra.len() >= 4 {
        let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let (field, rest) = extra[4..].split_at_checked(length)?;
        if id == ZIP64 {
            return Some(field);
        }
        extra = rest;
    }
    None
}

/// Takes what stands behind an entry of which these were found. It comes in
/// four forms, and nothing but the values tells which (4.3.9): with and without
/// a mark, with short and long sizes. The longest that fits is right.
pub(super) async fn take_behind(input: &mut Input, crc: u32, packed: u64, size: u64) -> Result<()> {
    let mut long = crc.to_le_bytes().to_vec();
    let mut short = long.clone();
    for value in [packed, size] {
        long.extend(value.to_le_bytes());
        short.extend(value.to_le_bytes().first_chunk::<4>().unwrap_or(&[0; 4]));
    }
    let forms = [
        [&DESCRIPTOR[..], &long].concat(),
        long,
        [&DESCRIPTOR[..], &short].concat(),
        short,
    ];
    for form in forms {
        let there = input.peek(form.len() + 2).await?;
        if there.starts_with(&form) && there[form.len()..] == *b"PK" {
            input.used(form.len());
            return Ok(());
        }
    }
    if input.peek(26).await?.len() < 26 {
        return Err(super::cut_off());
    }
    Err(damaged("an entry is not what was packed"))
}

/// A number in a header that is known to be that long.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let value = bytes.get(at..).and_then(<[u8]>::first_chunk);
    u16::from_le_bytes(*value.unwrap_or(&[0; 2]))
}

/// A number in a header that is known to be that long.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let value = bytes.get(at..).and_then(<[u8]>::first_chunk);
    u32::from_le_bytes(*value.unwrap_or(&[0; 4]))
}

/// A number in a header that is known to be that long.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let value = bytes.get(at..).and_then(<[u8]>::first_chunk);
    u64::from_le_bytes(*value.unwrap_or(&[0; 8]))
}
