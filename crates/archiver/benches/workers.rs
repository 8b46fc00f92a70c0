//! Figures of several processes on one PostgreSQL: how well three of them use
//! one budget of RingCentral's together, and how throughput grows with the
//! number of workers. Real processes against `archiver simulate`; counted from
//! the simulators' logs. `scripts/workers` starts the database.
//!
//! It fails when a limit is met after the first, or two commit at once; the
//! rest is only printed, for machines may be busy.
//!
//! `scripts/workers [--short] [budget | throughput]`
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that cannot go on says so"
)]

#[expect(dead_code, reason = "the tests' browser can do more")]
#[path = "../tests/cli/browser.rs"]
mod browser;
mod simulators;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::simulators::{Simulators, a_month_ago, row};

use browser::Browser;

fn main() {
    let has = |word: &str| std::env::args().any(|it| it == word);
    let short = has("--short");
    println!("figure | value | target");
    println!("--- | --- | ---");
    // Neither needs much of a machine: the short form has both at once.
    let budget = || one_budget(if short { 3 } else { 18 });
    let (settle, length) = if short { (8, 10) } else { (12, 40) };
    let growth = || throughput(Duration::from_secs(settle), Duration::from_secs(length));
    match (has("budget"), has("throughput"), short) {
        (true, false, _) => budget(),
        (false, true, _) => growth(),
        (_, _, false) => {
            budget();
            growth();
        }
        (_, _, true) => std::thread::scope(|both| {
            both.spawn(budget);
            both.spawn(growth);
        }),
    }
}

const COMPANY: &str = "[company]\nvoicemails_per_day = 0\ntexts_per_day = 0\nfaxes_per_day = 0\nother_calls_per_day = 0\n\
    lost_recordings = 0\nlate_recordings = 0\nunready_recordings = 0\nringing_queue_calls = 0\ncalls_in_progress = 0\n\
    pending_transcripts = 0\nqueued_faxes = 0\ndeleted_messages = 0\npurged_messages = 0\ndays = 7\n\
    recording_median_bytes = 2000\n";
const DROPBOX: &str = "[dropbox]\nauto_consent = true\nlatency_ms = 150\n";

/// Three processes with the same user's grant and more to do than the budget
/// allows, after somebody else has just spent it.
fn one_budget(windows: u32) {
    const LIMIT: u64 = 10;
    const WINDOW: Duration = Duration::from_secs(10);
    let world = World::start(
        "budget",
        "ARCHIVER_BENCH_BUDGET_DATABASE",
        &format!(
            "{COMPANY}recordings = 4000\n[ringcentral]\nauto_consent = true\nlatency_ms = 150\n\
             heavy = {LIMIT}\nwindow_ms = 10000\npenalty_ms = 10000\n{DROPBOX}"
        ),
    );
    let (_pages, address) = world.pages();
    let mut worker = world.worker();
    let mut admin = Browser::new(&address);
    admin.sign_in();
    admin.connect();
    world.spend(LIMIT);
    admin.switch_on();
    let mut by_hand = ["account", "extension"].map(|scope| world.by_hand(scope));
    pass(WINDOW * 4);
    let (before, limited) = (world.heavy(|it| it == 200), world.heavy(|it| it == 429));
    pass(WINDOW * windows);
    let served = world.heavy(|it| it == 200) - before;
    let at_work = by_hand.iter_mut().all(Process::is_alive) && worker.is_alive();
    assert!(at_work, "one of the three ended");
    row(
        &format!("Heavy budget used by 3 processes together, {windows} windows"),
        &percent(served, LIMIT * u64::from(windows)),
        ">= 95 %",
    );
    let since = world.heavy(|it| it == 429) - limited;
    row(
        "requests that met the limit before that, and since",
        &format!("{limited}, {since}"),
        "1, 0",
    );
    let requests = world
        .simulators
        .ask("GET", "RINGCENTRAL_SERVER_URL", "/__sim/requests");
    row(
        "requests inside a penalty",
        &requests["early_hits"].to_string(),
        "0",
    );
    assert_eq!(since, 0);
}

