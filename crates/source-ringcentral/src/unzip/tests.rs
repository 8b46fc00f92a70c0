//! Zips written by the `zip` crate, whole, in pieces of any size, cut off
//! anywhere, changed anywhere.

use std::io::{Cursor, Write};

use bytes::Bytes;
use domain::content::ByteStream;
use domain::error::{Kind, Result};
use futures::{StreamExt, stream};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, result::ZipResult};

use super::{Limits, Unzip};

const WIDE: Limits = Limits {
    entries: 1000,
    entry: 1 << 20,
    all: 1 << 22,
};

type Files = Vec<(String, Vec<u8>)>;

/// Files that pack well, badly and not at all.
fn files() -> Files {
    let noise = |length: u32| -> Vec<u8> {
        let mut state = 1_u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..length).map(next).collect()
    };
    vec![
        ("a/message-store.json".to_owned(), b"[]".to_vec()),
        ("a/empty".to_owned(), Vec::new()),
        ("a/noise".to_owned(), noise(70_000)),
        ("a/silence".to_owned(), vec![0xff; 200_000]),
        (
            "a/PK\u{3}\u{4}".to_owned(),
            b"PK\x03\x04PK\x07\x08PK\x01\x02".to_vec(),
        ),
    ]
}

/// As an archive that is kept writes it: sizes before the bytes.
fn kept(files: &Files, method: CompressionMethod, large: bool) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let options = options.compression_method(method).large_file(large);
    let write = |writer: &mut ZipWriter<Cursor<Vec<u8>>>| -> ZipResult<()> {
        for (name, bytes) in files {
            writer.start_file(name.as_str(), options)?;
            writer.write_all(bytes)?;
        }
        Ok(())
    };
    write(&mut writer).unwrap();
    writer.finish().unwrap().into_inner()
}

/// As an archive that is sent while it is written: sizes behind the bytes.
fn sent(files: &Files, large: bool) -> Vec<u8> {
    let mut writer = ZipWriter::new_stream(Vec::new());
    let options = SimpleFileOptions::default();
    let options = options.compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        writer
            .start_file(name.as_str(), options.large_file(large))
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn all_forms(files: &Files) -> Vec<Vec<u8>> {
    let mut forms = vec![sent(files, false), sent(files, true)];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        forms.extend([false, true].map(|large| kept(files, method, large)));
    }
    forms
}

fn in_pieces(zip: &[u8], length: usize) -> ByteStream {
    let pieces = zip.chunks(length).map(Bytes::copy_from_slice).map(Ok);
    stream::iter(pieces.collect::<Vec<_>>()).boxed()
}

/// What is in it; of `skipped` only the names.
async fn unpacked(stream: ByteStream, limits: Limits, skipped: &[&str]) -> Result<Files> {
    let (mut unzip, mut found) = (Unzip::new(stream, limits), Vec::new());
    while let Some(name) = unzip.next().await? {
        let name = String::from_utf8_lossy(&name).into_owned();
        let mut bytes = Vec::new();
        if !skipped.contains(&name.as_str()) {
            while let Some(piece) = unzip.chunk().await? {
                bytes.extend_from_slice(&piece);
            }
        }
        found.push((name, bytes));
    }
    Ok(found)
}

#[tokio::test]
async fn every_form_is_unpacked_in_pieces_of_any_size() {
    for zip in all_forms(&files()) {
        for length in [1, 7, 4096, usize::MAX] {
            let found = unpacked(in_pieces(&zip, length), WIDE, &[]).await.unwrap();
            assert_eq!(found, files());
        }
    }
    let nothing = kept(&Vec::new(), CompressionMethod::Stored, false);
    let found = unpacked(in_pieces(&nothing, 5), WIDE, &[]).await.unwrap();
    assert_eq!(found, Vec::new());
}

#[tokio::test]
async fn what_nobody_wants_is_passed_over() {
    for zip in all_forms(&files()) {
        let skipped = ["a/noise", "a/silence"];
        let found = unpacked(in_pieces(&zip, 1000), WIDE, &skipped)
            .await
            .unwrap();
        let mut expected = files();
        expected[2].1.clear();
        expected[3].1.clear();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn one_that_is_cut_off_anywhere_is_never_whole() {
    let files: Files = files().into_iter().filter(|it| it.1.len() < 100).collect();
    for zip in all_forms(&files) {
        for length in 0..zip.len() {
            let cut = in_pieces(&zip[..length], 64);
            let error = unpacked(cut, WIDE, &[]).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Incomplete, "{length} of {}", zip.len());
        }
    }
}

#[tokio::test]
async fn one_that_was_changed_gives_an_error_or_the_same_files() {
    let files: Files = files().into_iter().filter(|it| it.1.len() < 100).collect();
    for zip in all_forms(&files) {
        for at in 0..zip.len() {
            for flip in [1, 0x80, 0xff] {
                let mut changed = zip.clone();
                changed[at] ^= flip;
                let Ok(found) = unpacked(in_pieces(&changed, 64), WIDE, &[]).await else {
                    continue;
                };
                assert_eq!(found, files, "byte {at} ^ {flip}");
            }
        }
    }
}

#[tokio::test]
async fn bombs_are_told_from_their_fuse() {
    let zip = kept(&files(), CompressionMethod::Deflated, false);
    let piped = sent(&files(), false);
    for limits in [
        Limits { entries: 4, ..WIDE },
        Limits {
            entry: 199_999,
            ..WIDE
        },
        Limits {
            all: 250_000,
            ..WIDE
        },
    ] {
        for zip in [&zip, &piped] {
            let error = unpacked(in_pieces(zip, 500), limits, &[])
                .await
                .unwrap_err();
            assert_eq!(error.kind(), Kind::Protocol, "{limits:?}");
        }
    }
}

#[tokio::test]
async fn what_is_no_zip_is_no_empty_zip() {
    for bytes in [&b"<html>Please sign in</html>"[..], b"PK", b"{}", b""] {
        let error = unpacked(in_pieces(bytes, 10), WIDE, &[]).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Incomplete);
    }
}

/// Whatever comes: the same in pieces of any size, within its limits, and
/// nothing that waits for ever.
#[test]
fn fuzz_zip() {
    const NARROW: Limits = Limits {
        entries: 50,
        entry: 300_000,
        all: 1_000_000,
    };
    let small: Files = files().into_iter().filter(|it| it.1.len() < 100).collect();
    let mut seeds = all_forms(&small);
    seeds.push(kept(&files(), CompressionMethod::Deflated, false));
    let words = [
        "PK\x03\x04",
        "PK\x01\x02",
        "PK\x05\x06",
        "PK\x06\x06",
        "PK\x06\x07",
        "PK\x07\x08",
        "\x01\0\x10\0",
    ];
    testkit::fuzz::Target {
        name: "zip",
        seeds: &seeds,
        corpus: &[b"", b"PK", b"PK\x03\x04"],
        words: &words,
    }
    .run(|data| {
        let all = |length| {
            let unpacked = unpacked(in_pieces(data, length), NARROW, &[]);
            let found = futures::FutureExt::now_or_never(unpacked);
            found.expect("nothing has to be waited for")
        };
        match (all(usize::MAX), all(7)) {
            (Ok(one), Ok(other)) => {
                assert_eq!(one, other);
                assert!(one.len() <= 50 && one.iter().all(|it| it.1.len() <= 300_000));
            }
            (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
            (one, other) => panic!("{:?} in one piece, {:?} in many", one.err(), other.err()),
        }
    });
}
