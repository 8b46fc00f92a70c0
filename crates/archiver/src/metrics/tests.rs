//! What is written is well formed by the rules of `OpenMetrics` 1.0, and each
//! number is the world's.
#![expect(clippy::float_cmp, reason = "whole numbers and quarters are exact")]

use std::collections::BTreeSet;

use domain::alarm::{Alarm, AlarmKey};
use domain::grant::Provider;
use domain::ledger::Pending;
use domain::ports::{Alarms, Connections, Ledger, Tasks, Vault};
use domain::timetable::Timetable;
use domain::window::HOUR_MS;
use testkit::builders::{
    T0, account, archived, backup, connection, destination, failed, grant, noted, ready, recording,
};
use testkit::clock::ManualClock;
use testkit::faulty::{Faults, Faulty};
use testkit::memory::Store as Books;

use super::*;

/// A line with a value: the name with its labels in order, and the value.
type Samples = BTreeMap<String, f64>;

/// Reads the text as strictly as the specification is: families that do not
/// mingle, each with a type before its samples; a counter's sample ends in
/// `_total`; no sample twice; `# EOF` at the end and nothing after it.
fn parsed(text: &str) -> Samples {
    let body = text.strip_suffix("# EOF\n").expect("it ends with # EOF");
    let mut samples = Samples::new();
    let mut families = BTreeSet::new();
    let mut family: Option<(String, String)> = None;
    for line in body.lines() {
        assert!(!line.is_empty(), "no empty lines");
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.splitn(3, ' ');
            let (what, name, more) = (words.next(), words.next(), words.next());
            let (name, more) = (name.unwrap(), more.unwrap());
            assert!(is_name(name), "{line}");
            match what.unwrap() {
                "HELP" => assert!(families.insert(name.to_owned()), "twice: {line}"),
                "TYPE" => {
                    assert!(matches!(more, "counter" | "gauge"), "{line}");
                    assert!(families.contains(name), "no help: {line}");
                    family = Some((name.to_owned(), more.to_owned()));
                }
                other => panic!("{other}: {line}"),
            }
            continue;
        }
        let (key, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = key.split_once('{').unwrap_or((key, "}"));
        let (of, kind) = family.as_ref().unwrap();
        let expected = match kind.as_str() {
            "counter" => format!("{of}_total"),
            _ => of.clone(),
        };
        assert_eq!(name, expected, "{line}");
        let labels = labels.strip_suffix('}').unwrap();
        for label in labels.split("\",").filter(|it| !it.is_empty()) {
            let (name, value) = label.split_once("=\"").unwrap();
            assert!(is_name(name), "{line}");
            let value = value.trim_end_matches('"');
            assert!(!value.contains(['"', '\n', '\\']), "{line}");
        }
        let value: f64 = value.parse().unwrap();
        assert!(
            samples.insert(key.to_owned(), value).is_none(),
            "twice: {line}"
        );
    }
    samples
}

fn is_name(name: &str) -> bool {
    let letters = |it: char| it.is_ascii_alphanumeric() || it == '_';
    name.starts_with(|it: char| it.is_ascii_alphabetic()) && name.chars().all(letters)
}

fn metrics(clock: &ManualClock) -> Metrics {
    Metrics::new(Arc::new(clock.clone()), Failures::default())
}

fn call<'a>(peer: &'a str, group: &'a str, status: Option<u16>) -> Call<'a> {
    Call {
        peer,
        route: "/x",
        group,
        status,
        took: Duration::from_millis(250),
        sent: 1_000,
        date_ms: status.map(|_| T0 - 2_000),
    }
}

#[tokio::test(start_paused = true)]
async fn calls_are_counted_as_they_were_made() {
    let clock = ManualClock::at(T0);
    let (metrics, store) = (metrics(&clock), Books::new(clock.clone()));
    let made = [
        ("RingCentral", "heavy", Some(200), 7),
        ("RingCentral", "heavy", Some(429), 2),
        ("RingCentral", "light", None, 1),
        ("Dropbox", "all", Some(200), 4),
    ];
    for (peer, group, status, times) in made {
        for _ in 0..times {
            metrics.called(&call(peer, group, status));
            metrics.received(peer, "/x", 10);
        }
    }
    metrics.braked("RingCentral", "1", Some("heavy"), Duration::from_mins(1));
    metrics.braked("RingCentral", "1", None, Duration::from_secs(5));
    let samples = parsed(&metrics.text(&store).await);
    let at = |key: &str| samples[&format!("archiver_{key}")];
    let calls = |peer: &str, group: &str, status: &str| {
        at(&format!(
            "calls_total{{provider=\"{peer}\",group=\"{group}\",status=\"{status}\"}}"
        ))
    };
    for (peer, group, status, times) in made {
        let status = status.map_or("none".to_owned(), |it| it.to_string());
        assert_eq!(calls(peer, group, &status), f64::from(times));
    }
    for (key, wanted) in [
        ("sent_bytes_total{provider=\"RingCentral\"}", 10_000.0),
        ("received_bytes_total{provider=\"RingCentral\"}", 100.0),
        ("received_bytes_total{provider=\"Dropbox\"}", 40.0),
        (
            "call_seconds_total{provider=\"Dropbox\",group=\"all\"}",
            1.0,
        ),
        (
            "penalties_total{provider=\"RingCentral\",group=\"heavy\"}",
            1.0,
        ),
        (
            "penalty_seconds_total{provider=\"RingCentral\",group=\"heavy\"}",
            60.0,
        ),
        (
            "penalty_seconds_total{provider=\"RingCentral\",group=\"all\"}",
            5.0,
        ),
        ("clock_ahead_seconds{provider=\"RingCentral\"}", 2.0),
    ] {
        assert_eq!(at(key), wanted, "{key}");
    }
    assert_eq!(
        metrics.ahead(),
        [
            ("Dropbox".to_owned(), 2_000),
            ("RingCentral".to_owned(), 2_000)
        ]
    );
}

