//! Pictures: a PNG painted from the dice, and a JPEG fixture with a comment of
//! its own.

use crate::dice::Dice;

const PHOTO: &[u8] = include_bytes!("../../fixtures/photo.jpg");

/// Width and height of the fixture.
pub(super) const JPEG_PIXELS: (u32, u32) = (96, 72);
/// Width and height of what is painted here.
pub(super) const PNG_PIXELS: (u32, u32) = (160, 120);

/// Size of every painted picture: they are not compressed.
pub(super) fn png_len() -> u64 {
    let (width, height) = (u64::from(PNG_PIXELS.0), u64::from(PNG_PIXELS.1));
    let raw = (width * 3 + 1) * height;
    let (signature, header, end, frame) = (8, 25, 12, 12);
    let zlib = 2 + 5 * raw.div_ceil(65_535) + raw + 4;
    signature + header + frame + zlib + end
}

/// The fixture with a comment segment after its first marker.
pub(super) fn jpeg(dice: Dice, label: &str) -> Vec<u8> {
    let comment = format!("{label} {:016x}", dice.bits());
    let len = u16::try_from(comment.len() + 2).unwrap_or(2);
    let (start, rest) = PHOTO.split_at(2);
    [
        start,
        &[0xff, 0xfe],
        &len.to_be_bytes(),
        comment.as_bytes(),
        rest,
    ]
    .concat()
}

/// Coloured squares, true colour, not compressed.
pub(super) fn png(dice: Dice) -> Vec<u8> {
    let (width, height) = PNG_PIXELS;
    let mut raw = Vec::new();
    for y in 0..height {
        raw.push(0);
        for x in 0..width {
            let [r, g, b, ..] = dice.at(u64::from(y / 20 * 8 + x / 20)).bits().to_be_bytes();
            raw.extend([r, g, b]);
        }
    }
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &stored(&raw));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    file.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let body = [name.as_slice(), data].concat();
    file.extend(&body);
    file.extend(crc(&body).to_be_bytes());
}

/// A zlib stream of stored blocks.
fn stored(raw: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks: Vec<&[u8]> = raw.chunks(65_535).collect();
    for (n, block) in blocks.iter().enumerate() {
        let len = u16::try_from(block.len()).unwrap_or(0);
        out.push(u8::from(n + 1 == blocks.len()));
        out.extend(len.to_le_bytes());
        out.extend((!len).to_le_bytes());
        out.extend(*block);
    }
    let (a, b) = raw.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn crc(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}
