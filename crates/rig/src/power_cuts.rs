//! The power goes at random moments of one recorded run. From the recording the
//! disk is rebuilt as it may then be (`platter`), with what nobody had brought
//! to it dropped, torn or out of order. On that disk: what the ledger calls
//! archived is there, what was acknowledged is still acknowledged, and the next
//! run archives all.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::dice::Dice;
use crate::evidence::Names;
use crate::figure::{Figure, Told};
use crate::memory::Entry;
use crate::oracle::{self, Verdict};
use crate::platter::{Platter, Unsynced};
use crate::scenario::tiny;
use crate::tape::{self, Act};
use crate::terminal::{Terminal, well};
use crate::wait::going_on;
use crate::world::World;

#[derive(Default)]
struct Outcome {
    falsely_done: usize,
    forgotten: usize,
    broken: bool,
    /// What is wrong in the manifests, and how many entries they do not tell.
    wrong: usize,
    untold: usize,
    verdict: Verdict,
    told: String,
}

/// The figure.
pub(crate) fn run(binary: &Path, seed: u64, cuts: u32) -> Result<Told> {
    let figure = Figure::begin("power cuts, SQLite and a folder", seed);
    let mut world = World::start(binary, seed, &tiny())?;
    let site = Terminal::new(binary, &world, world.folder().join("recorded"), true)?;
    let tapes = world.folder().join("tapes");
    std::fs::create_dir(&tapes)?;
    std::fs::create_dir(&site.home)?;
    let prefix = tapes.join("thread");
    let words = tape::recorder(prefix.to_str().context("a plain path")?);
    well(&site.backup(&words, &[])?).context("the recorded run (strace must be there)")?;
    let acts = tape::read(&prefix, &site.home)?;
    let (Some(first), Some(last)) = (acts.first(), acts.last()) else {
        bail!("nothing was recorded");
    };
    let mut dice = Dice::new(seed, "power cuts");
    let span = last.ended_ns - first.begun_ns;
    let moments: Vec<u64> = (0..cuts)
        .map(|_| first.begun_ns + dice.below(span + 1))
        .collect();
    let mut outcomes = Vec::new();
    for (number, moment) in moments.into_iter().enumerate() {
        going_on()?;
        let cut = one(&world, &site, &acts, moment, seed, number);
        let kept = |error: anyhow::Error| {
            let place = world.keep();
            error.context(format!("power cut {number}; kept: {}", place.display()))
        };
        outcomes.push(cut.map_err(kept)?);
    }
    let told = sum(&figure, acts.len(), outcomes);
    if !told.good {
        eprintln!("kept: {}", world.keep().display());
    }
    Ok(told)
}

fn one(
    world: &World,
    site: &Terminal,
    acts: &[Act],
    moment: u64,
    seed: u64,
    number: usize,
) -> Result<Outcome> {
    let platter = Platter::until(acts, moment);
    // Where an archive lies is part of what it is: the restart is in its place.
    let lay = |unsynced: Unsynced| {
        std::fs::remove_dir_all(&site.home)?;
        let mut dice = Dice::new(seed, &format!("power cut {number}"));
        platter.write(&site.home, &site.home, unsynced, &mut dice)
    };
    lay(Unsynced::Dropped)?;
    let safe = done(site)?;
    // Once to be looked at, which already mends it, and once as it was.
    lay(Unsynced::Torn)?;
    let there = done(site)?;
    let untrue = oracle::untruths(&entries(site)?, &site.files()?);
    let mut outcome = Outcome {
        forgotten: safe.difference(&there).count(),
        falsely_done: untrue.len(),
        told: format!("cut {number}: {untrue:?}"),
        ..Outcome::default()
    };
    lay(Unsynced::Torn)?;
    let before = site.files()?;
    let (until_ms, _) = world.times()?;
    site.backup_well()?;
    let (memory, after) = (site.memory()?, site.files()?);
    outcome.broken = !memory.is_whole()?;
    outcome.verdict = oracle::judge_files(world, &memory, &after, until_ms, Names::First)?;
    outcome
        .verdict
        .misdeeds
        .add(oracle::changed(&before, &after));
    let proof = site.proof()?;
    outcome.wrong = proof.wrong.len();
    outcome.untold = usize::try_from(memory.certain()?)?.abs_diff(proof.items);
    outcome.told = format!("{} {proof:?}", outcome.told);
    Ok(outcome)
}

/// The ledger; nothing where there are no tables yet.
fn entries(site: &Terminal) -> Result<Vec<Entry>> {
    if !site.data().join("archiver.db").exists() {
        return Ok(Vec::new());
    }
    Ok(site.memory()?.entries().unwrap_or_default())
}

/// What the ledger calls archived.
fn done(site: &Terminal) -> Result<BTreeSet<String>> {
    let entries = entries(site)?.into_iter();
    let done = entries.filter(|it| it.state == "archived");
    Ok(done.filter_map(|it| it.path).collect())
}

fn sum(figure: &Figure, acts: usize, outcomes: Vec<Outcome>) -> Told {
    let cuts = outcomes.len();
    let mut verdict = Verdict::default();
    let (mut false_at_once, mut broken, mut forgotten) = (0, 0, 0);
    let (mut wrong, mut untold) = (0, 0);
    for outcome in outcomes {
        broken += i64::from(outcome.broken);
        false_at_once += i64::try_from(outcome.falsely_done).unwrap_or(i64::MAX);
        forgotten += i64::try_from(outcome.forgotten).unwrap_or(i64::MAX);
        wrong += i64::try_from(outcome.wrong).unwrap_or(i64::MAX);
        untold += i64::try_from(outcome.untold).unwrap_or(i64::MAX);
        if outcome.falsely_done + outcome.forgotten + outcome.wrong + outcome.untold > 0 {
            eprintln!("{}", outcome.told);
        }
        verdict.add(outcome.verdict);
    }
    let what = format!("{cuts} power cuts in a run of {acts} changes of files");
    figure.told(
        &what,
        &verdict,
        &[
            ("acknowledged rows lost", forgotten),
            ("falsely done before the next run", false_at_once),
            ("broken databases", broken),
            ("wrong in the manifests", wrong),
            ("not told by them", untold),
        ],
    )
}
