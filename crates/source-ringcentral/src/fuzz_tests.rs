//! Bytes of every kind before what reads RingCentral's answers.

use std::collections::BTreeSet;

use domain::account::ExtensionId;
use domain::archive_path::{Naming, finished, stem};
use domain::data_type::DataType;
use domain::item::{Fetch, ItemId};
use domain::lane::{Depth, Lane};
use domain::ports::source::{Ask, Page};
use domain::window::{HOUR_MS, Window};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outbound::{Headers, Judge, Judgement};
use testkit::fuzz::Target;

use crate::addresses::Addresses;
use crate::asked::Asked;
use crate::judge::{ApiJudge, TokenJudge};
use crate::profile::Profile;
use crate::{grants, listing, people, retention, wire};

/// 2026-05-10T17:00:00Z.
const FROM_MS: i64 = 1_778_432_400_000;

const WORDS: &[&str] = &[
    "\"id\":",
    "\"records\":[",
    "\"recording\":{",
    "\"contentUri\":",
    "\"legs\":[",
    "\"extension\":{\"id\":",
    "\"attachments\":[",
    "\"uri\":",
    "\"nextPage\":",
    "\"type\":",
    "\\ud83d",
    "\\u0000",
    "\u{feff}",
    "[[[[",
    "}}",
    "null",
    "\"startTime\":\"2026-05-10T17:12:07Z\"",
];

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|it| it.as_bytes().to_vec()).collect()
}

fn addresses() -> Addresses {
    Addresses::new("https://platform.example", "https://media.example").unwrap()
}

/// What is read of a listing's page. Every record leaves something behind, or
/// lies outside of what was asked for; nothing that is left behind breaks what
/// comes after it.
fn listed(lane: Lane, data: &[u8]) {
    let Ok(list) = wire::read::<wire::List>(data) else {
        return;
    };
    let addresses = addresses();
    let ask = Ask {
        lane,
        window: Window::from_ms(FROM_MS, FROM_MS + HOUR_MS).unwrap(),
        types: DataType::ALL.into_iter().collect(),
        depth: Depth::Every,
    };
    let asked = Asked {
        ask: &ask,
        now_ms: FROM_MS + HOUR_MS,
        addresses: &addresses,
    };
    for record in list.records {
        let mut page = Page::default();
        let _ = listing::read_record(record, &asked, &mut page);
        let mut seen = BTreeSet::new();
        for sighting in &page.sightings {
            let item = &sighting.item;
            assert!(!item.id.unit.is_empty(), "an item without an id");
            assert!(ask.window.contains_ms(item.at_ms));
            assert_eq!(ItemId::from_key(&item.id.key()).as_ref(), Some(&item.id));
            seen.insert(item.id.clone());
            let stem = stem(Naming::Default, item, "Account", &TimeZone::UTC);
            assert!(finished(&stem, 1, "bin").is_ok(), "{stem}");
            if let Fetch::From(uri) = &item.fetch {
                followed(&addresses, uri);
            }
        }
    }
}

/// An address from an answer is followed to our own hosts or not at all.
fn followed(addresses: &Addresses, uri: &str) {
    if let Ok((_, url)) = addresses.locate(uri) {
        let origin = url.origin().ascii_serialization();
        let ours = ["https://platform.example", "https://media.example"];
        assert!(ours.contains(&origin.as_str()), "{origin}");
        assert!(url.username().is_empty() && url.password().is_none());
    }
}

#[test]
fn fuzz_call_log() {
    let seeds = texts(&[
        r#"{"records":[{"id":"IWM7cJogEv7xlu8","sessionId":"403631628008","telephonySessionId":"s-9a","startTime":"2026-05-10T17:12:07.500Z","duration":61,"type":"Voice","direction":"Inbound","result":"Accepted","to":{"phoneNumber":"+16505550100","extensionNumber":"101","name":"Main"},"from":{"phoneNumber":"(415)555-0XXX"},"extension":{"id":400131427008},"recording":{"id":"7","type":"Automatic","contentUri":"https://media.example:443/restapi/v1.0/account/1/recording/7/content"},"lastModifiedTime":"2026-05-10T17:13:10.000Z","legs":[{"recording":{"id":8},"extension":{"id":"5"},"duration":"9"}]}],"navigation":{"nextPage":{"uri":"https://platform.example/x?page=2"}},"paging":{"page":1,"perPage":100}}"#,
        r#"{"records":[{"id":"a","startTime":"2026-05-10T17:30:00Z","shortRecording":true,"legs":[]},17,null,{"legs":{}}]}"#,
        r#"{"records":[{"recording":{"contentUri":"https://media.example/recording/9/content"},"startTime":"2026-05-10T17:30:00+0000"}]}"#,
    ]);
    Target {
        name: "ringcentral call log",
        seeds: &seeds,
        corpus: &[
            b"",
            b"{}",
            b"{\"records\":[]}",
            b"\xef\xbb\xbf{\"records\":[{}]}",
        ],
        words: WORDS,
    }
    .run(|data| {
        listed(Lane::AccountCalls, data);
        listed(Lane::ExtensionCalls(ExtensionId::new("5")), data);
    });
}

