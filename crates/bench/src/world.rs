//! The simulators in a process of their own: the same world for every side,
//! made anew for each, so that nobody finds what another has left.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::process;

/// What the unit and the container in `deploy` set, too.
const DEPLOYED: [(&str, &str); 1] = [("MALLOC_ARENA_MAX", "1")];
/// The setting that is printed last.
const LAST: &str = "SIM_CA";

/// Running until it is dropped; its folder goes with it.
pub(crate) struct World {
    /// What points programs at it.
    pub(crate) settings: BTreeMap<String, String>,
    /// Of this world alone; it was made anew.
    pub(crate) folder: PathBuf,
    archiver: PathBuf,
    process: Child,
    _out: BufReader<ChildStdout>,
}

/// What came to lie in the Dropbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

impl World {
    /// Starts the simulators with this scenario, in a folder of that name.
    pub(crate) fn start(
        archiver: &Path,
        simulators: &Path,
        work: &Path,
        name: &str,
        scenario: &str,
    ) -> Result<World> {
        let folder = work.join(name);
        let _ = fs::remove_dir_all(&folder);
        let spool = spool().unwrap_or_else(|| folder.join("spool"));
        fs::create_dir_all(&folder)?;
        fs::create_dir_all(&spool)?;
        let file = folder.join("scenario.toml");
        fs::write(&file, scenario)?;
        let mut process = Command::new(simulators)
            .arg("simulate")
            .arg("--faults")
            .arg(&file)
            .arg("--tls")
            .arg(folder.join("tls"))
            .env("TMPDIR", spool)
            .stdout(Stdio::piped())
            .spawn()
            .context("the simulators do not start")?;
        let out = process.stdout.take().context("they have no output")?;
        let mut out = BufReader::new(out);
        let mut settings = BTreeMap::new();
        while !settings.contains_key(LAST) {
            let mut line = String::new();
            if out.read_line(&mut line)? == 0 {
                bail!("the simulators do not start: is this scenario valid?\n{scenario}");
            }
            if let Some((name, value)) = line.trim().split_once('=') {
                settings.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(World {
            settings,
            folder,
            archiver: archiver.to_owned(),
            process,
            _out: out,
        })
    }

    /// A setting that `archiver simulate` printed.
    pub(crate) fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// Archiver with its production settings, pointed here over TLS.
    pub(crate) fn archiver(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.archiver);
        command
            .args(args)
            .envs(DEPLOYED)
            .current_dir(&self.folder)
            .env("ARCHIVER_DATA_DIR", self.folder.join("data"));
        self.point(&mut command);
        command
    }

    /// The same in the clear, for people without TLS in their browsers.
    pub(crate) fn archiver_in_the_clear(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.archiver);
        command
            .args(args)
            .envs(DEPLOYED)
            .current_dir(&self.folder)
            .envs(&self.settings)
            .env("ARCHIVER_DATA_DIR", self.folder.join("data"));
        command
    }

    /// Points a program here, over TLS, by the names that Archiver reads.
    pub(crate) fn point(&self, command: &mut Command) {
        let (calls, files) = (
            self.setting("SIM_TLS_RINGCENTRAL").to_owned(),
            self.setting("SIM_TLS_DROPBOX").to_owned(),
        );
        command
            .env_remove("HTTPS_PROXY")
            .env_remove("https_proxy")
            .envs(&self.settings)
            .env("RINGCENTRAL_SERVER_URL", &calls)
            .env("RINGCENTRAL_MEDIA_URL", &calls)
            .env("DROPBOX_API_URL", &files)
            .env("DROPBOX_CONTENT_URL", &files)
            .env("DROPBOX_WEB_URL", &files)
            .env("SSL_CERT_FILE", self.setting(LAST));
    }

    /// What the simulators have computed so far, in seconds.
    pub(crate) fn cpu(&self) -> f64 {
        process::cpu_of(self.process.id()).unwrap_or_default()
    }

