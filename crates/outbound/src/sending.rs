//! A request as the HTTP client wants it. Whether and where it may go has been
//! decided before.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use domain::error::{Error, Kind, Result, Verdict};
use futures::stream;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderMap,
    HeaderName, HeaderValue,
};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::manners::Deadlines;
use crate::request::{Body, Method, Request};

/// The request's own parameters behind those that its address already has.
pub(crate) fn add_query(url: &mut Url, request: &Request) {
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(request.query.iter());
    }
}

/// How many bytes it carries.
pub(crate) fn size(body: &Body) -> u64 {
    let bytes = match body {
        Body::Empty => 0,
        Body::Json(json) => json.len(),
        Body::Form(fields) => form(fields).len(),
        Body::Bytes(pieces) => pieces.iter().map(Bytes::len).sum(),
    };
    bytes as u64
}

/// How long its answer's headers may take.
pub(crate) fn headers_within(request: &Request, deadlines: &Deadlines) -> Duration {
    let upload = deadlines
        .total(size(&request.body))
        .saturating_sub(deadlines.lead);
    let answer = request.headers_within.unwrap_or(deadlines.headers);
    answer.saturating_add(upload)
}

/// The request to a gated address, signed with `authorization` if there is one.
pub(crate) fn build(
    request: &Request,
    url: &Url,
    authorization: Option<&str>,
) -> Result<reqwest::Request> {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
    };
    let mut built = reqwest::Request::new(method, url.clone());
    let headers = built.headers_mut();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    write_body_headers(headers, request);
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unwritable(name))?;
        let value = HeaderValue::from_str(value).map_err(|_| unwritable(name.as_str()))?;
        // These would follow a redirect to where the credential must not go.
        if [AUTHORIZATION, COOKIE, HOST].contains(&name) {
            return Err(unwritable(name.as_str()));
        }
        headers.insert(name, value);
    }
    if let Some(authorization) = authorization {
        let unsignable = |_| unwritable("authorization");
        let mut value = HeaderValue::from_str(authorization).map_err(unsignable)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    *built.body_mut() = body(&request.body);
    Ok(built)
}

fn write_body_headers(headers: &mut HeaderMap, request: &Request) {
    let kind = match request.body {
        Body::Empty => None,
        Body::Json(_) => Some("application/json"),
        Body::Form(_) => Some("application/x-www-form-urlencoded"),
        Body::Bytes(_) => Some("application/octet-stream"),
    };
    if let Some(kind) = kind {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    // A body in pieces is a stream: its length saves it the chunked coding.
    // Without one, some gateways refuse even an empty POST (411).
    if request.method == Method::Post {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(size(&request.body)));
    }
}

fn body(body: &Body) -> Option<reqwest::Body> {
    match body {
        Body::Empty => None,
        Body::Json(json) => Some(json.clone().into()),
        Body::Form(fields) => Some(form(fields).into()),
        Body::Bytes(pieces) => match pieces.as_slice() {
            [] => Some(Bytes::new().into()),
            [piece] => Some(piece.clone().into()),
            pieces => {
                let pieces: Vec<_> = pieces.iter().cloned().map(Ok::<_, Infallible>).collect();
                Some(reqwest::Body::wrap_stream(stream::iter(pieces)))
            }
        },
    }
}

fn form(fields: &[(&'static str, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn unwritable(header: &str) -> Error {
    let what = format!("a request may not set the header {header}, or not to this value");
    Error::new(Kind::Protocol, what).verdict_is(Verdict::GiveUp)
}
