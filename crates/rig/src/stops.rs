//! SIGSTOP beyond the lease: a worker that does not know that it was asleep,
//! and another that has taken over meanwhile.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::dice::Dice;
use crate::figure::{Figure, Told};
use crate::memory::{Memory, Run};
use crate::postgres::Clusters;
use crate::process::Process;
use crate::scenario::{rationed, unhurried};
use crate::site::{PATIENCE, Site};
use crate::wait::{pass, until};
use crate::world::World;

const LEASE: Duration = Duration::from_millis(1_500);
/// A transaction that stands still for so long is ended (20 s where nobody
/// asks for less): beyond the lease, so that its rows are still held then.
const STANDSTILL: Duration = Duration::from_secs(3);
/// An access token lives 3,600 s.
const AGE_MS: i64 = 3_700_000;
/// Every so many stops, the tokens are dead when the work goes on.
const REFRESH: u32 = 3;
const TOKEN: &str = "/restapi/oauth/token";

/// The figure.
pub(crate) fn run(binary: &Path, seed: u64, stops: u32) -> Result<Told> {
    let figure = Figure::begin("stops", seed);
    let world = World::start(binary, seed, &rationed(stops))?;
    let mut clusters = Clusters::new()?;
    let cluster = clusters.make()?;
    let database = (cluster.impatient_url(STANDSTILL), cluster.memory()?);
    let mut site = Site::new(binary, world, Some(database), LEASE)?;
    let _pages = site.serve("web")?;
    site.begin()?;
    site.memory.watch()?;
    site.world.count_anew()?;
    let first = site.memory.generation()?;
    let mut workers = [site.worker()?, site.worker()?];
    let mut dice = Dice::new(seed, "stops");
    let mut within = 0;
    for stop in 0..stops {
        let longest = Duration::from_millis(1_200);
        let (before, after) = (
            dice.while_between(Duration::ZERO, longest),
            dice.while_between(Duration::ZERO, longest),
        );
        if stop % REFRESH == REFRESH - 1 {
            site.world.age(AGE_MS)?;
        }
        let told = stopped(&mut site, &workers, before, after);
        within += u32::from(told.with_context(|| format!("stop {stop}"))?);
    }
    let left = site.memory.pending()?;
    site.world.ringcentral_becomes(&unhurried())?;
    let verdict = site.settle()?;
    for worker in &mut workers {
        worker.stop()?;
    }
    let refreshes = refreshes(&site, first, stops)?;
    let back = site.memory.went_back()?;
    for one in back.iter().take(20) {
        eprintln!("went back: {one}");
    }
    let what = format!(
        "{stops} SIGSTOPs beyond the lease, {within} of them within a transaction, as many \
         take-overs, {left} items still to do after the last, {} refreshes, {} asked for twice by \
         one that slept in it",
        refreshes.generations, refreshes.again
    );
    let more = [
        ("connections lost", site.memory.troubled()?),
        ("token calls refused", refreshes.refused),
        ("refreshes without a token call", refreshes.missing),
        ("double refreshes unexplained", refreshes.unexplained),
        ("effects of a fenced holder", i64::try_from(back.len())?),
    ];
    let told = figure.told(&what, &verdict, &more);
    if !told.good {
        eprintln!("kept: {}", site.world.keep().display());
    }
    Ok(told)
}

/// Token calls beside what was kept.
struct Refreshes {
    generations: i64,
    /// One that has slept in the middle of a refresh has asked, too; it gets
    /// the same pair, and there is no other.
    again: i64,
    missing: i64,
    unexplained: i64,
    refused: i64,
}

fn refreshes(site: &Site, first: i64, stops: u32) -> Result<Refreshes> {
    let asked = site.world.asked(TOKEN)?;
    let good = i64::try_from(asked.get(&200).copied().unwrap_or(0))?;
    let refused: u64 = asked
        .iter()
        .filter(|(it, _)| **it != 200)
        .map(|it| it.1)
        .sum();
    let generations = site.memory.generation()? - first;
    let again = good - generations;
    Ok(Refreshes {
        generations,
        again,
        missing: (-again).max(0),
        unexplained: (again - i64::from(stops)).max(0),
        refused: i64::try_from(refused)?,
    })
}

/// Whoever works is stopped until another has worked in its place. Whether it
/// stood still within a transaction.
fn stopped(
    site: &mut Site,
    workers: &[Process; 2],
    before: Duration,
    after: Duration,
) -> Result<bool> {
    let mut holder = None;
    held(site, "somebody works", |_, run| {
        holder = workers.iter().find(|it| is(it, &run.worker));
        holder.is_some()
    })?;
    pass(before)?;
    // It may have given the work back meanwhile, or the other may have it.
    held(site, "somebody works", |_, run| {
        holder = workers.iter().find(|it| is(it, &run.worker));
        holder.is_some()
    })?;
    let holder = holder.context("a holder")?;
    holder.freeze()?;
    let mut within = false;
    let other = held(site, "another takes over", |memory, run| {
        within |= memory.stands_still().unwrap_or(false);
        !is(holder, &run.worker)
    });
    pass(after)?;
    holder.thaw()?;
    other?;
    Ok(within)
}

fn is(process: &Process, name: &str) -> bool {
    name.starts_with(&format!("{}/", process.pid()))
}

/// Until somebody holds the right to work of whom something is so. Asks for
/// work again and again.
fn held(site: &mut Site, what: &str, mut so: impl FnMut(&Memory, &Run) -> bool) -> Result<()> {
    let mut looks = 0_u32;
    until(what, PATIENCE, || {
        if looks.is_multiple_of(30) {
            site.admin.hurry()?;
        }
        looks += 1;
        let run = site.memory.run()?;
        Ok(run.is_some_and(|run| so(&site.memory, &run) && run.held))
    })
}
