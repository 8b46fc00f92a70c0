//! The JSON interface and the tokens that open it.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{Method, Request};
use domain::connection::{BackupId, Scope};
use domain::data_type::DataType;
use domain::grant::Provider;
use domain::ports::{Connections, Ledger, Proofs, Tasks};
use domain::proof::{Discrepancy, Proof, Tally};
use domain::window::{DAY_MS, Window};
use serde_json::{Value, json};
use testkit::builders::{T0, account_id, backup, extension_id, noted, ready, recording, sms};
use web::{Door, ROUTES, Verb};

use crate::browser::{Answer, Browser, send};
use crate::cloud::person;
use crate::world::World;

/// Asks as a program.
async fn call(world: &World, method: Method, path: &str, token: &str) -> (u16, Value) {
    let answer = raw(world, method, path, &format!("Bearer {token}")).await;
    let body = serde_json::from_str(&answer.body);
    (answer.status.as_u16(), body.unwrap_or(Value::Null))
}

async fn raw(world: &World, method: Method, path: &str, header: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, "127.0.0.1:8080")
        .header(AUTHORIZATION, header)
        .body(Body::empty());
    send(&world.app, request.unwrap()).await
}

/// Makes a token on the page.
async fn token(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    browser.get("/tokens").await;
    let mut all = vec![("name", "a program"), ("days", "30")];
    all.extend_from_slice(fields);
    let page = browser.post("/tokens", &all).await.body;
    let rest = page.split("<code class=\"token\">").nth(1).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

/// The admin, connected, with an account Backup that has one row.
async fn stage(world: &World) -> Browser {
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let mut backup = backup("b", &world.connections().await[0]);
    backup.id = BackupId::new("1/account");
    let store = world.book();
    store.keep_backup(&backup, T0).await.unwrap();
    let (account, hour) = (&backup.account, Window::hour_of(T0 - DAY_MS));
    store
        .open_tasks(account, &backup.id, &[hour])
        .await
        .unwrap();
    let item = recording("r", hour.start_ms());
    store
        .note(account, &backup, &[noted(ready(&item))], &[], T0)
        .await
        .unwrap();
    browser
}

#[tokio::test]
async fn a_token_reads_what_the_pages_show() {
    let world = World::owned().await;
    let mut browser = stage(&world).await;
    let wide = token(&mut browser, &[("account", "on")]).await;
    assert!(wide.starts_with("arc_") && wide.len() == 47, "{wide}");
    let (status, body) = call(&world, Method::GET, "/api/v1/status", &wide).await;
    assert_eq!((status, &body["admin"]), (200, &json!(true)));
    assert_eq!(body["backups"][0]["scope"], "account");
    assert_eq!(body["backups"][0]["counts"]["recordings"]["pending"], 1);
    let (_, body) = call(&world, Method::GET, "/api/v1/connections", &wide).await;
    assert_eq!(body["connections"][0]["destination"], "dropbox:a");
    assert_eq!(body["connections"][0]["connected"], true);
    let (_, body) = call(&world, Method::GET, "/api/v1/log?view=account", &wide).await;
    assert_eq!(body["rows"][0]["from"], "2026-05-31T00:00:00Z");
    assert_eq!(body["rows"][0]["status"], "pending");
    let row = "/api/v1/log/2026-05-31T00:00:00Z/2026-05-31T01:00:00Z?view=account";
    let (_, body) = call(&world, Method::GET, row, &wide).await;
    assert_eq!(body["entries"][0]["type"], "recordings");
    assert_eq!(body["entries"][0]["state"], "pending");
    let (_, body) = call(&world, Method::GET, "/api/v1/proof?view=account", &wide).await;
    assert_eq!(body["days"][0]["day"], "2026-05-31T00:00:00Z", "{body}");
    assert_eq!(body["days"][0]["pending"], 1);
    assert_eq!(body["days"][0]["listed"], Value::Null);
    assert_eq!(
        (&body["proof"], &body["scrub"]["files"]),
        (&Value::Null, &json!(0))
    );
    let proof = Proof {
        begun_ms: T0,
        ended_ms: T0 + 1_000,
        from_ms: 0,
        to_ms: T0,
        deep: false,
        listed: [(DataType::Sms, 4)].into(),
        counts: [(DataType::Sms, Tally::default())].into(),
        files: 4,
        bytes_read: 0,
        discrepancies: [(Discrepancy::Gone, 1)].into(),
        gaps: 1,
    };
    let (account, id) = (account_id("1"), BackupId::new("1/account"));
    let kept = world.book().keep_proof(&account, &id, &proof);
    kept.await.unwrap();
    let (_, body) = call(&world, Method::GET, "/api/v1/proof?view=account", &wide).await;
    let told = &body["proof"];
    assert_eq!(told["begun"], "2026-06-01T00:00:00Z", "{told}");
    assert_eq!(told["from"], "1970-01-01T00:00:00Z");
    assert_eq!(
        (&told["holds"], &told["gaps"]),
        (&json!(false), &json!(1)),
        "{told}"
    );
    assert_eq!(told["counts"]["sms"]["listed"], 4);
    assert_eq!(told["discrepancies"]["gone"], 1);
    let (_, body) = call(&world, Method::GET, "/api/v1/tokens", &wide).await;
    assert_eq!(body["tokens"][0]["name"], "a program");
    assert!(
        !body.to_string().contains(&wide),
        "a token is never told again"
    );
    let page = browser.get("/tokens").await.body;
    assert!(!page.contains("arc_"), "{page}");
}

#[tokio::test]
async fn a_token_finds_what_the_archive_page_finds() {
    let world = World::owned().await;
    let mut browser = stage(&world).await;
    let wide = token(&mut browser, &[("account", "on")]).await;
    let own = token(&mut browser, &[]).await;
    let backup = BackupId::new("1/account");
    let (account, store) = (account_id("1"), world.book());
    let backup = store.backup(&account, &backup).await.unwrap().unwrap();
    let texts: Vec<_> = (0..3).map(|n| sms(&format!("{n}"), T0 + n)).collect();
    let seen: Vec<_> = texts.iter().map(|it| noted(ready(it))).collect();
    store.note(&account, &backup, &seen, &[], T0).await.unwrap();
    let find = "/api/v1/search?view=account&q=text&type=sms&type=fax&limit=2";
    let (status, body) = call(&world, Method::GET, find, &wide).await;
    assert_eq!(
        (status, body["hits"].as_array().unwrap().len()),
        (200, 2),
        "{body}"
    );
    assert_eq!(body["hits"][0]["item"], "sms/2");
    assert_eq!(body["hits"][0]["text"], "text of 2");
    assert_eq!(body["hits"][0]["state"], "pending");
    let next = format!("{find}&before={}", body["older"].as_str().unwrap());
    let (_, body) = call(&world, Method::GET, &next, &wide).await;
    assert_eq!(
        (&body["hits"][0]["item"], &body["older"]),
        (&json!("sms/0"), &Value::Null)
    );
    let (status, _) = call(&world, Method::GET, find, &own).await;
    assert!([403, 404].contains(&status), "{status}");
}

#[tokio::test]
async fn a_token_that_may_read_changes_nothing() {
    let world = World::owned().await;
    let mut browser = stage(&world).await;
    let reads = token(&mut browser, &[("account", "on")]).await;
    let changes = token(&mut browser, &[("account", "on"), ("change", "on")]).await;
    let run = "/api/v1/backups/account/run";
    let (status, body) = call(&world, Method::POST, run, &reads).await;
    assert_eq!(status, 403);
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("only read")
    );
    let (status, body) = call(&world, Method::POST, run, &changes).await;
    assert_eq!((status, body), (200, json!({ "due": true })));
    let retry = "/api/v1/log/2026-05-31T00:00:00Z/2026-05-31T01:00:00Z/retry?view=account";
    let (status, body) = call(&world, Method::POST, retry, &changes).await;
    assert_eq!((status, body), (200, json!({ "again": 1 })));
}

