//! Upload sessions one at a time: offsets, closing, concurrent pieces, hashes,
//! life, and finishing again.

use serde_json::{Value, json};
use sim::dropbox::SessionAfterCommit;

use crate::rig::{self, Rig, small_content_hash, text};

const START: &str = "files/upload_session/start";
const APPEND: &str = "files/upload_session/append_v2";
const FINISH: &str = "files/upload_session/finish";
const BLOCK: u64 = 4 << 20;

fn cursor(session: &str, offset: u64) -> Value {
    json!({ "session_id": session, "offset": offset })
}

fn finish(session: &str, offset: u64, path: &str) -> Value {
    json!({ "cursor": cursor(session, offset), "commit": { "path": path } })
}

async fn start(rig: &Rig, argument: Value) -> String {
    text(&rig.send(START, argument, b"").await.ok()["session_id"])
}

async fn append(rig: &Rig, session: &str, offset: u64, close: bool, body: &[u8]) -> rig::Answer {
    let argument = json!({ "cursor": cursor(session, offset), "close": close });
    rig.send(APPEND, argument, body).await
}

#[tokio::test]
async fn pieces_in_order_become_the_file() {
    let rig = rig::default().await;
    let session = start(&rig, json!({})).await;
    assert!(
        session.starts_with("pid_upload_session:") && session.len() == 69,
        "{session}"
    );
    assert_eq!(
        append(&rig, &session, 0, false, b"one ").await.ok(),
        Value::Null
    );
    append(&rig, &session, 4, false, b"two ").await.ok();
    let done = rig
        .send(FINISH, finish(&session, 8, "/x"), b"three")
        .await
        .ok();
    assert_eq!(
        done["content_hash"],
        small_content_hash(b"one two three").as_str()
    );
    assert_eq!(rig.dropbox.bytes("/x").unwrap(), b"one two three");
}

#[tokio::test]
async fn offsets_must_meet_what_has_arrived() {
    let rig = rig::default().await;
    let session = start(&rig, json!({})).await;
    append(&rig, &session, 0, false, b"12345").await.ok();
    let wrong = append(&rig, &session, 0, false, b"12345").await.refused();
    assert_eq!(
        wrong,
        json!({ ".tag": "incorrect_offset", "correct_offset": 5 })
    );
    let wrong = rig
        .send(FINISH, finish(&session, 4, "/x"), b"")
        .await
        .refused();
    assert_eq!(
        wrong,
        json!({
            ".tag": "lookup_failed",
            "lookup_failed": { ".tag": "incorrect_offset", "correct_offset": 5 },
        })
    );
    append(&rig, &session, 5, true, b"").await.ok();
    let closed = append(&rig, &session, 5, false, b"6").await.refused();
    assert_eq!(closed, json!({ ".tag": "closed" }));
    let closed = rig
        .send(FINISH, finish(&session, 5, "/x"), b"6")
        .await
        .refused();
    assert_eq!(closed["lookup_failed"], json!({ ".tag": "closed" }));
    rig.send(FINISH, finish(&session, 5, "/x"), b"").await.ok();
    assert_eq!(rig.dropbox.bytes("/x").unwrap(), b"12345");
}

#[tokio::test]
async fn hashes_are_checked_before_anything_is_kept() {
    let rig = rig::default().await;
    let mismatch = json!({ ".tag": "content_hash_mismatch" });
    let wrong = "0".repeat(64);
    let right = small_content_hash(b"data");

    let refused = rig
        .send(START, json!({ "content_hash": wrong }), b"data")
        .await;
    assert_eq!(refused.refused(), mismatch);
    let started = rig
        .send(START, json!({ "content_hash": right }), b"data")
        .await;
    let session = text(&started.ok()["session_id"]);
    let append = |hash: &str| json!({ "cursor": cursor(&session, 4), "content_hash": hash });
    assert_eq!(
        rig.send(APPEND, append(&wrong), b"data").await.refused(),
        mismatch
    );
    rig.send(APPEND, append(&right), b"data").await.ok();
    let finish = |hash: &str| json!({ "cursor": cursor(&session, 8), "commit": { "path": "/x" }, "content_hash": hash });
    assert_eq!(
        rig.send(FINISH, finish(&wrong), b"data").await.refused(),
        mismatch
    );
    rig.send(FINISH, finish(&right), b"data").await.ok();
    assert_eq!(rig.dropbox.bytes("/x").unwrap(), b"datadatadata");

    let upload = json!({ "path": "/y", "content_hash": wrong });
    assert_eq!(
        rig.send("files/upload", upload, b"data").await.refused(),
        mismatch
    );
    let batch = json!({ "entries": [], "content_hash": wrong });
    let refused = rig
        .send("files/upload_session/append_batch", batch, b"")
        .await;
    assert_eq!(refused.refused(), mismatch);
    assert_eq!(rig.dropbox.files().len(), 1);
}

