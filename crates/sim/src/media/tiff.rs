//! TIFF, by hand: black and white pages at fax resolution, packed with
//! `PackBits` (baseline TIFF 6.0, compression 32773).

use super::Page;

const WIDTH: usize = 1_728;
const HEIGHT: usize = 1_100;
const ROW: usize = WIDTH / 8;
/// Rows from one line of writing to the next, and how tall a letter is.
const LINE: usize = 24;
const LETTER: usize = 14;
/// Rows above the first line.
const MARGIN: usize = 40;

/// A multi-page file with one image for each of `pages`.
pub(super) fn tiff(pages: &[Page]) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for (number, page) in (0_u16..).zip(pages) {
        let strip = file.len();
        file.extend(image(page));
        let strip_len = file.len() - strip;
        if file.len() % 2 == 1 {
            file.push(0);
        }
        let directory = file.len();
        file[link..link + 4].copy_from_slice(&long(directory));
        link = write_directory(&mut file, strip, strip_len, number, pages.len());
    }
    file
}

/// Writes one image directory and returns where the link to the next stands.
fn write_directory(
    file: &mut Vec<u8>,
    strip: usize,
    strip_len: usize,
    number: u16,
    pages: usize,
) -> usize {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    let resolution = file.len() + 2 + 14 * 12 + 4;
    let of_all = usize::from(number) | pages << 16;
    let entries: [(u16, u16, u32, usize); 14] = [
        (254, LONG, 1, 2), // one page of several
        (256, LONG, 1, WIDTH),
        (257, LONG, 1, HEIGHT),
        (258, SHORT, 1, 1),      // bits per sample
        (259, SHORT, 1, 32_773), // PackBits
        (262, SHORT, 1, 0),      // 0 is white
        (273, LONG, 1, strip),
        (277, SHORT, 1, 1),
        (278, LONG, 1, HEIGHT),
        (279, LONG, 1, strip_len),
        (282, 5, 1, resolution),
        (283, 5, 1, resolution + 8),
        (296, SHORT, 1, 2),      // inches
        (297, SHORT, 2, of_all), // page number, pages in all
    ];
    file.extend(14_u16.to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(long(value));
    }
    let link = file.len();
    file.extend([0; 4]);
    for (dots, inches) in [(204, 1), (98, 1)] {
        file.extend(long(dots));
        file.extend(long(inches));
    }
    link
}

fn long(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}

/// The page's rows, packed. Each character becomes a byte-wide block whose
/// dots are its code: nobody reads it, but no two texts look alike.
fn image(page: &Page) -> Vec<u8> {
    let mut packed = Vec::new();
    for y in 0..HEIGHT {
        let mut row = [0_u8; ROW];
        let (line, within) = (
            y.saturating_sub(MARGIN) / LINE,
            y.saturating_sub(MARGIN) % LINE,
        );
        let written = page
            .lines
            .get(line)
            .filter(|_| y >= MARGIN && within < LETTER);
        let codes = written.map_or("", String::as_str).bytes();
        for (cell, code) in row[12..]
            .iter_mut()
            .zip(codes)
            .filter(|(_, code)| *code != b' ')
        {
            *cell = code.rotate_left(u32::try_from(within / 4).unwrap_or(0));
        }
        pack(&row, &mut packed);
    }
    packed
}

/// `PackBits`: runs of equal bytes, and stretches of different ones.
fn pack(row: &[u8], out: &mut Vec<u8>) {
    let mut rest = row;
    while let [first, ..] = rest {
        let run = rest
            .iter()
            .take(128)
            .take_while(|byte| *byte == first)
            .count();
        if run > 1 {
            out.push(u8::try_from(257 - run).unwrap_or(0));
            out.push(*first);
            rest = &rest[run..];
        } else {
            let plain = rest
                .windows(2)
                .take(127)
                .take_while(|pair| pair[0] != pair[1])
                .count()
                .max(1);
            out.push(u8::try_from(plain - 1).unwrap_or(0));
            out.extend(&rest[..plain]);
            rest = &rest[plain..];
        }
    }
}
