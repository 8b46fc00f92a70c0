//! `archiver coverage` against what the simulator knows to be true.

use std::collections::BTreeMap;

use serde_json::Value;
use sim::ringcentral::{Kind, StaffChange};

use crate::rig::{Rig, small};

fn coverage(rig: &Rig, args: &[&str]) -> String {
    let output = rig.run(&[&["coverage"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(rig: &Rig) -> Value {
    let mut told: Value = serde_json::from_str(&coverage(rig, &["--json"])).unwrap();
    assert_eq!(told["coverage"].as_array().unwrap().len(), 1, "{told:#}");
    told["coverage"][0].take()
}

/// How many, and the times of the first and the last, by extension id and type.
/// Recordings stand under no extension: a call to a queue is the queue's or its
/// member's, and the records decide that.
type Lines = BTreeMap<(String, &'static str), (u64, i64, i64)>;

/// What there is.
fn truth(rig: &Rig) -> Lines {
    let mut units = BTreeMap::new();
    for it in rig.simulation.ringcentral().truth() {
        let kind = match it.kind {
            Kind::Recording => "recordings",
            Kind::Voicemail | Kind::Transcript => "voicemail",
            Kind::Sms | Kind::MmsPart | Kind::Pager => "sms",
            Kind::Fax | Kind::FaxSource => "fax",
        };
        assert!(!it.gone, "this company loses nothing");
        units.insert((it.extension_id, kind, it.provider_id), it.time_ms);
    }
    let units = units.into_iter();
    lines_of(units.map(|((extension, kind, _), at_ms)| (extension, kind, (1, at_ms, at_ms))))
}

fn lines_of(all: impl Iterator<Item = (String, &'static str, (u64, i64, i64))>) -> Lines {
    let mut lines = Lines::new();
    for (extension, kind, (count, first, last)) in all {
        let extension = match kind {
            "recordings" => String::new(),
            _ => extension,
        };
        let line = lines.entry((extension, kind)).or_insert((0, first, last));
        *line = (line.0 + count, line.1.min(first), line.2.max(last));
    }
    lines
}

/// What is told.
fn told(coverage: &Value) -> Lines {
    let ms = |at: &Value| {
        let at: jiff::Timestamp = at.as_str().unwrap().parse().unwrap();
        at.as_millisecond()
    };
    let kinds = ["recordings", "voicemail", "sms", "fax"];
    let mut seen = Vec::new();
    for it in coverage["lines"].as_array().unwrap() {
        let kind = it["type"].as_str().unwrap();
        let kind = kinds.into_iter().find(|known| *known == kind).unwrap();
        let archived = it["count"]["archived"].as_u64().unwrap();
        assert_eq!(it["count"]["pending"], 0, "{it:#}");
        if archived > 0 {
            let id = it["extension"].as_str().unwrap_or_default().to_owned();
            let of = (archived, ms(&it["first"]), ms(&it["last"]));
            seen.push((id, kind, of));
        }
    }
    lines_of(seen.into_iter())
}

/// The lines of somebody.
fn of<'a>(coverage: &'a Value, number: &str) -> Vec<&'a Value> {
    let lines = coverage["lines"].as_array().unwrap().iter();
    lines.filter(|it| it["number"] == number).collect()
}

/// 105 comes, 102 gets another name, 103 another number, 104 leaves.
#[test]
fn the_numbers_are_the_truth_of_a_company_whose_people_change() {
    let mut scenario = small();
    let unlisted = StaffChange {
        listed: false,
        ..StaffChange::default()
    };
    scenario.ringcentral.staff = [("105".to_owned(), unlisted.clone())].into();
    let rig = Rig::new(scenario);
    let (status, report) = rig.backup(&[]);
    assert_eq!(status, 0, "{report:#}");
    let before = json(&rig);
    assert_eq!(of(&before, "105"), [&Value::Null; 0]);
    assert_eq!(of(&before, "104").len(), 4);
    assert_eq!(of(&before, "104")[0]["left"], Value::Null);

    rig.simulation.ringcentral().change_options(|it| {
        let renamed = StaffChange {
            name: Some("=Bea <b>Okafor</b>".to_owned()),
            ..StaffChange::default()
        };
        let renumbered = StaffChange {
            number: Some("903".to_owned()),
            ..StaffChange::default()
        };
        it.staff = [("102", renamed), ("103", renumbered), ("104", unlisted)]
            .map(|(number, change)| (number.to_owned(), change))
            .into();
    });
    let (status, report) = rig.backup(&[]);
    assert_eq!(status, 0, "{report:#}");
    let after = json(&rig);
    let truth = truth(&rig);
    assert!(truth.len() > 20, "{truth:?}");
    assert_eq!(told(&after), truth);
    assert_eq!(of(&after, "105").len(), 4);
    assert_eq!(of(&after, "102")[0]["name"], "=Bea <b>Okafor</b>");
    assert_eq!((of(&after, "103").len(), of(&after, "903").len()), (0, 4));
    let left = of(&after, "104");
    assert!(!left.is_empty());
    assert!(left.iter().all(|it| it["left"].is_string()), "{left:?}");
    let archived: u64 = truth.values().map(|it| it.0).sum();
    assert_eq!(after["total"]["archived"], archived);

    let csv = coverage(&rig, &["--csv", "people"]);
    let lines = after["lines"].as_array().unwrap().len();
    assert_eq!(csv.lines().count(), lines + 1, "{csv}");
    assert!(csv.contains("\"'=Bea <b>Okafor</b>\""), "{csv}");
    let days = coverage(&rig, &["--csv", "days"]);
    assert!(days.contains(",whole,recordings,"), "{days}");
    let text = coverage(&rig, &[]);
    assert!(
        text.contains(&format!("Total: {archived} archived")),
        "{text}"
    );
}
