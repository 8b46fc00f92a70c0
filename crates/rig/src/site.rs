//! One installation: the world outside, a database, processes of the server,
//! and an administrator before its pages.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::browser::Browser;
use crate::evidence::{self, Names, Proof};
use crate::memory::Memory;
use crate::oracle::{self, Verdict};
use crate::process::{Process, Settings};
use crate::wait::{pass, until};
use crate::world::World;

/// How long anything may take that is sure to come: a machine may be slow, and
/// busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_mins(10);

/// How often a run is asked for while something is waited for.
const SETTLED: Duration = Duration::from_secs(2);

/// The installation.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) memory: Memory,
    pub(crate) admin: Browser,
    binary: PathBuf,
    settings: Settings,
    started: usize,
    nudged: Option<Instant>,
    /// Which generation of the source's grant was kept when the world grew
    /// older.
    pub(crate) aged_at: Option<i64>,
}

impl Site {
    /// Around a world, on PostgreSQL at `url` or on a file. `memory` is where
    /// we read the same database.
    pub(crate) fn new(
        binary: &Path,
        world: World,
        database: Option<(String, Memory)>,
        lease: Duration,
    ) -> Result<Site> {
        let data = world.folder().join("data");
        let mut settings: Settings = world.settings.clone();
        settings.retain(|(name, _)| name != "RINGCENTRAL_JWT" && name != "DROPBOX_REFRESH_TOKEN");
        let mut set = |name: &str, value: &str| settings.push((name.to_owned(), value.to_owned()));
        set("ARCHIVER_DATA_DIR", data.to_str().context("a plain path")?);
        set("ARCHIVER_FAIL_LEASE_MS", &lease.as_millis().to_string());
        set("ARCHIVER_LOG", "info,sqlx=error");
        let memory = match database {
            None => Memory::file(&data.join("archiver.db"))?,
            Some((url, memory)) => {
                set("ARCHIVER_DATABASE_URL", &url);
                memory
            }
        };
        Ok(Site {
            world,
            memory,
            admin: Browser::default(),
            binary: binary.to_owned(),
            settings,
            started: 0,
            nudged: None,
            aged_at: None,
        })
    }

    /// So many calls a second to Dropbox, which can bear them: the product makes
    /// ten, by a guess of what the real one bears.
    pub(crate) fn dropbox_bears(&mut self, calls: u32) {
        let setting = ("ARCHIVER_FAIL_DROPBOX_CALLS".to_owned(), calls.to_string());
        self.settings.push(setting);
    }

    /// The apps' keys are not configured.
    pub(crate) fn forget_keys(&mut self) {
        let typed = ["CLIENT_ID", "CLIENT_SECRET", "APP_KEY", "APP_SECRET"];
        self.settings
            .retain(|(name, _)| !typed.iter().any(|it| name.ends_with(it)));
    }

    /// *Back up now*, but not all the time.
    pub(crate) fn nudge(&mut self) -> Result<()> {
        if self.nudged.is_none_or(|at| at.elapsed() > SETTLED) {
            self.admin.hurry()?;
            self.nudged = Some(Instant::now());
        }
        Ok(())
    }

    /// A process that works without pages.
    pub(crate) fn worker(&mut self) -> Result<Process> {
        let mut worker = self.start(&["serve", "--role", "worker"], &[])?;
        if worker.says("Working")?.is_none() {
            bail!("a worker does not start:\n{}", worker.told());
        }
        Ok(worker)
    }

    /// A process with pages, to which the administrator goes. `None`: it ended
    /// before it served any, as `more` may have asked for.
    pub(crate) fn pages(&mut self, role: &str, more: &[(&str, &str)]) -> Result<(Process, bool)> {
        let args = ["serve", "--listen", "127.0.0.1:0", "--role", role];
        let mut server = self.start(&args, more)?;
        let Some(line) = server.says("Pages: ")? else {
            return Ok((server, false));
        };
        let address = line.split('/').nth(2).context("an address")?;
        self.admin.moves_to(address);
        Ok((server, true))
    }

