//! Refreshes of a RingCentral grant, each with a SIGKILL at one of its eight
//! points: no connection is lost, and no generation of tokens is asked for
//! more than once, but where the provider's answer died with the process.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::figure::{Figure, Told};
use crate::oracle::{self};
use crate::process::Process;
use crate::scenario;
use crate::site::{PATIENCE, Site};
use crate::wait::until;
use crate::world::World;

/// A dead process's rights last so long: each crash waits for it.
const LEASE: Duration = Duration::from_millis(400);
/// Where there are few crashes nobody minds, and a machine may be slow.
const LONG_LEASE: Duration = Duration::from_millis(1_500);
const FEW: u32 = 100;
/// An access token lives 3,600 s: after this it is dead at RingCentral.
const AGE_MS: i64 = 3_700_000;
const TOKEN: &str = "/restapi/oauth/token";

/// A point, and what the process that died there had not kept.
struct Point {
    at: &'static str,
    /// The refresh has to be made again by the next process.
    again: bool,
    /// RingCentral had answered already: it is asked for the same once more.
    asked: bool,
}

const fn point(at: &'static str, again: bool, asked: bool) -> Point {
    Point { at, again, asked }
}

/// The eight points, in their order.
const POINTS: [Point; 8] = [
    point("keeper.source.turn:before", true, false),
    point("keeper.source.turn:after", true, false),
    point("keeper.source.load:after", true, false),
    point("call RingCentral /restapi/oauth/token:before", true, false),
    point("call RingCentral /restapi/oauth/token:after", true, true),
    point("body RingCentral /restapi/oauth/token:after", true, true),
    point("keeper.source.keep:before", true, true),
    point("keeper.source.keep:after", false, false),
];

/// The figure.
pub(crate) fn run(binary: &Path, seed: u64, crashes: u32) -> Result<Told> {
    let figure = Figure::begin("refreshes", seed);
    let world = World::start(binary, seed, &scenario::small(0, ""))?;
    let lease = if crashes < FEW { LONG_LEASE } else { LEASE };
    let mut site = Site::new(binary, world, None, lease)?;
    let arm = site.world.folder().join("arm");
    let _pages = site.serve("web")?;
    site.begin()?;
    let program = site.admin.program()?;
    // At a token's first request the pages ask RingCentral whose it is, and
    // know it for an hour.
    site.admin.hurry_as_program(&program)?;
    site.world.count_anew()?;
    let first = site.memory.generation()?;
    let mut expected = first;
    let mut repeated = 0;
    for crash in 0..crashes {
        let at = &POINTS[crash as usize % POINTS.len()];
        let mut worker = armed(&mut site, at.at, &arm)?;
        let told = crashed(&mut site, &program, &mut worker, expected, &arm);
        told.with_context(|| format!("crash {crash} at {}", at.at))?;
        repeated += i64::from(at.asked);
        let kept = site.memory.generation()?;
        if kept < expected {
            bail!("crash {crash}: a grant that was kept is not there");
        }
        // Whoever comes next completes what was begun.
        expected = kept + i64::from(at.again);
    }
    let mut worker = site.worker()?;
    refreshed(&mut site, &program, expected)?;
    let (now_ms, _) = site.world.times()?;
    site.quiet(now_ms)?;
    worker.stop()?;
    let asked = site.world.asked(TOKEN)?;
    let good = i64::try_from(asked.get(&200).copied().unwrap_or(0))?;
    let refused: u64 = asked
        .iter()
        .filter(|(it, _)| **it != 200)
        .map(|it| it.1)
        .sum();
    let generations = site.memory.generation()? - first;
    let verdict = oracle::judge(&site.world, &site.memory, now_ms)?;
    let what = format!(
        "{crashes} SIGKILLs at 8 points: {generations} generations, {good} answered token calls, \
         {repeated} of them again because the answer had died with the process"
    );
    let more = [
        ("connections lost", site.memory.troubled()?),
        ("token calls too many", good - generations - repeated),
        ("token calls refused", i64::try_from(refused)?),
    ];
    Ok(figure.told(&what, &verdict, &more))
}

/// A worker that dies at the point once it is armed.
fn armed(site: &mut Site, at: &str, arm: &Path) -> Result<Process> {
    if arm.exists() {
        std::fs::remove_file(arm)?;
    }
    let at = format!("{at}:1");
    let arm = arm.to_str().context("a plain path")?;
    let more = [
        ("ARCHIVER_FAIL_AT", at.as_str()),
        ("ARCHIVER_FAIL_ARM", arm),
    ];
    site.start(&["serve", "--role", "worker"], &more)
}

/// It completes the refresh that the one before it left; then the token dies
/// and so does the worker, in the middle of the next refresh.
fn crashed(
    site: &mut Site,
    program: &str,
    worker: &mut Process,
    expected: i64,
    arm: &Path,
) -> Result<()> {
    refreshed(site, program, expected)?;
    std::fs::write(arm, "")?;
    site.world.age(AGE_MS)?;
    let mut looks = 0_u32;
    until("it dies", PATIENCE, || {
        if looks.is_multiple_of(50) {
            site.admin.hurry_as_program(program)?;
        }
        looks += 1;
        Ok(worker.ended()?.is_some())
    })
}

/// Until so many generations are kept.
///
/// Whoever asks for work here must not ask RingCentral: the process with the
/// pages would renew the grant itself.
fn refreshed(site: &mut Site, program: &str, expected: i64) -> Result<()> {
    let mut looks = 0_u32;
    until("the grant is renewed", PATIENCE, || {
        looks += 1;
        if looks.is_multiple_of(100) {
            site.admin.hurry_as_program(program)?;
        }
        Ok(site.memory.generation()? >= expected)
    })
}
