//! Contents: types, names, ranges, readiness.

use reqwest::header::HeaderMap;
use sha2::{Digest, Sha256};
use sim::ringcentral::Kind;

use crate::rig::{ANCHOR, Rig, answer, rig};

async fn ranged(rig: &Rig, token: &str, url: &str, range: &str) -> reqwest::Response {
    let mut headers = HeaderMap::new();
    headers.insert("range", range.parse().unwrap());
    rig.fetch(token, url, headers).await
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

#[tokio::test]
async fn everything_ready_can_be_read_and_is_what_the_ledger_says() {
    let rig = rig(|s| s.company.days = 2).await;
    let token = rig.token("101").await;
    rig.clock.advance_ms(rig.rc.settled_at_ms() - ANCHOR);
    let token_later = rig.token("101").await;
    drop(token);
    let mut kinds = std::collections::HashMap::<Kind, u32>::new();
    for truth in rig.rc.truth().into_iter().filter(|t| !t.gone && !t.lost) {
        let seen = kinds.entry(truth.kind).or_default();
        *seen += 1;
        if *seen > 12 {
            continue;
        }
        let response = rig
            .fetch(&token_later, &rig.media_url(&truth), HeaderMap::new())
            .await;
        assert_eq!(response.status(), 200, "{truth:?}");
        assert_eq!(response.headers()["content-type"], truth.content_type);
        assert_eq!(response.content_length(), Some(truth.size));
        let name = response.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            name.starts_with("attachment;filename=") && name.contains('.'),
            "{name}"
        );
        let body = response.bytes().await.unwrap();
        assert_eq!(rig.rc.sha256(&truth), Some(hex(&body)), "{truth:?}");
    }
    assert_eq!(kinds.len(), 8, "all kinds: {kinds:?}");
    rig.stop().await;
}

#[tokio::test]
async fn unready_then_ready_and_lost_for_ever() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let truth = rig.truth(Kind::Recording);
    let unready: Vec<_> = truth
        .iter()
        .filter(|t| t.visible_at_ms <= ANCHOR && t.ready_at_ms.is_some_and(|at| at > ANCHOR))
        .collect();
    let lost: Vec<_> = truth.iter().filter(|t| t.lost).collect();
    assert!(unready.len() >= 4 && lost.len() == 3);
    assert!(lost.iter().all(|t| t.time_ms < ANCHOR - 86_400_000));
    let metadata = |id: &str| format!("/restapi/v1.0/account/~/recording/{id}");
    let early = answer(
        rig.fetch(&token, &rig.media_url(unready[0]), HeaderMap::new())
            .await,
    )
    .await;
    assert_eq!((early.status, early.code()), (404, "CMN-102"));
    assert_eq!(early.body["parameterName"], "callRecordingId");
    assert_eq!(
        rig.get(&token, &metadata(&unready[0].provider_id))
            .await
            .status,
        200,
        "but it is known"
    );
    rig.clock.advance_ms(rig.rc.settled_at_ms() - ANCHOR);
    assert_eq!(
        rig.fetch(&token, &rig.media_url(unready[0]), HeaderMap::new())
            .await
            .status(),
        200
    );
    for truth in lost {
        assert_eq!(
            rig.fetch(&token, &rig.media_url(truth), HeaderMap::new())
                .await
                .status(),
            404
        );
        assert_eq!(
            rig.get(&token, &metadata(&truth.provider_id)).await.code(),
            "CMN-102"
        );
    }
    rig.stop().await;
}

#[tokio::test]
async fn ranges_tokens_in_the_query_and_names() {
    let rig = rig(|_| {}).await;
    let (admin, user) = (rig.token("101").await, rig.token("102").await);
    let truth = rig
        .truth(Kind::Recording)
        .into_iter()
        .find(|t| !t.lost && t.extension_id == rig.rc.account_id())
        .unwrap();
    let url = rig.media_url(&truth);
    let whole = rig
        .fetch(&admin, &url, HeaderMap::new())
        .await
        .bytes()
        .await
        .unwrap();
    let part = ranged(&rig, &admin, &url, "bytes=1000-1999").await;
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()["content-range"],
        format!("bytes 1000-1999/{}", truth.size).as_str()
    );
    assert_eq!(part.bytes().await.unwrap(), whole[1_000..2_000]);
    let bad = answer(ranged(&rig, &admin, &url, &format!("bytes={}-", truth.size)).await).await;
    assert_eq!((bad.status, bad.code()), (416, "CMN-107"));
    rig.rc.change_options(|options| options.ranges = false);
    assert_eq!(
        ranged(&rig, &admin, &url, "bytes=5-9").await.status(),
        200,
        "as if never asked"
    );

    let by_query = rig
        .http
        .get(format!(
            "{url}?access_token={admin}&contentDisposition=Inline"
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(by_query.status(), 200);
    let name = format!("inline;filename={}.", truth.provider_id);
    assert!(
        by_query.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with(&name)
    );
    let refused = answer(rig.fetch(&user, &url, HeaderMap::new()).await).await;
    assert_eq!(refused.status, 403, "not the user's call");
    rig.rc
        .change_options(|options| options.content_length = false);
    let chunked = rig.fetch(&admin, &url, HeaderMap::new()).await;
    assert_eq!(chunked.content_length(), None);
    assert_eq!(chunked.bytes().await.unwrap(), whole);
    rig.stop().await;
}

#[tokio::test]
async fn a_huge_recording_streams() {
    let rig = rig(|s| s.company.big_recording_bytes = Some(2 << 30)).await;
    let token = rig.token("101").await;
    let big = rig
        .truth(Kind::Recording)
        .into_iter()
        .find(|t| t.size == 2 << 30)
        .unwrap();
    let mut response = rig
        .fetch(&token, &rig.media_url(&big), HeaderMap::new())
        .await;
    assert_eq!(response.content_length(), Some(2 << 30));
    let start = response.chunk().await.unwrap().unwrap();
    assert_eq!((&start[..4], &start[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
    drop(response);
    let tail = ranged(&rig, &token, &rig.media_url(&big), "bytes=-4096").await;
    assert_eq!(tail.bytes().await.unwrap().len(), 4_096);
    rig.stop().await;
}
