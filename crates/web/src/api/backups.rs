//! `/api/v1/status` and what can be done to a Backup.

use axum::Json;
use axum::extract::{self, Path};
use domain::window::Window;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::shape;
use crate::state::State;
use crate::viewer::{View, backup_of, may_see};

/// How every Backup that the caller may see stands.
pub(crate) async fn status(
    extract::State(state): extract::State<State>,
    caller: Caller,
) -> Result<Json<Value>, Failure> {
    let account = &caller.who.account;
    let mut seen = Vec::new();
    for backup in state.store.backups(account).await? {
        if !may_see(&caller.who, &backup) {
            continue;
        }
        let store = &state.store;
        let plan = store.timetable(account, &backup.id).await?;
        let running = store.is_running(account, &backup.id).await?;
        let total = store.counts(account, &backup, Window::EVER).await?;
        seen.push(shape::backup(&backup, &plan, running, &total));
    }
    Ok(Json(json!({
        "account": account, "extension": caller.who.extension, "admin": caller.who.admin,
        "now": shape::at(state.now_ms()), "backups": seen,
    })))
}

/// "Back up now."
pub(crate) async fn run(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Path(view): Path<String>,
) -> Result<Json<Value>, Failure> {
    let view = View::from_word(Some(view.as_str()).filter(|it| !it.is_empty()))?;
    let backup = backup_of(&state, &caller.who, view).await?;
    let backup = backup.ok_or_else(Failure::not_found)?;
    if !backup.enabled {
        return Err(Failure::bad(
            "Enable backup is OFF. Turn it ON first, then it runs by itself.",
        ));
    }
    state.store.hurry(&backup.account, &backup.id).await?;
    Ok(Json(json!({ "due": true })))
}
