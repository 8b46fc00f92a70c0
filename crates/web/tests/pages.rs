//! The pages as a browser gets them, over a memory that obeys the Store's laws.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use domain::account::Account;
use domain::item::Standing;
use domain::ports::{Connections, Ledger};
use testkit::builders::{
    T0, account, backup, connection, destination, failed, noted, ready, recording, sighting,
};
use testkit::clock::ManualClock;
use testkit::memory::Store;

const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}gpj.exe";

/// A company with a hostile name and so many recordings that fail.
async fn pages(recordings: i64) -> Router {
    let clock = ManualClock::at(T0);
    let store = Store::new(clock.clone());
    let company = Account {
        name: HOSTILE.to_owned(),
        ..account("1")
    };
    let to = destination("d", &company.id);
    let connection = connection("c", &to);
    let backup = backup("b", &connection);
    store.keep_account(&company, T0).await.unwrap();
    store.keep_destination(&to).await.unwrap();
    store.keep_connection(&connection, T0).await.unwrap();
    store.keep_backup(&backup, T0).await.unwrap();
    let items: Vec<_> = (0..recordings)
        .map(|n| recording(&format!("<b>{n}</b>"), T0 + n))
        .collect();
    let all: Vec<_> = items.iter().map(|it| noted(ready(it))).collect();
    store
        .note(&company.id, &backup, &all, &[], T0)
        .await
        .unwrap();
    let waits = failed(domain::ledger::Pending::Failed, T0 + 1);
    let outcomes: Vec<_> = items.into_iter().map(|it| (it.id, waits.clone())).collect();
    let settled = store.settle(&company.id, &to.id, &outcomes, T0).await;
    settled.unwrap();
    web::router(web::State {
        store: Arc::new(store),
        clock: Arc::new(clock),
    })
}

async fn get(pages: Router, path: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(pages, request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    (
        head.status,
        head.headers,
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

#[tokio::test]
async fn hostile_names_are_text() {
    let (status, _, page) = get(pages(3).await, "/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
    // What turns the reading direction around stays inside its own element.
    let turned = page.split('\u{202e}').nth(1).unwrap();
    assert!(turned.starts_with("gpj.exe</bdi>"), "{turned}");
}

#[tokio::test]
async fn many_open_entries_are_cut_and_the_page_says_so() {
    let rows = |page: &str| page.matches("<td class=\"when\">").count();
    let (_, _, page) = get(pages(100).await, "/").await;
    assert_eq!(
        (rows(&page), page.contains("Only the oldest")),
        (100, false)
    );
    let (_, _, page) = get(pages(101).await, "/").await;
    assert_eq!((rows(&page), page.contains("Only the oldest")), (100, true));
    assert!(
        page.contains("<td class=\"n\">101</td>"),
        "the count is whole"
    );
}

#[tokio::test]
async fn what_a_rule_excludes_hides_nothing_that_is_missing() {
    let (store, clock) = (Store::new(ManualClock::at(T0)), ManualClock::at(T0));
    let to = destination("d", &account("1").id);
    let backup = backup("b", &connection("c", &to));
    store.keep_account(&account("1"), T0).await.unwrap();
    store.keep_destination(&to).await.unwrap();
    let seen = |n: i64| {
        let standing = match n {
            300 => Standing::Missing("deleted at the source"),
            _ => Standing::Excluded("too short"),
        };
        noted(sighting(&recording(&n.to_string(), T0 + n), standing))
    };
    let all: Vec<_> = (0..=300).map(seen).collect();
    store
        .keep_connection(&connection("c", &to), T0)
        .await
        .unwrap();
    store.keep_backup(&backup, T0).await.unwrap();
    let noted = store.note(&backup.account, &backup, &all, &[], T0).await;
    noted.unwrap();
    let pages = web::router(web::State {
        store: Arc::new(store),
        clock: Arc::new(clock),
    });
    let (_, _, page) = get(pages, "/").await;
    assert!(page.contains("deleted at the source"), "{page}");
    assert!(!page.contains("too short"), "{page}");
    assert!(
        page.contains("<td class=\"n\">300</td>"),
        "they count: {page}"
    );
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_do_nothing_else_with_it() {
    for path in ["/", "/style.css", "/healthz", "/readyz", "/nothing/here"] {
        let (_, headers, _) = get(pages(0).await, path).await;
        let of = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert!(of("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(of("x-content-type-options"), "nosniff");
        assert_eq!(of("x-frame-options"), "DENY");
        assert_eq!(of("referrer-policy"), "no-referrer");
        assert_eq!(of("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn every_route_answers() {
    for (path, status, word) in [
        ("/", StatusCode::OK, "<h1>Archiver</h1>"),
        ("/style.css", StatusCode::OK, "font"),
        ("/healthz", StatusCode::OK, "ok"),
        ("/readyz", StatusCode::OK, "ready"),
        ("/nothing/here", StatusCode::NOT_FOUND, "no such page"),
    ] {
        let (code, _, body) = get(pages(0).await, path).await;
        assert_eq!(code, status, "{path}");
        assert!(body.contains(word), "{path}: {body}");
    }
}
