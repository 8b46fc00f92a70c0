//! `WriteMode`, conflicts, automatic names, casing, quota, and the write lock.

use serde_json::{Value, json};

use crate::rig::{self, Rig, small_content_hash, text};

async fn upload(rig: &Rig, argument: Value, body: &[u8]) -> rig::Answer {
    rig.send("files/upload", argument, body).await
}

fn conflict(kind: &str) -> Value {
    json!({ ".tag": "conflict", "conflict": { ".tag": kind } })
}

#[tokio::test]
async fn an_upload_answers_the_metadata_of_what_is_stored() {
    let rig = rig::default().await;
    let argument =
        json!({ "path": "/A/b.txt", "mute": true, "client_modified": "2015-05-12T15:50:38Z" });
    let metadata = upload(&rig, argument, b"hello").await.ok();
    assert_eq!(
        metadata["content_hash"],
        small_content_hash(b"hello").as_str()
    );
    assert_eq!(metadata["size"], 5);
    assert_eq!(metadata["path_display"], "/A/b.txt");
    assert_eq!(metadata["path_lower"], "/a/b.txt");
    assert_eq!(metadata["client_modified"], "2015-05-12T15:50:38Z");
    assert!(metadata.get(".tag").is_none());
    assert_eq!(rig.dropbox.bytes("/a/B.txt").unwrap(), b"hello");
    let stored = &rig.dropbox.files()[0];
    assert_eq!(
        stored.sha256,
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    );
    assert_eq!(
        (stored.id.as_str(), stored.history.len()),
        (metadata["id"].as_str().unwrap(), 1)
    );
}

#[tokio::test]
async fn add_keeps_identical_contents_and_refuses_others() {
    let rig = rig::default().await;
    let first = rig.put("/a.txt", b"one").await;
    let again = rig.put("/A.TXT", b"one").await;
    assert_eq!(again, first, "nothing is written, not even the casing");

    let refused = upload(&rig, json!({ "path": "/a.txt" }), b"two")
        .await
        .refused();
    assert_eq!(refused[".tag"], "path");
    assert_eq!(refused["reason"], conflict("file"));
    assert!(text(&refused["upload_session_id"]).starts_with("pid_upload_session:"));

    let strict = json!({ "path": "/a.txt", "strict_conflict": true });
    let refused = upload(&rig, strict, b"one").await.refused();
    assert_eq!(refused["reason"], conflict("file"));

    let renamed = json!({ "path": "/a.txt", "autorename": true });
    let renamed = upload(&rig, renamed, b"two").await.ok();
    assert_eq!(renamed["name"], "a (1).txt");
    let paths: Vec<_> = rig
        .dropbox
        .files()
        .into_iter()
        .map(|f| f.path_display)
        .collect();
    assert_eq!(paths, ["/a (1).txt", "/a.txt"]);
}

#[tokio::test]
async fn a_refused_upload_can_be_finished_elsewhere_by_its_session() {
    let rig = rig::default().await;
    rig.put("/a.txt", b"one").await;
    let refused = upload(&rig, json!({ "path": "/a.txt" }), b"two")
        .await
        .refused();
    let argument = json!({
        "cursor": { "session_id": refused["upload_session_id"], "offset": 3 },
        "commit": { "path": "/b.txt" },
    });
    let finished = rig.send("files/upload_session/finish", argument, b"").await;
    assert_eq!(finished.ok()["path_display"], "/b.txt");
    assert_eq!(rig.dropbox.bytes("/b.txt").unwrap(), b"two");
}

#[tokio::test]
async fn overwrite_and_update_follow_the_revision() {
    let rig = rig::default().await;
    let first = rig.put("/a.txt", b"one").await;
    let overwrite = json!({ "path": "/a.txt", "mode": "overwrite" });
    let second = upload(&rig, overwrite, b"two").await.ok();
    assert_eq!(second["id"], first["id"]);
    assert_ne!(second["rev"], first["rev"]);

    let update = |rev: &Value, more: Value| {
        let mut argument = json!({
            "path": "/a.txt",
            "mode": { ".tag": "update", "update": rev },
        });
        argument
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        argument
    };
    let stale = upload(&rig, update(&first["rev"], json!({})), b"three").await;
    assert_eq!(stale.refused()["reason"], conflict("file"));
    let copy = update(&first["rev"], json!({ "autorename": true }));
    let copy = upload(&rig, copy, b"three").await.ok();
    assert_eq!(copy["name"], "a (Simulated Owner's conflicted copy).txt");
    let third = upload(&rig, update(&second["rev"], json!({})), b"three")
        .await
        .ok();
    assert_eq!(third["id"], first["id"]);

    let history = &rig.dropbox.files()[1].history;
    assert_eq!(history.len(), 3, "one, two, three");
    let old = rig
        .download(&format!("rev:{}", text(&first["rev"])), None)
        .await;
    assert_eq!(old.bytes, b"one");

    rig.rpc("files/delete_v2", json!({ "path": "/a.txt" }))
        .await
        .ok();
    let strict = update(&third["rev"], json!({ "strict_conflict": true }));
    let refused = upload(&rig, strict, b"four").await.refused();
    assert_eq!(refused["reason"], conflict("file"));
    let anew = upload(&rig, update(&third["rev"], json!({})), b"four")
        .await
        .ok();
    assert_ne!(anew["id"], first["id"], "a re-created file is another file");
}

