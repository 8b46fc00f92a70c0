//! The way of every call of the API: find the function, draw its fate, let
//! the caller in, read the argument, run it, answer, log.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt;

use super::argument::Argument;
use super::error::{Busy, Failure, tag, tag_of};
use super::fault::{Fate, FaultKind};
use super::grants::Link;
use super::options::Options;
use super::reply::Reply;
use super::request_log::RequestRecord;
use super::route::{self, Route, Who};
use super::{Inner, account, basic_credentials, dispatch, intake};

/// A call that was let in.
pub(super) struct Call {
    pub(super) route: &'static Route,
    pub(super) argument: Argument,
    pub(super) headers: HeaderMap,
    pub(super) over_tls: bool,
    /// Whose it is; `None` for functions that ask for no user.
    pub(super) link: Option<Link>,
    pub(super) options: Arc<Options>,
    pub(super) fate: Fate,
    pub(super) now_ms: i64,
}

impl Call {
    /// The 409 or 429 of a call that found the write lock taken.
    pub(super) fn contended(&self, error: Failure) -> Failure {
        match self.options.write_contention {
            super::options::WriteContention::RouteError => error,
            super::options::WriteContention::Status429 => Failure::Busy {
                reason: Busy::WriteOperations,
                wait_s: self.options.retry_after_s,
                plain: false,
            },
        }
    }
}

/// Serves `/2/<function>`.
pub(super) async fn serve(
    State(inner): State<Arc<Inner>>,
    Path(function): Path<String>,
    request: Request,
) -> Response {
    // What has begun is done to its end, even when the client has gone.
    let task = tokio::spawn(async move { answer(&inner, function, request).await });
    task.await
        .unwrap_or_else(|_| Failure::Bare(StatusCode::INTERNAL_SERVER_ERROR).response("", ""))
}

async fn answer(inner: &Arc<Inner>, function: String, request: Request) -> Response {
    let options = inner.options();
    let is_commit = function.starts_with("files/upload_session/finish_batch");
    let _committing = is_commit.then(|| inner.log.commit_begins());
    let fate = inner.fates.next(&function, &options);
    if options.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(options.latency_ms)).await;
    }
    let outcome = run(inner, &function, request, &options, &fate).await;
    let mut response = match outcome {
        _ if fate.strikes(FaultKind::LostAfter) => Failure::Lost.response(&function, ""),
        Ok(reply) => reply.response(),
        Err(failure) => failure.response(&function, inner.mint.dots()),
    };
    if fate.strikes(FaultKind::Slow) {
        response = slow(response, Duration::from_millis(options.slow_ms));
    }
    if fate.strikes(FaultKind::Truncated) {
        response = truncated(response);
    }
    finish(inner, function, response)
}

