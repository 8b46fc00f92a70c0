//! GENERAL: CONNECT and DISCONNECT, and every way in which they can fail.

use domain::connection::Backup;
use domain::grant::Provider;
use domain::ports::{Connections, Tasks, Vault};
use domain::window::Window;
use domain::{Error, Kind};
use testkit::builders::{T0, account_id, backup};
use testkit::faulty::Faults;
use web::Options;

use crate::browser::Answer;
use crate::cloud::{Consent, dropbox, pairs, person};
use crate::world::World;

#[tokio::test]
async fn s_024_025_connect_asks_dropbox_and_ties_both_grants() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    let page = browser.get("/").await.body;
    assert!(page.contains(">CONNECT<") && !page.contains("DISCONNECT"));
    assert!(!page.contains("Sign in with RingCentral"), "{page}");
    let page = world.connect(&mut browser, "a").await.body;
    for word in [
        "a@dropbox.example",
        "Owner a",
        "3.0 GB",
        "5.0 MB",
        "Apps/RingCentral Application/",
        "DISCONNECT",
    ] {
        assert!(page.contains(word), "{word}: {page}");
    }
    let all = world.connections().await;
    assert_eq!(all.len(), 1);
    assert!(all[0].connected && !all[0].headless);
    assert_eq!(all[0].id.as_str(), "1/101");
    assert_eq!(all[0].destination.as_str(), "dropbox:a");
    for end in [Provider::Source, Provider::Destination] {
        let grant = world.grant("1", "101", end).await.unwrap();
        assert!(world.cloud.lives(&grant));
    }
    assert_eq!(world.cloud.living(), 2, "none is held twice");
    assert_eq!(
        world.cloud.prepared(),
        1,
        "the folder is there before any task"
    );
}

#[tokio::test]
async fn s_023_a_user_who_is_no_admin_connects_too() {
    let world = World::owned().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, person("1", "102", false)).await;
    let page = world.connect(&mut browser, "b").await.body;
    assert!(page.contains("b@dropbox.example"), "{page}");
    assert_eq!(world.connections().await[0].viewer.as_str(), "102");
}

#[tokio::test]
async fn s_028_a_refused_consent_leaves_all_as_it_was() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    browser.get("/").await;
    let out = browser.post("/connect", &[]).await.way_out();
    let state = &pairs(&out)["state"];
    let page = browser
        .visit(&format!(
            "/connect/dropbox?error=access_denied&state={state}"
        ))
        .await
        .body;
    assert!(page.contains("access was refused there"), "{page}");
    assert!(page.contains(">CONNECT<"));
    assert!(world.connections().await.is_empty());
    assert_eq!(world.cloud.living(), 1, "only the session's grant");
    // And it can be tried again at once.
    let page = world.connect(&mut browser, "a").await.body;
    assert!(page.contains("Connected: a@dropbox.example"), "{page}");
}

#[tokio::test]
async fn a_dropbox_that_cannot_be_written_is_not_connected() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    let error = Error::new(Kind::Forbidden, "the app may not write files")
        .remedy("Tick files.content.write on the app's page.");
    world.cloud.unready(Some(error));
    let page = world.connect(&mut browser, "a").await.body;
    assert!(page.contains("Dropbox was not connected"), "{page}");
    assert!(page.contains("Tick files.content.write"));
    assert!(world.connections().await.is_empty());
    assert_eq!(world.cloud.living(), 1, "Dropbox's grant is ended");
    assert_eq!(world.grant("1", "101", Provider::Destination).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_dropbox_that_is_silent_is_a_sentence_and_the_page_still_shows() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    browser.get("/").await;
    let out = browser.post("/connect", &[]).await.way_out();
    let back = world.cloud.consent(&out, Consent::Dropbox(dropbox("a")));
    world.cloud.silent(true);
    let page = browser.visit(&back).await.body;
    assert!(page.contains("did not answer in time"), "{page}");
    world.cloud.silent(false);
    world.connect(&mut browser, "a").await;
    world.cloud.silent(true);
    let page = browser.get("/").await.body;
    assert!(page.contains("DISCONNECT"), "{page}");
    assert!(page.contains("did not answer in time"));
}

