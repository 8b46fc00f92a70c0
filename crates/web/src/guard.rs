//! The guard before every route: finds out who asks, and lets nobody through a
//! door that is not theirs. What a door demands stands in the table of routes,
//! so no handler can forget it.

use axum::extract::{self, Request};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::audit::{Actor, server_book};

use crate::error::PageError;
use crate::limit::Client;
use crate::origin::Origin;
use crate::routes::{Door, Route, Verb};
use crate::secrets::{form_token, word};
use crate::state::State;
use crate::telling::{Telling, Tells};
use crate::viewer::is_ours;
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
    extract::State((state, route)): extract::State<(State, Route)>,
    mut request: Request,
    next: Next,
) -> Response {
    if route.door == Door::Open {
        return next.run(request).await;
    }
    let telling = Telling::of(route.tells);
    request.extensions_mut().insert(telling.clone());
    let (parts, body) = request.into_parts();
    let client = Client::of(&parts);
    let request = Request::from_parts(parts, body);
    let passed = match route.door {
        Door::Read | Door::Change => api::admit(&state, route.door, &telling, request, next).await,
        _ => browser(&state, &route, &telling, client, request, next)
            .await
            .unwrap_or_else(IntoResponse::into_response),
    };
    let passed = limited(&state, &route, client, passed);
    telling.settle(&state, passed).await
}

/// Who is refused too often is told so. What is right always passes.
fn limited(state: &State, route: &Route, client: Option<Client>, answer: Response) -> Response {
    let unknown = answer.status() == StatusCode::UNAUTHORIZED
        || (route.verb == Verb::Get
            && matches!(route.tells, Tells::Change(_))
            && answer.status().is_client_error());
    if !unknown {
        return answer;
    }
    match state.limit.client(client, state.now_ms()) {
        Ok(()) => answer,
        Err(seconds) => PageError::too_often(seconds).into_response(),
    }
}

/// A browser with its cookie.
async fn browser(
    state: &State,
    route: &Route,
    telling: &Telling,
    client: Option<Client>,
    mut request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let door = route.door;
    let origin = request.extensions().get::<Origin>().cloned();
    let origin = origin.ok_or_else(PageError::not_found)?;
    let (held, session) = session::find(state, request.headers()).await?;
    let viewer = session.as_ref().and_then(|it| it.viewer.as_ref());
    if let Some(who) = viewer
        && route.tells != Tells::Nothing
        && is_ours(state, &who.account).await?
    {
        telling.by(&who.account, Actor::Extension(who.extension.clone()));
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        may_knock(state, telling, client)?;
        request = csrf::check(request, &origin, held.as_deref()).await?;
    }
    let fresh = held.is_none().then(|| word(state));
    let word = held.as_deref().or(fresh.as_deref()).unwrap_or_default();
    let mut visitor = Visitor {
        origin,
        form_token: form_token(word),
        session,
        telling: telling.clone(),
    };
    if matches!(door, Door::Viewer | Door::Admin | Door::SetUp) {
        let signed_in = role::check(state, &mut visitor).await?;
        if !signed_in {
            telling.by(&server_book(), Actor::Nobody);
            if door != Door::SetUp {
                telling.refused();
                return Ok(Redirect::to("/sign-in").into_response());
            }
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

/// Before anything is changed: by who is known as often as people do, by
/// others as often as a few people who sign in.
fn may_knock(state: &State, telling: &Telling, client: Option<Client>) -> Result<(), PageError> {
    let (account, actor) = telling.whose();
    let now_ms = state.now_ms();
    let knocked = if actor == Actor::Nobody {
        state.limit.client(client, now_ms)
    } else {
        state.limit.person(&account, &actor, now_ms)
    };
    knocked.map_err(PageError::too_often)
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
