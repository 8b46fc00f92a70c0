//! The audit log as requests write it: every change once, good or refused;
//! views once in a while; nothing goes out that could not be told. And the
//! page that shows it, and the limits of those who knock.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{Request, StatusCode};
use domain::Secret;
use domain::audit::{Link, server_book};
use domain::ports::{Audit, AuditAsk, Connections, Instance};
use testkit::builders::{T0, account_id, extension};
use testkit::faulty::Faults;
use web::{Options, ROUTES, Tells, Verb};

use crate::browser::{Answer, Browser, send};
use crate::cloud::{Consent, dropbox, person};
use crate::matrix::{self, ROLES, Role};
use crate::world::{World, form_token};

const MINUTE_MS: i64 = 60 * 1000;

/// All that was told, of all books.
async fn told(world: &World) -> Vec<Link> {
    let store = world.book();
    let mut all = Vec::new();
    for book in store.audit_books().await.unwrap() {
        let ask = AuditAsk::all(None, 10_000);
        all.extend(store.audit_links(&book, &ask).await.unwrap());
        let checked = store.check_audit(&book, &[]).await.unwrap();
        assert_eq!(checked.broken, None);
    }
    all
}

/// What was told of one company, as words.
async fn words(world: &World, book: &str) -> Vec<String> {
    let links = world
        .book()
        .audit_links(&account_id(book), &AuditAsk::all(None, 1_000))
        .await;
    let word = |it: &Link| format!("{}: {} {} {}", it.actor, it.action, it.target, it.result);
    links.unwrap().iter().map(word).collect()
}

fn action(tells: Tells) -> Option<&'static str> {
    match tells {
        Tells::Nothing => None,
        Tells::Change(action) | Tells::Download(action) | Tells::View(action) => Some(action),
    }
}

