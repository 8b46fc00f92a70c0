//! The company itself: the same from the same seed, big at once, odd on
//! demand, and shown by the control endpoints.

use std::collections::HashSet;

use serde_json::Value;
use sim::Scenario;
use sim::clock::Clock;
use sim::ringcentral::{Kind, RingCentral};

use crate::rig::{ANCHOR, DAY, answer, iso, rig};

fn company(change: impl FnOnce(&mut Scenario)) -> RingCentral {
    let mut scenario = Scenario::default();
    change(&mut scenario);
    RingCentral::new(
        &scenario,
        ANCHOR,
        Clock::default(),
        "http://127.0.0.1:1",
        "http://127.0.0.1:2",
    )
}

#[test]
fn the_demo_company_has_two_thousand_items_of_all_types() {
    let truth = company(|_| {}).truth();
    let of = |kinds: &[Kind]| truth.iter().filter(|t| kinds.contains(&t.kind)).count();
    assert!(of(&[Kind::Recording]) >= 600);
    assert!(of(&[Kind::Voicemail]) >= 300);
    assert!(of(&[Kind::Sms, Kind::Pager]) >= 700);
    assert!(of(&[Kind::Fax]) >= 180);
    assert!(truth.len() >= 2_000);
    let mut sizes: Vec<u64> = truth
        .iter()
        .filter(|t| t.kind == Kind::Recording)
        .map(|t| t.size)
        .collect();
    sizes.sort_unstable();
    assert!(
        (50_000..100_000).contains(&sizes[sizes.len() / 2]),
        "{}",
        sizes[sizes.len() / 2]
    );
    assert!(truth.iter().map(|t| t.size).sum::<u64>() < 400_000_000);
    let ids: HashSet<(String, String)> = truth
        .iter()
        .map(|t| (t.provider_id.clone(), t.attachment_id.clone()))
        .collect();
    assert_eq!(ids.len(), truth.len());
    assert!(
        truth
            .iter()
            .all(|t| t.time_ms >= ANCHOR - 8 * DAY && t.time_ms <= ANCHOR)
    );
}

#[test]
fn the_same_seed_and_anchor_give_the_same_company() {
    let told = |seed: u64| {
        let rc = company(|s| {
            s.seed = seed;
            s.company.days = 2;
        });
        let truth = rc.truth();
        let hashes: Vec<_> = truth
            .iter()
            .step_by(40)
            .map(|item| rc.sha256(item))
            .collect();
        (serde_json::to_string(&truth).unwrap(), hashes)
    };
    assert_eq!(told(3), told(3));
    assert_ne!(told(3).0, told(4).0);
}

#[tokio::test]
async fn a_hundred_thousand_recordings_are_listed_page_by_page() {
    let rig = rig(|s| {
        s.company.days = 80;
        s.company.recordings = Some(100_000);
    })
    .await;
    let token = rig.token("101").await;
    let path = format!(
        "/restapi/v1.0/account/~/call-log?recordingType=All&perPage=1000&dateFrom={}&dateTo={}",
        iso(-81 * DAY),
        iso(DAY)
    );
    let mut seen = HashSet::new();
    for page in [1, 2, 60, 110] {
        let body = rig.ok(&token, &format!("{path}&page={page}")).await;
        seen.extend(
            body["records"]
                .as_array()
                .unwrap()
                .iter()
                .map(|r| r["id"].as_str().unwrap().to_owned()),
        );
        assert!(body["navigation"]["nextPage"].is_object() || page == 110);
    }
    assert!(seen.len() >= 3_000);
    rig.stop().await;
}

#[tokio::test]
async fn the_company_goes_on_when_asked() {
    let rig = rig(|s| s.company.days_ahead = 2).await;
    let before = rig
        .truth(Kind::Sms)
        .into_iter()
        .filter(|t| t.visible_at_ms > ANCHOR + DAY / 2)
        .count();
    assert!(before > 5, "planned, and not yet visible");
    rig.clock.advance_ms(DAY);
    let token = rig.token("101").await;
    let log = rig
        .all(&token, "/restapi/v1.0/account/~/call-log?perPage=1000")
        .await;
    assert!(log.len() > 20, "a day of new calls");
    rig.stop().await;
}

