//! Signing in and out, and what becomes of the grant that it brings.

use domain::connection::ConnectionId;
use domain::grant::Provider;
use domain::ports::{Connections, Instance, Vault};
use testkit::builders::{account_id, backup};
use testkit::faulty::Faults;
use web::Options;

use crate::cloud::{Consent, person};
use crate::world::World;

const HOUR_MS: i64 = 60 * 60 * 1000;

#[tokio::test]
async fn who_signs_in_is_asked_who_they_are_and_comes_to_general() {
    let world = World::owned().await;
    let mut browser = world.browser();
    let asked = world.knock(&mut browser, person("1", "101", true)).await;
    for word in ["Is that you?", "Person 101", "Company 1", "Administrator"] {
        assert!(asked.body.contains(word), "{word}: {}", asked.body);
    }
    // Not in before the yes.
    assert_eq!(browser.get("/").await.location(), "/sign-in");
    browser.get("/sign-in/confirm").await;
    let proof = asked.field("proof").unwrap();
    let in_ = browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
    assert_eq!(in_.location(), "/");
    let page = browser.get("/").await.body;
    for word in [
        "LOGOUT",
        "GENERAL",
        "BACKUP",
        "LOG",
        "CONNECT",
        "Person 101",
    ] {
        assert!(page.contains(word), "{word}: {page}");
    }
    let tabs = ["GENERAL", "BACKUP", "LOG<"].map(|it| page.find(it).unwrap());
    assert!(tabs.is_sorted(), "{tabs:?}");
}

#[tokio::test]
async fn a_no_ends_the_grant_and_keeps_nothing() {
    let world = World::owned().await;
    let mut browser = world.browser();
    world.knock(&mut browser, person("1", "101", true)).await;
    assert_eq!(world.cloud.living(), 1);
    browser.post("/sign-in/cancel", &[]).await;
    let page = browser.get("/sign-in").await.body;
    assert!(page.contains("You were not signed in"), "{page}");
    assert_eq!(world.cloud.living(), 0);
    assert_eq!(world.viewer(&browser).await, None);
}

#[tokio::test]
async fn the_cookie_is_new_after_the_yes_and_kept_from_scripts() {
    let world = World::owned().await;
    let mut browser = world.browser();
    let asked = world.knock(&mut browser, person("1", "101", true)).await;
    let before = browser.word();
    let proof = asked.field("proof").unwrap();
    let answer = browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
    assert_ne!(browser.word(), before);
    let line = answer.header("set-cookie");
    assert!(line.starts_with("archiver="), "{line}");
    for word in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(line.contains(word), "{line}");
    }
    // Plain http: a Secure cookie would be refused by the browser.
    assert!(!line.contains("Secure") && !line.contains("Domain"));
}

#[tokio::test]
async fn over_https_the_cookie_belongs_to_this_host_alone() {
    let world = World::with(web::Options {
        public_url: Some("https://archive.example".parse().unwrap()),
        ..web::Options::default()
    });
    let mut browser = world.browser();
    let answer = browser.get("/sign-in").await;
    let line = answer.header("set-cookie");
    assert!(line.starts_with("__Host-archiver="), "{line}");
    for word in ["; Secure", "; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(line.contains(word), "{line}");
    }
    // The other name is not listened to.
    let word = browser.word();
    browser.cookie = Some(("archiver".to_owned(), word));
    assert!(
        !browser
            .get("/sign-in")
            .await
            .header("set-cookie")
            .is_empty()
    );
}

#[tokio::test]
async fn logout_ends_the_session_and_the_grant_it_held() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    assert_eq!(world.cloud.living(), 1);
    let old = browser.clone();
    let out = browser.post("/logout", &[]).await;
    assert_eq!(out.location(), "/sign-in");
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(world.cloud.living(), 0);
    assert_eq!(world.session(&old).await, None);
}

#[tokio::test]
async fn logout_leaves_the_connection_as_it_is() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    browser.post("/logout", &[]).await;
    let grant = world.grant("1", "101", Provider::Source).await.unwrap();
    assert!(world.cloud.lives(&grant));
    assert!(world.connections().await[0].connected);
}

#[tokio::test]
async fn fifty_sign_ins_leave_the_connections_grant_untouched() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let before = world.grant("1", "101", Provider::Source).await.unwrap();
    for _ in 0..50 {
        world.admin().await;
    }
    let after = world.grant("1", "101", Provider::Source).await.unwrap();
    assert_eq!(before, after);
    assert!(world.cloud.lives(&after));
    // Every other one was ended at once: only the Connection's two live.
    assert_eq!(world.cloud.living(), 2);
    assert_eq!(world.cloud.given(), 52);
}

