//! The Inspector: whole files pass, torn ones never do, however the bytes
//! come.

use domain::Error;
use domain::error::Kind;
use domain::media::{Expected, Finding, Format, HEAD_BYTES, Inspector, Whole};

use crate::dice::Dice;
use crate::fixtures::{self, provable, unprovable};

pub(crate) const ALL: [Expected; 4] = [
    Expected::Audio,
    Expected::Document,
    Expected::Text,
    Expected::Anything,
];

pub(crate) fn inspect(expected: Expected, bytes: &[u8]) -> Result<Finding, Error> {
    let mut inspector = Inspector::new(expected);
    inspector.feed(bytes);
    inspector.finish()
}

/// The same, in portions that the dice choose.
pub(crate) fn in_portions(
    dice: &mut Dice,
    expected: Expected,
    bytes: &[u8],
) -> Result<Finding, Error> {
    let largest = *dice.pick(&[1, 2, 7, 64, 1000, 5000]);
    let mut inspector = Inspector::new(expected);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (portion, later) = rest.split_at(rest.len().min(dice.below(largest + 1)));
        inspector.feed(portion);
        rest = later;
    }
    let early = inspector.format();
    let finding = inspector.finish();
    if let (Some(early), Ok(finding)) = (early, &finding) {
        assert_eq!(early, finding.format);
    }
    finding
}

pub(crate) fn told(finding: Result<Finding, Error>) -> Result<Finding, String> {
    finding.map_err(|error| error.to_string())
}

fn format_of(name: &str) -> Format {
    match name.split([' ', ',']).find(|word| word.len() > 2).unwrap() {
        "wav" => Format::Wav,
        "mp3" => Format::Mp3,
        "pdf" => Format::Pdf,
        "tiff" => Format::Tiff,
        "png" => Format::Png,
        "jpeg" => Format::Jpeg,
        "gif" => Format::Gif,
        other => panic!("{other}"),
    }
}

#[test]
fn whole_files_are_proved() {
    for (name, bytes) in provable() {
        let finding =
            inspect(Expected::Anything, &bytes).unwrap_or_else(|it| panic!("{name}: {it}"));
        assert_eq!(finding.whole, Whole::Proved, "{name}");
        let name = name.strip_prefix("linearized ").unwrap_or(name);
        assert_eq!(finding.format, format_of(name), "{name}");
    }
    for (name, bytes) in unprovable() {
        let finding =
            inspect(Expected::Anything, &bytes).unwrap_or_else(|it| panic!("{name}: {it}"));
        assert_eq!(finding.whole, Whole::Unverifiable, "{name}");
    }
}

#[test]
fn no_cut_is_ever_proved() {
    for (name, bytes) in provable().into_iter().chain(unprovable()) {
        for cut in 0..bytes.len() {
            // Whatever else is expected only refuses more.
            if let Ok(finding) = inspect(Expected::Anything, &bytes[..cut]) {
                assert_eq!(finding.whole, Whole::Unverifiable, "{name} cut at {cut}");
            }
        }
    }
}

/// Formats that tell their end: every cut is an error. A cut inside the very
/// signature leaves bytes that are no format yet; four of them are enough.
#[test]
fn every_cut_of_a_format_with_an_end_is_an_error() {
    let strict = |name: &str| {
        ["wav", "png", "pdf", "jpeg", "gif", "tiff"]
            .iter()
            .any(|it| name.contains(it))
    };
    for (name, bytes) in provable().into_iter().filter(|(name, _)| strict(name)) {
        for cut in 4..bytes.len() {
            let error = inspect(Expected::Anything, &bytes[..cut])
                .expect_err(&format!("{name} cut at {cut} of {}", bytes.len()));
            assert_eq!(error.kind(), Kind::Incomplete);
        }
    }
}

/// A cut inside a frame or tag is an error; between two frames nobody can
/// tell, unless the file says how many there are.
#[test]
fn an_mp3_is_cut_inside_a_frame_or_short_of_its_count() {
    let plain = fixtures::mp3(9);
    for cut in 4..plain.len() {
        let finding = inspect(Expected::Audio, &plain[..cut]);
        assert_eq!(finding.is_ok(), cut % 417 == 0, "{cut}");
    }
    let counted = fixtures::mp3_with_table("Xing");
    for cut in 4..counted.len() - 417 {
        assert!(inspect(Expected::Audio, &counted[..cut]).is_err(), "{cut}");
    }
    let tagged = [fixtures::id3v2(100), fixtures::mp3(2)].concat();
    for cut in 4..111 {
        let error = inspect(Expected::Audio, &tagged[..cut]).unwrap_err();
        assert!(error.to_string().starts_with("the audio file"), "{error}");
    }
}

