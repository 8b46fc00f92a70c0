//! Redirects: every hop passes the gate again, and the credential is decided
//! anew at each.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, Request as Incoming};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use domain::error::Kind;
use domain::secret::Secret;
use outbound::{Allow, Credential, Line, Purpose, Request};

use crate::stage::{API, allowing, door, hasty, peer, serve};

const CDN: Purpose = Purpose("cdn");

fn signed(allow: Allow) -> Line {
    let credential = Credential::Basic {
        id: "id".to_owned(),
        secret: Secret::new("secret"),
    };
    door().line(&peer(allow, hasty()), "user", credential)
}

/// A server that gives bytes and remembers who asked for them.
async fn bytes() -> (String, Arc<Mutex<Vec<HeaderMap>>>) {
    let seen: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
    let notes = Arc::clone(&seen);
    let router = Router::new().fallback(any(move |request: Incoming| async move {
        notes.lock().unwrap().push(request.headers().clone());
        "bytes"
    }));
    (serve(router).await, seen)
}

/// A server that sends everybody there.
async fn sending_to(status: u16, to: String) -> String {
    let status = StatusCode::from_u16(status).unwrap();
    serve(Router::new().fallback(any(move || async move { (status, [("location", to)]) }))).await
}

#[tokio::test]
async fn within_the_provider_the_credential_goes_along() {
    let (media, seen) = bytes().await;
    for status in [301, 302, 303, 307, 308] {
        let base = sending_to(status, format!("{media}/file")).await;
        let line = signed(allowing(&base).permit(API, &media).unwrap());
        let answer = line.call(Request::get(API, "/", base)).await.unwrap();
        assert_eq!(answer.body, "bytes");
        let headers = seen.lock().unwrap().remove(0);
        assert!(headers.contains_key("authorization"));
        assert!(!headers.contains_key("referer"));
    }
}

#[tokio::test]
async fn a_storage_network_gets_no_credential() {
    let (cdn, seen) = bytes().await;
    let base = sending_to(302, format!("{cdn}/file?signature=x")).await;
    let line = signed(allowing(&base).permit_unsigned(CDN, &cdn).unwrap());
    let url = format!("{base}/content?secret=1");
    assert_eq!(
        line.call(Request::get(API, "/", url)).await.unwrap().body,
        "bytes"
    );
    let headers = seen.lock().unwrap().remove(0);
    for kept in ["authorization", "referer", "cookie"] {
        assert!(!headers.contains_key(kept), "{kept}");
    }
}

#[tokio::test]
async fn a_storage_network_teaches_us_no_limits() {
    let limits = [
        ("x-rate-limit-group", "cdn"),
        ("x-rate-limit-limit", "1"),
        ("x-rate-limit-remaining", "0"),
        ("x-rate-limit-window", "3600"),
    ];
    let cdn = serve(Router::new().fallback(any(move || async move { (limits, "bytes") }))).await;
    let base = sending_to(302, cdn.clone()).await;
    let line = signed(allowing(&base).permit_unsigned(CDN, &cdn).unwrap());
    for _ in 0..5 {
        let request = Request::get(API, "/", base.clone());
        assert!(line.call(request).await.is_ok());
    }
}

#[tokio::test]
async fn elsewhere_is_refused_and_never_contacted() {
    let (other, seen) = bytes().await;
    for to in [
        format!("{other}/"),
        "https://evil.example/".to_owned(),
        "//evil.example/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "http://169.254.169.254/".to_owned(),
        "http://user@127.0.0.1/".to_owned(),
    ] {
        let base = sending_to(302, to.clone()).await;
        let request = Request::get(API, "/", base.clone());
        let error = signed(allowing(&base)).call(request).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Egress, "{to}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn three_hops_and_no_more() {
    let hop = |Path(left): Path<u32>| async move {
        match left {
            0 => "bytes".into_response(),
            left => (StatusCode::FOUND, [("location", format!("{}", left - 1))]).into_response(),
        }
    };
    let base = serve(Router::new().route("/{left}", get(hop))).await;
    let line = signed(allowing(&base));
    let from = |hops: u32| Request::get(API, "/", format!("{base}/{hops}"));
    assert!(line.call(from(3)).await.is_ok());
    let error = line.call(from(4)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
}

#[tokio::test]
async fn what_carries_something_is_not_sent_elsewhere() {
    let (media, seen) = bytes().await;
    let base = sending_to(307, media.clone()).await;
    let line = signed(allowing(&base).permit(API, &media).unwrap());
    let error = line.call(Request::post(API, "/", base)).await.unwrap_err();
    assert_eq!(error.code(), Some("307"), "the judge has it");
    assert!(seen.lock().unwrap().is_empty());
}