#[tokio::test]
async fn extensions_have_the_names_that_people_type() {
    let rig = rig(|_| {}).await;
    let token = rig.token("102").await;
    let list = rig.ok(&token, "/restapi/v1.0/account/~/extension").await;
    assert_eq!(list["paging"]["totalElements"], 14);
    let records = list["records"].as_array().unwrap();
    let names: Vec<&str> = records
        .iter()
        .map(|r| r["name"].as_str().unwrap())
        .collect();
    assert!(
        names
            .iter()
            .any(|n| n.chars().any(|c| u32::from(c) > 0xffff)),
        "beyond the BMP"
    );
    assert!(names.iter().any(|n| n.contains('/')) && names.iter().any(|n| n.ends_with('.')));
    assert!(names.iter().any(|n| n.len() > 200) && names.iter().any(|n| n.starts_with("CON ")));
    assert_eq!(records[0]["id"].to_string(), rig.rc.account_id());
    let disabled = records.iter().find(|r| r["status"] == "Disabled").unwrap();
    let left = disabled["id"].to_string();
    let items = rig
        .rc
        .truth()
        .into_iter()
        .filter(|t| t.extension_id == left);
    let times: Vec<i64> = items.map(|t| t.time_ms).collect();
    assert!(!times.is_empty() && times.iter().all(|at| *at < ANCHOR - DAY));
    let departments = rig
        .ok(
            &token,
            "/restapi/v1.0/account/~/extension?type=Department&status=Enabled",
        )
        .await;
    assert_eq!(departments["records"].as_array().unwrap().len(), 2);
    assert_eq!(
        rig.ok(
            &token,
            "/restapi/v1.0/account/~/extension?type=User,Department"
        )
        .await["records"],
        Value::Array(vec![])
    );
    let me = rig.ok(&token, "/restapi/v1.0/account/~/extension/~").await;
    assert_eq!(
        me["regionalSettings"]["timezone"]["name"],
        "America/Los_Angeles"
    );
    for path in [
        "",
        "/service-info",
        "/call-recording",
        "/call-recording/extensions",
        "/call-queues",
        "/extension/~/features",
        "/extension/~/phone-number",
    ] {
        rig.ok(&token, &format!("/restapi/v1.0/account/~{path}"))
            .await;
    }
    rig.stop().await;
}

#[tokio::test]
async fn odd_data_is_odd_but_never_lost() {
    let rig = rig(|s| s.ringcentral.odd_data = true).await;
    let token = rig.token("101").await;
    let log = rig
        .all(
            &token,
            &format!(
                "/restapi/v1.0/account/~/call-log?view=Detailed&perPage=250&dateFrom={}",
                iso(-8 * DAY)
            ),
        )
        .await;
    let text = serde_json::to_string(&log).unwrap();
    for odd in [
        "XXXX",
        "anonymous",
        "+0000",
        "Partly Connected",
        "Teleport Call",
        "(",
        "\"id\":4",
    ] {
        assert!(text.contains(odd), "{odd}");
    }
    assert!(log.iter().any(|r| r["from"].get("name").is_none()));
    let voicemail = rig
        .truth(Kind::Voicemail)
        .into_iter()
        .find(|t| !t.gone)
        .unwrap();
    assert!(voicemail.provider_id.parse::<u64>().unwrap() > 1 << 53);
    let path = format!(
        "/restapi/v1.0/account/~/extension/{}/message-store/{}",
        voicemail.extension_id, voicemail.provider_id
    );
    let message = rig.ok(&token, &path).await;
    assert_eq!(
        message["id"].to_string().trim_matches('"'),
        voicemail.provider_id
    );
    assert_eq!(
        rig.fetch(
            &token,
            &rig.media_url(&voicemail),
            reqwest::header::HeaderMap::new()
        )
        .await
        .status(),
        200
    );
    let sms = rig.truth(Kind::Sms).into_iter().find(|t| !t.gone).unwrap();
    let path = format!(
        "/restapi/v1.0/account/~/extension/{}/message-store/{}",
        sms.extension_id, sms.provider_id
    );
    let conversation = rig.ok(&token, &path).await["conversation"]["id"]
        .as_str()
        .unwrap()
        .parse::<i64>()
        .unwrap();
    assert!(conversation > 1 << 53);
    let numbers: Vec<Value> = rig.all(&token, "/restapi/v1.0/account/~/extension").await;
    let number = |r: &Value| r["extensionNumber"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        numbers.iter().filter(|r| number(r) == "102").count(),
        2,
        "a recycled number"
    );
    rig.stop().await;
}