#[test]
fn portions_change_nothing() {
    let mut dice = Dice::new(5);
    for (name, bytes) in provable().into_iter().chain(unprovable()) {
        for round in 0..60 {
            let cut = if round < 20 {
                bytes.len()
            } else {
                dice.below(bytes.len())
            };
            let expected = *dice.pick(&ALL);
            let whole = told(inspect(expected, &bytes[..cut]));
            let parts = told(in_portions(&mut dice, expected, &bytes[..cut]));
            assert_eq!(whole, parts, "{name} cut at {cut}");
        }
    }
}

#[test]
fn sentences_say_what_is_wrong() {
    let told = |expected, bytes: &[u8]| inspect(expected, bytes).unwrap_err().to_string();
    let wav = fixtures::wav(true);
    assert_eq!(told(Expected::Audio, b""), "the file is empty");
    assert_eq!(
        told(Expected::Audio, &wav[..100]),
        "the audio file is cut short: its header promises 244 bytes, 100 came"
    );
    assert_eq!(
        told(Expected::Audio, &[wav.as_slice(), b"junk"].concat()),
        "the audio file is longer than it says: its header promises 244 bytes, 248 came"
    );
    assert_eq!(
        told(Expected::Document, &fixtures::pdf()[..2000]),
        "the PDF document is cut short: its end mark is missing"
    );
    assert_eq!(
        told(
            Expected::Audio,
            &fixtures::mp3_with_table("Xing")[..417 * 4]
        ),
        "the audio file is cut short: its header promises 11 frames, 3 came"
    );
    assert_eq!(
        told(Expected::Document, b"{\"errorCode\":\"CMN-102\"}"),
        "a JSON answer came instead of a document"
    );
    assert_eq!(
        told(Expected::Audio, b"Not found"),
        "plain text came instead of audio"
    );
}

#[test]
fn pages_and_answers_are_told_from_files() {
    let page = |text: &str| text.as_bytes().to_vec();
    for (bytes, format) in [
        (page("<!DOCTYPE html><html>"), Format::Html),
        (page("\u{feff}\r\n  <HTML lang=en>"), Format::Html),
        (
            page("<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>"),
            Format::Html,
        ),
        (page("<!-- x --><body>"), Format::Html),
        (b"\xff\xfe<\0h\0t\0m\0l\0".to_vec(), Format::Html),
        (page("<html>%PDF-1.4</html>"), Format::Html),
        (page(" {\"a\": [1, 2]}\n"), Format::Json),
        (page("[]"), Format::Json),
        (
            page(&format!(
                "[{{\"text\": \"{}\"}}]",
                "x".repeat(2 * HEAD_BYTES)
            )),
            Format::Json,
        ),
        (page("{not json"), Format::Text),
        (page("<3 you"), Format::Text),
        (page("[ring me]"), Format::Text),
        (page("It said %PDF-1.4 somewhere"), Format::Text),
        (page("RIFF me no riffs, WAVE"), Format::Text),
        (page(&"Grüße ".repeat(HEAD_BYTES)), Format::Text),
        (
            b"Zugriff verweigert f\xfcr diese Datei".to_vec(),
            Format::Text,
        ),
        (b"\xff\xfeh\0i\0".to_vec(), Format::Text),
        (b"ftypmp42\0\0\0\0".to_vec(), Format::Other),
        (b"RIFF\x10\0\0\0WEBPVP8 ".to_vec(), Format::Other),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        assert_eq!(
            inspect(Expected::Anything, &bytes).unwrap().format,
            format,
            "{shown}"
        );
        let is_message = matches!(format, Format::Html | Format::Json | Format::Text);
        assert_eq!(
            inspect(Expected::Audio, &bytes).is_err(),
            is_message,
            "{shown}"
        );
        assert_eq!(
            inspect(Expected::Document, &bytes).is_err(),
            is_message,
            "{shown}"
        );
        let is_answer = matches!(format, Format::Html | Format::Json);
        assert_eq!(
            inspect(Expected::Text, &bytes).is_err(),
            is_answer,
            "{shown}"
        );
    }
}

/// The other format than expected is kept: the bytes decide.
#[test]
fn a_file_of_another_format_passes_as_what_it_is() {
    let finding = inspect(Expected::Document, &fixtures::wav(true)).unwrap();
    assert_eq!(finding.format, Format::Wav);
    let finding = inspect(Expected::Audio, &[0, 1, 2, 3]).unwrap();
    assert_eq!(
        (finding.format, finding.whole),
        (Format::Other, Whole::Unverifiable)
    );
}

