//! The bytes of an answer as JSON. One broken character in somebody's text
//! message must not hide a whole page: what UTF-8 cannot hold is replaced and
//! read again.

use domain::error::{Error, Kind, Result};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Reads a whole answer; `Kind::Protocol` where it is something else. The
/// error tells the place but nothing of the text, which is personal.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body)
        .or_else(|_| serde_json::from_str(&mended(body)))
        .map_err(|error| {
            let what = match error.classify() {
                Category::Data => "has not the expected form",
                Category::Eof => "is cut off",
                Category::Syntax | Category::Io => "is not JSON",
            };
            let (line, column) = (error.line(), error.column());
            let told = format!("an answer of RingCentral {what} (line {line}, column {column})");
            Error::new(Kind::Protocol, told)
        })
}

/// The same text without a byte order mark, with U+FFFD for bytes that are not
/// UTF-8 and for halves of surrogate pairs, which JSON can spell and no text
/// can hold.
fn mended(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut whole = String::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        whole.push_str(before);
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                whole.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        whole.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    whole.push_str(rest);
    whole
}

/// The number in `\uXXXX` at the start of a text.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_costs_one_character_and_not_the_page() {
        let body = br#"{"a":"\ud83d\ude00 x \ud83d y \ude00 \\ud83d \"z\""}"#;
        let value: serde_json::Value = read(body).unwrap();
        assert_eq!(value["a"], "\u{1f600} x \u{fffd} y \u{fffd} \\ud83d \"z\"");
    }

    #[test]
    fn a_byte_order_mark_and_broken_utf8_are_read_over() {
        let value: serde_json::Value = read(b"\xef\xbb\xbf{\"a\":\"\xff\"}").unwrap();
        assert_eq!(value["a"], "\u{fffd}");
    }

    #[test]
    fn what_is_not_json_is_told_without_its_text() {
        for (body, what) in [
            (&b"<html>+16505550100</html>"[..], "not JSON"),
            (b"{\"a\":\"+16505550100", "cut off"),
            (b"", "cut off"),
            (b"{\"a\":\"\\ud8", "cut off"),
            (b"{\"a\":\"\\", "cut off"),
        ] {
            let error = read::<serde_json::Value>(body).unwrap_err();
            assert_eq!(error.kind(), Kind::Protocol);
            let told = error.to_string();
            assert!(
                told.contains(what) && !told.contains("6505550100"),
                "{told}"
            );
        }
        let error = read::<Vec<bool>>(br#"["+16505550100"]"#).unwrap_err();
        assert!(error.to_string().contains("expected form") && !error.to_string().contains("650"));
    }
}
