//! The records of a ZIP file (APPNOTE 6.3.10) whose members are stored as they
//! are. Sizes are known before the first byte, sums only after the last one of
//! a member: they stand behind it. So the length of the whole is known, and
//! where each member lies, before anything is read.

/// Sizes and places from here on need the 64-bit form.
const LIMIT: u64 = 0xFFFF_FFFF;
/// More members than this need the 64-bit form.
const MEMBERS: u64 = 0xFFFF;
/// Sums behind the bytes, names in UTF-8.
const FLAGS: u16 = 1 << 3 | 1 << 11;
/// The version that understands the 64-bit form.
const VERSION: u16 = 45;
/// The same, told by a Unix.
const MADE_BY: u16 = 3 << 8 | VERSION;

/// A member of a ZIP, as far as it is known before its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name, with `/` between folders. At most 65,535 bytes.
    pub name: &'a str,
    /// Its size, bytes.
    pub size: u64,
    /// Its time, milliseconds since 1970.
    pub at_ms: i64,
}

impl Member<'_> {
    fn is_large(&self) -> bool {
        self.size >= LIMIT
    }

    /// What stands before its bytes.
    pub fn head(&self) -> Vec<u8> {
        let mut record = Record(Vec::with_capacity(64 + self.name.len()));
        let size = if self.is_large() { u32::MAX } else { 0 };
        record.u32(0x0403_4b50).u16(self.needs()).u16(FLAGS).u16(0);
        record.u32(dos_time(self.at_ms)).u32(0).u32(size).u32(size);
        let extra = if self.is_large() { 20 + 9 } else { 9 };
        record.u16(length(self.name)).u16(extra);
        record.text(self.name);
        if self.is_large() {
            record.u16(1).u16(16).u64(0).u64(0);
        }
        record.unix_time(self.at_ms);
        record.0
    }

    /// What stands behind its bytes.
    pub fn foot(&self, crc: u32) -> Vec<u8> {
        let mut record = Record(Vec::with_capacity(24));
        record.u32(0x0807_4b50).u32(crc);
        if self.is_large() {
            record.u64(self.size).u64(self.size);
        } else {
            record.u32(low(self.size)).u32(low(self.size));
        }
        record.0
    }

    /// Its line in the directory at the end; `at` is where its head begins.
    pub fn line(&self, at: u64, crc: u32) -> Vec<u8> {
        let mut record = Record(Vec::with_capacity(96 + self.name.len()));
        let mut wide = Record(Vec::new());
        if self.is_large() {
            wide.u64(self.size).u64(self.size);
        }
        if at >= LIMIT {
            wide.u64(at);
        }
        let needs = if wide.0.is_empty() { 20 } else { VERSION };
        record.u32(0x0201_4b50).u16(MADE_BY).u16(needs);
        record.u16(FLAGS).u16(0).u32(dos_time(self.at_ms)).u32(crc);
        record.u32(low(self.size)).u32(low(self.size));
        let extra = match wide.0.len() {
            0 => 9,
            some => 9 + 4 + u16::try_from(some).unwrap_or_default(),
        };
        record.u16(length(self.name)).u16(extra);
        record
            .u16(0)
            .u16(0)
            .u16(0)
            .u32(self.mode() << 16)
            .u32(low(at));
        record.text(self.name);
        if !wide.0.is_empty() {
            let some = u16::try_from(wide.0.len()).unwrap_or_default();
            record.u16(1).u16(some).0.extend(wide.0);
        }
        record.unix_time(self.at_ms);
        record.0
    }

    /// So many bytes it takes, head and foot with it.
    pub fn span(&self) -> u64 {
        self.head().len() as u64 + self.size + self.foot(0).len() as u64
    }

    fn needs(&self) -> u16 {
        if self.is_large() { VERSION } else { 20 }
    }

    /// A file that may be read by all, and run where it is a script.
    fn mode(&self) -> u32 {
        let is_script = self.name.strip_suffix(".sh").is_some();
        if is_script { 0o100_755 } else { 0o100_644 }
    }
}

