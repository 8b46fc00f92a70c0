//! Ctrl-C at any moment: nothing is lost, nothing is repeated, nobody hangs.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::rig::{Rig, archiver, items, small, told};

const ALL: [&str; 6] = ["backup", "--from", "2026-01-01", "--to", "now", "--json"];

pub(crate) fn interrupt(child: &Child) {
    signal(child, "-INT");
}

/// As a service manager asks.
pub(crate) fn terminate(child: &Child) {
    signal(child, "-TERM");
}

fn signal(child: &Child, which: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([which, &pid]).status().unwrap();
    assert!(sent.success());
}

/// Waits until something is so; a run that never comes there fails the test.
pub(crate) fn until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(3);
    while !so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::yield_now();
    }
}

pub(crate) fn ended(mut child: Child) -> Output {
    until("it ends", || {
        let path = format!("/proc/{}/stat", child.id());
        // A process that has ended waits for us as a zombie.
        fs::read_to_string(path).is_ok_and(|it| it.contains(") Z "))
    });
    let mut output = Output {
        status: child.wait().unwrap(),
        stdout: Vec::new(),
        stderr: Vec::new(),
    };
    if let Some(mut out) = child.stdout.take() {
        out.read_to_end(&mut output.stdout).unwrap();
    }
    if let Some(mut err) = child.stderr.take() {
        err.read_to_end(&mut output.stderr).unwrap();
    }
    output
}

#[test]
fn a_backup_stopped_again_and_again_is_completed_by_the_next() {
    let mut scenario = small();
    scenario.company.recordings_per_day = 60;
    scenario.dropbox.commit_ms = 200;
    let rig = Rig::new(scenario);
    let (ringcentral, dropbox) = (rig.simulation.ringcentral(), rig.simulation.dropbox());
    for stored in [0, 1, 40] {
        let child = rig
            .command(&ALL)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        until("it signs in", || {
            calls(&rig, "token") > calls(&rig, "revoke")
        });
        until("files arrive", || dropbox.files().len() >= stored);
        interrupt(&child);
        let output = ended(child);
        let (status, text) = told(&output);
        assert_eq!(status, 1, "{text}");
        assert!(text.contains("stopped on request"), "{text}");
        assert!(output.stdout.is_empty(), "half a report");
        assert_eq!(
            calls(&rig, "token"),
            calls(&rig, "revoke"),
            "a session is left"
        );
    }
    let output = rig.run(&ALL[..5]);
    let (status, text) = told(&output);
    assert_eq!(status, 0, "{text}");
    assert!(
        !text.contains("another archiver"),
        "the lease was not given back"
    );
    let (status, report) = rig.backup(&[]);
    assert_eq!((status, &report["archived_now"]), (0, &0.into()));
    assert_eq!(
        items(&rig).len() as u64,
        report["total"]["files"].as_u64().unwrap()
    );
    assert!(dropbox.files().iter().all(|it| it.history.len() == 1));
    assert_eq!(ringcentral.requests().early_hits, 0);
}

/// Calls of RingCentral's OAuth endpoints.
fn calls(rig: &Rig, endpoint: &str) -> u64 {
    let requests = rig.simulation.ringcentral().requests();
    let named = requests
        .counters
        .iter()
        .filter(|it| it.path.contains(endpoint));
    named.map(|it| it.count).sum()
}

#[test]
fn a_demo_stopped_or_killed_again_and_again_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("archiver-demo");
    let demo = || archiver(folder.path(), &["demo", "--exit", "--days", "1"]);
    for (stored, kill) in [(0, false), (20, false), (60, true), (90, false)] {
        let child = demo()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        until("the world is there", || data.join("demo.json").exists());
        until("files arrive", || entries(&data.join("dropbox")) >= stored);
        if kill {
            let mut child = child;
            child.kill().unwrap();
            child.wait().unwrap();
            continue;
        }
        interrupt(&child);
        let output = ended(child);
        let (status, text) = match output.status.signal() {
            // So early that nobody listens to Ctrl-C yet.
            Some(_) => continue,
            None => told(&output),
        };
        assert_eq!(status, 1, "{text}");
        assert!(text.contains("stopped on request"), "{text}");
    }
    let output = demo().output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let (status, faults) = told(&output);
    assert_eq!(status, 0, "{text}\n{faults}");
    assert!(text.contains("files are equal"), "{text}");
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn a_server_with_open_connections_stops_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = archiver(folder.path(), &["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(server.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let address = line.split('/').nth(2).unwrap().to_owned();
    // As browsers do: one connection asks nothing, one asks half a question.
    let silent = TcpStream::connect(&address).unwrap();
    let mut half = TcpStream::connect(&address).unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").unwrap();
    interrupt(&server);
    let (status, text) = told(&ended(server));
    assert_eq!(status, 0, "{text}");
    drop((silent, half));
}

#[test]
fn two_demos_in_one_folder_do_not_spoil_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = folder.path().join("archiver-demo/demo.json");
    let mut first = archiver(folder.path(), &["demo", "--exit", "--days", "1"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the world is there", || world.exists());
    let second = archiver(folder.path(), &["demo", "--exit", "--days", "1"]).output();
    let (status, text) = told(&second.unwrap());
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("run already"), "{text}");
}

#[test]
fn a_demo_leaves_real_archives_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("archiver.db"), "a real ledger").unwrap();
    let output = archiver(folder.path(), &["demo", "--exit"])
        .env("ARCHIVER_DATA_DIR", &data)
        .output();
    let (status, text) = told(&output.unwrap());
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("real archive"), "{text}");
    assert_eq!(
        fs::read(data.join("archiver.db")).unwrap(),
        b"a real ledger"
    );
    assert_eq!(entries(&data), 1);
}
