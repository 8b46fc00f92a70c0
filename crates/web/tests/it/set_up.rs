//! The set-up page: who may open it, what it says, what it keeps.

use domain::grant::Provider;
use domain::ports::Instance;
use domain::{Error, Kind, Secret};
use testkit::builders::{T0, account_id};
use web::Options;

use crate::browser::Browser;
use crate::cloud::person;
use crate::world::World;

const TOKEN: &str = "correct-horse-battery-staple";

/// A server that is reached from outside, with a token.
fn remote() -> World {
    World::with(Options {
        public_url: Some("https://archive.example".parse().unwrap()),
        set_up_token: Some(Secret::new(TOKEN)),
        ..Options::default()
    })
}

fn outside(world: &World) -> Browser {
    let mut browser = world.browser();
    "archive.example".clone_into(&mut browser.host);
    browser.origin = Some("https://archive.example".to_owned());
    browser
}

#[tokio::test]
async fn on_this_machine_the_page_is_open_and_says_what_to_paste() {
    let world = World::new();
    let page = world.browser().get("/setup").await.body;
    for word in [
        "http://127.0.0.1:8080/sign-in/ringcentral",
        "http://127.0.0.1:8080/connect/dropbox",
        "ReadAccounts",
        "ReadCallLog",
        "ReadCallRecording",
        "ReadMessages",
        "account_info.read",
        "files.metadata.read",
        "files.content.write",
        "files.content.read",
        "RingCentral Application",
        "developers.ringcentral.com",
        "dropbox.com/developers/apps",
    ] {
        assert!(page.contains(word), "{word}: {page}");
    }
}

#[tokio::test]
async fn behind_a_proxy_or_a_public_address_the_token_is_asked_for() {
    let world = World::with(Options {
        loopback: true,
        set_up_token: Some(Secret::new(TOKEN)),
        ..Options::default()
    });
    let browser = world.browser();
    let request = browser
        .request(&axum::http::Method::GET, "/setup")
        .header("x-forwarded-for", "203.0.113.9")
        .body(axum::body::Body::empty());
    let page = browser.clone().take(request.unwrap()).await.body;
    assert!(page.contains("set-up token"), "{page}");
    assert!(!page.contains("ReadCallLog"));
    let page = outside(&remote()).get("/setup").await.body;
    assert!(page.contains("set-up token"), "{page}");
}

#[tokio::test]
async fn the_token_opens_the_page_and_the_first_admin_uses_it_up() {
    let world = remote();
    let mut browser = outside(&world);
    browser.get("/setup").await;
    let answer = browser.post("/setup/token", &[("token", "guess")]).await;
    assert!(answer.body.contains("not the token"), "{}", answer.body);
    let planted = browser.word();
    browser.post("/setup/token", &[("token", TOKEN)]).await;
    assert_ne!(browser.word(), planted);
    let page = browser.get("/setup").await.body;
    assert!(page.contains("https://archive.example/sign-in/ringcentral"));
    let page = world.sign_in(&mut browser, person("1", "101", true)).await;
    assert!(page.body.contains("LOGOUT"), "{}", page.body);
    assert_eq!(world.book().owners().await.unwrap(), [account_id("1")]);
    // Used up: it opens nothing any more, to nobody.
    let mut other = outside(&world);
    other.get("/sign-in").await;
    let answer = other.post("/setup/token", &[("token", TOKEN)]).await;
    assert_eq!(answer.status, 404);
    assert_eq!(other.get("/setup").await.status, 404);
    assert_eq!(
        browser.get("/setup").await.status,
        200,
        "they are its admin"
    );
}

