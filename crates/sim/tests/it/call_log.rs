//! The call log: pages, filters, views, and how records change with time.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sim::ringcentral::Kind;

use crate::rig::{ANCHOR, DAY, Rig, iso, rig};

const LOG: &str = "/restapi/v1.0/account/~/call-log";

fn week() -> String {
    format!("dateFrom={}&dateTo={}", iso(-8 * DAY), iso(DAY))
}

fn text<'a>(record: &'a Value, name: &str) -> &'a str {
    record[name].as_str().unwrap_or_default()
}

/// Ids of the recordings on a record and its legs.
fn recordings(record: &Value) -> HashSet<String> {
    let legs = record["legs"].as_array().into_iter().flatten();
    legs.chain([record])
        .filter_map(|part| part["recording"]["id"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn pages_are_newest_first_without_totals_and_end() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let page = rig
        .ok(&token, &format!("{LOG}?{}&view=Detailed&perPage=7", week()))
        .await;
    assert_eq!(
        (&page["paging"]["perPage"], &page["paging"]["pageEnd"]),
        (&7.into(), &6.into())
    );
    assert!(
        page["paging"].get("totalElements").is_none()
            && page["navigation"].get("lastPage").is_none()
    );
    assert!(
        text(&page, "uri").contains("view=Detailed&")
            && text(&page, "uri").ends_with("page=1&perPage=7")
    );

    let all = rig
        .all(
            &token,
            &format!("{LOG}?{}&view=Detailed&perPage=50", week()),
        )
        .await;
    let times: Vec<&str> = all.iter().map(|r| text(r, "startTime")).collect();
    assert!(times.is_sorted_by(|a, b| a >= b));
    let ids: HashSet<&str> = all.iter().map(|r| text(r, "id")).collect();
    assert_eq!(ids.len(), all.len(), "no record twice");
    assert!(all.len() > 200);
    let last = rig
        .ok(&token, &format!("{LOG}?{}&page=1000&perPage=1000", week()))
        .await;
    assert!(last["navigation"].get("nextPage").is_none());
    assert_eq!(last["records"], Value::Array(Vec::new()));
    rig.stop().await;
}

#[tokio::test]
async fn sizes_views_and_the_default_day() {
    let rig = rig(|s| s.company.recordings_per_day = 60).await;
    let token = rig.token("101").await;
    for (query, per_page) in [
        ("view=Detailed&perPage=1000", 250),
        ("perPage=1000", 1_000),
        ("perPage=max", 1_000),
        ("", 100),
    ] {
        assert_eq!(
            rig.ok(&token, &format!("{LOG}?{query}")).await["paging"]["perPage"],
            per_page,
            "{query}"
        );
    }
    let simple = rig.ok(&token, LOG).await;
    assert!(
        text(&simple, "uri").contains("view=Simple")
            && text(&simple, "uri").contains(&format!("dateFrom={}", iso(-DAY)))
    );
    for record in simple["records"].as_array().unwrap() {
        assert!(
            text(record, "startTime") >= iso(-DAY).as_str(),
            "only the last day"
        );
        assert!(
            record.get("legs").is_none()
                && record.get("lastModifiedTime").is_none()
                && record.get("billing").is_none()
        );
    }
    let detailed = rig.ok(&token, &format!("{LOG}?view=Detailed")).await;
    assert!(
        detailed["records"]
            .as_array()
            .unwrap()
            .iter()
            .all(|r| r["legs"].is_array() && r["lastModifiedTime"].is_string())
    );
    for bad in [
        "view=Full",
        "perPage=0",
        "page=0",
        "dateFrom=soon",
        "direction=Up",
        "dateFrom=2026-03-05&dateTo=2026-03-01",
    ] {
        let answer = rig.get(&token, &format!("{LOG}?{bad}")).await;
        assert_eq!((answer.status, answer.code()), (400, "CMN-101"), "{bad}");
    }
    assert_eq!(
        rig.get(&token, &format!("{LOG}?sessionId=1&direction=Inbound"))
            .await
            .code(),
        "CLG-110"
    );
    rig.stop().await;
}

#[tokio::test]
async fn filters_filter_and_commas_find_nothing() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let list = async |filter: &str| {
        rig.all(
            &token,
            &format!("{LOG}?{}&view=Detailed&perPage=250&{filter}", week()),
        )
        .await
    };
    let all = list("").await;
    let inbound = list("direction=Inbound").await;
    assert!(inbound.iter().all(|r| r["direction"] == "Inbound"));
    let both = list("direction=Inbound&direction=Outbound").await;
    assert_eq!(both.len(), all.len());
    assert!(
        list("direction=Inbound,Outbound").await.is_empty(),
        "joined by a comma: silently nothing"
    );
    let faxes = list("type=Fax").await;
    assert!(
        !faxes.is_empty()
            && faxes
                .iter()
                .all(|r| r["type"] == "Fax" && r["message"]["type"] == "Fax")
    );
    let recorded = list("recordingType=All").await;
    assert!(recorded.iter().all(|r| !recordings(r).is_empty()));
    assert_eq!(
        recorded.len(),
        all.iter().filter(|r| !recordings(r).is_empty()).count()
    );
    let kinds = (
        list("recordingType=Automatic").await.len(),
        list("recordingType=OnDemand").await.len(),
    );
    assert!(kinds.0 > 0 && kinds.1 > 0);
    assert_eq!(kinds.0 + kinds.1, recorded.len());
    assert_eq!(list("withRecording=true").await.len(), recorded.len());
    let one = &recorded[0];
    let session = rig
        .ok(
            &token,
            &format!("{LOG}?sessionId={}", text(one, "sessionId")),
        )
        .await;
    assert!(
        session["records"]
            .as_array()
            .unwrap()
            .iter()
            .any(|r| r["id"] == one["id"])
    );
    let number = all
        .iter()
        .find_map(|r| r["from"]["phoneNumber"].as_str())
        .unwrap();
    let calls = list(&format!("phoneNumber={}", number.trim_start_matches('+'))).await;
    assert!(
        calls
            .iter()
            .all(|r| r["from"]["phoneNumber"] == number || r["to"]["phoneNumber"] == number)
    );
    rig.stop().await;
}

#[tokio::test]
async fn date_to_is_exclusive_or_inclusive_as_switched() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let newest = rig.ok(&token, &format!("{LOG}?perPage=1")).await["records"][0].clone();
    let query = format!(
        "{LOG}?dateFrom={}&dateTo={}",
        iso(-DAY),
        text(&newest, "startTime")
    );
    let has = |body: &Value| {
        body["records"]
            .as_array()
            .unwrap()
            .iter()
            .any(|r| r["id"] == newest["id"])
    };
    assert!(!has(&rig.ok(&token, &query).await));
    rig.rc
        .change_options(|options| options.date_to_inclusive = true);
    assert!(has(&rig.ok(&token, &query).await));
    rig.stop().await;
}

