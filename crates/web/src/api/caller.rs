//! Who calls: the owner of a personal token, with what the token lets them do.

use axum::extract::{FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::audit::Actor;
use domain::session::{ApiToken, SignedIn};

use super::failure::Failure;
use crate::error::PageError;
use crate::roles::Role;
use crate::routes::Door;
use crate::secrets::{hash, is_word};
use crate::state::State;
use crate::telling::Telling;
use crate::viewer::is_ours;

/// What a token begins with, so that scanners of leaked secrets know it.
pub(crate) const PREFIX: &str = "arc_";

/// How exact "last used" is, milliseconds.
const USED_MS: i64 = 60 * 60 * 1000;

/// The owner of a token.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Them, as far as a token knows.
    pub(crate) who: SignedIn,
    /// What the audit log is told of this request.
    pub(crate) telling: Telling,
}

/// Lets a program with the right token through.
pub(crate) async fn admit(
    state: &State,
    door: Door,
    telling: &Telling,
    mut request: Request,
    next: Next,
) -> Response {
    let asked = (request.headers(), request.method());
    match caller(state, door, telling, asked).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(failure) => failure.into_response(),
    }
}

async fn caller(
    state: &State,
    door: Door,
    telling: &Telling,
    (headers, method): (&HeaderMap, &Method),
) -> Result<Caller, Failure> {
    let shown = shown(headers).ok_or_else(Failure::unknown)?;
    let token = state.store.api_token(&hash(shown)).await?;
    let now_ms = state.now_ms();
    let token = token
        .filter(|it| it.made_ms <= now_ms + USED_MS && now_ms < it.ends_ms)
        .ok_or_else(Failure::unknown)?;
    if !is_ours(state, &token.account).await? {
        return Err(Failure::unknown());
    }
    let actor = Actor::Token(token.id.clone());
    telling.by(&token.account, actor.clone());
    let looks = method == Method::GET || method == Method::HEAD;
    if !looks && let Err(wait) = state.limit.person(&token.account, &actor, now_ms) {
        return Err(PageError::too_often(wait).into());
    }
    if (door == Door::Change || !looks) && !token.may_change {
        return Err(Failure::forbidden(
            "This token may only read. Make one that may change things.",
        ));
    }
    let mut who = owner(&token, now_ms);
    let role = super::owner::role(state, &who).await?;
    if role == Role::Gone {
        return Err(Failure::gone());
    }
    who.admin = token.admin && role == Role::Admin;
    if token.used_ms.is_none_or(|at| now_ms - at >= USED_MS) {
        state.store.token_used(&token.id, now_ms).await?;
    }
    Ok(Caller {
        who,
        telling: telling.clone(),
    })
}

/// Whose token it is, as nobody in particular.
fn owner(token: &ApiToken, now_ms: i64) -> SignedIn {
    SignedIn {
        account: token.account.clone(),
        company: String::new(),
        extension: token.extension.clone(),
        number: None,
        name: String::new(),
        admin: false,
        time_zone: None,
        checked_ms: now_ms,
    }
}

/// The one token that is shown.
pub(crate) fn shown(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let line = lines.next()?.to_str().ok()?;
    let (scheme, token) = line.split_once(' ')?;
    let whole = lines.next().is_none() && scheme.eq_ignore_ascii_case("bearer");
    let word = token.strip_prefix(PREFIX)?;
    (whole && is_word(word)).then_some(token)
}

impl FromRequestParts<State> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Caller, Failure> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(Failure::unknown)
    }
}
