//! `archiver verify`, against an archive that somebody meddled with.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;

use serde_json::Value;

use crate::browser::Browser;
use crate::rig::{Rig, items, small, told};
use crate::serve::{Server, company, stored};
use crate::stop::until;

fn verify(rig: &Rig, more: &[&str]) -> (i32, Value) {
    let mut args = vec!["verify", "--json"];
    args.extend(more);
    let output = rig.run(&args);
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("no report, but: {}", told(&output).1));
    (output.status.code().unwrap(), report)
}

fn discrepancies(report: &Value) -> Vec<(String, u64)> {
    let all = report["backups"][0]["discrepancies"].as_object().unwrap();
    let all = all
        .iter()
        .map(|(kind, count)| (kind.clone(), count.as_u64().unwrap()));
    all.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn an_archive_in_dropbox_is_proven_and_what_was_meddled_with_is_named() {
    let rig = Rig::new(small());
    let (status, report) = rig.backup(&[]);
    assert_eq!(status, 0, "{report:#}");
    for more in [&[][..], &["--deep"]] {
        let (status, proof) = verify(&rig, more);
        assert_eq!(
            (status, &proof["holds"]),
            (0, &Value::Bool(true)),
            "{proof:#}"
        );
        let backup = &proof["backups"][0];
        assert_eq!(backup["files"], report["total"]["files"]);
        assert_eq!(backup["total"]["archived"], report["total"]["archived"]);
        assert_eq!(backup["total"]["listed"], report["total"]["archived"]);
    }

    let files = items(&rig);
    let (gone, changed) = (&files[0].path_display, &files[1].path_display);
    let dropbox = Meddler::new(&rig);
    dropbox.rpc("/2/files/delete_v2", &serde_json::json!({ "path": gone }));
    dropbox.overwrite(changed, b"forged");
    dropbox.overwrite("/Archive/not ours.txt", b"extra");
    let (status, proof) = verify(&rig, &[]);
    assert_eq!(status, 3);
    let one = |kind: &str| (kind.to_owned(), 1);
    assert_eq!(
        discrepancies(&proof),
        [one("changed"), one("extra"), one("gone")]
    );
    let named: Vec<String> = proof["backups"][0]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("/{}", it["path"].as_str().unwrap()))
        .collect();
    for path in [gone.as_str(), changed.as_str(), "/Archive/not ours.txt"] {
        assert!(
            named.iter().any(|it| it == path),
            "{path} is not in {named:?}"
        );
    }

    let (status, proof) = verify(&rig, &["--repair"]);
    assert_eq!(
        (status, proof["backups"][0]["reopened"].as_u64()),
        (3, Some(2))
    );
    let (status, again) = rig.backup(&[]);
    assert_eq!((status, again["archived_now"].as_u64()), (0, Some(2)));
    let (_, proof) = verify(&rig, &["--deep"]);
    assert_eq!(
        discrepancies(&proof),
        [("extra".to_owned(), 2)],
        "the forgery is nobody's now"
    );
}

#[test]
fn a_folder_is_proven_by_size_and_by_reading() {
    let rig = Rig::new(small());
    let to_folder = ["--to-folder", "archive"];
    assert_eq!(rig.backup(&to_folder).0, 0);
    let (status, proof) = verify(&rig, &to_folder);
    assert_eq!(status, 0, "{proof:#}");
    let file = some_file(rig.folder.path().join("archive/Archive"));
    let mut bytes = fs::read(&file).unwrap();
    bytes[0] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(verify(&rig, &to_folder).0, 0, "a listing shows sizes only");
    let (status, proof) = verify(&rig, &["--to-folder", "archive", "--deep"]);
    assert_eq!(status, 3);
    assert_eq!(discrepancies(&proof), [("damaged".to_owned(), 1)]);
}

#[test]
fn what_no_run_has_seen_is_named_and_pending() {
    let rig = Rig::new(small());
    let output = rig.run(&["verify"]);
    let (status, text) = told(&output);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("There is no archive"), "{text}");

    let (status, report) = rig.backup(&["--types", "recordings"]);
    assert_eq!(status, 0, "{report:#}");
    let known = report["total"]["archived"].as_u64().unwrap();
    // The same Backup, with more types than were ever listed.
    let hour = [
        "backup",
        "--from",
        "2000-01-01",
        "--to",
        "2000-01-02",
        "--json",
    ];
    assert_eq!(rig.run(&hour).status.code(), Some(0));
    let (status, proof) = verify(&rig, &[]);
    assert_eq!(status, 3);
    let total = &proof["backups"][0]["total"];
    assert_eq!(total["archived"], known);
    assert!(total["pending"].as_u64().unwrap() > 0);
    assert_eq!(discrepancies(&proof)[0].0, "unknown");
}

