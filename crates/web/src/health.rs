//! Is it up, and can it reach its memory?

use axum::extract;
use axum::http::StatusCode;

use crate::state::State;

/// The process answers.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers too.
pub(crate) async fn readyz(
    extract::State(state): extract::State<State>,
) -> (StatusCode, &'static str) {
    match state.store.accounts().await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(kind = error.kind().word(), "the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}