#[test]
fn fuzz_messages() {
    let seeds = texts(&[
        r#"{"records":[{"id":402406984008,"type":"SMS","creationTime":"2026-05-10T17:24:03.000Z","lastModifiedTime":"2026-05-10T17:24:04.531Z","direction":"Inbound","availability":"Alive","messageStatus":"Received","subject":"Good \ud83d\ude00 morning","from":{"phoneNumber":"+14155550101"},"to":[{"name":"Ada"}],"conversation":{"id":"12"},"attachments":[{"id":402406984008,"uri":"https://media.example/restapi/v1.0/account/1/extension/5/message-store/402406984008/content/402406984008","type":"Text","contentType":"text/plain"},{"id":2,"type":"MmsAttachment","contentType":"image/jpeg","size":9,"fileName":"a.jpg"}]}]}"#,
        r#"{"records":[{"id":1,"type":"Fax","creationTime":"2026-05-10T17:24:03Z","messageStatus":"Queued","faxPageCount":0,"attachments":[]},{"id":2,"type":"VoiceMail","vmTranscriptionStatus":"InProgress","creationTime":"2026-05-10T17:24:03Z","attachments":[{"uri":"https://media.example/x/content/9","type":"AudioRecording","vmDuration":7}]},{"id":3,"type":"Pager","availability":"Purged"}]}"#,
    ]);
    Target {
        name: "ringcentral messages",
        seeds: &seeds,
        corpus: &[
            b"",
            b"[]",
            b"{\"records\":[{\"id\":\"\"}]}",
            b"{\"records\":[{\"id\":1,\"attachments\":[{\"id\":\"\"}]}]}",
        ],
        words: WORDS,
    }
    .run(|data| listed(Lane::Messages(ExtensionId::new("5")), data));
}

#[test]
fn fuzz_people() {
    let seeds = texts(&[
        r#"{"records":[{"id":62264006,"extensionNumber":"101","name":"Ada Lovelace","type":"User","status":"Enabled","contact":{"firstName":"Ada","lastName":"Lovelace"},"regionalSettings":{"timezone":{"name":"US/Pacific"}},"permissions":{"admin":{"enabled":true}},"account":{"id":"1"}}],"paging":{"page":1,"totalPages":1}}"#,
        r#"{"id":1,"name":"Company","mainNumber":"+16505550100","regionalSettings":{"timezone":{"name":"Europe/Berlin"}}}"#,
        r#"{"permissions":[{"permission":{"id":"FullCompanyCallLog"},"scopes":["AllExtensions"]},{"permission":{"id":"ReadMessages"},"scopes":"Self"}]}"#,
        r#"{"automatic":{"enabled":true,"retentionPeriod":90},"onDemand":{"retentionPeriod":"30"}}"#,
    ]);
    Target {
        name: "ringcentral people",
        seeds: &seeds,
        corpus: &[b"", b"{}", b"{\"automatic\":{\"retentionPeriod\":0}}"],
        words: WORDS,
    }
    .run(|data| {
        if let Ok(list) = wire::read::<wire::List>(data) {
            for record in list.records {
                let told = serde_json::from_value::<wire::Extension>(record).ok();
                if let Some(one) = told.as_ref().and_then(people::extension) {
                    assert!(!one.id.as_str().is_empty(), "an extension without an id");
                }
            }
        }
        let _ = wire::read::<wire::Account>(data);
        if let Ok(profile) = wire::read::<wire::AuthzProfile>(data) {
            let _ = Profile::new(profile).reads_company_calls();
        }
        if let Ok(told) = wire::read::<wire::RecordingSettings>(data) {
            assert!(retention::read(told).0.values().all(|days| *days > 0));
        }
    });
}

