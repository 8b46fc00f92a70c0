//! Records in the shapes of RingCentral's documentation, and in shapes that it
//! does not promise.

use std::collections::BTreeSet;

use domain::item::Direction;
use domain::lane::Depth;
use domain::ports::source::Ask;
use domain::window::{DAY_MS, HOUR_MS, Window};
use serde_json::{Value, json};

use super::*;
use crate::addresses::Addresses;

/// 2026-05-10T17:00:00Z.
const FROM_MS: i64 = 1_778_432_400_000;

fn read_by(lane: Lane, now_ms: i64, record: &Value) -> Page {
    let addresses = Addresses::new("https://platform.example", "https://media.example").unwrap();
    let ask = Ask {
        lane,
        window: Window::from_ms(FROM_MS, FROM_MS + HOUR_MS).unwrap(),
        types: BTreeSet::from([DataType::CallRecording]),
        depth: Depth::Every,
    };
    let asked = Asked {
        ask: &ask,
        now_ms,
        addresses: &addresses,
    };
    let mut page = Page::default();
    read(
        &serde_json::from_value(record.clone()).unwrap(),
        &asked,
        &mut page,
    );
    page
}

fn read_one(record: &Value) -> Page {
    read_by(Lane::AccountCalls, FROM_MS + HOUR_MS, record)
}

fn recording(id: &str) -> Value {
    json!({
        "id": id,
        "type": "Automatic",
        "uri": format!("https://platform.example/restapi/v1.0/account/1/recording/{id}"),
        "contentUri": format!("https://media.example:443/restapi/v1.0/account/1/recording/{id}/content"),
    })
}

fn record() -> Value {
    json!({
        "id": "IWM7cJogEv7xlu8",
        "sessionId": "403631628008",
        "telephonySessionId": "s-9a03590172ea4d39a7cf7d5b6dba6a3b",
        "startTime": "2026-05-10T17:12:07.500Z",
        "duration": 61,
        "type": "Voice",
        "direction": "Inbound",
        "action": "Phone Call",
        "result": "Accepted",
        "to": {"phoneNumber": "+16505550100", "extensionNumber": "101", "name": "Main"},
        "from": {"phoneNumber": "(415)555-0XXX"},
        "extension": {"id": 400_131_427_008_u64},
        "lastModifiedTime": "2026-05-10T17:13:10.000Z",
        "legs": [],
    })
}

fn with(changes: Value) -> Value {
    let mut record = record();
    let (Value::Object(all), Value::Object(changes)) = (&mut record, changes) else {
        unreachable!()
    };
    all.extend(changes);
    record
}

fn units(page: &Page) -> Vec<&str> {
    page.sightings
        .iter()
        .map(|it| it.item.id.unit.as_str())
        .collect()
}

#[test]
fn a_recorded_call_tells_everything_about_its_recording() {
    let page = read_one(&with(json!({"recording": recording("77")})));
    let Sighting { item, standing } = &page.sightings[0];
    assert_eq!(item.id.key(), "recordings/77");
    assert_eq!(item.extension, Some(ExtensionId::new("400131427008")));
    assert_eq!(item.at_ms, FROM_MS + 12 * 60_000 + 7_500);
    assert_eq!((item.expected, item.size), (Expected::Audio, None));
    assert_eq!(*standing, Standing::Ready);
    let uri = "https://media.example:443/restapi/v1.0/account/1/recording/77/content";
    assert_eq!(item.fetch, Fetch::From(uri.to_owned()));
    let facts = &item.facts;
    assert_eq!(facts.direction, Direction::In);
    assert_eq!(facts.from.number.as_deref(), Some("(415)555-0XXX"));
    assert_eq!(facts.to[0].extension_number.as_deref(), Some("101"));
    assert_eq!(facts.to[0].name.as_deref(), Some("Main"));
    assert_eq!(facts.seconds, Some(61));
    assert_eq!(facts.recording_type.as_deref(), Some("Automatic"));
    assert_eq!(facts.call_id.as_deref(), Some("IWM7cJogEv7xlu8"));
    assert_eq!(
        facts.session_id.as_deref(),
        Some("s-9a03590172ea4d39a7cf7d5b6dba6a3b")
    );
    let call = &page.calls[0];
    assert_eq!((call.recordings, call.unfinished), (1, false));
    assert_eq!(
        (call.id.as_str(), call.result.as_str()),
        ("IWM7cJogEv7xlu8", "Accepted")
    );
    assert_eq!(page.unsettled, 0);
}

