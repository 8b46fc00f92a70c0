//! Messages in the shapes of RingCentral's documentation, and in shapes that
//! it does not promise.

use domain::item::Direction;
use domain::lane::Depth;
use domain::ports::source::Ask;
use domain::window::{DAY_MS, HOUR_MS, Window};
use serde_json::{Value, json};

use super::*;
use crate::addresses::Addresses;

/// 2026-05-10T17:00:00Z.
const FROM_MS: i64 = 1_778_432_400_000;

fn read_at(now_ms: i64, types: &[DataType], message: &Value) -> Page {
    let addresses = Addresses::new("https://platform.example", "https://media.example").unwrap();
    let ask = Ask {
        lane: Lane::Messages(ExtensionId::new("5")),
        window: Window::from_ms(FROM_MS, FROM_MS + HOUR_MS).unwrap(),
        types: types.iter().copied().collect(),
        depth: Depth::Every,
    };
    let asked = Asked {
        ask: &ask,
        now_ms,
        addresses: &addresses,
    };
    let mut page = Page::default();
    read(
        &serde_json::from_value(message.clone()).unwrap(),
        &asked,
        &mut page,
    );
    page
}

fn read_one(message: &Value) -> Page {
    read_at(FROM_MS + HOUR_MS, &DataType::ALL, message)
}

/// The same, two days later: nothing changes by itself any more.
fn read_late(message: &Value) -> Page {
    read_at(FROM_MS + 2 * DAY_MS, &DataType::ALL, message)
}

fn message(kind: &str, changes: Value) -> Value {
    let mut message = json!({
        "id": 402_406_984_008_u64,
        "type": kind,
        "creationTime": "2026-05-10T17:24:03.000Z",
        "lastModifiedTime": "2026-05-10T17:24:04.531Z",
        "direction": "Inbound",
        "availability": "Alive",
        "messageStatus": "Received",
        "from": {"phoneNumber": "+14155550101"},
        "to": [{"name": "Ada"}],
    });
    let (Value::Object(all), Value::Object(changes)) = (&mut message, changes) else {
        unreachable!()
    };
    all.extend(changes);
    message
}

fn attachment(id: u64, kind: &str) -> Value {
    json!({
        "id": id,
        "uri": format!("https://media.example/restapi/v1.0/account/1/extension/5/message-store/402406984008/content/{id}"),
        "type": kind,
        "contentType": "application/octet-stream",
    })
}

fn keys(page: &Page) -> Vec<String> {
    page.sightings.iter().map(|it| it.item.id.key()).collect()
}

#[test]
fn a_voicemail_is_its_audio_and_its_transcript_wherever_they_stand() {
    let page = read_one(&message(
        "VoiceMail",
        json!({
            "vmTranscriptionStatus": "Completed",
            "attachments": [
                attachment(1, "AudioTranscription"),
                {"id": 402_406_984_008_u64, "type": "AudioRecording", "vmDuration": 25, "size": 4000},
            ],
        }),
    ));
    assert_eq!(
        keys(&page),
        [
            "voicemail/402406984008/1",
            "voicemail/402406984008/402406984008"
        ]
    );
    let [transcript, audio] = page.sightings.as_slice() else {
        unreachable!()
    };
    assert_eq!(
        (transcript.item.expected, audio.item.expected),
        (Expected::Text, Expected::Audio)
    );
    assert_eq!(
        (audio.item.facts.seconds, audio.item.size),
        (Some(25), Some(4000))
    );
    assert_eq!(audio.item.extension, Some(ExtensionId::new("5")));
    let built = "https://media.example/restapi/v1.0/account/~/extension/5/message-store/\
                 402406984008/content/402406984008";
    assert_eq!(audio.item.fetch, Fetch::From(built.to_owned()));
    assert!(
        page.sightings
            .iter()
            .all(|it| it.standing == Standing::Ready)
    );
    assert_eq!(page.unsettled, 0);
}

#[test]
fn a_transcript_in_the_making_holds_the_window_open_for_a_day() {
    let making = message(
        "VoiceMail",
        json!({
            "vmTranscriptionStatus": "InProgress",
            "attachments": [attachment(1, "AudioRecording"), attachment(2, "AudioTranscription")],
        }),
    );
    let page = read_one(&making);
    assert_eq!(page.unsettled, 1);
    assert_eq!(page.sightings[0].standing, Standing::Ready);
    assert!(matches!(page.sightings[1].standing, Standing::NotYet(_)));
    let late = read_late(&making);
    assert_eq!(late.unsettled, 0);
    assert_eq!(late.sightings[1].standing, Standing::Ready);
    for status in [
        "NotAvailable",
        "TimedOut",
        "Failed",
        "Unknown",
        "CompletedPartially",
        "New",
    ] {
        let done = json!({"vmTranscriptionStatus": status, "attachments": [attachment(1, "AudioRecording")]});
        assert_eq!(
            read_one(&message("VoiceMail", done)).unsettled,
            0,
            "{status}"
        );
    }
}

