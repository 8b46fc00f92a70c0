//! Files are real: read back here by parsers that share nothing with the code
//! that makes them.

use sim::dice::Dice;
use sim::media::{Audio, Form, Media, Page};

fn bytes(media: &Media) -> Vec<u8> {
    let mut all = Vec::new();
    while (all.len() as u64) < media.len() {
        all.extend(media.chunk(all.len() as u64));
    }
    all
}

fn u32_at(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(data[at..at + 4].try_into().unwrap())
}

fn u16_at(data: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(data[at..at + 2].try_into().unwrap())
}

fn pages() -> Vec<Page> {
    let page = |n: u8| Page {
        lines: (0..20)
            .map(|line| format!("page {n} line {line} (really)"))
            .collect(),
    };
    (1..=3).map(page).collect()
}

#[test]
fn any_stretch_equals_the_same_stretch_of_the_whole() {
    let dice = Dice::new(1);
    for audio in [
        Audio::Mp3 { seconds: 31 },
        Audio::MuLaw { seconds: 12 },
        Audio::pcm_of(300_000),
    ] {
        let media = Media::audio(dice, "a recording", audio);
        let whole = bytes(&media);
        assert_eq!(whole.len() as u64, media.len());
        for offset in [
            1,
            43,
            44,
            57,
            58,
            255,
            256,
            257,
            1_000,
            20_000,
            65_535,
            65_537,
            media.len() - 1,
        ] {
            let offset = offset.min(media.len() - 1);
            let from = usize::try_from(offset).unwrap();
            let chunk = media.chunk(offset);
            assert_eq!(
                chunk,
                whole[from..from + chunk.len()],
                "{audio:?} at {offset}"
            );
        }
        assert!(media.chunk(media.len()).is_empty());
        let other = Media::audio(dice.at(1), "a recording", audio);
        assert_ne!(bytes(&other), whole, "another recording has other bytes");
        assert_ne!(other.sha256(), media.sha256());
    }
}

#[test]
fn wav_sizes_are_true() {
    for (audio, format, channels, rate) in [
        (Audio::MuLaw { seconds: 3 }, 7, 1, 8_000),
        (Audio::pcm_of(100_001), 1, 2, 48_000),
    ] {
        let media = Media::audio(Dice::new(2), "x", audio);
        let data = bytes(&media);
        assert_eq!((&data[..4], &data[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
        assert_eq!(u32_at(&data, 4) as usize + 8, data.len());
        let mut at = 12;
        let mut seen = Vec::new();
        while at < data.len() {
            let (name, size) = (&data[at..at + 4], u32_at(&data, at + 4) as usize);
            if name == b"fmt " {
                assert_eq!(
                    (
                        u16_at(&data, at + 8),
                        u16_at(&data, at + 10),
                        u32_at(&data, at + 12)
                    ),
                    (format, channels, rate)
                );
            }
            seen.push(name.to_vec());
            at += 8 + size;
        }
        assert_eq!(at, data.len());
        assert_eq!(seen.last().unwrap(), b"data");
    }
    assert_eq!(
        Audio::pcm_of(2 << 30).bytes(),
        2 << 30,
        "exactly two gibibytes"
    );
}

#[test]
fn mp3_is_a_tag_and_whole_frames() {
    let media = Media::audio(Dice::new(3), "Recording 7", Audio::Mp3 { seconds: 40 });
    let data = bytes(&media);
    assert_eq!(&data[..3], b"ID3");
    let size = data[6..10]
        .iter()
        .fold(0_usize, |size, byte| size << 7 | usize::from(*byte));
    let mut at = size + 10;
    let mut frames = 0;
    while at < data.len() {
        let [sync, version, rates, _] = data[at..at + 4].try_into().unwrap();
        assert_eq!(
            (sync, version & 0xfe),
            (0xff, 0xe2),
            "MPEG 2.5 layer III at {at}"
        );
        assert_eq!((rates >> 4, rates >> 2 & 3), (1, 2), "8 kbit/s at 8 kHz");
        assert_eq!(data[at + 4], 0, "no bit reservoir");
        at += 72 + usize::from(rates >> 1 & 1);
        frames += 1;
    }
    assert_eq!((at, frames), (data.len(), 40_000_usize.div_ceil(72)));
}

#[test]
fn pdf_offsets_are_true() {
    let data = bytes(&Media::pdf(&pages(), 42));
    let text = String::from_utf8_lossy(&data);
    assert!(data.starts_with(b"%PDF-1.4") && data.ends_with(b"%%EOF\n"));
    let start: usize = text
        .rsplit("startxref\n")
        .next()
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(&data[start..start + 4], b"xref");
    let table = std::str::from_utf8(&data[start..]).unwrap();
    let count: usize = table
        .lines()
        .nth(1)
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    for (number, entry) in table.lines().skip(3).take(count - 1).enumerate() {
        let offset: usize = entry[..10].parse().unwrap();
        assert!(
            data[offset..].starts_with(format!("{} 0 obj", number + 1).as_bytes()),
            "object {number}"
        );
    }
    assert_eq!(text.matches("/Type /Page ").count(), 3);
}

#[test]
fn tiff_directories_lead_to_rows() {
    let data = bytes(&Media::tiff(&pages()));
    assert_eq!(&data[..4], b"II*\0");
    let mut directory = u32_at(&data, 4) as usize;
    let mut images = 0;
    while directory != 0 {
        let entries = usize::from(u16_at(&data, directory));
        let tag = |wanted: u16| {
            let at = (0..entries)
                .map(|n| directory + 2 + n * 12)
                .find(|at| u16_at(&data, *at) == wanted)
                .unwrap();
            u32_at(&data, at + 8) as usize
        };
        let (strip, len, width, height) = (tag(273), tag(279), tag(256), tag(257));
        let mut unpacked = 0;
        let mut at = strip;
        while at < strip + len {
            let code = data[at];
            if code < 128 {
                unpacked += usize::from(code) + 1;
                at += usize::from(code) + 2;
            } else {
                unpacked += 257 - usize::from(code);
                at += 2;
            }
        }
        assert_eq!((at, unpacked), (strip + len, width / 8 * height));
        images += 1;
        directory = u32_at(&data, directory + 2 + entries * 12) as usize;
    }
    assert_eq!(images, 3);
}

#[test]
fn pictures_have_the_size_they_declare() {
    let png = Media::png(Dice::new(5));
    let data = bytes(&png);
    assert_eq!((png.len(), png.form()), (Media::png_len(), Form::Png));
    let (width, height) = png.form().pixels().unwrap();
    assert_eq!(data[16..20], width.to_be_bytes());
    assert_eq!(data[20..24], height.to_be_bytes());
    let jpeg = bytes(&Media::jpeg(Dice::new(5), "Picture 1"));
    assert_eq!(
        (&jpeg[..4], &jpeg[jpeg.len() - 2..]),
        (&[0xff, 0xd8, 0xff, 0xfe][..], &[0xff, 0xd9][..])
    );
    assert_ne!(jpeg, bytes(&Media::jpeg(Dice::new(6), "Picture 1")));
}
