//! B6, and the half of B7 that is about the Ledger: what an hourly run costs
//! when a year lies behind it. The history is made by copying rows; the runs
//! are real.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::bench::{Bench, note};
use crate::process::{self, Used};
use crate::scenario::{self, UNLIMITED};
use crate::table::{Row, Target, median};
use crate::world::World;

/// How far back an hourly run lists.
const BACK_HOURS: i64 = 26;
const YEAR_HOURS: u64 = 8_760;

/// B6: the hourly run on a year's ledger, and on one that holds the last hours
/// alone.
pub(crate) fn year(bench: &mut Bench) -> Result<()> {
    let count = bench.size(1_000_000, 20_000);
    let world = quiet(bench)?;
    let (short, long) = (data(&world, "short"), data(&world, "long"));
    hourly(&world, &short)?;
    copy(&short, &long)?;
    grow(bench, &long, count)?;
    // The first run after somebody has copied rows by hand.
    hourly(&world, &long)?;
    let (mut shorts, mut longs) = (Vec::new(), Vec::new());
    for round in 1..=bench.size(7, 3) {
        let (one, other) = (hourly(&world, &short)?, hourly(&world, &long)?);
        note(&format!(
            "B6 round {round}: {:.2} and {:.2} s, {} and {} calls",
            one.used.seconds, other.used.seconds, one.calls, other.calls
        ));
        shorts.push(one);
        longs.push(other);
    }
    let title = format!("s of an hourly run, {count} items of {YEAR_HOURS} hours already archived");
    compare(bench, title, &longs, &shorts, |it| it.used.seconds);
    compare(
        bench,
        "calls of that run".to_owned(),
        &longs,
        &shorts,
        |it| it.calls as f64,
    );
    compare(
        bench,
        "CPU s of that run".to_owned(),
        &longs,
        &shorts,
        |it| it.used.cpu,
    );
    let peak = median(longs.iter().map(|it| it.used.peak_mib).collect());
    let title = format!("MiB of memory at most, hourly run, {count} items in the ledger");
    bench.row(Row::alone("B5", title, peak, Target::Most(64.0)));
    Ok(())
}

/// B7: the same run with ten and a hundred times the rows.
pub(crate) fn growth(bench: &mut Bench) -> Result<()> {
    let world = quiet(bench)?;
    let base = data(&world, "base");
    hourly(&world, &base)?;
    let sizes = bench.size([10_000, 100_000, 1_000_000], [1_000, 10_000, 20_000]);
    let mut folders = Vec::new();
    for size in sizes {
        let folder = data(&world, &size.to_string());
        copy(&base, &folder)?;
        grow(bench, &folder, size)?;
        hourly(&world, &folder)?;
        folders.push(folder);
    }
    let mut figures = vec![Vec::new(); folders.len()];
    for _ in 0..bench.size(7, 3) {
        for (folder, figures) in folders.iter().zip(&mut figures) {
            figures.push(hourly(&world, folder)?.used.seconds);
        }
    }
    for (size, theirs) in sizes.iter().zip(&figures).skip(1) {
        let title = format!("s of an hourly run, ledger of {size} rows");
        let smallest = (&figures[0][..], "the smallest");
        bench.row(Row::paired(
            "B7",
            title,
            theirs,
            smallest,
            Target::Most(1.1),
        ));
    }
    Ok(())
}

/// A run, and the calls it made to RingCentral and Dropbox.
struct Hourly {
    used: Used,
    calls: u64,
}

fn compare(
    bench: &mut Bench,
    title: String,
    longs: &[Hourly],
    shorts: &[Hourly],
    of: fn(&Hourly) -> f64,
) {
    let figures = |all: &[Hourly]| all.iter().map(of).collect::<Vec<f64>>();
    let (ours, other) = (figures(longs), figures(shorts));
    let row = Row::paired(
        "B6",
        title,
        &ours,
        (&other, "empty ledger"),
        Target::Most(1.2),
    );
    bench.row(row);
}

/// A company in which some calls were recorded lately, and nothing new comes.
fn quiet(bench: &Bench) -> Result<World> {
    let text = format!("{}{UNLIMITED}", scenario::recordings(1_500, 20_000));
    bench.world("history", &text)
}

fn data(world: &World, name: &str) -> PathBuf {
    world.folder.join(name)
}

/// What a server does of an hour: it lists the newest time again and archives
/// what is new. The first time on a ledger, that is everything.
fn hourly(world: &World, data: &Path) -> Result<Hourly> {
    let (from, log) = (from(), world.folder.join("side.log"));
    let mut command = world.archiver(&["backup", "--from", &from, "--to", "now", "--json"]);
    command
        .args(["--types", "recordings"])
        .env("ARCHIVER_DATA_DIR", data)
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log)?);
    let before = calls(world)?;
    // 3: the last calls may end while it is at work.
    let used = process::run(&mut command, &[0, 3])
        .with_context(|| fs::read_to_string(&log).unwrap_or_default())?;
    Ok(Hourly {
        used,
        calls: calls(world)? - before,
    })
}

fn calls(world: &World) -> Result<u64> {
    Ok(world.ringcentral_calls("")? + world.dropbox_calls("")?)
}

#[expect(clippy::disallowed_methods, reason = "a bench lives in real time")]
fn from() -> String {
    (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(BACK_HOURS)).to_string()
}

/// Copies a data dir that nobody uses.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Lays a year of so many archived items behind what is there.
pub(crate) fn grow(bench: &Bench, data: &Path, count: u64) -> Result<()> {
    let script = bench.asked.script.with_file_name("grow.py");
    let mut python = Command::new(bench.asked.tools.join("python"));
    python
        .arg(script)
        .arg(data.join("archiver.db"))
        .arg(count.to_string());
    let done = python.output().context("python does not start")?;
    ensure!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    note(String::from_utf8_lossy(&done.stdout).trim());
    Ok(())
}
