//! Where a call keeps what it says: method, content type, the argument in
//! body, header or address, and the access token. Judges only the form.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, header};
use bytes::Bytes;

use super::Inner;
use super::argument::{Argument, BODY, HEADER, PARAMETER};
use super::error::Failure;
use super::options::Options;
use super::route::{Route, Style};

/// Longest JSON body of a call; 1,000 commits are far below.
const LONGEST_BODY: usize = 16 << 20;

/// The access token, from the header or the address.
pub(super) fn bearer(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(header::AUTHORIZATION);
    let text = match header.and_then(|value| value.to_str().ok()) {
        Some(text) => text.to_owned(),
        None => parameter(parts, "authorization")?,
    };
    let (scheme, token) = text.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

/// A parameter of the address.
fn parameter(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query()?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Reads a call's argument; what remains of the body is an upload's data.
pub(super) async fn read(
    inner: &Inner,
    route: &Route,
    parts: &Parts,
    body: Body,
    options: &Options,
) -> Result<(Argument, Body), Failure> {
    let get = parts.method == Method::GET && route.style == Style::Download;
    if parts.method != Method::POST && !get {
        return Err(Failure::BadRequest(format!(
            "Your request's HTTP request method is \"{}\". This function only accepts the HTTP \
             method \"POST\".",
            parts.method
        )));
    }
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
    if route.style == Style::Rpc {
        let body = axum::body::to_bytes(body, LONGEST_BODY)
            .await
            .map_err(|_| Failure::Lost)?;
        let argument = rpc_argument(&body, kind.as_deref())?;
        return Ok((argument, Body::empty()));
    }
    right_upload_type(route.style, kind.as_deref())?;
    let (text, place) = match parts.headers.get("dropbox-api-arg") {
        Some(value) => (Bytes::copy_from_slice(value.as_bytes()), HEADER),
        None => match parameter(parts, "arg") {
            Some(value) => (Bytes::from(value), PARAMETER),
            None => {
                return Err(Failure::BadRequest(
                    "Must provide HTTP header \"Dropbox-API-Arg\" or URL parameter \"arg\"."
                        .to_owned(),
                ));
            }
        },
    };
    if place == HEADER && !text.is_ascii() {
        inner.log.add_raw_utf8_header();
        if options.strict_header_ascii {
            return Err(Failure::BadRequest(format!(
                "{HEADER}: could not decode input as JSON"
            )));
        }
    }
    Ok((Argument::parse(&text, place)?, body))
}

/// The argument of an rpc function. Functions without one get `null` or
/// nothing at all, as the SDKs differ.
fn rpc_argument(body: &[u8], kind: Option<&str>) -> Result<Argument, Failure> {
    let trimmed = body.trim_ascii();
    if trimmed.is_empty() || trimmed == b"null" {
        return Ok(Argument::void());
    }
    let expected = [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain; charset=dropbox-cors-hack",
    ];
    right_type(kind, &expected)?;
    Argument::parse(trimmed, BODY)
}

fn right_upload_type(style: Style, kind: Option<&str>) -> Result<(), Failure> {
    match (style, kind) {
        // A download has no body and needs no type.
        (Style::Download, None) => Ok(()),
        (Style::Download, Some(_)) => right_type(
            kind,
            &[
                "text/plain",
                "text/plain; charset=utf-8",
                "application/octet-stream",
                "application/octet-stream; charset=utf-8",
                "",
            ],
        ),
        _ => right_type(
            kind,
            &[
                "application/octet-stream",
                "text/plain; charset=dropbox-cors-hack",
            ],
        ),
    }
}

fn right_type(kind: Option<&str>, expected: &[&str]) -> Result<(), Failure> {
    let spaceless = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    let given = kind.unwrap_or_default();
    if kind.is_some() && expected.iter().any(|e| spaceless(e) == spaceless(given)) {
        return Ok(());
    }
    let listed: Vec<String> = expected
        .iter()
        .filter(|e| !e.is_empty())
        .map(|e| format!("\"{e}\""))
        .collect();
    Err(Failure::BadRequest(match kind {
        None => format!(
            "Missing HTTP \"Content-Type\" header.  Expecting one of {}.",
            listed.join(", ")
        ),
        Some(given) => format!(
            "Bad HTTP \"Content-Type\" header: \"{given}\".  Expecting one of {}.",
            listed.join(", ")
        ),
    }))
}
