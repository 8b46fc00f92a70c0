//! The simulator's own routes below `/__sim`: the truth, for checkers in other
//! processes, and the hands of the clock. No part of Dropbox.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::{Dropbox, Inner};

pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/__sim/files", get(files))
        .route("/__sim/file", get(file))
        .route("/__sim/requests", get(requests))
        .route("/__sim/request-log", get(request_log))
        .route("/__sim/reset-requests", post(reset_requests))
        .route("/__sim/advance", post(advance))
        .route("/__sim/options", get(options).post(set_options))
}

type Parameters = Query<HashMap<String, String>>;

async fn files(State(inner): State<Arc<Inner>>) -> Response {
    Json(Dropbox(inner).files()).into_response()
}

async fn file(State(inner): State<Arc<Inner>>, Query(query): Parameters) -> Response {
    let path = query.get("path").cloned().unwrap_or_default();
    match Dropbox(inner).bytes(&path) {
        Some(bytes) => bytes.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn requests(State(inner): State<Arc<Inner>>) -> Response {
    Json(inner.log.counts()).into_response()
}

async fn request_log(State(inner): State<Arc<Inner>>) -> Response {
    Json(inner.log.records()).into_response()
}

async fn reset_requests(State(inner): State<Arc<Inner>>) -> StatusCode {
    inner.log.reset();
    StatusCode::NO_CONTENT
}

async fn advance(State(inner): State<Arc<Inner>>, Query(query): Parameters) -> StatusCode {
    match query.get("ms").and_then(|ms| ms.parse().ok()) {
        Some(ms) => {
            inner.clock.advance_ms(ms);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::BAD_REQUEST,
    }
}

async fn options(State(inner): State<Arc<Inner>>) -> Response {
    Json(inner.options().as_ref().clone()).into_response()
}

/// Replaces all options; what the body leaves out gets its default.
async fn set_options(
    State(inner): State<Arc<Inner>>,
    Json(options): Json<super::Options>,
) -> StatusCode {
    Dropbox(inner).change_options(|current| *current = options);
    StatusCode::NO_CONTENT
}
