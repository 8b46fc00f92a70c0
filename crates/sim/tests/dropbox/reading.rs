//! Getting contents back: ranges, tags, ids, links, and the oracle's routes.

use std::collections::HashSet;

use serde_json::json;
use sim::clock::Clock;
use sim::dropbox::{Dropbox, Options};

use crate::rig::{self, read, text};

#[tokio::test]
async fn downloads_answer_metadata_ranges_and_tags() {
    let rig = rig::default().await;
    let stored = rig.put("/Grüße.txt", b"0123456789").await;
    let whole = rig.download("/GRÜßE.txt", None).await;
    assert_eq!(
        (whole.status, whole.bytes.as_slice()),
        (200, b"0123456789".as_slice())
    );
    let result = whole.header("dropbox-api-result");
    assert!(result.is_ascii() && result.contains(r"Gr\u00fc\u00dfe"));
    let metadata: serde_json::Value = serde_json::from_str(result).unwrap();
    assert_eq!(metadata["content_hash"], stored["content_hash"]);

    let part = rig.download("/Grüße.txt", Some("bytes=2-4")).await;
    assert_eq!(
        (part.status, part.bytes.as_slice()),
        (206, b"234".as_slice())
    );
    assert_eq!(part.header("content-range"), "bytes 2-4/10");
    let none = rig.download("/Grüße.txt", Some("bytes=10-")).await;
    assert_eq!(
        (none.status, none.header("content-range")),
        (416, "bytes */10")
    );

    let etag = whole.header("etag").to_owned();
    assert_eq!(etag, format!("\"{}\"", text(&stored["rev"])));
    let known = rig
        .client
        .get(format!("{}/2/files/download", rig.url))
        .query_pairs(&[("arg", json!({ "path": stored["id"] }).to_string())])
        .bearer_auth(&rig.token);
    assert_eq!(
        read(known.try_clone().unwrap()).await.unwrap().bytes,
        b"0123456789"
    );
    let known = read(known.header("if-none-match", etag)).await.unwrap();
    assert_eq!((known.status, known.bytes.len()), (304, 0));

    rig.put("/empty", b"").await;
    assert_eq!(rig.download("/empty", None).await.bytes, b"");
    let folder = rig
        .rpc("files/create_folder_v2", json!({ "path": "/d" }))
        .await
        .ok();
    let refused = rig
        .download(&text(&folder["metadata"]["id"]), None)
        .await
        .refused();
    assert_eq!(
        refused,
        json!({ ".tag": "path", "path": { ".tag": "not_file" } })
    );
}

/// reqwest's own `query` needs a feature that nothing else here does.
trait QueryPairs {
    fn query_pairs(self, pairs: &[(&str, String)]) -> Self;
}

impl QueryPairs for reqwest::RequestBuilder {
    fn query_pairs(self, pairs: &[(&str, String)]) -> Self {
        let (client, request) = self.build_split();
        let mut request = request.unwrap();
        request.url_mut().query_pairs_mut().extend_pairs(pairs);
        Self::from_parts(client, request)
    }
}

#[tokio::test]
async fn a_temporary_link_ends_after_four_hours() {
    let rig = rig::default().await;
    rig.put("/a", b"hello").await;
    let link = rig
        .rpc("files/get_temporary_link", json!({ "path": "/a" }))
        .await
        .ok();
    let link = text(&link["link"]);
    assert!(link.starts_with(&rig.url), "{link}");
    assert_eq!(read(rig.client.get(&link)).await.unwrap().bytes, b"hello");
    rig.put("/b", b"x").await;
    rig.clock.advance_ms(4 * 3_600_000);
    assert_eq!(read(rig.client.get(&link)).await.unwrap().status, 410);
}

