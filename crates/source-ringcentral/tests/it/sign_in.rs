//! Grants: bought, renewed by the rotation rules, and lost without loss.

use std::sync::Arc;

use domain::Kind;
use domain::clock::Clock;
use domain::grant::Grant;
use domain::ports::sign_in::Trip;
use domain::ports::{SignIn, Source};
use domain::secret::Secret;
use source_ringcentral::{Credential, Options, RingCentral, RingCentralSignIn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::world::{Shelf, World};

fn trip() -> Trip {
    Trip {
        state: "state of one session".to_owned(),
        verifier: Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        redirect_uri: "http://127.0.0.1:9/oauth/ringcentral".to_owned(),
    }
}

fn sign_in(world: &World, options: Options) -> RingCentralSignIn {
    let clock = Arc::new(world.clock.clone());
    RingCentralSignIn::new(options, world.door(), clock).unwrap()
}

/// What a browser does whose user has consented: the way back it is sent.
async fn consent(address: &str) -> Url {
    let url = Url::parse(address).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let path = &url[url::Position::BeforePath..];
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let location = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location")
            .then(|| value.trim().to_owned())
    });
    Url::parse(&location.unwrap()).unwrap()
}

fn told(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap().1.into_owned()
}

async fn connect(world: &World, options: Options) -> (RingCentralSignIn, Grant) {
    let sign_in = sign_in(world, options);
    let back = consent(&sign_in.authorize_url(&trip()).unwrap()).await;
    assert_eq!(told(&back, "state"), trip().state);
    let code = Secret::new(told(&back, "code"));
    let grant = sign_in.exchange(&trip(), &code).await.unwrap();
    (sign_in, grant)
}

fn public(world: &World) -> Options {
    Options {
        client_id: "pUbL1cSimulatedApp".to_owned(),
        client_secret: None,
        ..world.options()
    }
}

#[tokio::test]
async fn a_browser_trip_ends_with_a_grant_for_apps_with_and_without_a_secret() {
    let world = World::plain().await;
    for options in [world.options(), public(&world)] {
        let (sign_in, grant) = connect(&world, options.clone()).await;
        assert!(grant.refresh.is_some() && grant.refresh_until.is_some());
        assert!(grant.scopes.iter().any(|it| it == "ReadMessages"));
        assert_eq!(grant.owner, world.sim.ringcentral().account_id());
        assert!(grant.access_until > world.clock.now());
        let shelf = Shelf::with(grant.clone());
        let clock = Arc::new(world.clock.clone());
        let source = RingCentral::new(
            options,
            Credential::Kept,
            world.door(),
            shelf.clone(),
            clock,
        );
        let source = source.unwrap();
        assert!(source.viewer().await.unwrap().admin);
        sign_in.revoke(&grant).await.unwrap();
        assert_eq!(
            source.extensions().await.unwrap_err().kind(),
            Kind::Unauthorized
        );
    }
}

#[tokio::test]
async fn the_address_of_the_consent_page_holds_no_secret() {
    let world = World::plain().await;
    let sign_in = sign_in(&world, world.options());
    let address = sign_in.authorize_url(&trip()).unwrap();
    let url = Url::parse(&address).unwrap();
    assert_eq!(
        told(&url, "code_challenge"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert_eq!(told(&url, "code_challenge_method"), "S256");
    assert_eq!(told(&url, "redirect_uri"), trip().redirect_uri);
    assert!(!address.contains(trip().verifier.expose()));
    assert!(!address.contains(&world.sim.ringcentral().client_secret()));
}

#[tokio::test]
async fn a_code_is_good_for_one_try_and_one_browser() {
    let world = World::plain().await;
    let sign_in = sign_in(&world, world.options());
    let back = consent(&sign_in.authorize_url(&trip()).unwrap()).await;
    let code = Secret::new(told(&back, "code"));
    let stranger = Trip {
        verifier: Secret::new("x".repeat(43)),
        ..trip()
    };
    let error = sign_in.exchange(&stranger, &code).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized);
    let error = sign_in.exchange(&trip(), &code).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized);
    assert_eq!(world.asked("token"), 2);
}

#[tokio::test]
async fn a_renewed_pair_is_durable_before_its_first_use() {
    let world = World::plain().await;
    let (_, grant) = connect(&world, world.options()).await;
    let shelf = Shelf::with(grant.clone());
    let source = world.source(Credential::Kept, shelf.clone());
    source.viewer().await.unwrap();
    world.clock.0.advance_ms(3_600_000);
    *shelf.full.lock().unwrap() = true;
    let asked = world.sim.ringcentral().requests().total;
    let error = source.extensions().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Storage);
    assert_eq!(
        world.sim.ringcentral().requests().total,
        asked + 1,
        "the token endpoint alone"
    );
    // The next process finds the old pair; RingCentral repeats the new one.
    *shelf.full.lock().unwrap() = false;
    let later = world.source(Credential::Kept, shelf.clone());
    later.extensions().await.unwrap();
    let kept = shelf.kept();
    assert_eq!(kept.len(), 2);
    assert_ne!(kept[0].refresh, kept[1].refresh);
    assert_eq!(kept[1].owner, grant.owner);
}

