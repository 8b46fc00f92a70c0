//! Connecting in a browser, and what the grant is worth afterwards.

use std::collections::HashMap;
use std::sync::Arc;

use destination_dropbox::{App, HeldGrant};
use domain::Kind;
use domain::ports::Destination;
use domain::ports::sign_in::{SignIn, Trip};
use domain::secret::Secret;
use outbound::Keeper;
use sim::dropbox::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::world::World;

fn trip(redirect_uri: &str) -> Trip {
    Trip {
        state: "state of the browser".to_owned(),
        verifier: Secret::new("v".repeat(43)),
        redirect_uri: redirect_uri.to_owned(),
    }
}

async fn agreeable() -> World {
    World::with(Options {
        auto_consent: true,
        ..Options::default()
    })
    .await
}

/// Follows the address as a browser does, up to where it is sent back to.
async fn visit(address: &str) -> Url {
    let url = Url::parse(address).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let target = &address[address.find(&host).unwrap() + host.len()..];
    let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let location = answer
        .lines()
        .find_map(|line| line.strip_prefix("location: "));
    Url::parse(location.unwrap_or_else(|| panic!("{answer}"))).unwrap()
}

fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn the_consent_page_is_asked_for_a_lasting_grant_and_learns_no_secret() {
    let world = World::new().await;
    let app = world.app(|options| options.app_secret = Some(Secret::new("app secret")));
    let trip = trip("https://archive.example/dropbox");
    let address = app.sign_in().authorize_url(&trip).unwrap();
    let asked = query(&Url::parse(&address).unwrap());
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "simulatedappkey"),
        ("token_access_type", "offline"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", "https://archive.example/dropbox"),
        ("state", "state of the browser"),
        (
            "scope",
            "account_info.read files.metadata.read files.content.write files.content.read",
        ),
    ] {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!address.contains("vvvv") && !address.contains("secret"));
}

/// RFC 7636, appendix B.
#[tokio::test]
async fn the_challenge_is_that_of_the_standard() {
    let world = World::new().await;
    let trip = Trip {
        verifier: Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ..trip("")
    };
    let address = world.app(|_| ()).sign_in().authorize_url(&trip).unwrap();
    let asked = query(&Url::parse(&address).unwrap());
    assert_eq!(
        asked["code_challenge"],
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert!(!asked.contains_key("redirect_uri"));
}

async fn connected(world: &World, app: &App) -> Arc<HeldGrant> {
    let trip = trip("http://localhost:7777/dropbox");
    let back = visit(&app.sign_in().authorize_url(&trip).unwrap()).await;
    let back = query(&back);
    assert_eq!(back["state"], trip.state);
    let code = Secret::new(back["code"].as_str());
    let grant = app.sign_in().exchange(&trip, &code).await.unwrap();
    assert_eq!(grant.owner, world.sim.account_id());
    assert!(grant.refresh.is_some() && grant.refresh_until.is_none());
    assert!(grant.scopes.contains(&"files.content.write".to_owned()));
    assert_eq!(
        grant.access_until.duration_since(grant.issued).as_secs(),
        14_400
    );
    Arc::new(HeldGrant::new(grant))
}

#[tokio::test]
async fn a_browser_s_grant_works_is_renewed_and_ends_when_it_is_revoked() {
    for secret in [None, Some(Secret::new("simulatedsecret"))] {
        let world = agreeable().await;
        let app = world.app(|options| options.app_secret = secret);
        let held = connected(&world, &app).await;
        let first = held.load().await.unwrap().unwrap();
        let dropbox = app.dropbox("test", app.token(held.clone()), "Archive");
        dropbox.owner().await.unwrap();
        // Four hours later by Dropbox's clock.
        world.sim_clock.advance_ms(4 * 3_600_000 + 1);
        dropbox.owner().await.unwrap();
        let second = held.load().await.unwrap().unwrap();
        assert_ne!(first.access, second.access);
        assert_eq!(first.refresh, second.refresh, "Dropbox does not rotate it");
        assert_eq!(
            (first.owner, first.scopes),
            (second.owner.clone(), second.scopes.clone())
        );

        app.sign_in().revoke(&second).await.unwrap();
        let error = dropbox.owner().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthorized);
    }
}

#[tokio::test]
async fn a_grant_whose_access_token_ran_out_can_still_be_revoked() {
    let world = agreeable().await;
    let app = world.app(|_| ());
    let held = connected(&world, &app).await;
    let grant = held.load().await.unwrap().unwrap();
    world.sim_clock.advance_ms(4 * 3_600_000 + 1);
    app.sign_in().revoke(&grant).await.unwrap();
    let dropbox = app.dropbox("test", app.token(held), "Archive");
    assert_eq!(
        dropbox.owner().await.unwrap_err().kind(),
        Kind::Unauthorized
    );
}

#[tokio::test]
async fn wrong_keys_and_stale_codes_are_told_apart() {
    let world = agreeable().await;
    let app = world.app(|_| ());
    let trip = trip("http://localhost:7777/dropbox");
    let never = app
        .sign_in()
        .exchange(&trip, &Secret::new("never issued"))
        .await;
    assert_eq!(never.unwrap_err().kind(), Kind::Unauthorized);

    let wrong = world.app(|options| options.app_secret = Some(Secret::new("wrong")));
    let refresh = Secret::new(world.sim.refresh_token());
    let token = wrong.token(Arc::new(HeldGrant::from_refresh_token(refresh)));
    let error = wrong
        .dropbox("test", token, "Archive")
        .owner()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    assert!(error.to_string().contains("DROPBOX_APP_SECRET"), "{error}");

    let refused = wrong.token(Arc::new(HeldGrant::from_refresh_token(Secret::new(
        "unknown",
    ))));
    let app = world.app(|_| ());
    let error = app
        .dropbox("test", refused, "Archive")
        .owner()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
}
