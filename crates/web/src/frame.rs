//! What surrounds every page: its style, and the headers that keep a browser
//! from doing anything with it that we do not mean.

use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};

/// Our own style sheet and nothing else: no script, no picture, no frame, no
/// form. What a page needs later is allowed when it comes.
const ALLOWED: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
                       form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, ALLOWED),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers that know no frame-ancestors.
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    // Pages name people and calls: no copy stays behind in a shared browser.
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Puts the headers on every answer, failures too.
pub(crate) async fn harden(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The one style sheet.
pub(crate) async fn style() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("../static/style.css"),
    )
}
