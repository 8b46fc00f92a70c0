//! Answers of a call that went well, and the service's JSON spelling.

use std::io;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::Formatter;

/// What a route answers.
pub(super) enum Reply {
    /// 200 with JSON.
    Json(Value),
    /// 200 with `null`.
    Null,
    /// A download: metadata in a header, bytes in the body.
    Raw(Response),
}

impl Reply {
    pub(super) fn response(self) -> Response {
        match self {
            Self::Json(value) => json(StatusCode::OK, &value),
            Self::Null => json(StatusCode::OK, &Value::Null),
            Self::Raw(response) => response,
        }
    }
}

/// A JSON answer. The content type is exactly `application/json`: the Python
/// SDK compares it as a string.
pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, spell(value)).into_response()
}

/// `Dropbox-API-Result`, the metadata that goes with a download.
pub(super) fn result_header(metadata: &Value) -> (HeaderName, HeaderValue) {
    let ascii: String = spell(metadata)
        .chars()
        .flat_map(|c| {
            let mut units = [0; 2];
            let escaped: Vec<char> = if c.is_ascii() && c != '\u{7f}' {
                vec![c]
            } else {
                c.encode_utf16(&mut units)
                    .iter()
                    .flat_map(|unit| format!("\\u{unit:04x}").chars().collect::<Vec<_>>())
                    .collect()
            };
            escaped
        })
        .collect();
    let value = HeaderValue::from_str(&ascii).unwrap_or(HeaderValue::from_static("null"));
    (HeaderName::from_static("dropbox-api-result"), value)
}

/// JSON with the spaces that the service puts behind commas and colons.
fn spell(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Spaced);
    // Writing a Value into memory cannot fail.
    let _ = value.serialize(&mut serializer);
    String::from_utf8(bytes).unwrap_or_default()
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { w.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { w.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        w.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_spelled_like_the_service() {
        let value = json!({ "a": [1, 2], "b": { "c": "ü😀" } });
        assert_eq!(spell(&value), r#"{"a": [1, 2], "b": {"c": "ü😀"}}"#);
        let (_, header) = result_header(&value);
        assert_eq!(
            header.to_str().unwrap(),
            r#"{"a": [1, 2], "b": {"c": "\u00fc\ud83d\ude00"}}"#
        );
    }
}
