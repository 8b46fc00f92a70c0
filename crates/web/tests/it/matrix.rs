//! Every route as everybody, generated from the table of routes: who is let
//! in, who is not, and that what is somebody else's looks like what is not
//! there. A route whose address names something that this file does not know
//! fails the test.

use std::fmt::Write;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{Method, Request, StatusCode};
use domain::connection::{Backup, BackupId, Scope};
use domain::export::{Counts, Export, ExportId, Stage};
use domain::ports::{Connections, Exports, Instance, Journal, Ledger, Sessions, Tasks};
use domain::session::ApiToken;
use domain::window::{DAY_MS, HOUR_MS, Window, instant};
use testkit::builders::{
    T0, account, account_id, backup, connection, destination, extension_id, noted, ready, recording,
};
use web::{Door, Options, ROUTES, Route, Verb};

use crate::browser::{Answer, Browser, form, send};
use crate::cloud::{Consent, dropbox, person};
use crate::world::{World, challenge_like};

/// Everybody there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Nobody,
    SetUpOnly,
    User,
    Admin,
    /// An admin of another company that this server is for as well.
    OtherCompany,
    /// An admin of a company that this server is not for.
    Stranger,
    TokenRead,
    TokenChange,
    /// Of the other company.
    TokenOther,
    TokenEnded,
}

pub(crate) const ROLES: [Role; 10] = [
    Role::Nobody,
    Role::SetUpOnly,
    Role::User,
    Role::Admin,
    Role::OtherCompany,
    Role::Stranger,
    Role::TokenRead,
    Role::TokenChange,
    Role::TokenOther,
    Role::TokenEnded,
];

/// Whether the door is open to them, while the server is set up and claimed.
fn may(role: Role, door: Door) -> bool {
    let browser = matches!(role, Role::User | Role::Admin | Role::OtherCompany);
    match door {
        Door::Open | Door::Visitor => true,
        Door::Viewer => browser,
        // Nothing is missing: set-up is for who may correct it.
        Door::Admin | Door::SetUp => matches!(role, Role::Admin | Role::OtherCompany),
        Door::Read => matches!(role, Role::TokenRead | Role::TokenChange | Role::TokenOther),
        Door::Change => matches!(role, Role::TokenChange | Role::TokenOther),
    }
}

/// What an address may name: somebody else's, and what is not there at all.
#[expect(clippy::panic, reason = "a route that is not tried fails the test")]
fn named(what: &str) -> [&'static str; 2] {
    match what {
        "id" => ["token-2-201", "token-no-such"],
        "from" => ["2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z"],
        "to" => ["2026-05-02T01:00:00Z", "2026-05-03T01:00:00Z"],
        "item" => ["recordings/of-2/", "recordings/no-such/"],
        "row" | "older" | "newer" => ["1777680000000-1777683600000", "1777766400000-1777770000000"],
        "key" => ["recordings~of-2", "recordings~no-such"],
        "view" => ["account", "account"],
        "export" => ["export-of-2", "export-no-such"],
        other => panic!("what is {{{other}}} of somebody else's? Add it here"),
    }
}

/// What pages name in queries and forms.
const FIELDS: [&str; 5] = ["id", "item", "row", "older", "newer"];

/// All of them, as they travel.
fn fields(which: usize) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = FIELDS.iter().map(|it| (*it, named(it)[which])).collect();
    all.push(("view", "account"));
    all
}

/// The address with its names filled in.
pub(crate) fn filled(path: &str, which: usize) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (what, next) = after.split_once('}').unwrap();
        out.push_str(before);
        out.push_str(named(what.trim_start_matches('*'))[which]);
        rest = next;
    }
    out + rest
}

const SECRETS_OF_ONE: [&str; 4] = ["Company 1", "mine@example.com", "of-1", "dropbox:mine"];
const SECRETS_OF_TWO: [&str; 4] = ["Company 2", "theirs@example.com", "of-2", "dropbox:theirs"];