/// A program cannot make the server read years at once, nor try again what is
/// no row.
#[tokio::test]
async fn only_what_could_be_a_row_is_looked_for() {
    let world = World::owned().await;
    let mut browser = stage(&world).await;
    let changes = token(&mut browser, &[("account", "on"), ("change", "on")]).await;
    let years = Window::from_ms(T0 - 700 * DAY_MS, T0).unwrap();
    let (account, backup) = (account_id("1"), BackupId::new("1/account"));
    let store = world.book();
    store.open_tasks(&account, &backup, &[years]).await.unwrap();
    let years = format!("{}/{}", years.start(), years.end());
    let no_row = "2026-05-31T00:00:00Z/2026-05-31T02:00:00Z";
    for row in [years.as_str(), no_row] {
        let path = format!("/api/v1/log/{row}?view=account");
        assert_eq!(call(&world, Method::GET, &path, &changes).await.0, 404);
        let path = format!("/api/v1/log/{row}/retry?view=account");
        assert_eq!(call(&world, Method::POST, &path, &changes).await.0, 404);
    }
}

#[tokio::test]
async fn a_wide_token_is_worth_what_its_owner_is() {
    let world = World::owned().await;
    let mut browser = stage(&world).await;
    let wide = token(&mut browser, &[("account", "on")]).await;
    let narrow = token(&mut browser, &[]).await;
    let log = "/api/v1/log?view=account";
    assert_eq!(call(&world, Method::GET, log, &wide).await.0, 200);
    assert_eq!(call(&world, Method::GET, log, &narrow).await.0, 403);
    world.cloud.demote();
    world.pass(59 * 60 * 1000);
    assert_eq!(call(&world, Method::GET, log, &wide).await.0, 200);
    world.pass(60 * 1000);
    assert_eq!(call(&world, Method::GET, log, &wide).await.0, 403);
    // Their own extension stays theirs.
    assert_eq!(
        call(&world, Method::GET, "/api/v1/status", &wide).await.0,
        200
    );
}

