//! The guard before every route: finds out who asks, and lets nobody through a
//! door that is not theirs. What a door demands stands in the table of routes,
//! so no handler can forget it.

use axum::extract::{self, Request};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::error::PageError;
use crate::origin::Origin;
use crate::routes::Door;
use crate::secrets::{form_token, word};
use crate::state::State;
use crate::visitor::Visitor;
use crate::{api, cookie, csrf, role, session, setup};

/// Refuses what was not sent to us by name, before anything else looks at it.
pub(crate) async fn address(
    extract::State(state): extract::State<State>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(origin) = Origin::of(&state.options, &parts) else {
        return PageError::bad(
            "These pages are served to this machine only, by the name localhost or 127.0.0.1. \
             To reach them by another name, set ARCHIVER_PUBLIC_URL.",
        )
        .into_response();
    };
    parts.extensions.insert(origin);
    next.run(Request::from_parts(parts, body)).await
}

/// Stands before one route.
pub(crate) async fn stand(
    extract::State((state, door)): extract::State<(State, Door)>,
    request: Request,
    next: Next,
) -> Response {
    let passed = match door {
        Door::Open => return next.run(request).await,
        Door::Read | Door::Change => return api::admit(&state, door, request, next).await,
        Door::Visitor | Door::SetUp | Door::Viewer | Door::Admin => {
            browser(&state, door, request, next).await
        }
    };
    passed.unwrap_or_else(IntoResponse::into_response)
}

/// A browser with its cookie.
async fn browser(
    state: &State,
    door: Door,
    mut request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let origin = request.extensions().get::<Origin>().cloned();
    let origin = origin.ok_or_else(PageError::not_found)?;
    let (held, session) = session::find(state, request.headers()).await?;
    if request.method() != Method::GET && request.method() != Method::HEAD {
        request = csrf::check(request, &origin, held.as_deref()).await?;
    }
    let fresh = held.is_none().then(|| word(state));
    let word = held.as_deref().or(fresh.as_deref()).unwrap_or_default();
    let mut visitor = Visitor {
        origin,
        form_token: form_token(word),
        session,
    };
    if matches!(door, Door::Viewer | Door::Admin | Door::SetUp) {
        let signed_in = role::check(state, &mut visitor).await?;
        if !signed_in && door != Door::SetUp {
            return Ok(Redirect::to("/sign-in").into_response());
        }
    }
    may_pass(state, door, &visitor).await?;
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if let Some(word) = fresh {
        hand_out(state, response.headers_mut(), &word);
    }
    Ok(response)
}

async fn may_pass(state: &State, door: Door, visitor: &Visitor) -> Result<(), PageError> {
    let viewer = visitor.session.as_ref().and_then(|it| it.viewer.as_ref());
    match door {
        Door::Admin if !viewer.is_some_and(|it| it.admin) => Err(PageError::forbidden(
            "Only administrators of your RingCentral account may do this.",
        )),
        Door::SetUp if !setup::is_open_to(state, visitor).await? => Err(PageError::not_found()),
        _ => Ok(()),
    }
}

/// Gives the browser its word, unless the answer gives it another one.
fn hand_out(state: &State, headers: &mut HeaderMap, word: &str) {
    if !headers.contains_key(SET_COOKIE)
        && let Some(line) = cookie::set(word, state.options.is_https())
    {
        headers.insert(SET_COOKIE, line);
    }
}