#[tokio::test]
async fn revisions_are_listed_newest_first() {
    let rig = rig::default().await;
    rig.put("/a", b"one").await;
    let overwrite = json!({ "path": "/a", "mode": "overwrite" });
    rig.send("files/upload", overwrite, b"three").await.ok();
    let revisions = rig
        .rpc("files/list_revisions", json!({ "path": "/a" }))
        .await
        .ok();
    let sizes: Vec<_> = revisions["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["size"])
        .collect();
    assert_eq!(sizes, [5, 3]);
}

#[tokio::test]
async fn other_processes_ask_the_oracle() {
    let rig = rig::default().await;
    rig.put("/a", b"hello").await;
    let get = |path: &str| read(rig.client.get(format!("{}{path}", rig.url)));
    let post = |path: &str| read(rig.client.post(format!("{}{path}", rig.url)));
    let files = get("/__sim/files").await.unwrap().ok();
    assert_eq!(
        (&files[0]["path_display"], &files[0]["size"]),
        (&json!("/a"), &json!(5))
    );
    assert_eq!(get("/__sim/file?path=/A").await.unwrap().bytes, b"hello");
    assert_eq!(get("/__sim/file?path=/none").await.unwrap().status, 404);
    let counts = get("/__sim/requests").await.unwrap().ok();
    assert_eq!(counts["routes"], json!({ "files/upload": { "200": 1 } }));
    assert_eq!(post("/__sim/reset-requests").await.unwrap().status, 204);
    assert_eq!(rig.dropbox.requests().total, 0);
    let before = rig.clock.now_ms();
    assert_eq!(
        post("/__sim/advance?ms=86400000").await.unwrap().status,
        204
    );
    assert!(rig.clock.now_ms() >= before + 86_400_000);
    assert_eq!(post("/__sim/advance").await.unwrap().status, 400);
}

#[tokio::test]
async fn contents_lie_on_disk_and_go_with_the_simulator() {
    let rig = rig::default().await;
    let spool = rig.dropbox.spool_dir().to_owned();
    assert!(!spool.exists(), "nothing is made before it is needed");
    rig.put("/a", b"hello").await;
    rig.send("files/upload_session/start", json!({}), b"unfinished")
        .await
        .ok();
    let lying = std::fs::read_dir(&spool).unwrap().count();
    assert_eq!(lying, 2);
    drop(rig);
    // The server's tasks let go of the last handle a moment later.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while spool.exists() {
        assert!(std::time::Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_kept_dropbox_outlives_the_simulator() {
    let directory = tempfile::tempdir().unwrap();
    let kept = directory.path().join("dropbox");
    let rig = rig::kept_in(&kept).await;
    rig.put("/A/1", b"one").await;
    let overwrite = json!({ "path": "/a/1", "mode": "overwrite" });
    rig.send("files/upload", overwrite, b"two").await.ok();
    rig.put("/A/empty", b"").await;
    rig.put("/gone", b"x").await;
    rig.rpc("files/delete_v2", json!({ "path": "/gone" }))
        .await
        .ok();
    let moved = json!({ "from_path": "/a/empty", "to_path": "/Moved/empty" });
    rig.rpc("files/move_v2", moved).await.ok();
    let session = json!({ "close": true });
    rig.send("files/upload_session/start", session, b"unfinished")
        .await
        .ok();
    let files = rig.dropbox.files();
    assert_eq!(files.len(), 2);

    // As a crash would: the old simulator is still there, its journal torn.
    let journal = kept.join("namespace.jsonl");
    let torn = [
        std::fs::read(&journal).unwrap(),
        b"{\"write\":{\"lo".to_vec(),
    ]
    .concat();
    std::fs::write(&journal, torn).unwrap();
    let next = rig::kept_in(&kept).await.with_token(&rig.token);
    assert_eq!(next.dropbox.files(), files);
    assert_eq!(next.download("/a/1", None).await.bytes, b"two");
    let old = format!("rev:{}", files[0].history[0].rev);
    assert_eq!(next.download(&old, None).await.bytes, b"one");
    next.put("/later", b"later").await;
    let last = rig::kept_in(&kept).await;
    assert_eq!(last.dropbox.files().len(), 3);
    assert_eq!(last.dropbox.bytes("/later").unwrap(), b"later");
}

#[tokio::test]
async fn simulators_of_one_moment_share_nothing() {
    let simulators: Vec<_> = (0..200)
        .map(|_| Dropbox::new(Options::default(), Clock::default()))
        .collect();
    let places: HashSet<_> = simulators.iter().map(Dropbox::spool_dir).collect();
    assert_eq!(places.len(), simulators.len());
}
