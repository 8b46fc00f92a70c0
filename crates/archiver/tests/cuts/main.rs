//! Bodies that end too early, at every byte, over real HTTP: the real source,
//! the engine's inspection and a folder, before a server that cuts. Nothing
//! that was cut is ever called archived, and nothing of it lies in the folder.
//!
//! One line says how many cuts there were. `ARCHIVER_CUTS=all` also cuts the
//! large fixtures; the ordinary run takes those below [`SMALL`] bytes, and one
//! of each format at least.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what goes wrong ends the test"
)]

#[path = "../../../domain/tests/it/fixtures.rs"]
mod fixtures;
mod stage;

use std::collections::BTreeSet;

use domain::Kind;
use domain::media::{Expected, Format, Inspector, Whole};
use futures::{StreamExt, stream};

use crate::stage::{Body, Framing, Play, Stage, files};

/// Larger fixtures are left to `ARCHIVER_CUTS=all`: their cuts are tried
/// without HTTP anyway (`domain/tests/it/media.rs`).
const SMALL: usize = 2_500;

/// Files that other programs wrote (`sim/fixtures/README.md`).
const PHOTO: &[u8] = include_bytes!("../../../sim/fixtures/photo.jpg");
const TONE: &[u8] = include_bytes!("../../../sim/fixtures/tone-8kbps.mp3");

/// Requests on their way at once.
const AT_ONCE: usize = 32;

struct Fixture {
    name: &'static str,
    bytes: Vec<u8>,
    expected: Expected,
    /// The format itself tells the end, wherever it is cut.
    tells: bool,
}

#[expect(
    clippy::disallowed_methods,
    reason = "how much is cut is a setting of this test"
)]
fn also_large() -> bool {
    std::env::var("ARCHIVER_CUTS").is_ok()
}

fn fixtures() -> Vec<Fixture> {
    let all = fixtures::provable()
        .into_iter()
        .chain(fixtures::unprovable())
        .chain([
            (
                "short mp3",
                [
                    vec![0xff, 0xf3, 0x48, 0xc4],
                    vec![0x55; 140],
                    vec![0xff, 0xf3, 0x48, 0xc4],
                    vec![0x55; 140],
                ]
                .concat(),
            ),
            ("jpeg from a camera", PHOTO.to_vec()),
            ("mp3 from a recorder", TONE.to_vec()),
        ]);
    all.map(|(name, bytes)| {
        let mut inspector = Inspector::new(Expected::Anything);
        inspector.feed(&bytes);
        let finding = inspector.finish().unwrap();
        let expected = match finding.format {
            Format::Wav | Format::Mp3 => Expected::Audio,
            Format::Pdf | Format::Tiff => Expected::Document,
            _ => Expected::Anything,
        };
        // An MP3 cut between two frames is an MP3, and what is cut within its
        // signature is nothing yet.
        let tells = finding.whole == Whole::Proved && finding.format != Format::Mp3;
        Fixture {
            name,
            bytes,
            expected,
            tells,
        }
    })
    .filter(|it| it.bytes.len() < SMALL || also_large())
    .collect()
}

