//! The world outside: `archiver simulate` as a process of its own, asked over
//! HTTP for its truth and its logs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::http;
use crate::process::{Process, Settings};

const OPTIONS: &str = "/__sim/options";

/// One archivable thing, as RingCentral's simulator knows it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Truth {
    pub(crate) kind: String,
    pub(crate) provider_id: String,
    pub(crate) time_ms: i64,
    pub(crate) visible_at_ms: i64,
    pub(crate) lost: bool,
    pub(crate) gone: bool,
    #[serde(default)]
    pub(crate) sha256: Option<String>,
    /// The words of a text.
    #[serde(default)]
    pub(crate) text: Option<String>,
}

impl Truth {
    /// Its file is Archiver's own rendering: it is known by its id and its words.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind.as_str(), "sms" | "pager")
    }

    /// RingCentral shows it at that time.
    pub(crate) fn has_come(&self, at_ms: i64) -> bool {
        self.visible_at_ms <= at_ms && self.time_ms <= at_ms
    }
}

/// What lies in the simulated Dropbox.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Stored {
    pub(crate) path_display: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    pub(crate) history: Vec<Value>,
    /// What stands in the file of a text; read by [`Stored::read`].
    #[serde(skip)]
    pub(crate) words: Option<String>,
}

impl Stored {
    /// Whether it bears the name of a text: its message's id.
    pub(crate) fn text_id(&self) -> Option<&str> {
        let (_, id) = self.path_display.rsplit_once(" msg")?;
        id.strip_suffix(".txt")
    }

    /// Looks into the file of a text: after the headers stand its words.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.words = text.split_once("\n\n").map(|(_, words)| words.to_owned());
    }
}

/// What was asked of both that an archive must never ask.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Misdeeds {
    pub(crate) deletes: u64,
    pub(crate) moves: u64,
    pub(crate) overwrites: u64,
}

impl Misdeeds {
    /// Adds others.
    pub(crate) fn add(&mut self, other: Misdeeds) {
        self.deletes += other.deletes;
        self.moves += other.moves;
        self.overwrites += other.overwrites;
    }
}

/// The simulators, and a folder in which everything lies.
pub(crate) struct World {
    pub(crate) settings: Settings,
    simulators: Process,
    folder: TempDir,
}

impl World {
    /// Starts them with a scenario (TOML).
    pub(crate) fn start(binary: &Path, seed: u64, scenario: &str) -> Result<World> {
        let folder = tempfile::Builder::new().prefix("archiver-rig-").tempdir()?;
        let file = folder.path().join("scenario.toml");
        std::fs::write(&file, scenario)?;
        let seed = seed.to_string();
        let file = file.to_str().context("a plain path")?;
        let args = ["simulate", "--seed", &seed, "--faults", file];
        let told = folder.path().join("simulate.log");
        // What Dropbox holds lies there, and goes with the rest.
        let spool = folder.path().to_str().context("a plain path")?.to_owned();
        let settings = [("TMPDIR".to_owned(), spool)];
        let mut simulators = Process::start(binary, &args, &settings, &told)?;
        if simulators.says("DROPBOX_WEB_URL=")?.is_none() {
            bail!("the simulators do not start:\n{}", simulators.told());
        }
        let told = simulators.told();
        let settings = told.lines().filter_map(|line| line.split_once('='));
        Ok(World {
            settings: settings
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            simulators,
            folder,
        })
    }

    /// Where everything lies.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Keeps it for people to look at.
    pub(crate) fn keep(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }

    /// A setting that they printed; empty where there is none.
    pub(crate) fn setting(&self, name: &str) -> &str {
        let found = self.settings.iter().find(|(it, _)| it == name);
        found.map_or("", |(_, value)| value)
    }

    fn ringcentral(&self) -> &str {
        self.setting("RINGCENTRAL_SERVER_URL")
    }

    fn dropbox(&self) -> &str {
        self.setting("DROPBOX_API_URL")
    }

    /// Everything that RingCentral has or had; with hashes this takes a while.
    pub(crate) fn truth(&self, hashes: bool) -> Result<Vec<Truth>> {
        let mut told = http::json(self.ringcentral(), &format!("/__sim/truth?hashes={hashes}"))?;
        Ok(serde_json::from_value(told["items"].take())?)
    }

    /// The simulated world's time, and when all that was planted as late has
    /// come. Milliseconds since 1970.
    pub(crate) fn times(&self) -> Result<(i64, i64)> {
        let told = http::json(self.ringcentral(), "/__sim/times")?;
        let at = |name: &str| told[name].as_i64().context("a time");
        Ok((at("now_ms")?, at("settled_at_ms")?))
    }

    /// A day of the simulated world, as the command line takes it.
    pub(crate) fn days_ago(&self, days: i64) -> Result<String> {
        let (now_ms, _) = self.times()?;
        Ok(date(now_ms.div_euclid(86_400_000) - days))
    }