#[tokio::test]
async fn a_lost_answer_costs_nothing_but_a_second_try() {
    let world = World::plain().await;
    let (_, grant) = connect(&world, world.options()).await;
    let shelf = Shelf::with(grant);
    let source = world.source(Credential::Kept, shelf.clone());
    world.clock.0.advance_ms(3_600_000);
    for fault in [
        |it: &mut sim::ringcentral::Faults| it.reset = 1.0,
        |it: &mut sim::ringcentral::Faults| it.error_500 = 1.0,
        |it: &mut sim::ringcentral::Faults| it.error_502 = 1.0,
    ] {
        world.sim.ringcentral().change_options(|it| {
            it.faults = sim::ringcentral::Faults::default();
            fault(&mut it.faults);
        });
        source.extensions().await.unwrap();
        world.clock.0.advance_ms(3_600_000);
    }
    assert_eq!(shelf.kept().len(), 4);
}

#[tokio::test]
async fn a_week_without_a_renewal_needs_a_person() {
    let world = World::plain().await;
    let (_, grant) = connect(&world, world.options()).await;
    let shelf = Shelf::with(grant);
    let source = world.source(Credential::Kept, shelf.clone());
    for _ in 0..3 {
        world.clock.0.advance_ms(6 * 86_400_000);
        source.keep_alive().await.unwrap();
    }
    world.clock.0.advance_ms(8 * 86_400_000);
    let error = source.viewer().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized);
    assert!(error.how_to_mend().is_some());
    let asked = world.asked("token");
    assert_eq!(
        source.viewer().await.unwrap_err().kind(),
        Kind::Unauthorized
    );
    assert_eq!(world.asked("token"), asked, "a refusal is not repeated");
}

#[tokio::test]
async fn a_token_that_died_early_is_replaced_once() {
    let world = World::plain().await;
    let source = world.admin();
    source.viewer().await.unwrap();
    world.sim.ringcentral().end_sessions();
    assert_eq!(source.extensions().await.unwrap().len(), 14);
    assert_eq!(world.asked("token"), 2);
    world
        .sim
        .ringcentral()
        .change_options(|it| it.faults.unauthorized = 50.0);
    let error = source.extensions().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::Unauthorized, Some("OAU-129"))
    );
}

#[tokio::test]
async fn many_at_once_sign_in_once() {
    let world = World::plain().await;
    let source = world.admin();
    let all = futures::future::join_all((0..20).map(|_| source.extensions())).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(world.asked("token"), 1);
}

#[tokio::test]
async fn wrong_keys_are_told_apart_from_a_dead_sign_in() {
    let world = World::plain().await;
    let rc = world.sim.ringcentral();
    for jwt in [rc.expired_jwt(), "nonsense".to_owned()] {
        let error = world.with_jwt(jwt).viewer().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthorized, "{error}");
    }
    let options = Options {
        client_secret: Some(Secret::new("wrong")),
        ..world.options()
    };
    let clock = Arc::new(world.clock.clone());
    let jwt = Credential::Jwt(Secret::new(rc.jwt()));
    let source = RingCentral::new(options, jwt, world.door(), Arc::<Shelf>::default(), clock);
    let error = source.unwrap().viewer().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    assert!(
        error.to_string().contains("RINGCENTRAL_CLIENT_SECRET"),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_configuration_is_told_at_once() {
    let world = World::plain().await;
    let clock = || Arc::new(world.clock.clone());
    for (options, word) in [
        (Options::default(), "RINGCENTRAL_CLIENT_ID"),
        (
            Options {
                server_url: "http://platform.ringcentral.com".to_owned(),
                ..world.options()
            },
            "http",
        ),
        (
            Options {
                media_url: "media".to_owned(),
                ..world.options()
            },
            "address",
        ),
    ] {
        let error = RingCentralSignIn::new(options, world.door(), clock())
            .err()
            .unwrap();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.to_string().contains(word), "{error}");
    }
    let shelf: Arc<Shelf> = Arc::default();
    let error = world
        .source(Credential::Kept, shelf)
        .viewer()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized);
    assert_eq!(world.sim.ringcentral().requests().total, 0);
}