#[tokio::test]
async fn concurrent_pieces_come_in_any_order() {
    let rig = rig::default().await;
    let session = start(&rig, json!({ "session_type": "concurrent" })).await;
    let block = vec![7; usize::try_from(BLOCK).unwrap()];
    let refused = append(&rig, &session, 5, false, &block).await.refused();
    assert_eq!(
        refused,
        json!({ ".tag": "concurrent_session_invalid_offset" })
    );
    let refused = append(&rig, &session, BLOCK, false, b"short")
        .await
        .refused();
    assert_eq!(
        refused,
        json!({ ".tag": "concurrent_session_invalid_data_size" })
    );

    append(&rig, &session, BLOCK, false, &block).await.ok();
    let argument = finish(&session, 2 * BLOCK + 3, "/big");
    let refused = rig.send(FINISH, argument.clone(), b"").await.refused();
    assert_eq!(refused, json!({ ".tag": "concurrent_session_not_closed" }));
    append(&rig, &session, 0, false, &block).await.ok();
    append(&rig, &session, 2 * BLOCK, true, b"end").await.ok();
    let refused = rig.send(FINISH, argument.clone(), b"more").await.refused();
    assert_eq!(
        refused,
        json!({ ".tag": "concurrent_session_data_not_allowed" })
    );
    let done = rig.send(FINISH, argument, b"").await.ok();
    assert_eq!(done["size"], 2 * BLOCK + 3);
    let bytes = rig.dropbox.bytes("/big").unwrap();
    assert!(bytes.ends_with(b"\x07end") && bytes[..block.len()] == block);
}

#[tokio::test]
async fn concurrent_sessions_miss_their_gaps() {
    let rig = rig::default().await;
    let concurrent = json!({ "session_type": { ".tag": "concurrent" } });
    let session = start(&rig, concurrent.clone()).await;
    append(&rig, &session, BLOCK, true, b"end").await.ok();
    let refused = rig
        .send(FINISH, finish(&session, BLOCK + 3, "/x"), b"")
        .await
        .refused();
    assert_eq!(
        refused,
        json!({ ".tag": "concurrent_session_missing_data" })
    );
    let refused = rig.send(START, concurrent.clone(), b"data").await.refused();
    assert_eq!(
        refused,
        json!({ ".tag": "concurrent_session_data_not_allowed" })
    );
    let mut closed = concurrent;
    closed["close"] = json!(true);
    let refused = rig.send(START, closed, b"").await.refused();
    assert_eq!(
        refused,
        json!({ ".tag": "concurrent_session_close_not_allowed" })
    );
}

#[tokio::test]
async fn a_failed_commit_keeps_the_data() {
    let rig = rig::default().await;
    let session = start(&rig, json!({})).await;
    append(&rig, &session, 0, false, b"12345").await.ok();
    let refused = rig
        .send(FINISH, finish(&session, 5, "/bad\\name"), b"678")
        .await
        .refused();
    assert_eq!(
        refused,
        json!({ ".tag": "path", "path": { ".tag": "malformed_path" } })
    );
    let again = rig
        .send(FINISH, finish(&session, 5, "/x"), b"678")
        .await
        .refused();
    assert_eq!(
        again["lookup_failed"]["correct_offset"], 8,
        "the data has arrived"
    );
    rig.send(FINISH, finish(&session, 8, "/x"), b"").await.ok();
    assert_eq!(rig.dropbox.bytes("/x").unwrap(), b"12345678");
}

#[tokio::test]
async fn a_committed_session_is_gone_or_kept_as_the_options_say() {
    let rig = rig::default().await;
    let session = rig.closed_session(b"x").await;
    rig.send(FINISH, finish(&session, 1, "/x"), b"").await.ok();
    let gone = rig
        .send(FINISH, finish(&session, 1, "/x"), b"")
        .await
        .refused();
    assert_eq!(gone["lookup_failed"], json!({ ".tag": "not_found" }));
    assert_eq!(
        append(&rig, &session, 1, false, b"y").await.refused(),
        json!({ ".tag": "closed" })
    );

    rig.dropbox
        .change_options(|o| o.session_after_commit = SessionAfterCommit::Kept);
    let session = rig.closed_session(b"y").await;
    let first = rig.send(FINISH, finish(&session, 1, "/y"), b"").await.ok();
    let again = rig.send(FINISH, finish(&session, 1, "/y"), b"").await.ok();
    assert_eq!(first, again);
}

#[tokio::test]
async fn a_session_lives_seven_days() {
    let rig = rig::default().await;
    let session = start(&rig, json!({})).await;
    rig.clock.advance_ms(7 * 86_400_000 - 60_000);
    let token = rig.fresh_token("").await;
    let rig = rig.with_token(token);
    append(&rig, &session, 0, false, b"x").await.ok();
    rig.clock.advance_ms(60_000);
    let gone = append(&rig, &session, 1, false, b"x").await.refused();
    assert_eq!(gone, json!({ ".tag": "not_found" }));
    let gone = rig
        .send(FINISH, finish(&session, 1, "/x"), b"")
        .await
        .refused();
    assert_eq!(gone["lookup_failed"], json!({ ".tag": "not_found" }));
}

#[tokio::test]
async fn a_body_beyond_150_mib_is_too_large() {
    let rig = rig::default().await;
    let body = vec![0; (150 << 20) + 1];
    let refused = rig
        .send("files/upload", json!({ "path": "/x" }), &body)
        .await
        .refused();
    assert_eq!(refused, json!({ ".tag": "payload_too_large" }));
    assert!(rig.dropbox.files().is_empty());
}