    /// An hour of the simulated world, as the command line takes it.
    pub(crate) fn hours_ago(&self, hours: i64) -> Result<String> {
        let (now_ms, _) = self.times()?;
        let hour = now_ms.div_euclid(3_600_000) - hours;
        let (day, hour) = (hour.div_euclid(24), hour.rem_euclid(24));
        Ok(format!("{}T{hour:02}:00:00Z", date(day)))
    }

    /// Everything in Dropbox.
    pub(crate) fn files(&self) -> Result<Vec<Stored>> {
        let told = http::json(self.dropbox(), "/__sim/files")?;
        Ok(serde_json::from_value(told)?)
    }

    /// The same, with the words of the texts.
    pub(crate) fn read_files(&self) -> Result<Vec<Stored>> {
        let mut files = self.files()?;
        for file in files.iter_mut().filter(|it| it.text_id().is_some()) {
            let bytes = self.bytes(&file.path_display)?;
            file.read(&bytes);
        }
        Ok(files)
    }

    /// One file of Dropbox.
    pub(crate) fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("path", path)
            .finish();
        http::bytes(self.dropbox(), &format!("/__sim/file?{query}"))
    }

    /// How often RingCentral's route was asked, by status.
    pub(crate) fn asked(&self, path: &str) -> Result<BTreeMap<u64, u64>> {
        let told = http::json(self.ringcentral(), "/__sim/requests")?;
        let mut by_status = BTreeMap::new();
        for counter in told["counters"].as_array().into_iter().flatten() {
            if counter["path"] == path {
                let status = counter["status"].as_u64().unwrap_or(0);
                *by_status.entry(status).or_default() += counter["count"].as_u64().unwrap_or(0);
            }
        }
        Ok(by_status)
    }

    /// RingCentral counts its requests from now on.
    pub(crate) fn count_anew(&self) -> Result<()> {
        http::post(self.ringcentral(), "/__sim/reset-requests")
    }

    /// The simulated world grows so much older at once, in milliseconds.
    pub(crate) fn age(&self, ms: i64) -> Result<()> {
        let path = format!("/__sim/advance?ms={ms}");
        http::post(self.ringcentral(), &path)
    }

    /// RingCentral's options from now on, where they differ from those of the
    /// beginning.
    pub(crate) fn ringcentral_becomes(&self, changed: &Value) -> Result<()> {
        let mut options = http::json(self.ringcentral(), OPTIONS)?;
        overlay(&mut options, changed);
        http::post_json(self.ringcentral(), OPTIONS, &options)
    }

    /// Dropbox's, likewise.
    pub(crate) fn dropbox_becomes(&self, changed: &Value) -> Result<()> {
        let mut options = http::json(self.dropbox(), OPTIONS)?;
        overlay(&mut options, changed);
        http::post_json(self.dropbox(), OPTIONS, &options)
    }

    /// What no archive may do, from both providers' logs. `files` are
    /// Dropbox's.
    pub(crate) fn misdeeds(&self, files: &[Stored]) -> Result<Misdeeds> {
        let mut found = Misdeeds::default();
        let asked = http::json(self.ringcentral(), "/__sim/requests")?;
        for counter in asked["counters"].as_array().into_iter().flatten() {
            let method = counter["method"].as_str().unwrap_or_default();
            let count = counter["count"].as_u64().unwrap_or(0);
            match method {
                "DELETE" => found.deletes += count,
                "PUT" | "PATCH" => found.overwrites += count,
                _ => {}
            }
        }
        let sent = http::json(self.dropbox(), "/__sim/requests")?;
        for (route, statuses) in sent["routes"].as_object().into_iter().flatten() {
            let statuses = statuses.as_object().into_iter().flatten();
            let count: u64 = statuses.filter_map(|(_, count)| count.as_u64()).sum();
            if route.contains("delete") {
                found.deletes += count;
            } else if route.contains("move") || route.contains("copy") {
                found.moves += count;
            } else if route.contains("restore") {
                found.overwrites += count;
            }
        }
        let again = |file: &Stored| file.history.len().saturating_sub(1) as u64;
        found.overwrites += files.iter().map(again).sum::<u64>();
        Ok(found)
    }

    /// Whether the simulators still run.
    pub(crate) fn is_alive(&mut self) -> Result<bool> {
        Ok(self.simulators.ended()?.is_none())
    }
}

/// Every member of `changed` instead of the one that is there.
fn overlay(options: &mut Value, changed: &Value) {
    for (name, value) in changed.as_object().into_iter().flatten() {
        options[name] = value.clone();
    }
}

/// The day of that number since 1970.
fn date(day: i64) -> String {
    // Civil from days (Howard Hinnant, chrono-compatible date algorithms).
    let era_day = day + 719_468;
    let era = era_day.div_euclid(146_097);
    let of_era = era_day.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{of_month:02}")
}