#[tokio::test]
async fn who_is_no_admin_makes_no_wide_token() {
    let world = World::owned().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, person("1", "102", false)).await;
    let page = browser.get("/tokens").await.body;
    assert!(!page.contains("whole account"), "{page}");
    let fields = [("name", "x"), ("days", "1"), ("account", "on")];
    assert_eq!(browser.post("/tokens", &fields).await.status, 403);
    assert!(!browser.get("/tokens").await.body.contains("<table>"));
}

#[tokio::test]
async fn a_token_dies_on_its_day_and_when_it_is_ended() {
    let world = World::owned().await;
    let mut browser = stage(&world).await;
    let days = [("days", "2")];
    browser.get("/tokens").await;
    let page = browser
        .post("/tokens", &[("name", "short"), days[0]])
        .await
        .body;
    let short = page.split("<code class=\"token\">").nth(1).unwrap();
    let short = short.split('<').next().unwrap().to_owned();
    assert_eq!(
        call(&world, Method::GET, "/api/v1/status", &short).await.0,
        200
    );
    world.pass(2 * DAY_MS);
    assert_eq!(
        call(&world, Method::GET, "/api/v1/status", &short).await.0,
        401
    );

    let mut browser = world.admin().await;
    let long = token(&mut browser, &[]).await;
    let page = browser.get("/tokens").await.body;
    let id = page.split("action=\"/tokens/").nth(1).unwrap();
    let id = id.split('/').next().unwrap().to_owned();
    let end = format!("/tokens/{id}/end");
    assert_eq!(browser.post(&end, &[]).await.location(), "/tokens");
    assert_eq!(
        call(&world, Method::GET, "/api/v1/status", &long).await.0,
        401
    );
    assert_eq!(browser.post(&end, &[]).await.status, 404);
}