#[tokio::test]
async fn without_keys_nobody_is_sent_anywhere() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.cloud.without_keys(Provider::Destination);
    let page = browser.get("/").await.body;
    assert!(!page.contains(">CONNECT<"), "{page}");
    assert!(page.contains("no keys of a Dropbox app"));
    let page = browser.post("/connect", &[]).await;
    assert_eq!(page.location(), "/");
    assert!(browser.get("/").await.body.contains("the app has no keys"));
}

#[tokio::test]
async fn a_dead_ringcentral_grant_leads_to_ringcentral_first() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    let session = world.session(&browser).await.unwrap();
    let id = domain::connection::ConnectionId::new(format!("session/{}", session.key));
    let held = world
        .book()
        .grant(&account_id("1"), &id, Provider::Source)
        .await
        .unwrap()
        .unwrap();
    world.cloud.kill(&held);
    browser.get("/").await;
    let out = browser.post("/connect", &[]).await.way_out();
    assert!(out.starts_with("https://ringcentral.example/"), "{out}");
    let back = world
        .cloud
        .consent(&out, Consent::RingCentral(person("1", "101", true)));
    let asked = browser.visit(&back).await;
    let proof = asked.field("proof").unwrap();
    browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
    let page = world.connect(&mut browser, "a").await.body;
    assert!(page.contains("Connected: a@dropbox.example"), "{page}");
}

#[tokio::test]
async fn another_companys_dropbox_is_refused_with_a_sentence() {
    let world = World::with(Options {
        accounts: vec![account_id("1"), account_id("2")],
        loopback: true,
        ..Options::default()
    });
    let mut first = world.admin().await;
    world.connect(&mut first, "a").await;
    let mut second = world.browser();
    world.sign_in(&mut second, person("2", "201", true)).await;
    let before = world.cloud.living();
    let page = world.connect(&mut second, "a").await.body;
    assert!(page.contains("another company archives to this"), "{page}");
    assert!(page.contains(">CONNECT<"));
    assert_eq!(world.cloud.living(), before);
    assert_eq!(world.grant("2", "201", Provider::Destination).await, None);
    assert_eq!(world.grant("2", "201", Provider::Source).await, None);
}

#[tokio::test]
async fn s_030_disconnect_asks_then_ends_both_grants_and_deletes_nothing() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let connection = world.connections().await.remove(0);
    let on = backup("b", &connection);
    world.book().keep_backup(&on, 0).await.unwrap();
    let page = browser.visit("/disconnect").await.body;
    assert!(page.contains("Nothing is deleted"), "{page}");
    assert!(
        world.connections().await[0].connected,
        "asking does nothing"
    );
    browser.post("/disconnect", &[]).await;
    let page = browser.get("/").await.body;
    assert!(
        page.contains("Disconnected. Backups have stopped"),
        "{page}"
    );
    assert!(page.contains(">CONNECT<"));
    assert!(page.contains("goes on in the same folder"));
    assert!(page.contains("Sign in with RingCentral"), "{page}");
    let after = world.connections().await.remove(0);
    assert!(!after.connected);
    assert_eq!(after.destination, connection.destination);
    let backups = world.book().backups(&account_id("1")).await.unwrap();
    assert!(!backups[0].enabled);
    assert_eq!(world.cloud.living(), 0);
    for end in [Provider::Source, Provider::Destination] {
        assert_eq!(world.grant("1", "101", end).await, None);
    }
    assert!(world.cloud.forgotten().contains(&"1/101".to_owned()));
}

#[tokio::test]
async fn s_035_connecting_again_goes_on_with_the_same_connection() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let connection = world.connections().await.remove(0);
    let on = backup("b", &connection);
    world.book().keep_backup(&on, 0).await.unwrap();
    browser.post("/disconnect", &[]).await;
    world.sign_in(&mut browser, person("1", "101", true)).await;
    world.connect(&mut browser, "a").await;
    assert_eq!(world.connections().await, [connection]);
}