#[tokio::test]
async fn internal_calls_have_two_records_and_transfers_two_recordings() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let all = rig
        .all(
            &token,
            &format!(
                "{LOG}?{}&view=Detailed&recordingType=All&perPage=250",
                week()
            ),
        )
        .await;
    let mut by_session: HashMap<&str, Vec<&Value>> = HashMap::new();
    for record in &all {
        by_session
            .entry(text(record, "sessionId"))
            .or_default()
            .push(record);
    }
    let pair = by_session
        .values()
        .find(|records| records.len() == 2)
        .unwrap();
    assert_eq!(
        recordings(pair[0]),
        recordings(pair[1]),
        "both sides name the same recording"
    );
    assert_ne!(pair[0]["id"], pair[1]["id"]);
    assert_ne!(pair[0]["direction"], pair[1]["direction"]);
    let transfer = all.iter().find(|r| recordings(r).len() == 2).unwrap();
    assert_eq!(transfer["legs"][1]["legType"], "TransferCall");
    assert!(
        transfer["recording"]["id"] != transfer["legs"][1]["recording"]["id"],
        "the second is on its leg only"
    );
    let queue = all.iter().find(|r| r.get("recording").is_none()).unwrap();
    assert_eq!(recordings(queue).len(), 1, "on a leg only");
    let short = rig
        .all(&token, &format!("{LOG}?{}&perPage=1000", week()))
        .await;
    let short: Vec<&Value> = short
        .iter()
        .filter(|r| r["shortRecording"] == true)
        .collect();
    assert!(
        !short.is_empty()
            && short
                .iter()
                .all(|r| r.get("recording").is_none() && r["duration"].as_u64().unwrap() < 30)
    );
    rig.stop().await;
}

/// The record as the list shows it now.
async fn now(rig: &Rig, token: &str, id: &str) -> Option<Value> {
    let all = rig
        .all(
            token,
            &format!("{LOG}?{}&view=Detailed&perPage=250", week()),
        )
        .await;
    all.into_iter().find(|record| record["id"] == id)
}

