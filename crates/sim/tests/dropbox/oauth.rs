//! Consent, exchange, refresh, in every spelling that clients use.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::rig::{self, Answer, Rig, read, text};

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0";
const REDIRECT: &str = "http://localhost:1234/back";

/// Opens the consent page with PKCE and `more` parameters.
async fn authorize(rig: &Rig, more: &[(&str, &str)], allow: bool) -> Answer {
    let mut page = url::Url::parse(&format!("{}/oauth2/authorize", rig.url)).unwrap();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    page.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", "simulatedappkey"),
        ("token_access_type", "offline"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    page.query_pairs_mut().extend_pairs(more);
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    if !allow {
        return read(client.get(page)).await.unwrap();
    }
    page.query_pairs_mut().append_pair("decision", "allow");
    read(client.post(page)).await.unwrap()
}

fn code_in(answer: &Answer) -> String {
    let back = url::Url::parse(answer.header("location")).unwrap();
    assert!(back.as_str().starts_with(REDIRECT));
    let code = back.query_pairs().find(|(name, _)| name == "code");
    code.unwrap().1.into_owned()
}

async fn exchange(rig: &Rig, code: &str, verifier: &str, redirect: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", "simulatedappkey"),
        ("code_verifier", verifier),
        // The Rust SDK sends it twice.
        ("code_verifier", verifier),
        ("redirect_uri", redirect),
    ];
    rig.form("/oauth2/token", &form).await
}

#[tokio::test]
async fn consent_leads_to_a_refresh_token_without_a_secret() {
    let rig = rig::default().await;
    let asked = [
        ("redirect_uri", REDIRECT),
        ("state", "a&b"),
        ("scope", "files.metadata.read"),
    ];
    let page = authorize(&rig, &asked, false).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<form") && page.text().contains("files.metadata.read"));
    let back = authorize(&rig, &asked, true).await;
    assert_eq!(back.status, 302);
    assert!(back.header("location").ends_with("&state=a%26b"));
    let granted = exchange(&rig, &code_in(&back), VERIFIER, REDIRECT)
        .await
        .ok();
    assert_eq!(granted["token_type"], "bearer");
    assert_eq!(granted["expires_in"], 14_400);
    assert_eq!(granted["scope"], "files.metadata.read");
    assert_eq!(granted["account_id"], rig.dropbox.account_id().as_str());
    assert!(text(&granted["access_token"]).starts_with("sl."));

    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &text(&granted["refresh_token"])),
        ("client_id", "simulatedappkey"),
    ];
    let fresh = rig.form("/1/oauth2/token", &refresh).await.ok();
    assert!(
        fresh.get("refresh_token").is_none(),
        "refresh tokens do not rotate"
    );
    let rig = rig.with_token(text(&fresh["access_token"]));
    rig.rpc("files/list_folder", json!({ "path": "" }))
        .await
        .ok();
    assert_eq!(rig.rpc("check/user", json!({})).await.status, 401);
}

#[tokio::test]
async fn codes_are_good_once_for_who_asked() {
    let rig = rig::with(|options| options.auto_consent = true).await;
    let code = async || {
        let back = authorize(&rig, &[("redirect_uri", REDIRECT)], false).await;
        code_in(&back)
    };
    let error = |answer: &Answer| {
        assert_eq!(answer.status, 400, "{}", answer.text());
        (
            text(&answer.json()["error"]),
            text(&answer.json()["error_description"]),
        )
    };
    let wrong = exchange(&rig, &code().await, &VERIFIER.replace('a', "b"), REDIRECT).await;
    assert_eq!(error(&wrong).1, "invalid code verifier");
    let wrong = exchange(&rig, &code().await, VERIFIER, "http://localhost:1234/other").await;
    assert_eq!(
        error(&wrong),
        ("invalid_grant".into(), "redirect_uri mismatch".into())
    );
    let once = code().await;
    exchange(&rig, &once, VERIFIER, REDIRECT).await.ok();
    let twice = exchange(&rig, &once, VERIFIER, REDIRECT).await;
    assert_eq!(error(&twice).1, "code doesn't exist or has expired");
    let late = code().await;
    rig.clock.advance_ms(600_000);
    let late = exchange(&rig, &late, VERIFIER, REDIRECT).await;
    assert_eq!(error(&late).0, "invalid_grant");
}