/// A server whose company is known from the configuration, or from before, and
/// whose keys of RingCentral are missing: without them no admin can sign in.
#[tokio::test]
async fn the_token_opens_an_owned_server_too_while_nobody_can_sign_in() {
    for listed in [true, false] {
        let world = World::with(Options {
            public_url: Some("https://archive.example".parse().unwrap()),
            set_up_token: Some(Secret::new(TOKEN)),
            accounts: if listed {
                vec![account_id("1")]
            } else {
                vec![]
            },
            ..Options::default()
        });
        world.book().claim(&account_id("1"), T0).await.unwrap();
        world.cloud.without_keys(Provider::Source);
        let mut browser = outside(&world);
        let page = browser.get("/setup").await.body;
        assert!(page.contains("set-up token"), "{page}");
        let keys = [("id", "abc"), ("secret", "s3cret")];
        let answer = browser.post("/setup/ringcentral", &keys).await;
        assert_eq!(answer.status, 404, "without the token");
        browser.post("/setup/token", &[("token", TOKEN)]).await;
        let page = browser.get("/setup").await.body;
        assert!(page.contains("belongs to a RingCentral account already"));
        let answer = browser.post("/setup/ringcentral", &keys).await;
        assert_eq!(answer.location(), "/setup");
        // With the keys it is the admins' again.
        world.cloud.with_keys();
        assert_eq!(browser.get("/setup").await.status, 404);
        let answer = browser.post("/setup/dropbox", &keys).await;
        assert_eq!(answer.status, 404);
        let kept = world.book().setting("DROPBOX_APP_KEY").await.unwrap();
        assert_eq!(kept, None);
    }
}

#[tokio::test]
async fn the_printed_link_fills_the_token_in_and_does_nothing_else() {
    let world = remote();
    let mut browser = outside(&world);
    let answer = browser.get(&format!("/setup?token={TOKEN}")).await;
    assert_eq!(answer.field("token").as_deref(), Some(TOKEN));
    assert!(!answer.body.contains("ReadCallLog"));
    assert_eq!(world.session(&browser).await, None);
}

#[tokio::test]
async fn keys_are_tried_and_kept() {
    let world = World::new();
    let mut browser = world.browser();
    browser.get("/setup").await;
    let keys = [("id", " abc "), ("secret", "s3cret")];
    let answer = browser.post("/setup/ringcentral", &keys).await;
    assert_eq!(answer.location(), "/setup");
    let page = browser.get("/setup").await.body;
    assert!(
        page.contains("keys of the RingCentral app are kept"),
        "{page}"
    );
    assert!(page.contains("value=\"abc\"") && !page.contains("s3cret"));
    let tried = (Provider::Source, "abc".to_owned(), "s3cret".to_owned());
    assert_eq!(world.cloud.tried(), [tried]);
    let kept = |name: &'static str| {
        let store = world.book();
        async move { store.setting(name).await.unwrap() }
    };
    let secret = Some(Secret::new("s3cret"));
    assert_eq!(
        kept("RINGCENTRAL_CLIENT_ID").await,
        Some(Secret::new("abc"))
    );
    assert_eq!(kept("RINGCENTRAL_CLIENT_SECRET").await, secret);
    // The same app, the field left empty: the secret stays.
    browser.post("/setup/ringcentral", &[("id", "abc")]).await;
    assert_eq!(kept("RINGCENTRAL_CLIENT_SECRET").await, secret);
    // Another app without a secret: the old one's is gone.
    browser.post("/setup/ringcentral", &[("id", "xyz")]).await;
    assert_eq!(kept("RINGCENTRAL_CLIENT_SECRET").await, None);
}

