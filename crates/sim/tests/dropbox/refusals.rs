//! The service's words and statuses when a call is wrong.

use serde_json::{Value, json};

use crate::rig::{self, read};

fn call(function: &str, why: &str) -> String {
    format!("Error in call to API function \"{function}\": {why}")
}

#[tokio::test]
async fn malformed_arguments_are_400_with_the_services_words() {
    let rig = rig::default().await;
    for (function, argument, why) in [
        (
            "files/get_metadata",
            json!({ "path": "" }),
            "request body: path: The root folder is unsupported.",
        ),
        (
            "files/list_folder",
            json!({ "path": "/" }),
            "request body: path: Specify the root folder as an empty string rather than as \"/\".",
        ),
        (
            "files/get_metadata",
            json!({}),
            "request body: missing required field 'path'",
        ),
        (
            "files/get_metadata",
            json!({ "path": "/x", "colour": 1 }),
            "request body: unknown field 'colour'",
        ),
        (
            "files/list_folder",
            json!({ "path": "", "recursive": "yes" }),
            "request body: recursive: expected boolean, got string",
        ),
        (
            "files/create_folder_v2",
            json!({ "path": "pack" }),
            r"request body: path: 'pack' did not match pattern '(/(.|[\\r\\n])*)|(ns:[0-9]+(/(.|[\\r\\n])*)?)'",
        ),
    ] {
        let answer = rig.rpc(function, argument).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.text(), call(function, why));
        assert!(answer.header("content-type").starts_with("text/plain"));
    }
}

#[tokio::test]
async fn upload_arguments_are_read_from_header_or_address() {
    let rig = rig::default().await;
    let upload = "files/upload";
    let octets = || {
        rig.request(upload)
            .header("content-type", "application/octet-stream")
    };
    let broken = read(octets().header("dropbox-api-arg", "{\"path\":"))
        .await
        .unwrap();
    assert_eq!(
        broken.text(),
        call(
            upload,
            "HTTP header \"Dropbox-API-Arg\": could not decode input as JSON"
        )
    );
    let missing = read(octets()).await.unwrap();
    assert!(
        missing
            .text()
            .contains("Must provide HTTP header \"Dropbox-API-Arg\"")
    );
    let typed = rig
        .request(upload)
        .header("content-type", "application/octet-stream; charset=utf-8")
        .header("dropbox-api-arg", "{\"path\":\"/x\"}");
    let typed = read(typed).await.unwrap();
    assert_eq!(typed.status, 400);
    assert!(typed.text().contains("Bad HTTP \"Content-Type\" header"));

    let escaped = octets()
        .header("dropbox-api-arg", r#"{"path":"/gr\u00fc\u00dfe\ud83d"}"#)
        .body("x");
    assert_eq!(
        read(escaped).await.unwrap().status,
        400,
        "half a surrogate pair"
    );
    let escaped = octets()
        .header("dropbox-api-arg", r#"{"path":"/gr\u00fc\u00dfe"}"#)
        .body("x");
    assert_eq!(read(escaped).await.unwrap().ok()["name"], "grüße");
    let in_address = rig
        .client
        .post(format!(
            "{}/2/{upload}?arg=%7B%22path%22%3A%22%2F%C3%A4%22%7D",
            rig.url
        ))
        .header("authorization", format!("Bearer {}", rig.token))
        .header("content-type", "text/plain; charset=dropbox-cors-hack")
        .body("x");
    assert_eq!(read(in_address).await.unwrap().ok()["name"], "ä");
}

#[tokio::test]
async fn raw_utf8_in_the_header_is_counted_or_refused() {
    let rig = rig::default().await;
    let raw = reqwest::header::HeaderValue::from_bytes("{\"path\":\"/ü\"}".as_bytes()).unwrap();
    let send = || {
        let request = rig
            .request("files/upload")
            .header("content-type", "application/octet-stream")
            .header("dropbox-api-arg", raw.clone());
        read(request.body("x"))
    };
    assert_eq!(send().await.unwrap().ok()["name"], "ü");
    assert_eq!(rig.dropbox.requests().raw_utf8_headers, 1);
    rig.dropbox
        .change_options(|options| options.strict_header_ascii = true);
    assert_eq!(send().await.unwrap().status, 400);
}

#[tokio::test]
async fn bad_names_are_409_in_the_routes_own_shape() {
    let rig = rig::default().await;
    let upload = |path: &str| rig.send("files/upload", json!({ "path": path }), b"x");
    let long = format!("/{}", "x".repeat(256));
    for malformed in ["/a/", "/a ", "/😀.mp3", "/a\\b", &long] {
        let refused = upload(malformed).await.refused();
        assert_eq!(
            refused["reason"],
            json!({ ".tag": "malformed_path" }),
            "{malformed}"
        );
        let refused = rig
            .rpc("files/list_folder", json!({ "path": malformed }))
            .await;
        assert_eq!(
            refused.refused(),
            json!({ ".tag": "path", "path": { ".tag": "malformed_path" } })
        );
    }
    for disallowed in ["/Thumbs.db", "/.dropbox", "/~$doc.docx"] {
        let refused = upload(disallowed).await.refused();
        assert_eq!(
            refused["reason"],
            json!({ ".tag": "disallowed_name" }),
            "{disallowed}"
        );
    }
    let odd = "/a<b>:\"|?*. %20";
    assert_eq!(upload(odd).await.ok()["path_display"], odd);
    rig.dropbox
        .change_options(|o| o.non_bmp = sim::dropbox::NonBmp::Accept);
    assert_eq!(upload("/😀.mp3").await.ok()["name"], "😀.mp3");
}

#[tokio::test]
async fn tokens_are_asked_for_scopes_and_life() {
    let rig = rig::default().await;
    let token = rig.fresh_token("files.metadata.read").await;
    let narrow = rig.with_token(token);
    narrow
        .rpc("files/list_folder", json!({ "path": "" }))
        .await
        .ok();
    let answer = narrow.rpc("users/get_current_account", Value::Null).await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"Dropbox-API\""
    );
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.json()["error"],
        json!({ ".tag": "missing_scope", "required_scope": "account_info.read" })
    );

    narrow.clock.advance_ms(14_400_000);
    let expired = narrow.rpc("files/list_folder", json!({ "path": "" })).await;
    assert_eq!(
        expired.json()["error"],
        json!({ ".tag": "expired_access_token" })
    );
    let nobody = narrow.with_token("z".repeat(62));
    let answer = nobody.rpc("files/list_folder", json!({ "path": "" })).await;
    assert_eq!(
        (answer.status, answer.json()["error"][".tag"].clone()),
        (401, json!("invalid_access_token"))
    );
    let without = nobody.client.post(format!("{}/2/check/user", nobody.url));
    let without = read(without).await.unwrap();
    assert!(
        without
            .text()
            .contains("Must provide HTTP header \"Authorization\"")
    );
}

