//! Planned trouble, one kind at a time.

use std::collections::HashSet;

use reqwest::header::HeaderMap;
use serde_json::Value;
use sim::ringcentral::{Faults, Kind};

use crate::rig::{DAY, Rig, iso, rig};

const ACCOUNT: &str = "/restapi/v1.0/account/~";

fn log() -> String {
    format!(
        "{ACCOUNT}/call-log?perPage=30&dateFrom={}&dateTo={}",
        iso(-8 * DAY),
        iso(DAY)
    )
}

async fn with(faults: Faults) -> (Rig, String) {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    rig.rc.change_options(|options| options.faults = faults);
    (rig, token)
}

#[tokio::test]
async fn whole_answers_fail_as_often_as_asked() {
    let faults = Faults {
        error_500: 1.0,
        error_502: 1.0,
        error_503: 1.0,
        unauthorized: 1.0,
        ..Faults::default()
    };
    let (rig, token) = with(faults).await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let answer = rig.get(&token, ACCOUNT).await;
        seen.push((
            answer.status,
            answer.code().to_owned(),
            answer.header("retry-after").to_owned(),
        ));
    }
    let expected = [
        (500, "CMN-201", ""),
        (502, "", ""),
        (503, "CMN-201", "1"),
        (401, "OAU-129", ""),
        (200, "", ""),
    ];
    assert_eq!(
        seen,
        expected.map(|(status, code, wait)| (status, code.to_owned(), wait.to_owned()))
    );
    rig.stop().await;
}

#[tokio::test]
async fn connections_are_dropped_and_refusals_bent() {
    let (rig, token) = with(Faults {
        reset: 1.0,
        ..Faults::default()
    })
    .await;
    let url = format!("{}{ACCOUNT}", rig.rc.server_url());
    let dropped = rig
        .http
        .get(&url)
        .header("authorization", format!("Bearer {token}"))
        .send()
        .await;
    assert!(dropped.is_err());
    assert_eq!(rig.get(&token, ACCOUNT).await.status, 200);
    rig.rc.change_options(|options| {
        options.light = 0;
        options.faults = Faults {
            throttle_bare: 1.0,
            throttle_date: 1.0,
            ..Faults::default()
        };
    });
    assert_eq!(rig.get(&token, ACCOUNT).await.header("retry-after"), "");
    let date = rig
        .get(&token, ACCOUNT)
        .await
        .header("retry-after")
        .to_owned();
    assert!(date.ends_with("GMT") && date.contains("2026"), "{date}");
    assert_eq!(rig.get(&token, ACCOUNT).await.header("retry-after"), "60");
    rig.stop().await;
}

