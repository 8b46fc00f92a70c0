//! Attacks on signing in, connecting and setting up. Each is a line of one
//! table; after each the same oracle looks whether anything gave way.

use std::future::Future;
use std::pin::Pin;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST};
use axum::http::{Method, Request};
use domain::Secret;
use domain::ports::{Instance, Sessions};
use testkit::builders::{T0, account_id};
use web::Options;

use crate::browser::{Answer, Browser, form, send};
use crate::cloud::{Consent, challenge, dropbox, pairs, person};
use crate::world::{World, challenge_like};

const MINUTE_MS: i64 = 60 * 1000;

/// Runs an attack; what comes back must be `Ok` where it was refused.
type Attack = fn() -> Pin<Box<dyn Future<Output = Refused>>>;

/// What is left after an attack.
struct Refused {
    world: World,
    /// Browsers that must not be signed in.
    out: Vec<Browser>,
    /// How many Connections there must be.
    connections: usize,
}

fn out(world: World, browsers: impl IntoIterator<Item = Browser>) -> Refused {
    Refused {
        world,
        out: browsers.into_iter().collect(),
        connections: 0,
    }
}

macro_rules! attacks {
    ($($name:ident),* $(,)?) => {
        const ATTACKS: &[(&str, Attack)] = &[
            $((stringify!($name), || Box::pin($name()))),*
        ];
    };
}

attacks! {
    a_state_of_another_browser,
    the_attackers_own_sign_in_in_the_victims_browser,
    a_cookie_planted_before_the_sign_in_begins,
    a_cookie_known_before_the_yes,
    a_return_twice,
    a_return_twice_at_once,
    a_state_that_is_too_old,
    a_state_from_the_future,
    no_state,
    an_empty_state,
    a_guessed_state,
    two_states,
    two_codes,
    no_code,
    an_error_together_with_a_code,
    a_code_of_somebody_elses_trip,
    a_code_without_pkce,
    a_sign_in_that_comes_back_to_connect,
    a_connect_that_comes_back_to_sign_in,
    a_connect_begun_by_who_was_signed_in_before,
    a_connect_of_another_browser,
    a_yes_to_somebody_else,
    a_yes_without_a_return,
    a_yes_after_the_session_is_over,
    a_session_after_logout,
    another_company,
    a_user_who_claims,
    an_admin_who_claims_without_set_up,
    a_second_admin_who_claims,
    a_guessed_set_up_token,
    a_set_up_token_after_the_claim,
    set_up_by_a_rebound_name,
    set_up_through_a_proxy,
    a_form_without_a_token,
    a_form_with_another_sessions_token,
    a_form_with_two_tokens,
    a_form_of_another_site,
    a_form_of_a_sandbox,
    a_form_that_the_browser_calls_cross_site,
    a_form_with_a_foreign_referer,
    a_form_that_is_no_form,
    every_change_by_get,
    two_cookies,
    a_cookie_that_is_no_word_of_ours,
    open_redirects,
    headers_in_parameters,
    a_host_that_is_not_ours_in_redirect_addresses,
}

#[tokio::test]
async fn every_attack_is_refused() {
    assert!(ATTACKS.len() >= 25, "{}", ATTACKS.len());
    for (name, attack) in ATTACKS {
        let refused = attack().await;
        for browser in &refused.out {
            let page = browser.clone().get("/").await;
            assert!(!page.body.contains("LOGOUT"), "{name}");
            let viewer = refused.world.viewer(browser).await;
            assert_eq!(viewer, None, "{name}: somebody is signed in");
        }
        let facts = refused.world.facts().await;
        assert_eq!(facts.connections.len(), refused.connections, "{name}");
        assert!(facts.owners.len() <= 1, "{name}: {:?}", facts.owners);
    }
}

fn admin() -> Consent {
    Consent::RingCentral(person("1", "101", true))
}

fn attacker() -> Consent {
    Consent::RingCentral(person("1", "666", false))
}

/// Off to RingCentral's consent page.
async fn leave(browser: &mut Browser) -> String {
    browser.get("/sign-in").await;
    browser.post("/sign-in", &[]).await.way_out()
}

/// Nothing waits for a yes, and no code was turned into a grant.
async fn unmoved(world: &World, browser: &Browser) {
    let waiting = world.session(browser).await.and_then(|it| it.unconfirmed);
    assert_eq!(waiting, None);
    assert_eq!(world.cloud.given(), 0);
}

