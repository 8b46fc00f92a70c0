//! What a call sends, and what it does when the answer is not good.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request as Incoming;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::any;
use domain::error::{Kind, Verdict};
use domain::secret::Secret;
use outbound::{Body, Credential, DoorOptions, Group, Manners, Request};

use crate::stage::{API, Notes, allowing, door, door_with, hasty, line, peer, serve};

type Seen = Arc<Mutex<Vec<(String, axum::http::HeaderMap, Bytes)>>>;

/// Takes down every request and answers `{}`.
fn note_taker(seen: &Seen) -> Router {
    let seen = Arc::clone(seen);
    Router::new().fallback(any(move |request: Incoming| async move {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let what = format!("{} {}", parts.method, parts.uri);
        seen.lock().unwrap().push((what, parts.headers, body));
        "{}"
    }))
}

/// Answers with these statuses in turn, then with 200.
fn answering(statuses: &'static [u16]) -> (Router, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let router = Router::new().fallback(any(move || async move {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        let status = statuses.get(number).copied().unwrap_or(200);
        (
            StatusCode::from_u16(status).unwrap(),
            format!("answer {number}"),
        )
    }));
    (router, count)
}

#[tokio::test]
async fn a_get_says_who_it_is_and_nothing_more() {
    let seen = Seen::default();
    let base = serve(note_taker(&seen)).await;
    let request = Request::get(API, "/things", format!("{base}/things?view=Detailed"))
        .query("dateFrom", "2026-01-01T00:00:00.000Z")
        .query("q", "a b&c")
        .header("accept", "application/json");
    let answer = line(&base).call(request).await.unwrap();
    assert_eq!(
        (answer.status, answer.body.as_ref()),
        (200, b"{}".as_slice())
    );
    let (what, headers, body) = seen.lock().unwrap().remove(0);
    assert_eq!(
        what,
        "GET /things?view=Detailed&dateFrom=2026-01-01T00%3A00%3A00.000Z&q=a+b%26c"
    );
    assert!(body.is_empty());
    let mut names: Vec<_> = headers.keys().map(axum::http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
    assert_eq!(headers["accept-encoding"], "identity");
    assert_eq!(headers["user-agent"], "Archiver");
}

#[tokio::test]
async fn bodies_arrive_with_their_type_and_length() {
    let seen = Seen::default();
    let base = serve(note_taker(&seen)).await;
    let pieces = ["one ", "two ", "three"].map(Bytes::from_static_str);
    let bodies = [
        (Body::Json(b"[1]".to_vec()), Some("application/json"), "[1]"),
        (
            Body::Form(vec![
                ("grant_type", "refresh_token".to_owned()),
                ("t", "a&b c".to_owned()),
            ]),
            Some("application/x-www-form-urlencoded"),
            "grant_type=refresh_token&t=a%26b+c",
        ),
        (
            Body::Bytes(pieces.to_vec()),
            Some("application/octet-stream"),
            "one two three",
        ),
        (
            Body::Bytes(vec!["x".into()]),
            Some("application/octet-stream"),
            "x",
        ),
        (Body::Bytes(vec![]), Some("application/octet-stream"), ""),
        (Body::Empty, None, ""),
    ];
    for (body, kind, text) in bodies {
        let request = Request::post(API, "/things", format!("{base}/things")).body(body);
        line(&base).call(request).await.unwrap();
        let (_, headers, received) = seen.lock().unwrap().remove(0);
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(received, text);
        assert_eq!(header("content-type"), kind);
        assert_eq!(
            header("content-length"),
            Some(text.len().to_string().as_str())
        );
        assert_eq!(header("transfer-encoding"), None);
    }
}

trait FromStaticStr {
    fn from_static_str(text: &'static str) -> Bytes;
}

impl FromStaticStr for Bytes {
    fn from_static_str(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }
}

#[tokio::test]
async fn the_app_s_own_credential_is_basic() {
    let seen = Seen::default();
    let base = serve(note_taker(&seen)).await;
    let credential = Credential::Basic {
        id: "Aladdin".to_owned(),
        secret: Secret::new("open sesame"),
    };
    let line = door().line(&peer(allowing(&base), hasty()), "app", credential);
    line.call(Request::get(API, "/", base.clone()))
        .await
        .unwrap();
    let (_, headers, _) = seen.lock().unwrap().remove(0);
    assert_eq!(
        headers["authorization"],
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    );
}

#[tokio::test]
async fn what_headers_cannot_carry_is_not_sent() {
    let seen = Seen::default();
    let base = serve(note_taker(&seen)).await;
    for (name, value) in [
        ("x-arg", "a\r\nx-evil: b"),
        ("x-arg", "a\u{0}"),
        ("x arg", "a"),
        ("authorization", "Bearer a"),
        ("Cookie", "a=b"),
        ("host", "evil.example"),
    ] {
        let request = Request::get(API, "/", base.clone()).header(name, value);
        let error = line(&base).call(request).await.unwrap_err();
        let judged = (error.kind(), error.verdict());
        assert_eq!(judged, (Kind::Protocol, Verdict::GiveUp), "{name}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_address_outside_the_list_is_not_connected_to() {
    let seen = Seen::default();
    let other = serve(note_taker(&seen)).await;
    let base = serve(Router::new()).await;
    let error = line(&base)
        .call(Request::get(API, "/", other))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Egress);
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn unavailable_is_tried_again_up_to_four_times_if_repeatable() {
    let (router, count) = answering(&[503, 500, 502]);
    let base = serve(router).await;
    let answer = line(&base)
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap();
    assert_eq!(answer.body, "answer 3");
    assert_eq!(count.load(Ordering::SeqCst), 4);

    let (router, count) = answering(&[500; 9]);
    let base = serve(router).await;
    let error = line(&base)
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::Unavailable, Some("500"))
    );
    assert_eq!(count.load(Ordering::SeqCst), 4);

    let (router, count) = answering(&[503]);
    let base = serve(router).await;
    let post = || Request::post(API, "/", base.clone());
    assert!(line(&base).call(post()).await.is_err());
    assert_eq!(count.load(Ordering::SeqCst), 1);
    count.store(0, Ordering::SeqCst);
    assert!(line(&base).call(post().repeatable(true)).await.is_ok());
}

#[tokio::test]
async fn everything_else_comes_out_at_once() {
    for (status, kind) in [
        (404, Kind::Gone),
        (400, Kind::Protocol),
        (304, Kind::Protocol),
    ] {
        let (router, count) = answering(if status == 404 {
            &[404]
        } else if status == 400 {
            &[400]
        } else {
            &[304]
        });
        let base = serve(router).await;
        let error = line(&base)
            .open(Request::get(API, "/", base.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn the_judge_sees_the_beginning_of_a_long_body() {
    let router = Router::new().fallback(any(|| async {
        (StatusCode::NOT_FOUND, "x".repeat(1 << 20))
    }));
    let base = serve(router).await;
    let error = line(&base)
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap_err();
    assert_eq!(error.cause().len(), 64 * 1024);
}

#[tokio::test]
async fn an_answer_larger_than_asked_for_is_refused() {
    let base = serve(Router::new().fallback(any(|| async { "x".repeat(1001) }))).await;
    let request = || Request::get(API, "/", base.clone());
    assert!(line(&base).call(request().at_most(1001)).await.is_ok());
    let error = line(&base).call(request().at_most(1000)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
}

#[tokio::test]
async fn a_compressed_answer_is_refused() {
    let router = Router::new().fallback(any(|| async {
        ([("content-encoding", "gzip")], "zzz").into_response()
    }));
    let base = serve(router).await;
    let error = line(&base)
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
}

#[tokio::test]
async fn an_answer_that_is_not_what_was_expected_is_not_quoted() {
    let router = Router::new().fallback(any(|| async { r#"{"number": "+14155550100"}"# }));
    let base = serve(router).await;
    let answer = line(&base)
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap();
    let error = answer
        .json::<std::collections::HashMap<String, u64>>()
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
    assert!(!format!("{error} {error:?}").contains("4155550100"));
}

#[tokio::test]
async fn no_headers_in_time_is_no_answer() {
    let router = Router::new().fallback(any(|| async {
        std::future::pending::<()>().await;
    }));
    let base = serve(router).await;
    let request = Request::post(API, "/", base.clone()).headers_within(Duration::from_millis(50));
    let error = line(&base).call(request).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(
        error.to_string(),
        "Provider does not answer (no answer in time)"
    );
}

#[tokio::test]
async fn the_observer_is_told_every_exchange() {
    let (router, _) = answering(&[503]);
    let base = serve(router).await;
    let notes = Arc::new(Notes::default());
    let door = door_with(&DoorOptions::default(), notes.clone());
    let line = door.line(&peer(allowing(&base), hasty()), "user", Credential::None);
    let request = Request::post(API, "/things/{id}", format!("{base}/things/17"))
        .repeatable(true)
        .group(Group::new("light", 50, 60))
        .body(Body::Json(b"{}".to_vec()));
    line.call(request).await.unwrap();
    let route = "/things/{id}";
    let light = || "light".to_owned();
    assert_eq!(
        *notes.calls.lock().unwrap(),
        [
            (route, light(), Some(503), 2),
            (route, light(), Some(200), 2)
        ]
    );
    assert_eq!(*notes.received.lock().unwrap(), [8, 8]);
    assert_eq!(*notes.begun.lock().unwrap(), [route, route]);
}

#[tokio::test]
async fn patience_ends_with_the_provider_s_own_words_and_a_time() {
    let router = Router::new().fallback(any(|| async {
        (
            StatusCode::TOO_MANY_REQUESTS,
            [("retry-after", "7200")],
            "CMN-301",
        )
    }));
    let base = serve(router).await;
    let manners = Manners {
        patience: Duration::from_mins(10),
        ..hasty()
    };
    let line = door().line(&peer(allowing(&base), manners), "user", Credential::None);
    let error = line
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Throttled, Some("429")));
    match error.verdict() {
        Verdict::WaitFor(wait) => assert!(wait > Duration::from_mins(59), "{wait:?}"),
        other => panic!("{other:?}"),
    }
}
