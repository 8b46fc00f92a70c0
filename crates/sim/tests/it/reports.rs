//! Message-store reports.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use sim::ringcentral::{Faults, Kind, Layout, Truth};

use crate::rig::{ANCHOR, Answer, DAY, Rig, iso, rig};

const REPORT: &str = "/restapi/v1.0/account/~/message-store-report";

/// An order for the voicemails of two days.
async fn order(rig: &Rig, token: &str) -> Answer {
    let wanted =
        json!({ "dateFrom": iso(-2 * DAY), "dateTo": iso(0), "messageTypes": ["VoiceMail"] });
    rig.send(Method::POST, token, REPORT, Some(wanted)).await
}

fn path(task: &Answer) -> String {
    format!("{REPORT}/{}", task.body["id"].as_str().unwrap())
}

/// The zips of a finished task.
async fn zips(rig: &Rig, token: &str, path: &str) -> Vec<Vec<u8>> {
    let archives = rig.ok(token, &format!("{path}/archive")).await;
    let mut zips = Vec::new();
    for archive in archives["records"].as_array().unwrap() {
        let url = archive["uri"].as_str().unwrap();
        let zip = rig.fetch(token, url, HeaderMap::new()).await;
        let zip = zip.bytes().await.unwrap();
        assert_eq!(archive["size"], zip.len());
        zips.push(zip.to_vec());
    }
    zips
}

/// The voicemails, or their parts, that a report of two days holds.
fn due(rig: &Rig, kinds: &[Kind], deleted: bool) -> Vec<Truth> {
    let all = kinds.iter().flat_map(|kind| rig.truth(*kind));
    all.filter(|it| !it.gone && (deleted || !it.deleted))
        .filter(|it| (ANCHOR - 2 * DAY..ANCHOR).contains(&it.time_ms))
        .filter(|it| it.ready_at_ms.is_some_and(|at| at <= rig.clock.now_ms()))
        .collect()
}

#[tokio::test]
async fn a_task_takes_its_time_and_ends_in_zips() {
    let rig = rig(|s| s.ringcentral.report_zip_bytes = 200_000).await;
    let token = rig.token("101").await;
    let task = order(&rig, &token).await;
    assert_eq!(
        (task.status, &task.body["status"]),
        (202, &"Accepted".into())
    );
    let path = path(&task);
    assert_eq!(order(&rig, &token).await.status, 202);
    assert_eq!(order(&rig, &token).await.status, 400, "two at a time");
    rig.clock.advance_ms(10_000);
    assert_eq!(rig.ok(&token, &path).await["status"], "InProgress");
    assert_eq!(
        rig.get(&token, &format!("{path}/archive")).await.status,
        404
    );
    rig.clock.advance_ms(20_000);
    assert_eq!(rig.ok(&token, &path).await["status"], "Completed");
    let zips = zips(&rig, &token, &path).await;
    assert!(zips.len() > 2, "metadata and more than one zip of contents");
    let mut found = Found::default();
    for zip in &zips {
        found.look_into(zip);
    }
    let voicemails = due(&rig, &[Kind::Voicemail], false).len();
    assert_eq!(found.messages, voicemails);
    assert!(found.contents.len() >= voicemails && voicemails > 0);
    let user = rig.token("102").await;
    assert_eq!(
        rig.send(Method::POST, &user, REPORT, Some(json!({})))
            .await
            .code(),
        "CMN-408"
    );
    rig.stop().await;
}

