//! Looking at what lies in a Dropbox: the listing of the whole archive, and
//! the bytes of one file. Nothing is changed by it.

use std::ops::Range;

use domain::content::{Content, Framing};
use domain::error::{Error, Kind, Result};
use domain::ports::destination::File;
use futures::stream::{self, BoxStream, StreamExt};
use outbound::Streamed;
use serde_json::Value;

use crate::api::Api;
use crate::refusal::Step;
use crate::wire::{FileMetadata, Listed};

/// How often a listing is begun anew whose cursor Dropbox has given up.
const RESETS: u32 = 5;

/// The status of a range that begins behind the end.
const BEHIND_THE_END: &str = "416";

/// Where a listing stands.
pub(crate) enum At {
    Start { resets: u32 },
    Next { cursor: String, resets: u32 },
    End,
}

/// Every file below a folder (empty: the root), page by page. A listing that
/// Dropbox gives up in the middle is begun anew, so a file may come twice. A
/// folder that is not there holds nothing.
pub(crate) fn list(api: Api, folder: String) -> BoxStream<'static, Result<Vec<File>>> {
    let listing = (api, folder, At::Start { resets: 0 });
    let pages = stream::try_unfold(listing, |(api, folder, at)| async move {
        let next = next(&api, &folder, at).await?;
        Ok(next.map(|(files, at)| (files, (api, folder, at))))
    });
    pages.boxed()
}

async fn next(api: &Api, folder: &str, at: At) -> Result<Option<(Vec<File>, At)>> {
    let (page, known, resets) = match at {
        At::End => return Ok(None),
        At::Start { resets } => (api.list(folder).await, None, resets),
        At::Next { cursor, resets } => (api.list_more(&cursor).await, Some(cursor), resets),
    };
    match page {
        Ok(page) => step(page, known.as_deref(), resets).map(Some),
        Err(error) if Step::of(&error) == Step::Nothing && known.is_none() => Ok(None),
        Err(error) if is_reset(&error) && resets < RESETS => {
            let resets = resets + 1;
            Ok(Some((Vec::new(), At::Start { resets })))
        }
        Err(error) => Err(error.while_doing("listing the Dropbox")),
    }
}

pub(crate) fn step(page: Listed, known: Option<&str>, resets: u32) -> Result<(Vec<File>, At)> {
    // It would lead in a circle for ever.
    if page.has_more && known == Some(page.cursor.as_str()) && page.entries.is_empty() {
        let what = "Dropbox's listing leads in a circle";
        return Err(Error::new(Kind::Protocol, what));
    }
    let files = page.entries.into_iter().filter_map(file).collect();
    let files: Result<Vec<File>> = files;
    let next = if page.has_more {
        At::Next {
            cursor: page.cursor,
            resets,
        }
    } else {
        At::End
    };
    Ok((files?, next))
}

/// A file; `None` for folders and for what this program does not know.
fn file(entry: Value) -> Option<Result<File>> {
    if entry[".tag"] != "file" {
        return None;
    }
    let read = serde_json::from_value::<FileMetadata>(entry).ok();
    let file = read.and_then(|file| {
        Some(File {
            path: file.path_display?.trim_start_matches('/').to_owned(),
            size: file.size?,
            hash: file.content_hash.map(|hash| format!("dropbox:{hash}")),
        })
    });
    let unreadable = || Error::new(Kind::Protocol, "Dropbox lists a file without path or size");
    Some(file.ok_or_else(unreadable))
}

fn is_reset(error: &Error) -> bool {
    error.code() == Some("reset")
}

/// The bytes at a path, all or some.
pub(crate) async fn read(api: &Api, path: &str, part: Option<Range<u64>>) -> Result<Content> {
    let part = part.filter(|it| *it != (0..u64::MAX));
    if part.as_ref().is_some_and(Range::is_empty) {
        return Ok(Content::local(Vec::new()));
    }
    let header = part.as_ref().map(header);
    match api.download(path, header).await {
        Ok(streamed) if part.is_some() && streamed.status != 206 => Err(Error::new(
            Kind::Protocol,
            "Dropbox sent a whole file where a part was asked for",
        )),
        Ok(streamed) => Ok(content(streamed)),
        Err(error) if Step::of(&error) == Step::Nothing => {
            Err(Error::new(Kind::Gone, "the file is not in the Dropbox"))
        }
        Err(error) if error.code() == Some(BEHIND_THE_END) => Err(Error::new(
            Kind::Gone,
            "the file in the Dropbox is not as long as that",
        )),
        Err(error) => Err(error.while_doing("reading a file from the Dropbox")),
    }
}

/// As RFC 9110, 14.1.2 has it: the last byte is named, and is in.
fn header(part: &Range<u64>) -> String {
    match part.end {
        u64::MAX => format!("bytes={}-", part.start),
        end => format!("bytes={}-{}", part.start, end - 1),
    }
}

fn content(streamed: Streamed) -> Content {
    Content {
        fingerprint: None,
        length: streamed.declared,
        framing: match streamed.framing {
            outbound::Framing::Declared => Framing::Declared,
            outbound::Framing::Chunked => Framing::Framed,
            outbound::Framing::UntilClose => Framing::UntilClose,
        },
        media_type: None,
        bytes: streamed.body,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_files_are_shown_and_each_says_where_and_how_large_it_is() {
        let entry = json!({ ".tag": "file", "path_display": "/Archive/a.mp3", "size": 5,
            "content_hash": "aa", "name": "a.mp3", "id": "id:1" });
        let shown = file(entry).unwrap().unwrap();
        assert_eq!(shown.path, "Archive/a.mp3");
        assert_eq!(shown.size, 5);
        assert_eq!(shown.hash.as_deref(), Some("dropbox:aa"));
        for other in [
            json!({ ".tag": "folder", "path_display": "/Archive" }),
            json!({ ".tag": "from the future" }),
            json!({}),
        ] {
            assert!(file(other).is_none());
        }
        for broken in [
            json!({ ".tag": "file", "size": 5 }),
            json!({ ".tag": "file", "path_display": "/a" }),
        ] {
            assert!(file(broken).unwrap().is_err());
        }
    }

    #[test]
    fn a_listing_that_stands_still_is_an_error() {
        let page = |entries: Vec<Value>| Listed {
            entries,
            cursor: "c".to_owned(),
            has_more: true,
        };
        assert!(step(page(vec![]), Some("c"), 0).is_err());
        assert!(step(page(vec![]), Some("b"), 0).is_ok());
        assert!(step(page(vec![json!({})]), Some("c"), 0).is_ok());
    }

    #[test]
    fn a_range_names_its_last_byte() {
        assert_eq!(header(&(0..1)), "bytes=0-0");
        assert_eq!(header(&(5..u64::MAX)), "bytes=5-");
    }
}
