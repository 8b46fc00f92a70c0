//! Oddities from the field that the simulator does not play.

use domain::Kind;
use domain::account::ExtensionId;
use domain::data_type::DataType;
use domain::item::{Fetch, Standing};
use domain::lane::{Depth, Lane};
use domain::ports::{Ask, Source};
use domain::window::{HOUR_MS, Window};
use futures::TryStreamExt;

use crate::script::Script;
use crate::world::{ask, ids, list, sightings};

/// 2026-05-10T17:00:00Z.
const FROM_MS: i64 = 1_778_432_400_000;

fn window() -> Window {
    Window::from_ms(FROM_MS, FROM_MS + HOUR_MS).unwrap()
}

fn messages() -> Ask {
    ask(
        Lane::Messages(ExtensionId::new("5")),
        window(),
        Depth::Every,
    )
}

fn calls() -> Ask {
    ask(Lane::AccountCalls, window(), Depth::Recorded)
}

fn refusal(code: &str) -> String {
    format!(r#"{{"errors":[{{"errorCode":"{code}","message":"x"}}]}}"#)
}

fn sms(id: u32) -> String {
    format!(r#"{{"id":{id},"type":"SMS","subject":"x","creationTime":"2026-05-10T17:30:00Z"}}"#)
}

#[tokio::test]
async fn both_bounds_and_every_filter_are_asked_for() {
    let script = Script::play(|_| (200, r#"{"records":[],"navigation":{}}"#.to_owned())).await;
    let source = script.source();
    let own = Lane::ExtensionCalls(ExtensionId::new("5"));
    list(&source, &calls()).await.unwrap();
    list(&source, &ask(own, window(), Depth::Every))
        .await
        .unwrap();
    list(&source, &messages()).await.unwrap();
    let bounds = "dateFrom=2026-05-10T16%3A59%3A59Z&dateTo=2026-05-10T18%3A00%3A00Z";
    assert_eq!(
        script.asked(),
        [
            format!(
                "/restapi/v1.0/account/~/call-log?{bounds}&view=Detailed&recordingType=All\
             &page=1&perPage=250"
            ),
            format!(
                "/restapi/v1.0/account/~/extension/5/call-log?{bounds}&view=Detailed\
             &page=1&perPage=250"
            ),
            format!(
                "/restapi/v1.0/account/~/extension/5/message-store?{bounds}\
             &availability=Alive&availability=Deleted\
             &messageType=VoiceMail&messageType=SMS&messageType=Pager&messageType=Fax\
             &page=1&perPage=250"
            ),
        ]
    );
    let nothing = Ask {
        types: [DataType::CallRecording].into(),
        ..messages()
    };
    assert!(list(&source, &nothing).await.unwrap().is_empty());
    assert_eq!(script.asked().len(), 3);
}

#[tokio::test]
async fn an_account_that_takes_one_message_type_at_a_time_is_asked_that_way() {
    let script = Script::play(|path| {
        if path.matches("messageType=").count() > 1 {
            return (400, refusal("CMN-101"));
        }
        let (_, kind) = path.split_once("messageType=").unwrap();
        let kind = kind.split('&').next().unwrap();
        let id = kind.len();
        let body = format!(
            r#"{{"records":[{{"id":{id},"type":"{kind}","subject":"x",
            "creationTime":"2026-05-10T17:30:00Z","attachments":[{{"id":1,"type":"X"}}]}}],
            "navigation":{{}}}}"#
        );
        (200, body)
    })
    .await;
    let found = ids(&list(&script.source(), &messages()).await.unwrap());
    let keys: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        keys,
        [
            "voicemail/9/1",
            "sms/3",
            "sms/3/1",
            "sms/5",
            "sms/5/1",
            "fax/3/1",
        ]
    );
    assert_eq!(script.asked().len(), 5);
}

#[tokio::test]
async fn a_refused_question_about_one_type_is_an_error() {
    let script = Script::play(|_| (400, refusal("CMN-101"))).await;
    let error = list(&script.source(), &messages()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::Protocol, Some("CMN-101"))
    );
    assert_eq!(script.asked().len(), 2);
}

