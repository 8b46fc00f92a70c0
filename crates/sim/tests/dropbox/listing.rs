//! Listing, paging, following changes, long polling, searching.

use serde_json::{Value, json};

use crate::rig::{self, Rig, text};

async fn names(rig: &Rig, argument: Value) -> (Vec<String>, String) {
    let mut page = rig.rpc("files/list_folder", argument).await.ok();
    let mut names = Vec::new();
    loop {
        let entries = page["entries"].as_array().unwrap();
        names.extend(entries.iter().map(|entry| text(&entry["path_display"])));
        let cursor = json!({ "cursor": page["cursor"] });
        if page["has_more"] == false {
            return (names, text(&page["cursor"]));
        }
        page = rig.rpc("files/list_folder/continue", cursor).await.ok();
    }
}

#[tokio::test]
async fn pages_cover_a_folder_once_and_no_more() {
    let rig = rig::default().await;
    for n in 0..7 {
        rig.put(&format!("/A/{n}"), b"x").await;
        rig.put(&format!("/A/sub/{n}"), b"x").await;
    }
    rig.put("/A0", b"x").await;
    let (flat, _) = names(&rig, json!({ "path": "/a", "limit": 3 })).await;
    let expected: Vec<String> = (0..7)
        .map(|n| format!("/A/{n}"))
        .chain(["/A/sub".into()])
        .collect();
    assert_eq!(flat, expected);
    let (all, _) = names(&rig, json!({ "path": "", "recursive": true, "limit": 4 })).await;
    assert_eq!(all.len(), 17, "14 files, A0, two folders");
    let (root, _) = names(&rig, json!({ "path": "" })).await;
    assert_eq!(root, ["/A", "/A0"]);
    let (below, _) = names(&rig, json!({ "path": "/A/sub", "recursive": true })).await;
    assert_eq!(
        (below[0].as_str(), below.len()),
        ("/A/sub", 8),
        "the folder itself comes first"
    );
    let exact = names(&rig, json!({ "path": "/A/sub", "limit": 7 })).await.0;
    assert_eq!(exact.len(), 7);
    let file = rig
        .rpc("files/list_folder", json!({ "path": "/a0" }))
        .await
        .refused();
    assert_eq!(file["path"], json!({ ".tag": "not_folder" }));
    let missing = rig
        .rpc("files/list_folder", json!({ "path": "/none" }))
        .await
        .refused();
    assert_eq!(missing["path"], json!({ ".tag": "not_found" }));
}

