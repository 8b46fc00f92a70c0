//! B1 and B2: a month of recordings from one end to the other, by each side in
//! turn, round after round, against the same world made anew.

use anyhow::{Result, ensure};

use crate::bench::{Bench, note};
use crate::memory;
use crate::plot::Plot;
use crate::process::Used;
use crate::scenario::{self, UNLIMITED};
use crate::sides::Side;
use crate::table::{Row, Target, median};
use crate::world::Stored;

/// Half of the recordings are smaller than this.
const MEDIAN: u64 = 400_000;

/// Without limits.
fn scenario(recordings: u64, ringcentral: &str, dropbox: &str) -> String {
    format!(
        "{}{UNLIMITED}{ringcentral}[dropbox]\n{dropbox}",
        scenario::recordings(recordings, MEDIAN)
    )
}

/// What one side did in one round.
#[derive(Clone, Copy, Debug)]
struct Lap {
    used: Used,
    stored: Stored,
    /// What the simulators computed meanwhile, in seconds.
    simulators: f64,
    /// Calls to Dropbox.
    calls: u64,
}

impl Lap {
    fn calls_per_file(&self) -> f64 {
        self.calls as f64 / self.stored.files as f64
    }

    fn items_per_second(&self) -> f64 {
        self.stored.files as f64 / self.used.seconds
    }

    fn megabytes_per_second(&self) -> f64 {
        self.stored.bytes as f64 / 1e6 / self.used.seconds
    }

    fn cpu_per_gigabyte(&self) -> f64 {
        self.used.cpu / (self.stored.bytes as f64 / 1e9)
    }
}

/// All laps of a side.
struct Laps(Side, Vec<Lap>);

impl Laps {
    fn figures(&self, of: impl Fn(&Lap) -> f64) -> Vec<f64> {
        self.1.iter().map(of).collect()
    }
}

/// B1: no latency.
pub(crate) fn bare(bench: &mut Bench) -> Result<()> {
    let recordings = bench.asked.recordings.unwrap_or(bench.size(5_000, 200));
    let world = scenario(recordings, "", "");
    let laps = race(bench, "B1", &world, recordings)?;
    let targets = [
        (Side::Relay, Target::Least(0.8)),
        (Side::Script, Target::Least(8.0)),
        (Side::Rclone, Target::Least(1.2)),
    ];
    tell(bench, "B1", &laps, &targets);
    let simulators = laps[0].figures(|it| it.simulators / it.used.seconds);
    bench.row(Row::alone(
        "B1",
        "cores that the simulators took while Archiver ran",
        median(simulators),
        Target::Told,
    ));
    for side in [Side::Script, Side::Rclone] {
        let theirs = laps.iter().find(|it| it.0 == side);
        let theirs = theirs.map_or(Vec::new(), |it| it.figures(Lap::calls_per_file));
        let (ours, title) = (
            laps[0].figures(Lap::calls_per_file),
            "Dropbox calls per file",
        );
        bench.row(Row::paired(
            "B4",
            title,
            &ours,
            (&theirs, side.name()),
            Target::Told,
        ));
    }
    let rclone = laps.iter().find(|it| it.0 == Side::Rclone);
    let (ours, rclone) = (
        laps[0].figures(|it| it.used.peak_mib),
        rclone.map_or(Vec::new(), |it| it.figures(|it| it.used.peak_mib)),
    );
    let title = format!("MiB at most, {recordings} recordings");
    bench.row(Row::alone(
        "B5",
        title.clone(),
        median(ours.clone()),
        memory::MOST,
    ));
    bench.row(Row::paired(
        "B5",
        title,
        &ours,
        (&rclone, "rclone"),
        Target::Most(1.0),
    ));
    draw(
        bench,
        "b1-items-per-second",
        "B1: recordings a second, no latency",
        &laps,
    )
}

/// B2: RingCentral answers after 120 ms, a commit takes 250 ms.
pub(crate) fn with_latency(bench: &mut Bench) -> Result<()> {
    let recordings = bench.asked.recordings.unwrap_or(bench.size(5_000, 200));
    let world = scenario(recordings, "latency_ms = 120\n", "commit_ms = 250\n");
    let laps = race(bench, "B2", &world, bench.size(100, 20))?;
    let targets = [
        (Side::Relay, Target::Told),
        (Side::Script, Target::Least(30.0)),
        (Side::Rclone, Target::Told),
    ];
    tell(bench, "B2", &laps, &targets);
    let archived = median(laps[0].figures(|it| it.stored.files as f64));
    let fastest = median(bare_relay(bench, recordings)?);
    let bound = bound(archived, fastest);
    let ours = laps[0].figures(Lap::items_per_second);
    bench.row(Row::paired(
        "B2",
        "recordings a second",
        &ours,
        (&vec![bound; ours.len()], "the computed bound"),
        Target::Least(0.9),
    ));
    draw(
        bench,
        "b2-items-per-second",
        "B2: recordings a second, 120 ms RingCentral, 250 ms a commit",
        &laps,
    )
}

