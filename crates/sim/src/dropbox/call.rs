//! The way of every call of the API: find the function, draw its fate, let
//! the caller in, read the argument, run it, answer, log.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt;

use super::argument::{Argument, BODY, HEADER, PARAMETER};
use super::error::{Busy, Failure, tag, tag_of};
use super::fault::{Fate, FaultKind};
use super::grants::Link;
use super::options::Options;
use super::reply::Reply;
use super::request_log::RequestRecord;
use super::route::{self, Route, Style, Who};
use super::{Inner, account, basic_credentials, dispatch};

/// Longest JSON body of a call; 1,000 commits are far below.
const LONGEST_BODY: usize = 16 << 20;

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
    let fate = inner.dice.next(&function, &options);
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
    let (argument, body) = read_argument(inner, route, &parts, body, options).await?;
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
    let token = bearer(parts).ok_or_else(|| {
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

fn bearer(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(header::AUTHORIZATION);
    let text = match header.and_then(|value| value.to_str().ok()) {
        Some(text) => text.to_owned(),
        None => parameter(parts, "authorization")?,
    };
    let (scheme, token) = text.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

/// A parameter of the address.
fn parameter(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query()?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

async fn read_argument(
    inner: &Inner,
    route: &Route,
    parts: &Parts,
    body: Body,
    options: &Options,
) -> Result<(Argument, Body), Failure> {
    let get = parts.method == Method::GET && route.style == Style::Download;
    if parts.method != Method::POST && !get {
        return Err(Failure::BadRequest(format!(
            "Your request's HTTP request method is \"{}\". This function only accepts the HTTP \
             method \"POST\".",
            parts.method
        )));
    }
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
    if route.style == Style::Rpc {
        let body = axum::body::to_bytes(body, LONGEST_BODY)
            .await
            .map_err(|_| Failure::Lost)?;
        let argument = rpc_argument(&body, kind.as_deref())?;
        return Ok((argument, Body::empty()));
    }
    right_upload_type(route.style, kind.as_deref())?;
    let (text, place) = match parts.headers.get("dropbox-api-arg") {
        Some(value) => (Bytes::copy_from_slice(value.as_bytes()), HEADER),
        None => match parameter(parts, "arg") {
            Some(value) => (Bytes::from(value), PARAMETER),
            None => {
                return Err(Failure::BadRequest(
                    "Must provide HTTP header \"Dropbox-API-Arg\" or URL parameter \"arg\"."
                        .to_owned(),
                ));
            }
        },
    };
    if place == HEADER && !text.is_ascii() {
        inner.log.add_raw_utf8_header();
        if options.strict_header_ascii {
            return Err(Failure::BadRequest(format!(
                "{HEADER}: could not decode input as JSON"
            )));
        }
    }
    Ok((Argument::parse(&text, place)?, body))
}

/// The argument of an rpc function. Functions without one get `null` or
/// nothing at all, as the SDKs differ.
fn rpc_argument(body: &[u8], kind: Option<&str>) -> Result<Argument, Failure> {
    let trimmed = body.trim_ascii();
    if trimmed.is_empty() || trimmed == b"null" {
        return Ok(Argument::void());
    }
    let expected = [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain; charset=dropbox-cors-hack",
    ];
    right_type(kind, &expected)?;
    Argument::parse(trimmed, BODY)
}

fn right_upload_type(style: Style, kind: Option<&str>) -> Result<(), Failure> {
    match (style, kind) {
        // A download has no body and needs no type.
        (Style::Download, None) => Ok(()),
        (Style::Download, Some(_)) => right_type(
            kind,
            &[
                "text/plain",
                "text/plain; charset=utf-8",
                "application/octet-stream",
                "application/octet-stream; charset=utf-8",
                "",
            ],
        ),
        _ => right_type(
            kind,
            &[
                "application/octet-stream",
                "text/plain; charset=dropbox-cors-hack",
            ],
        ),
    }
}

fn right_type(kind: Option<&str>, expected: &[&str]) -> Result<(), Failure> {
    let spaceless = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    let given = kind.unwrap_or_default();
    if kind.is_some() && expected.iter().any(|e| spaceless(e) == spaceless(given)) {
        return Ok(());
    }
    let listed: Vec<String> = expected
        .iter()
        .filter(|e| !e.is_empty())
        .map(|e| format!("\"{e}\""))
        .collect();
    Err(Failure::BadRequest(match kind {
        None => format!(
            "Missing HTTP \"Content-Type\" header.  Expecting one of {}.",
            listed.join(", ")
        ),
        Some(given) => format!(
            "Bad HTTP \"Content-Type\" header: \"{given}\".  Expecting one of {}.",
            listed.join(", ")
        ),
    }))
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