#[test]
fn odd_but_whole_files_are_not_refused() {
    let with = |bytes: Vec<u8>, end: &[u8]| [bytes, end.to_vec()].concat();
    for (bytes, whole) in [
        (fixtures::wav(false), Whole::Proved),
        (with(fixtures::jpeg(), &[0; 50]), Whole::Proved),
        (with(fixtures::jpeg(), b"SEFT"), Whole::Unverifiable),
        (with(fixtures::png(), b"\0"), Whole::Unverifiable),
        (with(fixtures::gif(), b"\0"), Whole::Unverifiable),
        (with(fixtures::pdf(), b"\r\n\0\0"), Whole::Proved),
        (with(fixtures::pdf(), b"\n2 0 obj"), Whole::Unverifiable),
        (
            with(b"\x1b%-12345X@PJL\n".to_vec(), &fixtures::pdf()),
            Whole::Proved,
        ),
        (with(fixtures::tiff(true), b"\0\0"), Whole::Unverifiable),
        (with(fixtures::mp3(5), &[0; 300]), Whole::Unverifiable),
        (
            with(fixtures::mp3_with_table("Xing"), &fixtures::mp3(1)),
            Whole::Unverifiable,
        ),
    ] {
        let finding = inspect(Expected::Anything, &bytes).unwrap();
        assert_eq!(finding.whole, whole, "{:?}", finding.format);
    }
    // Padding that is written but not counted.
    let mut uncounted = fixtures::wav(false);
    uncounted[4] -= 1;
    assert_eq!(
        inspect(Expected::Audio, &uncounted).unwrap().whole,
        Whole::Proved
    );
}

/// Where no length was filled in, none can be missed.
#[test]
fn a_recording_without_lengths_is_unverifiable() {
    // As LAME decodes into a pipe: a placeholder, and a sum made from it.
    let mut piped = fixtures::wav(true);
    piped[4..8].copy_from_slice(&[0x23, 0, 0, 0x80]);
    piped[40..44].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
    let finding = inspect(Expected::Audio, &piped).unwrap();
    assert_eq!(finding.whole, Whole::Unverifiable);
    for at in [4, 40] {
        for unknown in [0, 0xff] {
            let mut wav = fixtures::wav(true);
            wav[at..at + 4].fill(unknown);
            let finding = inspect(Expected::Audio, &wav).unwrap();
            assert_eq!(finding.whole, Whole::Unverifiable, "{at} {unknown}");
        }
    }
}

#[test]
fn a_large_tiff_is_not_kept_and_not_proved() {
    let mut tiff = fixtures::tiff(true);
    tiff.resize(9 * 1024 * 1024, 0);
    let finding = inspect(Expected::Document, &tiff).unwrap();
    assert_eq!(finding.whole, Whole::Unverifiable);
}

#[test]
fn a_tiff_that_leads_in_circles_ends() {
    let mut tiff = fixtures::tiff(true);
    let next = 8 + 2 + 3 * 12;
    tiff[next] = 8;
    let finding = inspect(Expected::Document, &tiff).unwrap();
    assert_eq!(finding.whole, Whole::Unverifiable);
}

#[test]
fn the_format_is_known_early() {
    for (name, bytes) in provable() {
        let mut inspector = Inspector::new(Expected::Anything);
        assert_eq!(inspector.format(), None);
        inspector.feed(&bytes);
        inspector.feed(&[0; HEAD_BYTES]);
        assert!(inspector.format().is_some(), "{name}");
    }
}

/// Fifty thousand random and mutated files: no panic, no endless loop, and
/// never a different finding for different portions.
#[test]
fn hostile_bytes_do_no_harm() {
    let mut dice = Dice::new(0xfa11);
    let files: Vec<Vec<u8>> = provable()
        .into_iter()
        .chain(unprovable())
        .map(|(_, it)| it)
        .collect();
    for round in 0..50_000 {
        let mut bytes = if dice.one_in(10) {
            let size = dice.below(300);
            dice.bytes(size)
        } else {
            dice.pick(&files).clone()
        };
        for _ in 0..dice.below(6) {
            mutate(&mut dice, &mut bytes, &files);
        }
        let expected = *dice.pick(&ALL);
        let finding = told(inspect(expected, &bytes));
        if round % 10 == 0 {
            assert_eq!(finding, told(in_portions(&mut dice, expected, &bytes)));
        }
    }
}

fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>, files: &[Vec<u8>]) {
    if bytes.is_empty() {
        return;
    }
    let at = dice.below(bytes.len());
    match dice.below(7) {
        0 => bytes.truncate(at),
        1 => bytes[at] = *dice.pick(&[0, 1, 0x7f, 0x80, 0xff]),
        2 => bytes[at] ^= 1 << dice.below(8),
        3 => {
            let end = bytes.len().min(at + 4);
            bytes[at..end].fill(0xff);
        }
        4 => drop(bytes.drain(..at)),
        5 => bytes.truncate(64),
        _ => {
            let other = dice.pick(files);
            bytes.splice(at.., other.iter().copied());
        }
    }
}
