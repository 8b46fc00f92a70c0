//! Small files of every format, built by hand from the formats' own
//! documents.

/// `(name, bytes)` of whole files whose end the format itself tells.
pub(crate) fn provable() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("wav", wav(true)),
        ("wav with chunks", wav_with_chunks()),
        ("mp3 with Xing", mp3_with_table("Xing")),
        (
            "mp3 with Info and ID3v2",
            [id3v2(200), mp3_with_table("Info")].concat(),
        ),
        ("mp3 in mono with Xing", counted(MONO, "Xing", 17)),
        ("mp3 of speech with Info", counted(SPEECH, "Info", 9)),
        (
            "mp3 of two speakers with Xing",
            counted(SPEECH_STEREO, "Xing", 17),
        ),
        ("mp3 with VBRI", mp3_with_vbri()),
        ("mp3 with ID3v1", [mp3(9), id3v1()].concat()),
        ("mp3 with APE", [mp3(9), ape()].concat()),
        ("mp3 with Lyrics3", [mp3(9), lyrics(), id3v1()].concat()),
        ("pdf", pdf()),
        ("linearized pdf", linearized_pdf()),
        ("tiff, Intel order", tiff(true)),
        ("tiff, Motorola order", tiff(false)),
        ("png", png()),
        ("jpeg", jpeg()),
        ("gif", gif()),
    ]
}

/// Whole files whose format does not tell.
pub(crate) fn unprovable() -> Vec<(&'static str, Vec<u8>)> {
    let mut streamed = wav(true);
    streamed[4..8].fill(0xff);
    let mut placeholder = wav(true);
    placeholder[40..44].fill(0);
    vec![
        ("streamed wav", streamed),
        ("wav with an empty length", placeholder),
        ("mp3", mp3(12)),
        ("mp3 after garbage", [vec![0; 700], mp3(12)].concat()),
        (
            "mp3 after a padded tag",
            [id3v2(50), vec![0; 5000], mp3(12)].concat(),
        ),
        ("speech mp3", frames(SPEECH, 20)),
        (
            "text",
            b"Good morning.\nThe ship leaves at nine.\n".to_vec(),
        ),
        ("unknown", vec![0, 1, 2, 3, 250, 251, 252]),
    ]
}

fn chunk(id: &str, body: &[u8]) -> Vec<u8> {
    let mut chunk = id.as_bytes().to_vec();
    chunk.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    chunk.extend(body);
    if body.len() % 2 == 1 {
        chunk.push(0);
    }
    chunk
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk("RIFF", &[b"WAVE".to_vec(), chunks.concat()].concat())
}

fn wave_format() -> Vec<u8> {
    // PCM, one channel, 8000 Hz, 16 bit.
    let body = [1u32 | 1 << 16, 8000, 16_000, 2 | 16 << 16];
    chunk("fmt ", &body.map(u32::to_le_bytes).concat())
}

pub(crate) fn wav(even: bool) -> Vec<u8> {
    let sound = vec![7; if even { 200 } else { 201 }];
    riff(&[wave_format(), chunk("data", &sound)])
}

fn wav_with_chunks() -> Vec<u8> {
    let list = chunk("LIST", b"INFOISFT\x05\0\0\0abcde");
    riff(&[
        wave_format(),
        list,
        chunk("data", &[3; 333]),
        chunk("id3 ", b"x"),
    ])
}

/// Headers of layer III frames, and how long such a frame is.
const STEREO: ([u8; 4], usize) = ([0xff, 0xfb, 0x90, 0x64], 417); // MPEG 1, 128 kbit/s, 44.1 kHz
const MONO: ([u8; 4], usize) = ([0xff, 0xfb, 0x90, 0xc4], 417);
const SPEECH: ([u8; 4], usize) = ([0xff, 0xf3, 0x48, 0xc4], 144); // MPEG 2, 32 kbit/s, 16 kHz, mono
const SPEECH_STEREO: ([u8; 4], usize) = ([0xff, 0xf3, 0x48, 0x44], 144);

fn frames((head, bytes): ([u8; 4], usize), count: usize) -> Vec<u8> {
    let mut frame = head.to_vec();
    frame.resize(bytes, 0x55);
    frame.repeat(count)
}

pub(crate) fn mp3(count: usize) -> Vec<u8> {
    frames(STEREO, count)
}

/// A table of contents that promises eleven frames, and these; it stands
/// after the side information, whose length differs.
fn counted(kind: ([u8; 4], usize), name: &str, side: usize) -> Vec<u8> {
    let mut table = frames(kind, 1);
    table[4..].fill(0);
    let at = 4 + side;
    table[at..at + 4].copy_from_slice(name.as_bytes());
    table[at + 7] = 1;
    table[at + 11] = 11;
    [table, frames(kind, 11)].concat()
}

pub(crate) fn mp3_with_table(name: &str) -> Vec<u8> {
    counted(STEREO, name, 32)
}

fn mp3_with_vbri() -> Vec<u8> {
    let mut table = frames(STEREO, 1);
    table[4..].fill(0);
    table[36..40].copy_from_slice(b"VBRI");
    table[53] = 11;
    [table, mp3(11)].concat()
}