/// Contents that Archiver fetches at once, at most.
const AT_ONCE: f64 = 12.0;
/// Calls of RingCentral's before the first content: token, account, people,
/// permissions, the first page; and one at the end.
const BEFORE: f64 = 8.0;
/// How long each answer of RingCentral's and each commit takes, in seconds.
const LATENCY: (f64, f64) = (0.12, 0.25);

/// The most recordings a second that latency, parallelism and batches allow,
/// and that this machine can move at all, which the relay shows without
/// latency.
fn bound(recordings: f64, fastest: f64) -> f64 {
    let (answer, commit) = LATENCY;
    let flow = (recordings * answer / AT_ONCE).max(recordings / fastest);
    recordings / (BEFORE * answer + flow + commit)
}

/// The relay on the same data without latency: recordings a second.
fn bare_relay(bench: &Bench, recordings: u64) -> Result<Vec<f64>> {
    let mut rates = Vec::new();
    for _ in 0..bench.rounds() {
        let world = bench.world("world", &scenario(recordings, "", ""))?;
        let used = bench
            .tools
            .run(Side::Relay, &world, &bench.work("none"), 0)?;
        rates.push(world.stored()?.files as f64 / used.seconds);
    }
    Ok(rates)
}

const SIDES: [Side; 4] = [Side::Ours, Side::Relay, Side::Script, Side::Rclone];

/// Every side in turn, round after round. The script, which takes long, brings
/// so many.
fn race(bench: &Bench, of: &str, scenario: &str, script: u64) -> Result<Vec<Laps>> {
    let files = bench.work("files");
    let world = bench.world("fetch", scenario)?;
    bench.tools.fetch(&world, &files)?;
    drop(world);
    let mut laps: Vec<Laps> = SIDES.into_iter().map(|it| Laps(it, Vec::new())).collect();
    for round in 1..=bench.rounds() {
        for Laps(side, laps) in &mut laps {
            let world = bench.world("world", scenario)?;
            let there = world.recordings()?;
            let before = world.cpu();
            let most = if *side == Side::Script {
                script
            } else {
                there.files
            };
            let used = bench.tools.run(*side, &world, &files, most)?;
            let simulators = world.cpu() - before;
            let stored = world.stored()?;
            ensure!(
                stored.files >= most.min(there.files),
                "{} stored {stored:?} of {there:?}: its time counts for nothing",
                side.name()
            );
            let lap = Lap {
                calls: world.dropbox_calls("")?,
                used,
                stored,
                simulators,
            };
            note(&format!(
                "{of} round {round}, {}: {:.1} s, {:.1}/s, {:.1} MB/s, {:.1} s of CPU, {:.1} s of the simulators', peak {:.0} MiB",
                side.name(),
                used.seconds,
                lap.items_per_second(),
                lap.megabytes_per_second(),
                used.cpu,
                simulators,
                used.peak_mib
            ));
            laps.push(lap);
        }
    }
    let _ = std::fs::remove_dir_all(files);
    Ok(laps)
}

/// Items, bytes and processor of ours against each other's.
fn tell(bench: &mut Bench, of: &'static str, laps: &[Laps], targets: &[(Side, Target)]) {
    let ours = &laps[0];
    for (side, target) in targets {
        let Some(theirs) = laps.iter().find(|it| it.0 == *side) else {
            continue;
        };
        let mut compare = |what: &str, of_lap: fn(&Lap) -> f64, target| {
            bench.row(Row::paired(
                of,
                what,
                &ours.figures(of_lap),
                (&theirs.figures(of_lap), side.name()),
                target,
            ));
        };
        compare("recordings a second", Lap::items_per_second, *target);
        compare("MB a second", Lap::megabytes_per_second, Target::Told);
        compare("CPU s per GB", Lap::cpu_per_gigabyte, Target::Told);
    }
}

fn draw(bench: &Bench, name: &str, title: &str, laps: &[Laps]) -> Result<()> {
    let bar = |it: &Laps| (it.0.name().to_owned(), it.figures(Lap::items_per_second));
    let plot = Plot {
        title: title.to_owned(),
        note: format!(
            "scripts/bench {}; dots are rounds, bars medians",
            &title[..2]
        ),
        bars: laps.iter().map(bar).collect(),
    };
    bench.plot(name, &plot)
}