/// What was archived to the old Dropbox is told by a log of its own, and that
/// log must not be looked for in the new one.
#[tokio::test]
async fn another_dropbox_leaves_the_backup_to_the_old_one_as_it_was() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let on = backup("b", &world.connections().await[0]);
    let store = world.book();
    store.keep_backup(&on, 0).await.unwrap();
    let (account, hour) = (account_id("1"), Window::hour_of(T0));
    store.open_tasks(&account, &on.id, &[hour]).await.unwrap();
    browser.post("/disconnect", &[]).await;
    world.sign_in(&mut browser, person("1", "101", true)).await;
    world.connect(&mut browser, "b").await;
    let off = Backup {
        enabled: false,
        ..on.clone()
    };
    assert_eq!(store.backups(&account).await.unwrap(), [off]);
    assert_eq!(store.tasks(&account, &on.id, hour).await.unwrap().len(), 1);
    assert!(!world.is_hurried().await);
}

#[tokio::test]
async fn s_036_one_users_disconnect_leaves_the_others_alone() {
    let world = World::owned().await;
    let mut admin = world.admin().await;
    world.connect(&mut admin, "a").await;
    let mut user = world.browser();
    world.sign_in(&mut user, person("1", "102", false)).await;
    world.connect(&mut user, "b").await;
    user.post("/disconnect", &[]).await;
    let connected: Vec<bool> = world
        .connections()
        .await
        .iter()
        .map(|it| it.connected)
        .collect();
    assert_eq!(connected, [true, false]);
    assert!(admin.get("/").await.body.contains("a@dropbox.example"));
}

#[tokio::test]
async fn a_failed_revoke_is_a_warning_with_a_way_to_end_it_oneself() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    world.cloud.unrevokable();
    browser.post("/disconnect", &[]).await;
    let page = browser.get("/").await.body;
    assert!(
        page.contains("https://www.dropbox.com/account/connected_apps"),
        "{page}"
    );
    assert!(page.contains("RingCentral could not be told"));
    assert!(!world.connections().await[0].connected);
    assert_eq!(world.grant("1", "101", Provider::Source).await, None);
}

/// The memory dies before the call with this number; returns what the browser
/// was told by DISCONNECT, and the world.
async fn disconnect_dying(at: usize) -> (Answer, World) {
    let options = Options {
        loopback: true,
        accounts: vec![account_id("1")],
        ..Options::default()
    };
    let world = World::faulty(options, Faults::cut_before(at));
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    (browser.post("/disconnect", &[]).await, world)
}

#[tokio::test]
async fn s_034_a_disconnect_that_fails_says_so_and_the_backup_goes_on() {
    let options = Options {
        loopback: true,
        accounts: vec![account_id("1")],
        ..Options::default()
    };
    let world = World::faulty(options, Faults::cut_before(usize::MAX));
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let before = world.faults.calls();
    browser.post("/disconnect", &[]).await;
    let after = world.faults.calls();
    let mut failed = 0;
    for at in before..after {
        let (answer, world) = disconnect_dying(at).await;
        let connected = world.connections().await[0].connected;
        assert_eq!(world.cloud.living(), if connected { 2 } else { 0 }, "{at}");
        if connected {
            failed += 1;
            assert!(answer.status.is_server_error(), "{at}: {}", answer.status);
        }
        if answer.body.contains("You are still connected") {
            assert!(connected && answer.body.contains("goes on as before"));
        }
    }
    assert!(failed > 1, "{failed}");
    let told = disconnect_dying(after - 2).await.0.body;
    assert!(told.contains("You are still connected"), "{told}");
}

/// Whatever call of the memory is the last one that works, heard of or not: a
/// Connection that says it is connected has two grants that live, also after
/// the browser's Session is over.
#[tokio::test]
async fn a_connect_that_is_cut_off_leaves_nothing_half_done() {
    let whole = connect_dying(Faults::cut_before(usize::MAX)).await;
    let calls = whole.faults.calls();
    let (mut cut, mut stood) = (0, 0);
    for at in 0..calls {
        for faults in [Faults::cut_before(at), Faults::cut_after(at)] {
            let world = connect_dying(faults).await;
            world.faults.calm();
            world.pass(24 * 60 * 60 * 1000);
            web::sweep(&world.state).await.unwrap();
            let all = world.connections().await;
            cut += 1;
            if !all.first().is_some_and(|it| it.connected) {
                continue;
            }
            stood += 1;
            for end in [Provider::Source, Provider::Destination] {
                let grant = world.grant("1", "101", end).await.unwrap();
                assert!(world.cloud.lives(&grant), "{at} {end:?}");
            }
        }
    }
    assert!(cut > 40 && stood > 0 && stood < cut / 2, "{cut} {stood}");
}