#[tokio::test]
async fn signing_in_mends_a_connection_whose_own_grant_is_dead() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let dead = world.grant("1", "101", Provider::Source).await.unwrap();
    world.cloud.kill(&dead);
    let id = world.connections().await[0].id.clone();
    let (company, end) = (account_id("1"), Provider::Source);
    let trouble = Some("RingCentral took the access back");
    let store = world.book();
    store
        .set_trouble(&company, &id, end, trouble)
        .await
        .unwrap();
    let page = browser.get("/").await.body;
    assert!(page.contains("RingCentral took the access back"));
    assert!(page.contains("RECONNECT"));
    let on = backup("b", &world.connections().await[0]);
    store.keep_backup(&on, 0).await.unwrap();
    let page = world
        .sign_in(&mut browser, person("1", "101", true))
        .await
        .body;
    assert!(page.contains("RingCentral is connected again"), "{page}");
    let new = world.grant("1", "101", Provider::Source).await.unwrap();
    assert!(world.cloud.lives(&new) && new != dead);
    assert_eq!(world.connections().await[0].source_trouble, None);
    assert!(world.cloud.forgotten().contains(&id.to_string()));
    assert!(world.is_hurried().await, "what waited goes on at once");
}

#[tokio::test]
async fn a_grant_waits_in_the_vault_and_moves_with_the_session() {
    let world = World::owned().await;
    let mut browser = world.browser();
    let asked = world.knock(&mut browser, person("1", "101", true)).await;
    let old = world.session(&browser).await.unwrap().key;
    let held = |place: String| {
        let id = ConnectionId::new(place);
        let store = world.book();
        async move {
            let grant = store.grant(&account_id("1"), &id, Provider::Source).await;
            grant.unwrap()
        }
    };
    let waiting = held(format!("session/{old}/unconfirmed")).await.unwrap();
    let proof = asked.field("proof").unwrap();
    browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
    let new = world.session(&browser).await.unwrap().key;
    assert_eq!(held(format!("session/{new}")).await, Some(waiting));
    assert_eq!(held(format!("session/{old}/unconfirmed")).await, None);
}

#[tokio::test]
async fn who_is_idle_or_here_for_too_long_signs_in_again() {
    let world = World::owned().await;
    let mut idle = world.admin().await;
    world.pass(2 * HOUR_MS - 1);
    assert_eq!(idle.get("/").await.status, 200);
    world.pass(2 * HOUR_MS);
    assert_eq!(idle.get("/").await.location(), "/sign-in");
    assert_eq!(world.cloud.living(), 0, "its grant is ended with it");

    let mut busy = world.admin().await;
    for _ in 0..11 {
        world.pass(HOUR_MS);
        assert_eq!(busy.get("/").await.status, 200);
    }
    world.pass(HOUR_MS);
    assert_eq!(busy.get("/").await.location(), "/sign-in");
}

#[tokio::test]
async fn the_sweep_ends_what_nobody_comes_back_for() {
    let world = World::owned().await;
    let browser = world.admin().await;
    world.pass(HOUR_MS);
    web::sweep(&world.state).await.unwrap();
    assert!(world.session(&browser).await.is_some());
    world.pass(2 * HOUR_MS);
    web::sweep(&world.state).await.unwrap();
    assert_eq!(world.session(&browser).await, None);
    assert_eq!(world.cloud.living(), 0);
}

/// Whatever call of the memory fails during a sweep: the next one finds what
/// is left, and no grant stays behind.
#[tokio::test]
async fn a_sweep_that_is_cut_off_leaves_nothing_to_nobody() {
    let mut failed = 0;
    for at in 0..16 {
        for after in [false, true] {
            let options = Options {
                loopback: true,
                accounts: vec![account_id("1")],
                ..Options::default()
            };
            let world = World::faulty(options.clone(), Faults::cut_before(usize::MAX));
            world.admin().await;
            world.admin().await;
            let at = world.faults.calls() + at;
            let faults = if after {
                Faults::cut_after(at)
            } else {
                Faults::cut_before(at)
            };
            let world = World::faulty(options, faults);
            let (one, two) = (world.admin().await, world.admin().await);
            assert_eq!(world.cloud.living(), 2);
            world.pass(24 * HOUR_MS);
            if web::sweep(&world.state).await.is_err() {
                failed += 1;
            }
            world.faults.calm();
            web::sweep(&world.state).await.unwrap();
            assert_eq!(world.cloud.living(), 0, "{at} {after}");
            for browser in [one, two] {
                assert_eq!(world.session(&browser).await, None);
            }
        }
    }
    assert!(failed > 8, "{failed}");
}

#[tokio::test]
async fn a_role_taken_away_is_gone_within_the_hour() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    assert!(browser.get("/").await.body.contains("administrator"));
    world.cloud.demote();
    world.pass(HOUR_MS);
    let page = browser.get("/").await.body;
    assert!(!page.contains("administrator"), "{page}");
    assert!(!world.viewer(&browser).await.unwrap().admin);
}