async fn a_state_of_another_browser() -> Refused {
    let world = World::owned().await;
    let (mut attacker, mut victim) = (world.browser(), world.browser());
    leave(&mut victim).await;
    let theirs = leave(&mut attacker).await;
    let back = world.cloud.consent(&theirs, admin());
    victim.get(&back).await;
    unmoved(&world, &victim).await;
    unmoved(&world, &attacker).await;
    out(world, [attacker, victim])
}

async fn the_attackers_own_sign_in_in_the_victims_browser() -> Refused {
    let world = World::owned().await;
    let (mut bad, mut victim) = (world.browser(), world.browser());
    let back = world.cloud.consent(&leave(&mut bad).await, attacker());
    victim.get(&back).await;
    unmoved(&world, &victim).await;
    out(world, [victim])
}

async fn a_cookie_planted_before_the_sign_in_begins() -> Refused {
    let world = World::owned().await;
    let planted = Some(("archiver".to_owned(), challenge_like("planted")));
    let (mut bad, mut victim) = (world.browser(), world.browser());
    bad.cookie.clone_from(&planted);
    victim.cookie.clone_from(&planted);
    let back = world.cloud.consent(&leave(&mut victim).await, admin());
    assert_ne!(
        victim.cookie, planted,
        "a Session never takes a foreign word"
    );
    victim.visit(&back).await;
    assert_eq!(bad.get("/sign-in/confirm").await.location(), "/sign-in");
    out(world, [bad])
}

async fn a_cookie_known_before_the_yes() -> Refused {
    let world = World::owned().await;
    let mut victim = world.browser();
    let asked = world.knock(&mut victim, person("1", "101", true)).await;
    let bad = victim.clone();
    let proof = asked.field("proof").unwrap();
    victim.post("/sign-in/confirm", &[("proof", &proof)]).await;
    assert!(world.viewer(&victim).await.is_some());
    assert_eq!(world.session(&bad).await, None);
    out(world, [bad])
}

async fn a_return_twice() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    let address = leave(&mut browser).await;
    let back = world.cloud.consent(&address, admin());
    browser.visit(&back).await;
    browser.get("/sign-in/confirm").await;
    browser.post("/sign-in/cancel", &[]).await;
    // The same state, with a code that is good.
    let asked = pairs(&address);
    let code = world.cloud.code(
        asked.get("code_challenge").cloned(),
        &asked["redirect_uri"],
        admin(),
    );
    let state = &asked["state"];
    let again = format!("/sign-in/ringcentral?code={code}&state={state}");
    let page = browser.visit(&again).await.body;
    assert!(page.contains("was used before"), "{page}");
    assert_eq!(world.cloud.given(), 1);
    out(world, [browser])
}

async fn a_return_twice_at_once() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    let back = world.cloud.consent(&leave(&mut browser).await, admin());
    let (mut one, mut two) = (browser.clone(), browser.clone());
    let (one, two) = tokio::join!(one.get(&back), two.get(&back));
    let mut led: Vec<_> = [&one, &two].map(Answer::location).into();
    led.sort_unstable();
    assert_eq!(led, ["/sign-in", "/sign-in/confirm"]);
    assert_eq!(world.cloud.given(), 1);
    out(world, [browser])
}

async fn a_state_that_is_too_old() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    let back = world.cloud.consent(&leave(&mut browser).await, admin());
    world.pass(10 * MINUTE_MS + 1);
    let page = browser.visit(&back).await.body;
    assert!(page.contains("longer than ten minutes"), "{page}");
    unmoved(&world, &browser).await;
    out(world, [browser])
}

async fn a_state_from_the_future() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    let back = world.cloud.consent(&leave(&mut browser).await, admin());
    world.pass(-1);
    browser.visit(&back).await;
    unmoved(&world, &browser).await;
    out(world, [browser])
}

/// A return whose query was changed on the way.
async fn changed(change: impl Fn(&str) -> String) -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    let back = world.cloud.consent(&leave(&mut browser).await, admin());
    let (path, query) = back.split_once('?').unwrap();
    browser.get(&format!("{path}?{}", change(query))).await;
    unmoved(&world, &browser).await;
    out(world, [browser])
}

async fn no_state() -> Refused {
    changed(|query| query.split('&').next().unwrap().to_owned()).await
}

async fn an_empty_state() -> Refused {
    changed(|query| format!("{}&state=", query.split('&').next().unwrap())).await
}

