//! The simulators in a process of their own, a folder for what is tried before
//! them, and plain HTTP to ask them what they saw.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The program under test: the one that `ARCHIVER_BENCH_BINARY` names, such as
/// a released one; else this build's own.
#[expect(clippy::disallowed_methods, reason = "a bench is told by its script")]
pub(crate) fn binary() -> String {
    let named = std::env::var("ARCHIVER_BENCH_BINARY");
    named.unwrap_or_else(|_| env!("CARGO_BIN_EXE_archiver").to_owned())
}

/// Running until it is dropped; the folder goes with it.
pub(crate) struct Simulators {
    /// The bench's own; it was made anew.
    pub(crate) folder: PathBuf,
    /// What points Archiver at them.
    pub(crate) settings: BTreeMap<String, String>,
    process: Child,
}

impl Simulators {
    /// Starts them with this scenario.
    pub(crate) fn start(name: &str, scenario: &str) -> Simulators {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the bench");
        let file = folder.join("scenario.toml");
        fs::write(&file, scenario).expect("a scenario");
        let mut process = Command::new(binary())
            .arg("simulate")
            .arg("--faults")
            .arg(&file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulators");
        let mut lines = BufReader::new(process.stdout.take().expect("their output"));
        let mut settings = BTreeMap::new();
        while !settings.contains_key("DROPBOX_WEB_URL") {
            let mut line = String::new();
            let read = lines.read_line(&mut line).expect("a line");
            assert!(read > 0, "the simulators do not start");
            if let Some((name, value)) = line.trim().split_once('=') {
                settings.insert(name.to_owned(), value.to_owned());
            }
        }
        Simulators {
            folder,
            settings,
            process,
        }
    }

    /// Archiver, pointed at them.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(args)
            .current_dir(&self.folder)
            .envs(&self.settings)
            .env("ARCHIVER_DATA_DIR", self.folder.join("data"));
        command
    }

    /// One plain HTTP exchange without a body.
    pub(crate) fn ask(&self, method: &str, which: &str, path: &str) -> Value {
        self.send(method, which, path, "", "")
    }

    /// One plain HTTP exchange; `which` names the setting with the address.
    pub(crate) fn send(
        &self,
        method: &str,
        which: &str,
        path: &str,
        head: &str,
        body: &str,
    ) -> Value {
        let authority = self.settings[which].trim_start_matches("http://");
        let mut stream = TcpStream::connect(authority).expect("a simulator");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n{head}\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}

impl Drop for Simulators {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where the worlds begin.
#[expect(clippy::disallowed_methods, reason = "a bench lives in real time")]
pub(crate) fn a_month_ago() -> String {
    (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(31 * 24)).to_string()
}

/// A line of the table.
pub(crate) fn row(figure: &str, value: &str, target: &str) {
    println!("{figure} | {value} | {target}");
}
