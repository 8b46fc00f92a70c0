//! An answer as it came, before anybody judged it.

use domain::secret::Secret;
use reqwest::{Response, StatusCode};
use tokio::time::Instant;

use crate::answer::{Framing, Headers};
use crate::flow;
use crate::request::{Method, Request};

const MOST_HEADER_BYTES: usize = 64 * 1024;

/// An answer whose headers are there.
pub(crate) struct Came {
    pub(crate) response: Response,
    pub(crate) headers: Headers,
    /// When they came: a penalty runs from here.
    pub(crate) at: Instant,
    /// The group that it was counted in.
    pub(crate) group: String,
    /// The access token that signed it.
    pub(crate) bearer: Option<Secret>,
}

impl Came {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn framing(&self) -> Framing {
        if self.response.status() == StatusCode::NO_CONTENT {
            return Framing::Declared;
        }
        flow::framing(self.response.version(), &self.headers)
    }

    pub(crate) fn has_too_many_headers(&self) -> bool {
        let headers = self.headers.0.iter();
        let sizes = headers.map(|(name, value)| name.as_str().len() + value.len());
        sizes.sum::<usize>() > MOST_HEADER_BYTES
    }

    /// Where it leads, if it is a redirect that may be followed: only what
    /// fetches, never what carries something.
    pub(crate) fn leads_to(&self, request: &Request) -> Option<String> {
        let follows = matches!(self.status(), 301 | 302 | 303 | 307 | 308);
        if !follows || request.method != Method::Get {
            return None;
        }
        self.headers.get("location").map(str::to_owned)
    }
}