/// Two companies, each with a Connection, both Backups, a row with an item
/// inside, and tokens.
pub(crate) async fn world() -> World {
    let world = World::with(Options {
        loopback: true,
        accounts: vec![account_id("1"), account_id("2")],
        ..Options::default()
    });
    for (company, who, word, day) in [("1", "101", "mine", 0), ("2", "201", "theirs", -30)] {
        company_of(&world, company, who, word, T0 + day * DAY_MS).await;
    }
    world.book().claim(&account_id("1"), T0).await.unwrap();
    for (company, who) in [("1", "101"), ("2", "201"), ("1", "102")] {
        for (kind, may_change, ends_ms) in [
            ("read", false, T0 + DAY_MS),
            ("change", true, T0 + DAY_MS),
            ("ended", true, T0 - 1),
        ] {
            let token = ApiToken {
                id: format!(
                    "token-{company}-{who}{}",
                    if kind == "read" { "" } else { kind }
                ),
                hash: crate::world::key(&token(company, who, kind)).to_string(),
                account: account_id(company),
                extension: extension_id(who),
                name: format!("token of-{company}"),
                admin: who != "102",
                may_change,
                made_ms: T0 - DAY_MS,
                ends_ms,
                used_ms: Some(T0),
            };
            world.book().keep_api_token(&token).await.unwrap();
        }
    }
    world
}

async fn company_of(world: &World, company: &str, who: &str, word: &str, at_ms: i64) {
    let store = world.book();
    let company = account(company);
    let mut to = destination(&format!("dropbox:{word}"), &company.id);
    to.label = format!("{word}@example.com");
    let mut tie = connection(&format!("{}/{who}", company.id), &to);
    tie.viewer = extension_id(who);
    store.keep_account(&company, T0).await.unwrap();
    store.keep_destination(&to).await.unwrap();
    store.keep_connection(&tie, T0).await.unwrap();
    let source = world
        .cloud
        .grant(Consent::RingCentral(person(company.id.as_str(), who, true)));
    let target = world.cloud.grant(Consent::Dropbox(dropbox(word)));
    for (end, grant) in [
        (domain::grant::Provider::Source, source),
        (domain::grant::Provider::Destination, target),
    ] {
        use domain::ports::Vault;
        store
            .keep_grant(&company.id, &tie.id, end, &grant)
            .await
            .unwrap();
    }
    for scope in [Scope::Account, Scope::Extension(extension_id(who))] {
        let mut backup = backup("b", &tie);
        backup.id = match scope {
            Scope::Account => BackupId::new(format!("{}/account", company.id)),
            Scope::Extension(_) => BackupId::new(format!("{}/{who}/extension", company.id)),
        };
        backup.scope = scope;
        store.keep_backup(&backup, T0).await.unwrap();
        let hour = Window::hour_of(at_ms);
        store
            .open_tasks(&company.id, &backup.id, &[hour])
            .await
            .unwrap();
        let item = recording(&format!("of-{}", company.id), at_ms);
        store
            .note(&company.id, &backup, &[noted(ready(&item))], &[], T0)
            .await
            .unwrap();
        let event = testkit::builders::event("something happened", at_ms);
        store
            .write(&company.id, &backup.id, &[event])
            .await
            .unwrap();
        let export = ready_export(&format!("export-of-{}", company.id), &backup, who);
        store.keep_export(&export).await.unwrap();
    }
}

/// An export that somebody made, ready to be fetched.
fn ready_export(id: &str, backup: &Backup, who: &str) -> Export {
    Export {
        id: ExportId::new(id),
        account: backup.account.clone(),
        backup: backup.id.clone(),
        viewer: Some(extension_id(who)),
        by: "somebody".to_owned(),
        asked: String::new(),
        without: Vec::new(),
        made_ms: T0,
        ends_ms: T0 + DAY_MS,
        stage: Stage::Ready,
        counts: Counts::default(),
        files: 1,
        directory_at: 0,
        size: 1_000,
        trouble: None,
    }
}

/// The token itself.
pub(crate) fn token(company: &str, who: &str, kind: &str) -> String {
    format!("arc_{}", challenge_like(&format!("{company}{who}{kind}")))
}

