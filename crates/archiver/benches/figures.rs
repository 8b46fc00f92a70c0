//! Figures, counted and not timed: how many calls an item costs, and how much
//! memory a run takes. The release binary runs against the simulators in a
//! process of their own; calls are counted from the simulators' logs.
//!
//! `scripts/figures [--short]`
#![expect(clippy::expect_used, reason = "a bench that cannot go on says so")]

mod simulators;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::simulators::{Simulators, a_month_ago, row};

/// How big the worlds are.
struct Sizes {
    recordings: u64,
    big_bytes: u64,
    listed: u64,
}

fn main() {
    let short = std::env::args().any(|it| it == "--short");
    let sizes = if short {
        Sizes {
            recordings: 1_000,
            big_bytes: 256 << 20,
            listed: 20_000,
        }
    } else {
        Sizes {
            recordings: 2_000,
            big_bytes: 2 << 30,
            listed: 100_000,
        }
    };
    println!("figure | value | target");
    println!("--- | --- | ---");
    calls_per_item(&sizes);
    big_recording(&sizes);
    long_listing(&sizes);
}

/// Calls per recording and per small file; then a second run.
fn calls_per_item(sizes: &Sizes) {
    let world = World::start(
        "calls",
        &format!(
            "{NO_MESSAGES}days = 30\nrecordings = {}\nrecording_median_bytes = 60000\n{UNLIMITED}",
            sizes.recordings
        ),
    );
    let first = world.backup(&["--types", "recordings"]);
    let archived = first.archived();
    row(
        &format!("RingCentral calls per recording, back-fill of {archived}"),
        &format!("{:.3}", ratio(world.ringcentral_calls(""), archived)),
        "<= 1.05",
    );
    row(
        "Dropbox calls per small file",
        &format!("{:.3}", ratio(world.dropbox_calls(""), archived)),
        "<= 0.1",
    );
    row("peak RSS of that run", &mib(first.peak_kib), "<= 96 MiB");
    world.reset();
    let second = world.backup(&["--types", "recordings"]);
    row(
        "upload calls of the second run",
        &world.dropbox_calls("upload").to_string(),
        "0",
    );
    row(
        "files that the second run archived",
        &second.archived_now().to_string(),
        "0",
    );
}

/// One huge recording in bounded memory.
fn big_recording(sizes: &Sizes) {
    let world = World::start(
        "big",
        &format!(
            "{NO_MESSAGES}days = 1\nrecordings = 3\nbig_recording_bytes = {}\n{UNLIMITED}",
            sizes.big_bytes
        ),
    );
    let run = world.backup(&["--types", "recordings"]);
    row(
        &format!(
            "peak RSS, one recording of {} MiB among {}",
            sizes.big_bytes >> 20,
            run.archived()
        ),
        &mib(run.peak_kib),
        "<= 96 MiB",
    );
    row(
        "archived bytes of that run",
        &format!("{} MiB", run.bytes_now() >> 20),
        "all",
    );
}

/// Very many items in one window: memory while they are listed.
fn long_listing(sizes: &Sizes) {
    let world = World::start(
        "long",
        &format!(
            "{NO_MESSAGES}days = 7\nrecordings = {}\nrecording_median_bytes = 2000\n{UNLIMITED}",
            sizes.listed
        ),
    );
    // 250 to a page; listing is what is measured, so the rest is cut short.
    let pages = sizes.listed / 250;
    let run = world.backup_while(&["--types", "recordings"], |world| {
        world.ringcentral_calls("/call-log") < pages
    });
    row(
        &format!(
            "peak RSS while {} items are listed in one window ({} pages)",
            sizes.listed,
            world.ringcentral_calls("/call-log")
        ),
        &mib(run.peak_kib),
        "<= 96 MiB",
    );
}

const NO_MESSAGES: &str = "[company]\nvoicemails_per_day = 0\ntexts_per_day = 0\nfaxes_per_day = 0\nother_calls_per_day = 0\n\
    lost_recordings = 0\nlate_recordings = 0\nunready_recordings = 0\nringing_queue_calls = 0\ncalls_in_progress = 0\n\
    pending_transcripts = 0\nqueued_faxes = 0\ndeleted_messages = 0\npurged_messages = 0\n";