#[tokio::test]
async fn pages_on_a_foreign_host_are_asked_of_our_own() {
    let script = Script::play(|path| {
        let next = if path.contains("page=1&") {
            r#"{"nextPage":{"uri":"https://evil.example:443/x?availability=Alive&page=2&perPage=250"}}"#
        } else {
            "{}"
        };
        let id = if path.contains("page=1&") { 1 } else { 2 };
        (
            200,
            format!(r#"{{"records":[{}],"navigation":{next}}}"#, sms(id)),
        )
    })
    .await;
    let found = ids(&list(&script.source(), &messages()).await.unwrap());
    assert_eq!(found.len(), 2);
    let asked = script.asked();
    assert_eq!(asked[1], asked[0].replace("page=1&", "page=2&"));
}

#[tokio::test]
async fn a_listing_yields_what_came_before_it_broke_off() {
    let script = Script::play(|path| {
        if path.contains("page=1&") {
            let next = r#"{"nextPage":{"uri":"/?page=2&perPage=250"}}"#;
            return (
                200,
                format!(r#"{{"records":[{}],"navigation":{next}}}"#, sms(1)),
            );
        }
        (403, refusal("CMN-419"))
    })
    .await;
    let (source, ask) = (script.source(), messages());
    let mut listing = source.list(&ask);
    assert_eq!(
        listing.try_next().await.unwrap().unwrap().sightings.len(),
        1
    );
    assert_eq!(
        listing.try_next().await.unwrap_err().kind(),
        Kind::Forbidden
    );
    assert!(
        listing.try_next().await.unwrap().is_none(),
        "an error ends the stream"
    );
}

#[tokio::test]
async fn one_broken_record_takes_no_other_along() {
    let script = Script::play(|_| {
        let good = r#"{"id":"a","startTime":"2026-05-10T17:30:00Z","recording":{"id":"7"}}"#;
        let records = format!(r#"[17, {{"recording":"?"}}, {good}, {{"legs":{{}}}}, null]"#);
        (200, format!(r#"{{"records":{records},"navigation":{{}}}}"#))
    })
    .await;
    let pages = list(&script.source(), &calls()).await.unwrap();
    assert_eq!(ids(&pages).len(), 1);
    assert_eq!(pages[0].unsettled, 4);
}

#[tokio::test]
async fn an_old_attachment_address_is_tried_on_the_media_host() {
    let platform = Script::play(|_| (404, refusal("CMN-120"))).await;
    let item = {
        let script = Script::play(|_| {
            let record = r#"{"id":1,"type":"Fax","creationTime":"2026-05-10T17:30:00Z",
                "messageStatus":"Received","attachments":[{"id":1,"type":"RenderedDocument"}]}"#;
            (
                200,
                format!(r#"{{"records":[{record}],"navigation":{{}}}}"#),
            )
        })
        .await;
        let found = sightings(&list(&script.source(), &messages()).await.unwrap());
        let (_, sighting) = found.into_iter().next().unwrap();
        assert_eq!(sighting.standing, Standing::Ready);
        sighting.item
    };
    let media = Script::play(|_| (200, "%PDF".to_owned())).await;
    let source = platform.beside(&media);
    let mut moved = item.clone();
    moved.fetch = Fetch::From(format!("{}/restapi/v1.0/x/content/1", platform.url));
    let content = source.open(&moved).await.unwrap();
    assert_eq!(content.length, Some(4));
    assert_eq!(platform.asked(), ["/restapi/v1.0/x/content/1"]);
    assert_eq!(media.asked(), ["/restapi/v1.0/x/content/1"]);
}

#[tokio::test]
async fn an_export_without_a_single_zip_is_no_empty_mailbox() {
    let script = Script::play(|path| match path {
        path if path.ends_with("/message-store-report") => {
            (202, r#"{"id":"1","status":"Completed"}"#.to_owned())
        }
        path if path.ends_with("/message-store-report/1/archive") => {
            (200, r#"{"records":[]}"#.to_owned())
        }
        _ => (403, refusal("CMN-419")),
    })
    .await;
    let error = list(&script.source(), &messages()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
}

/// Nobody asked for a part: what came is not the file.
#[tokio::test]
async fn half_an_answer_is_no_file() {
    let script = Script::play(|_| (206, "RIFF".to_owned())).await;
    let mut item = testkit::builders::recording("1", FROM_MS);
    let path = "/restapi/v1.0/account/1/recording/1/content";
    item.fetch = Fetch::From(format!("{}{path}", script.url));
    let error = script.source().open(&item).await.err().unwrap();
    assert_eq!(error.kind(), Kind::Protocol, "{error}");
}
