//! `/api/v1/proof`: RingCentral's list held against the ledger, day by day,
//! and the ledger against what lies in the destination.

use axum::Json;
use axum::extract::{self, Query};
use domain::window::{DAY_MS, Window};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::log::{backup, ms, no_span};
use super::shape;
use crate::pages::log::proof_days;
use crate::state::State;

/// Which days.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    view: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// Days, newest first, and how the files were found.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Failure> {
    let backup = backup(&state, &caller, wanted.view.as_deref()).await?;
    let now_ms = state.now_ms();
    let from_ms = wanted.from.as_deref().map_or(Ok(now_ms - 7 * DAY_MS), ms)?;
    let to_ms = wanted.to.as_deref().map_or(Ok(now_ms + DAY_MS), ms)?;
    let window = Window::from_ms(from_ms, to_ms).ok_or_else(no_span)?;
    let (days, more) = proof_days(&state, &backup, window).await?;
    let (account, store) = (&backup.account, &state.store);
    let proofs = store.proofs(account, &backup.id, 1).await?;
    let scrub = store.scrub(account, &backup.id).await?;
    Ok(Json(json!({
        "days": days.iter().map(shape::day).collect::<Vec<_>>(),
        "more": more,
        "proof": proofs.first().map(shape::proof),
        "scrub": shape::scrub(&scrub),
    })))
}
