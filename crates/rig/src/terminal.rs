//! One installation that is used from a terminal: `archiver backup`, with its
//! database and, if so wished, its archive in a folder of ours.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::evidence::{self, Proof};
use crate::memory::Memory;
use crate::process::Settings;
use crate::world::{Stored, World};

/// A dead process's rights last so long, in milliseconds: long enough for a
/// busy machine to keep those of a living one.
const LEASE_MS: &str = "4000";

/// A run that a busy machine kept from its database is made again, as an hour
/// later it would be.
const TRIES: u32 = 3;

/// A run that hangs is ended after so many seconds.
const MOST_SECONDS: &str = "90";

/// The installation.
#[derive(Clone)]
pub(crate) struct Terminal {
    binary: PathBuf,
    settings: Settings,
    /// Everything of it lies here.
    pub(crate) home: PathBuf,
    range: (String, String),
    to_folder: bool,
}

impl Terminal {
    /// In a folder that need not be there, before these simulators.
    pub(crate) fn new(
        binary: &Path,
        world: &World,
        home: PathBuf,
        to_folder: bool,
    ) -> Result<Terminal> {
        let mut settings = world.settings.clone();
        settings.push(("ARCHIVER_FAIL_LEASE_MS".to_owned(), LEASE_MS.to_owned()));
        settings.push(("ARCHIVER_LOG".to_owned(), "warn,sqlx=error".to_owned()));
        Ok(Terminal {
            binary: binary.to_owned(),
            settings,
            home,
            range: (world.days_ago(4)?, "now".to_owned()),
            to_folder,
        })
    }

    /// Another range of time.
    pub(crate) fn range(&self, from: &str, to: &str) -> Terminal {
        Terminal {
            range: (from.to_owned(), to.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(crate) fn archive(&self) -> PathBuf {
        self.home.join("archive")
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        Memory::file(&self.data().join("archiver.db"))
    }

    /// `archiver backup` over the range. `before` stands before the command
    /// (a tracer), `more` are further settings.
    pub(crate) fn backup(&self, before: &[&str], more: &[(&str, &str)]) -> Result<Output> {
        let archive = self.archive();
        let mut args = vec!["backup", "--from", &self.range.0, "--to", &self.range.1];
        args.push("--json");
        if self.to_folder {
            args.extend(["--to-folder", archive.to_str().context("a plain path")?]);
        }
        self.run(before, &args, more)
    }

    /// Any command.
    pub(crate) fn run(
        &self,
        before: &[&str],
        args: &[&str],
        more: &[(&str, &str)],
    ) -> Result<Output> {
        fs::create_dir_all(&self.home)?;
        // `env` sets what only the program itself may see: a tracer is no
        // part of what is tried.
        let data = format!("ARCHIVER_DATA_DIR={}", self.data().display());
        let more = more.iter().map(|(name, value)| format!("{name}={value}"));
        let mut words: Vec<String> = ["-k", "5", MOST_SECONDS].map(str::to_owned).to_vec();
        words.extend(before.iter().map(|it| (*it).to_owned()));
        words.push("env".to_owned());
        words.push(data);
        words.extend(more);
        words.push(self.binary.display().to_string());
        words.extend(args.iter().map(|it| (*it).to_owned()));
        Command::new("timeout")
            .args(words)
            .current_dir(&self.home)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(self.settings.iter().cloned())
            .stdin(Stdio::null())
            .output()
            .context("timeout (coreutils) cannot be started")
    }

    /// Runs without trouble, until one says that everything is archived. An
    /// error where none does, or one breaks down.
    pub(crate) fn backup_well(&self) -> Result<()> {
        let mut tries = 1;
        loop {
            let output = self.backup(&[], &[])?;
            if broke_down(&output) || hung(&output) || tries == TRIES {
                return well(&output);
            }
            if output.status.success() {
                return Ok(());
            }
            tries += 1;
        }
    }

    /// What a checker that shares no line with the product says of the archive
    /// folder.
    pub(crate) fn proof(&self) -> Result<Proof> {
        self.proof_of(&self.archive().join("Archive"))
    }

    /// The same of a copy of the archive's root.
    pub(crate) fn proof_of(&self, root: &Path) -> Result<Proof> {
        let told = self.run(&[], &["evidence", "key"], &[])?;
        well(&told).context("the key")?;
        let key = String::from_utf8_lossy(&told.stdout).trim().to_owned();
        evidence::check(root, &key)
    }

    /// What lies in the archive folder, part files of the dead aside. A folder
    /// keeps no history: what happened between two looks is not seen.
    pub(crate) fn files(&self) -> Result<Vec<Stored>> {
        let mut found = Vec::new();
        let archive = self.archive();
        let mut folders = vec![archive.clone()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let path = entry?.path();
                let hidden = path
                    .file_name()
                    .is_some_and(|it| it.to_string_lossy().starts_with('.'));
                if path.is_dir() && !hidden {
                    folders.push(path);
                } else if path.is_file() {
                    let bytes = fs::read(&path)?;
                    let mut sha256 = String::new();
                    for byte in Sha256::digest(&bytes) {
                        write!(sha256, "{byte:02x}")?;
                    }
                    let mut file = Stored {
                        path_display: format!("/{}", path.strip_prefix(&archive)?.display()),
                        size: bytes.len() as u64,
                        sha256,
                        history: vec![serde_json::Value::Null],
                        words: None,
                    };
                    if file.text_id().is_some() {
                        file.read(&bytes);
                    }
                    found.push(file);
                }
            }
        }
        Ok(found)
    }
}

/// An error unless a command ended with status 0.
pub(crate) fn well(output: &Output) -> Result<()> {
    if !output.status.success() {
        bail!(
            "{} ({})",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

/// Whether a process had to be ended: timeout's own status, or that of what it
/// had to kill.
pub(crate) fn hung(output: &Output) -> bool {
    matches!(output.status.code(), Some(124 | 137))
}

/// Whether a process panicked, or ended by a signal that nobody sent.
pub(crate) fn broke_down(output: &Output) -> bool {
    use std::os::unix::process::ExitStatusExt;
    let told = String::from_utf8_lossy(&output.stderr);
    let died = matches!(output.status.code(), Some(101 | 132..=136 | 138 | 139));
    told.contains("panicked") || died || output.status.signal().is_some()
}