/// A company with this and that pending.
async fn filled(store: &Books) {
    let company = account("1");
    let place = destination("box", &company.id);
    let (tie, id) = (connection("c", &place), &company.id);
    let job = backup("b", &tie);
    store.keep_account(&company, T0).await.unwrap();
    store.keep_destination(&place).await.unwrap();
    store.keep_connection(&tie, T0).await.unwrap();
    store.keep_backup(&job, T0).await.unwrap();
    let given = grant("g", T0);
    let kept = store.keep_grant(id, &tie.id, Provider::Source, &given);
    kept.await.unwrap();
    let items: Vec<_> = (0..9)
        .map(|n| recording(&format!("r{n}"), T0 + n))
        .collect();
    let all: Vec<_> = items.iter().map(|it| noted(ready(it))).collect();
    store.note(id, &job, &all, &[], T0).await.unwrap();
    let settled = [
        (items[0].id.clone(), archived("a.mp3", b"a")),
        (items[1].id.clone(), failed(Pending::Failed, T0)),
        (
            items[2].id.clone(),
            failed(Pending::Throttled, T0 + HOUR_MS),
        ),
        (
            items[3].id.clone(),
            failed(Pending::Throttled, T0 + HOUR_MS),
        ),
    ];
    store.settle(id, &place.id, &settled, T0).await.unwrap();
    let due = Timetable {
        due_ms: Some(T0 - 90_000),
        ..Timetable::default()
    };
    let was = Timetable::default();
    let kept = store.change_timetable(id, &job.id, &was, &due).await;
    assert!(kept.unwrap());
    for about in ["b", "c"] {
        let key = AlarmKey {
            account: Some(id.clone()),
            kind: AlarmKind::Silence,
            about: about.to_owned(),
        };
        let alarm = Alarm {
            key,
            what: "It is so.".to_owned(),
        };
        store.raise_alarm(&alarm, &[], T0).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_database_knows_is_told_and_asked_for_once_in_fifteen_seconds() {
    let clock = ManualClock::following_tokio(T0);
    let (metrics, store) = (metrics(&clock), Books::new(clock.clone()));
    let empty = parsed(&metrics.text(&store).await);
    assert_eq!(empty["archiver_database_up"], 1.0);
    assert_eq!(empty["archiver_queue_age_seconds"], 0.0);
    let deadline = "archiver_oldest_deadline_timestamp_seconds";
    assert!(!empty.contains_key(deadline), "nothing is pending");
    filled(&store).await;
    tokio::time::sleep(Duration::from_millis(14_999)).await;
    let still = parsed(&metrics.text(&store).await);
    assert_eq!(still, empty, "not asked again so soon");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let samples = parsed(&metrics.text(&store).await);
    let at = |key: &str| samples[&format!("archiver_{key}")];
    assert_eq!(at("pending_entries{reason=\"new\"}"), 5.0);
    assert_eq!(at("pending_entries{reason=\"failed\"}"), 1.0);
    assert_eq!(at("pending_entries{reason=\"throttled\"}"), 2.0);
    assert_eq!(at("alarms{kind=\"silence\"}"), 2.0);
    assert_eq!(at("alarms{kind=\"backlog\"}"), 0.0);
    assert_eq!(
        at("oldest_deadline_timestamp_seconds"),
        seconds(T0 + 1 + HORIZON_MS)
    );
    let now_ms = clock.now_ms();
    assert_eq!(at("queue_age_seconds"), seconds(now_ms - T0 + 90_000));
    assert_eq!(at("oldest_grant_age_seconds"), seconds(now_ms - T0));
    let text = metrics.text(&store).await;
    for personal in ["box", "r1", "\"1\"", "101"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_database_that_does_not_answer_is_a_number_too() {
    let clock = ManualClock::at(T0);
    let faults = Faults::cut_before(0);
    let store = Faulty::new(Books::new(clock.clone()), &faults);
    let samples = parsed(&metrics(&clock).text(&store).await);
    assert_eq!(samples["archiver_database_up"], 0.0);
}
