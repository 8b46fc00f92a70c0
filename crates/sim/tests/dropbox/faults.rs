//! Planned trouble: each fault does what its name says, where it should.

use serde_json::{Value, json};
use sim::dropbox::FaultKind;

use crate::rig::{self, Rig, fault};

const UPLOAD: &str = "files/upload";
const FINISH: &str = "files/upload_session/finish_batch_v2";

async fn with_fault(route: &str, kind: FaultKind) -> Rig {
    rig::with(|options| options.planned_faults.push(fault(route, kind))).await
}

async fn try_upload(rig: &Rig) -> reqwest::Result<rig::Answer> {
    rig.try_send(UPLOAD, json!({ "path": "/a" }), b"hello")
        .await
}

#[tokio::test]
async fn a_lost_reply_leaves_the_commit_or_nothing() {
    let rig = with_fault(UPLOAD, FaultKind::LostBefore).await;
    assert!(try_upload(&rig).await.is_err());
    assert!(rig.dropbox.files().is_empty());

    let rig = with_fault(UPLOAD, FaultKind::LostAfter).await;
    assert!(try_upload(&rig).await.is_err());
    assert_eq!(rig.dropbox.bytes("/a").unwrap(), b"hello");
    assert_eq!(rig.dropbox.requests().answered(UPLOAD, 0), 1);
    let again = try_upload(&rig).await.unwrap().ok();
    assert_eq!(again["size"], 5, "the same bytes again are no conflict");
}

#[tokio::test]
async fn server_errors_have_empty_bodies_and_do_nothing() {
    for (kind, status) in [
        (FaultKind::InternalServerError, 500),
        (FaultKind::ServiceUnavailable, 503),
    ] {
        let rig = with_fault(UPLOAD, kind).await;
        let answer = try_upload(&rig).await.unwrap();
        assert_eq!((answer.status, answer.bytes.len()), (status, 0));
        assert!(rig.dropbox.files().is_empty());
        try_upload(&rig).await.unwrap().ok();
    }
}

#[tokio::test]
async fn bodies_may_break_off_or_come_late() {
    let rig = with_fault(UPLOAD, FaultKind::Truncated).await;
    assert!(try_upload(&rig).await.is_err());
    assert_eq!(rig.dropbox.files().len(), 1);

    let rig = rig::with(|options| {
        options.slow_ms = 5;
        options
            .planned_faults
            .push(fault("files/download", FaultKind::Truncated));
        options.planned_faults.push(fault(UPLOAD, FaultKind::Slow));
    })
    .await;
    try_upload(&rig).await.unwrap().ok();
    let download = rig
        .request("files/download")
        .header("dropbox-api-arg", json!({ "path": "/a" }).to_string());
    assert!(rig::read(download).await.is_err());
}

#[tokio::test]
async fn refusals_come_as_the_service_words_them() {
    for (kind, status, error) in [
        (
            FaultKind::ExpiredAccessToken,
            401,
            json!({ ".tag": "expired_access_token" }),
        ),
        (
            FaultKind::InvalidAccessToken,
            401,
            json!({ ".tag": "invalid_access_token" }),
        ),
        (
            FaultKind::UserSuspended,
            401,
            json!({ ".tag": "user_suspended" }),
        ),
        (
            FaultKind::TooManyRequests,
            429,
            json!({ "reason": { ".tag": "too_many_requests" }, "retry_after": 1 }),
        ),
        (
            FaultKind::DataTransportLimit,
            403,
            json!({
                ".tag": "invalid_account_type",
                "invalid_account_type": { ".tag": "feature" },
            }),
        ),
    ] {
        let rig = with_fault(UPLOAD, kind).await;
        let answer = try_upload(&rig).await.unwrap();
        assert_eq!((answer.status, &answer.json()["error"]), (status, &error));
    }
    for (kind, name) in [
        (FaultKind::InsufficientSpace, "insufficient_space"),
        (FaultKind::NoWritePermission, "no_write_permission"),
        (FaultKind::AccessRestricted, "access_restricted"),
        (
            FaultKind::TooManyWriteOperations,
            "too_many_write_operations",
        ),
    ] {
        let rig = with_fault(UPLOAD, kind).await;
        let refused = try_upload(&rig).await.unwrap().refused();
        assert_eq!(refused["reason"], json!({ ".tag": name }));
    }
}

#[tokio::test]
async fn hashes_may_lie_or_be_absent() {
    let rig = with_fault(UPLOAD, FaultKind::WrongHash).await;
    let lie = try_upload(&rig).await.unwrap().ok();
    assert_ne!(
        lie["content_hash"],
        rig.dropbox.files()[0].content_hash.as_str()
    );
    let rig = with_fault("files/get_metadata", FaultKind::HashAbsent).await;
    try_upload(&rig).await.unwrap().ok();
    let metadata = || rig.rpc("files/get_metadata", json!({ "path": "/a" }));
    assert!(metadata().await.ok().get("content_hash").is_none());
    assert!(metadata().await.ok().get("content_hash").is_some());
    let rig = with_fault("files/get_metadata", FaultKind::StaleRead).await;
    try_upload(&rig).await.unwrap().ok();
    let stale = rig.rpc("files/get_metadata", json!({ "path": "/a" })).await;
    assert_eq!(stale.refused()["path"], json!({ ".tag": "not_found" }));
}

#[tokio::test]
async fn batches_may_be_short_reordered_or_struck_in_part() {
    let rig = rig::default().await;
    let finish = async |folder: &str, count: usize| -> Vec<Value> {
        let mut entries = Vec::new();
        for n in 0..count {
            let session = rig.closed_session(b"x").await;
            entries.push(json!({
                "cursor": { "session_id": session, "offset": 1 },
                "commit": { "path": format!("/{folder}/{n:02}") },
            }));
        }
        let answer = rig.rpc(FINISH, json!({ "entries": entries })).await.ok();
        answer["entries"].as_array().unwrap().clone()
    };
    rig.dropbox
        .change_options(|o| o.planned_faults = vec![fault(FINISH, FaultKind::BatchShort)]);
    assert_eq!(finish("short", 3).await.len(), 2);
    rig.dropbox
        .change_options(|o| o.planned_faults = vec![fault(FINISH, FaultKind::BatchReordered)]);
    assert_eq!(finish("order", 3).await[0]["path_display"], "/order/02");
    rig.dropbox.change_options(|o| {
        o.planned_faults.clear();
        o.fault_rates.insert(FaultKind::TooManyWriteOperations, 0.5);
    });
    let struck = finish("part", 40).await;
    let failed = struck
        .iter()
        .filter(|entry| entry[".tag"] == "failure")
        .count();
    assert!((8..32).contains(&failed), "{failed}");
    let files = rig.dropbox.files();
    let written = files
        .iter()
        .filter(|file| file.path_lower.starts_with("/part/"));
    assert_eq!(written.count(), struck.len() - failed);
}

#[tokio::test]
async fn the_token_endpoint_fails_too() {
    let rig = rig::default().await;
    rig.dropbox.change_options(|o| {
        o.planned_faults = vec![fault("oauth2/token", FaultKind::InternalServerError)];
    });
    let form = [("grant_type", "refresh_token")];
    assert_eq!(rig.form("/oauth2/token", &form).await.status, 500);
    assert_eq!(rig.form("/oauth2/token", &form).await.status, 400);
}
