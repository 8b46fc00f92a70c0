//! Bytes of every kind before the parsers of this crate: media, names, keys,
//! media types.

use domain::account::ExtensionId;
use domain::archive_path::{ArchivePath, file_extension, finished, folder_name, stem};
use domain::data_type::DataType;
use domain::item::{Facts, Fetch, Item, ItemId, Party};
use domain::media::{Expected, Format};
use domain::transcript::transcript;
use testkit::fuzz::Target;

use crate::dice::{ATOMS, Dice};
use crate::fixtures::{provable, unprovable};
use crate::media::{ALL, in_portions, inspect, told};
use crate::other_peoples_rules::objection;
use crate::samples::{PRESETS, ada, new_york};

/// Whatever the bytes are: the same finding in portions of any size, and who
/// expects something finds no more than who expects nothing.
fn media(data: &[u8]) {
    let anything = inspect(Expected::Anything, data);
    let mut dice = Dice::new(
        data.iter()
            .fold(7, |sum, byte| sum * 31 % 65521 + u64::from(*byte)),
    );
    for expected in ALL {
        let at_once = inspect(expected, data);
        let piece_by_piece = in_portions(&mut dice, expected, data);
        if expected != Expected::Text {
            match (&at_once, &anything) {
                (Ok(one), Ok(other)) => assert_eq!(one, other),
                (found, _) => assert!(found.is_err(), "{expected:?} finds more than Anything"),
            }
        }
        assert_eq!(told(at_once), told(piece_by_piece));
    }
}

fn fuzz_media(name: &str, words: &[&str]) {
    let files = provable().into_iter().chain(unprovable());
    let seeds = files
        .filter(|(of, _)| of.contains(name))
        .map(|(_, bytes)| bytes);
    let seeds: Vec<Vec<u8>> = seeds.collect();
    Target {
        name,
        seeds: &seeds,
        corpus: &[b""],
        words,
    }
    .run(media);
}

#[test]
fn fuzz_wav() {
    fuzz_media(
        "wav",
        &[
            "RIFF", "WAVE", "fmt ", "data", "LIST", "RF64", "ds64", "\0\0\0\0",
        ],
    );
}

#[test]
fn fuzz_mp3() {
    fuzz_media(
        "mp3",
        &[
            "ID3\x04\0\0",
            "TAG",
            "APETAGEX",
            "LYRICS200",
            "Xing",
            "Info",
            "VBRI",
        ],
    );
}

#[test]
fn fuzz_pdf() {
    fuzz_media(
        "pdf",
        &[
            "%PDF-1.4",
            "%%EOF",
            "startxref\n",
            "/Linearized 1",
            "/L 99",
            "\r\n",
            "xref",
        ],
    );
}

#[test]
fn fuzz_tiff() {
    fuzz_media(
        "tiff",
        &[
            "II*\0",
            "MM\0*",
            "II+\0",
            "\x11\x01\x04\0",
            "\x17\x01\x04\0",
            "\x01\0\0\0",
        ],
    );
}

#[test]
fn fuzz_png() {
    fuzz_media("png", &["\u{89}PNG\r\n\x1a\n", "IHDR", "IDAT", "IEND"]);
}

#[test]
fn fuzz_jpeg() {
    fuzz_media("jpeg", &["JFIF", "Exif\0\0"]);
}

#[test]
fn fuzz_gif() {
    fuzz_media(
        "gif",
        &["GIF87a", "GIF89a", "NETSCAPE2.0", "!\u{f9}\x04", ";"],
    );
}

/// What has no signature: text, pages, JSON, frames of sound.
#[test]
fn fuzz_sniffed() {
    let seeds: Vec<Vec<u8>> = [
        &b"Good morning.\nThe ship leaves at nine.\n"[..],
        b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
        b"\xef\xbb\xbf <?xml version=\"1.0\"?><a/>",
        b"{\"errors\":[{\"errorCode\":\"CMN-102\"}]}",
        b"\xff\xfeh\0i\0",
        b"\xff\xfb\x90\x64\0\0\0\0",
        &[b' '; 5000],
    ]
    .map(<[u8]>::to_vec)
    .into();
    let words = [
        "<html", "%PDF-1.7", "RIFF", "ID3", "{\"", "[1", "\u{feff}", "GIF89a", "\x1b",
    ];
    Target {
        name: "sniffed",
        seeds: &seeds,
        corpus: &[b"", b"{", b"<", b"\xff", b"RIFF"],
        words: &words,
    }
    .run(media);
}

/// Lines as the fields of an item and of whose it is.
fn fields(data: &[u8]) -> impl Iterator<Item = String> {
    let lines = data.split(|it| *it == b'\n');
    lines.map(|line| String::from_utf8_lossy(line).into_owned())
}

