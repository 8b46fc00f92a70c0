//! An answer with bytes of which a part may be asked for: one range, or all of
//! them. What they are never changes under its tag (RFC 9110, 13 and 14).

use std::ops::Range;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderName, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::error::PageError;
use crate::frame::Sealed;
use crate::range::{Asked, asked};

/// What of it is asked for.
pub(crate) struct Ranged {
    asked: Asked,
    tag: String,
    size: u64,
}

impl Ranged {
    /// Out of a request for so many bytes that are called `name`.
    pub(crate) fn asked(headers: &HeaderMap, name: &str, size: u64) -> Ranged {
        let tag = format!("\"{name}\"");
        Ranged {
            asked: asked(range(headers, &tag), size),
            tag,
            size,
        }
    }

    /// None of the bytes that are there.
    pub(crate) fn is_beyond(&self) -> bool {
        self.asked == Asked::Beyond
    }

    /// The part that is asked for; `None`: not a part.
    pub(crate) fn part(&self) -> Option<Range<u64>> {
        match &self.asked {
            Asked::Part(part) => Some(part.clone()),
            Asked::Whole | Asked::Beyond => None,
        }
    }

    /// The answer with these bytes, which are no page of ours whatever they
    /// are.
    pub(crate) fn answer(
        &self,
        body: Body,
        media_type: &'static str,
        disposition: &str,
    ) -> Result<Response, PageError> {
        let size = self.size;
        let (status, length, span) = match &self.asked {
            Asked::Whole => (StatusCode::OK, size, None),
            Asked::Part(it) => {
                let span = format!("bytes {}-{}/{size}", it.start, it.end - 1);
                (StatusCode::PARTIAL_CONTENT, it.end - it.start, Some(span))
            }
            Asked::Beyond => {
                let span = format!("bytes */{size}");
                (StatusCode::RANGE_NOT_SATISFIABLE, 0, Some(span))
            }
        };
        let mut response = (status, body).into_response();
        response.extensions_mut().insert(Sealed);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        put(headers, ETAG, &self.tag)?;
        put(headers, CONTENT_DISPOSITION, disposition)?;
        if let Some(span) = span {
            put(headers, CONTENT_RANGE, &span)?;
        }
        Ok(response)
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), PageError> {
    let value = HeaderValue::from_str(value).map_err(|_| PageError::broken())?;
    headers.insert(name, value);
    Ok(())
}

/// The range that counts: the only one, of the file that is here now.
fn range<'a>(headers: &'a HeaderMap, tag: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(RANGE).iter();
    let line = lines.next()?.to_str().ok()?;
    let same = headers
        .get(IF_RANGE)
        .is_none_or(|it| it.as_bytes() == tag.as_bytes());
    (same && lines.next().is_none()).then_some(line)
}