/// What stands at the very end: how many members there are, and where the
/// directory of them lies, and how long it is.
pub fn end(members: u64, at: u64, size: u64) -> Vec<u8> {
    let mut record = Record(Vec::with_capacity(98));
    if members >= MEMBERS || at >= LIMIT || size >= LIMIT {
        record.u32(0x0606_4b50).u64(44).u16(MADE_BY).u16(VERSION);
        record.u32(0).u32(0).u64(members).u64(members);
        record.u64(size).u64(at);
        record.u32(0x0706_4b50).u32(0).u64(at + size).u32(1);
    }
    let count = u16::try_from(members).unwrap_or(u16::MAX);
    record.u32(0x0605_4b50).u16(0).u16(0).u16(count).u16(count);
    record.u32(low(size)).u32(low(at)).u16(0);
    record.0
}

fn low(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn length(name: &str) -> u16 {
    u16::try_from(name.len()).unwrap_or(u16::MAX)
}

/// Little-endian fields, one after the other.
struct Record(Vec<u8>);

impl Record {
    fn u16(&mut self, value: u16) -> &mut Record {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u32(&mut self, value: u32) -> &mut Record {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(&mut self, value: u64) -> &mut Record {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn text(&mut self, text: &str) {
        self.0.extend(text.as_bytes());
    }

    /// Seconds since 1970, by which those who know it set a file's time right
    /// in every zone.
    fn unix_time(&mut self, at_ms: i64) {
        let seconds = u32::try_from(at_ms / 1000).unwrap_or_default();
        self.u16(0x5455).u16(5).0.push(1);
        self.u32(seconds.min(i32::MAX.unsigned_abs()));
    }
}

/// UTC as DOS wrote it, in steps of two seconds, from 1980 until 2107.
fn dos_time(at_ms: i64) -> u32 {
    let at = crate::window::instant(at_ms).to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let part = |it: i8| u32::from(it.unsigned_abs());
    match u32::try_from(i32::from(at.year()) - 1980) {
        Ok(year @ 0..=127) => {
            let date = year << 9 | part(at.month()) << 5 | part(at.day());
            let time = part(at.hour()) << 11 | part(at.minute()) << 5 | (part(at.second()) / 2);
            date << 16 | time
        }
        _ => (1 << 5 | 1) << 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_large_takes_the_64_bit_form() {
        let member = |size| Member {
            name: "a",
            size,
            at_ms: 1_781_287_407_000,
        };
        assert_eq!(member(LIMIT - 1).head().len(), 30 + 1 + 9);
        assert_eq!(member(LIMIT).head().len(), 30 + 1 + 20 + 9);
        assert_eq!(member(LIMIT - 1).foot(1).len(), 16);
        assert_eq!(member(LIMIT).foot(1).len(), 24);
        assert_eq!(member(1).line(LIMIT - 1, 1).len(), 46 + 1 + 9);
        assert_eq!(member(1).line(LIMIT, 1).len(), 46 + 1 + 12 + 9);
        assert_eq!(member(LIMIT).line(LIMIT, 1).len(), 46 + 1 + 28 + 9);
        assert_eq!(end(MEMBERS - 1, 1, 1).len(), 22);
        assert_eq!(end(MEMBERS, 1, 1).len(), 22 + 56 + 20);
        assert_eq!(end(1, LIMIT, 1).len(), 22 + 56 + 20);
    }

    #[test]
    fn times_that_dos_did_not_know_become_its_first_day() {
        // 2026-06-12T18:03:27Z
        let date = 46 * 512 + 6 * 32 + 12;
        let time = 18 * 2048 + 3 * 32 + 13;
        assert_eq!(dos_time(1_781_287_407_000), date * 65_536 + time);
        assert_eq!(dos_time(0), 0x0021_0000);
        assert_eq!(dos_time(i64::MAX), 0x0021_0000);
    }
}
