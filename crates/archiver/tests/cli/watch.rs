//! Alarms that reach people, and what Prometheus reads: real processes, a real
//! conversation with a mail server, a real webhook.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::browser::Browser;
use crate::rig::{Rig, archiver, small, told};
use crate::serve::Server;
use crate::stop::until;

/// Takes connections one after the other and hands on what each told.
fn listen(talk: fn(TcpStream) -> String) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, heard): (Sender<String>, Receiver<String>) = channel();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            if told.send(talk(stream)).is_err() {
                return;
            }
        }
    });
    (port, heard)
}

/// A mail server of few words (RFC 5321). Returns the conversation.
fn mail_server(mut stream: TcpStream) -> String {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut talk = String::new();
    let mut data = false;
    stream.write_all(b"220 here\r\n").unwrap();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) == 0 {
            return talk;
        }
        talk.push_str(&line);
        let answer = match line.split(' ').next().unwrap().trim_end() {
            "." if data => {
                data = false;
                "250 taken"
            }
            _ if data => continue,
            "DATA" => {
                data = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 yes",
        };
        let written = stream.write_all(format!("{answer}\r\n").as_bytes());
        if written.is_err() || answer.starts_with("221") {
            return talk;
        }
    }
}

/// Somebody's webhook. Returns the request.
fn hook(mut stream: TcpStream) -> String {
    let request = http(&mut stream);
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .unwrap();
    request
}

/// One that sends everybody elsewhere.
fn redirecting(mut stream: TcpStream) -> String {
    let request = http(&mut stream);
    stream
        .write_all(
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        )
        .unwrap();
    request
}

fn http(stream: &mut TcpStream) -> String {
    let mut lines = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        request.push_str(&line);
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).unwrap();
    request + std::str::from_utf8(&body).unwrap()
}

/// The binary, told to tell these.
fn alarms_test(mail: Option<u16>, hook: Option<u16>) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = archiver(folder.path(), &["alarms", "test"]);
    if let Some(port) = mail {
        command
            .env("ARCHIVER_ALARM_MAIL_TO", "ops@example.com, b@example.com")
            .env(
                "ARCHIVER_ALARM_MAIL_FROM",
                "Archiver <archiver@example.com>",
            )
            .env("ARCHIVER_SMTP_URL", format!("smtp://127.0.0.1:{port}"));
    }
    if let Some(port) = hook {
        command
            .env(
                "ARCHIVER_ALARM_WEBHOOK_URL",
                format!("http://127.0.0.1:{port}/in"),
            )
            .env("ARCHIVER_ALARM_WEBHOOK_SECRET", "key");
    }
    let output = command.output().unwrap();
    let (status, err) = told(&output);
    (status, String::from_utf8(output.stdout).unwrap(), err)
}

#[test]
fn a_test_message_goes_out_in_every_way_that_is_configured() {
    let (mail, mails) = listen(mail_server);
    let (web, posts) = listen(hook);
    let (status, said, err) = alarms_test(Some(mail), Some(web));
    assert_eq!((status, err.as_str()), (0, ""), "{said}");
    assert_eq!(
        said,
        "E-mail: the test message was taken over.\nWebhook: the test message was taken over.\n"
    );
    let talk = mails.recv().unwrap();
    for line in [
        "MAIL FROM:<archiver@example.com>",
        "RCPT TO:<ops@example.com>",
        "RCPT TO:<b@example.com>",
        "Subject: RingCentral Archiver: a test message",
    ] {
        assert!(talk.contains(line), "{line}: {talk}");
    }
    let post = posts.recv().unwrap();
    assert!(post.starts_with("POST /in HTTP/1.1\r\n"), "{post}");
    let body = "{\"alarms\":[],\"product\":\"RingCentral Archiver\",\"test\":true}";
    assert!(post.ends_with(body), "{post}");
    // printf '%s' BODY | openssl dgst -sha256 -hmac key
    let signed = "x-archiver-signature: sha256=";
    assert!(post.contains(signed), "{post}");
    let lower = post.to_ascii_lowercase();
    assert!(
        !lower.contains("authorization") && !lower.contains("cookie"),
        "{post}"
    );
}

