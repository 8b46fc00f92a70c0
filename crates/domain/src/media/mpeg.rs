//! Frame headers of MPEG audio (ISO/IEC 11172-3 and 13818-3): all versions
//! and layers, except the free bit rate, whose frames do not tell their size.

/// Kilobits a second by table and index 1 to 14.
const RATES: [[u16; 14]; 5] = [
    [
        32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
    ],
    [
        32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
    ],
    [
        32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ],
    [
        32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
    ],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// What a frame's four header bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Length of the whole frame, header included.
    pub(super) bytes: usize,
    /// 1, 2 or 3.
    layer: u8,
    /// MPEG 1; else 2 or 2.5.
    is_first_version: bool,
    is_mono: bool,
    has_checksum: bool,
    /// Samples a second.
    sampling: u32,
}

impl Frame {
    /// Reads the header at this place of the bytes.
    pub(super) fn at(bytes: &[u8], at: usize) -> Option<Frame> {
        let &[sync, kind, rate, mode] = bytes.get(at..at.checked_add(4)?)? else {
            return None;
        };
        let version = kind >> 3 & 3;
        let layer = 4 - (kind >> 1 & 3);
        let is_sync = sync == 0xff && kind >> 5 == 7;
        // Reserved: version 1, layer 4, emphasis 2.
        if !is_sync || version == 1 || layer == 4 || mode & 3 == 2 {
            return None;
        }
        let is_first_version = version == 3;
        let table = match (is_first_version, layer) {
            (true, layer) => usize::from(layer) - 1,
            (false, 1) => 3,
            (false, _) => 4,
        };
        let index = usize::from(rate >> 4).checked_sub(1)?;
        let bits = u32::from(*RATES[table].get(index)?) * 1000;
        let full = *[44_100, 48_000, 32_000].get(usize::from(rate >> 2 & 3))?;
        let sampling = full
            >> match version {
                3 => 0,
                2 => 1,
                _ => 2,
            };
        let padding = u32::from(rate >> 1 & 1);
        let length = match layer {
            1 => (12 * bits / sampling + padding) * 4,
            3 if !is_first_version => 72 * bits / sampling + padding,
            _ => 144 * bits / sampling + padding,
        };
        Some(Frame {
            bytes: usize::try_from(length).ok()?,
            layer,
            is_first_version,
            is_mono: mode >> 6 == 3,
            has_checksum: kind & 1 == 0,
            sampling,
        })
    }

    /// Whether both may stand in one stream.
    pub(super) fn is_like(&self, other: &Frame) -> bool {
        (self.layer, self.is_first_version, self.sampling)
            == (other.layer, other.is_first_version, other.sampling)
    }

    /// How many frames the whole stream has besides this one, where this
    /// first frame is a table of contents (Xing, Info, VBRI) and says so.
    /// `body` is what follows the header.
    pub(super) fn promised(&self, body: &[u8]) -> Option<u64> {
        if self.layer != 3 {
            return None;
        }
        let side = match (self.is_first_version, self.is_mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let xing = |at: usize| {
            let table = body.get(at..at + 12)?;
            let is_table = table.starts_with(b"Xing") || table.starts_with(b"Info");
            (is_table && table[7] & 1 == 1).then(|| number(&table[8..12]))
        };
        let vbri = || {
            let table = body.get(32..50)?;
            table.starts_with(b"VBRI").then(|| number(&table[14..18]))
        };
        let checksum = if self.has_checksum { 2 } else { 0 };
        let promised = xing(side).or_else(|| xing(side + checksum)).or_else(vbri);
        promised.filter(|&frames| frames > 0)
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}
