//! The headers on every answer, failures too; and that no answer is blank.

use domain::Secret;
use testkit::builders::account_id;
use web::{Options, ROUTES, Verb};

use crate::browser::Answer;
use crate::cloud::person;
use crate::world::World;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; media-src 'self'; connect-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

fn are_right(answer: &Answer, path: &str) {
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer, same-origin"),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{path}");
        assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{path}");
    }
    assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    assert!(!answer.body.contains(" style=") && !answer.body.contains("<style"));
    assert!(!answer.body.contains("<script>"), "{path}");
    for after in answer.body.split(" on").skip(1) {
        let name = after.trim_start_matches(|it: char| it.is_ascii_lowercase());
        assert!(!name.starts_with('='), "{path}: a script in an attribute");
    }
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_do_nothing_else_with_it() {
    let world = World::owned().await;
    let mut nobody = world.browser();
    let mut admin = world.admin().await;
    world.connect(&mut admin, "a").await;
    let paths = ROUTES.iter().map(|it| it.path);
    for path in paths.chain(["/nothing/here", "/api/nothing", "//", "/%00"]) {
        let path = &path.replace(['{', '}'], "");
        for browser in [&mut nobody, &mut admin] {
            let answer = browser.get(path).await;
            are_right(&answer, path);
            let led = answer.status.is_redirection();
            assert!(
                led || !answer.body.trim().is_empty(),
                "{path}: a blank page"
            );
            assert_eq!(answer.header("strict-transport-security"), "");
        }
    }
    for route in ROUTES.iter().filter(|it| it.verb == Verb::Post) {
        let path = route.path.replace(['{', '}'], "");
        let answer = nobody.post_with(&path, "wrong", &[]).await;
        are_right(&answer, &path);
        assert!(!answer.body.trim().is_empty(), "{path}: a blank page");
    }
}

/// Words that only programmers say.
const INSIDE: [&str; 6] = [
    "panicked",
    "Error {",
    "src/",
    "Deserialize",
    "stack",
    "unwrap",
];

#[tokio::test]
async fn what_makes_no_sense_is_answered_with_a_sentence() {
    let world = World::owned().await;
    let mut admin = world.admin().await;
    admin.get("/").await;
    for route in ROUTES.iter().filter(|it| it.verb == Verb::Post) {
        let path = route.path.replace(['{', '}'], "");
        if path == "/logout" {
            continue;
        }
        let answer = admin.post(&path, &[("days", "\u{0}"), ("x", "y")]).await;
        for word in INSIDE {
            assert!(!answer.body.contains(word), "{path}: {}", answer.body);
        }
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.body);
    }
    for path in [
        "/setup?token=%ff",
        "/log?from=%00",
        "/?%",
        "/sign-in/ringcentral?state=%ff",
    ] {
        let answer = admin.get(path).await;
        assert!(!answer.status.is_server_error(), "{path}");
        for word in INSIDE {
            assert!(!answer.body.contains(word), "{path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn over_https_the_browser_is_told_to_stay_there() {
    let world = World::with(Options {
        public_url: Some("https://archive.example".parse().unwrap()),
        set_up_token: Some(Secret::new("t")),
        accounts: vec![account_id("1")],
        ..Options::default()
    });
    let mut browser = world.browser();
    browser.origin = Some("https://archive.example".to_owned());
    for path in ["/", "/sign-in", "/setup", "/healthz", "/style.css", "/no"] {
        let answer = browser.get(path).await;
        are_right(&answer, path);
        let line = answer.header("strict-transport-security");
        assert_eq!(line, "max-age=63072000", "{path}: this name only");
    }
    let page = world.sign_in(&mut browser, person("1", "101", true)).await;
    assert!(page.body.contains("LOGOUT"), "{}", page.body);
    assert!(browser.cookie.unwrap().0 == "__Host-archiver");
}

#[tokio::test]
async fn hostile_names_are_text() {
    const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}gpj.exe";
    let world = World::owned().await;
    let mut who = person("1", "101", true);
    who.account.name = HOSTILE.to_owned();
    who.extension.name = Some(HOSTILE.to_owned());
    who.extension.number = Some(HOSTILE.to_owned());
    let mut browser = world.browser();
    let asked = world.knock(&mut browser, who).await;
    let proof = asked.field("proof").unwrap();
    browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
    let page = browser.visit("/").await;
    browser
        .post("/tokens", &[("name", HOSTILE), ("days", "1")])
        .await;
    let tokens = browser.get("/tokens").await;
    for page in [asked, page, tokens] {
        assert!(!page.body.contains("<script>"), "{}", page.body);
        assert!(
            page.body.contains("&#60;script&#62;alert(1)"),
            "{}",
            page.body
        );
        // What turns the reading direction around stays in its own element or
        // attribute.
        for after in page.body.split('\u{202e}').skip(1) {
            let rest = after.strip_prefix("gpj.exe").unwrap();
            assert!(
                rest.starts_with("</bdi>") || rest.starts_with('"'),
                "{rest}"
            );
        }
    }
}
