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

const BACK: &str = "http://127.0.0.1:1/back";
const PUBLIC: &str = "pUbL1cSimulatedApp";
const VERIFIER: &str = "a-verifier-of-some-length-0123456789-abcdefghij";

/// A simulation that knows one redirect address.
async fn registered(auto_consent: bool) -> Rig {
    rig(|s| {
        s.ringcentral.auto_consent = auto_consent;
        s.ringcentral.redirect_uris = vec![BACK.to_owned()];
    })
    .await
}

/// What the public application sends the user's browser with.
fn consent_form() -> Vec<(&'static str, String)> {
    let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(VERIFIER));
    let form = [
        ("response_type", "code"),
        ("client_id", PUBLIC),
        ("redirect_uri", BACK),
        ("state", "s/t&ä"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    form.map(|(name, value)| (name, value.to_owned())).to_vec()
}

/// The user's click on the consent page; where it leads.
async fn click(rig: &Rig, decision: &str) -> String {
    let url = format!("{}/restapi/oauth/authorize", rig.rc.server_url());
    let mut form = consent_form();
    form.extend([
        ("user", "102".to_owned()),
        ("decision", decision.to_owned()),
    ]);
    let form: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let response = form_body(rig.http.post(&url), &form).send().await.unwrap();
    assert_eq!(response.status(), 302);
    response.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_page_asks_and_a_click_gives_a_code_once() {
    let rig = registered(false).await;
    let url = format!("{}/restapi/oauth/authorize", rig.rc.server_url());
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(consent_form()).finish();
    let page = rig.http.get(format!("{url}?{query}")).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains("Authorize") && page.contains("s/t&amp;ä"),
        "{page}"
    );

    let location = click(&rig, "allow").await;
    assert_eq!(parameter(&location, "state"), "s/t&ä");
    assert_eq!(parameter(&location, "expires_in"), "60");
    let code = parameter(&location, "code");
    let redeem = async || {
        let body = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", BACK),
            ("client_id", PUBLIC),
            ("code_verifier", VERIFIER),
        ];
        let url = format!("{}/restapi/oauth/token", rig.rc.server_url());
        answer(form_body(rig.http.post(url), &body).send().await.unwrap()).await
    };
    let good = redeem().await;
    assert_eq!(good.status, 200, "{}", good.body);
    assert!(
        good.body["scope"]
            .as_str()
            .unwrap()
            .contains("ReadCallRecording")
    );
    assert!(works(&rig, good.body["access_token"].as_str().unwrap()).await);
    let again = redeem().await;
    assert_eq!(
        (again.status, again.body["error"].as_str()),
        (400, Some("invalid_grant"))
    );
    assert_eq!(
        parameter(&click(&rig, "deny").await, "error"),
        "access_denied"
    );
    rig.stop().await;
}

#[tokio::test]
async fn consent_is_refused_where_it_must_be() {
    let rig = registered(true).await;
    let id = rig.rc.client_id();
    let not_exactly = format!("client_id={id}&response_type=code&redirect_uri={BACK}/");
    assert_eq!(code_of(&rig, &not_exactly).await.0, 400);
    let unknown = format!("client_id=other&response_type=code&redirect_uri={BACK}");
    assert_eq!(code_of(&rig, &unknown).await.0, 400);
    let implicit = format!("client_id={id}&response_type=token&state=x&redirect_uri={BACK}");
    let (_, location) = code_of(&rig, &implicit).await;
    assert_eq!(parameter(&location, "error"), "unsupported_response_type");
    assert_eq!(parameter(&location, "state"), "x");
    rig.stop().await;
}

#[tokio::test]
async fn codes_are_bound_to_verifier_address_and_time() {
    let rig = registered(true).await;
    let id = rig.rc.client_id();
    let authorize = format!(
        "client_id={id}&response_type=code&redirect_uri={BACK}&code_challenge=plain-words&login_hint=103"
    );
    let code = async || parameter(&code_of(&rig, &authorize).await.1, "code");
    let redeem = async |code: String, uri: &str, verifier: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", uri),
            ("code_verifier", verifier),
        ];
        rig.grant(&form).await
    };
    assert_eq!(
        redeem(code().await, BACK, "other words").await.status,
        400,
        "PKCE holds"
    );
    let elsewhere = redeem(code().await, "http://127.0.0.1:1/", "plain-words").await;
    assert_eq!(elsewhere.code(), "OAU-109");
    let old = code().await;
    rig.clock.advance_ms(60_001);
    assert_eq!(
        redeem(old, BACK, "plain-words").await.status,
        400,
        "a code lives 60 s"
    );
    let good = redeem(code().await, BACK, "plain-words").await;
    let token = good.body["access_token"].as_str().unwrap();
    let me = rig.ok(token, "/restapi/v1.0/account/~/extension/~").await;
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
