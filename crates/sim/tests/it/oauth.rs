//! Sign-in: consent, grants, rotation, eviction, revocation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest as _;

use crate::rig::{Rig, answer, form_body, rig};

const PROFILE: &str = "/restapi/v1.0/account/~/extension/~/authz-profile";
const JWT_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

async fn works(rig: &Rig, token: &str) -> bool {
    rig.get(token, PROFILE).await.status == 200
}

async fn code_of(rig: &Rig, parameters: &str) -> (u16, String) {
    let url = format!(
        "{}/restapi/oauth/authorize?{parameters}",
        rig.rc.server_url()
    );
    let response = rig.http.get(url).send().await.unwrap();
    let location = response
        .headers()
        .get("location")
        .map_or("", |l| l.to_str().unwrap())
        .to_owned();
    (response.status().as_u16(), location)
}

fn parameter(location: &str, name: &str) -> String {
    let url = url::Url::parse(location).unwrap();
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[tokio::test]
async fn the_page_asks_and_a_click_gives_a_code_once() {
    let rig =
        rig(|s| s.ringcentral.redirect_uris = vec!["http://127.0.0.1:1/back".to_owned()]).await;
    let verifier = "a-verifier-of-some-length-0123456789-abcdefghij";
    let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier));
    let public = "pUbL1cSimulatedApp";
    let form = [
        ("response_type", "code"),
        ("client_id", public),
        ("redirect_uri", "http://127.0.0.1:1/back"),
        ("state", "s/t&ä"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let url = format!("{}/restapi/oauth/authorize", rig.rc.server_url());
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let page = rig
        .http
        .get(format!("{url}?{query}"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("Authorize") && page.contains("s/t&amp;ä"),
        "{page}"
    );

    let click = [&form[..], &[("user", "102"), ("decision", "allow")]].concat();
    let response = form_body(rig.http.post(&url), &click).send().await.unwrap();
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(
        (
            response.status().as_u16(),
            parameter(&location, "state").as_str()
        ),
        (302, "s/t&ä")
    );
    let code = parameter(&location, "code");

    let redeem = |verifier: &'static str| {
        let body = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", "http://127.0.0.1:1/back"),
            ("client_id", public),
            ("code_verifier", verifier),
        ];
        let token_url = format!("{}/restapi/oauth/token", rig.rc.server_url());
        form_body(rig.http.post(token_url), &body)
    };
    let good = answer(redeem(verifier).send().await.unwrap()).await;
    assert_eq!(good.status, 200, "{}", good.body);
    assert!(
        good.body["scope"]
            .as_str()
            .unwrap()
            .contains("ReadCallRecording")
    );
    assert!(works(&rig, good.body["access_token"].as_str().unwrap()).await);
    let again = answer(redeem(verifier).send().await.unwrap()).await;
    assert_eq!(
        (again.status, again.body["error"].as_str()),
        (400, Some("invalid_grant")),
        "a code works once"
    );

    let denied = [&form[..], &[("decision", "deny")]].concat();
    let response = form_body(rig.http.post(&url), &denied)
        .send()
        .await
        .unwrap();
    assert_eq!(
        parameter(response.headers()["location"].to_str().unwrap(), "error"),
        "access_denied"
    );
    rig.stop().await;
}

#[tokio::test]
async fn consent_is_refused_where_it_must_be() {
    let rig = rig(|s| {
        s.ringcentral.auto_consent = true;
        s.ringcentral.redirect_uris = vec!["http://127.0.0.1:1/back".to_owned()];
    })
    .await;
    let id = rig.rc.client_id();
    let base = format!("client_id={id}&response_type=code");
    let (status, _) = code_of(
        &rig,
        &format!("{base}&redirect_uri=http://127.0.0.1:1/back/"),
    )
    .await;
    assert_eq!(
        status, 400,
        "the redirect address matches exactly or not at all"
    );
    let (status, _) = code_of(
        &rig,
        "client_id=other&response_type=code&redirect_uri=http://127.0.0.1:1/back",
    )
    .await;
    assert_eq!(status, 400);
    let (_, location) = code_of(
        &rig,
        &format!("client_id={id}&response_type=token&state=x&redirect_uri=http://127.0.0.1:1/back"),
    )
    .await;
    assert_eq!(parameter(&location, "error"), "unsupported_response_type");

    let redeem = |code: String, uri: &'static str, verifier: &'static str| {
        let rig = &rig;
        async move {
            let form = [
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", uri),
                ("code_verifier", verifier),
            ];
            rig.grant(&form).await
        }
    };
    let back = "http://127.0.0.1:1/back";
    let authorize = format!("{base}&redirect_uri={back}&code_challenge=plain-words&login_hint=103");
    let (_, location) = code_of(&rig, &authorize).await;
    let code = parameter(&location, "code");
    assert_eq!(
        redeem(code, back, "other words").await.status,
        400,
        "PKCE holds"
    );
    let (_, location) = code_of(&rig, &authorize).await;
    assert_eq!(
        redeem(
            parameter(&location, "code"),
            "http://127.0.0.1:1/",
            "plain-words"
        )
        .await
        .code(),
        "OAU-109"
    );
    let (_, location) = code_of(&rig, &authorize).await;
    rig.clock.advance_ms(60_001);
    assert_eq!(
        redeem(parameter(&location, "code"), back, "plain-words")
            .await
            .status,
        400,
        "a code lives 60 s"
    );
    let (_, location) = code_of(&rig, &authorize).await;
    let good = redeem(parameter(&location, "code"), back, "plain-words").await;
    let me = rig
        .ok(
            good.body["access_token"].as_str().unwrap(),
            "/restapi/v1.0/account/~/extension/~",
        )
        .await;
    assert_eq!(me["extensionNumber"], "103", "login_hint chose the user");
    rig.stop().await;
}