#[test]
fn what_could_not_be_told_is_said() {
    let (web, posts) = listen(redirecting);
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    let (status, said, _) = alarms_test(Some(port), Some(web));
    assert_eq!(status, 1);
    assert!(
        said.contains("E-mail: the mail server cannot be reached"),
        "{said}"
    );
    assert!(said.contains("Webhook: the webhook answered 302"), "{said}");
    assert!(posts.recv().unwrap().starts_with("POST"));
    let (status, _, err) = alarms_test(None, None);
    assert_eq!(status, 2);
    assert!(err.contains("ARCHIVER_SMTP_URL"), "{err}");
}

/// The value of a metric; `None`: it is not there.
fn value(text: &str, key: &str) -> Option<f64> {
    let line = text.lines().find(|it| it.starts_with(&format!("{key} ")));
    line.map(|it| it.rsplit(' ').next().unwrap().parse().unwrap())
}

/// All calls of a provider that had this status, whatever the group.
fn calls(text: &str, provider: &str, status: u16) -> u64 {
    let of = format!("provider=\"{provider}\"");
    let with = format!("status=\"{status}\"");
    let lines = text
        .lines()
        .filter(|it| it.starts_with("archiver_calls_total{") && it.contains(&of));
    let lines = lines.filter(|it| it.contains(&with));
    lines
        .map(|it| it.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

fn at(line: &str) -> String {
    let address = line.split('/').nth(2);
    address
        .unwrap_or_else(|| panic!("no address: {line}"))
        .trim()
        .to_owned()
}

#[test]
fn prometheus_reads_what_the_providers_saw() {
    let mut scenario = small();
    scenario.ringcentral.delay_scale = 0.0;
    scenario.ringcentral.auto_consent = true;
    scenario.dropbox.auto_consent = true;
    let mut rig = Rig::new(scenario);
    rig.set("ARCHIVER_METRICS_LISTEN", "127.0.0.1:0");
    let mut server = Server::start(&rig, &["--listen", "127.0.0.1:0"]);
    let metrics = at(&server.line());
    let pages = at(&server.line());
    let read = || Browser::new(&metrics).get("/metrics").body;
    assert_eq!(Browser::new(&metrics).get("/healthz").body, "ok\n");
    let mut admin = Browser::new(&pages);
    admin.sign_in();
    admin.connect();
    admin.switch_on();
    assert_eq!(Browser::new(&metrics).get("/readyz").body, "ready\n");
    assert_eq!(Browser::new(&pages).get("/readyz").body, "ready\n");
    // Browsers go to the consent pages; the server does not.
    let seen = |status: u16| {
        let counters = rig.simulation.ringcentral().requests().counters;
        let ours = counters
            .into_iter()
            .filter(|it| it.status == status && !it.path.contains("authorize"));
        ours.map(|it| it.count).sum::<u64>()
    };
    until("both agree while it works and when it is done", || {
        let before = seen(200);
        let text = read();
        let files = rig.simulation.dropbox().files().len();
        files > 20 && before == seen(200) && calls(&text, "RingCentral", 200) == before
    });
    until("nothing is pending any more", || {
        let text = read();
        let pending = text.contains("archiver_pending_entries{");
        let well = value(&text, "archiver_runs_total{result=\"well\"}");
        !pending && well.is_some_and(|it| it >= 1.0) && calls(&text, "Dropbox", 200) > 0
    });
    let text = read();
    assert_eq!(value(&text, "archiver_database_up"), Some(1.0));
    assert_eq!(value(&text, "archiver_alarms{kind=\"silence\"}"), Some(0.0));
    assert!(text.ends_with("# EOF\n"));
    server.stop();
}

#[test]
fn a_worker_without_pages_says_what_it_lacks() {
    let mut rig = Rig::new(small());
    for key in ["RINGCENTRAL_CLIENT_ID", "RINGCENTRAL_CLIENT_SECRET"] {
        rig.set(key, "");
    }
    rig.set("ARCHIVER_METRICS_LISTEN", "127.0.0.1:0");
    let mut server = Server::start(&rig, &["--role", "worker"]);
    let metrics = at(&server.line());
    let answer = Browser::new(&metrics).get("/readyz");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.body, "the keys of the RingCentral app are not set\n");
    server.stop();
}
