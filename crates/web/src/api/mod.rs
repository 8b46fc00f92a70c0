//! The JSON interface: the same store calls as the pages, for programs.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::PageError;
use crate::routes::Door;
use crate::state::State;

/// Lets a program with the right token through.
pub(crate) async fn admit(_: &State, _: Door, _: Request, _: Next) -> Response {
    PageError::not_found().into_response()
}