#[tokio::test]
async fn every_change_is_told_exactly_once_whoever_asks() {
    let mut tried = 0;
    for route in ROUTES.iter().filter(|it| it.verb == Verb::Post) {
        let wanted = action(route.tells).unwrap_or_else(|| panic!("{} tells nothing", route.path));
        for role in ROLES {
            for which in [0, 1] {
                let world = matrix::world().await;
                let path = matrix::filled(route.path, which);
                let answer = matrix::ask(&world, role, route, &path).await;
                let told = told(&world).await;
                let actions: Vec<&str> = told.iter().map(|it| it.action.as_str()).collect();
                assert_eq!(actions, [wanted], "{path} as {role:?}: {}", answer.status);
                let (link, bad) = (&told[0], answer.status.is_client_error());
                let known = matches!(
                    role,
                    Role::User
                        | Role::Admin
                        | Role::OtherCompany
                        | Role::TokenRead
                        | Role::TokenChange
                        | Role::TokenOther
                );
                let told_known = link.actor != "nobody";
                assert!(known || !told_known, "{path} as {role:?}: {link:?}");
                assert!(
                    !bad || link.result == "refused",
                    "{path} as {role:?}: {link:?}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

/// What a browser does before, and how the change itself is asked for.
struct Good {
    before: Vec<(&'static str, Vec<(&'static str, &'static str)>)>,
    fields: Vec<(&'static str, &'static str)>,
}

/// A good form for each route; `None`: its own test has it. A route without a
/// line here fails the test.
#[expect(clippy::panic, reason = "a route that is not tried fails the test")]
fn good(path: &str) -> Option<Good> {
    let on = ("/backup/switch", vec![("enabled", "on")]);
    let (before, fields) = match path {
        "/setup/ringcentral" | "/setup/dropbox" => (
            vec![],
            vec![("id", "an-app"), ("secret", "s"), ("how", "untested")],
        ),
        "/sign-in"
        | "/logout"
        | "/connect"
        | "/disconnect"
        | "/tokens/{id}/end"
        | "/api/v1/tokens/{id}/end"
        | "/api/v1/backups/{view}/run"
        | "/api/v1/backups/{view}/pause"
        | "/archive/exports/{export}/delete"
        | "/api/v1/log/{from}/{to}/retry" => (vec![], vec![]),
        "/archive/exports" => (vec![], vec![("query", "view=account")]),
        "/tokens" => (vec![], vec![("name", "a program"), ("days", "30")]),
        "/backup/switch" => (vec![], vec![("enabled", "on")]),
        "/backup/types" => (vec![on], vec![("type", "sms"), ("type", "fax")]),
        "/backup/past" => (vec![on], vec![("wanted", "yes")]),
        "/backup/history" => (vec![on], vec![("rests", "yes")]),
        "/backup/now" => (vec![on], vec![]),
        "/log/retry" => (vec![], vec![("all", "1"), ("view", "account")]),
        "/archive/filters" => (vec![], vec![("query", "q=a"), ("name", "mine")]),
        "/archive/filters/delete" => (
            vec![("/archive/filters", vec![("query", "q=a"), ("name", "mine")])],
            vec![("query", "q=a"), ("name", "mine")],
        ),
        "/api/v1/backups/{view}/resume" => {
            (vec![("/api/v1/backups/account/pause", vec![])], vec![])
        }
        "/setup/token"
        | "/sign-in/confirm"
        | "/sign-in/cancel"
        | "/backup/take-over"
        | "/archive/exports/{export}/again" => return None,
        other => panic!("how is {other} done well? Add it here"),
    };
    Some(Good { before, fields })
}

/// An address of the admin's own.
fn own(path: &str) -> String {
    let hour = domain::window::Window::hour_of(T0);
    path.replace("{id}", "token-1-101")
        .replace("{export}", "export-of-1")
        .replace("{view}", "account")
        .replace("{from}", &hour.start().to_string())
        .replace("{to}", &hour.end().to_string())
        + if path.contains("{from}") {
            "?view=account"
        } else {
            ""
        }
}

#[tokio::test]
async fn every_change_that_is_made_is_told_exactly_once() {
    let mut done = 0;
    for route in ROUTES.iter().filter(|it| it.verb == Verb::Post) {
        let Some(good) = good(route.path) else {
            continue;
        };
        let world = matrix::world().await;
        let role = if route.path.starts_with("/api/") {
            Role::TokenChange
        } else {
            Role::Admin
        };
        for (path, fields) in &good.before {
            let before = ROUTES
                .iter()
                .find(|it| it.verb == Verb::Post && it.door == route.door);
            matrix::ask_with(&world, role, before.unwrap(), path, fields).await;
        }
        let before = told(&world).await;
        let path = own(route.path);
        let answer = matrix::ask_with(&world, role, route, &path, &good.fields).await;
        assert!(!answer.status.is_client_error(), "{path}: {}", answer.body);
        let after = told(&world).await;
        let new: Vec<&Link> = after.iter().filter(|it| !before.contains(it)).collect();
        assert_eq!(new.len(), 1, "{path}: {new:?}");
        let wanted = action(route.tells).unwrap();
        assert_eq!(new[0].action, wanted);
        // Connected already: nothing is begun.
        let result = if route.path == "/connect" {
            "unchanged"
        } else {
            "done"
        };
        assert_eq!(new[0].result, result, "{path}: {new:?}");
        done += 1;
    }
    assert!(done > 15, "{done}");
}

/// A journey through everything, as the log tells it.
#[tokio::test]
async fn a_journey_is_told_from_its_beginning_to_its_end() {
    let world = World::owned().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, person("1", "101", true)).await;
    world.connect(&mut browser, "a").await;
    browser
        .post("/backup/switch", &[("enabled", "on"), ("view", "account")])
        .await;
    browser.post("/backup/now", &[("view", "account")]).await;
    browser.visit("/log?view=account").await;
    browser.get("/log/csv?view=account").await;
    browser.post("/disconnect", &[]).await;
    browser.post("/logout", &[]).await;
    let told = words(&world, "1").await;
    let backup = "1/account/dropbox:a";
    let starts = [
        "extension 101: sign-in.return  done".to_owned(),
        "extension 101: sign-in.confirm  done".to_owned(),
        "extension 101: connection.begin  done".to_owned(),
        "extension 101: connection.make 1/101 dropbox:a done".to_owned(),
        format!("extension 101: backup.switch {backup} on done"),
        format!("extension 101: backup.now {backup} done"),
        format!("extension 101: log.view {backup} done"),
        format!("extension 101: log.csv {backup} "),
        "extension 101: connection.end 1/101 done".to_owned(),
        "extension 101: sign-in.out  done".to_owned(),
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (told, start) in told.iter().zip(starts) {
        assert!(told.starts_with(&start), "{told}, not {start}");
    }
    assert_eq!(
        words(&world, "server").await,
        ["nobody: sign-in.begin  done"]
    );
}

#[tokio::test]
async fn refusals_claims_and_set_up_are_told() {
    let options = Options {
        public_url: Some("https://archive.example".parse().unwrap()),
        set_up_token: Some(Secret::new("the-token")),
        ..Options::default()
    };
    let world = World::with(options);
    let mut browser = world.browser();
    "archive.example".clone_into(&mut browser.host);
    browser.origin = Some("https://archive.example".to_owned());
    browser.get("/setup?token=the-token").await;
    browser.post("/setup/token", &[("token", "wrong")]).await;
    browser
        .post("/setup/token", &[("token", "the-token")])
        .await;
    browser.visit("/setup").await;
    let asked = world.knock(&mut browser, person("1", "101", true)).await;
    let proof = asked.field("proof").unwrap();
    browser
        .post("/sign-in/confirm", &[("proof", "another")])
        .await;
    browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
    assert_eq!(
        words(&world, "server").await,
        [
            "nobody: setup.unlock  refused",
            "nobody: setup.unlock  done",
            "nobody: sign-in.begin  done"
        ]
    );
    assert_eq!(
        words(&world, "1").await,
        [
            "extension 101: sign-in.return  done",
            "extension 101: sign-in.confirm  refused",
            "extension 101: server.claim  done",
            "extension 101: sign-in.confirm  done"
        ]
    );
    // Somebody of another company leaves nothing in a book of theirs.
    let mut stranger = world.browser();
    "archive.example".clone_into(&mut stranger.host);
    stranger.origin = Some("https://archive.example".to_owned());
    world.knock(&mut stranger, person("2", "201", true)).await;
    let server = words(&world, "server").await;
    assert_eq!(
        server[3..],
        [
            "nobody: sign-in.begin  done",
            "nobody: sign-in.return  refused"
        ]
    );
    assert_eq!(words(&world, "2").await, [""; 0]);
}

#[tokio::test]
async fn a_view_is_told_once_in_a_while_and_a_download_each_time() {
    let world = matrix::world().await;
    let mut admin = matrix::browser(&world, Role::Admin).await;
    let count = async |action: &str| {
        told(&world)
            .await
            .iter()
            .filter(|it| it.action == action)
            .count()
    };
    for _ in 0..3 {
        for path in [
            "/log?view=account",
            "/log/rows?view=account",
            "/log/csv?view=account",
        ] {
            assert_eq!(admin.get(path).await.status, StatusCode::OK, "{path}");
        }
    }
    assert_eq!((count("log.view").await, count("log.csv").await), (1, 3));
    admin.get("/log?view=extension").await;
    assert_eq!(count("log.view").await, 2, "another log is another view");
    world.pass(9 * MINUTE_MS);
    admin.get("/log?view=account").await;
    assert_eq!(count("log.view").await, 2);
    world.pass(MINUTE_MS);
    admin.get("/log?view=account").await;
    assert_eq!(count("log.view").await, 3);
    // Who is only led to the sign-in has seen nothing.
    let mut nobody = world.browser();
    nobody.get("/log").await;
    nobody.get("/log/csv").await;
    assert_eq!((count("log.view").await, count("log.csv").await), (3, 3));
    // Pages that show nothing of an archive are not told.
    for path in ["/help", "/backup", "/tokens", "/style.css", "/healthz"] {
        let before = told(&world).await.len();
        admin.get(path).await;
        assert_eq!(told(&world).await.len(), before, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_not_shown() {
    let faults = Faults::from_seed(1, testkit::faulty::Rates::default());
    let world = World::faulty(
        Options {
            loopback: true,
            ..Options::default()
        },
        faults.clone(),
    );
    world.book().claim(&account_id("1"), T0).await.unwrap();
    let mut admin = world
        .seat("admin", Some(person("1", "101", true)), false)
        .await;
    let before = faults.calls();
    assert_eq!(
        admin.get("/log/csv?view=account").await.status,
        StatusCode::OK
    );
    let calls = faults.calls() - before;
    let tally = faults.tally();
    assert_eq!(tally.get("tell"), Some(&1), "{tally:?}");
    let cut = World::faulty(
        Options {
            loopback: true,
            ..Options::default()
        },
        Faults::cut_before(calls - 1),
    );
    cut.book().claim(&account_id("1"), T0).await.unwrap();
    let mut admin = cut
        .seat("admin", Some(person("1", "101", true)), false)
        .await;
    let answer = admin.get("/log/csv?view=account").await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.body
    );
    assert!(answer.body.contains("audit log"), "{}", answer.body);
}

#[tokio::test]
async fn the_log_holds_no_secret_and_no_name() {
    let world = World::owned().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, person("1", "101", true)).await;
    world.connect(&mut browser, "a").await;
    browser.get("/tokens").await;
    let page = browser
        .post("/tokens", &[("name", "CANARY-NAME"), ("days", "9")])
        .await
        .body;
    let token = page.split("<code class=\"token\">").nth(1).unwrap();
    let token = token.split('<').next().unwrap().to_owned();
    browser
        .get("/log?view=account&period=dates&from=CANARY-DATE&to=1/1/2026")
        .await;
    browser.get("/audit?person=CANARY-PERSON").await;
    browser
        .post(
            "/log/retry",
            &[("row", "CANARY-ROW"), ("item", "CANARY-ITEM")],
        )
        .await;
    let word = browser.word();
    let all: Vec<Link> = told(&world).await;
    let all = format!("{all:?}");
    let secrets = [
        "CANARY",
        "Company",
        "Person",
        "@dropbox.example",
        "access-",
        "refresh-",
    ];
    for secret in secrets.into_iter().chain([token.as_str(), word.as_str()]) {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(all.contains("token.make"));
}

/// The page and its filter.
#[tokio::test]
async fn admins_read_the_log() {
    let world = matrix::world().await;
    let people = [extension("101"), extension("102")];
    world
        .book()
        .keep_extensions(&account_id("1"), &people, T0)
        .await
        .unwrap();
    let mut user = matrix::browser(&world, Role::User).await;
    user.get("/log").await;
    assert_eq!(user.get("/audit").await.status, StatusCode::FORBIDDEN);
    let mut admin = matrix::browser(&world, Role::Admin).await;
    for _ in 0..60 {
        admin.get("/log/csv?view=account").await;
    }
    let page = admin.get("/audit").await.body;
    assert!(page.contains("Person 101 101 (extension 101)"), "{page}");
    assert!(page.contains(">AUDIT</a>") && page.contains("aria-current=\"page\">AUDIT"));
    let older = page.split("rel=\"next\"").next().unwrap();
    let older = older
        .rsplit("href=\"")
        .next()
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let older = older.replace("&#38;", "&");
    let second = admin.get(&older).await.body;
    let numbers = |page: &str| -> Vec<i64> {
        let body = page.split("<tbody>").nth(1).unwrap_or_default();
        let body = body.split("</tbody>").next().unwrap_or_default();
        let cells = body.split("<td class=\"n\">").skip(1);
        let number = |it: &str| it.split('<').next().unwrap().parse().unwrap();
        cells.map(number).collect()
    };
    let (on_first, on_second) = (numbers(&page), numbers(&second));
    let newest = on_first[0];
    assert_eq!(on_first, (newest - 49..=newest).rev().collect::<Vec<_>>());
    assert_eq!(on_second, (1..newest - 49).rev().collect::<Vec<_>>());
    assert!(on_second.len() > 10, "{second}");
    let page = admin.get("/audit?person=102&action=log.view").await.body;
    assert!(
        page.contains("extension 102") && !page.contains("(extension 101)"),
        "{page}"
    );
    let answer = admin
        .get("/audit?person=nobody-of-ours&from=13%2F13%2F2026")
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("id=\"person-wrong\"") && answer.body.contains("id=\"dates-wrong\"")
    );
    // Who looks here is seen here.
    let told = words(&world, "1").await;
    assert!(
        told.iter().any(|it| it.contains("audit.view 1 done")),
        "{told:#?}"
    );
}

/// Files: what the filter shows, and all of it, to be checked.
#[tokio::test]
async fn admins_take_the_log_along() {
    let world = matrix::world().await;
    let people = [extension("102")];
    let (store, company) = (world.book(), account_id("1"));
    store.keep_extensions(&company, &people, T0).await.unwrap();
    let mut user = matrix::browser(&world, Role::User).await;
    user.get("/log").await;
    let mut admin = matrix::browser(&world, Role::Admin).await;
    let csv = admin.get("/audit/csv?action=log.view").await;
    assert!(
        csv.header("content-type").starts_with("text/csv"),
        "{:?}",
        csv.headers
    );
    assert_eq!(csv.body.lines().count(), 2, "{}", csv.body);
    assert!(
        csv.body.contains(",extension 102,Person 102,log.view,"),
        "{}",
        csv.body
    );
    let jsonl = admin.get("/audit/jsonl").await;
    let read: Vec<serde_json::Value> = jsonl
        .body
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let head = read.last().unwrap()["head"].clone();
    let links = &read[..read.len() - 1];
    assert_eq!(head["seq"], links.len());
    let account = account_id("1");
    let mut check = domain::audit::Check::copied(&account, &[]);
    for link in links {
        check
            .follow(&serde_json::from_value(link.clone()).unwrap())
            .unwrap();
    }
    let end = check.end(None).unwrap();
    assert_eq!(
        (head["hash"].as_str(), head["seq"].as_i64()),
        (Some(end.hash.as_str()), Some(end.seq))
    );
    // Who looks here is seen here.
    let told = words(&world, "1").await;
    for action in ["audit.csv", "audit.jsonl"] {
        assert!(told.iter().any(|it| it.contains(action)), "{action}");
    }
}

async fn call(world: &World, path: &str, token: &str) -> Answer {
    let request = Request::get(path)
        .header(HOST, "127.0.0.1:8080")
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty());
    send(&world.app, request.unwrap()).await
}

#[tokio::test]
async fn programs_of_admins_read_the_log_and_others_do_not() {
    let world = matrix::world().await;
    let wide = matrix::token("1", "101", "read");
    let narrow = matrix::token("1", "102", "read");
    call(&world, "/api/v1/log?view=extension", &narrow).await;
    let refused = call(&world, "/api/v1/audit", &narrow).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.body.contains("hash"));
    let answer = call(&world, "/api/v1/audit?oldest_first=true&limit=1", &wide).await;
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["links"][0]["actor"], "token token-1-102", "{body:#}");
    assert_eq!(body["links"][0]["action"], "api.log");
    assert_eq!(body["after"], 1);
    assert!(body["head"]["seq"].as_i64() >= Some(2));
    let none = call(&world, "/api/v1/audit?action=backup.&after=1", &wide).await;
    assert!(none.body.contains("\"links\":[]"), "{}", none.body);
    let told = words(&world, "1").await;
    assert!(
        told.contains(&"token token-1-102: api.audit  refused".to_owned()),
        "{told:#?}"
    );
}

/// A browser at an address.
async fn from(browser: &mut Browser, address: &str, forwarded: Option<&str>, path: &str) -> Answer {
    // The page with the form was loaded again.
    let body = crate::browser::form(&form_token(&browser.word()), &[]);
    let mut request = browser.request(&axum::http::Method::POST, path);
    if let Some(name) = forwarded {
        request = request.header("x-forwarded-for", name);
    }
    let mut request = request.body(Body::from(body)).unwrap();
    let address: SocketAddr = address.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(address));
    browser.take(request).await
}

fn behind_a_proxy() -> World {
    World::with(Options {
        public_url: Some("http://127.0.0.1:8080".parse().unwrap()),
        accounts: vec![account_id("1")],
        ..Options::default()
    })
}

#[tokio::test]
async fn who_begins_too_many_sign_ins_has_to_wait_and_others_do_not() {
    let world = behind_a_proxy();
    let mut attacker = world.browser();
    attacker.get("/sign-in").await;
    let mut answers = BTreeMap::new();
    for _ in 0..280 {
        let answer = from(&mut attacker, "10.0.0.1:1", Some("203.0.113.9"), "/sign-in").await;
        *answers.entry(answer.status.as_u16()).or_insert(0) += 1;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.header("retry-after"), "1");
            assert!(answer.body.contains("Try again in 1 s"), "{}", answer.body);
        }
    }
    assert_eq!(answers, BTreeMap::from([(200, 240), (429, 40)]));
    // An honest admin behind the same proxy, and one somewhere else.
    for (address, name) in [("10.0.0.1:2", Some("198.51.100.7")), ("192.0.2.1:1", None)] {
        let mut honest = world.browser();
        honest.get("/sign-in").await;
        let answer = from(&mut honest, address, name, "/sign-in").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    world.pass(2_000);
    let answer = from(&mut attacker, "10.0.0.1:1", Some("203.0.113.9"), "/sign-in").await;
    assert_eq!(answer.status, StatusCode::OK);
    // The flood is in the log, but not line by line.
    let server = server_book();
    let links = world
        .book()
        .audit_links(&server, &AuditAsk::all(None, 1_000))
        .await
        .unwrap();
    let limited = links.iter().filter(|it| it.result == "limited").count();
    assert!((1..=2).contains(&limited), "{limited}");
}

#[tokio::test]
async fn guesses_of_tokens_are_limited_and_the_right_one_passes_all_the_same() {
    let world = matrix::world().await;
    let ask = async |token: &str| {
        let mut request = Request::get("/api/v1/status")
            .header(HOST, "127.0.0.1:8080")
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let address: SocketAddr = "192.0.2.1:1".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(address));
        send(&world.app, request).await
    };
    let mut limited = 0;
    for n in 0..280 {
        let guess = matrix::token("9", "9", &n.to_string());
        let answer = ask(&guess).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.header("retry-after"), "1");
            assert!(answer.body.contains("too-often"), "{}", answer.body);
            limited += 1;
        } else {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        }
    }
    assert_eq!(limited, 40);
    let right = ask(&matrix::token("1", "101", "read")).await;
    assert_eq!(right.status, StatusCode::OK);
}

