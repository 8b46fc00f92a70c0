//! The disk fails at each of the first calls of one canonical run: EIO, ENOSPC
//! for a while, a write that writes half. After each: nothing is called archived
//! that is not there, the database is whole, and a clean run archives all.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::disk::{Disk, Fault, counted};
use crate::evidence::{self, Names, Proof};
use crate::figure::{Figure, Told};
use crate::oracle::{self, Verdict};
use crate::scenario::tiny;
use crate::terminal::{Terminal, broke_down, hung};
use crate::wait::going_on;
use crate::world::World;

/// Runs at the same time: most of one is waiting.
const AT_ONCE: usize = 6;

/// What is made to fail.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// The call of that number, of all that the library sees.
    Call(u64, Fault),
    /// A thread's rename of that number, which the library does not see: strace
    /// injects the error.
    Rename(u32, &'static str),
}

/// How no process may end, whatever the disk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BadEnd {
    Panic,
    Hung,
}

impl BadEnd {
    fn of(output: &Output) -> Option<BadEnd> {
        if broke_down(output) {
            Some(BadEnd::Panic)
        } else {
            hung(output).then_some(BadEnd::Hung)
        }
    }
}

/// What came of one fault.
#[derive(Default)]
struct Outcome {
    /// It happened: there were so many calls.
    hit: bool,
    /// How the process ended: its status.
    ended: Option<i32>,
    bad_end: Option<BadEnd>,
    falsely_done: usize,
    broken: bool,
    proof: Proof,
    /// What the ledger knows and no manifest tells.
    untold: usize,
    verdict: Verdict,
    told: String,
}

/// The figure: faults at the first `places` calls. With `all_kinds`, all three
/// at each, else one after the other.
pub(crate) fn run(
    binary: &Path,
    seed: u64,
    places: u64,
    all_kinds: bool,
    to_folder: bool,
) -> Result<Told> {
    let name = if to_folder {
        "disk faults, SQLite and a folder"
    } else {
        "disk faults, SQLite and Dropbox"
    };
    let figure = Figure::begin(name, seed);
    let mut world = World::start(binary, seed, &tiny())?;
    let disk = Disk::make(world.folder())?;
    let calls = canonical(binary, &world, &disk, to_folder)?;
    let plan = plan(places.min(calls), all_kinds, to_folder);
    let outcomes = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some(trouble) = plan.get(next.fetch_add(1, Ordering::SeqCst)) {
                going_on()?;
                let outcome = if to_folder {
                    one(binary, &world, &disk, *trouble, true)
                } else {
                    let own = World::start(binary, seed, &tiny())?;
                    one(binary, &own, &disk, *trouble, false)
                };
                let outcome = outcome.with_context(|| format!("{trouble:?}"))?;
                if let Ok(mut all) = outcomes.lock() {
                    all.push(outcome);
                }
            }
            Ok(())
        };
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| match worker.join() {
                Ok(done) => done,
                Err(_) => bail!("a worker of the rig broke down"),
            })
    })
    .map_err(|error| error.context(format!("kept: {}", world.keep().display())))?;
    let outcomes = outcomes.into_inner().unwrap_or_default();
    let told = sum(&figure, calls, outcomes);
    if !told.good {
        eprintln!("kept: {}", world.keep().display());
    }
    Ok(told)
}

fn plan(places: u64, all_kinds: bool, to_folder: bool) -> Vec<Trouble> {
    let kinds = |at: u64| {
        let one = Fault::ALL[usize::try_from(at % 3).unwrap_or(0)];
        if all_kinds {
            Fault::ALL.to_vec()
        } else {
            vec![one]
        }
    };
    let calls = (1..=places).flat_map(|at| kinds(at).into_iter().map(move |it| (at, it)));
    let mut plan: Vec<Trouble> = calls.map(|(at, it)| Trouble::Call(at, it)).collect();
    if to_folder {
        let errors = ["EIO", "ENOSPC"];
        let renames = (1..=3).flat_map(|at| errors.map(|it| Trouble::Rename(at, it)));
        plan.extend(renames);
    }
    plan
}

/// A run without faults, and how many calls it makes.
fn canonical(binary: &Path, world: &World, disk: &Disk, to_folder: bool) -> Result<u64> {
    let site = Terminal::new(binary, world, world.folder().join("whole"), to_folder)?;
    let told = world.folder().join("whole.told");
    let settings = disk.settings(&site.home, 0, Fault::Eio, &told);
    let settings: Vec<_> = settings.iter().map(|(it, to)| (*it, to.as_str())).collect();
    crate::terminal::well(&site.backup(&[], &settings)?).context("the canonical run")?;
    let (calls, _) = counted(&told).context("the library was not loaded")?;
    Ok(calls)
}

