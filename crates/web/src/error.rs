//! What a failure looks like in a browser.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// There is nothing at this address.
pub(crate) async fn no_such_page() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "There is no such page.\n")
}

/// A page that could not be made.
pub(crate) struct PageError(String);

impl From<domain::Error> for PageError {
    fn from(error: domain::Error) -> PageError {
        tracing::error!(kind = error.kind().word(), "a page could not be made");
        PageError(error.to_string())
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> PageError {
        tracing::error!(%error, "a template failed");
        PageError("This page could not be drawn. The archive is not affected.".to_owned())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0).into_response()
    }
}