#[tokio::test]
async fn changes_of_one_person_are_limited() {
    let world = matrix::world().await;
    let mut admin = matrix::browser(&world, Role::Admin).await;
    let mut last = StatusCode::OK;
    let mut changes = 0;
    while last != StatusCode::TOO_MANY_REQUESTS && changes < 1_000 {
        last = admin
            .post("/backup/now", &[("view", "account")])
            .await
            .status;
        changes += 1;
    }
    assert_eq!(changes, 241);
    // To look is never refused, and others are not kept waiting.
    assert_eq!(admin.get("/log?view=account").await.status, StatusCode::OK);
    let mut other = matrix::browser(&world, Role::OtherCompany).await;
    let answer = other.post("/backup/now", &[("view", "account")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    world.pass(1_000);
    let answer = admin.post("/backup/now", &[("view", "account")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

/// Coming back from Dropbox makes a Connection, though it is a look at an
/// address.
#[tokio::test]
async fn returns_that_come_to_nothing_are_told() {
    let world = World::owned().await;
    let mut admin = world.admin().await;
    admin.get("/connect/dropbox?state=x&code=y").await;
    admin.visit("/").await;
    let out = admin.post("/connect", &[]).await;
    let back = world
        .cloud
        .consent(&out.way_out(), Consent::Dropbox(dropbox("a")));
    admin.get(&back).await;
    let told = words(&world, "1").await;
    let told: Vec<&str> = told.iter().map(String::as_str).skip(2).collect();
    assert_eq!(
        told,
        [
            "extension 101: connection.make  refused",
            "extension 101: connection.begin  done",
            "extension 101: connection.make 1/101 dropbox:a done"
        ]
    );
}