fn one(
    binary: &Path,
    world: &World,
    disk: &Disk,
    trouble: Trouble,
    to_folder: bool,
) -> Result<Outcome> {
    let name = match trouble {
        Trouble::Call(at, fault) => format!("{at}-{fault:?}"),
        Trouble::Rename(at, error) => format!("rename-{at}-{error}"),
    };
    let site = Terminal::new(binary, world, world.folder().join(&name), to_folder)?;
    let told = world.folder().join(format!("{name}.told"));
    let output = match trouble {
        Trouble::Call(at, fault) => {
            let settings = disk.settings(&site.home, at, fault, &told);
            let settings: Vec<_> = settings.iter().map(|(it, to)| (*it, to.as_str())).collect();
            site.backup(&[], &settings)?
        }
        Trouble::Rename(at, error) => {
            let inject = format!("inject=renameat2:error={error}:when={at}");
            let strace = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null"];
            let what = ["-e", "trace=renameat2", "-e", &inject];
            site.backup(&[&strace[..], &what].concat(), &[])?
        }
    };
    let mut outcome = Outcome {
        hit: counted(&told).is_none_or(|(_, failed)| failed > 0),
        ended: output.status.code(),
        bad_end: BadEnd::of(&output),
        told: format!(
            "{trouble:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ),
        ..Outcome::default()
    };
    let files = |site: &Terminal| {
        if to_folder {
            site.files()
        } else {
            world.read_files()
        }
    };
    if site.data().join("archiver.db").exists() {
        // Before there are tables there is nothing to be false.
        let entries = site.memory()?.entries().unwrap_or_default();
        outcome.falsely_done = oracle::untruths(&entries, &files(&site)?).len();
    }
    let before = files(&site)?;
    let (until_ms, _) = world.times()?;
    site.backup_well().with_context(|| outcome.told.clone())?;
    let (memory, after) = (site.memory()?, files(&site)?);
    outcome.broken = !memory.is_whole()?;
    outcome.verdict = oracle::judge_files(world, &memory, &after, until_ms, Names::First)?;
    outcome.proof = if to_folder {
        outcome
            .verdict
            .misdeeds
            .add(oracle::changed(&before, &after));
        site.proof()?
    } else {
        site.proof_of(&evidence::copied(world, &site.home.join("copy"))?)?
    };
    let known = usize::try_from(memory.certain()?)?;
    outcome.untold = known.abs_diff(outcome.proof.items);
    if outcome.verdict.is_good() {
        std::fs::remove_dir_all(&site.home)?;
    }
    Ok(outcome)
}

fn sum(figure: &Figure, calls: u64, outcomes: Vec<Outcome>) -> Told {
    let places = outcomes.len();
    let hit = outcomes.iter().filter(|it| it.hit).count();
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let (mut panics, mut hangs, mut false_at_once, mut broken) = (0, 0, 0, 0);
    let (mut wrong, mut untold) = (0, 0);
    let mut verdict = Verdict::default();
    for outcome in outcomes {
        let end = outcome
            .ended
            .map_or("killed".to_owned(), |it| it.to_string());
        *ends.entry(end).or_default() += 1;
        panics += i64::from(outcome.bad_end == Some(BadEnd::Panic));
        hangs += i64::from(outcome.bad_end == Some(BadEnd::Hung));
        wrong += i64::try_from(outcome.proof.wrong.len()).unwrap_or(i64::MAX);
        untold += i64::try_from(outcome.untold).unwrap_or(i64::MAX);
        false_at_once += i64::try_from(outcome.falsely_done).unwrap_or(i64::MAX);
        broken += i64::from(outcome.broken);
        let evidence = outcome.untold + outcome.proof.wrong.len();
        let ended_badly = outcome.bad_end.is_some() || outcome.broken;
        if ended_badly || outcome.falsely_done + evidence > 0 {
            eprintln!("{} {:?}", outcome.told, outcome.proof);
        }
        verdict.add(outcome.verdict);
    }
    let ends: Vec<String> = ends
        .iter()
        .map(|(status, count)| format!("{count} with status {status}"))
        .collect();
    let what = format!(
        "{places} faults (EIO, ENOSPC, short writes), {hit} met, at calls of {calls}; ended {}",
        ends.join(", ")
    );
    figure.told(
        &what,
        &verdict,
        &[
            ("panics", panics),
            ("hung", hangs),
            ("falsely done before the clean run", false_at_once),
            ("broken databases", broken),
            ("wrong in the manifests", wrong),
            ("not told by them", untold),
        ],
    )
}