/// Somebody's browser.
pub(crate) async fn browser(world: &World, role: Role) -> Browser {
    match role {
        Role::SetUpOnly => world.seat("set-up", None, true).await,
        Role::User => {
            world
                .seat("user", Some(person("1", "102", false)), false)
                .await
        }
        Role::Admin => {
            world
                .seat("admin", Some(person("1", "101", true)), false)
                .await
        }
        Role::OtherCompany => {
            world
                .seat("other", Some(person("2", "201", true)), false)
                .await
        }
        Role::Stranger => {
            world
                .seat("stranger", Some(person("3", "301", true)), false)
                .await
        }
        _ => {
            let mut browser = world.browser();
            browser.get("/sign-in").await;
            browser
        }
    }
}

fn bearer(role: Role) -> Option<String> {
    match role {
        Role::TokenRead => Some(token("1", "101", "read")),
        Role::TokenChange => Some(token("1", "101", "change")),
        Role::TokenOther => Some(token("2", "201", "change")),
        Role::TokenEnded => Some(token("1", "101", "ended")),
        _ => None,
    }
}

/// Asks as somebody.
pub(crate) async fn ask(world: &World, role: Role, route: &Route, path: &str) -> Answer {
    ask_with(world, role, route, path, &[]).await
}

/// The same, with a form.
pub(crate) async fn ask_with(
    world: &World,
    role: Role,
    route: &Route,
    path: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let method = match route.verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
    };
    if let Some(token) = bearer(role) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "127.0.0.1:8080")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(form("", &[])));
        return send(&world.app, request.unwrap()).await;
    }
    let browser = browser(world, role).await;
    let body = form(&browser.form_token, fields);
    let request = browser.request(&method, path).body(Body::from(body));
    browser.clone().take(request.unwrap()).await
}

/// Whether the door stayed shut.
fn was_refused(answer: &Answer, door: Door) -> bool {
    let status = answer.status;
    match door {
        Door::Open | Door::Visitor => status == StatusCode::UNAUTHORIZED,
        Door::SetUp => matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN),
        Door::Viewer | Door::Admin => {
            status == StatusCode::FORBIDDEN
                || (status == StatusCode::SEE_OTHER && answer.location() == "/sign-in")
        }
        Door::Read | Door::Change => {
            matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        }
    }
}

#[tokio::test]
async fn every_door_is_open_to_its_own_and_to_nobody_else() {
    let mut tried = 0;
    for route in ROUTES {
        for role in ROLES {
            // A world for each: what one does must not open or close a door
            // for the next.
            let world = world().await;
            let answer = ask(&world, role, route, &filled(route.path, 1)).await;
            let expected = may(role, route.door);
            let refused = was_refused(&answer, route.door);
            assert_eq!(
                !refused, expected,
                "{:?} {} as {role:?}: {} {}",
                route.verb, route.path, answer.status, answer.body
            );
            assert!(
                !answer.status.is_server_error(),
                "{} as {role:?}: {}",
                route.path,
                answer.body
            );
            tried += 1;
        }
    }
    assert_eq!(tried, ROUTES.len() * ROLES.len());
}

#[tokio::test]
async fn nothing_changes_behind_a_door_that_stays_shut() {
    for route in ROUTES {
        for role in ROLES.into_iter().filter(|it| !may(*it, route.door)) {
            let world = world().await;
            let before = facts(&world).await;
            for which in [0, 1] {
                ask(&world, role, route, &filled(route.path, which)).await;
            }
            let after = facts(&world).await;
            assert_eq!(before, after, "{} as {role:?}", route.path);
        }
    }
}

/// All that a change could touch.
async fn facts(world: &World) -> String {
    let mut out = format!("{:?}", world.facts().await);
    for (company, who) in [("1", "101"), ("2", "201")] {
        out += &facts_of(world, company, who).await;
    }
    out
}

async fn facts_of(world: &World, company: &str, who: &str) -> String {
    let store = world.book();
    let company = account_id(company);
    let ties = store.connections(&company).await.unwrap();
    let backups = store.backups(&company).await.unwrap();
    let tokens = store.api_tokens(&company, &extension_id(who)).await;
    let mut out = format!("{ties:?} {backups:?} {:?}", tokens.unwrap());
    for backup in &backups {
        let plan = store.timetable(&company, &backup.id).await.unwrap();
        let due = store.next_due(&company, backup, Window::EVER).await;
        let counts = store.counts(&company, backup, Window::EVER).await;
        write!(out, "{plan:?} {:?} {:?}", due.unwrap(), counts.unwrap()).unwrap();
    }
    out
}

