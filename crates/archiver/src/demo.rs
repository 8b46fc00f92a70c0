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
use domain::window::{DAY_MS, Window};
use engine::{Ends, Enrolled, Rhythm, Summary, Wish};
use serde::{Deserialize, Serialize};
use sim::{Listen, Scenario, Simulation};
use tokio_util::sync::CancellationToken;

use crate::backup::{self, print};
use crate::config::Config;
use crate::failure::{self, Failure};
use crate::oracle::{self, Finding};
use crate::terminal::Bar;
use crate::{assemble, serve, tree};

/// The simulators' rate window: 60 s in the real world.
const RATE_WINDOW: Duration = Duration::from_millis(500);
/// How much shorter the simulators' delays are than real ones.
const DELAY_SCALE: f64 = 0.02;
/// A round that finds nothing new ends the demo; more than this many means
/// that something never settles.
const ROUNDS: usize = 40;

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

/// What a stopped demo needs to go on.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct World {
    anchor_ms: i64,
    days: u32,
}

impl World {
    /// The world of an earlier demo in this folder, or a new one.
    fn recall(folder: &Path, days: u32) -> Result<World, Failure> {
        let file = folder.join("demo.json");
        if let Ok(text) = std::fs::read_to_string(&file)
            && let Ok(world) = serde_json::from_str::<World>(&text)
            && world.days == days
        {
            return Ok(world);
        }
        if file.exists() {
            return Err(Failure::usage(format!(
                "{} holds a demo of other days. Delete the folder or use the same --days.",
                folder.display()
            )));
        }
        let world = World {
            anchor_ms: assemble::clock().now().as_millisecond(),
            days,
        };
        private_folder(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let text = serde_json::to_string(&world).context("the demo's world cannot be kept")?;
        std::fs::write(&file, text)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(world)
    }

    fn window(self) -> Option<Window> {
        Window::from_ms(
            self.anchor_ms - i64::from(self.days) * DAY_MS,
            self.anchor_ms,
        )
    }
}

/// Runs the command.
pub(crate) async fn run(args: Args, mut config: Config) -> Result<ExitCode, Failure> {
    if let Some(listen) = args.listen.listen {
        config.listen = listen;
    }
    if config.data_dir == Path::new("archiver-data") {
        config.set_data_dir(PathBuf::from("archiver-demo"));
    }
    // Before any work: a port that is taken must not waste a minute.
    let listener = if args.exit {
        None
    } else {
        Some(serve::bind(&config).await?)
    };
    let world = World::recall(&config.data_dir, args.days)?;
    let window = world.window().context("the demo has no days")?;
    let simulation = simulation(&config.data_dir, world).await?;
    config.point_at(&simulation.settings())?;
    introduce(&config, world);

    let stop = assemble::stop_signal();
    let (ends, enrolled) = enrol(&config).await?;
    let summary = archive(&ends, &enrolled, window, &simulation, &stop).await;
    let summary = match summary {
        Err(error) if error.kind() == domain::Kind::Cancelled => {
            print("Stopped. Run the same command again: it goes on where it stopped.");
            return Ok(ExitCode::from(failure::INCOMPLETE));
        }
        other => other?,
    };
    let report = backup::report(&ends, &enrolled, window, summary).await?;
    let finding = oracle::compare(&simulation, window);
    let files = simulation.dropbox().files();
    print(&tree::draw(
        "Apps/RingCentral Application",
        files.into_iter().map(|file| file.path_display),
    ));
    print(&report.text());
    print(&verdict(&finding));
    let good = report.summary.total().pending == 0
        && report.summary.gaps.is_empty()
        && finding.is_good(&report.open);
    if let Some(listener) = listener {
        serve::pages(listener, &config, Arc::clone(&ends.store), stop).await?;
    }
    simulation.stop().await;
    Ok(ExitCode::from(if good {
        failure::COMPLETE
    } else {
        failure::INCOMPLETE
    }))
}

async fn simulation(folder: &Path, world: World) -> Result<Simulation, Failure> {
    let mut scenario = Scenario::default();
    scenario.company.days = world.days;
    scenario.ringcentral.window_ms = millis(RATE_WINDOW);
    scenario.ringcentral.penalty_ms = millis(RATE_WINDOW);
    scenario.ringcentral.delay_scale = DELAY_SCALE;
    let listen = Listen {
        dropbox_dir: Some(folder.join("dropbox")),
        ..Listen::default()
    };
    Ok(Simulation::start(scenario, listen, world.anchor_ms)
        .await
        .context("the simulators cannot start")?)
}

fn introduce(config: &Config, world: World) {
    print(&format!(
        "A simulated company and its last {} days, at {}.\n\
         A simulated Dropbox at {}. Both play by the providers' rules, but faster:\n\
         RingCentral's rate window lasts {:.1} s instead of 60 s, its delays {:.0} % of real ones.\n\
         Everything is kept in {}; delete that folder to begin anew.\n",
        world.days,
        config.ringcentral.server_url,
        config.dropbox.api_url,
        RATE_WINDOW.as_secs_f64(),
        DELAY_SCALE * 100.0,
        config.data_dir.display(),
    ));
}

async fn enrol(config: &Config) -> Result<(Ends, Enrolled), Failure> {
    let door = assemble::door(config)?;
    let ends = Ends {
        source: assemble::ringcentral_at_pace(config, &door, RATE_WINDOW)?.source,
        destination: assemble::dropbox(config, &door)?,
        store: assemble::store(config).await?,
        clock: assemble::clock(),
        rhythm: Rhythm {
            first_wait: Duration::from_millis(300),
            longest_wait: Duration::from_secs(2),
            patience: Duration::from_secs(5),
            lease: Duration::from_secs(5),
            ..Rhythm::default()
        },
    };
    ends.destination.prepare().await?;
    let wish = Wish {
        whole_account: true,
        types: DataType::ALL.into(),
        naming: Naming::Default,
    };
    let enrolled = engine::enrol(&ends, &wish).await?;
    Ok((ends, enrolled))
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
    let bar = Bar::new(false);
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
    bar.finish();
    total.ok_or_else(|| domain::Error::new(domain::Kind::Protocol, "the demo made no round"))
}

/// What the simulators' own truth says about the archive.
fn verdict(finding: &Finding) -> String {
    let mut out = format!(
        "\nCompared with the simulators' own truth, byte for byte: {} files are equal.",
        finding.equal
    );
    if !finding.planted_lost.is_empty() {
        let lost: Vec<&str> = finding.planted_lost.iter().map(String::as_str).collect();
        let _ = write!(
            out,
            "\nThe simulator planted {} items as lost: {}.",
            lost.len(),
            lost.join(", ")
        );
    }
    if !finding.not_found.is_empty() {
        let _ = write!(
            out,
            "\nNOT in Dropbox although it could be had: {}",
            finding.not_found.join(", ")
        );
    }
    if !finding.written_twice.is_empty() {
        let _ = write!(out, "\nWritten twice: {}", finding.written_twice.join(", "));
    }
    out
}

/// A folder that no other user can open: a key and an archive will lie in it.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
