//! The sample files are what they are called.

use domain::media::{Expected, Inspector};
use testkit::samples::{gif, mp3, noise, pdf, sha256, wav};

#[test]
fn samples_differ_by_name_and_are_the_same_for_ever() {
    let makers = [wav, mp3, pdf, gif];
    for make in makers {
        assert_eq!(make("a"), make("a"));
        assert_ne!(make("a"), make("b"));
    }
    assert_eq!(noise("a", 10), noise("a", 100)[..10]);
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(sha256(b""), empty);
}

#[test]
fn a_sample_is_whole_and_its_beginnings_are_not() {
    let makers = [
        (Expected::Audio, wav("a")),
        (Expected::Audio, mp3("a")),
        (Expected::Document, pdf("a")),
        (Expected::Anything, gif("a")),
    ];
    for (expected, whole) in makers {
        let is_whole = |bytes: &[u8]| {
            let mut inspector = Inspector::new(expected);
            inspector.feed(bytes);
            inspector.finish().is_ok()
        };
        assert!(is_whole(&whole), "{expected:?}");
        for cut in [whole.len() - 2, whole.len() / 2 + 1, 40] {
            assert!(!is_whole(&whole[..cut]), "{expected:?} cut at {cut}");
        }
    }
}
