//! Chaos: several workers on `PostgreSQL`, simulators in which everything goes
//! wrong that can, workers that are killed and stopped at random meanwhile;
//! then a quiet phase, after which nothing may be missing.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::json;

use crate::browser::Browser;
use crate::dice::Dice;
use crate::figure::{Figure, Told};
use crate::oracle;
use crate::postgres::Clusters;
use crate::process::Process;
use crate::scenario::{chaotic, dropbox_trouble, ringcentral_trouble};
use crate::site::{PATIENCE, Site};
use crate::wait::{pass, until};
use crate::world::World;

const LEASE: Duration = Duration::from_secs(3);
/// A transaction that stands still for so long is ended.
const STANDSTILL: Duration = Duration::from_secs(5);
const WORKERS: usize = 3;
/// People with a backup of their own, beside the company's, in the same
/// Dropbox: what is theirs is everybody's work.
const PEOPLE: std::ops::Range<u32> = 1_014..1_022;
/// Calls to Dropbox in a second: 20,000 things in as many minutes as CI has.
const CALLS: u32 = 200;
/// The share of each kind of trouble.
const SHARE: f64 = 0.05;
/// How often the tokens of both ends die meanwhile: after each such part of
/// the work.
const AGES: usize = 3;
/// Dropbox's access token lives four hours, RingCentral's one.
const AGE_MS: i64 = 15_000_000;
/// The trouble ends when so many of a hundred things are archived, and as many
/// of those that any listing has shown.
const IN_TROUBLE: (usize, i64) = (80, 97);
/// From one kill or stop to the next.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(12));

/// How often a run is asked for.
const HURRY: Duration = Duration::from_secs(10);
/// Long enough for a run that was asked for to have begun.
const SETTLED: Duration = Duration::from_secs(15);
/// What came late is seen by the next of these.
const VERIFIES: u32 = 3;

/// What was done to the workers, and when.
#[derive(Default)]
struct Done {
    kills: u32,
    stops: u32,
    ages: usize,
    archived: i64,
    time: Duration,
}

/// An installation with more than one person.
struct Company {
    site: Site,
    people: Vec<(u32, Browser)>,
    workers: Vec<Process>,
    hurried: Option<Instant>,
}

/// The figure.
pub(crate) fn run(binary: &Path, seed: u64, items: u32) -> Result<Told> {
    let figure = Figure::begin("chaos", seed);
    let world = World::start(binary, seed, &chaotic(items))?;
    let mut clusters = Clusters::new()?;
    let cluster = clusters.make()?;
    let database = (cluster.impatient_url(STANDSTILL), cluster.memory()?);
    let mut site = Site::new(binary, world, Some(database), LEASE)?;
    site.dropbox_bears(CALLS);
    let mut pages = site.serve("web")?;
    let mut company = Company::connect(site)?;
    let done = match company.trouble(seed, items) {
        Ok(done) => done,
        Err(error) => bail!("{error:#}; see {}", company.site.world.keep().display()),
    };
    let begun = Instant::now();
    let troubled = company.site.memory.troubled()?;
    let (found, mended) = match company.rest() {
        Ok(told) => told,
        Err(error) => bail!("{error:#}; see {}", company.site.world.keep().display()),
    };
    pages.stop()?;
    let Company { mut site, .. } = company;
    let (now_ms, _) = site.world.times()?;
    let verdict = oracle::judge(&site.world, &site.memory, now_ms)?;
    let what = format!(
        "{WORKERS} workers, {} people, every knob at {} %: {} SIGKILLs, {} SIGSTOPs beyond the \
         lease, tokens dead {} times; {} things archived in {} s of it, quiet after {} s more, \
         {found} things that were first seen then; {troubled} connections in trouble when it \
         became quiet, RECONNECT pressed {mended} times",
        PEOPLE.len() + 1,
        SHARE * 100.0,
        done.kills,
        done.stops,
        done.ages,
        done.archived,
        done.time.as_secs(),
        begun.elapsed().as_secs(),
    );
    let more = [("connections in trouble afterwards", site.memory.troubled()?)];
    let told = figure.told(&what, &verdict, &more);
    if !told.good {
        eprintln!("kept: {}", site.world.keep().display());
    }
    Ok(told)
}

impl Company {
    /// The administrator with the company's backup, and everybody else with
    /// their own, all ON.
    fn connect(mut site: Site) -> Result<Company> {
        site.begin()?;
        let mut people = Vec::new();
        for number in PEOPLE {
            site.world
                .ringcentral_becomes(&json!({ "consent_as": number.to_string() }))?;
            let mut person = site.admin.another();
            until("a person is connected", PATIENCE, || {
                person.sign_in()?;
                person.connect()?;
                person.switch_on_own().map(|()| true)
            })?;
            people.push((number, person));
        }
        Ok(Company {
            site,
            people,
            workers: Vec::new(),
            hurried: None,
        })
    }

