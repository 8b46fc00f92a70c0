//! A server that works by itself: processes that are killed, that share one
//! database, and a DISCONNECT in the middle of it all.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use sim::Scenario;
use sim::ringcentral::Kind;

use crate::browser::Browser;
use crate::rig::{Rig, items, small, told};
use crate::stop::{ended, terminate, until};

/// A company whose administrator consents to everything, with this many
/// recordings a day.
pub(crate) fn company(recordings: u32) -> Scenario {
    let mut scenario = small();
    scenario.company.recordings_per_day = recordings;
    scenario.company.recording_median_bytes = 20_000;
    scenario.ringcentral.delay_scale = 0.0;
    scenario.ringcentral.auto_consent = true;
    scenario.dropbox.auto_consent = true;
    scenario
}

/// A process of the server.
pub(crate) struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(rig: &Rig, args: &[&str]) -> Server {
        let mut all = vec!["serve"];
        all.extend(args);
        let mut child = rig
            .command(&all)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Server { child, out }
    }

    /// With pages; and where they are.
    pub(crate) fn with_pages(rig: &Rig, args: &[&str]) -> (Server, String) {
        let mut all = vec!["--listen", "127.0.0.1:0"];
        all.extend(args);
        let mut server = Server::start(rig, &all);
        let line = server.line();
        let address = line.split('/').nth(2);
        let address = address.unwrap_or_else(|| panic!("no address: {line}"));
        (server, address.to_owned())
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Politely; it must end well.
    pub(crate) fn stop(self) {
        terminate(&self.child);
        let (status, text) = told(&ended(self.child));
        assert_eq!(status, 0, "{text}");
    }
}

/// Recordings that the company has, by what the simulator knows.
pub(crate) fn recordings(rig: &Rig) -> usize {
    let truth = rig.simulation.ringcentral().truth();
    let now_ms = rig.simulation.ringcentral().clock().now_ms();
    let recordings = truth.iter().filter(|it| it.kind == Kind::Recording);
    let there = recordings.filter(|it| it.visible_at_ms <= now_ms && !it.gone);
    there.count()
}

pub(crate) fn stored(rig: &Rig) -> usize {
    items(rig).len()
}

/// Every item lies there once, and was written once.
fn assert_all_once(rig: &Rig) {
    assert_eq!(items(rig).len(), recordings(rig));
    let files = rig.simulation.dropbox().files();
    assert!(files.iter().all(|it| it.history.len() == 1));
    assert_eq!(rig.simulation.ringcentral().requests().early_hits, 0);
}

