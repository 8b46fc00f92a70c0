//! A journey under way: the process that dies on it, and is started again
//! until the step that it died in has succeeded.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::journey::{Journey, Step};
use crate::oracle::{self, Verdict};
use crate::process::Process;
use crate::site::{PATIENCE, Site};
use crate::wait::until;
use crate::world::World;

const KILL: i32 = 9;

/// The journey.
pub(crate) struct Walk {
    site: Site,
    /// Places at which it still has to die.
    places: Vec<String>,
    died: BTreeSet<String>,
    log: PathBuf,
}

impl Walk {
    /// Before the first step.
    pub(crate) fn begin(
        binary: &Path,
        seed: u64,
        journey: &Journey,
        places: &[String],
        lease: Duration,
    ) -> Result<Walk> {
        let world = World::start(binary, seed, &(journey.scenario)())?;
        let log = world.folder().join("places.log");
        let mut site = Site::new(binary, world, None, lease)?;
        if journey.keyless {
            site.forget_keys();
        }
        Ok(Walk {
            site,
            places: places.to_owned(),
            died: BTreeSet::new(),
            log,
        })
    }

    /// All of it, and what is left then.
    pub(crate) fn make(&mut self, journey: &Journey) -> Result<Verdict> {
        if journey.by_hand {
            self.by_hand()?;
        } else {
            self.served(journey)?;
        }
        let (now_ms, _) = self.site.world.times()?;
        let verdict = oracle::judge(&self.site.world, &self.site.memory, now_ms)?;
        Ok(verdict)
    }

    /// Where it came by, a line each.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where it died.
    pub(crate) fn died(&self) -> &BTreeSet<String> {
        &self.died
    }

    /// Keeps everything for people to look at.
    pub(crate) fn keep(&mut self) -> PathBuf {
        self.site.world.keep()
    }

    fn served(&mut self, journey: &Journey) -> Result<()> {
        let mut server = self.up()?;
        for step in journey.steps {
            self.step(&mut server, step)
                .with_context(|| format!("{} ({})", step.name, self.site.world.keep().display()))?;
            eprintln!(
                "  {}: {}, {} deaths so far",
                journey.name,
                step.name,
                self.died.len()
            );
        }
        Ok(())
    }

    /// One step, taken until it succeeds. Patience begins anew with each death.
    fn step(&mut self, server: &mut Process, step: &Step) -> Result<()> {
        loop {
            let mut died = false;
            until(step.name, PATIENCE, || {
                died = server.ended()?.is_some();
                if died {
                    return Ok(true);
                }
                let told = server.told();
                (step.take)(&mut self.site, &told)
            })?;
            if !died {
                return Ok(());
            }
            let status = server.wait(PATIENCE)?;
            if status.signal() != Some(KILL) {
                bail!("it ended by itself ({status}):\n{}", server.told());
            }
            self.note_death()?;
            *server = self.up()?;
        }
    }

    /// A server with pages, however often it dies before it has any.
    fn up(&mut self) -> Result<Process> {
        loop {
            let (places, log) = (self.places.join(";"), self.log_path()?);
            let more = [
                ("ARCHIVER_FAIL_AT", places.as_str()),
                ("ARCHIVER_FAIL_LOG", log.as_str()),
            ];
            let (mut server, there) = self.site.pages("all", &more)?;
            if there {
                return Ok(server);
            }
            let status = server.wait(PATIENCE)?;
            if status.signal() != Some(KILL) {
                bail!("it does not start ({status}):\n{}", server.told());
            }
            self.note_death()?;
        }
    }

    /// `archiver backup` until it comes to its end, once more when all is there
    /// that came late.
    fn by_hand(&mut self) -> Result<()> {
        loop {
            let (now_ms, settled_ms) = self.site.world.times()?;
            let (places, log) = (self.places.join(";"), self.log_path()?);
            let headless: Vec<(String, String)> = self.site.world.settings.clone();
            let mut more = vec![
                ("ARCHIVER_FAIL_AT", places.as_str()),
                ("ARCHIVER_FAIL_LOG", log.as_str()),
            ];
            let secrets = headless.iter();
            more.extend(secrets.map(|(name, value)| (name.as_str(), value.as_str())));
            let args = ["backup", "--from", "2000-01-01", "--to", "now", "--json"];
            let from = self.site.world.days_ago(4)?;
            let args = args.map(|it| {
                if it == "2000-01-01" {
                    from.as_str()
                } else {
                    it
                }
            });
            let mut backup = self.site.start(&args, &more)?;
            let status = backup.wait(2 * PATIENCE)?;
            match (status.code(), status.signal()) {
                (Some(0 | 3), _) if now_ms > settled_ms && self.site.memory.pending()? == 0 => {
                    return Ok(());
                }
                (Some(0 | 3), _) => {}
                (_, Some(KILL)) => self.note_death()?,
                _ => bail!("it ended by itself ({status}):\n{}", backup.told()),
            }
        }
    }

    fn log_path(&self) -> Result<String> {
        Ok(self.log.to_str().context("a plain path")?.to_owned())
    }

    /// Where it has just died.
    fn note_death(&mut self) -> Result<()> {
        let log = self.log();
        let line = log
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("died "));
        let place = line.context("it died without a word")?;
        if !self.died.insert(place.to_owned()) {
            bail!("it died twice at {place}");
        }
        let begins = format!("{place}:");
        self.places.retain(|at| !at.starts_with(&begins));
        Ok(())
    }
}
