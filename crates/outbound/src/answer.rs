//! What a provider answered: whole in memory, or as a stream of known framing.

use std::fmt;

use bytes::Bytes;
use domain::error::{Error, Kind, Result};
use futures::stream::BoxStream;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

/// The headers of an answer; names are found in any case.
#[derive(Clone, Default)]
pub struct Headers(pub(crate) HeaderMap);

impl Headers {
    /// The first value of a header, if it is readable text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the header is there, readable or not.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// For tests of judges: later values of a name are kept beside earlier ones,
/// what is not a header is left out.
impl<'a> FromIterator<(&'a str, &'a str)> for Headers {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Headers {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes());
            let value = reqwest::header::HeaderValue::from_str(value);
            if let (Ok(name), Ok(value)) = (name, value) {
                map.append(name, value);
            }
        }
        Headers(map)
    }
}

/// Names only: values may be personal (`Content-Disposition`).
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A successful (2xx) answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// 200 to 299.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// Its body, within the request's limit, complete by its framing.
    pub body: Bytes,
}

impl Answer {
    /// The body read as JSON; `Kind::Protocol` where it is something else. The
    /// error tells the place but not the text, which may be personal.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let what = match error.classify() {
                serde_json::error::Category::Data => "has not the expected form",
                serde_json::error::Category::Eof => "is cut off",
                _ => "is not JSON",
            };
            let told = format!("an answer {what} (line {line}, column {column})");
            Error::new(Kind::Protocol, told)
        })
    }
}

/// How the end of a body is known. Only the last kind can be cut short
/// without anybody noticing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// By `Content-Length`.
    Declared,
    /// By its last chunk (HTTP/2 frames count as that).
    Chunked,
    /// By the closing of the connection: a truncated body looks complete, so
    /// its bytes need another proof.
    UntilClose,
}

/// A successful (2xx) answer whose body is still on its way.
pub struct Streamed {
    /// 200 to 299; 206 where a range was asked for.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// The size the provider declared, in bytes.
    pub declared: Option<u64>,
    /// How its end is known.
    pub framing: Framing,
    /// The bytes. An error ends the stream: `Kind::Incomplete` where the body
    /// broke off, `Kind::Unavailable` where it stalled or came too slowly.
    pub body: BoxStream<'static, Result<Bytes>>,
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed")
            .field("status", &self.status)
            .field("declared", &self.declared)
            .field("framing", &self.framing)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_at_all_are_a_value_or_an_error(body in any::<Vec<u8>>()) {
            let answer = Answer {
                status: 200,
                headers: Headers::default(),
                body: body.into(),
            };
            if let Err(error) = answer.json::<serde_json::Value>() {
                prop_assert_eq!(error.kind(), Kind::Protocol);
            }
        }
    }

    #[test]
    fn depth_does_not_break_the_stack() {
        let answer = Answer {
            status: 200,
            headers: Headers::default(),
            body: vec![b'['; 1 << 20].into(),
        };
        assert!(answer.json::<serde_json::Value>().is_err());
    }
}