async fn a_guessed_state() -> Refused {
    changed(|query| {
        let code = query.split('&').next().unwrap();
        format!("{code}&state={}", challenge_like("guess"))
    })
    .await
}

async fn two_states() -> Refused {
    changed(|query| format!("{query}&state={}", challenge_like("guess"))).await
}

async fn two_codes() -> Refused {
    changed(|query| format!("{query}&code=injected")).await
}

async fn no_code() -> Refused {
    changed(|query| query.split('&').nth(1).unwrap().to_owned()).await
}

async fn an_error_together_with_a_code() -> Refused {
    changed(|query| format!("{query}&error=access_denied")).await
}

async fn a_code_of_somebody_elses_trip() -> Refused {
    let world = World::owned().await;
    let (mut bad, mut victim) = (world.browser(), world.browser());
    let stolen = world.cloud.consent(&leave(&mut victim).await, admin());
    let own = pairs(&leave(&mut bad).await);
    let code = stolen.split(['?', '&']).nth(1).unwrap();
    let injected = format!("/sign-in/ringcentral?{code}&state={}", own["state"]);
    let page = bad.visit(&injected).await.body;
    assert!(page.contains("Signing in did not work"), "{page}");
    unmoved(&world, &bad).await;
    out(world, [bad, victim])
}

async fn a_code_without_pkce() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    let address = leave(&mut browser).await;
    let asked = pairs(&address);
    // What goes out binds the code, and gives nothing away.
    assert_eq!(asked["code_challenge_method"], "S256");
    let state = challenge(&asked["state"]);
    assert!(asked["code_challenge"].len() == 43 && asked["code_challenge"] != state);
    // Somebody strips it off on the way.
    let code = world.cloud.code(None, &asked["redirect_uri"], admin());
    let back = format!("/sign-in/ringcentral?code={code}&state={}", asked["state"]);
    browser.visit(&back).await;
    unmoved(&world, &browser).await;
    out(world, [browser])
}

async fn a_sign_in_that_comes_back_to_connect() -> Refused {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    browser.get("/").await;
    let given = world.cloud.given();
    // A trip of the sign-in, by who is signed in already.
    let back = world.cloud.consent(
        &browser.post("/sign-in", &[]).await.way_out(),
        Consent::RingCentral(person("1", "101", true)),
    );
    let mixed = back.replace("/sign-in/ringcentral", "/connect/dropbox");
    let page = browser.visit(&mixed).await.body;
    assert!(page.contains("Dropbox was not connected"), "{page}");
    assert_eq!(world.cloud.given(), given, "no code went to the wrong one");
    // And the trip is used up by it.
    browser.visit(&back).await;
    assert_eq!(world.cloud.given(), given);
    out(world, [])
}

async fn a_connect_that_comes_back_to_sign_in() -> Refused {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    browser.get("/").await;
    let given = world.cloud.given();
    let address = browser.post("/connect", &[]).await.way_out();
    let back = world
        .cloud
        .consent(&address, Consent::Dropbox(dropbox("a")));
    let mixed = back.replace("/connect/dropbox", "/sign-in/ringcentral");
    browser.visit(&mixed).await;
    assert_eq!(world.cloud.given(), given, "no code went to the wrong one");
    out(world, [])
}

async fn a_connect_begun_by_who_was_signed_in_before() -> Refused {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    browser.get("/").await;
    let address = browser.post("/connect", &[]).await.way_out();
    let back = world
        .cloud
        .consent(&address, Consent::Dropbox(dropbox("a")));
    world.sign_in(&mut browser, person("1", "102", false)).await;
    assert_eq!(
        world.viewer(&browser).await.unwrap().extension.as_str(),
        "102"
    );
    let page = browser.visit(&back).await.body;
    assert!(page.contains("Dropbox was not connected"), "{page}");
    out(world, [])
}

async fn a_connect_of_another_browser() -> Refused {
    let world = World::owned().await;
    let mut victim = world.admin().await;
    let mut bad = world.browser();
    world.sign_in(&mut bad, person("1", "102", false)).await;
    bad.get("/").await;
    let address = bad.post("/connect", &[]).await.way_out();
    // The attacker's own Dropbox, into the victim's Connection.
    let back = world
        .cloud
        .consent(&address, Consent::Dropbox(dropbox("bad")));
    let page = victim.visit(&back).await.body;
    assert!(page.contains("Dropbox was not connected"), "{page}");
    out(world, [])
}

