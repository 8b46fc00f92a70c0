//! Rate limits over the wire.

use crate::rig::rig;

const ACCOUNT: &str = "/restapi/v1.0/account/~";
const QUEUES: &str = "/restapi/v1.0/account/~/call-queues";

#[tokio::test]
async fn early_requests_are_counted_and_start_the_penalty_anew() {
    let rig = rig(|s| s.ringcentral.light = 3).await;
    let (admin, user) = (rig.token("101").await, rig.token("102").await);
    for remaining in ["2", "1", "0"] {
        let answer = rig.get(&admin, ACCOUNT).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-rate-limit-group"), "light");
        assert_eq!(answer.header("x-rate-limit-limit"), "3");
        assert_eq!(answer.header("x-rate-limit-remaining"), remaining);
        assert_eq!(answer.header("x-rate-limit-window"), "60");
    }
    let refused = rig.get(&admin, ACCOUNT).await;
    assert_eq!(
        (
            refused.status,
            refused.code(),
            refused.header("retry-after")
        ),
        (429, "CMN-301", "60")
    );
    assert_eq!(
        rig.rc.requests().early_hits,
        0,
        "the first refusal is no offence"
    );
    assert_eq!(
        rig.get(&user, ACCOUNT).await.status,
        200,
        "others are not concerned"
    );
    assert_eq!(
        rig.get(&admin, QUEUES).await.status,
        200,
        "nor are other groups"
    );
    rig.clock.advance_ms(50_000);
    assert_eq!(rig.get(&admin, ACCOUNT).await.status, 429);
    rig.clock.advance_ms(50_000);
    assert_eq!(
        rig.get(&admin, ACCOUNT).await.status,
        429,
        "the early request started the penalty anew"
    );
    assert_eq!(rig.rc.requests().early_hits, 2);
    rig.clock.advance_ms(60_001);
    assert_eq!(rig.get(&admin, ACCOUNT).await.status, 200);
    rig.stop().await;
}

#[tokio::test]
async fn scaled_windows_and_the_global_limit() {
    let scaled = rig(|s| {
        let rc = &mut s.ringcentral;
        (rc.medium, rc.window_ms, rc.penalty_ms) = (1, 500, 500);
    })
    .await;
    let token = scaled.token("101").await;
    assert_eq!(
        scaled
            .get(&token, QUEUES)
            .await
            .header("x-rate-limit-window"),
        "0.5"
    );
    assert_eq!(
        scaled.get(&token, QUEUES).await.header("retry-after"),
        "0.5"
    );
    scaled.clock.advance_ms(501);
    assert_eq!(scaled.get(&token, QUEUES).await.status, 200);
    scaled.stop().await;

    let global = rig(|s| s.ringcentral.global_per_second = Some(3)).await;
    let token = global.token("101").await;
    let mut last = global.get(&token, ACCOUNT).await;
    for _ in 0..3 {
        last = global.get(&token, ACCOUNT).await;
    }
    assert_eq!(
        (last.status, last.code(), last.header("retry-after")),
        (429, "CMN-310", "30")
    );
    assert_eq!(
        last.header("x-rate-limit-group"),
        "",
        "another limiter, without these headers"
    );
    global.stop().await;
}

#[tokio::test]
async fn the_token_endpoint_has_its_own_limit_and_the_log_counts() {
    let rig = rig(|s| s.ringcentral.auth = 2).await;
    rig.token("101").await;
    rig.token("101").await;
    let jwt = rig.rc.jwt();
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", jwt.as_str()),
    ];
    assert_eq!(rig.grant(&form).await.status, 429);
    let url = format!("{}/__sim/requests", rig.rc.server_url());
    let log = crate::rig::answer(rig.http.get(url).send().await.unwrap())
        .await
        .body;
    let counted = log["counters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["status"] == 200)
        .unwrap();
    assert_eq!(
        (counted["path"].as_str(), counted["count"].as_u64()),
        (Some("/restapi/oauth/token"), Some(2))
    );
    assert_eq!(counted["group"], "Auth");
    let reset = format!("{}/__sim/reset-requests", rig.rc.server_url());
    assert_eq!(rig.http.post(reset).send().await.unwrap().status(), 204);
    assert_eq!(rig.rc.requests().total, 0);
    rig.stop().await;
}