#[test]
fn recordings_are_found_on_the_record_and_on_every_leg_each_once() {
    let page = read_one(&with(json!({
        "recording": recording("1"),
        "legs": [
            {"recording": recording("1"), "duration": 5},
            {"result": "Accepted"},
            {"recording": recording("2"), "duration": 7, "startTime": "2026-05-10T19:00:00Z"},
            {"recording": {"id": 3, "type": "OnDemand"}},
        ],
    })));
    assert_eq!(units(&page), ["1", "2", "3"]);
    assert_eq!(page.calls[0].recordings, 3);
    let [first, second, third] = page.sightings.as_slice() else {
        unreachable!()
    };
    // All lie at the record's own time: the call log is filtered by it.
    assert!(
        page.sightings
            .iter()
            .all(|it| it.item.at_ms == first.item.at_ms)
    );
    assert_eq!(first.item.facts.seconds, Some(61));
    assert_eq!(second.item.facts.seconds, Some(7));
    assert_eq!(third.item.facts.recording_type.as_deref(), Some("OnDemand"));
    let built = "https://media.example/restapi/v1.0/account/~/recording/3/content";
    assert_eq!(third.item.fetch, Fetch::From(built.to_owned()));
}

#[test]
fn a_recording_belongs_to_the_record_or_to_the_first_leg_that_names_somebody() {
    let of = |record: &Value, lane: Lane| {
        let page = read_by(lane, FROM_MS, record);
        page.sightings[0]
            .item
            .extension
            .as_ref()
            .map(|id| id.as_str().to_owned())
    };
    let legs = json!([{}, {"extension": {}}, {"extension": {"id": "8"}}, {"extension": {"id": 9}}]);
    let nobody = json!({"recording": recording("1"), "extension": null, "legs": []});
    let by_leg = with(json!({"recording": recording("1"), "extension": null, "legs": legs}));
    assert_eq!(of(&by_leg, Lane::AccountCalls).as_deref(), Some("8"));
    let own = Lane::ExtensionCalls(ExtensionId::new("5"));
    assert_eq!(of(&by_leg, own.clone()).as_deref(), Some("8"));
    assert_eq!(of(&with(nobody.clone()), own).as_deref(), Some("5"));
    assert_eq!(of(&with(nobody), Lane::AccountCalls), None);
}

#[test]
fn a_recording_too_short_to_be_kept_is_excluded_and_counted() {
    for short in [
        json!({"shortRecording": true}),
        json!({"legs": [{"shortRecording": true}]}),
    ] {
        let page = read_one(&with(short));
        assert_eq!(units(&page), ["short-IWM7cJogEv7xlu8"]);
        assert!(matches!(page.sightings[0].standing, Standing::Excluded(_)));
        assert_eq!(page.sightings[0].item.fetch, Fetch::Nothing);
        assert_eq!(page.unsettled, 0);
    }
    let both = json!({"shortRecording": true, "legs": [{"recording": recording("1")}]});
    assert_eq!(units(&read_one(&with(both))), ["1"]);
}

