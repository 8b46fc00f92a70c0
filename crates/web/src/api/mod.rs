//! The JSON interface: the same store calls as the pages, for programs. It
//! knows no cookie: a program shows a personal token.

pub(crate) mod audit;
pub(crate) mod backups;
mod caller;
pub(crate) mod connections;
pub(crate) mod coverage;
mod failure;
pub(crate) mod items;
pub(crate) mod log;
mod owner;
pub(crate) mod proof;
pub(crate) mod search;
pub mod shape;
pub(crate) mod tokens;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

#[cfg(test)]
pub(crate) use caller::shown;
pub(crate) use caller::{PREFIX, admit};
pub(crate) use failure::Failure;

/// What every program can read: what there is, and what it answers. Kept by
/// hand; a test holds it equal to the table of routes.
pub(crate) async fn description() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "application/json")],
        include_str!("openapi.json"),
    )
}
