//! From the wire to a handler and back: sign-in, limits, permissions, faults,
//! headers and the log, in this order for every request.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;

use crate::front::OverTls;

use super::ask::{Ask, Hosts, Knock};
use super::error::ApiError;
use super::limiter::{Verdict, header_seconds};
use super::params::Params;
use super::reply::Reply;
use super::request_log::Asked;
use super::routes::{self, Handler, Route};
use super::time;
use super::{Group, Inner, control, held, oddities};

/// Largest request body.
const BODY: usize = 1 << 20;

pub(super) fn router(inner: Arc<Inner>) -> Router {
    Router::new().fallback(answer).with_state(inner)
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY).await else {
        return ApiError::new(413, "CMN-104", "Request is too large")
            .reply()
            .into_response();
    };
    if parts.uri.path().starts_with("/__sim/") {
        // Hashing everything takes long; it must not hold up the world.
        let asked = tokio::task::spawn_blocking(move || control::answer(&inner, &parts, &body));
        return asked
            .await
            .unwrap_or_else(|_| Reply::empty(500))
            .into_response();
    }
    if inner.options().latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(inner.options().latency_ms)).await;
    }
    handle(&inner, &parts, &body).into_response()
}

/// Answers one request and writes it down.
fn handle(inner: &Inner, parts: &Parts, body: &Bytes) -> Reply {
    let now_ms = inner.clock.now_ms();
    let query = Params::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let method = method(parts, &query);
    let Some((route, path)) = routes::find(&method, parts.uri.path()) else {
        return ApiError::new(404, "CMN-120", "Invalid URI").reply();
    };
    let hosts = Hosts::seen_by(
        inner,
        &parts.headers,
        parts.extensions.get::<OverTls>().is_some(),
    );
    let knock = Knock {
        inner,
        now_ms,
        query,
        headers: &parts.headers,
        body,
        hosts,
    };
    let mut user = String::new();
    let mut reply = match &route.handler {
        Handler::Open(run) => run(&knock),
        Handler::Signed(..) => signed(&knock, route, path, parts, &mut user),
    };
    let id = format!(
        "{:016x}",
        inner.dice.of("request").at(now_ms.unsigned_abs()).bits()
    );
    reply
        .headers
        .extend([("rcrequestid", id), ("date", time::http(now_ms))]);
    held(&inner.log).add(Asked {
        at_ms: now_ms,
        method,
        path: route.template,
        group: group(inner, route),
        status: reply.status,
        user,
        early: reply.early,
    });
    reply
}

fn signed(
    knock: &Knock<'_>,
    route: &'static Route,
    path: Vec<(&'static str, String)>,
    parts: &Parts,
    user: &mut String,
) -> Reply {
    let (inner, now_ms) = (knock.inner, knock.now_ms);
    let options = inner.options();
    let faults = inner.faults.plan(&options.faults);
    let viewer =
        match bearer(knock).and_then(|token| held(&inner.sessions).authenticate(token, now_ms)) {
            Ok(viewer) => viewer,
            Err(error) => return error.reply(),
        };
    *user = inner.world.extension(viewer.user).id.to_string();
    let limits = match limited(inner, user, &viewer.client, group(inner, route), now_ms) {
        Ok(headers) => headers,
        Err(refusal) => return faults.bend(*refusal, now_ms),
    };
    let resource = parts
        .uri
        .path_and_query()
        .map_or("", |whole| whole.as_str());
    let ask = Ask {
        inner,
        now_ms,
        route,
        user: viewer.user,
        path,
        query: &knock.query,
        headers: knock.headers,
        body: knock.body,
        hosts: &knock.hosts,
    };
    let mut reply = if let Some(reply) = faults.before(route, resource, now_ms) {
        reply
    } else {
        let reply = checked(&ask).unwrap_or_else(|error| error.reply());
        faults.after(oddities::apply(inner, reply), resource)
    };
    if options.limit_headers {
        reply.headers.extend(limits);
    }
    reply
}

/// The application's scope, the account, the user's permission, the handler.
fn checked(ask: &Ask<'_>) -> Result<Reply, ApiError> {
    if let Handler::Signed(scope, permission, run) = &ask.route.handler {
        if let Some(scope) =
            scope.filter(|scope| !ask.inner.options().scopes.iter().any(|have| have == scope))
        {
            return Err(ApiError::scope(scope));
        }
        ask.account()?;
        if let Some(permission) = permission {
            ask.permit(permission)?;
        }
        return run(ask);
    }
    Err(ApiError::new(404, "CMN-120", "Invalid URI"))
}

/// The bearer token, from the header or (as on the media host) the query.
fn bearer<'a>(knock: &'a Knock<'_>) -> Result<&'a str, ApiError> {
    match (
        knock.header("authorization"),
        knock.query.get("access_token"),
    ) {
        (Some(header), _) => header
            .split_once(' ')
            .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
            .map(|(_, token)| token.trim())
            .ok_or_else(|| ApiError::new(401, "AGW-402", "Invalid Authorization header")),
        (None, Some(token)) => Ok(token),
        (None, None) => Err(ApiError::new(
            401,
            "AGW-401",
            "Authorization header is not specified",
        )),
    }
}

fn group(inner: &Inner, route: &Route) -> Group {
    if route.template.ends_with("/recording/{recordingId}/content") {
        inner.options().recording_content_group
    } else {
        route.group
    }
}

type Headers = Vec<(&'static str, String)>;

/// Counts a request: the headers for its answer, or the refusal.
pub(crate) fn limited(
    inner: &Inner,
    user: &str,
    client: &str,
    group: Group,
    now_ms: i64,
) -> Result<Headers, Box<Reply>> {
    let options = inner.options();
    let verdict = held(&inner.limiter).count(user, client, group, &options, now_ms);
    let headers = |limit: u32, remaining: u32| {
        vec![
            ("x-rate-limit-group", group.on_the_wire().to_owned()),
            ("x-rate-limit-limit", limit.to_string()),
            ("x-rate-limit-remaining", remaining.to_string()),
            ("x-rate-limit-window", header_seconds(options.window_ms)),
        ]
    };
    match verdict {
        Verdict::Free => Ok(Vec::new()),
        Verdict::Pass { limit, remaining } => Ok(headers(limit, remaining)),
        Verdict::Refused {
            limit,
            retry_ms,
            early,
        } => {
            let error = ApiError::new(429, "CMN-301", "Request rate exceeded");
            let mut reply = error.reply().with("retry-after", header_seconds(retry_ms));
            reply.early = early;
            if options.limit_headers {
                reply.headers.extend(headers(limit, 0));
            }
            Err(Box::new(reply))
        }
        Verdict::Global { retry_ms } => {
            let error = ApiError::new(429, "CMN-310", "Global request rate exceeded");
            Err(Box::new(
                error.reply().with("retry-after", header_seconds(retry_ms)),
            ))
        }
    }
}

/// The method, or what a POST says it stands for.
fn method(parts: &Parts, query: &Params) -> String {
    let given = parts.method.as_str();
    let header = |headers: &HeaderMap| {
        headers
            .get("x-http-method-override")?
            .to_str()
            .ok()
            .map(str::to_owned)
    };
    let instead = header(&parts.headers).or_else(|| query.get("_method").map(str::to_owned));
    match instead {
        Some(instead) if given == "POST" => instead,
        _ => given.to_owned(),
    }
}