#[test]
fn fuzz_token() {
    let seeds = texts(&[
        r#"{"access_token":"U0pDMTFQMDF-canary","token_type":"bearer","expires_in":3600,"refresh_token":"refresh-canary","refresh_token_expires_in":604800,"scope":"ReadCallLog ReadMessages","owner_id":"256440016","endpoint_id":"x"}"#,
        r#"{"access_token":"a-canary","expires_in":"18446744073709551615"}"#,
    ]);
    Target {
        name: "ringcentral token",
        seeds: &seeds,
        corpus: &[b"", b"{\"access_token\":\"\"}", b"{\"access_token\":null}"],
        words: &[
            "\"expires_in\":",
            "\"access_token\":",
            "\"scope\":",
            "\"owner_id\":",
            "-1",
        ],
    }
    .run(|data| match wire::read::<wire::TokenInfo>(data) {
        Ok(info) => {
            let secrets = [Some(info.access_token.clone()), info.refresh_token.clone()];
            let shown =
                info.scope.clone().unwrap_or_default() + info.owner_id.as_deref().unwrap_or("");
            let asked = Timestamp::from_second(1_700_000_000).unwrap();
            let grant = grants::grant(info, asked);
            assert!(
                grant.access_until >= asked && grant.refresh_until.is_none_or(|it| it >= asked)
            );
            let told = format!("{grant:?}");
            for secret in secrets.into_iter().flatten() {
                let long = secret.len() > 8 && !shown.contains(&secret);
                assert!(!long || !told.contains(&secret), "{told}");
            }
        }
        Err(error) => assert!(!error.to_string().contains("canary")),
    });
}

#[test]
fn fuzz_errors() {
    let seeds = texts(&[
        r#"?{"errorCode":"CMN-102","message":"Resource for parameter [Ada Lovelace] is not found","errors":[{"errorCode":"CMN-102","message":"+1 650 555 0100","parameterName":"x"}]}"#,
        r#"@{"errorCode":"CMN-408","message":"In order to call this API endpoint, application needs to have [ReadCallLog] permission","permissionName":"ReadCallLog"}"#,
        r#"A{"error":"invalid_grant","error_description":"Token for Ada Lovelace is expired","errors":[{"errorCode":"OAU-213"}]}"#,
        "V<html>Ada Lovelace 502</html>",
        r#"n{"errorCode":"CMN-301"}"#,
    ]);
    let words = [
        "\"errorCode\":\"",
        "CMN-429",
        "OAU-140",
        "AGW-402",
        "\"errors\":[",
        "[",
        "]",
        "\"permissionName\":\"Ada Lovelace\"",
    ];
    Target {
        name: "ringcentral errors",
        seeds: &seeds,
        corpus: &[b"", b"\x00", b"\xff{}"],
        words: &words,
    }
    .run(|data| {
        let (first, body) = data.split_first().unwrap_or((&0, b""));
        let status = 300 + u16::from(*first);
        let headers = Headers::default();
        for judgement in [
            ApiJudge.judge(status, &headers, body),
            TokenJudge.judge(status, &headers, body),
        ] {
            let (Judgement::Fail(error)
            | Judgement::Refresh(error)
            | Judgement::Throttle { error, .. }) = judgement;
            let told = format!(
                "{error} {error:?} {}",
                error.how_to_mend().unwrap_or_default()
            );
            assert!(
                !told.contains("Ada Lovelace") && !told.contains("555 0100"),
                "{told}"
            );
            assert!(
                told.len() < 2_000 && !told.contains(['\0', '\u{1b}', '\u{202e}']),
                "{told}"
            );
        }
    });
}

#[test]
fn fuzz_places() {
    let seeds = texts(&[
        "https://media.example:443/restapi/v1.0/account/1/recording/2/content",
        "http://platform.example/x?a=b%20c#d",
        "https://media.example@evil.example/",
    ]);
    let words = [
        "media.example",
        "platform.example",
        "@",
        "//",
        "\\",
        "%2f",
        "..",
        ":443",
        "#",
        "\u{ad}",
        "。",
    ];
    Target {
        name: "ringcentral addresses",
        seeds: &seeds,
        corpus: &[b"", b"/"],
        words: &words,
    }
    .run(|data| {
        let (addresses, text) = (addresses(), String::from_utf8_lossy(data));
        followed(&addresses, &text);
        for url in [
            addresses.recording(&text),
            addresses.attachment(&text, &text, &text),
        ] {
            assert_eq!(url.host_str(), Some("media.example"));
            assert!(url.path().starts_with("/restapi/v1.0/account/~/"), "{url}");
        }
    });
}
