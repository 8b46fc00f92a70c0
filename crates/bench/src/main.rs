//! Measures the released binary side by side with what people would use
//! instead: a bare relay, a straight script on the providers' own SDKs, rclone.
//! All against the same simulators, on the same data, in one run; what is told
//! is the ratio. `scripts/bench` builds what it needs and starts it.
#![expect(
    clippy::cast_precision_loss,
    reason = "figures for people: counts and times as ratios"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

mod bench;
#[expect(dead_code, reason = "the rig's people can do more than look")]
#[path = "../../rig/src/browser.rs"]
mod browser;
mod calls;
mod fetch;
mod history;
#[expect(dead_code, reason = "the rig asks more than pages")]
#[path = "../../rig/src/http.rs"]
mod http;
mod memory;
mod pace;
mod pages;
mod plot;
mod process;
mod providers;
mod ratios;
mod relay;
mod scenario;
mod sides;
mod start;
mod table;
mod throughput;
mod world;

use bench::Bench;

#[derive(Parser)]
#[command(
    name = "bench",
    about = "Measures Archiver against what people would use instead."
)]
struct Line {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Measure, and print one table.
    Run(Box<Run>),
    /// Side (a): download and upload, and nothing else. Reads the settings of
    /// the simulators from the environment.
    Relay,
    /// Lay the recordings into a folder, for side (c).
    Fetch {
        /// Where.
        folder: PathBuf,
    },
}

/// What to measure and how.
#[derive(Args)]
pub(crate) struct Run {
    /// The released binary.
    #[arg(long)]
    archiver: PathBuf,
    /// Another build of it that plays the simulators: so an older release is
    /// measured in the same world.
    #[arg(long)]
    simulators: Option<PathBuf>,
    /// A folder for everything that is made, on a real disk.
    #[arg(long)]
    work: PathBuf,
    /// The folder of the other sides' programs: `python` and `rclone`.
    #[arg(long)]
    tools: PathBuf,
    /// The straight script, side (b).
    #[arg(long)]
    script: PathBuf,
    /// Where plots and ratios are kept; nothing is kept without it.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// The commit that is measured, for the file of ratios.
    #[arg(long, default_value = "unknown")]
    commit: String,
    /// Small worlds and one round, for CI.
    #[arg(long)]
    short: bool,
    /// Rounds of each side; the median counts.
    #[arg(long)]
    rounds: Option<usize>,
    /// Recordings of B1 and B2.
    #[arg(long)]
    recordings: Option<u64>,
    /// Which measures: B1, B2, …; all without.
    measures: Vec<String>,
}

fn main() -> Result<ExitCode> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Line::parse().what {
        What::Run(run) => {
            let mut bench = Bench::new(*run)?;
            bench.measure("B1", throughput::bare)?;
            bench.measure("B2", throughput::with_latency)?;
            bench.measure("B3", pace::budget)?;
            bench.measure("B4", calls::by_type)?;
            bench.measure("B5", memory::peaks)?;
            bench.measure("B6", history::year)?;
            bench.measure("B7", history::growth)?;
            bench.measure("B8", pages::viewers)?;
            bench.measure("B9", start::start)?;
            bench.end()?;
        }
        What::Relay => relay::run()?,
        What::Fetch { folder } => fetch::run(&folder)?,
    }
    Ok(ExitCode::SUCCESS)
}
