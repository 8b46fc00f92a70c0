//! What surrounds every answer: the headers that keep a browser from doing
//! anything with it that we do not mean, and the page that an error becomes.

use std::panic::AssertUnwindSafe;

use askama::Template;
use axum::extract::{self, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;

use crate::api::Failure;
use crate::error::PageError;
use crate::page::{Frame, draw};
use crate::state::State;

/// Our own files and nothing else; forms go to us and nowhere else.
const ALLOWED: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                       img-src 'self' data:; media-src 'self'; connect-src 'self'; \
                       form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, ALLOWED),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers that know no frame-ancestors.
    (X_FRAME_OPTIONS, "DENY"),
    // Nobody else learns where a visitor came from. Not `no-referrer` alone:
    // with it browsers send `Origin: null` with our own forms. Those that do
    // not know the second word take the first.
    (REFERRER_POLICY, "no-referrer, same-origin"),
    // Pages name people and calls: no copy stays behind in a shared browser.
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// What somebody sent: no browser may run anything of it, whatever it is.
const SEALED: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Stands in the extensions of an answer whose bytes are not ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sealed;

/// Two years. For this name only: what other names below it serve is not ours
/// to decide.
const HTTPS_ONLY: &str = "max-age=63072000";

/// Puts the headers on every answer, failures too.
pub(crate) async fn harden(
    extract::State(state): extract::State<State>,
    request: Request,
    next: Next,
) -> Response {
    let for_people = !request.uri().path().starts_with("/api/");
    let head = request.method() == Method::HEAD;
    let mut response = calmly(next.run(request)).await;
    let refused = refused(&mut response);
    let wait = refused.as_ref().and_then(|it| it.wait);
    if !head && let Some(error) = refused {
        response = if for_people {
            error_page(&state, error).unwrap_or(response)
        } else {
            Failure::from(error).into_response()
        };
    }
    let sealed = response.extensions().get::<Sealed>().is_some();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if sealed {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SEALED));
    }
    if let Some(seconds) = wait {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if state.options.is_https() {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(HTTPS_ONLY),
        );
    }
    response
}

/// A handler that panics is a page like any other failure. What it stumbled
/// over stays out of the page and the log.
async fn calmly(answering: impl Future<Output = Response>) -> Response {
    let answer = AssertUnwindSafe(answering).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        tracing::error!("a page panicked");
        PageError::broken().into_response()
    })
}

/// What was not done, where nothing says so in a way that people read: the
/// framework refuses forms and addresses in its own words.
fn refused(response: &mut Response) -> Option<PageError> {
    if let Some(error) = response.extensions_mut().remove::<PageError>() {
        return Some(error);
    }
    let kind = response.headers().get(CONTENT_TYPE);
    let plain = kind.is_none_or(|it| it.as_bytes().starts_with(b"text/plain"));
    let status = response.status();
    let text = "Something in this request is missing or makes no sense, so nothing was done.";
    (status.is_client_error() && plain).then(|| PageError::plain(status, text))
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    text: String,
}

fn error_page(state: &State, error: PageError) -> Option<Response> {
    let page = ErrorPage {
        frame: Frame::bare(state, "Not done"),
        text: error.text,
    };
    let mut response = draw(&page).ok()?;
    *response.status_mut() = error.status;
    Some(response)
}

/// The one style sheet.
pub(crate) async fn style() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("../static/style.css"),
    )
}

/// The script of every page.
pub(crate) async fn script() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("../static/archiver.js"),
    )
}

/// The script beside a player.
pub(crate) async fn player() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("../static/player.js"),
    )
}