    /// Pages that must be there.
    pub(crate) fn serve(&mut self, role: &str) -> Result<Process> {
        let (mut server, there) = self.pages(role, &[])?;
        if !there {
            let status = server.ended()?;
            bail!("no pages ({status:?}):\n{}", server.told());
        }
        Ok(server)
    }

    /// Any command of the binary.
    pub(crate) fn start(&mut self, args: &[&str], more: &[(&str, &str)]) -> Result<Process> {
        self.started += 1;
        let told = self.world.folder().join(format!("{}.log", self.started));
        let mut settings = self.settings.clone();
        let more = more.iter();
        settings.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Process::start(&self.binary, args, &settings, &told)
    }

    /// From nothing to a backup that is ON. Each step may be taken again: a
    /// busy machine may keep a page from being there in time.
    pub(crate) fn begin(&mut self) -> Result<()> {
        until("signed in", PATIENCE, || {
            self.admin.sign_in().map(|()| true)
        })?;
        until("connected", PATIENCE, || {
            self.admin.connect().map(|()| true)
        })?;
        until("switched ON", PATIENCE, || {
            self.admin.switch_on().map(|()| true)
        })
    }

    /// *Back up now*, as soon as the page is there.
    pub(crate) fn hurry(&mut self) -> Result<()> {
        until("a run is asked for", PATIENCE, || {
            self.admin.hurry().map(|()| true)
        })
    }

    /// A while without trouble: asks for a run again and again until everything
    /// that was planted has come and is archived, then compares.
    pub(crate) fn settle(&mut self) -> Result<Verdict> {
        let begun = Instant::now();
        loop {
            let (now_ms, settled_ms) = self.world.times()?;
            if now_ms > settled_ms {
                break;
            }
            self.hurry()?;
            let left = u64::try_from(settled_ms - now_ms).unwrap_or(0);
            pass(Duration::from_millis(left.min(2_000)) + Duration::from_millis(50))?;
            if begun.elapsed() > 5 * PATIENCE {
                bail!("the world never settles");
            }
        }
        let (until_ms, _) = self.world.times()?;
        self.quiet(until_ms)
    }

    /// Runs until all that was visible at `until_ms` is archived and nothing
    /// waits any more; in any case until patience is over. Then compares.
    pub(crate) fn quiet(&mut self, until_ms: i64) -> Result<Verdict> {
        let good = until("everything is archived", PATIENCE, || {
            self.nudge()?;
            if !self.world.is_alive()? {
                bail!("the simulators have ended");
            }
            Ok(self.memory.pending()? == 0 && self.is_all_there(until_ms)?)
        });
        let verdict = oracle::judge(&self.world, &self.memory, until_ms)?;
        if let Err(error) = good
            && verdict.is_good()
        {
            return Err(error);
        }
        Ok(verdict)
    }

    /// What a checker that shares no line with the product says of a copy of
    /// all that lies in Dropbox. The servers have ended.
    pub(crate) fn proof(&mut self) -> Result<Proof> {
        let mut asked = self.start(&["evidence", "key"], &[])?;
        let status = asked.wait(PATIENCE)?;
        let told = asked.told();
        let is_key = |it: &&str| it.len() == 64 && it.bytes().all(|it| it.is_ascii_hexdigit());
        let key = told.lines().find(is_key);
        let key = key.with_context(|| format!("no key ({status}):\n{told}"))?;
        let copy = self.world.folder().join("copy");
        let root = evidence::copied(&self.world, &copy)?;
        evidence::check(&root, key)
    }

    /// Whether as many things lie there as were visible then, what tells of
    /// them aside.
    pub(crate) fn is_all_there(&self, until_ms: i64) -> Result<bool> {
        let truth = self.world.truth(false)?;
        let had = truth
            .iter()
            .filter(|it| !it.lost && !it.gone && it.has_come(until_ms));
        let files = self.world.files()?;
        let copies = files
            .iter()
            .filter(|it| !evidence::is_place(&it.path_display, Names::Later));
        Ok(copies.count() >= had.count())
    }
}
