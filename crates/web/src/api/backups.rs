//! `/api/v1/status` and what can be done to a Backup.

use axum::Json;
use axum::extract::{self, Path};
use domain::ports::Change;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::shape;
use crate::pages::backup::let_rest;
use crate::standing::Standing;
use crate::state::State;
use crate::subject;
use crate::texts::backup as say;
use crate::viewer::{View, alarms_for, backup_of, may_see};

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
        let standing = Standing::of(state.store.as_ref(), &backup).await?;
        seen.push(shape::backup(&backup, &standing, state.now_ms()));
    }
    let alarms = alarms_for(&state, &caller.who).await?;
    let alarms: Vec<Value> = alarms.iter().map(shape::alarm).collect();
    Ok(Json(json!({
        "account": account, "extension": caller.who.extension, "admin": caller.who.admin,
        "now": shape::at(state.now_ms()), "backups": seen, "alarms": alarms,
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
    caller.telling.about(backup.id.as_str());
    let hurried = caller.telling.change(&state, Change::Hurry(&backup.id));
    hurried.await?;
    Ok(Json(json!({ "due": true })))
}

/// Lets history rest; the newest hours go on.
pub(crate) async fn pause(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Path(view): Path<String>,
) -> Result<Json<Value>, Failure> {
    history(&state, &caller, &view, true).await
}

/// Lets history go on.
pub(crate) async fn resume(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Path(view): Path<String>,
) -> Result<Json<Value>, Failure> {
    history(&state, &caller, &view, false).await
}

/// As on BACKUP: for who may change the Backup.
async fn history(
    state: &State,
    caller: &Caller,
    view: &str,
    rests: bool,
) -> Result<Json<Value>, Failure> {
    let view = View::from_word(Some(view).filter(|it| !it.is_empty()))?;
    let subject = subject::of(state, &caller.who, view).await?;
    if subject.is_anothers(&caller.who) {
        return Err(Failure::forbidden(say::NOT_YOURS));
    }
    let backup = subject.backup.ok_or_else(Failure::not_found)?;
    if !backup.enabled {
        return Err(Failure::bad("Enable backup is OFF. Nothing runs."));
    }
    let_rest(state, &caller.telling, &backup, rests).await?;
    if !rests {
        state.store.hurry(&backup.account, &backup.id).await?;
    }
    Ok(Json(json!({ "paused": rests })))
}
