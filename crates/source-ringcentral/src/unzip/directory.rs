//! The directory at the end of an archive (APPNOTE.TXT 6.3.10, 4.3.12 to
//! 4.3.16): proof that nothing is missing between its start and its end.

use domain::error::Result;
use flate2::Crc;

use super::header::{u16_at, u64_at};
use super::input::Input;
use super::{cut_off, damaged};

const RECORD: [u8; 4] = *b"PK\x01\x02";
const SIGNATURE: [u8; 4] = *b"PK\x05\x05";
const END64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR64: [u8; 4] = *b"PK\x06\x07";
const END: [u8; 4] = *b"PK\x05\x06";

/// A count whose true value stands in the zip64 record.
const ELSEWHERE: u64 = 0xFFFF;

/// The names of entries, whatever their order, as a sum that tells them from
/// others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Names(u64);

impl Names {
    pub(super) fn add(&mut self, name: &[u8]) {
        let mut crc = Crc::new();
        crc.update(name);
        self.0 = self.0.wrapping_add(u64::from(crc.sum()));
    }
}

/// Reads it to the end of the stream. It must list as many entries as were
/// read, and the same.
pub(super) async fn check(input: &mut Input, entries: u64, read: Names) -> Result<()> {
    let (mut listed, mut names) = (0_u64, Names::default());
    while input.begins_with(&RECORD).await? {
        let fixed = input.take(46).await?;
        let [name, extra, comment] = [28, 30, 32].map(|at| u16_at(&fixed, at));
        names.add(&input.take(usize::from(name)).await?);
        let rest = u64::from(extra) + u64::from(comment);
        input.skip(rest).await?;
        listed += 1;
    }
    if input.begins_with(&SIGNATURE).await? {
        let fixed = input.take(6).await?;
        input.skip(u64::from(u16_at(&fixed, 4))).await?;
    }
    let mut total = None;
    if input.begins_with(&END64).await? {
        let fixed = input.take(56).await?;
        // Its own length does not count its first 12 bytes.
        let rest = u64_at(&fixed, 4).checked_sub(44);
        input.skip(rest.ok_or_else(no_directory)?).await?;
        total = Some(u64_at(&fixed, 32));
    }
    if input.begins_with(&LOCATOR64).await? {
        input.take(20).await?;
    }
    if !input.begins_with(&END).await? {
        let there = input.peek(4).await?.len();
        return Err(if there < 4 { cut_off() } else { no_directory() });
    }
    let fixed = input.take(22).await?;
    let short = u64::from(u16_at(&fixed, 10));
    let total = match total {
        Some(long) if short == ELSEWHERE => long,
        _ => short,
    };
    // Some writers keep only the lower digits of a large count.
    let same =
        names == read && listed == entries && (total == entries || total == entries & ELSEWHERE);
    if !same {
        return Err(damaged("its directory lists other entries"));
    }
    input.take(usize::from(u16_at(&fixed, 20))).await?;
    input.run_out().await
}

fn no_directory() -> domain::Error {
    damaged("something else stands where an entry should begin")
}