#[tokio::test]
async fn a_code_can_be_shown_for_pasting() {
    let rig = rig::default().await;
    let page = authorize(&rig, &[], true).await.text();
    let code = page
        .split("value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", "simulatedappkey"),
        ("code_verifier", VERIFIER),
    ];
    assert!(rig.form("/oauth2/token", &form).await.ok()["refresh_token"].is_string());
}

#[tokio::test]
async fn bad_requests_for_consent_end_on_an_error_page() {
    let rig = rig::with(|options| options.redirect_uris = vec![REDIRECT.to_owned()]).await;
    for wrong in [
        [("redirect_uri", "http://localhost:1234/back/")],
        [("client_id", "another")],
        [("scope", "files.content.read team_data.member")],
        [("state", "x".repeat(501).leak())],
    ] {
        // Of a parameter that comes twice the last counts here.
        let page = authorize(&rig, &wrong, false).await;
        assert_eq!(page.status, 400, "{wrong:?}");
        assert!(page.header("location").is_empty());
    }
    let denied = [("redirect_uri", REDIRECT), ("decision", "deny")];
    let mut url = url::Url::parse(&format!("{}/oauth2/authorize", rig.url)).unwrap();
    url.query_pairs_mut()
        .extend_pairs([("response_type", "code"), ("client_id", "simulatedappkey")])
        .extend_pairs(denied);
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let back = read(client.post(url)).await.unwrap();
    assert!(back.header("location").contains("error=access_denied"));
}

#[tokio::test]
async fn refreshing_is_spelled_in_four_ways() {
    let rig = rig::default().await;
    let (key, secret) = (rig.dropbox.app_key(), rig.dropbox.app_secret());
    let token = rig.dropbox.refresh_token();
    let grant = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str()),
    ];

    let own = [
        ("client_id", key.as_str()),
        ("client_secret", secret.as_str()),
    ];
    rig.form("/oauth2/token", &[grant, own].concat()).await.ok();
    let twice = [grant.as_slice(), &own, &own].concat();
    rig.form("/oauth2/token", &twice).await.ok();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(grant)
        .finish();
    let basic = rig
        .client
        .post(format!("{}/1/oauth2/token", rig.url))
        .basic_auth(&key, Some(&secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.clone());
    read(basic).await.unwrap().ok();
    let query = rig
        .client
        .post(format!("{}/oauth2/token?{form}&client_id={key}", rig.url))
        .header("content-type", "application/json");
    read(query).await.unwrap().ok();

    let wrong = [("client_id", key.as_str()), ("client_secret", "wrong")];
    let wrong = rig.form("/oauth2/token", &[grant, wrong].concat()).await;
    assert_eq!(
        (wrong.status, &wrong.json()["error"]),
        (400, &json!("invalid_client"))
    );
}

#[tokio::test]
async fn tokens_outlive_a_restart_and_end_when_the_user_disconnects() {
    let rig = rig::default().await;
    let restarted = rig::default().await;
    let restarted = restarted.with_token(rig.token.clone());
    restarted.rpc("check/user", json!({})).await.ok();

    rig.dropbox.revoke_all();
    assert_eq!(rig.rpc("check/user", json!({})).await.status, 401);
    let back = authorize(&rig, &[("redirect_uri", REDIRECT)], true).await;
    let granted = exchange(&rig, &code_in(&back), VERIFIER, REDIRECT)
        .await
        .ok();
    let rig = rig.with_token(text(&granted["access_token"]));
    rig.rpc("check/user", json!({})).await.ok();
}