#[test]
fn a_fax_is_its_documents() {
    let page = read_one(&message(
        "Fax",
        json!({
            "direction": "Outbound", "messageStatus": "Sent", "faxPageCount": 0, "from": null,
            "attachments": [attachment(1, "RenderedDocument"), attachment(2, "SourceDocument")],
        }),
    ));
    assert_eq!(keys(&page), ["fax/402406984008/1", "fax/402406984008/2"]);
    let expected: Vec<Expected> = page.sightings.iter().map(|it| it.item.expected).collect();
    assert_eq!(expected, [Expected::Document, Expected::Anything]);
    // The documentation's own sample of a sent fax has 0 pages.
    assert!(
        page.sightings
            .iter()
            .all(|it| it.standing == Standing::Ready)
    );
    assert_eq!(page.sightings[0].item.facts.direction, Direction::Out);
    assert_eq!(page.sightings[0].item.facts.pages, None);
    let received = json!({"faxPageCount": 3, "attachments": [attachment(1, "RenderedDocument")]});
    let page = read_one(&message("Fax", received));
    assert_eq!(page.sightings[0].item.facts.pages, Some(3));
}

#[test]
fn a_fax_being_sent_comes_later() {
    for changes in [
        json!({"messageStatus": "Queued", "faxPageCount": 2}),
        json!({"messageStatus": "Queued"}),
        json!({"messageStatus": null, "faxPageCount": 0}),
    ] {
        let mut fax = message("Fax", changes.clone());
        fax["attachments"] = json!([attachment(1, "RenderedDocument")]);
        let page = read_one(&fax);
        assert!(
            matches!(page.sightings[0].standing, Standing::NotYet(_)),
            "{changes}"
        );
        assert_eq!(page.unsettled, 1, "{changes}");
        let late = read_late(&fax);
        assert_eq!(
            (&late.sightings[0].standing, late.unsettled),
            (&Standing::Ready, 0)
        );
    }
}

#[test]
fn a_message_that_has_no_file_yet_is_unsettled_and_later_missing() {
    for kind in ["Fax", "VoiceMail"] {
        for attachments in [json!([]), json!(null)] {
            let empty = message(kind, json!({"attachments": attachments}));
            let page = read_one(&empty);
            assert_eq!((page.sightings.len(), page.unsettled), (0, 1), "{kind}");
            let late = read_late(&empty);
            assert!(matches!(late.sightings[0].standing, Standing::Missing(_)));
            assert_eq!((late.sightings.len(), late.unsettled), (1, 0), "{kind}");
        }
    }
}

#[test]
fn an_sms_is_its_text_which_came_with_the_listing() {
    let page = read_one(&message(
        "SMS",
        json!({
            "subject": "Flight information ✈",
            "conversationId": 8_234_962_969_801_172_000_u64,
            "conversation": {"id": "8234962969801171948"},
            "to": [{"phoneNumber": "+1"}, {"phoneNumber": "+2", "target": true}],
            "attachments": [attachment(1, "Text")],
        }),
    ));
    assert_eq!(keys(&page), ["sms/402406984008"]);
    let item = &page.sightings[0].item;
    assert_eq!(item.facts.text.as_deref(), Some("Flight information ✈"));
    assert_eq!(
        item.facts.conversation_id.as_deref(),
        Some("8234962969801171948")
    );
    assert_eq!(item.facts.to.len(), 2);
    assert_eq!(
        (&item.fetch, item.expected),
        (&Fetch::Transcript, Expected::Text)
    );
    let pager = message("Pager", json!({"subject": "x", "conversationId": 7}));
    let page = read_one(&pager);
    assert_eq!(keys(&page), ["sms/402406984008"]);
    assert_eq!(
        page.sightings[0].item.facts.conversation_id.as_deref(),
        Some("7")
    );
}

#[test]
fn a_text_attachment_that_says_more_than_the_subject_is_kept_too() {
    let text = |subject: Value, size: Value| {
        let mut attachment = attachment(1, "Text");
        attachment["size"] = size;
        let page = read_one(&message(
            "SMS",
            json!({"subject": subject, "attachments": [attachment]}),
        ));
        assert_eq!(page.unsettled, 0);
        keys(&page).len()
    };
    assert_eq!(text(json!("grüß"), json!(6)), 1, "sizes are bytes of UTF-8");
    assert_eq!(text(json!("grüß"), json!(4)), 2);
    assert_eq!(text(json!("cut"), json!(5000)), 2);
    assert_eq!(text(json!("whole"), json!(null)), 1);
    assert_eq!(text(json!(null), json!(null)), 2);
    assert_eq!(text(json!(null), json!(0)), 1);
    assert_eq!(text(json!(""), json!(null)), 1, "a picture alone");
}