#[tokio::test]
async fn a_cursor_follows_what_changes() {
    let rig = rig::default().await;
    rig.put("/A/1", b"x").await;
    let (_, cursor) = names(&rig, json!({ "path": "", "recursive": true })).await;
    rig.put("/A/2", b"x").await;
    rig.put("/A/2", b"x").await;
    rig.rpc("files/delete_v2", json!({ "path": "/a/1" }))
        .await
        .ok();
    let page = rig
        .rpc("files/list_folder/continue", json!({ "cursor": cursor }))
        .await
        .ok();
    let seen: Vec<(String, String)> = page["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (text(&entry[".tag"]), text(&entry["path_display"])))
        .collect();
    let expected = [("file", "/A/2"), ("deleted", "/A/1")].map(|(a, b)| (a.into(), b.into()));
    assert_eq!(seen, expected);
    let next = rig
        .rpc(
            "files/list_folder/continue",
            json!({ "cursor": page["cursor"] }),
        )
        .await
        .ok();
    assert_eq!(next["entries"], json!([]));
    let wrong = rig
        .rpc("files/list_folder/continue", json!({ "cursor": "?" }))
        .await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn deleted_things_show_when_asked_for() {
    let rig = rig::default().await;
    rig.put("/A/1", b"x").await;
    rig.put("/B", b"x").await;
    let removed = rig
        .rpc("files/delete_v2", json!({ "path": "/A" }))
        .await
        .ok();
    assert_eq!(removed["metadata"][".tag"], "folder");
    let gone = rig
        .rpc("files/delete_v2", json!({ "path": "/A" }))
        .await
        .refused();
    assert_eq!(
        gone,
        json!({ ".tag": "path_lookup", "path_lookup": { ".tag": "not_found" } })
    );
    let (with, _) = names(&rig, json!({ "path": "", "include_deleted": true })).await;
    assert_eq!(with, ["/A", "/B"]);
    assert_eq!(names(&rig, json!({ "path": "" })).await.0, ["/B"]);
    let metadata = json!({ "path": "/a/1", "include_deleted": true });
    let metadata = rig.rpc("files/get_metadata", metadata).await.ok();
    assert_eq!(metadata[".tag"], "deleted");
}

#[tokio::test]
async fn a_long_poll_wakes_with_a_change() {
    let rig = rig::default().await;
    let latest = rig
        .rpc("files/list_folder/get_latest_cursor", json!({ "path": "" }))
        .await
        .ok();
    let argument = json!({ "cursor": latest["cursor"], "timeout": 480 });
    let unauthorized = rig
        .client
        .post(format!("{}/2/files/list_folder/longpoll", rig.url))
        .header("content-type", "application/json")
        .body(argument.to_string());
    let (answer, _) = futures::join!(rig::read(unauthorized), rig.put("/new", b"x"));
    assert_eq!(answer.unwrap().ok(), json!({ "changes": true }));
}

#[tokio::test]
async fn names_are_searched_page_by_page() {
    let rig = rig::default().await;
    for n in 0..5 {
        rig.put(&format!("/Calls/Call {n}.mp3"), b"x").await;
    }
    rig.put("/other.txt", b"x").await;
    let argument =
        json!({ "query": "CALL mp3", "options": { "path": "/calls", "max_results": 3 } });
    let page = rig.rpc("files/search_v2", argument).await.ok();
    assert_eq!(
        (page["matches"].as_array().unwrap().len(), &page["has_more"]),
        (3, &json!(true))
    );
    assert_eq!(
        page["matches"][0]["metadata"]["metadata"]["name"],
        "Call 0.mp3"
    );
    let rest = rig
        .rpc(
            "files/search/continue_v2",
            json!({ "cursor": page["cursor"] }),
        )
        .await
        .ok();
    assert_eq!(
        (rest["matches"].as_array().unwrap().len(), &rest["has_more"]),
        (2, &json!(false))
    );
}

#[tokio::test]
async fn folders_are_made_removed_copied_and_moved() {
    let rig = rig::default().await;
    let made = rig
        .rpc("files/create_folder_v2", json!({ "path": "/New/Sub" }))
        .await
        .ok();
    assert_eq!(made["metadata"]["path_display"], "/New/Sub");
    let again = rig
        .rpc("files/create_folder_v2", json!({ "path": "/new/sub" }))
        .await;
    assert_eq!(
        again.refused(),
        json!({ ".tag": "path", "path": { ".tag": "conflict", "conflict": { ".tag": "folder" } } })
    );
    let batch = json!({ "paths": ["/x", "/x", "/New"] });
    let batch = rig.rpc("files/create_folder_batch", batch).await.ok();
    assert_eq!(batch[".tag"], "complete");
    assert_eq!(batch["entries"][0][".tag"], "success");
    assert_eq!(
        batch["entries"][1]["failure"]["path"]["conflict"][".tag"],
        "folder"
    );

    rig.put("/New/Sub/f.txt", b"x").await;
    let copy = json!({ "from_path": "/new", "to_path": "/Copy" });
    rig.rpc("files/copy_v2", copy).await.ok();
    let moved = json!({ "from_path": "/new/sub", "to_path": "/Moved" });
    let moved = rig.rpc("files/move_v2", moved).await.ok();
    assert_eq!(moved["metadata"][".tag"], "folder");
    let paths: Vec<_> = rig
        .dropbox
        .files()
        .into_iter()
        .map(|f| f.path_display)
        .collect();
    assert_eq!(paths, ["/Copy/Sub/f.txt", "/Moved/f.txt"]);
    let inside = json!({ "from_path": "/copy", "to_path": "/copy/sub/x" });
    let inside = rig.rpc("files/move_v2", inside).await.refused();
    assert_eq!(inside, json!({ ".tag": "cant_move_folder_into_itself" }));

    let entries = json!({ "entries": [{ "path": "/copy" }, { "path": "/none" }] });
    let launched = rig.rpc("files/delete_batch", entries).await.ok();
    let id = json!({ "async_job_id": launched["async_job_id"] });
    assert_eq!(
        rig.rpc("files/delete_batch/check", id.clone()).await.ok()[".tag"],
        "in_progress"
    );
    let done = rig.rpc("files/delete_batch/check", id).await.ok();
    assert_eq!(done["entries"][0][".tag"], "success");
    assert_eq!(
        done["entries"][1]["failure"]["path_lookup"][".tag"],
        "not_found"
    );
}