#[test]
fn what_nobody_wanted_archived_is_not_asked_for() {
    let rig = Rig::new(small());
    let now_ms = rig.simulation.ringcentral().clock().now_ms();
    // A row of the LOG is a whole UTC day.
    let midnight_ms = now_ms - now_ms.rem_euclid(86_400_000) - 86_400_000;
    let from = jiff::Timestamp::from_millisecond(midnight_ms).unwrap();
    let (status, report) = rig.backup_since(&from.to_string());
    assert_eq!(status, 0, "{report:#}");
    let (status, proof) = verify(&rig, &[]);
    assert_eq!(status, 0, "{proof:#}");
    let total = &proof["backups"][0]["total"];
    assert_eq!(total["archived"], report["total"]["archived"]);
}

#[test]
fn people_are_told_in_sentences() {
    let rig = Rig::new(small());
    assert_eq!(rig.backup(&[]).0, 0);
    let output = rig.run(&["verify"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("proven. RingCentral's list"), "{text}");
    assert!(text.contains("Call Recordings"), "{text}");
    let status = rig.run(&["status"]);
    let text = String::from_utf8(status.stdout).unwrap();
    assert!(text.contains(": everything agreed"), "{text}");
}

/// Nothing that was not looked at is passed over in silence.
#[test]
fn every_backup_of_a_server_is_looked_at_or_named() {
    let mut rig = Rig::new(company(10));
    rig.set("RINGCENTRAL_JWT", "");
    let (server, address) = Server::with_pages(&rig, &[]);
    let mut admin = Browser::new(&address);
    admin.sign_in();
    admin.connect();
    admin.switch_on();
    let mut somebody = Browser::new(&address);
    somebody.sign_in_as("104");
    somebody.connect();
    somebody.switch_on_own();
    somebody.disconnect();
    until("somebody is known", || stored(&rig) > 0);
    server.stop();
    let (_, proof) = verify(&rig, &[]);
    assert_eq!(proof["backups"].as_array().unwrap().len(), 1, "{proof:#}");
    assert_eq!(proof["backups"][0]["scope"], "account");
    let skipped = proof["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), 1, "{proof:#}");
    assert_eq!(skipped[0]["scope"], "extension");
    assert_eq!(skipped[0]["why"], "it is not connected.");
    let text = rig.run(&["verify"]).stdout;
    let text = String::from_utf8(text).unwrap();
    let named = format!(
        "{} was not looked at",
        skipped[0]["backup"].as_str().unwrap()
    );
    assert!(text.contains(&named), "{text}");
}

fn some_file(folder: PathBuf) -> PathBuf {
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend(Some(path).filter(|it| !it.ends_with("_archiver")));
            } else {
                return path;
            }
        }
    }
    panic!("no file");
}

/// Somebody who has the same Dropbox open.
struct Meddler {
    api: String,
    content: String,
    bearer: String,
}

impl Meddler {
    fn new(rig: &Rig) -> Meddler {
        let setting = |name: &str| {
            let settings = rig.simulation.settings();
            let found = settings.into_iter().find(|(it, _)| it == name);
            found.unwrap().1
        };
        let dropbox = rig.simulation.dropbox();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("grant_type", "refresh_token"),
            ("refresh_token", dropbox.refresh_token().as_str()),
            ("client_id", dropbox.app_key().as_str()),
            ("client_secret", dropbox.app_secret().as_str()),
        ]);
        let api = setting("DROPBOX_API_URL");
        let kind = "content-type: application/x-www-form-urlencoded\r\n";
        let answer = post(&api, "/oauth2/token", kind, form.finish().as_bytes());
        let token: Value = serde_json::from_str(&answer).unwrap();
        Meddler {
            api,
            content: setting("DROPBOX_CONTENT_URL"),
            bearer: format!(
                "authorization: Bearer {}\r\n",
                token["access_token"].as_str().unwrap()
            ),
        }
    }

    fn rpc(&self, route: &str, argument: &Value) {
        let head = format!("{}content-type: application/json\r\n", self.bearer);
        post(&self.api, route, &head, argument.to_string().as_bytes());
    }

    fn overwrite(&self, path: &str, bytes: &[u8]) {
        let argument = serde_json::json!({ "path": path, "mode": "overwrite" }).to_string();
        let head = format!(
            "{}content-type: application/octet-stream\r\ndropbox-api-arg: {argument}\r\n",
            self.bearer
        );
        post(&self.content, "/2/files/upload", &head, bytes);
    }
}

/// One request to this machine; the body of a good answer.
fn post(base: &str, route: &str, head: &str, body: &[u8]) -> String {
    let host = base.trim_end_matches('/').trim_start_matches("http://");
    let mut request = String::new();
    let _ = write!(
        request,
        "POST {route} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{head}content-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}
