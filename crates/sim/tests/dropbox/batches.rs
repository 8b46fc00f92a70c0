//! The batch functions: many sessions opened, filled and committed at once.

use serde_json::{Value, json};

use crate::rig::{self, Rig, small_content_hash, text};

const APPEND: &str = "files/upload_session/append_batch";
const FINISH: &str = "files/upload_session/finish_batch_v2";

async fn open(rig: &Rig, count: usize) -> Vec<String> {
    let argument = json!({ "num_sessions": count });
    let answer = rig
        .rpc("files/upload_session/start_batch", argument)
        .await
        .ok();
    answer["session_ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect()
}

fn piece(session: &str, offset: usize, length: usize) -> Value {
    json!({
        "cursor": { "session_id": session, "offset": offset },
        "length": length,
        "close": true,
    })
}

fn commit(session: &str, offset: usize, path: &str) -> Value {
    json!({
        "cursor": { "session_id": session, "offset": offset },
        "commit": { "path": path, "mute": true },
    })
}

#[tokio::test]
async fn many_small_files_take_three_calls() {
    let rig = rig::default().await;
    let sessions = open(&rig, 30).await;
    let contents: Vec<String> = (0..30).map(|n| format!("content {n}")).collect();
    let pieces: Vec<Value> = sessions
        .iter()
        .zip(&contents)
        .map(|(session, content)| piece(session, 0, content.len()))
        .collect();
    let body = contents.concat();
    let argument = json!({
        "entries": pieces,
        "content_hash": small_content_hash(body.as_bytes()),
    });
    let appended = rig.send(APPEND, argument, body.as_bytes()).await.ok();
    assert_eq!(
        appended["entries"],
        json!(vec![json!({ ".tag": "success" }); 30])
    );
    let commits: Vec<Value> = sessions
        .iter()
        .zip(&contents)
        .enumerate()
        .map(|(n, (session, content))| commit(session, content.len(), &format!("/d/{n:02}")))
        .collect();
    let finished = rig.rpc(FINISH, json!({ "entries": commits })).await.ok();
    for (n, entry) in finished["entries"].as_array().unwrap().iter().enumerate() {
        assert_eq!(entry[".tag"], "success");
        assert_eq!(entry["path_display"], format!("/d/{n:02}"));
        assert_eq!(
            entry["content_hash"],
            small_content_hash(contents[n].as_bytes()).as_str()
        );
    }
    assert_eq!(rig.dropbox.files().len(), 30);
    assert_eq!(rig.dropbox.requests().total, 3);
}

#[tokio::test]
async fn entries_of_an_append_fail_alone() {
    let rig = rig::default().await;
    let sessions = open(&rig, 2).await;
    let entries = json!([
        piece(&sessions[0], 0, 2),
        piece("pid_upload_session:nobody", 0, 1),
        piece(&sessions[1], 7, 1),
    ]);
    let answer = rig
        .send(APPEND, json!({ "entries": entries }), b"abcd")
        .await
        .ok();
    assert_eq!(
        answer["entries"],
        json!([
            { ".tag": "success" },
            { ".tag": "failure", "failure": { ".tag": "not_found" } },
            {
                ".tag": "failure",
                "failure": { ".tag": "incorrect_offset", "correct_offset": 0 },
            },
        ])
    );
    let mismatch = rig
        .send(
            APPEND,
            json!({ "entries": [piece(&sessions[1], 0, 3)] }),
            b"abcd",
        )
        .await;
    assert_eq!(mismatch.refused(), json!({ ".tag": "length_mismatch" }));
}

#[tokio::test]
async fn append_batch_may_be_unknown_to_an_account() {
    let rig = rig::with(|options| options.append_batch = false).await;
    let answer = rig.send(APPEND, json!({ "entries": [] }), b"").await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        "Unknown API function: \"files/upload_session/append_batch\""
    );
}

#[tokio::test]
async fn entries_of_a_finish_fail_alone_and_in_order() {
    let rig = rig::default().await;
    rig.put("/taken", b"other").await;
    let open_session = open(&rig, 1).await.remove(0);
    let closed = rig.closed_session(b"x").await;
    let other = rig.closed_session(b"y").await;
    let entries = json!([
        commit("pid_upload_session:nobody", 0, "/a"),
        commit(&open_session, 0, "/b"),
        commit(&other, 1, "/taken"),
        commit(&closed, 1, "/desktop.INI"),
        commit(&closed, 1, "/c"),
    ]);
    let answer = rig.rpc(FINISH, json!({ "entries": entries })).await.ok();
    let failure = |inner: Value| json!({ ".tag": "failure", "failure": inner });
    let entries = answer["entries"].as_array().unwrap();
    assert_eq!(
        entries[..4],
        [
            failure(json!({ ".tag": "lookup_failed", "lookup_failed": { ".tag": "not_found" } })),
            failure(json!({ ".tag": "lookup_failed", "lookup_failed": { ".tag": "not_closed" } })),
            failure(json!({
                ".tag": "path",
                "path": { ".tag": "conflict", "conflict": { ".tag": "file" } },
            })),
            failure(json!({ ".tag": "path", "path": { ".tag": "disallowed_name" } })),
        ]
    );
    assert_eq!(entries[4][".tag"], "success");
}

#[tokio::test]
async fn the_old_batch_is_a_job() {
    let rig = rig::with(|options| options.job_polls = 2).await;
    let session = rig.closed_session(b"x").await;
    let argument = json!({ "entries": [commit(&session, 1, "/a")] });
    let launched = rig
        .rpc("files/upload_session/finish_batch", argument)
        .await
        .ok();
    assert_eq!(launched[".tag"], "async_job_id");
    let id = json!({ "async_job_id": launched["async_job_id"] });
    let check = "files/upload_session/finish_batch/check";
    for _ in 0..2 {
        assert_eq!(
            rig.rpc(check, id.clone()).await.ok(),
            json!({ ".tag": "in_progress" })
        );
    }
    let complete = rig.rpc(check, id.clone()).await.ok();
    assert_eq!(complete[".tag"], "complete");
    assert_eq!(complete["entries"][0]["path_display"], "/a");
    let elsewhere = rig.rpc("files/delete_batch/check", id).await;
    assert_eq!(
        elsewhere.refused(),
        json!({ ".tag": "invalid_async_job_id" })
    );
}

#[tokio::test]
async fn a_batch_has_at_most_1000_entries() {
    let rig = rig::default().await;
    let entries: Vec<Value> = (0..1_001).map(|_| commit("x", 0, "/a")).collect();
    let answer = rig.rpc(FINISH, json!({ "entries": entries })).await;
    assert_eq!(answer.status, 400);
    let answer = rig
        .rpc(
            "files/upload_session/start_batch",
            json!({ "num_sessions": 1_001 }),
        )
        .await;
    assert_eq!(
        answer.text(),
        "Error in call to API function \"files/upload_session/start_batch\": request body: \
         num_sessions: 1001 is not within range [1, 1000]"
    );
}

#[tokio::test]
async fn a_header_of_a_thousand_entries_is_read() {
    let rig = rig::default().await;
    let sessions = open(&rig, 1_000).await;
    let entries: Vec<Value> = sessions
        .iter()
        .map(|session| piece(session, 0, 1))
        .collect();
    let answer = rig
        .send(APPEND, json!({ "entries": entries }), &vec![b'x'; 1_000])
        .await;
    assert_eq!(answer.ok()["entries"].as_array().unwrap().len(), 1_000);
}
