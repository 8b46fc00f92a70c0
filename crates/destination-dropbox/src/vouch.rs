//! Whether Dropbox's words about a file are those about ours (pure).

use domain::ledger::Receipt;

use crate::upload::Sent;
use crate::wire::FileMetadata;

/// What metadata says about the bytes that were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Vouch {
    /// Size and content hash are those of our bytes.
    Same(Receipt),
    /// They are those of something else.
    Other,
    /// One of them is absent.
    Silent,
}

/// Compares.
pub(crate) fn vouch(sent: &Sent, file: &FileMetadata) -> Vouch {
    let same_size = file.size.map(|size| size == sent.cursor.offset);
    let same_hash = file.content_hash.as_ref().map(|hash| *hash == sent.hash);
    match (same_size, same_hash) {
        (Some(true), Some(true)) => Vouch::Same(receipt(file)),
        (Some(false), _) | (_, Some(false)) => Vouch::Other,
        _ => Vouch::Silent,
    }
}

/// What Dropbox says of a file, as a receipt.
pub(crate) fn receipt(file: &FileMetadata) -> Receipt {
    let hash = file.content_hash.as_deref().unwrap_or_default();
    Receipt {
        size: file.size.unwrap_or_default(),
        hash: format!("dropbox:{hash}"),
        revision: file.rev.clone(),
    }
}

/// Whether the file lies where it was asked to. Dropbox keeps the case of the
/// folder that was there first. `false` where its way of folding case or
/// Unicode differs from ours: then it has to be asked.
pub(crate) fn is_at(path: &str, file: &FileMetadata) -> bool {
    let fold = |text: &str| {
        text.chars()
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    file.path_display
        .as_deref()
        .is_some_and(|display| fold(display) == fold(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Cursor;

    fn file(size: Option<u64>, hash: Option<&str>) -> FileMetadata {
        FileMetadata {
            size,
            content_hash: hash.map(str::to_owned),
            rev: Some("0123456789".to_owned()),
            ..FileMetadata::default()
        }
    }

    #[test]
    fn both_size_and_hash_must_be_ours() {
        let sent = Sent {
            cursor: Cursor {
                session_id: "s".to_owned(),
                offset: 5,
            },
            hash: "aa".to_owned(),
        };
        let same = vouch(&sent, &file(Some(5), Some("aa")));
        let expected = Receipt {
            size: 5,
            hash: "dropbox:aa".to_owned(),
            revision: Some("0123456789".to_owned()),
        };
        assert_eq!(same, Vouch::Same(expected));
        for (size, hash, expected) in [
            (Some(4), Some("aa"), Vouch::Other),
            (Some(5), Some("ab"), Vouch::Other),
            (Some(4), None, Vouch::Other),
            (None, Some("ab"), Vouch::Other),
            (Some(5), None, Vouch::Silent),
            (None, Some("aa"), Vouch::Silent),
            (None, None, Vouch::Silent),
        ] {
            assert_eq!(
                vouch(&sent, &file(size, hash)),
                expected,
                "{size:?} {hash:?}"
            );
        }
    }

    #[test]
    fn a_path_is_the_same_in_any_case() {
        let at = |display: &str| FileMetadata {
            path_display: Some(display.to_owned()),
            ..FileMetadata::default()
        };
        for (path, display, same) in [
            ("/Archive/a.mp3", "/archive/A.MP3", true),
            ("/Archive/Ärger ΟΔΟΣ", "/ARCHIVE/äRGER οδοΣ", true),
            ("/Archive/a.mp3", "/Archive/a (1).mp3", false),
            ("/Archive/a.mp3", "/Archive/b.mp3", false),
        ] {
            assert_eq!(is_at(path, &at(display)), same, "{display}");
        }
        assert!(!is_at("/a", &FileMetadata::default()));
    }
}