/// Puts the headers on that every answer has, and logs it.
pub(super) fn finish(inner: &Inner, route: String, mut response: Response) -> Response {
    let request_id = inner.mint.request_id();
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-dropbox-request-id", request_id.as_str()),
        ("x-dropbox-response-origin", "far_remote"),
        ("cache-control", "no-cache"),
        ("x-content-type-options", "nosniff"),
        ("server", "envoy"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    let status = if crate::front::is_dropped(&response) {
        0
    } else {
        response.status().as_u16()
    };
    inner.log.add(RequestRecord {
        at_ms: inner.clock.now_ms(),
        route,
        status,
        request_id,
    });
    response
}

async fn run(
    inner: &Arc<Inner>,
    function: &str,
    request: Request,
    options: &Arc<Options>,
    fate: &Fate,
) -> Result<Reply, Failure> {
    trouble_before(fate, options)?;
    let route = route::find(function)
        .filter(|route| options.append_batch || !route.name.ends_with("append_batch"))
        .ok_or(Failure::UnknownFunction)?;
    let (parts, body) = request.into_parts();
    right_host(route, &parts)?;
    let link = admit(inner, route, &parts, options)?;
    account::right_root(&parts.headers, options)?;
    let (argument, body) = intake::read(inner, route, &parts, body, options).await?;
    let call = Call {
        route,
        argument,
        headers: parts.headers,
        over_tls: parts.extensions.get::<crate::front::OverTls>().is_some(),
        link,
        options: Arc::clone(options),
        fate: fate.clone(),
        now_ms: inner.clock.now_ms(),
    };
    dispatch::dispatch(inner, call, body).await
}

/// Faults that strike before anything is done.
fn trouble_before(fate: &Fate, options: &Options) -> Result<(), Failure> {
    use FaultKind as Kind;
    let unauthorized = |name| Failure::Unauthorized(tag(name));
    let failures = [
        (Kind::LostBefore, Failure::Lost),
        (
            Kind::InternalServerError,
            Failure::Bare(StatusCode::INTERNAL_SERVER_ERROR),
        ),
        (
            Kind::ServiceUnavailable,
            Failure::Bare(StatusCode::SERVICE_UNAVAILABLE),
        ),
        (
            Kind::TooManyRequests,
            Failure::Busy {
                reason: Busy::Requests,
                wait_s: options.retry_after_s,
                plain: options.rate_limit_body == super::options::RateLimitBody::Text,
            },
        ),
        (
            Kind::ExpiredAccessToken,
            unauthorized("expired_access_token"),
        ),
        (
            Kind::InvalidAccessToken,
            unauthorized("invalid_access_token"),
        ),
        (Kind::UserSuspended, unauthorized("user_suspended")),
        (
            Kind::DataTransportLimit,
            Failure::Forbidden(
                tag_of("invalid_account_type", &tag("feature")),
                "Your team has reached its monthly limit of data transport calls.",
            ),
        ),
    ];
    failures
        .into_iter()
        .find(|(kind, _)| fate.strikes(*kind))
        .map_or(Ok(()), |(_, failure)| Err(failure))
}

/// A function lives on one of the three hosts. On any other name (loopback)
/// all are served.
fn right_host(route: &Route, parts: &Parts) -> Result<(), Failure> {
    match host(parts).strip_suffix(".dropboxapi.com") {
        Some(name) if name != route.host => Err(Failure::UnknownFunction),
        _ => Ok(()),
    }
}

/// The host that a request names, without its port.
fn host(parts: &Parts) -> &str {
    let named = parts
        .headers
        .get(header::HOST)
        .and_then(|h| h.to_str().ok());
    let authority = parts.uri.host().or(named).unwrap_or_default();
    authority.split(':').next().unwrap_or_default()
}

fn admit(
    inner: &Inner,
    route: &Route,
    parts: &Parts,
    options: &Options,
) -> Result<Option<Link>, Failure> {
    let app = basic_credentials(&parts.headers).is_some();
    match route.who {
        Who::Anyone => return Ok(None),
        Who::App | Who::AppOrUser if app => {
            return account::right_app(&parts.headers, options).map(|()| None);
        }
        _ => {}
    }
    let token = intake::bearer(parts).ok_or_else(|| {
        Failure::BadRequest(
            "Must provide HTTP header \"Authorization\" or URL parameter \"authorization\"."
                .to_owned(),
        )
    })?;
    if route.who == Who::App {
        return Err(Failure::Unauthorized(tag("invalid_access_token")));
    }
    let now_ms = inner.clock.now_ms();
    let link = inner.grants().link(&token, now_ms, options)?;
    if let Err(refusal) = inner.limiter.admit(link.id, now_ms, options) {
        if refusal.ignored_a_wait {
            inner.log.add_ignored_wait();
        }
        return Err(Failure::Busy {
            reason: Busy::Requests,
            wait_s: refusal.wait_s,
            plain: refusal.plain,
        });
    }
    if let Some(scope) = route.scope {
        link.demand(scope)?;
    }
    Ok(Some(link))
}

/// Sends the head at once and the body later.
fn slow(response: Response, pause: Duration) -> Response {
    response.map(|body| {
        let late = futures::stream::once(async move {
            tokio::time::sleep(pause).await;
            body.into_data_stream()
        });
        Body::from_stream(late.flatten())
    })
}

/// Announces the whole body, sends half of its first piece, and breaks off.
fn truncated(response: Response) -> Response {
    response.map(|body| {
        let half = body.into_data_stream().take(1).map(|piece| {
            let piece = piece.map_err(std::io::Error::other)?;
            Ok(piece.slice(..piece.len() / 2))
        });
        let broken = futures::stream::once(async {
            Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
        });
        Body::from_stream(half.chain(broken))
    })
}