/// 1, 2, 4 workers; 16 people's Backups, each with a budget of their own and
/// more to do than the time allows. A worker takes four at once.
fn throughput(settle: Duration, length: Duration) {
    let world = World::start(
        "workers",
        "ARCHIVER_BENCH_WORKERS_DATABASE",
        &format!(
            "{COMPANY}extensions = 40\nrecordings = 40000\n[ringcentral]\nauto_consent = true\n\
             latency_ms = 150\nheavy = 20\nwindow_ms = 2000\npenalty_ms = 2000\n{DROPBOX}"
        ),
    );
    let (_pages, address) = world.pages();
    // The server is nobody's before an administrator was there.
    Browser::new(&address).sign_in();
    for number in 1_014..1_030 {
        let mut person = Browser::new(&address);
        person.sign_in_as(&number.to_string());
        person.connect();
        person.switch_on_own();
    }
    let mut workers = Vec::new();
    let mut rates = Vec::new();
    for count in [1, 2, 4] {
        while workers.len() < count {
            workers.push(world.worker());
        }
        pass(settle);
        let (began, before) = (Instant::now(), world.files());
        pass(length);
        let rate = per_second(world.files() - before, began.elapsed());
        row(
            &format!("items a second, {count} workers"),
            &format!("{rate:.1}"),
            "",
        );
        rates.push(rate);
    }
    for (at, count) in [(1, 2.0), (2, 4.0)] {
        row(
            &format!("of linear, {count} workers, 150 ms of latency"),
            &format!("{:.2}", rates[at] / (count * rates[0])),
            ">= 0.9",
        );
    }
    let commits = world
        .simulators
        .ask("GET", "DROPBOX_API_URL", "/__sim/requests");
    let most = commits["most_commits"].to_string();
    row(
        "commits at once to the one Dropbox of all, at most",
        &most,
        "1",
    );
    assert_eq!(most, "1");
}

/// A process that ends with this value.
struct Process(Child);

impl Process {
    fn is_alive(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A world of simulators, and a database.
struct World {
    simulators: Simulators,
    database: String,
}

impl World {
    fn start(name: &str, database: &str, scenario: &str) -> World {
        World {
            simulators: Simulators::start(&format!("workers-{name}"), scenario),
            database: setting(database),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.simulators.command(args);
        command
            .env("ARCHIVER_DATABASE_URL", &self.database)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }

    /// The pages, and where they are.
    fn pages(&self) -> (Process, String) {
        let args = ["serve", "--role", "web", "--listen", "127.0.0.1:0"];
        let mut child = self.command(&args).spawn().expect("the pages");
        let mut line = String::new();
        let out = child.stdout.take().expect("their output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line.split('/').nth(2).expect("an address").to_owned();
        (Process(child), address)
    }

    fn worker(&self) -> Process {
        let mut command = self.command(&["serve", "--role", "worker"]);
        Process(command.stdout(Stdio::null()).spawn().expect("a worker"))
    }

    /// `archiver backup` with the same user's grant.
    fn by_hand(&self, scope: &str) -> Process {
        let args = ["backup", "--from", &a_month_ago(), "--to", "now", "--json"];
        let mut command = self.command(&args);
        command.args(["--types", "recordings", "--scope", scope]);
        Process(command.stdout(Stdio::null()).spawn().expect("a backup"))
    }

    /// Spends so many Heavy requests of the administrator's, as a program that
    /// knows nothing of us.
    fn spend(&self, requests: u64) {
        let form = format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={}",
            self.simulators.settings["RINGCENTRAL_JWT"]
        );
        let basic = STANDARD.encode(format!(
            "{}:{}",
            self.simulators.settings["RINGCENTRAL_CLIENT_ID"],
            self.simulators.settings["RINGCENTRAL_CLIENT_SECRET"]
        ));
        let head = format!(
            "authorization: Basic {basic}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        );
        let server = "RINGCENTRAL_SERVER_URL";
        let token = self
            .simulators
            .send("POST", server, "/restapi/oauth/token", &head, &form);
        let token = token["access_token"].as_str().expect("a token").to_owned();
        let head = format!("authorization: Bearer {token}\r\n");
        for _ in 0..requests {
            self.simulators
                .send("GET", server, "/restapi/v1.0/account/~/call-log", &head, "");
        }
    }

    /// Heavy requests by the status of their answers.
    fn heavy(&self, status: impl Fn(u64) -> bool) -> u64 {
        let answer = self
            .simulators
            .ask("GET", "RINGCENTRAL_SERVER_URL", "/__sim/requests");
        let counters = answer["counters"].as_array().cloned().unwrap_or_default();
        let heavy = counters.iter().filter(|it| it["group"] == "Heavy");
        let such = heavy.filter(|it| it["status"].as_u64().is_some_and(&status));
        such.filter_map(|it| it["count"].as_u64()).sum()
    }

    /// Recordings whose content was given out.
    fn files(&self) -> u64 {
        let answer = self
            .simulators
            .ask("GET", "RINGCENTRAL_SERVER_URL", "/__sim/requests");
        let counters = answer["counters"].as_array().cloned().unwrap_or_default();
        let contents = counters.iter().filter(|it| {
            it["status"] == 200
                && it["path"]
                    .as_str()
                    .is_some_and(|it| it.ends_with("/content"))
        });
        contents.filter_map(|it| it["count"].as_u64()).sum()
    }
}

#[expect(clippy::disallowed_methods, reason = "what the script says")]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} names no database: run scripts/workers"))
}

fn pass(time: Duration) {
    std::thread::sleep(time);
}

#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
fn percent(part: u64, whole: u64) -> String {
    format!("{:.1} %", part as f64 * 100.0 / whole as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
