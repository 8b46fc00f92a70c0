//! A part of a page, drawn alone for the script that renews it. The header
//! tells the script that it got what it asked for, and not a sign-in page.

use askama::Template;
use axum::http::HeaderName;
use axum::response::{Html, IntoResponse, Response};

use crate::error::PageError;
use crate::page::html;

const MARK: HeaderName = HeaderName::from_static("x-archiver-part");

/// A template becomes a part.
pub(crate) fn part(template: &impl Template) -> Result<Response, PageError> {
    Ok(([(MARK, "1")], Html(html(template)?)).into_response())
}

/// A part that has nothing to show but a sentence of ours.
pub(crate) fn sentence(text: &'static str) -> Response {
    ([(MARK, "1")], Html(text)).into_response()
}