/// Signs in and connects, as far as it goes.
async fn connect_dying(faults: Faults) -> World {
    let options = Options {
        loopback: true,
        accounts: vec![account_id("1")],
        ..Options::default()
    };
    let world = World::faulty(options, faults);
    let mut browser = world.browser();
    let admin = Consent::RingCentral(person("1", "101", true));
    browser.get("/sign-in").await;
    let out = browser.post("/sign-in", &[]).await;
    if let Some(back) = consented(&world, &out, admin) {
        let asked = browser.visit(&back).await;
        let proof = asked.field("proof").unwrap_or_default();
        browser.post("/sign-in/confirm", &[("proof", &proof)]).await;
        browser.get("/").await;
        let out = browser.post("/connect", &[]).await;
        if let Some(back) = consented(&world, &out, Consent::Dropbox(dropbox("a"))) {
            let answer = browser.get(&back).await;
            assert!(!answer.body.is_empty() || answer.status.is_redirection());
        }
    }
    world
}

/// Where the browser is sent after a yes, if it was sent out at all.
fn consented(world: &World, out: &Answer, who: Consent) -> Option<String> {
    out.body
        .contains("content=\"0;url=")
        .then(|| world.cloud.consent(&out.way_out(), who))
}

#[tokio::test]
async fn a_dead_dropbox_grant_is_shown_and_mended_by_the_same_dropbox_only() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let on = backup("b", &world.connections().await[0]);
    world.book().keep_backup(&on, 0).await.unwrap();
    let dead = world
        .grant("1", "101", Provider::Destination)
        .await
        .unwrap();
    world.cloud.kill(&dead);
    let page = browser.get("/").await.body;
    assert!(page.contains("the access was taken back"), "{page}");
    assert!(page.contains("RECONNECT DROPBOX"));
    let page = world.connect(&mut browser, "b").await.body;
    assert!(
        page.contains("that is another Dropbox than before"),
        "{page}"
    );
    let still = world.grant("1", "101", Provider::Destination).await;
    assert_eq!(still.as_ref(), Some(&dead));
    assert!(!world.is_hurried().await);
    let page = world.connect(&mut browser, "a").await.body;
    assert!(page.contains("Connected: a@dropbox.example"), "{page}");
    let new = world
        .grant("1", "101", Provider::Destination)
        .await
        .unwrap();
    assert!(world.cloud.lives(&new));
    assert_eq!(world.connections().await[0].destination_trouble, None);
    assert!(world.is_hurried().await, "what waited goes on at once");
}

#[tokio::test]
async fn connect_on_a_healthy_connection_changes_nothing() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    world.connect(&mut browser, "a").await;
    let before = world.facts().await;
    let answer = browser.post("/connect", &[]).await;
    assert_eq!(answer.location(), "/");
    let page = browser.get("/").await.body;
    assert!(page.contains("connected already"), "{page}");
    assert_eq!(world.facts().await, before);
}

#[tokio::test]
async fn two_consents_at_once_make_one_connection() {
    let world = World::owned().await;
    let mut browser = world.admin().await;
    browser.get("/").await;
    let one = browser.post("/connect", &[]).await.way_out();
    let two = browser.post("/connect", &[]).await.way_out();
    let one = world.cloud.consent(&one, Consent::Dropbox(dropbox("a")));
    let two = world.cloud.consent(&two, Consent::Dropbox(dropbox("b")));
    browser.visit(&one).await;
    let page = browser.visit(&two).await.body;
    assert!(
        page.contains("that is another Dropbox than before"),
        "{page}"
    );
    assert_eq!(
        world.connections().await[0].destination.as_str(),
        "dropbox:a"
    );
    assert_eq!(world.cloud.living(), 2);
}