#[tokio::test]
async fn lists_come_duplicated_shifted_looped_cut_and_empty() {
    let (rig, token) = with(Faults {
        list_duplicate: 1.0,
        ..Faults::default()
    })
    .await;
    let ids = |body: &Value| -> Vec<String> {
        body["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let set = |ids: &[String]| ids.iter().cloned().collect::<HashSet<_>>();
    let twice = ids(&rig.ok(&token, &log()).await);
    let once = ids(&rig.ok(&token, &log()).await);
    assert_eq!((twice.len(), set(&twice)), (once.len() + 1, set(&once)));

    let change = |faults: Faults| rig.rc.change_options(|options| options.faults = faults);
    let second = format!("{}&page=2", log());
    change(Faults {
        list_shift: 1.0,
        ..Faults::default()
    });
    let shifted = ids(&rig.ok(&token, &second).await);
    let whole = ids(&rig.ok(&token, &second).await);
    assert_eq!(shifted, whole[1..], "one record slipped to the page before");
    change(Faults {
        list_loop: 1.0,
        ..Faults::default()
    });
    let looped = rig.ok(&token, &log()).await;
    assert_eq!(looped["navigation"]["nextPage"]["uri"], looped["uri"]);
    change(Faults {
        list_cut: 1.0,
        ..Faults::default()
    });
    let cut = rig.get(&token, &log()).await;
    assert!(
        cut.status == 200 && cut.body.is_string(),
        "half of a JSON text"
    );
    change(Faults {
        list_empty: 1.0,
        ..Faults::default()
    });
    let empty = rig.ok(&token, &log()).await;
    assert_eq!(
        (
            empty["records"].as_array().unwrap().len(),
            empty["navigation"].get("nextPage")
        ),
        (0, None)
    );
    assert_eq!(ids(&rig.ok(&token, &log()).await), once);
    rig.stop().await;
}

#[tokio::test]
async fn contents_come_cut_wrong_empty_and_disguised() {
    let (rig, token) = with(Faults::default()).await;
    let truth = rig
        .truth(Kind::Recording)
        .into_iter()
        .find(|t| !t.lost && t.content_type == "audio/mpeg")
        .unwrap();
    let url = rig.media_url(&truth);
    let change = |faults: Faults| rig.rc.change_options(|options| options.faults = faults);
    let fetch = async || rig.fetch(&token, &url, HeaderMap::new()).await;
    let whole = fetch().await.bytes().await.unwrap();

    change(Faults {
        cut_length: 1.0,
        ..Faults::default()
    });
    let cut = fetch().await;
    assert_eq!(cut.content_length(), Some(truth.size));
    assert!(cut.bytes().await.is_err(), "fewer bytes than promised");
    change(Faults {
        cut_chunked: 1.0,
        ..Faults::default()
    });
    assert!(fetch().await.bytes().await.is_err(), "no last chunk");
    change(Faults {
        cut_close: 1.0,
        ..Faults::default()
    });
    let closed = fetch().await;
    assert_eq!(closed.content_length(), None);
    let part = closed.bytes().await.unwrap();
    assert!(
        part.len() < whole.len() && whole.starts_with(&part),
        "looks complete and is not"
    );
    change(Faults {
        no_length: 1.0,
        ..Faults::default()
    });
    let unsized_answer = fetch().await;
    assert_eq!(unsized_answer.content_length(), None);
    assert_eq!(unsized_answer.bytes().await.unwrap(), whole);
    change(Faults {
        html: 1.0,
        ..Faults::default()
    });
    assert_eq!(fetch().await.headers()["content-type"], "text/html");
    change(Faults {
        wrong_type: 1.0,
        ..Faults::default()
    });
    assert_eq!(fetch().await.headers()["content-type"], "audio/x-wav");
    change(Faults {
        empty: 1.0,
        ..Faults::default()
    });
    let empty = fetch().await;
    assert_eq!(
        (empty.status().as_u16(), empty.content_length()),
        (200, Some(0))
    );
    change(Faults {
        slow: 1.0,
        slow_ms: 1,
        ..Faults::default()
    });
    assert_eq!(
        fetch().await.bytes().await.unwrap(),
        whole,
        "slow, but whole"
    );
    rig.stop().await;
}

#[tokio::test]
async fn a_share_strikes_each_resource_once() {
    let (rig, token) = with(Faults {
        error_500: 0.5,
        ..Faults::default()
    })
    .await;
    let recordings = rig.truth(Kind::Recording);
    let mut struck = 0;
    for truth in recordings.iter().filter(|t| !t.lost).take(60) {
        let path = format!("{ACCOUNT}/recording/{}", truth.provider_id);
        let first = rig.get(&token, &path).await.status;
        struck += usize::from(first == 500);
        assert_ne!(
            rig.get(&token, &path).await.status,
            500,
            "the second time it works"
        );
    }
    assert!((15..45).contains(&struck), "{struck}");
    rig.stop().await;
}

#[tokio::test]
async fn a_lost_token_answer_has_rotated_all_the_same() {
    let (rig, _) = with(Faults::default()).await;
    let jwt = rig.rc.jwt();
    let bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let first = rig
        .grant(&[("grant_type", bearer), ("assertion", &jwt)])
        .await;
    let refresh = first.body["refresh_token"].as_str().unwrap();
    rig.rc
        .change_options(|options| options.faults.token_lost = 1.0);
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let url = format!("{}/restapi/oauth/token", rig.rc.server_url());
    let request = rig
        .http
        .post(url)
        .basic_auth(rig.rc.client_id(), Some(rig.rc.client_secret()));
    assert!(crate::rig::form_body(request, &form).send().await.is_err());
    let old = first.body["access_token"].as_str().unwrap();
    assert_eq!(
        rig.get(old, ACCOUNT).await.code(),
        "OAU-129",
        "rotated, although nobody was told"
    );
    let again = rig.grant(&form).await;
    assert_eq!(
        rig.get(again.body["access_token"].as_str().unwrap(), ACCOUNT)
            .await
            .status,
        200
    );
    rig.stop().await;
}