#[test]
fn an_mms_is_its_text_and_every_attachment() {
    let picture = |id: u64, name: &str| {
        let mut it = attachment(id, "MmsAttachment");
        it["fileName"] = json!(name);
        it["size"] = json!(13);
        it
    };
    let page = read_one(&message(
        "SMS",
        json!({
            "attachments": [
                picture(10, "a.png"), attachment(402_406_984_008, "Text"), picture(11, "../b"),
                {"uri": "https://media.example/x/content/12?y=1"}, {"type": "MmsAttachment"},
            ],
        }),
    ));
    assert_eq!(
        keys(&page),
        [
            "sms/402406984008",
            "sms/402406984008/10",
            "sms/402406984008/402406984008",
            "sms/402406984008/11",
            "sms/402406984008/12",
        ]
    );
    let item = &page.sightings[1].item;
    assert_eq!(item.facts.file_name.as_deref(), Some("a.png"));
    assert_eq!(
        (item.size, item.expected, &item.facts.text),
        (Some(13), Expected::Anything, &None)
    );
    assert_eq!(page.unsettled, 1, "the one that nothing names");
}

#[test]
fn the_title_of_a_fax_is_kept_and_the_text_of_an_sms_is_not_repeated() {
    let titled = |kind: &str, attachment_kind: &str, subject: &str| {
        let attachments = json!([attachment(1, attachment_kind)]);
        let changes = json!({"subject": subject, "attachments": attachments});
        let page = read_one(&message(kind, changes));
        page.sightings.last().unwrap().item.facts.text.clone()
    };
    let offer = titled("Fax", "RenderedDocument", "Offer 42");
    assert_eq!(offer.as_deref(), Some("Offer 42"));
    assert_eq!(titled("Fax", "RenderedDocument", ""), None);
    assert_eq!(titled("SMS", "MmsAttachment", "Offer 42"), None);
}

#[test]
fn what_its_owner_deleted_is_archived_while_it_lasts_and_missing_after() {
    let deleted =
        json!({"availability": "Deleted", "attachments": [attachment(1, "AudioRecording")]});
    let page = read_one(&message("VoiceMail", deleted));
    assert_eq!(page.sightings[0].standing, Standing::Ready);
    let purged =
        json!({"availability": "Purged", "attachments": [attachment(1, "AudioRecording")]});
    let page = read_one(&message("VoiceMail", purged));
    assert_eq!(keys(&page), ["voicemail/402406984008/1"]);
    assert_eq!(page.sightings[0].standing, Standing::Missing(DELETED));
    assert_eq!(
        (&page.sightings[0].item.fetch, page.unsettled),
        (&Fetch::Nothing, 0)
    );
    for kind in ["VoiceMail", "Fax"] {
        let page = read_one(&message(kind, json!({"availability": "Purged"})));
        assert_eq!(page.sightings[0].standing, Standing::Missing(DELETED));
        assert_eq!(
            page.sightings[0].item.id.part.as_deref(),
            Some("402406984008")
        );
        assert_eq!(page.unsettled, 0);
    }
    let page = read_one(&message("SMS", json!({"availability": "Purged"})));
    assert_eq!(page.sightings[0].standing, Standing::Missing(DELETED));
    let page = read_one(&message(
        "SMS",
        json!({"availability": "Purged", "subject": "still here"}),
    ));
    assert_eq!(page.sightings[0].standing, Standing::Ready);
}

#[test]
fn only_wanted_types_inside_the_window_are_told() {
    let fax = message(
        "Fax",
        json!({"attachments": [attachment(1, "RenderedDocument")]}),
    );
    let now_ms = FROM_MS + HOUR_MS;
    assert!(
        read_at(now_ms, &[DataType::Sms, DataType::Voicemail], &fax)
            .sightings
            .is_empty()
    );
    assert_eq!(read_at(now_ms, &[DataType::Fax], &fax).sightings.len(), 1);
    for (time, told) in [
        ("2026-05-10T16:59:59.999Z", 0),
        ("2026-05-10T17:00:00.000Z", 1),
        ("2026-05-10T18:00:00.000Z", 0),
        ("2026-05-10", 0),
        ("whenever", 1),
    ] {
        let sms = message("SMS", json!({"creationTime": time, "subject": "x"}));
        assert_eq!(read_one(&sms).sightings.len(), told, "{time}");
    }
}

#[test]
fn what_is_new_is_kept_as_a_text_and_what_has_no_id_is_not_forgotten() {
    let new = message(
        "Telepathy",
        json!({"subject": "x", "attachments": [attachment(1, "Aura")]}),
    );
    assert_eq!(
        keys(&read_one(&new)),
        ["sms/402406984008", "sms/402406984008/1"]
    );
    let page = read_one(&message("SMS", json!({"id": null, "subject": "x"})));
    assert_eq!((page.sightings.len(), page.unsettled), (0, 1));
    let odd = message(
        "SMS",
        json!({
            "id": "402406984008", "from": [], "to": {"phoneNumber": 16_505_550_100_u64},
            "direction": 3, "conversation": "?", "subject": 42,
        }),
    );
    let page = read_one(&odd);
    let facts = &page.sightings[0].item.facts;
    assert_eq!(facts.to[0].number.as_deref(), Some("16505550100"));
    assert_eq!(facts.text.as_deref(), Some("42"));
}