#[tokio::test]
async fn both_layouts_hold_the_same_files_under_names_that_tell_which() {
    let rig = rig(|_| {}).await;
    let token = rig.token("101").await;
    for (layout, deleted) in [
        (Layout::Flat, false),
        (Layout::Flat, true),
        (Layout::Folders, false),
        (Layout::Folders, true),
    ] {
        rig.rc.change_options(|it| {
            it.report_layout = layout;
            it.report_deleted = deleted;
        });
        let path = path(&order(&rig, &token).await);
        rig.clock.advance_ms(30_000);
        let mut found = Found::default();
        for zip in zips(&rig, &token, &path).await {
            found.look_into(&zip);
        }
        let due = due(&rig, &[Kind::Voicemail, Kind::Transcript], deleted);
        let expected: BTreeMap<String, Vec<u8>> = due
            .iter()
            .map(|it| {
                let (message, file) = (&it.provider_id, &it.attachment_id);
                let ending = match it.content_type {
                    "audio/mpeg" => "mp3",
                    "text/plain" => "txt",
                    _ => "wav",
                };
                let name = match layout {
                    Layout::Flat => file.clone(),
                    Layout::Folders => format!("{message}/{file}.{ending}"),
                };
                let folder = format!("account/{}/extension/{}", it.account_id, it.extension_id);
                let name = format!("{folder}/message-store/content/{name}");
                (name, rig.rc.sha256(it).unwrap().into_bytes())
            })
            .collect();
        assert!(!expected.is_empty());
        let hashed = found
            .contents
            .into_iter()
            .map(|(name, bytes)| (name, hash(&bytes)));
        assert_eq!(hashed.collect::<BTreeMap<_, _>>(), expected, "{layout:?}");
    }
    rig.stop().await;
}

fn hash(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(bytes);
    let hex = |hex, byte: &u8| format!("{hex}{byte:02x}");
    hash.iter().fold(String::new(), hex).into_bytes()
}

#[tokio::test]
async fn tasks_fail_and_addresses_and_reports_expire_where_the_scenario_says_so() {
    let rig = rig(|s| {
        let rc = &mut s.ringcentral;
        rc.report_link_ms = Some(60_000);
        rc.report_kept_ms = Some(600_000);
        rc.faults = Faults {
            report_failed: 1.0,
            report_attempt_failed: 1.0,
            ..Faults::default()
        };
    })
    .await;
    let token = rig.token("101").await;
    let mut seen = Vec::new();
    let mut path_of_last = String::new();
    for _ in 0..3 {
        path_of_last = path(&order(&rig, &token).await);
        rig.clock.advance_ms(17_000);
        seen.push(rig.ok(&token, &path_of_last).await["status"].clone());
        rig.clock.advance_ms(13_000);
        seen.push(rig.ok(&token, &path_of_last).await["status"].clone());
    }
    assert_eq!(
        seen,
        [
            "AttemptFailed",
            "Failed",
            "AttemptFailed",
            "Completed",
            "InProgress",
            "Completed"
        ]
    );
    let list = format!("{path_of_last}/archive");
    let address = rig.ok(&token, &list).await["records"][0]["uri"].clone();
    let address = address.as_str().unwrap();
    let status = async || {
        rig.fetch(&token, address, HeaderMap::new())
            .await
            .status()
            .as_u16()
    };
    assert_eq!(status().await, 200);
    rig.clock.advance_ms(60_000);
    assert_eq!(status().await, 404);
    assert_eq!(zips(&rig, &token, &path_of_last).await.len(), 2);
    rig.clock.advance_ms(540_000);
    assert_eq!(rig.get(&token, &list).await.status, 404);
    rig.stop().await;
}

/// What the zips of a report hold.
#[derive(Default)]
struct Found {
    messages: usize,
    contents: BTreeMap<String, Vec<u8>>,
}

impl Found {
    fn look_into(&mut self, zip: &[u8]) {
        let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
        for index in 0..zip.len() {
            let mut file = zip.by_index(index).unwrap();
            let name = file.name().unwrap().into_owned();
            let mut data = Vec::new();
            file.read_to_end(&mut data).unwrap();
            if name.ends_with("/message-store.json") {
                let records: Value = serde_json::from_slice(&data).unwrap();
                let records = records.get("records").unwrap_or(&records);
                self.messages += records.as_array().unwrap().len();
            } else {
                assert!(name.contains("/message-store/content/") && !data.is_empty());
                self.contents.insert(name, data);
            }
        }
    }
}
