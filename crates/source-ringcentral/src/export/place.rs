//! What the name of a zip's entry means. A name is compared with ids and never
//! used as a path: whatever it climbs out of, nothing is written there.
//!
//! Documented are `account/{id}/extension/{id}/message-store.json` and
//! `account/{id}/extension/{id}/message-store/content/{messageId}` (RingCentral
//! developer guide, message store exports). Whether the last is a file or a
//! folder, and how several attachments of a message are told apart, is not: the
//! ids decide, wherever they stand.

use std::borrow::Cow;

/// Some writers of zips use the other one.
const SLASHES: &[u8] = b"/\\";

/// An entry that was recognised.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The messages of a mailbox, as JSON.
    Messages { extension: Cow<'a, str> },
    /// A file of a message.
    File {
        extension: Cow<'a, str>,
        /// The message, where the path names it besides the file.
        message: Option<Cow<'a, str>>,
        file: Cow<'a, str>,
    },
}

impl<'a> Place<'a> {
    /// `None` for folders and for what is something else.
    pub(super) fn of(name: &'a [u8]) -> Option<Place<'a>> {
        if name.last().is_some_and(|it| SLASHES.contains(it)) {
            return None;
        }
        let parts = name
            .split(|it| SLASHES.contains(it))
            .filter(|part| !part.is_empty());
        let parts: Vec<Cow<'a, str>> = parts.map(String::from_utf8_lossy).collect();
        let at = parts.iter().position(|part| part == "extension")?;
        let (extension, inside) = parts.get(at + 1..)?.split_first()?;
        let extension = extension.clone();
        let (file, path) = inside.split_last()?;
        let file = file.clone();
        let is_json = file.rsplit_once('.').is_some_and(|(stem, ending)| {
            ending.eq_ignore_ascii_case("json") && stem.starts_with("message-store")
        });
        if !path.iter().any(|part| part == "content") {
            return is_json.then_some(Place::Messages { extension });
        }
        let is_id = |part: &&Cow<'_, str>| *part != "content" && *part != "message-store";
        let message = path.iter().rfind(is_id).cloned();
        Some(Place::File {
            extension,
            message,
            file,
        })
    }
}

/// A file name without its ending.
pub(super) fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file<'a>(message: Option<&'a str>, file: &'a str) -> Place<'a> {
        Place::File {
            extension: "3".into(),
            message: message.map(Into::into),
            file: file.into(),
        }
    }

    #[test]
    fn the_documented_places_and_their_likely_forms_are_recognised() {
        let messages = Some(Place::Messages {
            extension: "3".into(),
        });
        for name in [
            "account/1/extension/3/message-store.json",
            "/account/1/extension/3/message-store.json",
            "export\\account\\1\\extension\\3\\message-store.json",
            "account/1/extension/3/message-store/message-store-2.JSON",
        ] {
            assert_eq!(Place::of(name.as_bytes()), messages, "{name}");
        }
        let content = "account/1/extension/3/message-store";
        for (name, place) in [
            ("content/7", Some(file(None, "7"))),
            ("content/7.wav", Some(file(None, "7.wav"))),
            ("content/6/7", Some(file(Some("6"), "7"))),
            (
                "content/6/message-store.json",
                Some(file(Some("6"), "message-store.json")),
            ),
            ("6/content/7", Some(file(Some("6"), "7"))),
            ("content/6/", None),
            ("readme.txt", None),
        ] {
            let name = format!("{content}/{name}");
            assert_eq!(Place::of(name.as_bytes()), place, "{name}");
        }
    }

    #[test]
    fn hostile_names_mean_nothing() {
        for name in [
            &b"../../../../etc/passwd"[..],
            b"extension",
            b"extension/3",
            b"/",
            b"",
            b"C:\\extension\\",
            b"\xff\xfe/\x00",
            b"account/1/extension/3/anything.json",
        ] {
            assert_eq!(Place::of(name), None, "{name:?}");
        }
    }
}
