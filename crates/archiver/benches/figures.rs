//! Figures, counted and not timed: how many calls an item costs, and how much
//! memory a run takes. The release binary runs against the simulators in a
//! process of their own; calls are counted from the simulators' logs.
//!
//! `cargo bench -p archiver --bench figures [-- --short]`
#![expect(clippy::expect_used, reason = "a bench that cannot go on says so")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_archiver");

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

/// Simulators in a process of their own, and a data dir.
struct World {
    folder: PathBuf,
    simulators: Child,
    settings: BTreeMap<String, String>,
}

impl World {
    /// Starts the simulators with this scenario; the bench's own folder is
    /// made anew.
    fn start(name: &str, scenario: &str) -> World {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("figures-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the bench");
        let file = folder.join("scenario.toml");
        fs::write(&file, scenario).expect("a scenario");
        let mut simulators = Command::new(BINARY)
            .arg("simulate")
            .arg("--faults")
            .arg(&file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulators");
        let out = simulators.stdout.take().expect("their output");
        let mut settings = BTreeMap::new();
        for line in BufReader::new(out).lines() {
            let line = line.expect("a line");
            if let Some((name, value)) = line.split_once('=') {
                settings.insert(name.to_owned(), value.to_owned());
            }
            if line.starts_with("DROPBOX_WEB_URL") {
                break;
            }
        }
        World {
            folder,
            simulators,
            settings,
        }
    }

    /// Runs a backup of everything to its end.
    fn backup(&self, types: &[&str]) -> Run {
        self.backup_while(types, |_| true)
    }

    /// Runs a backup until its end, or until `go_on` says no; then it is
    /// asked to stop.
    fn backup_while(&self, types: &[&str], go_on: impl Fn(&World) -> bool) -> Run {
        let output = self.folder.join("report.json");
        let mut child = Command::new(BINARY)
            .args(["backup", "--from", &a_month_ago(), "--to", "now", "--json"])
            .args(types)
            .envs(&self.settings)
            .env("ARCHIVER_DATA_DIR", self.folder.join("data"))
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
        let answer = self.ask("GET", "RINGCENTRAL_SERVER_URL", "/__sim/requests");
        let counters = answer["counters"].as_array().cloned().unwrap_or_default();
        counters
            .iter()
            .filter(|it| it["path"].as_str().is_some_and(|path| path.contains(word)))
            .filter_map(|it| it["count"].as_u64())
            .sum()
    }

    /// Calls whose route holds this word, from Dropbox's own log.
    fn dropbox_calls(&self, word: &str) -> u64 {
        let answer = self.ask("GET", "DROPBOX_API_URL", "/__sim/requests");
        let routes = answer["routes"].as_object().cloned().unwrap_or_default();
        routes
            .iter()
            .filter(|(route, _)| route.contains(word))
            .filter_map(|(_, statuses)| statuses.as_object())
            .flat_map(|statuses| statuses.values().filter_map(Value::as_u64))
            .sum()
    }

    fn reset(&self) {
        self.ask("POST", "RINGCENTRAL_SERVER_URL", "/__sim/reset-requests");
        self.ask("POST", "DROPBOX_API_URL", "/__sim/reset-requests");
    }

    /// One plain HTTP exchange with a simulator.
    fn ask(&self, method: &str, which: &str, path: &str) -> Value {
        let authority = self.settings[which]
            .trim_start_matches("http://")
            .to_owned();
        let mut stream = TcpStream::connect(&authority).expect("a simulator");
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.simulators.kill();
        let _ = self.simulators.wait();
        let _ = fs::remove_dir_all(&self.folder);
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

/// Where the worlds begin.
#[expect(clippy::disallowed_methods, reason = "a bench lives in real time")]
fn a_month_ago() -> String {
    (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(31 * 24)).to_string()
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

fn row(figure: &str, value: &str, target: &str) {
    println!("{figure} | {value} | {target}");
}

#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
fn ratio(calls: u64, items: u64) -> f64 {
    calls as f64 / items.max(1) as f64
}

fn mib(kib: u64) -> String {
    format!("{} MiB", kib.div_ceil(1024))
}
