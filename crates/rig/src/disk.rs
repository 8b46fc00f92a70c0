//! A disk that fails, as a library that is preloaded into a process
//! (`disk.c`), and what it is told to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The library, compiled.
pub(crate) struct Disk(PathBuf);

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// One call fails with EIO.
    Eio,
    /// Some calls in a row fail with ENOSPC.
    Full,
    /// One write writes half.
    Short,
}

impl Fault {
    pub(crate) const ALL: [Fault; 3] = [Fault::Eio, Fault::Full, Fault::Short];

    fn word(self) -> &'static str {
        match self {
            Fault::Eio => "eio",
            Fault::Full => "full",
            Fault::Short => "short",
        }
    }
}

impl Disk {
    /// Compiles it into a folder.
    pub(crate) fn make(folder: &Path) -> Result<Disk> {
        let source = folder.join("disk.c");
        fs::write(&source, include_str!("disk.c"))?;
        let library = folder.join("disk.so");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-o"]);
        let made = cc.arg(&library).arg(&source).arg("-ldl").output();
        let made = made.context("a C compiler is missing (Debian: build-essential)")?;
        if !made.status.success() {
            bail!("{}", String::from_utf8_lossy(&made.stderr));
        }
        Ok(Disk(library))
    }

    /// The settings for a process that works below `root`: its `at`-th call
    /// fails, none with 0. What was counted is told in `told`.
    pub(crate) fn settings(
        &self,
        root: &Path,
        at: u64,
        fault: Fault,
        told: &Path,
    ) -> Vec<(&'static str, String)> {
        let lasts = if fault == Fault::Full { 12 } else { 1 };
        vec![
            ("LD_PRELOAD", self.0.display().to_string()),
            ("DISK_ROOT", root.display().to_string()),
            ("DISK_AT", at.to_string()),
            ("DISK_FOR", lasts.to_string()),
            ("DISK_KIND", fault.word().to_owned()),
            ("DISK_TOLD", told.display().to_string()),
        ]
    }
}

/// How many calls there were, and how many of them failed; `None` where the
/// process did not come to tell.
pub(crate) fn counted(told: &Path) -> Option<(u64, u64)> {
    let text = fs::read_to_string(told).ok()?;
    let (calls, failed) = text.trim().split_once(' ')?;
    Some((calls.parse().ok()?, failed.parse().ok()?))
}
