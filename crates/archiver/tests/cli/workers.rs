//! Several workers: one budget of RingCentral's, one committer of a Dropbox,
//! and a DISCONNECT that all of them hear.

use std::process::{Child, Stdio};

use crate::browser::Browser;
use crate::rig::Rig;
use crate::serve::{Server, assert_silent_from_now_on, company, stored};
use crate::stop::{ended, interrupt, until};

fn worker(rig: &Rig) -> Server {
    let mut worker = Server::start(rig, &["--role", "worker"]);
    assert!(worker.line().contains("Working"));
    worker
}

/// Each archives their own.
fn people(address: &str, numbers: &[&str]) {
    for number in numbers {
        let mut person = Browser::new(address);
        person.sign_in_as(number);
        person.connect();
        person.switch_on_own();
    }
}

const PEOPLE: [&str; 6] = ["101", "102", "103", "104", "105", "106"];

#[test]
fn workers_that_share_a_dropbox_commit_one_after_the_other() {
    let mut scenario = company(200);
    scenario.dropbox.commit_ms = 30;
    scenario.dropbox.latency_ms = 10;
    let rig = Rig::new(scenario);
    let (pages, address) = Server::with_pages(&rig, &["--role", "web"]);
    people(&address, &PEOPLE);
    let mut workers: Vec<Server> = (0..3).map(|_| worker(&rig)).collect();
    until("files arrive", || stored(&rig) > 20);
    // Whoever commits may die in it.
    workers.remove(0).kill();
    until("the others go on", || stored(&rig) > 120);
    let dropbox = rig.simulation.dropbox();
    assert_eq!(dropbox.requests().most_commits, 1);
    assert!(dropbox.files().iter().all(|it| it.history.len() == 1));
    assert_eq!(rig.simulation.ringcentral().requests().early_hits, 0);
    for worker in workers {
        worker.stop();
    }
    pages.stop();
}

#[test]
fn disconnected_in_one_process_all_others_are_silent_a_second_later() {
    let mut scenario = company(400);
    scenario.dropbox.append_ms = 100;
    scenario.dropbox.commit_ms = 100;
    scenario.ringcentral.latency_ms = 20;
    let rig = Rig::new(scenario);
    let (pages, address) = Server::with_pages(&rig, &["--role", "web"]);
    let workers = [worker(&rig), worker(&rig)];
    let mut admin = Browser::new(&address);
    admin.sign_in();
    admin.connect();
    admin.switch_on();
    admin.switch_on_own();
    until("they are at work", || stored(&rig) > 20);
    admin.disconnect();
    assert_silent_from_now_on(&rig);
    for worker in workers {
        worker.stop();
    }
    pages.stop();
}

/// Calls of a rate group, and those that met a limit.
fn heavy(rig: &Rig) -> (u64, u64) {
    let requests = rig.simulation.ringcentral().requests();
    let heavy = requests
        .counters
        .iter()
        .filter(|it| format!("{:?}", it.group) == "Heavy");
    let limited = heavy.clone().filter(|it| it.status == 429);
    (
        heavy.map(|it| it.count).sum(),
        limited.map(|it| it.count).sum(),
    )
}

#[test]
fn three_processes_spend_one_budget_and_meet_no_limit() {
    let mut scenario = company(300);
    let limits = &mut scenario.ringcentral;
    (limits.heavy, limits.window_ms, limits.penalty_ms) = (10, 2_000, 2_000);
    let rig = Rig::new(scenario);
    let (pages, address) = Server::with_pages(&rig, &["--role", "web"]);
    let one = worker(&rig);
    let mut admin = Browser::new(&address);
    admin.sign_in();
    admin.connect();
    admin.switch_on();
    until("it is at work", || heavy(&rig).0 > 2);
    let now_ms = rig.simulation.ringcentral().clock().now_ms();
    let from = jiff::Timestamp::from_millisecond(now_ms - 5 * 86_400_000).unwrap();
    let from = from.to_string();
    let by_hand = |scope: &str| -> Child {
        let types = ["--types", "recordings", "--scope", scope];
        let mut command = rig.command(&["backup", "--from", &from, "--to", "now", "--json"]);
        let child = command.args(types).stdout(Stdio::null());
        child.stderr(Stdio::piped()).spawn().unwrap()
    };
    let two = [by_hand("account"), by_hand("extension")];
    until("some windows have passed", || heavy(&rig).0 >= 80);
    assert_eq!(heavy(&rig).1, 0, "a limit was met");
    assert_eq!(rig.simulation.ringcentral().requests().early_hits, 0);
    for child in two {
        interrupt(&child);
        ended(child);
    }
    one.stop();
    pages.stop();
}