async fn a_yes_to_somebody_else() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    let shown = world.knock(&mut browser, person("1", "101", true)).await;
    world.pass(1000);
    world.knock(&mut browser, person("1", "666", false)).await;
    let proof = shown.field("proof").unwrap();
    let answer = browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
    assert_eq!(answer.status, 403);
    assert_eq!(world.cloud.living(), 1, "the first grant is ended");
    out(world, [browser])
}

async fn a_yes_without_a_return() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    leave(&mut browser).await;
    browser.get("/sign-in").await;
    for proof in ["", "1/101/0"] {
        let fields = [("proof", proof)];
        let answer = browser.post("/sign-in/confirm", &fields).await;
        assert_eq!(answer.location(), "/sign-in");
    }
    out(world, [browser])
}

async fn a_yes_after_the_session_is_over() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    let asked = world.knock(&mut browser, person("1", "101", true)).await;
    let proof = asked.field("proof").unwrap();
    world.pass(3 * 60 * MINUTE_MS);
    browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
    assert_eq!(world.cloud.living(), 0);
    out(world, [browser])
}

async fn a_session_after_logout() -> Refused {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    let bad = browser.clone();
    browser.post("/logout", &[]).await;
    let answer = bad.clone().post("/connect", &[]).await;
    assert_eq!(answer.location(), "/sign-in");
    out(world, [bad])
}

async fn another_company() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, person("2", "201", true)).await;
    assert_eq!(world.cloud.living(), 0);
    // Also with a Session from before the server changed hands.
    let seated = world
        .seat("old", Some(person("2", "201", true)), false)
        .await;
    out(world, [browser, seated])
}

async fn a_user_who_claims() -> Refused {
    let world = World::new();
    let mut browser = world.browser();
    let page = world.knock(&mut browser, person("1", "102", false)).await;
    assert!(page.body.contains("only an administrator"), "{}", page.body);
    assert_eq!(world.cloud.living(), 0);
    assert!(world.book().owners().await.unwrap().is_empty());
    out(world, [browser])
}

/// A server that is reached from outside and belongs to nobody.
fn unclaimed() -> World {
    World::with(Options {
        set_up_token: Some(Secret::new("the-token")),
        ..Options::default()
    })
}

async fn an_admin_who_claims_without_set_up() -> Refused {
    let world = unclaimed();
    let mut browser = world.browser();
    let page = world.knock(&mut browser, person("1", "101", true)).await;
    assert!(page.body.contains("not set up yet"), "{}", page.body);
    assert!(world.book().owners().await.unwrap().is_empty());
    out(world, [browser])
}

async fn a_second_admin_who_claims() -> Refused {
    let world = World::new();
    let (mut first, mut second) = (world.browser(), world.browser());
    let one = world.knock(&mut first, person("1", "101", true)).await;
    let two = world.knock(&mut second, person("2", "201", true)).await;
    let one = one.field("proof").unwrap();
    let two = two.field("proof").unwrap();
    first.post("/sign-in/confirm", &[("proof", &one)]).await;
    second.post("/sign-in/confirm", &[("proof", &two)]).await;
    assert!(world.viewer(&first).await.is_some());
    assert_eq!(world.book().owners().await.unwrap(), [account_id("1")]);
    out(world, [second])
}

async fn a_guessed_set_up_token() -> Refused {
    let world = unclaimed();
    let mut browser = world.browser();
    browser.get("/setup").await;
    for guess in ["", "the-tokem", "the-token2", "THE-TOKEN", "the"] {
        let answer = browser.post("/setup/token", &[("token", guess)]).await;
        assert!(answer.body.contains("not the token"), "{guess}");
        let keys = [("id", "bad"), ("secret", "bad")];
        let answer = browser.post("/setup/ringcentral", &keys).await;
        assert_eq!(answer.status, 404);
    }
    assert_eq!(world.cloud.tried(), []);
    out(world, [browser])
}

async fn a_set_up_token_after_the_claim() -> Refused {
    let world = unclaimed();
    world.book().claim(&account_id("1"), T0).await.unwrap();
    let mut browser = world.seat("helper", None, true).await;
    let token = [("token", "the-token")];
    assert_eq!(browser.post("/setup/token", &token).await.status, 404);
    let keys = [("id", "bad"), ("secret", "bad")];
    let answer = browser.post("/setup/dropbox", &keys).await;
    assert_eq!(answer.status, 404);
    let mut mine = browser.clone();
    world.sign_in(&mut mine, person("2", "201", true)).await;
    out(world, [browser, mine])
}