pub(crate) fn id3v2(body: u8) -> Vec<u8> {
    let mut tag = b"ID3\x04\0\0\0\0".to_vec();
    tag.extend([body >> 7, body & 0x7f]);
    tag.extend(std::iter::repeat_n(0xff, usize::from(body)));
    tag
}

fn id3v1() -> Vec<u8> {
    let mut tag = b"TAGTitle".to_vec();
    tag.resize(128, 0);
    tag
}

fn ape() -> Vec<u8> {
    let item = b"\x03\0\0\0\0\0\0\0Key\0abc";
    let size = u32::try_from(item.len() + 32).unwrap().to_le_bytes();
    let end = |flags: u8| {
        [
            b"APETAGEX".as_slice(),
            &[0xd0, 7, 0, 0],
            &size,
            &[1, 0, 0, 0, 0, 0, 0, flags],
            &[0; 8],
        ]
        .concat()
    };
    [end(0xa0), item.to_vec(), end(0x80)].concat()
}

fn lyrics() -> Vec<u8> {
    b"LYRICSBEGININD0000200LYR00010LLYRICS TAG000035LYRICS200".to_vec()
}

pub(crate) fn pdf() -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n".to_vec();
    pdf.extend([0x80; 3000]);
    pdf.extend(b"\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF");
    pdf
}

/// The first page's own end mark stands near the beginning.
fn linearized_pdf() -> Vec<u8> {
    let head =
        "%PDF-1.5\n1 0 obj\n<</Linearized 1/L 2222/H [ 1 2 ]/O 3>>\nendobj\nstartxref\n0\n%%EOF\n";
    let mut pdf = head.as_bytes().to_vec();
    pdf.resize(2204, b'x');
    pdf.extend(b"startxref\n11\n%%EOF");
    assert_eq!(pdf.len(), 2222);
    pdf
}

/// One page in two strips; Intel order with the directory first, Motorola
/// order with the directory last, as both occur.
pub(crate) fn tiff(is_intel: bool) -> Vec<u8> {
    let two = |n: u16| {
        if is_intel {
            n.to_le_bytes()
        } else {
            n.to_be_bytes()
        }
    };
    let four = |n: u32| {
        if is_intel {
            n.to_le_bytes()
        } else {
            n.to_be_bytes()
        }
    };
    let entries = 3;
    let directory_bytes = 2 + entries * 12 + 4;
    let (directory, strips, tables) = if is_intel {
        (8, 8 + directory_bytes + 16, 8 + directory_bytes)
    } else {
        (8 + 60 + 16, 8, 8 + 60)
    };
    let entry =
        |tag, kind, count, value| [&two(tag)[..], &two(kind), &four(count), &four(value)].concat();
    let ifd = [
        two(u16::try_from(entries).unwrap()).to_vec(),
        // Lines per page stand in the entry itself, as a long.
        entry(257, 4, 1, 2),
        entry(273, 4, 2, tables),
        entry(279, 4, 2, tables + 8),
        four(0).to_vec(),
    ]
    .concat();
    let table = [strips, strips + 30, 30, 30].map(four).concat();
    let mark = if is_intel { b"II" } else { b"MM" };
    let head = [mark.to_vec(), two(42).to_vec(), four(directory).to_vec()].concat();
    let pixels = vec![0x5a; 60];
    if is_intel {
        [head, ifd, table, pixels].concat()
    } else {
        [head, pixels, table, ifd].concat()
    }
}

pub(crate) fn png() -> Vec<u8> {
    let chunk = |kind: &str, body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[..], kind.as_bytes(), body, b"crc!"].concat()
    };
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk("IHDR", &[0; 13]),
        chunk("IDAT", &[9; 500]),
        chunk("tEXt", b"IEND"),
        chunk("IEND", b""),
    ]
    .concat()
}

/// Progressive (two scans), with a preview that has its own end mark.
pub(crate) fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], body].concat()
    };
    [
        vec![0xff, 0xd8],
        segment(0xe1, b"Exif\0\0\xff\xd8\xff\xdb\0\x02\xff\xd9"),
        segment(0xdb, &[1; 65]),
        vec![0xff, 0xff],
        segment(0xc2, &[8; 15]),
        segment(0xda, &[1; 10]),
        b"abc\xff\0def\xff\xd0ghi".to_vec(),
        segment(0xc4, &[2; 20]),
        segment(0xda, &[1; 10]),
        b"jkl\xff\0".to_vec(),
        vec![0xff, 0xd9],
    ]
    .concat()
}

/// Animated, with global and local colours; sub-blocks full of `;`.
pub(crate) fn gif() -> Vec<u8> {
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0".to_vec();
    gif.extend([b';'; 6]);
    gif.extend(b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0");
    gif.extend(b",\0\0\0\0\x01\0\x01\0\x81");
    gif.extend([b';'; 12]);
    gif.extend(b"\x02\x03;;;\x02;;\0;");
    gif
}