#[tokio::test]
async fn keys_that_the_provider_does_not_know_are_told_and_can_be_kept_anyway() {
    let world = World::new();
    let mut browser = world.browser();
    browser.get("/setup").await;
    let error = Error::new(Kind::Config, "Dropbox does not know this app key")
        .remedy("Copy it again from the app's page.");
    world.cloud.refuse_keys(Some(error));
    let keys = [("id", "abc"), ("secret", "s3cret")];
    let page = browser.post("/setup/dropbox", &keys).await.body;
    assert!(
        page.contains("Dropbox does not know this app key"),
        "{page}"
    );
    assert!(page.contains("Copy it again"));
    assert!(page.contains("value=\"abc\"") && !page.contains("s3cret"));
    let kept = world.book().setting("DROPBOX_APP_KEY").await.unwrap();
    assert_eq!(kept, None);
    let keys = [("id", "abc"), ("secret", "s3cret"), ("how", "untested")];
    browser.post("/setup/dropbox", &keys).await;
    let kept = world.book().setting("DROPBOX_APP_KEY").await.unwrap();
    assert_eq!(kept, Some(Secret::new("abc")));
}

#[tokio::test]
async fn what_cannot_be_a_key_is_told_beside_its_field() {
    let world = World::new();
    let mut browser = world.browser();
    browser.get("/setup").await;
    for (keys, note) in [
        ([("id", ""), ("secret", "x")], "ringcentral-id-note"),
        ([("id", "a b"), ("secret", "x")], "ringcentral-id-note"),
        ([("id", "ab"), ("secret", "x y")], "ringcentral-secret-note"),
    ] {
        let page = browser.post("/setup/ringcentral", &keys).await.body;
        let beside = format!("id=\"{note}\" class=\"fault\"");
        assert!(page.contains(&beside), "{keys:?}: {page}");
        assert!(page.contains(&format!("value=\"{}\"", keys[0].1)));
    }
    assert_eq!(world.cloud.tried(), []);
}

