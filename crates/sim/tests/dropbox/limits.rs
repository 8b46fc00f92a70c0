//! The request limit of a link.

use serde_json::{Value, json};
use sim::dropbox::RateLimitBody;

use crate::rig;

#[tokio::test]
async fn too_many_requests_ask_to_wait() {
    let rig = rig::with(|options| {
        options.requests_per_second = 1.0;
        options.burst = 2.0;
        options.retry_after_s = 15.0;
    })
    .await;
    let list = || rig.rpc("files/list_folder", json!({ "path": "" }));
    list().await.ok();
    list().await.ok();
    let refused = list().await;
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (429, "application/json")
    );
    let wait: f64 = refused.header("retry-after").parse().unwrap();
    assert!(wait > 14.0 && wait <= 15.0, "{wait}");
    assert_eq!(
        refused.json()["error"],
        json!({ "reason": { ".tag": "too_many_requests" }, "retry_after": 15 })
    );
    assert_eq!(rig.dropbox.requests().ignored_waits, 0);
    assert_eq!(list().await.status, 429);
    assert_eq!(rig.dropbox.requests().ignored_waits, 1);
    rig.clock.advance_ms(15_000);
    list().await.ok();
    let counts = rig.dropbox.requests();
    assert_eq!(counts.answered("files/list_folder", 200), 3);
    assert_eq!(counts.of("files/list_folder"), 5);
}

#[tokio::test]
async fn a_429_may_be_plain_text_and_scaled() {
    let rig = rig::with(|options| {
        options.requests_per_second = 0.001;
        options.burst = 1.0;
        options.retry_after_s = 0.05;
        options.rate_limit_body = RateLimitBody::Text;
    })
    .await;
    rig.rpc("users/get_space_usage", Value::Null).await.ok();
    let refused = rig.rpc("users/get_space_usage", Value::Null).await;
    assert_eq!(
        (refused.status, refused.text()),
        (429, "too_many_requests".to_owned())
    );
    assert!(refused.header("content-type").starts_with("text/plain"));
    let wait: f64 = refused.header("retry-after").parse().unwrap();
    assert!(wait > 0.0 && wait <= 0.05, "{wait}");
}