#[tokio::test]
async fn who_left_ringcentral_is_out_within_the_hour() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let grant = world.grant("1", "101", Provider::Source).await.unwrap();
    world.cloud.kill(&grant);
    world.pass(HOUR_MS);
    let page = browser.visit("/").await.body;
    assert!(page.contains("Please sign in again"), "{page}");
    // And the Connection knows it, so that signing in mends it.
    assert!(world.connections().await[0].source_trouble.is_some());
    let page = world
        .sign_in(&mut browser, person("1", "101", true))
        .await
        .body;
    assert!(page.contains("RingCentral is connected again"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn while_ringcentral_is_silent_a_role_holds_a_little_longer() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.cloud.silent(true);
    world.pass(HOUR_MS);
    assert!(browser.get("/").await.body.contains("administrator"));
    world.cloud.silent(false);
    world.cloud.demote();
    world.pass(4 * 60 * 1000);
    assert!(browser.get("/").await.body.contains("administrator"));
    world.pass(60 * 1000);
    assert!(!browser.get("/").await.body.contains("administrator"));
}

#[tokio::test(start_paused = true)]
async fn every_failure_of_ringcentral_is_a_sentence() {
    let world = World::owned().await;
    let mut browser = world.browser();
    browser.get("/sign-in").await;
    let out = browser.post("/sign-in", &[]).await.way_out();
    let back = world
        .cloud
        .consent(&out, Consent::RingCentral(person("1", "101", true)));
    world.cloud.silent(true);
    let page = browser.visit(&back).await.body;
    assert!(page.contains("did not answer in time"), "{page}");
    world.cloud.silent(false);
    let out = browser.post("/sign-in", &[]).await.way_out();
    let state = crate::cloud::pairs(&out)["state"].clone();
    let refused = format!("/sign-in/ringcentral?error=access_denied&state={state}");
    let page = browser.visit(&refused).await.body;
    assert!(page.contains("access was refused there"), "{page}");
}

#[tokio::test]
async fn another_company_is_refused_kindly_and_leaves_no_trace() {
    let world = World::owned().await;
    let mut browser = world.browser();
    let page = world
        .knock(&mut browser, person("2", "201", true))
        .await
        .body;
    assert!(
        page.contains("belongs to another RingCentral account"),
        "{page}"
    );
    assert!(page.contains("Company 2") && !page.contains("Company 1"));
    assert_eq!((world.cloud.given(), world.cloud.living()), (1, 0));
    assert!(world.book().accounts().await.unwrap().is_empty());
    assert_eq!(world.session(&browser).await.unwrap().unconfirmed, None);
}

#[tokio::test]
async fn companies_listed_in_the_configuration_share_a_server() {
    let world = World::with(web::Options {
        accounts: vec![account_id("1"), account_id("2")],
        loopback: true,
        ..web::Options::default()
    });
    for (company, number) in [("1", "101"), ("2", "201")] {
        let mut browser = world.browser();
        let page = world
            .sign_in(&mut browser, person(company, number, false))
            .await
            .body;
        assert!(page.contains(&format!("Company {company}")), "{page}");
    }
    let mut browser = world.browser();
    let page = world
        .knock(&mut browser, person("3", "301", true))
        .await
        .body;
    assert!(page.contains("belongs to another RingCentral account"));
    assert!(world.book().owners().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_slow_page_does_not_bring_back_who_left() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    let mut slow = browser.clone();
    // The page waits for RingCentral while its reader logs out elsewhere.
    world.cloud.silent(true);
    world.pass(HOUR_MS);
    let left = browser.clone();
    tokio::join!(slow.get("/"), browser.post("/logout", &[]));
    assert_eq!(world.session(&left).await, None);
    world.cloud.silent(false);
    assert_eq!(left.clone().get("/").await.location(), "/sign-in");
}

#[tokio::test(start_paused = true)]
async fn a_yes_said_twice_at_once_lets_in_once() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let mut one = world.browser();
    let asked = world.knock(&mut one, person("1", "101", true)).await;
    let proof = asked.field("proof").unwrap();
    let mut two = one.clone();
    // Both arrive before RingCentral has answered the first.
    world.cloud.silent(true);
    let fields = [("proof", proof.as_str())];
    tokio::join!(
        one.post("/sign-in/confirm", &fields),
        two.post("/sign-in/confirm", &fields)
    );
    world.cloud.silent(false);
    let signed_in = [
        world.viewer(&one).await.is_some(),
        world.viewer(&two).await.is_some(),
    ];
    assert_eq!(signed_in, [true, false]);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_ringcentral_answers_leaves_no_grant_behind() {
    let world = World::owned().await;
    let mut browser = world.browser();
    browser.get("/sign-in").await;
    let out = browser.post("/sign-in", &[]).await.way_out();
    let admin = Consent::RingCentral(person("1", "101", true));
    let back = world.cloud.consent(&out, admin);
    browser.get("/sign-in").await;
    let mut slow = browser.clone();
    world.cloud.silent(true);
    let leaving = async {
        browser.post("/logout", &[]).await;
        world.cloud.silent(false);
    };
    tokio::join!(slow.get(&back), leaving);
    assert_eq!((world.cloud.given(), world.cloud.living()), (1, 0));
    assert_eq!(world.session(&slow).await, None);
}