    /// How many recordings there are to archive at least, and their bytes: what
    /// can be read since an hour before the world began. The last calls may
    /// end while a side is at work.
    pub(crate) fn recordings(&self) -> Result<Stored> {
        let page = self.ask("RINGCENTRAL_SERVER_URL", "/__sim/truth?hashes=false")?;
        let since = page["anchor_ms"].as_i64().unwrap_or_default() - 3_600_000;
        let items = page["items"].as_array().context("the truth has no items")?;
        let recordings = items.iter().filter(|it| {
            let ready = it["ready_at_ms"].as_i64();
            it["kind"] == "recording" && ready.is_some_and(|at| at <= since)
        });
        Ok(sum(recordings))
    }

    /// What lies in the Dropbox, without evidence.
    pub(crate) fn stored(&self) -> Result<Stored> {
        let files = self.ask("DROPBOX_API_URL", "/__sim/files")?;
        let files = files.as_array().context("the Dropbox has no files")?;
        let sounds = files.iter().filter(|it| {
            let path = it["path_lower"].as_str().unwrap_or_default();
            [".mp3", ".wav"].iter().any(|end| path.ends_with(end))
        });
        Ok(sum(sounds))
    }

    /// Fails unless all recordings lie in the Dropbox.
    pub(crate) fn check(&self, who: &str) -> Result<Stored> {
        let (there, stored) = (self.recordings()?, self.stored()?);
        ensure!(
            there.files <= stored.files,
            "{who} archived {stored:?} of {there:?}: its time counts for nothing"
        );
        Ok(stored)
    }

    /// Calls to RingCentral whose path holds this word.
    pub(crate) fn ringcentral_calls(&self, word: &str) -> Result<u64> {
        let answer = self.ask("RINGCENTRAL_SERVER_URL", "/__sim/requests")?;
        let counters = answer["counters"].as_array().context("no counters")?;
        let such = counters
            .iter()
            .filter(|it| it["path"].as_str().is_some_and(|path| path.contains(word)));
        Ok(such.filter_map(|it| it["count"].as_u64()).sum())
    }

    /// Calls of RingCentral's Heavy group that were answered so.
    pub(crate) fn heavy(&self, status: u64) -> Result<u64> {
        let answer = self.ask("RINGCENTRAL_SERVER_URL", "/__sim/requests")?;
        let counters = answer["counters"].as_array().context("no counters")?;
        let such = counters
            .iter()
            .filter(|it| it["group"] == "Heavy" && it["status"] == status);
        Ok(such.filter_map(|it| it["count"].as_u64()).sum())
    }

    /// Calls to Dropbox whose route holds this word.
    pub(crate) fn dropbox_calls(&self, word: &str) -> Result<u64> {
        let answer = self.ask("DROPBOX_API_URL", "/__sim/requests")?;
        let routes = answer["routes"].as_object().context("no routes")?;
        let such = routes.iter().filter(|(route, _)| route.contains(word));
        let statuses = such.filter_map(|(_, statuses)| statuses.as_object());
        Ok(statuses
            .flat_map(|it| it.values().filter_map(Value::as_u64))
            .sum())
    }

    /// Asks a simulator what no provider would tell.
    pub(crate) fn ask(&self, which: &str, path: &str) -> Result<Value> {
        let url = format!("{}{path}", self.setting(which));
        let answer = runtime()?.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build()?;
            let answer = client.get(url).send().await?.error_for_status()?;
            answer.bytes().await
        })?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Asked, so that it takes its spool along.
        process::end(&mut self.process);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where the simulators keep what was uploaded: in memory where there is a
/// file system for that, so that no side waits for their disk.
fn spool() -> Option<PathBuf> {
    let memory = Path::new("/dev/shm");
    memory.is_dir().then(|| memory.join("archiver-bench"))
}

fn sum<'a>(all: impl Iterator<Item = &'a Value>) -> Stored {
    let mut sum = Stored { files: 0, bytes: 0 };
    for it in all {
        sum.files += 1;
        sum.bytes += it["size"].as_u64().unwrap_or_default();
    }
    sum
}

/// A small runtime for one question.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}