#[tokio::test]
async fn control_endpoints_tell_the_truth_and_move_the_clock() {
    let rig = rig(|s| {
        s.company.days = 1;
        s.company.recordings_per_day = 3;
    })
    .await;
    let control = |path: &str| format!("{}/__sim/{path}", rig.rc.server_url());
    let truth = answer(rig.http.get(control("truth")).send().await.unwrap())
        .await
        .body;
    let items = truth["items"].as_array().unwrap();
    assert_eq!(items.len(), rig.rc.truth().len());
    assert!(
        items
            .iter()
            .all(|item| item["sha256"].as_str().is_some_and(|hash| hash.len() == 64))
    );
    let bare = answer(
        rig.http
            .get(control("truth?hashes=false"))
            .send()
            .await
            .unwrap(),
    )
    .await
    .body;
    assert!(bare["items"][0].get("sha256").is_none());
    let times = answer(rig.http.get(control("times")).send().await.unwrap());
    let times = times.await.body;
    assert_eq!(times["settled_at_ms"], bare["settled_at_ms"]);
    assert!(times["now_ms"].as_i64() >= bare["now_ms"].as_i64());
    let moved = answer(
        rig.http
            .post(control("advance?ms=5000000"))
            .send()
            .await
            .unwrap(),
    )
    .await
    .body;
    assert!(moved["now_ms"].as_i64().unwrap() >= ANCHOR + 5_000_000);
    assert_eq!(
        rig.http
            .post(control("advance?ms=soon"))
            .send()
            .await
            .unwrap()
            .status(),
        400
    );
    rig.stop().await;
}

#[tokio::test]
async fn options_change_while_the_world_goes_on() {
    let rig = rig(|s| {
        s.company.days = 1;
        s.ringcentral.heavy = 3;
        s.ringcentral.faults.cut_length = 0.5;
    })
    .await;
    let control = format!("{}/__sim/options", rig.rc.server_url());
    let options = async || {
        answer(rig.http.get(&control).send().await.unwrap())
            .await
            .body
    };
    let change = async |body: String| {
        let sent = rig.http.post(&control).body(body).send().await;
        sent.unwrap().status().as_u16()
    };
    let mut all = options().await;
    assert_eq!(
        (&all["heavy"], &all["faults"]["cut_length"]),
        (&3.into(), &0.5.into())
    );
    all["heavy"] = 5.into();
    all["faults"] = serde_json::json!({});
    assert_eq!(change(all.to_string()).await, 204);
    let all = options().await;
    assert_eq!(
        (&all["heavy"], &all["faults"]["cut_length"]),
        (&5.into(), &0.0.into())
    );
    assert_eq!(change("{\"heavy\": \"many\"}".to_owned()).await, 400);
    assert_eq!(options().await, all);
    rig.stop().await;
}

#[tokio::test]
async fn a_simulation_tells_how_to_reach_it_and_refuses_taken_ports() {
    let listen = sim::Listen::default();
    let first = sim::Simulation::start(Scenario::default(), listen, ANCHOR)
        .await
        .unwrap();
    let names: Vec<String> = first.settings().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 11);
    assert!(first.settings().iter().all(|(_, value)| !value.is_empty()));
    let taken = first
        .ringcentral()
        .server_url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let listen = sim::Listen {
        base_port: Some(taken),
        ..sim::Listen::default()
    };
    assert!(
        sim::Simulation::start(Scenario::default(), listen, ANCHOR)
            .await
            .is_err()
    );
    first.stop().await;
}

#[tokio::test]
async fn unmodified_clients_get_in_by_the_real_names() {
    let directory = tempfile::tempdir().unwrap();
    let listen = sim::Listen {
        tls_dir: Some(directory.path().to_owned()),
        ..sim::Listen::default()
    };
    let simulation = sim::Simulation::start(Scenario::default(), listen, ANCHOR)
        .await
        .unwrap();
    let tunnel = simulation.tunnel().unwrap();
    let ca = std::fs::read(&tunnel.ca_path).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .proxy(reqwest::Proxy::https(&tunnel.proxy_url).unwrap())
        .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
        .build()
        .unwrap();
    for host in ["platform", "media"] {
        let url = format!("https://{host}.ringcentral.com/restapi/v1.0");
        let version = answer(client.get(url).send().await.unwrap()).await;
        assert_eq!(
            version.body["uri"],
            "https://platform.ringcentral.com/restapi/v1.0"
        );
    }
    // Who can be told another address needs no proxy, and is led back there.
    drop(client);
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
        .build()
        .unwrap();
    let url = format!("{}/restapi/v1.0", tunnel.ringcentral_url);
    let direct = client.get(&url).send().await.unwrap();
    assert_eq!(answer(direct).await.body["uri"], url);
    drop(client);
    simulation.stop().await;
}

#[test]
fn a_scenario_file_may_say_little_but_nothing_wrong() {
    let text = "seed = 5\n[company]\ndays = 3\n[ringcentral]\nheavy = 20\n[ringcentral.faults]\nreset = 0.1\n";
    let scenario: Scenario = toml::from_str(text).unwrap();
    assert_eq!(
        (
            scenario.seed,
            scenario.company.days,
            scenario.ringcentral.heavy
        ),
        (5, 3, 20)
    );
    assert_eq!(scenario.ringcentral.light, 50);
    assert!(toml::from_str::<Scenario>("[ringcentral]\nhevay = 1\n").is_err());
    let all = toml::to_string(&Scenario::default()).unwrap();
    assert!(toml::from_str::<Scenario>(&all).is_ok());
}
