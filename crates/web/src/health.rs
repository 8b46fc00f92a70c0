//! Is it up, and can it do its work? Told to anybody who asks, so without a
//! word about whose it is.

use axum::extract;
use axum::http::StatusCode;
use domain::Kind;
use domain::grant::Provider;
use domain::ports::{Providers, Store};

use crate::state::State;

/// The process answers.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Everything that it needs is there.
pub(crate) async fn readyz(extract::State(state): extract::State<State>) -> (StatusCode, String) {
    match what_ails(state.store.as_ref(), state.providers.as_ref()).await {
        ails if ails.is_empty() => (StatusCode::OK, "ready\n".to_owned()),
        ails => (StatusCode::SERVICE_UNAVAILABLE, ails.join("\n") + "\n"),
    }
}

/// What keeps a server from its work, a sentence each: the database does not
/// answer, keys are not set, due work is not taken by anybody. Empty: nothing.
pub async fn what_ails(store: &dyn Store, providers: &dyn Providers) -> Vec<&'static str> {
    let (queue, now_ms) = match (store.queue().await, store.database_ms().await) {
        (Ok(queue), Ok(now_ms)) => (queue, now_ms),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(kind = error.kind().word(), "the database does not answer");
            return vec!["the database does not answer"];
        }
    };
    let mut ails = Vec::new();
    for (end, what) in [
        (
            Provider::Source,
            "the keys of the RingCentral app are not set",
        ),
        (
            Provider::Destination,
            "the keys of the Dropbox app are not set",
        ),
    ] {
        let dance = providers.sign_in(end).await;
        if dance.is_err_and(|error| error.kind() == Kind::Config) {
            ails.push(what);
        }
    }
    // Work that was never planned may have come this very moment.
    if queue.is_stalled(now_ms, now_ms) {
        ails.push("work is due and no worker takes it");
    }
    ails
}