    /// Everything goes wrong until nearly everything is archived, or the time
    /// for it is over.
    fn trouble(&mut self, seed: u64, items: u32) -> Result<Done> {
        let had = self
            .site
            .world
            .truth(false)?
            .iter()
            .filter(|it| !it.lost && !it.gone)
            .count();
        let (least, most) = IN_TROUBLE;
        let goal = i64::try_from(had * least / 100)?;
        let longest = PATIENCE + Duration::from_secs(u64::from(items) / 20);
        self.site
            .world
            .ringcentral_becomes(&ringcentral_trouble(SHARE))?;
        self.site.world.dropbox_becomes(&dropbox_trouble(SHARE))?;
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            workers.push(self.site.worker()?);
        }
        let mut dice = Dice::new(seed, "chaos");
        let (begun, mut done) = (Instant::now(), Done::default());
        let mut known = had.try_into()?;
        while (done.archived < goal || done.archived * 100 < known * most)
            && begun.elapsed() < longest
        {
            self.hurry()?;
            pass(dice.while_between(PAUSE.0, PAUSE.1))?;
            let which = usize::try_from(dice.below(WORKERS as u64))?;
            let worker = &mut workers[which];
            if dice.below(2) == 0 {
                worker.kill()?;
                pass(dice.while_between(Duration::ZERO, Duration::from_secs(4)))?;
                *worker = self.site.worker()?;
                done.kills += 1;
            } else {
                worker.freeze()?;
                let beyond = dice.while_between(Duration::ZERO, 2 * LEASE);
                let slept = pass(LEASE + beyond);
                worker.thaw()?;
                slept?;
                done.stops += 1;
            }
            (done.archived, known) = (self.site.memory.archived()?, self.site.memory.known()?);
            eprintln!(
                "  chaos: {} of {had} archived, {known} known, {} s",
                done.archived,
                begun.elapsed().as_secs()
            );
            let aged = i64::try_from(had * (done.ages + 1) / (AGES + 1))?;
            if done.ages < AGES && done.archived > aged {
                self.site.world.age(AGE_MS)?;
                done.ages += 1;
            }
        }
        done.time = begun.elapsed();
        self.workers = workers;
        Ok(done)
    }

    /// Nothing goes wrong any more, and whoever must press a button does so.
    /// Runs until everything is there; then `archiver verify` looks for what no
    /// listing of those hours has shown, and it is waited for, too. How many
    /// things those were, and how often a button was pressed.
    fn rest(&mut self) -> Result<(i64, u32)> {
        let site = &mut self.site;
        site.world.ringcentral_becomes(&ringcentral_trouble(0.0))?;
        site.world.dropbox_becomes(&dropbox_trouble(0.0))?;
        let mended = self.mend()?;
        self.drained()?;
        let before = self.site.memory.known()?;
        for _ in 0..VERIFIES {
            self.verify()?;
            self.drained()?;
            let (now_ms, settled_ms) = self.site.world.times()?;
            if now_ms > settled_ms && self.site.is_all_there(now_ms)? {
                break;
            }
        }
        let found = self.site.memory.known()? - before;
        for worker in &mut self.workers {
            worker.stop()?;
        }
        Ok((found, mended))
    }

    /// Until nothing waits any more.
    fn drained(&mut self) -> Result<()> {
        let begun = Instant::now();
        until("nothing waits", 3 * PATIENCE, || {
            self.hurry()?;
            // What was asked for has begun.
            Ok(begun.elapsed() > SETTLED && self.site.memory.pending()? == 0)
        })
    }

    /// RECONNECT, wherever a page offers it.
    fn mend(&mut self) -> Result<u32> {
        let site = &mut self.site;
        let mut mended = 0;
        for (number, person) in &mut self.people {
            site.world
                .ringcentral_becomes(&json!({ "consent_as": number.to_string() }))?;
            mended += u32::from(person.mend()?);
        }
        site.world
            .ringcentral_becomes(&json!({ "consent_as": "101" }))?;
        mended += u32::from(site.admin.mend()?);
        Ok(mended)
    }

    /// *Back up now* for everybody, but not all the time.
    fn hurry(&mut self) -> Result<()> {
        if self.hurried.is_none_or(|at| at.elapsed() > HURRY) {
            self.site.admin.hurry()?;
            for (_, person) in &mut self.people {
                person.hurry_own()?;
            }
            self.hurried = Some(Instant::now());
        }
        Ok(())
    }

    /// What an administrator runs: everything of these days is listed anew.
    fn verify(&mut self) -> Result<()> {
        let from = self.site.world.days_ago(5)?;
        let mut verify = self
            .site
            .start(&["verify", "--from", &from, "--json"], &[])?;
        let status = verify.wait(3 * PATIENCE)?;
        match status.code() {
            Some(0 | 3) => Ok(()),
            _ => bail!("archiver verify ended with {status}:\n{}", verify.told()),
        }
    }
}