fn named(data: &[u8]) {
    let mut fields = fields(data).chain(std::iter::repeat(String::new()));
    let mut next = || fields.next().unwrap_or_default();
    let some = |text: String| Some(text).filter(|it| it != "-");
    let at_ms = next().trim().parse().unwrap_or(1_781_273_007_000);
    let party = |number: String, name: String| Party {
        number: some(number),
        extension_number: None,
        name: some(name),
    };
    let extension = domain::account::Extension {
        id: ExtensionId::new(next()),
        number: some(next()),
        name: some(next()),
        ..ada()
    };
    let item = Item {
        id: ItemId {
            data_type: DataType::ALL[next().len() % DataType::ALL.len()],
            unit: next(),
            part: some(next()),
        },
        extension: None,
        at_ms,
        facts: Facts {
            from: party(next(), next()),
            to: vec![party(next(), next())],
            text: some(next()),
            file_name: some(next()),
            ..Facts::default()
        },
        fetch: Fetch::Nothing,
        expected: Expected::Anything,
        size: None,
    };
    assert_eq!(ItemId::from_key(&item.id.key()).as_ref(), Some(&item.id));
    for naming in PRESETS {
        let folder = folder_name(naming, Some(&extension));
        let stem = stem(naming, &item, &folder, &new_york());
        let path = finished(&stem, 1, "mp3").unwrap_or_else(|error| panic!("{error}: {stem:?}"));
        assert_eq!(objection(path.as_str()), None, "{path:?}");
    }
    let text = transcript(&item, &new_york());
    assert!(text.ends_with('\n') || !text.is_empty());
}

#[test]
fn fuzz_naming() {
    let seeds: Vec<Vec<u8>> = [
        "1781273007000\n62264006\n101\nAda Lovelace\nxx\n401234\n-\n+16505550100\nBob\n101\nAda\nhello\na.mp3",
        "-99999999999999\n../..\nCON\n.dropbox\n\n\u{202e}\n%2F\n\u{0}\n~$x\nNUL.txt\n-\n\r\n.ds_store",
        "9223372036854775807\n1\n2\nİ\nx\nß\nE\u{301}\n\u{1F600}\n\u{fb01}\n-\n-\n-\nx.tar.gz.exe",
    ]
    .map(|it| it.as_bytes().to_vec())
    .into();
    Target {
        name: "naming",
        seeds: &seeds,
        corpus: &[b"", b"\n\n\n\n\n\n\n\n\n"],
        words: &ATOMS,
    }
    .run(named);
}

/// Whatever passes the rules obeys those of Dropbox and Windows, too.
#[test]
fn fuzz_paths() {
    let seeds: Vec<Vec<u8>> = [
        "Archive/101 Ada Lovelace [62264006]/2026-06/2026-06-12T14-03-27-0400 call in from a rec1.mp3",
        "a/b.txt",
        "COM1x/desktop.ini.txt",
    ]
    .map(|it| it.as_bytes().to_vec())
    .into();
    Target {
        name: "paths",
        seeds: &seeds,
        corpus: &[b"", b"/", b"..", b"a//b", b"NUL", b"a/"],
        words: &ATOMS,
    }
    .run(|data| {
        if let Ok(path) = ArchivePath::new(String::from_utf8_lossy(data)) {
            assert_eq!(objection(path.as_str()), None, "{path:?}");
        }
        let key = String::from_utf8_lossy(data);
        if let Some(id) = ItemId::from_key(&key) {
            assert_eq!(ItemId::from_key(&id.key()), Some(id));
        }
    });
}

/// A sender's file name and media type never name something that runs.
#[test]
fn fuzz_file_types() {
    let seeds: Vec<Vec<u8>> = [
        "call.mp3\naudio/mpeg; charset=x",
        "a.tar.gz\n",
        "x.exe\nvideo/mp4",
        ".\n/",
    ]
    .map(|it| it.as_bytes().to_vec())
    .into();
    let words = [
        ".exe",
        ".html",
        ".svg",
        ".js",
        "text/html",
        "image/svg+xml",
        ";",
        "\u{202e}",
        ".mp4",
        ".lnk",
    ];
    Target {
        name: "file types",
        seeds: &seeds,
        corpus: &[b"", b"\n"],
        words: &words,
    }
    .run(|data| {
        let mut fields = fields(data);
        let (name, kind) = (fields.next(), fields.next());
        for format in [
            Format::Other,
            Format::Text,
            Format::Html,
            Format::Json,
            Format::Wav,
        ] {
            let ending = file_extension(format, name.as_deref(), kind.as_deref());
            let runs = [
                "exe", "html", "htm", "svg", "js", "lnk", "bat", "com", "scr", "vbs", "xml",
            ];
            assert!(!runs.contains(&ending.as_str()), "{ending}");
            assert!(
                finished("Archive/a", 1, &ending)
                    .unwrap()
                    .as_str()
                    .ends_with(&ending)
            );
        }
    });
}
