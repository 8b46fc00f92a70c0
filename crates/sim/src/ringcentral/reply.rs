//! An answer before it is written to the wire, and how it gets there: whole,
//! streamed, cut short or not at all.

use std::io;
use std::time::Duration;

use axum::body::Body as WireBody;
use axum::http::{HeaderName, HeaderValue, StatusCode, Version, header};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use serde_json::Value;

use crate::front;
use crate::media::Media;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    /// A refusal within a running penalty: for the log only.
    pub(crate) early: bool,
}

#[derive(Debug)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    Bytes(Bytes),
    Media(Delivery),
    /// The connection ends without an answer.
    Dropped,
}

/// A content on its way, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) media: Media,
    pub(crate) from: u64,
    /// First byte that is not part of the answer.
    pub(crate) until: u64,
    pub(crate) framing: Framing,
    /// The connection breaks before this byte.
    pub(crate) cut: Option<u64>,
    /// Pause before each chunk.
    pub(crate) pause_ms: u64,
}

/// How the client learns that the answer is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// By `Content-Length`.
    Length,
    /// By the last chunk.
    Chunked,
    /// By the end of the connection, so not at all.
    Close,
}

impl Reply {
    pub(crate) fn new(status: u16, body: Body) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
            early: false,
        }
    }

    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::new(status, Body::Json(body)).with("content-type", "application/json;charset=utf-8")
    }

    pub(crate) fn bytes(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::new(status, Body::Bytes(body.into())).with("content-type", content_type)
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self::new(status, Body::Empty)
    }

    pub(crate) fn dropped() -> Self {
        Self::new(0, Body::Dropped)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Replaces what the type claims to be.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.headers.retain(|(existing, _)| *existing != name);
        self.headers.push((name, value.to_owned()));
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = match self.body {
            Body::Empty => Response::new(WireBody::empty()),
            Body::Json(value) => Response::new(WireBody::from(value.to_string())),
            Body::Bytes(bytes) => Response::new(WireBody::from(bytes)),
            Body::Media(delivery) => delivery.into_response(),
            Body::Dropped => return front::dropped(),
        };
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

impl Delivery {
    /// All of `media`.
    pub(crate) fn of(media: Media) -> Self {
        let until = media.len();
        Self {
            media,
            from: 0,
            until,
            framing: Framing::Length,
            cut: None,
            pause_ms: 0,
        }
    }

    fn into_response(self) -> Response {
        let (framing, length) = (self.framing, self.until - self.from);
        let mut response = Response::new(WireBody::from_stream(self.stream()));
        match framing {
            Framing::Length => {
                response
                    .headers_mut()
                    .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            }
            Framing::Chunked => {}
            Framing::Close => {
                // An HTTP/1.0 answer without a length ends with its connection.
                *response.version_mut() = Version::HTTP_10;
                response
                    .headers_mut()
                    .insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
        }
        response
    }

    /// The bytes, made as they are wanted.
    fn stream(self) -> impl futures::Stream<Item = io::Result<Bytes>> + Send + 'static {
        let start = self.from;
        stream::try_unfold((self, start), |(delivery, at)| async move {
            let end = delivery.cut.unwrap_or(delivery.until).min(delivery.until);
            if at >= end {
                if end == delivery.until || delivery.framing == Framing::Close {
                    return Ok(None);
                }
                // What was sent so far leaves the house before the line breaks.
                tokio::task::yield_now().await;
                return Err(io::Error::from(io::ErrorKind::ConnectionReset));
            }
            if delivery.pause_ms > 0 {
                tokio::time::sleep(Duration::from_millis(delivery.pause_ms)).await;
            }
            let mut chunk = delivery.media.chunk(at);
            chunk.truncate(usize::try_from(end - at).unwrap_or(usize::MAX));
            let next = at + chunk.len() as u64;
            Ok(Some((chunk, (delivery, next))))
        })
    }
}