fn log(rig: &Rig) -> serde_json::Value {
    let output = rig.run(&["log", "--from", "2000-01-01", "--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output).1))
}

/// What is found by these words and options.
fn hits(rig: &Rig, args: &[&str]) -> Vec<serde_json::Value> {
    let output = rig.run(&[&["search", "--limit", "10000", "--json"], args].concat());
    let found: Result<serde_json::Value, _> = serde_json::from_slice(&output.stdout);
    let mut found = found.unwrap_or_else(|_| panic!("{}", told(&output).1));
    serde_json::from_value(found["hits"].take()).unwrap()
}

/// Every recording is found, by what its other end is called as well.
fn assert_all_found(rig: &Rig) {
    let all = hits(rig, &["--type", "recordings"]);
    assert_eq!(all.len(), recordings(rig));
    let numbered = all
        .iter()
        .find(|it| it["from"]["number"].is_string())
        .unwrap();
    let number = numbered["from"]["number"].as_str().unwrap();
    let some = hits(rig, &["--number", number]);
    assert!(some.contains(numbered));
    assert!(hits(rig, &["nowhere to be found"]).is_empty());
    let wrong = rig.run(&["search", "--direction", "up"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", told(&wrong).1);
}

/// Rows of the log by their status, and how many recordings they count.
fn rows(rig: &Rig) -> (BTreeMap<String, usize>, u64) {
    let log = log(rig);
    let mut by_status = BTreeMap::new();
    let mut archived = 0;
    for row in log["logs"][0]["rows"].as_array().unwrap() {
        let status = row["status"].as_str().unwrap().to_owned();
        *by_status.entry(status).or_default() += 1;
        archived += row["counts"]["recordings"]["archived"].as_u64().unwrap();
    }
    (by_status, archived)
}

#[test]
fn from_nothing_to_an_archive_and_away_and_back_again() {
    let rig = Rig::new(company(30));
    let (mut server, address) = Server::with_pages(&rig, &[]);
    assert!(server.line().contains("/setup?token="), "it is nobody's");
    let mut admin = Browser::new(&address);
    admin.sign_in();
    admin.connect();
    admin.switch_on();
    until("everything is archived", || {
        stored(&rig) == recordings(&rig)
    });
    assert_all_once(&rig);
    assert_all_found(&rig);
    until("every past row is a success", || {
        let (by_status, archived) = rows(&rig);
        let open = by_status.iter().filter(|(it, _)| *it != "success");
        open.map(|(_, count)| count).sum::<usize>() <= 1 && archived == recordings(&rig) as u64
    });
    let status = rig.run(&["status"]);
    let text = String::from_utf8(status.stdout).unwrap();
    assert!(text.contains("Enable backup is ON"), "{text}");

    admin.disconnect();
    let text = String::from_utf8(rig.run(&["connections"]).stdout).unwrap();
    assert!(text.contains("not connected"), "{text}");
    admin.sign_in_again();
    admin.connect();
    admin.switch_on();
    until("it has run again", || {
        let status = rig.run(&["status", "--json"]);
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
        let backup = &status["accounts"][0]["backups"][0];
        backup["running"] == false && backup["next_run"].is_string()
    });
    assert_all_once(&rig);
    server.stop();
}

/// From a second after now nothing is sent to anybody, although there is more
/// to do.
pub(crate) fn assert_silent_from_now_on(rig: &Rig) {
    let over = rig.simulation.ringcentral().clock().now_ms();
    let then = Instant::now();
    until("three seconds have passed", || {
        then.elapsed() > Duration::from_secs(3)
    });
    assert!(stored(rig) < recordings(rig), "there was more to do");
    let asked = rig.simulation.ringcentral().asked();
    let late = asked.iter().filter(|it| it.at_ms > over + 1_000);
    let late: Vec<&str> = late.map(|it| it.path).collect();
    assert_eq!(late, Vec::<&str>::new());
    let sent = rig.simulation.dropbox().request_log();
    let late = sent.iter().filter(|it| it.at_ms > over + 1_000);
    let late: Vec<&str> = late.map(|it| it.route.as_str()).collect();
    assert_eq!(late, Vec::<&str>::new());
}

#[test]
fn disconnected_under_load_nothing_is_sent_a_second_later() {
    let mut scenario = company(400);
    scenario.dropbox.append_ms = 100;
    scenario.dropbox.commit_ms = 100;
    scenario.ringcentral.latency_ms = 20;
    let rig = Rig::new(scenario);
    let (server, address) = Server::with_pages(&rig, &[]);
    let mut admin = Browser::new(&address);
    admin.sign_in();
    admin.connect();
    admin.switch_on();
    until("it is at work", || stored(&rig) > 20);
    admin.disconnect();
    assert_silent_from_now_on(&rig);

    admin.sign_in_again();
    admin.connect();
    admin.switch_on();
    until("the rest is archived", || stored(&rig) == recordings(&rig));
    assert_all_once(&rig);
    server.stop();
}

#[test]
fn killed_and_started_again_it_goes_on_by_itself() {
    let mut scenario = company(150);
    scenario.dropbox.commit_ms = 100;
    let rig = Rig::new(scenario);
    let (mut server, address) = Server::with_pages(&rig, &[]);
    let mut admin = Browser::new(&address);
    admin.sign_in();
    admin.connect();
    admin.switch_on();
    for part in [10, 100] {
        until("files arrive", || stored(&rig) >= part);
        server.kill();
        let (again, address) = Server::with_pages(&rig, &[]);
        server = again;
        admin.moves_to(&address);
    }
    until("everything is archived", || {
        stored(&rig) == recordings(&rig)
    });
    until("the rows say so", || {
        rows(&rig).1 == recordings(&rig) as u64
    });
    assert_all_once(&rig);
    assert_eq!(admin.get("/").status, 200, "still signed in");
    server.stop();
}

#[test]
fn two_workers_on_one_database_archive_everything_once() {
    let mut scenario = company(100);
    scenario.dropbox.commit_ms = 50;
    let rig = Rig::new(scenario);
    let (pages, address) = Server::with_pages(&rig, &["--role", "web"]);
    let mut admin = Browser::new(&address);
    admin.sign_in();
    admin.connect();
    admin.switch_on();
    let mut workers: Vec<Server> = (0..2)
        .map(|_| Server::start(&rig, &["--role", "worker"]))
        .collect();
    for worker in &mut workers {
        assert!(worker.line().contains("Working"));
    }
    until("files arrive", || stored(&rig) > 10);
    // Whichever it is that works: the other goes on.
    workers.remove(0).stop();
    until("everything is archived", || {
        stored(&rig) == recordings(&rig)
    });
    until("the rows say so", || {
        rows(&rig).1 == recordings(&rig) as u64
    });
    assert_all_once(&rig);
    for worker in workers {
        worker.stop();
    }
    pages.stop();
}