#[tokio::test]
async fn queue_calls_are_rewritten_under_the_same_id() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let all = rig
        .all(
            &token,
            &format!("{LOG}?{}&view=Detailed&perPage=250", week()),
        )
        .await;
    let ringing: Vec<&Value> = all
        .iter()
        .filter(|r| r["result"] == "In Progress")
        .collect();
    assert_eq!(ringing.len(), 2);
    let id = text(ringing[0], "id");
    assert!(recordings(ringing[0]).is_empty());
    rig.clock.advance_ms(rig.rc.settled_at_ms() - ANCHOR);
    let settled = now(&rig, &token, id).await.unwrap();
    assert_eq!(settled["result"], "Accepted");
    assert_eq!(
        recordings(&settled).len(),
        1,
        "the recording came with the rewriting"
    );
    assert_eq!(
        settled["lastModifiedTime"], ringing[0]["lastModifiedTime"],
        "which is not told by the time"
    );
    rig.stop().await;
}

#[tokio::test]
async fn calls_and_recordings_appear_late() {
    let rig = rig(|s| s.company.late_recordings = 2).await;
    let token = rig.token("101").await;
    let listed = rig
        .all(
            &token,
            &format!(
                "{LOG}?{}&view=Detailed&recordingType=All&perPage=250",
                week()
            ),
        )
        .await;
    let listed: HashSet<String> = listed.iter().flat_map(recordings).collect();
    let late: Vec<_> = rig
        .truth(Kind::Recording)
        .into_iter()
        .filter(|t| !listed.contains(&t.provider_id))
        .collect();
    assert!(
        late.len() >= 2 + 2 + 2,
        "late ones, ringing queue calls, calls in progress"
    );
    assert!(late.iter().all(|truth| truth.visible_at_ms > ANCHOR));
    let active = rig
        .ok(&token, "/restapi/v1.0/account/~/active-calls?view=Detailed")
        .await;
    let active = active["records"].as_array().unwrap();
    assert!(active.len() >= 2 && active.iter().all(|r| r["result"] == "In Progress"));
    let crossing = active
        .iter()
        .find(|r| r["legs"].as_array().unwrap().len() == 1)
        .unwrap();
    let session = format!("{LOG}?sessionId={}", text(crossing, "sessionId"));
    assert_eq!(
        rig.ok(&token, &session).await["records"],
        Value::Array(Vec::new()),
        "not in the log while it lasts"
    );
    rig.clock.advance_ms(rig.rc.settled_at_ms() - ANCHOR);
    assert_eq!(
        rig.ok(&token, &session).await["records"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let listed = rig
        .all(
            &token,
            &format!(
                "{LOG}?{}&view=Detailed&recordingType=All&perPage=250",
                week()
            ),
        )
        .await;
    let listed: HashSet<String> = listed.iter().flat_map(recordings).collect();
    let truth: HashSet<String> = rig
        .truth(Kind::Recording)
        .into_iter()
        .map(|t| t.provider_id)
        .collect();
    assert_eq!(listed, truth, "in the end the log shows what is true");
    rig.stop().await;
}

#[tokio::test]
async fn single_records_and_several_at_once() {
    let rig = rig(|_| {}).await;
    let (admin, user) = (rig.token("101").await, rig.token("102").await);
    let records = rig.ok(&admin, &format!("{LOG}?{}", week())).await["records"].clone();
    let (first, second) = (text(&records[0], "id"), text(&records[1], "id"));
    assert_eq!(rig.ok(&admin, &format!("{LOG}/{first}")).await["id"], first);
    let several = rig
        .get(&admin, &format!("{LOG}/{first},{second},nothing"))
        .await;
    assert_eq!(several.status, 207);
    assert!(
        several
            .header("content-type")
            .starts_with("multipart/mixed;boundary=")
    );
    let body = several.body.as_str().unwrap();
    assert_eq!(
        body.matches("Content-Type: application/json").count(),
        4,
        "statuses and three parts"
    );
    assert!(body.contains("\"status\":404") && body.contains("CMN-102"));
    let own = rig
        .all(
            &user,
            &format!("/restapi/v1.0/account/~/extension/~/call-log?{}", week()),
        )
        .await;
    assert!(!own.is_empty() && own.iter().all(|r| text(r, "uri").contains("/extension/")));
    let id = text(&own[0], "id");
    assert!(
        rig.get(&admin, &format!("{LOG}/{id}")).await.code() == "CMN-102",
        "the two levels have ids of their own"
    );
    assert_eq!(
        rig.ok(
            &user,
            &format!("/restapi/v1.0/account/~/extension/~/call-log/{id}")
        )
        .await["id"],
        id
    );
    rig.stop().await;
}

#[tokio::test]
async fn synchronisation_brings_what_changed() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let sync = "/restapi/v1.0/account/~/call-log-sync";
    assert_eq!(
        rig.get(&token, sync).await.code(),
        "CMN-101",
        "recordCount is mandatory"
    );
    let full = rig
        .ok(&token, &format!("{sync}?recordCount=1000&view=Detailed"))
        .await;
    assert_eq!(full["records"].as_array().unwrap().len(), 250);
    let sync_token = full["syncInfo"]["syncToken"].as_str().unwrap();
    rig.clock.advance_ms(rig.rc.settled_at_ms() - ANCHOR);
    let changes = rig
        .ok(
            &token,
            &format!("{sync}?syncType=ISync&syncToken={sync_token}"),
        )
        .await;
    let records = changes["records"].as_array().unwrap();
    let late = rig
        .truth(Kind::Recording)
        .into_iter()
        .filter(|t| t.visible_at_ms > ANCHOR)
        .count();
    assert!(records.iter().map(|r| recordings(r).len()).sum::<usize>() >= late && late > 0);
    assert_eq!(
        rig.get(&token, &format!("{sync}?syncType=ISync&syncToken=x"))
            .await
            .code(),
        "CLG-101"
    );
    rig.clock.advance_ms(31 * DAY);
    let token = rig.token("101").await;
    assert_eq!(
        rig.get(
            &token,
            &format!("{sync}?syncType=ISync&syncToken={sync_token}")
        )
        .await
        .code(),
        "CLG-104"
    );
    rig.stop().await;
}

#[tokio::test]
async fn deletion_and_retention_take_the_recording_away() {
    let rig = rig(|s| s.ringcentral.scopes.push("EditCallLog".to_owned())).await;
    let token = rig.token("101").await;
    let recorded = rig
        .all(
            &token,
            &format!(
                "{LOG}?{}&view=Detailed&recordingType=All&perPage=250",
                week()
            ),
        )
        .await;
    let record = recorded
        .iter()
        .find(|r| r.get("recording").is_some())
        .unwrap();
    let id = text(&record["recording"], "id");
    let body = serde_json::json!({ "records": [id] });
    let path = "/restapi/v1.0/account/~/call-recordings";
    assert_eq!(
        rig.send(reqwest::Method::DELETE, &token, path, Some(body))
            .await
            .status,
        204
    );
    assert!(
        now(&rig, &token, text(record, "id"))
            .await
            .unwrap()
            .get("recording")
            .is_none()
    );
    assert_eq!(
        rig.get(&token, &format!("/restapi/v1.0/account/~/recording/{id}"))
            .await
            .code(),
        "CMN-102"
    );
    assert!(
        rig.truth(Kind::Recording)
            .iter()
            .any(|t| t.provider_id == id && t.gone)
    );
    rig.clock.advance_ms(91 * DAY);
    let token = rig.token("101").await;
    let old = rig
        .all(
            &token,
            &format!(
                "{LOG}?{}&view=Detailed&recordingType=All&perPage=250",
                week()
            ),
        )
        .await;
    assert!(old.is_empty(), "ninety days are over");
    rig.stop().await;
}

#[tokio::test]
async fn links_lead_to_the_host_the_client_knows() {
    let rig = rig(|s| s.ringcentral.explicit_port = true).await;
    let token = rig.token("101").await;
    let path = format!("{LOG}?{}&view=Detailed&recordingType=All", week());
    let local = rig.ok(&token, &path).await.to_string();
    assert!(local.contains(&format!("{}/restapi", rig.rc.media_url())));
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("host", "platform.ringcentral.com".parse().unwrap());
    let real = rig
        .fetch(&token, &format!("{}{path}", rig.rc.server_url()), headers)
        .await
        .text()
        .await
        .unwrap();
    assert!(
        real.contains("\"contentUri\":\"https://media.ringcentral.com:443/restapi/v1.0/account/")
    );
    assert!(!real.contains("127.0.0.1"));
    rig.stop().await;
}