#[tokio::test]
async fn revoking_ends_every_token_of_the_grant() {
    let rig = rig::default().await;
    let other = rig.fresh_token("").await;
    assert_eq!(
        rig.rpc("auth/token/revoke", Value::Null).await.ok(),
        Value::Null
    );
    let rig = rig.with_token(other);
    let answer = rig.rpc("check/user", json!({ "query": "x" })).await;
    assert_eq!(
        answer.json()["error"],
        json!({ ".tag": "invalid_access_token" })
    );
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "simulated-refresh-token"),
        ("client_id", "simulatedappkey"),
    ];
    let answer = rig.form("/oauth2/token", &refresh).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({
            "error": "invalid_grant",
            "error_description": "refresh token is invalid or revoked",
        })
    );
}

#[tokio::test]
async fn path_root_is_not_for_app_folders() {
    let rig = rig::default().await;
    let list = |root: &str| {
        let request = rig
            .request("files/list_folder")
            .header("content-type", "application/json")
            .header("dropbox-api-path-root", root)
            .body("{\"path\": \"\"}");
        read(request)
    };
    let answer = list("{\".tag\": \"home\"}").await.unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        call(
            "files/list_folder",
            "Path root is not supported for sandbox app."
        )
    );
    rig.dropbox
        .change_options(|options| options.app_folder = false);
    assert_eq!(list("{\".tag\": \"home\"}").await.unwrap().status, 200);
    let wrong = list("{\".tag\": \"root\", \"root\": \"1\"}").await.unwrap();
    assert_eq!(
        (wrong.status, &wrong.json()["error"][".tag"]),
        (422, &json!("invalid_root"))
    );
    let foreign = list("{\".tag\": \"namespace_id\", \"namespace_id\": \"1\"}")
        .await
        .unwrap();
    assert_eq!(foreign.json()["error"], json!({ ".tag": "no_permission" }));
}

#[tokio::test]
async fn every_answer_carries_a_request_id_and_varying_dots() {
    let rig = rig::default().await;
    let mut summaries = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let answer = rig
            .rpc("files/get_metadata", json!({ "path": "/none" }))
            .await;
        assert_eq!(answer.header("x-dropbox-request-id").len(), 32);
        assert_eq!(answer.header("content-type"), "application/json");
        summaries.insert(answer.json()["error_summary"].as_str().unwrap().to_owned());
    }
    let expected: Vec<String> = ["", ".", "..", "..."]
        .map(|dots| format!("path/not_found/{dots}"))
        .to_vec();
    assert_eq!(summaries.into_iter().collect::<Vec<_>>(), expected);
    let unknown = rig.rpc("files/no_such_thing", json!({})).await;
    assert_eq!(
        unknown.text(),
        "Unknown API function: \"files/no_such_thing\""
    );
}

#[tokio::test]
async fn functions_without_an_argument_take_null_or_nothing() {
    let rig = rig::default().await;
    let bare = read(rig.request("users/get_current_account"))
        .await
        .unwrap()
        .ok();
    let null = rig.rpc("users/get_current_account", Value::Null).await.ok();
    assert_eq!(bare, null);
    assert_eq!(bare["account_id"].as_str().unwrap().len(), 40);
    assert_eq!(bare["root_info"][".tag"], "user");
    let app = rig
        .client
        .post(format!("{}/2/check/app", rig.url))
        .basic_auth(rig.dropbox.app_key(), Some(rig.dropbox.app_secret()))
        .header("content-type", "application/json")
        .body("{\"query\": \"hello\"}");
    assert_eq!(read(app).await.unwrap().ok(), json!({ "result": "hello" }));
}
