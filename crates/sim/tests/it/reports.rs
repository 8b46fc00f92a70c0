//! Message-store reports.

use std::io::{Cursor, Read};

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use sim::ringcentral::Kind;

use crate::rig::{ANCHOR, DAY, iso, rig};

const REPORT: &str = "/restapi/v1.0/account/~/message-store-report";

#[tokio::test]
async fn a_task_takes_its_time_and_ends_in_zips() {
    let rig = rig(|s| s.ringcentral.report_zip_bytes = 200_000).await;
    let token = rig.token("101").await;
    let wanted =
        json!({ "dateFrom": iso(-2 * DAY), "dateTo": iso(0), "messageTypes": ["VoiceMail"] });
    let task = rig
        .send(Method::POST, &token, REPORT, Some(wanted.clone()))
        .await;
    assert_eq!(
        (task.status, &task.body["status"]),
        (202, &"Accepted".into())
    );
    let path = format!("{REPORT}/{}", task.body["id"].as_str().unwrap());
    assert_eq!(
        rig.send(Method::POST, &token, REPORT, Some(wanted.clone()))
            .await
            .status,
        202
    );
    assert_eq!(
        rig.send(Method::POST, &token, REPORT, Some(wanted))
            .await
            .status,
        400,
        "two at a time"
    );
    rig.clock.advance_ms(10_000);
    assert_eq!(rig.ok(&token, &path).await["status"], "InProgress");
    assert_eq!(
        rig.get(&token, &format!("{path}/archive")).await.status,
        404
    );
    rig.clock.advance_ms(20_000);
    assert_eq!(rig.ok(&token, &path).await["status"], "Completed");
    let archives = rig.ok(&token, &format!("{path}/archive")).await["records"]
        .as_array()
        .unwrap()
        .clone();
    assert!(
        archives.len() > 2,
        "metadata and more than one zip of contents"
    );

    let mut found = Found::default();
    for archive in &archives {
        let url = archive["uri"].as_str().unwrap();
        let zip = rig.fetch(&token, url, HeaderMap::new()).await;
        let zip = zip.bytes().await.unwrap();
        assert_eq!(archive["size"], zip.len());
        found.look_into(&zip);
    }
    let voicemails = rig
        .truth(Kind::Voicemail)
        .into_iter()
        .filter(|t| !t.gone && !t.deleted);
    let voicemails = voicemails
        .filter(|t| t.time_ms >= ANCHOR - 2 * DAY && t.time_ms < ANCHOR)
        .count();
    assert_eq!(found.messages, voicemails);
    assert!(found.contents >= voicemails && voicemails > 0);
    let user = rig.token("102").await;
    assert_eq!(
        rig.send(Method::POST, &user, REPORT, Some(json!({})))
            .await
            .code(),
        "CMN-408"
    );
    rig.stop().await;
}

/// What the zips of a report hold.
#[derive(Default)]
struct Found {
    messages: usize,
    contents: usize,
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
                self.messages += records["records"].as_array().unwrap().len();
            } else {
                assert!(name.contains("/message-store/content/") && !data.is_empty());
                self.contents += 1;
            }
        }
    }
}