#[tokio::test]
async fn jwt_grants_are_judged() {
    let rig = rig(|_| {}).await;
    let jwt = rig.rc.jwt();
    assert_eq!(jwt.split('.').count(), 3);
    let good = rig
        .grant(&[
            ("grant_type", JWT_GRANT),
            ("assertion", &jwt),
            ("access_token_ttl", "60"),
        ])
        .await;
    assert_eq!(good.body["expires_in"], 600, "lives are clamped");
    assert_eq!(
        good.body["owner_id"].as_str(),
        Some(rig.rc.account_id().as_str()),
        "the main extension is the account"
    );
    let expired = rig
        .grant(&[
            ("grant_type", JWT_GRANT),
            ("assertion", &rig.rc.expired_jwt()),
        ])
        .await;
    assert_eq!(
        (
            expired.status,
            expired.body["error"].as_str(),
            expired.code()
        ),
        (400, Some("invalid_grant"), "OAU-146")
    );
    let forged = rig
        .grant(&[
            ("grant_type", JWT_GRANT),
            ("assertion", &jwt.replace('A', "B")),
        ])
        .await;
    assert_eq!(forged.status, 400);
    let other = rig
        .grant(&[("grant_type", "password"), ("username", "x")])
        .await;
    assert_eq!(other.body["error"], "unsupported_grant_type");
    let url = format!("{}/restapi/oauth/token", rig.rc.server_url());
    let wrong = rig
        .http
        .post(url)
        .basic_auth(rig.rc.client_id(), Some("wrong"));
    let wrong = answer(
        form_body(wrong, &[("grant_type", JWT_GRANT)])
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (wrong.status, wrong.body["error"].as_str()),
        (400, Some("invalid_client"))
    );
    rig.stop().await;
}

async fn refresh(rig: &Rig, token: &str) -> (u16, String, String) {
    let answer = rig
        .grant(&[("grant_type", "refresh_token"), ("refresh_token", token)])
        .await;
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("access_token"), text("refresh_token"))
}

async fn login(rig: &Rig) -> (String, String) {
    let answer = rig
        .grant(&[("grant_type", JWT_GRANT), ("assertion", &rig.rc.jwt())])
        .await;
    let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

#[tokio::test]
async fn rotation_kills_the_old_pair_in_its_time() {
    let rig = rig(|_| {}).await;
    let (access, first) = login(&rig).await;
    assert!(works(&rig, &access).await);
    let (status, new_access, second) = refresh(&rig, &first).await;
    assert_eq!(status, 200);
    assert_eq!(
        rig.get(&access, PROFILE).await.code(),
        "OAU-129",
        "the old access token is corrupted at first"
    );
    rig.clock.advance_ms(11_000);
    assert_eq!(
        rig.get(&access, PROFILE).await.code(),
        "OAU-213",
        "and then not found"
    );
    let repeated = refresh(&rig, &first).await;
    assert_eq!(
        (repeated.1.as_str(), repeated.2.as_str()),
        (new_access.as_str(), second.as_str()),
        "the new pair was not used yet"
    );
    assert!(works(&rig, &new_access).await);
    rig.clock.advance_ms(9_000);
    assert_eq!(
        refresh(&rig, &first).await.1,
        new_access,
        "ten seconds of grace"
    );
    rig.clock.advance_ms(2_000);
    assert_eq!(refresh(&rig, &first).await.0, 400, "then it is dead");
    assert_eq!(refresh(&rig, &second).await.0, 200);
    rig.stop().await;
}

#[tokio::test]
async fn a_lost_answer_can_be_had_again_for_an_hour() {
    let rig = rig(|_| {}).await;
    let (_, first) = login(&rig).await;
    let lost = refresh(&rig, &first).await;
    rig.clock.advance_ms(59 * 60_000);
    assert_eq!(refresh(&rig, &first).await.1, lost.1);
    rig.clock.advance_ms(2 * 60_000);
    assert_eq!(refresh(&rig, &first).await.0, 400);
    let week = refresh(&rig, &lost.2).await;
    assert_eq!(week.0, 200);
    rig.clock.advance_ms(7 * 86_400_000);
    assert_eq!(refresh(&rig, &week.2).await.0, 400, "a week unused");
    rig.stop().await;
}

#[tokio::test]
async fn sessions_end_by_eviction_expiry_and_revocation() {
    let rig = rig(|_| {}).await;
    let (oldest, oldest_refresh) = login(&rig).await;
    for _ in 0..4 {
        login(&rig).await;
    }
    assert!(works(&rig, &oldest).await, "five sessions may live");
    let (newest, newest_refresh) = login(&rig).await;
    assert!(!works(&rig, &oldest).await, "the sixth evicted the oldest");
    assert_eq!(refresh(&rig, &oldest_refresh).await.0, 400);
    rig.clock.advance_ms(3_600_000);
    assert_eq!(rig.get(&newest, PROFILE).await.code(), "OAU-128");
    let (_, access, refresh_token) = refresh(&rig, &newest_refresh).await;
    let url = format!(
        "{}/restapi/oauth/revoke?token={access}",
        rig.rc.server_url()
    );
    let revoke = rig
        .http
        .post(url)
        .basic_auth(rig.rc.client_id(), Some(rig.rc.client_secret()));
    assert_eq!(revoke.send().await.unwrap().status(), 200);
    assert!(!works(&rig, &access).await);
    assert_eq!(
        refresh(&rig, &refresh_token).await.0,
        400,
        "the whole session is gone"
    );
    rig.stop().await;
}
