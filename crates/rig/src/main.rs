//! The rig: starts real processes of the product before the simulators, on
//! SQLite and on `PostgreSQL`, kills them, stops them, lets the database fail
//! over, and compares what is left with the simulators' truth. One line for
//! each figure; exit status 1 when one is bad.

mod browser;
mod chaos;
mod dice;
mod disk;
mod disk_faults;
mod evidence;
mod fail_points;
mod failover;
mod figure;
mod forward;
mod http;
mod journey;
mod kills;
mod memory;
mod oracle;
mod platter;
mod postgres;
mod power_cuts;
mod process;
mod refreshes;
mod restores;
mod scenario;
mod site;
mod stops;
mod tape;
mod terminal;
mod wait;
mod walk;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::figure::Told;

/// Kills and stops real processes, and looks what is left.
#[derive(Parser)]
struct Cli {
    /// What is done to them.
    figures: Vec<Which>,
    /// The binary, built with --features fail-points.
    #[arg(long, default_value = "target/rig/archiver")]
    binary: PathBuf,
    /// Plans follow from this number.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// As many as a continuous integration has time for.
    #[arg(long)]
    short: bool,
    /// Another number of kills, stops, refreshes … or of things in chaos.
    #[arg(long)]
    count: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// SIGKILL at random moments, on SQLite.
    Kills,
    /// The same on PostgreSQL.
    KillsPostgres,
    /// SIGKILL before and after every named place.
    FailPoints,
    /// SIGKILL at each point of a token's refresh.
    Refreshes,
    /// SIGSTOP beyond the lease, with two holders, on PostgreSQL.
    Stops,
    /// PostgreSQL fails over under load.
    Failover,
    /// The disk fails at each of the first calls; archive in a folder.
    DiskFaults,
    /// The same with the archive in Dropbox.
    DiskFaultsDropbox,
    /// The power goes at random moments of a recorded run.
    PowerCuts,
    /// The database is lost, wholly or but for an older copy; Dropbox.
    Restores,
    /// The same with the archive in a folder.
    RestoresFolder,
    /// Everything goes wrong that can, to so many things.
    Chaos,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = wait::hear() {
        eprintln!("no signals can be heard: {error:#}");
        return ExitCode::FAILURE;
    }
    let mut good = true;
    for which in &cli.figures {
        match run(&cli, *which) {
            Ok(told) => {
                println!("{}", told.line);
                good &= told.good;
            }
            Err(error) => {
                println!("{which:?} | BAD: {error:#}");
                good = false;
            }
        }
        if wait::going_on().is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::from(u8::from(!good))
}

fn run(cli: &Cli, which: Which) -> Result<Told> {
    let (binary, seed) = (cli.binary.canonicalize()?, cli.seed);
    let count = |long: u32, short: u32| cli.count.unwrap_or(if cli.short { short } else { long });
    match which {
        Which::Kills => kills::run(&binary, seed, count(300, 15), false),
        Which::KillsPostgres => kills::run(&binary, seed, count(300, 15), true),
        Which::FailPoints => {
            let most = cli.count.or(cli.short.then_some(24));
            fail_points::run(&binary, seed, most.map(|it| it as usize))
        }
        Which::Refreshes => refreshes::run(&binary, seed, count(1_000, 16)),
        Which::Stops => stops::run(&binary, seed, count(50, 3)),
        Which::Failover => failover::run(&binary, seed, count(5, 1)),
        Which::DiskFaults => {
            disk_faults::run(&binary, seed, count(300, 30).into(), !cli.short, true)
        }
        Which::DiskFaultsDropbox => {
            disk_faults::run(&binary, seed, count(300, 15).into(), false, false)
        }
        Which::PowerCuts => power_cuts::run(&binary, seed, count(100, 10)),
        Which::Restores => restores::both(&binary, seed, false),
        Which::RestoresFolder => restores::both(&binary, seed, true),
        Which::Chaos => chaos::run(&binary, seed, count(20_000, 1_000)),
    }
}
