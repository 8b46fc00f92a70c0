//! The message store: lists, states, changes.

use std::collections::HashSet;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use sim::ringcentral::{Kind, Truth};

use crate::rig::{ANCHOR, DAY, Rig, answer, iso, rig};

fn store(extension: &str) -> String {
    format!("/restapi/v1.0/account/~/extension/{extension}/message-store")
}

fn week() -> String {
    format!("dateFrom={}&dateTo={}", iso(-9 * DAY), iso(DAY))
}

async fn message(rig: &Rig, token: &str, truth: &Truth) -> Value {
    rig.ok(
        token,
        &format!("{}/{}", store(&truth.extension_id), truth.provider_id),
    )
    .await
}

/// Whether the list of this availability has the message.
async fn listed(rig: &Rig, token: &str, truth: &Truth, availability: &str) -> bool {
    let path = format!(
        "{}?{}&perPage=1000&availability={availability}",
        store(&truth.extension_id),
        week()
    );
    let id: u64 = truth.provider_id.parse().unwrap();
    let page = rig.ok(token, &path).await;
    let records = page["records"].as_array().unwrap();
    records.iter().any(|message| message["id"] == id)
}

#[tokio::test]
async fn all_mailboxes_together_show_what_is_true() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    rig.clock.advance_ms(rig.rc.settled_at_ms() - ANCHOR);
    let token = if rig.get(&token, &store("~")).await.status == 200 {
        token
    } else {
        rig.token("101").await
    };
    let mut listed = HashSet::new();
    for extension in rig
        .all(&token, "/restapi/v1.0/account/~/extension?perPage=5")
        .await
    {
        let path = format!(
            "{}?{}&availability=Alive&availability=Deleted&perPage=37",
            store(&extension["id"].to_string()),
            week()
        );
        for message in rig.all(&token, &path).await {
            for attachment in message["attachments"].as_array().unwrap() {
                assert!(
                    attachment["uri"]
                        .as_str()
                        .unwrap()
                        .starts_with(&rig.rc.media_url())
                );
                listed.insert(attachment["id"].as_u64().unwrap().to_string());
            }
        }
    }
    let truth = rig
        .rc
        .truth()
        .into_iter()
        .filter(|t| t.kind != Kind::Recording && !t.gone);
    let truth: HashSet<String> = truth.map(|t| t.attachment_id).collect();
    let differing: Vec<&String> = listed.symmetric_difference(&truth).collect();
    assert!(differing.is_empty() && !truth.is_empty(), "{differing:?}");
    rig.stop().await;
}

#[tokio::test]
async fn lists_count_and_filter() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let list = async |filter: &str| {
        rig.ok(&token, &format!("{}?{}&{filter}", store("~"), week()))
            .await
    };
    let all = list("perPage=3").await;
    let total = all["paging"]["totalElements"].as_u64().unwrap();
    assert!(total > 3 && all["navigation"]["lastPage"]["uri"].is_string());
    assert!(all["uri"].as_str().unwrap().contains("availability=Alive"));
    let mut sum = 0;
    for kind in ["Fax", "SMS", "VoiceMail", "Pager"] {
        let page = list(&format!("messageType={kind}")).await;
        assert!(
            page["records"]
                .as_array()
                .unwrap()
                .iter()
                .all(|m| m["type"] == kind)
        );
        sum += page["paging"]["totalElements"].as_u64().unwrap();
    }
    assert_eq!(sum, total);
    assert_eq!(
        list("messageType=Fax,SMS").await["paging"]["totalElements"],
        0
    );
    assert_eq!(list("messageType=Fax,SMS").await["records"], json!([]));
    assert_eq!(
        rig.get(&token, &format!("{}?messageType=Letter", store("~")))
            .await
            .code(),
        "CMN-101"
    );
    let default = rig.ok(&token, &store("~")).await;
    assert!(
        default["records"]
            .as_array()
            .unwrap()
            .iter()
            .all(|m| m["creationTime"].as_str().unwrap() >= iso(-DAY).as_str())
    );
    rig.stop().await;
}