async fn set_up_by_a_rebound_name() -> Refused {
    let world = World::new();
    let mut browser = world.browser();
    "rebound.example:8080".clone_into(&mut browser.host);
    browser.origin = Some("http://rebound.example:8080".to_owned());
    for path in ["/setup", "/sign-in", "/", "/healthz"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(!answer.body.contains("ReadCallLog"));
    }
    assert_eq!(browser.cookie, None);
    out(world, [browser])
}

async fn set_up_through_a_proxy() -> Refused {
    let world = World::new();
    let mut browser = world.browser();
    browser.get("/sign-in").await;
    let body = form(&browser.form_token, &[("id", "bad")]);
    let request = browser
        .request(&Method::POST, "/setup/dropbox")
        .header("x-forwarded-for", "203.0.113.9")
        .body(Body::from(body));
    assert_eq!(browser.take(request.unwrap()).await.status, 404);
    assert_eq!(world.cloud.tried(), []);
    out(world, [browser])
}

/// Sends "log out" in the name of who is signed in, changed; they must still be
/// signed in afterwards.
async fn forged(
    token: impl Fn(&Browser) -> String,
    headers: &[(&str, &str)],
    kind: &str,
) -> Refused {
    let world = World::owned().await;
    let browser = world.admin().await;
    let (name, word) = browser.cookie.clone().unwrap();
    let mut request = Request::post("/logout")
        .header(HOST, &browser.host)
        .header(COOKIE, format!("{name}={word}"))
        .header(CONTENT_TYPE, kind);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(token(&browser))).unwrap();
    let answer = send(&world.app, request).await;
    assert!(matches!(answer.status.as_u16(), 400 | 403), "{headers:?}");
    assert!(answer.body.contains("nothing was done") || answer.status == 400);
    assert!(world.viewer(&browser).await.is_some());
    out(world, [])
}

const FORM: &str = "application/x-www-form-urlencoded";
const OURS: (&str, &str) = ("origin", "http://127.0.0.1:8080");

fn right(browser: &Browser) -> String {
    form(&browser.form_token, &[])
}

async fn a_form_without_a_token() -> Refused {
    forged(|_| "other=1".to_owned(), &[OURS], FORM).await
}

async fn a_form_with_another_sessions_token() -> Refused {
    forged(|_| form(&crate::world::form_token("x"), &[]), &[OURS], FORM).await
}

async fn a_form_with_two_tokens() -> Refused {
    let twice = |it: &Browser| form(&it.form_token, &[("form_token", "x")]);
    forged(twice, &[OURS], FORM).await
}

async fn a_form_of_another_site() -> Refused {
    for origin in [
        "http://evil.example",
        "http://127.0.0.1:8081",
        "https://127.0.0.1:8080",
        "http://127.0.0.1:8080.evil.example",
        "http://localhost:8080",
        "",
    ] {
        forged(right, &[("origin", origin)], FORM).await;
    }
    forged(right, &[OURS, ("origin", "http://evil.example")], FORM).await
}

async fn a_form_of_a_sandbox() -> Refused {
    forged(right, &[("origin", "null")], FORM).await
}

async fn a_form_that_the_browser_calls_cross_site() -> Refused {
    forged(right, &[("sec-fetch-site", "same-site")], FORM).await;
    forged(right, &[OURS, ("sec-fetch-site", "cross-site")], FORM).await
}

async fn a_form_with_a_foreign_referer() -> Refused {
    let referer = [("referer", "http://evil.example/http://127.0.0.1:8080/")];
    forged(right, &referer, FORM).await
}

async fn a_form_that_is_no_form() -> Refused {
    for kind in ["text/plain", "multipart/form-data", "application/json", ""] {
        forged(right, &[OURS], kind).await;
    }
    out(World::owned().await, [])
}

/// A browser so old that it says nothing of where a form comes from gets in by
/// its token alone.
#[tokio::test]
async fn an_old_browser_is_known_by_its_token() {
    let world = World::owned().await;
    let mut browser = world.browser();
    browser.origin = None;
    let page = world.sign_in(&mut browser, person("1", "101", true)).await;
    assert!(page.body.contains("LOGOUT"), "{}", page.body);
    let page = world.connect(&mut browser, "a").await;
    assert!(page.body.contains("a@dropbox.example"), "{}", page.body);
    browser.post("/logout", &[]).await;
    assert_eq!(world.viewer(&browser).await, None);
}

