//! Simulators in this process, the binary in another.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sim::{Listen, Scenario, Simulation};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A company small enough for a test, with every type.
pub(crate) fn small() -> Scenario {
    let mut scenario = Scenario::default();
    let company = &mut scenario.company;
    company.days = 2;
    company.recordings_per_day = 12;
    company.other_calls_per_day = 6;
    company.voicemails_per_day = 6;
    company.texts_per_day = 12;
    company.faxes_per_day = 4;
    company.recording_median_bytes = 40_000;
    company.lost_recordings = 0;
    company.late_recordings = 0;
    company.unready_recordings = 0;
    company.ringing_queue_calls = 0;
    company.calls_in_progress = 0;
    company.pending_transcripts = 0;
    company.queued_faxes = 0;
    company.purged_messages = 0;
    let limits = &mut scenario.ringcentral;
    (limits.heavy, limits.medium, limits.light, limits.auth) = (10_000, 10_000, 10_000, 10_000);
    scenario
}

pub(crate) struct Rig {
    pub(crate) simulation: Simulation,
    pub(crate) folder: TempDir,
    /// Keeps the simulators running.
    runtime: Runtime,
    settings: Vec<(String, String)>,
}

impl Rig {
    pub(crate) fn new(scenario: Scenario) -> Rig {
        let runtime = Runtime::new().unwrap();
        let listen = Listen::default();
        let now_ms = listen.clock.now_ms();
        let simulation = runtime
            .block_on(Simulation::start(scenario, listen, now_ms))
            .unwrap();
        Rig {
            settings: simulation.settings(),
            simulation,
            folder: tempfile::tempdir().unwrap(),
            runtime,
        }
    }

    /// Overrides a setting of the environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(it, _)| it != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// A setting of the environment.
    pub(crate) fn setting(&self, name: &str) -> String {
        let set = self.settings.iter().find(|(it, _)| it == name);
        set.map(|(_, value)| value.clone()).unwrap()
    }

    /// The simulators' time so long ago.
    pub(crate) fn ago_ms(&self, ms: i64) -> String {
        let at_ms = self.simulation.ringcentral().clock().now_ms() - ms;
        jiff::Timestamp::from_millisecond(at_ms)
            .unwrap()
            .to_string()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The binary, with nothing of this machine's environment but the path.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = archiver(self.folder.path(), args);
        command
            .envs(self.settings.iter().cloned())
            .env("ARCHIVER_DATA_DIR", self.data_dir());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// A backup of what is younger than this, as JSON.
    pub(crate) fn backup_since(&self, from: &str) -> (i32, serde_json::Value) {
        let output = self.run(&["backup", "--from", from, "--to", "now", "--json"]);
        let report = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), report)
    }

    /// A backup of everything the company has, as JSON: it is days old.
    pub(crate) fn backup(&self, more: &[&str]) -> (i32, serde_json::Value) {
        self.backup_days(5, more)
    }

    /// A backup of so many days, as JSON.
    pub(crate) fn backup_days(&self, days: i64, more: &[&str]) -> (i32, serde_json::Value) {
        let mut args = vec!["backup", "--from", "2000-01-01", "--to", "now", "--json"];
        args.extend(more);
        let from = jiff::Timestamp::from_millisecond(
            self.simulation.ringcentral().clock().now_ms() - days * 86_400_000,
        )
        .unwrap()
        .to_string();
        args[2] = &from;
        let output = self.run(&args);
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
            panic!(
                "no report, but: {}",
                String::from_utf8_lossy(&output.stderr)
            )
        });
        (output.status.code().unwrap(), report)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _guard = self.runtime.enter();
    }
}

/// What lies in Dropbox, without the evidence that Archiver puts beside it.
pub(crate) fn items(rig: &Rig) -> Vec<sim::dropbox::StoredFile> {
    let mut files = rig.simulation.dropbox().files();
    files.retain(|it| !it.path_display.contains("/_archiver/"));
    files
}

/// The binary in a folder, with an empty environment.
pub(crate) fn archiver(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_archiver"));
    command.args(args).current_dir(folder).env_clear();
    command
}

/// Status and what was told on standard error.
pub(crate) fn told(output: &Output) -> (i32, String) {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    (output.status.code().unwrap(), text)
}