#[tokio::test]
async fn folders_and_ancestors_are_in_the_way() {
    let rig = rig::default().await;
    rig.put("/Folder/file", b"x").await;
    let folder = upload(&rig, json!({ "path": "/folder" }), b"y")
        .await
        .refused();
    assert_eq!(folder["reason"], conflict("folder"));
    let below = json!({ "path": "/folder/FILE/z", "mode": "overwrite" });
    let below = upload(&rig, below, b"y").await.refused();
    assert_eq!(below["reason"], conflict("file_ancestor"));
}

#[tokio::test]
async fn parents_keep_the_casing_of_their_first_creation() {
    let rig = rig::default().await;
    rig.put("/Straße/Alpha/1", b"1").await;
    let second = rig.put("//STRAßE//alpha//Two", b"2").await;
    assert_eq!(second["path_display"], "/Straße/Alpha/Two");
    assert_eq!(second["path_lower"], "/straße/alpha/two");
    let composed = rig.put("/e\u{301}", b"3").await;
    assert_eq!(composed["path_lower"], "/é");
    let same = upload(&rig, json!({ "path": "/É" }), b"4").await.refused();
    assert_eq!(same["reason"], conflict("file"));
}

#[tokio::test]
async fn a_full_account_takes_nothing_more() {
    let rig = rig::with(|options| {
        options.quota_bytes = 10;
        options.used_elsewhere_bytes = 4;
    })
    .await;
    rig.put("/a", b"12345").await;
    let full = upload(&rig, json!({ "path": "/b" }), b"67").await.refused();
    assert_eq!(full["reason"], json!({ ".tag": "insufficient_space" }));
    let space = rig.rpc("users/get_space_usage", Value::Null).await.ok();
    assert_eq!(space["used"], 9);
    assert_eq!(
        space["allocation"],
        json!({ ".tag": "individual", "allocated": 10 })
    );

    rig.dropbox
        .change_options(|options| options.member_quota_bytes = Some(6));
    let space = rig.rpc("users/get_space_usage", Value::Null).await.ok();
    assert_eq!(space["allocation"]["user_within_team_space_allocated"], 6);
    rig.put("/c", b"1").await;
    assert_eq!(
        upload(&rig, json!({ "path": "/d" }), b"1").await.status,
        409
    );
}

#[tokio::test]
async fn a_held_write_lock_is_told_in_all_five_places() {
    let rig = rig::default().await;
    let session = rig.closed_session(b"x").await;
    rig.put("/old", b"old").await;
    rig.dropbox.hold_write_lock_ms(60_000);
    let busy = json!({ ".tag": "too_many_write_operations" });

    let refused = upload(&rig, json!({ "path": "/a" }), b"x").await.refused();
    assert_eq!(
        (&refused[".tag"], &refused["reason"]),
        (&json!("path"), &busy)
    );
    let removal = rig.rpc("files/delete_v2", json!({ "path": "/old" })).await;
    assert_eq!(removal.refused(), busy);
    let finish = json!({
        "cursor": { "session_id": session, "offset": 1 },
        "commit": { "path": "/a" },
    });
    let finished = rig
        .send("files/upload_session/finish", finish.clone(), b"")
        .await;
    assert_eq!(finished.refused(), busy);
    let batch = rig
        .rpc(
            "files/upload_session/finish_batch_v2",
            json!({ "entries": [finish] }),
        )
        .await;
    assert_eq!(
        batch.ok()["entries"][0],
        json!({ ".tag": "failure", "failure": busy })
    );
    rig.dropbox.change_options(|options| {
        options.write_contention = sim::dropbox::WriteContention::Status429;
    });
    let limited = upload(&rig, json!({ "path": "/a" }), b"x").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "1"));
    assert_eq!(limited.json()["error"], json!({ "reason": busy }));

    rig.clock.advance_ms(60_001);
    let finished = rig.send("files/upload_session/finish", finish, b"").await;
    assert_eq!(
        finished.ok()["path_display"],
        "/a",
        "the session has kept its data"
    );
}

#[tokio::test]
async fn overlapping_commits_collide_and_appends_do_not() {
    let rig = rig::with(|options| options.commit_ms = 1_000).await;
    let uploads = (0..6).map(|n| {
        let path = format!("/{n}");
        let rig = &rig;
        async move { upload(rig, json!({ "path": path }), b"x").await.status }
    });
    let starts = (0..6).map(|_| rig.closed_session(b"x"));
    let (statuses, sessions) = futures::join!(
        futures::future::join_all(uploads),
        futures::future::join_all(starts)
    );
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(statuses.contains(&409), "{statuses:?}");
    assert_eq!(sessions.len(), 6);
}