async fn every_change_by_get() -> Refused {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let before = world.facts().await;
    for route in web::ROUTES.iter().filter(|it| it.verb == web::Verb::Post) {
        let looks = web::ROUTES
            .iter()
            .any(|it| it.verb == web::Verb::Get && it.path == route.path);
        let answer = browser.get(route.path).await;
        assert!(looks || answer.status == 405, "{}", route.path);
        let blank = answer.body.is_empty() && !answer.status.is_redirection();
        assert!(!blank, "{}: a blank page", route.path);
    }
    assert_eq!(world.facts().await, before);
    assert!(world.viewer(&browser).await.is_some());
    Refused {
        world,
        out: Vec::new(),
        connections: 1,
    }
}

async fn two_cookies() -> Refused {
    let world = World::owned().await;
    let browser = world.admin().await;
    let (name, word) = browser.cookie.clone().unwrap();
    let planted = challenge_like("planted");
    let request = Request::get("/")
        .header(HOST, &browser.host)
        .header(COOKIE, format!("{name}={planted}; {name}={word}"));
    let answer = send(&world.app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.location(), "/sign-in");
    out(world, [])
}

async fn a_cookie_that_is_no_word_of_ours() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    for word in [
        "",
        "x",
        &"a".repeat(10_000),
        &"'; drop table session; --".repeat(2),
    ] {
        browser.cookie = Some(("archiver".to_owned(), word.to_owned()));
        assert_eq!(browser.get("/").await.location(), "/sign-in");
    }
    out(world, [browser])
}

async fn open_redirects() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    for path in [
        "/sign-in?next=https://evil.example",
        "/sign-in?redirect_uri=https://evil.example",
        "/?return=//evil.example",
        "/sign-in/ringcentral?redirect_uri=https://evil.example&state=x&code=y",
        "/connect/dropbox?state=//evil.example&code=y",
        "/sign-in/confirm?to=//evil.example",
        "//evil.example",
        "//evil.example/%2e%2e",
        "/\\evil.example",
    ] {
        let answer = browser.get(path).await;
        let location = answer.location();
        let ours =
            location.is_empty() || (location.starts_with('/') && !location.starts_with("//"));
        assert!(ours, "{path}: {location}");
        assert!(!answer.body.contains("evil.example"), "{path}");
    }
    browser.get("/sign-in").await;
    let fields = [
        ("redirect_uri", "https://evil.example"),
        ("next", "//evil.example"),
    ];
    let away = browser.post("/sign-in", &fields).await.way_out();
    assert_eq!(
        pairs(&away)["redirect_uri"],
        "http://127.0.0.1:8080/sign-in/ringcentral"
    );
    out(world, [browser])
}

async fn headers_in_parameters() -> Refused {
    let world = World::owned().await;
    let mut browser = world.browser();
    leave(&mut browser).await;
    for path in [
        "/sign-in/ringcentral?state=x%0d%0aSet-Cookie:%20archiver=bad&code=y",
        "/sign-in/ringcentral?code=%0d%0aLocation:%20//evil.example&state=y",
        "/setup?token=%0d%0aX-Bad:%201",
        "/%0d%0aX-Bad:%201",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("x-bad"), "", "{path}");
        assert!(!answer.header("set-cookie").contains("bad"), "{path}");
        assert!(!answer.location().contains("evil"), "{path}");
    }
    out(world, [browser])
}

async fn a_host_that_is_not_ours_in_redirect_addresses() -> Refused {
    let world = World::with(Options {
        public_url: Some("https://archive.example".parse().unwrap()),
        accounts: vec![account_id("1")],
        ..Options::default()
    });
    let mut browser = world.browser();
    "evil.example".clone_into(&mut browser.host);
    browser.origin = None;
    let away = leave(&mut browser).await;
    assert_eq!(
        pairs(&away)["redirect_uri"],
        "https://archive.example/sign-in/ringcentral"
    );
    out(world, [browser])
}

/// What the database holds opens nothing: neither a Session nor a trip.
#[tokio::test]
async fn a_copy_of_the_database_opens_nothing() {
    let world = World::owned().await;
    let browser = world.admin().await;
    let session = world.session(&browser).await.unwrap();
    let mut bad = world.browser();
    bad.cookie = Some(("archiver".to_owned(), session.key.to_string()));
    assert_eq!(bad.get("/").await.location(), "/sign-in");
    assert_ne!(session.key.as_str(), browser.word());
    let kept = world.book().session(&session.key).await.unwrap();
    assert!(!format!("{kept:?}").contains(&browser.word()));
}