/// The sizes that a fixture may be cut to, in each framing: where only the
/// transport's own end mark is missing, all bytes are there and it is cut all
/// the same.
fn cuts(fixture: &Fixture, framing: Framing) -> std::ops::Range<usize> {
    let more = usize::from(framing == Framing::Chunked);
    0..fixture.bytes.len() + more
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_cut_is_ever_done() {
    let fixtures = fixtures();
    let mut formats = BTreeSet::new();
    let (mut tried, mut whole) = (0, 0);
    for framing in Framing::ALL {
        let stage = Stage::open().await;
        for fixture in &fixtures {
            formats.insert(fixture.name.split([' ', ',']).next().unwrap());
            let play = |first, second| Play {
                framing,
                first,
                second,
            };
            let cut = |at| Body::cut(&fixture.bytes, at);
            let all = || Body::whole(&fixture.bytes);
            // Cut the first time; and where a second download is due, cut the
            // second time only, and differently both times.
            let range = cuts(fixture, framing);
            let mut plays: Vec<Play> = range.clone().map(|at| play(cut(at), all())).collect();
            if framing == Framing::UntilClose && fixture.bytes.len() < 500 {
                plays.extend(range.clone().map(|at| play(all(), cut(at))));
                plays.extend(range.skip(1).map(|at| play(cut(at), cut(at - 1))));
            }
            let done = stage.archive_all(fixture.expected, plays, AT_ONCE).await;
            for (at, outcome) in done.into_iter().enumerate() {
                tried += 1;
                let error = outcome.expect_err(&format!("{} {framing:?} {at}", fixture.name));
                let kinds = [Kind::Incomplete, Kind::Unavailable];
                assert!(kinds.contains(&error.kind()), "{error:?}");
            }
            assert_eq!(files(stage.folder()), 0, "{} {framing:?}", fixture.name);
        }
        // The same, whole: the server and this test can tell the difference.
        for fixture in &fixtures {
            let play = Play {
                framing,
                first: Body::whole(&fixture.bytes),
                second: Body::whole(&fixture.bytes),
            };
            let done = stage.archive_all(fixture.expected, vec![play], 1).await;
            for outcome in done {
                assert!(outcome.is_ok(), "{} {framing:?}: {outcome:?}", fixture.name);
                whole += 1;
            }
        }
        assert_eq!(files(stage.folder()), fixtures.len(), "{framing:?}");
    }
    assert!(tried >= 20_000, "{tried}");
    println!(
        "truncation: {} fixtures ({} kinds), 3 framings, {tried} cuts, marked done 0; {whole} of {whole} whole ones done",
        fixtures.len(),
        formats.len(),
    );
}

/// A sender, or somebody on the way, that declares the cut length: HTTP calls
/// it whole, only the format can tell.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declared_length_that_lies_is_found_by_the_format() {
    let stage = Stage::open().await;
    let mut tried = 0;
    for fixture in fixtures().iter().filter(|it| it.tells) {
        for more in [false, true] {
            // A cut within the signature is no file of any format: audio and
            // documents are told from the first four bytes on.
            let plays = (4..fixture.bytes.len()).map(|at| {
                let told = Body::declared(&fixture.bytes, at, more);
                Play {
                    framing: Framing::Length,
                    first: told.clone(),
                    second: told,
                }
            });
            let plays: Vec<Play> = plays.collect();
            tried += plays.len();
            for (at, outcome) in stage
                .archive_all(fixture.expected, plays, AT_ONCE)
                .await
                .into_iter()
                .enumerate()
            {
                assert!(outcome.is_err(), "{} {at} {more}", fixture.name);
            }
        }
    }
    assert_eq!(files(stage.folder()), 0);
    println!("lengths that lie: {tried} tried, marked done 0");
}

/// More than was declared: what was declared is the file, the rest is nobody's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_longer_body_than_declared_leaves_no_other_file() {
    let stage = Stage::open().await;
    let junk = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno".to_vec();
    let mut tried = 0;
    for fixture in fixtures() {
        let mut longer = fixture.bytes.clone();
        longer.extend(&junk);
        let told = Body::declared(&longer, fixture.bytes.len(), true);
        let play = Play {
            framing: Framing::Length,
            first: told.clone(),
            second: told,
        };
        for outcome in stage.archive_all(fixture.expected, vec![play], 1).await {
            if let Ok(fingerprint) = outcome {
                assert_eq!(fingerprint, testkit::samples::sha256(&fixture.bytes));
            }
            tried += 1;
        }
    }
    println!("longer than declared: {tried} tried, other bytes than declared done 0");
}

/// Answers with status 200 that are no file: a page, JSON, plain text, nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_is_never_done() {
    let stage = Stage::open().await;
    let page = b"<!doctype html><html><body>Sign in</body></html>".to_vec();
    let answer = br#"{"errorCode": "CMN-102", "message": "not found"}"#.to_vec();
    let words = b"upstream connect error".to_vec();
    let mut tried = 0;
    for framing in Framing::ALL {
        let all = [
            (Expected::Audio, &page),
            (Expected::Document, &page),
            (Expected::Text, &page),
            (Expected::Anything, &page),
            (Expected::Audio, &answer),
            (Expected::Document, &answer),
            (Expected::Text, &answer),
            (Expected::Anything, &answer),
            (Expected::Audio, &words),
            (Expected::Document, &words),
        ];
        let none = Vec::new();
        let nothing = [Expected::Audio, Expected::Document, Expected::Anything];
        let nothing = nothing.map(|it| (it, &none));
        let cases: Vec<_> = all.into_iter().chain(nothing).collect();
        let outcomes = stream::iter(cases).then(|(expected, bytes)| {
            let play = Play {
                framing,
                first: Body::whole(bytes),
                second: Body::whole(bytes),
            };
            stage.archive_all(expected, vec![play], 1)
        });
        let outcomes: Vec<_> = outcomes.collect().await;
        for outcome in outcomes.into_iter().flatten() {
            assert_eq!(outcome.unwrap_err().kind(), Kind::Incomplete);
            tried += 1;
        }
    }
    assert_eq!(files(stage.folder()), 0);
    println!("no files: {tried} answers with status 200, marked done 0");
}
