//! A process of the product: started, killed, stopped in its tracks, told to
//! end. What it says goes into a file.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::wait::until;

/// Settings of the environment.
pub(crate) type Settings = Vec<(String, String)>;

/// One process. Dropped, it is killed.
pub(crate) struct Process {
    child: Child,
    told: PathBuf,
    ended: Option<ExitStatus>,
}

impl Process {
    /// The binary with these arguments and nothing but these settings, in a
    /// group of its own: what a terminal sends to the rig is the rig's, and a
    /// frozen process draws no signal upon it.
    pub(crate) fn start(
        binary: &Path,
        args: &[&str],
        settings: &[(String, String)],
        told: &Path,
    ) -> Result<Process> {
        let out = File::create(told).with_context(|| told.display().to_string())?;
        let child = Command::new(binary)
            .args(args)
            .env_clear()
            .envs(settings.iter().cloned())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("{} cannot be started", binary.display()))?;
        Ok(Process {
            child,
            told: told.to_owned(),
            ended: None,
        })
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    pub(crate) fn told(&self) -> String {
        std::fs::read_to_string(&self.told).unwrap_or_default()
    }

    /// Waits until it has said something; `Ok(None)` when it ended before.
    pub(crate) fn says(&mut self, word: &str) -> Result<Option<String>> {
        let mut line = None;
        until(&format!("it says {word}"), Duration::from_mins(5), || {
            let told = self.told();
            let whole = told.rfind('\n').map_or("", |end| &told[..end]);
            line = whole
                .lines()
                .find(|it| it.contains(word))
                .map(str::to_owned);
            Ok(line.is_some() || self.ended()?.is_some())
        })?;
        Ok(line)
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait()?;
        }
        Ok(self.ended)
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self, most: Duration) -> Result<ExitStatus> {
        until("it ends", most, || Ok(self.ended()?.is_some()))?;
        self.ended.context("it has ended")
    }

    /// SIGKILL, and waits until it is gone.
    pub(crate) fn kill(&mut self) -> Result<()> {
        if self.ended()?.is_none() {
            self.signal(Signal::KILL)?;
            self.ended = Some(self.child.wait()?);
        }
        Ok(())
    }

    /// SIGSTOP: it does nothing any more, and does not know.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// SIGTERM; it must end well.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.signal(Signal::TERM)?;
        let status = self.wait(Duration::from_mins(3))?;
        if !status.success() {
            bail!("told to stop, it ended with {status}:\n{}", self.told());
        }
        Ok(())
    }

    fn signal(&self, which: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), which)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure here.
        let _ = self.kill();
    }
}