#[tokio::test]
async fn transcripts_and_faxes_finish_later() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let later = |t: &&Truth| t.ready_at_ms.is_some_and(|at| at > ANCHOR);
    let transcripts = rig.truth(Kind::Transcript);
    let transcript = transcripts.iter().find(later).unwrap();
    let faxes = rig.truth(Kind::Fax);
    let fax = faxes.iter().find(later).unwrap();
    let before = message(&rig, &token, transcript).await;
    assert_eq!(before["vmTranscriptionStatus"], "InProgress");
    assert_eq!(before["attachments"].as_array().unwrap().len(), 1);
    let queued = message(&rig, &token, fax).await;
    assert_eq!(
        (&queued["messageStatus"], &queued["faxPageCount"]),
        (&"Queued".into(), &0.into())
    );
    let busy = answer(
        rig.fetch(&token, &rig.media_url(fax), HeaderMap::new())
            .await,
    )
    .await;
    assert_eq!((busy.status, busy.code()), (400, "MSG-368"));
    rig.clock.advance_ms(rig.rc.settled_at_ms() - ANCHOR);
    let after = message(&rig, &token, transcript).await;
    assert_eq!(after["vmTranscriptionStatus"], "Completed");
    assert_eq!(after["attachments"][1]["type"], "AudioTranscription");
    assert!(after["lastModifiedTime"].as_str() > before["lastModifiedTime"].as_str());
    let sent = message(&rig, &token, fax).await;
    assert!(sent["faxPageCount"].as_u64().unwrap() > 0 && sent["messageStatus"] != "Queued");
    assert_eq!(
        rig.fetch(&token, &rig.media_url(fax), HeaderMap::new())
            .await
            .status(),
        200
    );
    rig.stop().await;
}

#[tokio::test]
async fn deleted_purged_gone_and_restored() {
    let rig = rig(|s| s.ringcentral.scopes.push("EditMessages".to_owned())).await;
    let token = rig.token("101").await;
    let texts = rig.truth(Kind::Sms);
    let planted = texts
        .iter()
        .chain(&rig.truth(Kind::Voicemail))
        .filter(|t| t.deleted)
        .count();
    assert!(planted > 0, "some are deleted from the start");
    let truth = texts.iter().find(|t| !t.deleted && !t.gone).unwrap();
    let path = format!("{}/{}", store(&truth.extension_id), truth.provider_id);
    let state = async || rig.get(&token, &path).await;
    assert_eq!(
        rig.send(Method::DELETE, &token, &path, None).await.status,
        204
    );
    assert_eq!(state().await.body["availability"], "Deleted");
    assert_eq!(
        rig.fetch(&token, &rig.media_url(truth), HeaderMap::new())
            .await
            .status(),
        200,
        "still readable"
    );
    assert!(!listed(&rig, &token, truth, "Alive").await);
    assert!(listed(&rig, &token, truth, "Deleted").await);
    let restored = rig
        .send(
            Method::PATCH,
            &token,
            &path,
            Some(json!({ "availability": "Alive" })),
        )
        .await;
    assert_eq!(restored.body["availability"], "Alive");
    rig.send(Method::DELETE, &token, &path, None).await;
    rig.send(Method::DELETE, &token, &path, None).await;
    let purged = state().await;
    assert_eq!(
        (&purged.body["availability"], &purged.body["attachments"]),
        (&"Purged".into(), &json!([]))
    );
    let gone = answer(
        rig.fetch(&token, &rig.media_url(truth), HeaderMap::new())
            .await,
    )
    .await;
    assert_eq!(
        (gone.status, gone.body["parameterName"].as_str()),
        (404, Some("attachmentId"))
    );
    rig.send(Method::DELETE, &token, &path, None).await;
    assert_eq!(
        (state().await.status, state().await.code()),
        (404, "CMN-102")
    );
    let whole_mailbox = rig.send(Method::DELETE, &token, &store("~"), None).await;
    assert_eq!(
        whole_mailbox.status, 501,
        "a careless client finds this door shut"
    );
    rig.stop().await;
}

#[tokio::test]
async fn deleted_messages_age_into_purged_ones() {
    let rig = rig(|_| {}).await;
    let truth = rig
        .truth(Kind::Voicemail)
        .into_iter()
        .find(|t| !t.deleted && !t.gone)
        .unwrap();
    assert!(rig.rc.delete_message(&truth.provider_id, false));
    let token = rig.token("101").await;
    assert_eq!(
        message(&rig, &token, &truth).await["availability"],
        "Deleted"
    );
    rig.clock.advance_ms(5 * DAY);
    let token = rig.token("101").await;
    assert_eq!(
        message(&rig, &token, &truth).await["availability"],
        "Purged"
    );
    rig.clock.advance_ms(5 * DAY);
    let token = rig.token("101").await;
    let path = format!("{}/{}", store(&truth.extension_id), truth.provider_id);
    assert_eq!(rig.get(&token, &path).await.status, 404);
    rig.stop().await;
}

