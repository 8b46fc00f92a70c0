//! A tree that RingCentral's own Archiver left behind, with all that happens
//! to such trees in years, is taken over.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use sim::Scenario;
use sim::ringcentral::{Kind, Truth};

use crate::rig::{Rig, small};

/// What is planted: each of the fifty in a row that has it.
const ABSENT: usize = 1;
const DAMAGED: usize = 2;
const WRONG_TIME: usize = 3;
const COPIED: usize = 4;
const DOUBTFUL: usize = 5;
const NAMELESS: usize = 6;
const SPRAWLED: usize = 7;
/// Of recordings that RingCentral deleted long ago.
const OLD: usize = 40;

/// Only recordings, so many.
fn company(recordings: u32) -> Scenario {
    let mut scenario = small();
    let company = &mut scenario.company;
    company.days = 40;
    company.recordings_per_day = recordings / 40;
    company.other_calls_per_day = 0;
    company.voicemails_per_day = 0;
    company.texts_per_day = 0;
    company.faxes_per_day = 0;
    company.recording_median_bytes = 1_000;
    scenario
}

/// Sound that no other recording has.
fn wav(id: &str) -> Vec<u8> {
    let sound: Vec<u8> = id.bytes().cycle().take(400).collect();
    let mut wav = b"RIFF".to_vec();
    wav.extend(436_u32.to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend(b"\x01\0\x08\0data");
    wav.extend(400_u32.to_le_bytes());
    wav.extend(sound);
    wav
}

fn name(id: &str, at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap();
    let stamp = at.strftime("%Y%m%d-%H%M%S");
    format!("{stamp}_15550100567_15550100234#101_Automatic_{id}")
}

fn write(folder: &Path, file: &str, bytes: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(file), bytes).unwrap();
}

/// The tree, and which recordings can be told by it.
fn plant(tree: &Path, recordings: &[Truth]) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    for (n, truth) in recordings.iter().enumerate() {
        let (id, at_ms) = (truth.provider_id.as_str(), truth.time_ms);
        let day = jiff::Timestamp::from_millisecond(at_ms).unwrap();
        let day = day.strftime("%Y-%-m-%-d").to_string();
        let line = format!("RingCentral Archiver/Front Desk_{}", 101 + n % 9);
        let shelf = tree.join(line).join(&day).join("Call Recording");
        let (file, sound) = (name(id, at_ms), wav(id));
        match n % 50 {
            ABSENT => {}
            DAMAGED => write(&shelf, &format!("{file}.wav"), &sound[..300]),
            WRONG_TIME => {
                let other = name(id, at_ms - 40 * 86_400_000);
                write(&shelf, &format!("{other}.wav"), &sound);
            }
            DOUBTFUL => {
                write(&shelf, &format!("{file}.wav"), &sound);
                write(&shelf, &format!("{file} (1).wav"), &wav("other"));
            }
            NAMELESS => write(&shelf, &format!("recording {n}.wav"), &sound),
            planted => {
                let shelf = match planted {
                    SPRAWLED => tree
                        .join("old/RingCentral Archiver/Somebody Else_9")
                        .join(&day)
                        .join("Call Recording"),
                    _ => shelf,
                };
                write(&shelf, &format!("{file}.wav"), &sound);
                if planted == COPIED {
                    write(&shelf, &format!("{file} (1).wav"), &sound);
                }
                told.insert(id.to_owned());
            }
        }
    }
    for n in 0..OLD {
        let shelf = tree.join("RingCentral Archiver/Front Desk_101/2021-3-4/Call Recording");
        let id = format!("77{n:09}");
        write(
            &shelf,
            &format!("{}.wav", name(&id, 1_614_850_000_000)),
            &wav(&id),
        );
    }
    write(&tree.join("RingCentral Archiver"), "notes.txt", b"ours");
    told
}

fn adopt(rig: &Rig, args: &[&str]) -> (i32, Value) {
    let args: Vec<&str> = ["adopt", "--json"].iter().chain(args).copied().collect();
    let output = rig.run(&args);
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), report)
}

fn kinds(report: &Value) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for left in report["left"].as_array().unwrap() {
        let kind = left["kind"].as_str().unwrap().to_owned();
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

fn absent(report: &Value) -> BTreeSet<String> {
    let open = report["not_in_the_tree"].as_array().unwrap();
    let id = |it: &Value| {
        let item = it["item"].as_str().unwrap();
        item.rsplit('/').next().unwrap().to_owned()
    };
    open.iter().map(id).collect()
}

fn recordings(rig: &Rig) -> Vec<Truth> {
    let mut truth = rig.simulation.ringcentral().truth();
    truth.retain(|it| it.kind == Kind::Recording);
    truth
}

/// Every match is right and every gap is named; the next run fetches the gaps
/// and nothing else, and all of it is proven.
fn is_taken_over(rig: &Rig, tree: &Path, from: &[&str]) {
    let truth = recordings(rig);
    let told = plant(tree, &truth);
    let args: Vec<&str> = from
        .iter()
        .chain(&["--to-folder", "archive"])
        .copied()
        .collect();
    let (status, report) = adopt(rig, &args);
    assert_eq!(status, 3, "{report:#}");
    assert_eq!(report["adopted"], told.len() + OLD);
    assert_eq!(report["no_longer_at_ringcentral"], OLD);
    let all: BTreeSet<String> = truth.iter().map(|it| it.provider_id.clone()).collect();
    let gaps: BTreeSet<String> = all.difference(&told).cloned().collect();
    assert_eq!(absent(&report), gaps);
    let each = |planted: usize| (planted..truth.len()).step_by(50).count();
    let expected = [
        ("damaged", each(DAMAGED)),
        ("doubtful", 2 * each(DOUBTFUL)),
        ("duplicate", each(COPIED)),
        ("unnamed", each(NAMELESS) + 1),
        ("wrong-time", each(WRONG_TIME)),
    ];
    let expected = expected.map(|(kind, count)| (kind.to_owned(), count));
    assert_eq!(kinds(&report), expected.into());

    // Once more: nothing is adopted twice.
    let (_, again) = adopt(rig, &args);
    assert_eq!(
        (&again["adopted"], &again["archived_before"]),
        (&0.into(), &(told.len() + OLD).into())
    );

    let (status, report) = rig.backup_days(45, &["--to-folder", "archive"]);
    assert_eq!(status, 0, "{report:#}");
    assert_eq!(report["archived_now"], gaps.len());
    let output = rig.run(&["verify", "--deep", "--json", "--to-folder", "archive"]);
    let proof: Value = serde_json::from_slice(&output.stdout).unwrap();
    // What was not adopted is somebody else's, where the tree is the archive's.
    let extra = if from.is_empty() { 3 } else { 0 };
    assert_eq!(output.status.code(), Some(extra), "{proof:#}");
}

#[test]
fn a_tree_of_ten_thousand_files_in_a_folder_is_copied_into_the_archive() {
    let rig = Rig::new(company(10_000));
    let tree = rig.folder.path().join("tree");
    is_taken_over(&rig, &tree, &["tree"]);
}

#[test]
fn a_tree_in_the_archive_is_adopted_where_it_lies() {
    let rig = Rig::new(company(400));
    let tree = rig.folder.path().join("archive");
    is_taken_over(&rig, &tree, &[]);
}

#[test]
fn what_is_no_folder_is_said_before_anybody_is_asked() {
    let rig = Rig::new(company(40));
    let output = rig.run(&["adopt", "nowhere"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("nowhere") && told.contains("Nothing was adopted"),
        "{told}"
    );
    assert_eq!(rig.simulation.ringcentral().requests().total, 0);
}
