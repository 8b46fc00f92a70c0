//! `archiver demo`: simulators, a seeded company, its last days archived,
//! the result compared with the simulators' truth, then pages.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::archive_path::Naming;
use domain::data_type::DataType;
use domain::window::Window;
use engine::{Ends, Enrolled, Rhythm, Summary, Wish};
use sim::Simulation;
use tokio_util::sync::CancellationToken;

use crate::commit_turns::CommitTurns;
use crate::config::Config;
use crate::failure::{self, Failure};
use crate::oracle::{self, Finding};
use crate::terminal::{Bar, print};
use crate::{assemble, backup, serve, tree, world};

/// A round that finds nothing new ends the demo; more than this many means
/// that something never settles.
const ROUNDS: usize = 40;

/// How to go on by hand.
const WHO: &str = "\
Now be one of the company. Open the address below and sign in with RingCentral (the
simulated one lists everybody and wants no password): as 101, the administrator, or as
anybody else. CONNECT the simulated Dropbox on GENERAL, switch Enable backup ON on BACKUP,
and watch LOG. What you see archived above is there already and is not stored twice.";

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    listen: crate::Listen,
    /// How many days the company has already lived.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
    days: u32,
    /// Stop after the result; status 0 when nothing is missing but what the
    /// simulator planted as lost.
    #[arg(long)]
    exit: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args, mut config: Config) -> Result<ExitCode, Failure> {
    if let Some(listen) = args.listen.listen {
        config.listen = listen;
    }
    if config.data_dir == Path::new("archiver-data") {
        config.set_data_dir(PathBuf::from("archiver-demo"));
    }
    // What is configured for real archives stays out of the demo.
    config.database_url = None;
    config.master_key_file = config.data_dir.join("master.key");
    config.naming = Naming::Default;
    config.public_url = None;
    // Before any work: a port that is taken must not waste a minute.
    let listener = if args.exit {
        None
    } else {
        Some(serve::bind(&config).await?)
    };
    let stop = assemble::stop_signal();
    let (world, simulation) = world::begin(&config.data_dir, args.days).await?;
    let window = world.window().context("the demo has no days")?;
    config.point_at(&simulation.settings())?;
    introduce(&config, world.days)?;

    let (ends, enrolled) = assemble::unless_stopped(&stop, enrol(&config)).await?;
    let summary = archive(&ends, &enrolled, window, &simulation, &stop).await?;
    let report = backup::report(&ends, &enrolled, window, summary).await?;
    let finding = oracle::compare(&simulation, window);
    let files = simulation.dropbox().files();
    print(&tree::draw(
        "Apps/RingCentral Application",
        files.into_iter().map(|file| file.path_display),
    ))?;
    print(&report.text())?;
    print(&verdict(&finding))?;
    let good = report.summary.total().pending == 0
        && report.summary.gaps.is_empty()
        && finding.is_good(&report.open);
    if let Some(listener) = listener {
        config.pages.accounts = vec![enrolled.viewer.account.id.to_string()];
        let store = Arc::clone(&ends.store);
        let server = serve::Server::new(&config, store, world::RATE_WINDOW)?;
        print(WHO)?;
        serve::whole(listener, &config, &server, rhythm(), stop).await?;
    }
    simulation.stop().await;
    Ok(ExitCode::from(if good {
        failure::COMPLETE
    } else {
        failure::INCOMPLETE
    }))
}

fn introduce(config: &Config, days: u32) -> Result<(), Failure> {
    print(&format!(
        "A simulated company and its last {} days, at {}.\n\
         A simulated Dropbox at {}. Both play by the providers' rules, but faster:\n\
         RingCentral's rate window lasts {:.1} s instead of 60 s, its delays {:.0} % of real ones.\n\
         Everything is kept in {}; delete that folder to begin anew.\n",
        days,
        config.ringcentral.server_url,
        config.dropbox.api_url,
        world::RATE_WINDOW.as_secs_f64(),
        world::DELAY_SCALE * 100.0,
        config.data_dir.display(),
    ))
}

async fn enrol(config: &Config) -> Result<(Ends, Enrolled), Failure> {
    let door = assemble::door(config)?;
    let ends = Ends {
        source: assemble::ringcentral_at_pace(config, &door, world::RATE_WINDOW)?.source,
        destination: assemble::dropbox(config, &door, &CommitTurns::default())?,
        store: assemble::store(config).await?,
        clock: assemble::clock(),
        rhythm: rhythm(),
    };
    let wish = Wish {
        whole_account: true,
        types: DataType::ALL.into(),
        naming: config.naming,
        action: "backup.run",
    };
    let enrolled = backup::enrol(&ends, &wish).await?;
    Ok((ends, enrolled))
}

/// As patient as a world needs that plays faster.
fn rhythm() -> Rhythm {
    Rhythm {
        first_wait: Duration::from_millis(300),
        longest_wait: Duration::from_secs(2),
        patience: Duration::from_secs(5),
        lease: Duration::from_secs(5),
        ..Rhythm::default()
    }
}

/// Runs the backup again and again, as the hours would, until everything that
/// the simulator planted as late has come.
async fn archive(
    ends: &Ends,
    enrolled: &Enrolled,
    window: Window,
    simulation: &Simulation,
    stop: &CancellationToken,
) -> domain::Result<Summary> {
    let zone = backup::zone(&enrolled.viewer.account, &jiff::tz::TimeZone::UTC);
    let bar = Bar::new(true);
    let settled_ms = simulation.ringcentral().settled_at_ms();
    let mut total: Option<Summary> = None;
    for _ in 0..ROUNDS {
        let began_ms = ends.now_ms();
        let job = backup::job(enrolled, window, zone.clone(), stop.clone());
        let mut summary = engine::back_up(ends, &job, &bar).await?;
        if let Some(before) = &total {
            summary.archived_now += before.archived_now;
            summary.bytes_now += before.bytes_now;
        }
        let pending = summary.total().pending;
        let settled = began_ms >= settled_ms && summary.unsettled == 0 && pending == 0;
        total = Some(summary);
        if settled {
            break;
        }
        let wait = (settled_ms - ends.now_ms()).clamp(500, 5_000);
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())) => {}
            () = stop.cancelled() => {}
        }
    }
    total.ok_or_else(|| domain::Error::new(domain::Kind::Protocol, "the demo made no round"))
}

/// What the simulators' own truth says about the archive.
fn verdict(finding: &Finding) -> String {
    let mut out = format!(
        "\nCompared with the simulators' own truth, byte for byte: {} files are equal.",
        finding.equal
    );
    let mut tell = |what: &str, whom: Vec<&str>| {
        if !whom.is_empty() {
            let _ = write!(out, "\n{what} ({}): {}", whom.len(), whom.join(", "));
        }
    };
    tell(
        "The simulator planted as lost",
        words(&finding.planted_lost),
    );
    tell(
        "Purged at RingCentral before anybody could list them",
        words(&finding.purged),
    );
    tell(
        "NOT in Dropbox although it could be had",
        words(&finding.not_found),
    );
    tell("Written twice", words(&finding.written_twice));
    tell(
        "In Dropbox, but never at RingCentral",
        words(&finding.strangers),
    );
    out
}

fn words<'a>(all: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    all.into_iter().map(String::as_str).collect()
}