fn token_of(sync: &Value) -> String {
    sync["syncInfo"]["syncToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn synchronisation_overlaps_and_forgets_nothing() {
    let rig = rig(|s| s.ringcentral.scopes.push("EditMessages".to_owned())).await;
    let token = rig.token("101").await;
    let truth = rig
        .truth(Kind::Sms)
        .into_iter()
        .find(|t| !t.deleted && !t.gone)
        .unwrap();
    let sync = store(&truth.extension_id).replace("message-store", "message-sync");
    let full = rig
        .ok(
            &token,
            &format!(
                "{sync}?syncType=FSync&recordCount=2&dateFrom={}",
                iso(-9 * DAY)
            ),
        )
        .await;
    assert_eq!(full["records"].as_array().unwrap().len(), 2);
    assert_eq!(full["syncInfo"]["olderRecordsExist"], true);
    let sync_token = token_of(&full);
    let changes = async || {
        rig.ok(
            &token,
            &format!("{sync}?syncType=ISync&syncToken={sync_token}"),
        )
        .await["records"]
            .clone()
    };
    assert_eq!(changes().await, json!([]));
    rig.clock.advance_ms(1_000);
    let path = format!("{}/{}", store(&truth.extension_id), truth.provider_id);
    rig.send(
        Method::PUT,
        &token,
        &path,
        Some(json!({ "readStatus": "Read" })),
    )
    .await;
    let update = changes().await;
    assert_eq!(
        (update[0]["readStatus"].as_str(), update[0]["type"].as_str()),
        (Some("Read"), Some("SMS"))
    );
    rig.send(Method::DELETE, &token, &path, None).await;
    let deleted = changes().await;
    assert_eq!(
        deleted[0].as_object().unwrap().len(),
        3,
        "only id, address and state: {deleted}"
    );
    rig.clock.advance_ms(4_000);
    let again = token_of(&rig.ok(&token, &format!("{sync}?syncType=FSync")).await);
    let overlap = rig
        .ok(&token, &format!("{sync}?syncType=ISync&syncToken={again}"))
        .await;
    assert_eq!(
        overlap["records"].as_array().unwrap().len(),
        1,
        "five seconds come twice"
    );
    let nonsense = format!("{sync}?syncType=ISync&syncToken=nonsense");
    assert_eq!(rig.get(&token, &nonsense).await.code(), "MSG-333");
    rig.stop().await;
}

#[tokio::test]
async fn several_at_once_in_both_forms() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    let truth = rig.truth(Kind::Sms).into_iter().find(|t| !t.gone).unwrap();
    let path = format!("{}/{},111", store(&truth.extension_id), truth.provider_id);
    let mut headers = HeaderMap::new();
    headers.insert(
        "accept",
        "application/vnd.ringcentral.multipart+json"
            .parse()
            .unwrap(),
    );
    let json = answer(
        rig.fetch(&token, &format!("{}{path}", rig.rc.server_url()), headers)
            .await,
    )
    .await;
    assert_eq!(
        (json.status, json.header("content-type")),
        (207, "application/vnd.ringcentral.multipart+json")
    );
    assert_eq!(
        (&json.body[0]["status"], &json.body[1]["status"]),
        (&200.into(), &404.into())
    );
    assert_eq!(json.body[0]["body"]["id"].to_string(), truth.provider_id);
    assert_eq!(json.body[1]["body"]["errorCode"], "CMN-102");
    let mixed = rig.get(&token, &path).await;
    assert!(mixed.status == 207 && mixed.header("content-type").starts_with("multipart/mixed"));
    let many = vec!["1"; 51].join(",");
    assert_eq!(
        rig.get(&token, &format!("{}/{many}", store("~")))
            .await
            .code(),
        "CMN-106"
    );
    rig.stop().await;
}

#[tokio::test]
async fn texts_pictures_groups_and_pagers() {
    let rig = rig(|s| s.company.texts_per_day = 120).await;
    let token = rig.token("101").await;
    let mut seen = HashSet::new();
    for extension in ["102", "103"] {
        let own = rig.token(extension).await;
        for message in rig
            .all(
                &own,
                &format!(
                    "{}?{}&messageType=SMS&messageType=Pager&perPage=500",
                    store("~"),
                    week()
                ),
            )
            .await
        {
            let parts = message["attachments"].as_array().unwrap();
            assert_eq!(
                parts[0]["id"], message["id"],
                "the text has the message's id"
            );
            let conversation = message["conversation"]["id"]
                .as_str()
                .unwrap()
                .parse::<u64>()
                .unwrap();
            assert_eq!(message["conversationId"], conversation);
            if parts.len() > 1 {
                assert!(parts[1]["size"].as_u64().unwrap() > 0 && parts[1]["fileName"].is_string());
                seen.insert("pictures");
            }
            let to = message["to"].as_array().unwrap();
            if to.len() > 2 {
                seen.insert("group");
                assert!(message["direction"] == "Outbound" || to[0]["target"] == true);
            }
            if message["type"] == "Pager" {
                assert!(
                    message["from"].get("phoneNumber").is_none()
                        && message["from"]["extensionNumber"].is_string()
                );
                seen.insert("pager");
            }
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
    let sms = rig
        .truth(Kind::Sms)
        .into_iter()
        .find(|t| t.size > 0 && !t.gone)
        .unwrap();
    let text = rig
        .fetch(&token, &rig.media_url(&sms), HeaderMap::new())
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(
        message(&rig, &token, &sms).await["subject"],
        text,
        "the subject repeats the text"
    );
    rig.stop().await;
}
