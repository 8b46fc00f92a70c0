//! `/api/v1/audit`: the audit log, for tokens of admins that see the whole
//! company.

use axum::Json;
use axum::extract::{self, Query};
use domain::audit::server_book;
use domain::ports::AuditAsk;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::{log, shape};
use crate::state::State;
use crate::texts::audit as say;

/// Links in an answer, unless asked.
const LINKS: u32 = 100;
/// Links in an answer, at most.
const MOST: u32 = 1_000;

/// Which Links.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    actor: String,
    #[serde(default)]
    action: String,
    from: Option<String>,
    to: Option<String>,
    /// In the order of the chain, else newest first.
    #[serde(default)]
    oldest_first: bool,
    /// The `seq` after which to go on.
    after: Option<i64>,
    limit: Option<u32>,
    /// `server`: the server's own book.
    book: Option<String>,
}

/// Links, and where the chain ends.
pub(crate) async fn links(
    extract::State(state): extract::State<State>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Failure> {
    if !caller.who.admin {
        return Err(Failure::forbidden(say::ADMINS_ONLY));
    }
    let book = match wanted.book.as_deref() {
        None => caller.who.account.clone(),
        Some("server") => server_book(),
        Some(_) => return Err(Failure::not_found()),
    };
    caller.telling.about(book.as_str());
    let limit = log::limit(wanted.limit, LINKS, MOST)?;
    let ask = AuditAsk {
        actor: wanted.actor,
        action: wanted.action,
        from_ms: wanted.from.as_deref().map_or(Ok(i64::MIN), log::ms)?,
        to_ms: wanted.to.as_deref().map_or(Ok(i64::MAX), log::ms)?,
        newest_first: !wanted.oldest_first,
        after: wanted.after,
        limit: limit + 1,
    };
    let mut links = state.store.audit_links(&book, &ask).await?;
    let more = links.len() > limit as usize;
    links.truncate(limit as usize);
    let next = links.last().filter(|_| more).map(|it| it.seq);
    let head = state.store.audit_head(&book).await?;
    Ok(Json(json!({
        "links": links.iter().map(shape::link).collect::<Vec<_>>(),
        "after": next, "head": head,
    })))
}
