//! PDF: an end mark in the last kilobyte, and in a linearized file, which has
//! an end mark near its beginning too, its declared length.

use super::Whole;
use super::inspector::cut;
use super::walk::Follow;
use crate::error::Result;

/// How much of either end is kept. Readers look for the end mark in the last
/// 1024 bytes (PDF Reference, implementation notes).
const KEPT: usize = 1024;
const END_MARK: &[u8] = b"%%EOF";

/// Both ends of a document.
#[derive(Default)]
pub(super) struct Pdf {
    head: Vec<u8>,
    tail: Vec<u8>,
    total: u64,
}

impl Pdf {
    /// The length that the first object of a linearized file declares (`/L`).
    fn declared(&self) -> Option<u64> {
        let at = find(&self.head, b"/Linearized")?;
        let object = &self.head[at..];
        let object = &object[..find(object, b">>").unwrap_or(object.len())];
        let digits = object.windows(3).enumerate().find_map(|(at, key)| {
            let is_key = key.starts_with(b"/L") && (key[2] == b' ' || key[2].is_ascii_digit());
            is_key.then(|| object[at + 2..].trim_ascii_start())
        })?;
        let digits = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .take(12);
        Some(digits.fold(0, |sum, &digit| sum * 10 + u64::from(digit - b'0')))
    }
}

impl Follow for Pdf {
    fn feed(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = KEPT - self.head.len();
        self.head.extend_from_slice(&bytes[..room.min(bytes.len())]);
        self.tail
            .extend_from_slice(&bytes[bytes.len().saturating_sub(KEPT)..]);
        self.tail.drain(..self.tail.len().saturating_sub(KEPT));
    }

    fn judge(&self) -> Result<Whole> {
        let total = self.total;
        if let Some(declared) = self.declared().filter(|&declared| declared > total) {
            return Err(cut(
                "PDF document",
                format_args!("it declares {declared} bytes, {total} came"),
            ));
        }
        let last = self
            .tail
            .windows(END_MARK.len())
            .rposition(|it| it == END_MARK);
        let Some(last) = last else {
            return Err(cut("PDF document", "its end mark is missing"));
        };
        let after = &self.tail[last + END_MARK.len()..];
        let blank = after
            .iter()
            .all(|byte| byte.is_ascii_whitespace() || *byte == 0);
        // More after the mark may be the beginning of a later revision.
        Ok(if blank {
            Whole::Proved
        } else {
            Whole::Unverifiable
        })
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|it| it == what)
}