#[tokio::test]
async fn what_is_somebody_elses_looks_like_what_is_not_there() {
    let mut tried = 0;
    for route in ROUTES {
        for role in [Role::User, Role::Admin, Role::TokenRead, Role::TokenChange] {
            if !may(role, route.door) {
                continue;
            }
            let [foreign, unknown] = [
                answer_to(role, route, 0).await,
                answer_to(role, route, 1).await,
            ];
            assert_eq!(foreign, unknown, "{} as {role:?}", route.path);
            tried += 1;
        }
    }
    assert!(tried >= ROUTES.len(), "{tried}");
}

/// What somebody is told of what is not theirs: status, way and page, with its
/// name taken out. The other company is as it was.
async fn answer_to(role: Role, route: &Route, which: usize) -> (StatusCode, String, String) {
    let world = world().await;
    let before = facts_of(&world, "2", "201").await;
    let mut path = filled(route.path, which);
    if route.verb == Verb::Get {
        path = format!("{path}?{}", form("", &fields(which)));
    }
    let answer = ask_with(&world, role, route, &path, &fields(which)).await;
    assert_eq!(before, facts_of(&world, "2", "201").await, "{path}");
    let plain = |text: &str| {
        let mut text = text.replace("&#38;", "&");
        for what in ["id", "from", "to", "item", "row", "key", "export"] {
            for name in named(what) {
                let encoded: String =
                    url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
                text = text.replace(name, "…").replace(&encoded, "…");
            }
        }
        text
    };
    (answer.status, plain(answer.location()), plain(&answer.body))
}

#[tokio::test]
async fn no_answer_tells_one_company_of_the_other() {
    let mut told = 0;
    for route in ROUTES.iter().filter(|it| it.verb == Verb::Get) {
        for (role, own, foreign) in [
            (Role::User, SECRETS_OF_ONE, SECRETS_OF_TWO),
            (Role::Admin, SECRETS_OF_ONE, SECRETS_OF_TWO),
            (Role::TokenChange, SECRETS_OF_ONE, SECRETS_OF_TWO),
            (Role::OtherCompany, SECRETS_OF_TWO, SECRETS_OF_ONE),
            (Role::TokenOther, SECRETS_OF_TWO, SECRETS_OF_ONE),
        ] {
            let world = world().await;
            for path in [filled(route.path, 0), filled(route.path, 1)] {
                for view in ["", "?view=account", "?view=extension"] {
                    let answer = ask(&world, role, route, &format!("{path}{view}")).await;
                    let body = answer.body;
                    for secret in foreign {
                        assert!(!body.contains(secret), "{path}{view} as {role:?}: {secret}");
                    }
                    told += own.iter().filter(|it| body.contains(*it)).count();
                }
            }
        }
    }
    assert!(told > 10, "the pages show nothing at all: {told}");
}

/// The same row is there for those whose it is.
#[tokio::test]
async fn what_is_hidden_from_others_is_there_for_its_owner() {
    let world = world().await;
    let row = Window::hour_of(T0 - 30 * DAY_MS);
    assert_eq!(row.start_ms() + HOUR_MS, row.end_ms());
    assert_eq!(instant(row.start_ms()).to_string(), named("from")[0]);
    let route = ROUTES
        .iter()
        .find(|it| it.path == "/api/v1/log/{from}/{to}")
        .unwrap();
    let path = format!("{}?view=account", filled(route.path, 0));
    let answer = ask(&world, Role::TokenOther, route, &path).await;
    assert!(answer.body.contains("of-2"), "{}", answer.body);
    let answer = ask(&world, Role::TokenRead, route, &path).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

/// An extension's user sees their own extension and nothing of the company.
#[tokio::test]
async fn the_account_view_is_refused_to_who_is_no_admin() {
    let world = world().await;
    let token = token("1", "102", "read");
    for path in [
        "/api/v1/log?view=account",
        "/api/v1/log/2026-06-01T00:00:00Z/2026-06-01T01:00:00Z?view=account",
    ] {
        let request = Request::get(path)
            .header(HOST, "127.0.0.1:8080")
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty());
        let answer = send(&world.app, request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
        assert!(!answer.body.contains("of-1"));
    }
}