#[tokio::test]
async fn what_the_environment_sets_wins_and_is_shown_as_fixed() {
    let fixed = [
        ("DROPBOX_APP_KEY".to_owned(), "fixed-key".to_owned()),
        ("DROPBOX_APP_SECRET".to_owned(), String::new()),
    ];
    let world = World::with(Options {
        loopback: true,
        fixed: fixed.into(),
        ..Options::default()
    });
    let mut browser = world.browser();
    let page = browser.get("/setup").await.body;
    assert!(page.contains("value=\"fixed-key\""), "{page}");
    assert_eq!(page.matches("Set by the environment.").count(), 2);
    let keys = [("id", "mine"), ("secret", "mine")];
    browser.post("/setup/dropbox", &keys).await;
    for name in ["DROPBOX_APP_KEY", "DROPBOX_APP_SECRET"] {
        assert_eq!(world.book().setting(name).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_admin_may_correct_the_keys_of_their_own_server_at_any_time() {
    let world = World::with(Options {
        public_url: Some("https://archive.example".parse().unwrap()),
        accounts: vec![account_id("1")],
        ..Options::default()
    });
    let mut admin = outside(&world);
    let page = world.sign_in(&mut admin, person("1", "101", true)).await;
    assert!(page.body.contains("href=\"/setup\""), "{}", page.body);
    assert_eq!(admin.get("/setup").await.status, 200);
    let keys = [("id", "new"), ("secret", "newer")];
    let answer = admin.post("/setup/dropbox", &keys).await;
    assert_eq!(answer.location(), "/setup");
    let kept = world.book().setting("DROPBOX_APP_SECRET").await.unwrap();
    assert_eq!(kept, Some(Secret::new("newer")));

    let mut user = outside(&world);
    let page = world.sign_in(&mut user, person("1", "102", false)).await;
    assert!(!page.body.contains("href=\"/setup\""), "{}", page.body);
    assert_eq!(user.get("/setup").await.status, 404);
    let answer = user.post("/setup/dropbox", &keys).await;
    assert_eq!(answer.status, 404);
    world.cloud.without_keys(Provider::Destination);
    assert_eq!(admin.get("/setup").await.status, 200);
    assert_eq!(user.get("/setup").await.status, 404);
    world.cloud.with_keys();
    // Who was an admin an hour ago is asked about again.
    let seen = world.cloud.tried().len();
    world.cloud.demote();
    world.pass(60 * 60 * 1000);
    assert_eq!(admin.post("/setup/dropbox", &keys).await.status, 404);
    assert_eq!(admin.get("/setup").await.status, 404);
    assert_eq!(world.cloud.tried().len(), seen);
}

#[tokio::test]
async fn before_there_are_keys_the_sign_in_page_leads_to_set_up() {
    let world = World::new();
    world.cloud.without_keys(Provider::Source);
    let page = world.browser().get("/sign-in").await.body;
    assert!(page.contains("not set up yet") && page.contains("href=\"/setup\""));
    let world = remote();
    world.cloud.without_keys(Provider::Source);
    let page = outside(&world).get("/sign-in").await.body;
    assert!(page.contains("not set up yet"), "{page}");
    world.cloud.with_keys();
    let page = outside(&world).get("/sign-in").await.body;
    assert!(page.contains("Sign in with RingCentral"), "{page}");
}

/// Keys that were entered and are wrong: no admin can sign in to correct them.
/// The token of the start opens the page again, for as long as RingCentral
/// itself refuses them. Who does not know it learns nothing, and makes nobody
/// ask RingCentral.
#[tokio::test]
async fn the_token_opens_an_owned_server_while_ringcentral_refuses_its_keys() {
    let world = remote();
    let store = world.book();
    store.claim(&account_id("1"), T0).await.unwrap();
    let id = Secret::new("wrong");
    store
        .keep_setting("RINGCENTRAL_CLIENT_ID", Some(&id))
        .await
        .unwrap();
    let link = format!("/setup?token={TOKEN}");
    let mut browser = outside(&world);
    browser.get("/sign-in").await;
    assert_eq!(browser.get(&link).await.status, 404, "the keys are right");
    for (answer, opens) in [(Kind::Unavailable, false), (Kind::Config, true)] {
        world.cloud.refuse_keys(Some(Error::new(
            answer,
            "RingCentral does not know the app",
        )));
        let asked = world.cloud.tried().len();
        assert_eq!(browser.get("/setup").await.status, 404);
        assert_eq!(browser.get("/setup?token=guess").await.status, 404);
        let guess = [("token", "guess")];
        assert_eq!(browser.post("/setup/token", &guess).await.status, 404);
        assert_eq!(world.cloud.tried().len(), asked);
        let status = browser.get(&link).await.status;
        assert_eq!(status == 200, opens, "{answer:?}");
    }
    browser.post("/setup/token", &[("token", TOKEN)]).await;
    assert!(browser.get("/setup").await.body.contains("value=\"wrong\""));
    world.cloud.refuse_keys(None);
    assert_eq!(browser.get("/setup").await.status, 404, "it closes again");
    world.cloud.refuse_keys(Some(Error::new(
        Kind::Config,
        "RingCentral does not know the app",
    )));
    let keys = [("id", "right"), ("secret", "x"), ("how", "untested")];
    browser.post("/setup/ringcentral", &keys).await;
    let kept = store.setting("RINGCENTRAL_CLIENT_ID").await.unwrap();
    assert_eq!(kept, Some(Secret::new("right")));
}

/// What the environment sets is corrected there.
#[tokio::test]
async fn the_token_opens_nothing_where_the_environment_sets_the_keys() {
    let world = World::with(Options {
        public_url: Some("https://archive.example".parse().unwrap()),
        set_up_token: Some(Secret::new(TOKEN)),
        fixed: [("RINGCENTRAL_CLIENT_ID".to_owned(), "fixed".to_owned())].into(),
        ..Options::default()
    });
    world.book().claim(&account_id("1"), T0).await.unwrap();
    let error = Error::new(Kind::Config, "RingCentral does not know the app");
    world.cloud.refuse_keys(Some(error));
    let link = format!("/setup?token={TOKEN}");
    assert_eq!(outside(&world).get(&link).await.status, 404);
}