#[tokio::test]
async fn only_a_whole_token_is_a_token() {
    let world = World::owned().await;
    let mut browser = stage(&world).await;
    let right = token(&mut browser, &[]).await;
    let word = browser.word();
    for header in [
        right.clone(),
        format!("Basic {right}"),
        format!("Bearer  {right}"),
        format!("Bearer {right} "),
        format!("Bearer {}", &right[4..]),
        format!("Bearer {}", &right[..46]),
        format!("Bearer arc_{word}"),
        format!("Bearer {word}"),
        "Bearer ".to_owned(),
        "Bearer".to_owned(),
    ] {
        let answer = raw(&world, Method::GET, "/api/v1/status", &header).await;
        assert_eq!(answer.status, 401, "{header}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(answer.body.contains("/tokens"), "{}", answer.body);
    }
    // A cookie opens nothing here: no page of another site can use it.
    let answer = browser.get("/api/v1/status").await;
    assert_eq!(answer.status, 401);
    let answer = raw(
        &world,
        Method::GET,
        "/api/v1/status",
        &format!("bearer {right}"),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn what_was_typed_wrong_is_told_beside_its_field() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    browser.get("/tokens").await;
    for (fields, fault) in [
        ([("name", ""), ("days", "30")], "name-fault"),
        ([("name", "a\u{7}b"), ("days", "30")], "name-fault"),
        ([("name", "a"), ("days", "0")], "days-fault"),
        ([("name", "a"), ("days", "366")], "days-fault"),
        ([("name", "a"), ("days", "many")], "days-fault"),
    ] {
        let page = browser.post("/tokens", &fields).await.body;
        assert!(page.contains(&format!("id=\"{fault}\"")), "{fields:?}");
        assert!(page.contains(&format!("name=\"days\" value=\"{}\"", fields[1].1)));
        assert!(!page.contains("arc_"));
    }
}

#[tokio::test]
async fn questions_that_make_no_sense_are_sentences() {
    let world = World::owned().await;
    let mut browser = stage(&world).await;
    let wide = token(&mut browser, &[("account", "on")]).await;
    for (path, expected) in [
        ("/api/v1/log?view=account&from=yesterday", 400),
        ("/api/v1/log?view=account&limit=many", 400),
        ("/api/v1/log?view=account&limit=501", 400),
        ("/api/v1/log?view=account&limit=0", 400),
        ("/api/v1/search?view=account&limit=0", 400),
        ("/api/v1/search?view=account&limit=501", 400),
        ("/api/v1/search?view=account&limit=many", 400),
        ("/api/v1/search?view=account&before=x", 400),
        ("/api/v1/search?view=account&type=video", 400),
        ("/api/v1/search?view=account&from=yesterday", 400),
        ("/api/v1/search?view=account&min=long", 400),
        ("/api/v1/audit?limit=1001", 400),
        (
            "/api/v1/log?view=account&from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z",
            400,
        ),
        ("/api/v1/log?view=account&older=x", 400),
        ("/api/v1/log/x/y?view=account", 400),
        ("/api/v1/log/%ff/y?view=account", 400),
        ("/api/v1/log?view=account&view=extension", 400),
        ("/api/v1/log?view=everything", 404),
        ("/api/v1/log?view=extension", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/backups/account/run", 405),
    ] {
        let (status, body) = call(&world, Method::GET, path, &wide).await;
        assert_eq!(status, expected, "{path}");
        let text = body["error"]["message"].as_str().unwrap();
        assert!(text.ends_with('.'), "{path}: {text}");
    }
}

#[tokio::test]
async fn the_description_names_exactly_the_routes_that_there_are() {
    let world = World::owned().await;
    let answer = raw(&world, Method::GET, "/api/v1/openapi.json", "").await;
    let described: Value = serde_json::from_str(&answer.body).unwrap();
    let mut named = BTreeSet::new();
    for (path, verbs) in described["paths"].as_object().unwrap() {
        for (verb, what) in verbs.as_object().unwrap() {
            named.insert((path.clone(), verb.clone()));
            let guarded = what.get("security").is_some();
            assert_eq!(guarded, !path.ends_with("openapi.json"), "{path}");
            let closed = what["responses"].get("503").is_some();
            assert_eq!(closed, guarded, "{path}");
            let parameters = what["parameters"].as_array().cloned().unwrap_or_default();
            let inside: BTreeSet<_> = parameters
                .iter()
                .filter(|it| it["in"] == "path")
                .map(|it| format!("{{{}}}", it["name"].as_str().unwrap()))
                .collect();
            let holes: BTreeSet<_> = path
                .split('/')
                .filter(|it| it.starts_with('{'))
                .map(str::to_owned)
                .collect();
            assert_eq!(inside, holes, "{path}");
        }
    }
    let there: BTreeSet<_> = ROUTES
        .iter()
        .filter(|it| it.path.starts_with("/api/"))
        .map(|it| {
            let verb = match it.verb {
                Verb::Get => "get",
                Verb::Post => "post",
            };
            (it.path.to_owned(), verb.to_owned())
        })
        .collect();
    assert_eq!(named, there);
    for route in ROUTES.iter().filter(|it| it.path.starts_with("/api/")) {
        let changes = route.verb == Verb::Post;
        assert_eq!(changes, route.door == Door::Change, "{}", route.path);
    }
}

#[tokio::test]
async fn an_extensions_token_sees_its_own_backup_only() {
    let world = World::owned().await;
    let _admin = stage(&world).await;
    let mut user = world.browser();
    world.sign_in(&mut user, person("1", "102", false)).await;
    world.connect(&mut user, "b").await;
    let connection = world.connections().await.pop().unwrap();
    let mut own = backup("b", &connection);
    own.id = BackupId::new("1/102/extension");
    own.scope = Scope::Extension(extension_id("102"));
    world.book().keep_backup(&own, T0).await.unwrap();
    let narrow = token(&mut user, &[]).await;
    let (_, body) = call(&world, Method::GET, "/api/v1/status", &narrow).await;
    let seen = body["backups"].as_array().unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["id"], "1/102/extension");
    let (_, body) = call(&world, Method::GET, "/api/v1/connections", &narrow).await;
    let seen = body["connections"].as_array().unwrap();
    assert_eq!((seen.len(), &seen[0]["extension"]), (1, &json!("102")));
}

/// Every token is asked about, not only those of administrators.
#[tokio::test]
async fn who_has_left_the_company_has_no_tokens() {
    const HOUR_MS: i64 = 60 * 60 * 1000;
    let world = World::owned().await;
    let mut admin = stage(&world).await;
    let mut user = world.browser();
    world.sign_in(&mut user, person("1", "102", false)).await;
    let theirs = token(&mut user, &[]).await;
    let own = token(&mut admin, &[]).await;
    let status = async |token: &str| {
        let told = call(&world, Method::GET, "/api/v1/status", token).await;
        told.0
    };
    assert_eq!((status(&theirs).await, status(&own).await), (200, 200));
    // A colleague's grant no longer finds them.
    world.cloud.dismiss("102");
    world.pass(HOUR_MS - 1);
    assert_eq!(status(&theirs).await, 200);
    world.pass(1);
    assert_eq!((status(&theirs).await, status(&own).await), (401, 200));
    // Their own grant is taken back.
    let grant = world.grant("1", "101", Provider::Source).await.unwrap();
    world.cloud.kill(&grant);
    world.pass(HOUR_MS);
    assert_eq!(status(&own).await, 401);
}

#[tokio::test]
async fn history_is_paused_by_who_may_change_the_backup() {
    let world = World::owned().await;
    let mut browser = stage(&world).await;
    let reads = token(&mut browser, &[("account", "on")]).await;
    let changes = token(&mut browser, &[("account", "on"), ("change", "on")]).await;
    let pause = "/api/v1/backups/account/pause";
    let resume = "/api/v1/backups/account/resume";
    let status = "/api/v1/status";
    assert_eq!(call(&world, Method::POST, pause, &reads).await.0, 403);
    let (code, body) = call(&world, Method::POST, pause, &changes).await;
    assert_eq!((code, body), (200, json!({ "paused": true })));
    let (_, body) = call(&world, Method::GET, status, &reads).await;
    let backup = &body["backups"][0];
    assert!(backup["history"]["paused_since"].is_string(), "{backup}");
    assert_eq!(backup["progress"], Value::Null);
    assert_eq!(backup["deadline"]["type"], "recordings");
    assert_eq!(backup["deadline"]["told_by_ringcentral"], false);
    let (code, body) = call(&world, Method::POST, resume, &changes).await;
    assert_eq!((code, body), (200, json!({ "paused": false })));
    assert!(world.is_hurried().await);
    // Another administrator's: to be taken over first.
    let mut other = world.browser();
    world.sign_in(&mut other, person("1", "103", true)).await;
    world.connect(&mut other, "b").await;
    let theirs = token(&mut other, &[("account", "on"), ("change", "on")]).await;
    let (code, body) = call(&world, Method::POST, pause, &theirs).await;
    assert_eq!(code, 403, "{body}");
}

#[tokio::test]
async fn an_item_is_asked_by_its_key_or_as_its_page_is_called() {
    let world = crate::matrix::world().await;
    let token = crate::matrix::token("1", "101", "read");
    for key in [
        "recordings~of-1~",
        "recordings%2Fof-1%2F",
        "recordings~of-2",
    ] {
        let (status, _) = call(&world, Method::GET, &format!("/api/v1/items/{key}"), &token).await;
        assert_eq!(status, 404, "{key}");
    }
    for key in ["recordings~of-1", "recordings%2Fof-1"] {
        let path = format!("/api/v1/items/{key}");
        let (status, body) = call(&world, Method::GET, &path, &token).await;
        assert_eq!(status, 200, "{key}: {body}");
        assert_eq!(body["item"]["item"], "recordings/of-1");
        assert_eq!(body["parts"].as_array().unwrap().len(), 1);
        assert_eq!(body["item"]["sha256"], Value::Null);
        let (status, body) = call(&world, Method::GET, &format!("{path}/content"), &token).await;
        assert_eq!(status, 404, "it is not archived: {body}");
    }
}