#[test]
fn a_call_in_progress_is_unsettled_until_it_can_no_longer_be() {
    for (changes, unfinished) in [
        (json!({"result": "In Progress"}), true),
        (json!({"legs": [{"result": "In Progress"}]}), true),
        (json!({"result": "Stopped"}), false),
        (json!({"result": "IP Phone Offline"}), false),
        (json!({"result": "Something New"}), false),
        (json!({"result": null}), false),
    ] {
        let page = read_one(&with(changes.clone()));
        assert_eq!(page.calls[0].unfinished, unfinished, "{changes}");
        assert_eq!(page.unsettled, usize::from(unfinished), "{changes}");
    }
    let recorded = with(json!({"result": "In Progress", "recording": recording("1")}));
    let page = read_one(&recorded);
    assert!(matches!(page.sightings[0].standing, Standing::NotYet(_)));
    // A record that was never rewritten does not hold its window open for ever.
    let later = read_by(Lane::AccountCalls, FROM_MS + 2 * DAY_MS, &recorded);
    assert_eq!(
        (later.unsettled, &later.sightings[0].standing),
        (0, &Standing::Ready)
    );
    assert!(later.calls[0].unfinished);
}

#[test]
fn only_what_began_inside_the_window_is_told() {
    for (start, told) in [
        ("2026-05-10T16:59:59.999Z", 0),
        ("2026-05-10T17:00:00.000Z", 1),
        ("2026-05-10T17:59:59.999+0000", 1),
        ("2026-05-10T18:00:00.000Z", 0),
    ] {
        let page = read_one(&with(
            json!({"startTime": start, "recording": recording("1")}),
        ));
        assert_eq!(
            (page.sightings.len(), page.calls.len()),
            (told, told),
            "{start}"
        );
    }
}

#[test]
fn a_record_without_its_time_or_id_is_kept_all_the_same() {
    let page = read_one(&with(
        json!({"startTime": "?", "recording": recording("1")}),
    ));
    assert_eq!(page.sightings[0].item.at_ms, FROM_MS + 13 * 60_000 + 10_000);
    let timeless = json!({"startTime": null, "lastModifiedTime": null, "id": null});
    let page = read_one(&with(timeless));
    assert_eq!(page.calls[0].at_ms, FROM_MS);
    assert_eq!(page.calls[0].id, "s-9a03590172ea4d39a7cf7d5b6dba6a3b");
    let unnamed = json!({"recording": {
        "contentUri": "https://media.example/restapi/v1.0/account/1/recording/55/content?x=1"
    }});
    assert_eq!(units(&read_one(&with(unnamed))), ["55"]);
    let page = read_one(&with(json!({"recording": {"type": "Automatic"}})));
    assert_eq!((page.sightings.len(), page.unsettled), (0, 1));
    let page = read_one(&json!({"recording": recording("1")}));
    assert_eq!(
        (units(&page), page.calls.len(), page.unsettled),
        (vec!["1"], 0, 1)
    );
}

#[test]
fn a_hidden_caller_and_odd_fields_hide_nothing() {
    let page = read_one(&with(json!({
        "from": null, "to": "nobody", "duration": "61", "direction": "Sideways",
        "recording": {"id": 9_007_199_254_740_993_u64, "type": 5, "contentUri": null},
        "extension": 12, "sessionId": 1.5, "new": {"deep": [1]},
    })));
    let item = &page.sightings[0].item;
    assert_eq!(item.id.unit, "9007199254740993");
    assert_eq!(item.facts.direction, Direction::Unknown);
    assert_eq!(item.facts.seconds, Some(61));
    assert_eq!((item.facts.to.len(), &item.extension), (0, &None));
}

/// As many as a page of 32 MiB may hold are read in one go: looked for among
/// all that came before, they would keep a worker for hours.
#[test]
fn a_call_with_very_many_legs_holds_nobody_up() {
    let leg = |id: u32| json!({"recording": {"id": id}, "duration": 1});
    let legs: Vec<Value> = (0..60_000).chain(0..60_000).map(leg).collect();
    let page = read_one(&with(json!({ "legs": legs })));
    assert_eq!(page.sightings.len(), 60_000);
}