const UNLIMITED: &str = "[ringcentral]\nheavy = 1000000\nmedium = 1000000\nlight = 1000000\n";

/// A world of simulators, and a data dir.
struct World(Simulators);

impl World {
    fn start(name: &str, scenario: &str) -> World {
        World(Simulators::start(&format!("figures-{name}"), scenario))
    }

    /// Runs a backup of everything to its end.
    fn backup(&self, types: &[&str]) -> Run {
        self.backup_while(types, |_| true)
    }

    /// Runs a backup until its end, or until `go_on` says no; then it is
    /// asked to stop.
    fn backup_while(&self, types: &[&str], go_on: impl Fn(&World) -> bool) -> Run {
        let output = self.0.folder.join("report.json");
        let args = ["backup", "--from", &a_month_ago(), "--to", "now", "--json"];
        let mut command = self.0.command(&args);
        let mut child = command
            .args(types)
            .stdout(fs::File::create(&output).expect("a report"))
            .spawn()
            .expect("a backup");
        let status = format!("/proc/{}/status", child.id());
        let mut peak_kib = 0;
        let mut looked = Instant::now();
        while child.try_wait().expect("its state").is_none() {
            peak_kib = peak_kib.max(high_water_kib(&status));
            if looked.elapsed() > Duration::from_secs(1) {
                looked = Instant::now();
                if !go_on(self) {
                    let pid = child.id().to_string();
                    let _ = Command::new("kill").args(["-INT", &pid]).status();
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let text = fs::read_to_string(&output).unwrap_or_default();
        Run {
            peak_kib,
            report: serde_json::from_str(&text).unwrap_or(Value::Null),
        }
    }

    /// Calls whose path holds this word, from RingCentral's own log.
    fn ringcentral_calls(&self, word: &str) -> u64 {
        let answer = self
            .0
            .ask("GET", "RINGCENTRAL_SERVER_URL", "/__sim/requests");
        let counters = answer["counters"].as_array().cloned().unwrap_or_default();
        counters
            .iter()
            .filter(|it| it["path"].as_str().is_some_and(|path| path.contains(word)))
            .filter_map(|it| it["count"].as_u64())
            .sum()
    }

    /// Calls whose route holds this word, from Dropbox's own log.
    fn dropbox_calls(&self, word: &str) -> u64 {
        let answer = self.0.ask("GET", "DROPBOX_API_URL", "/__sim/requests");
        let routes = answer["routes"].as_object().cloned().unwrap_or_default();
        routes
            .iter()
            .filter(|(route, _)| route.contains(word))
            .filter_map(|(_, statuses)| statuses.as_object())
            .flat_map(|statuses| statuses.values().filter_map(Value::as_u64))
            .sum()
    }

    fn reset(&self) {
        self.0
            .ask("POST", "RINGCENTRAL_SERVER_URL", "/__sim/reset-requests");
        self.0
            .ask("POST", "DROPBOX_API_URL", "/__sim/reset-requests");
    }
}

/// A backup that ended.
struct Run {
    peak_kib: u64,
    report: Value,
}

impl Run {
    fn archived(&self) -> u64 {
        self.report["total"]["archived"]
            .as_u64()
            .unwrap_or_default()
    }

    fn archived_now(&self) -> u64 {
        self.report["archived_now"].as_u64().unwrap_or(u64::MAX)
    }

    fn bytes_now(&self) -> u64 {
        self.report["bytes_now"].as_u64().unwrap_or_default()
    }
}

/// Peak resident memory so far, as the kernel counts it.
fn high_water_kib(status: &str) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kib| kib.parse().ok())
        .unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
fn ratio(calls: u64, items: u64) -> f64 {
    calls as f64 / items.max(1) as f64
}

fn mib(kib: u64) -> String {
    format!("{} MiB", kib.div_ceil(1024))
}
