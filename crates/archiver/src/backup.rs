//! `archiver backup`: one range, head-less, then exit.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use domain::account::Account;
use domain::connection::Scope;
use domain::data_type::{DataType, DataTypes};
use domain::lane::Depth;
use domain::ports::{Limits, Source};
use domain::window::Window;
use engine::{Ends, Enrolled, Job, Summary, Wish};
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use crate::assemble;
use crate::commit_turns::CommitTurns;
use crate::config::Config;
use crate::failure::{self, Failure};
use crate::report::{self, Report};
use crate::serve;
use crate::span;
use crate::terminal::{Bar, print};

/// How many entries a report may name.
const OPEN_AT_MOST: u32 = 100_000;

/// Whose data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeArg {
    /// Every extension of the company (needs an admin's grant).
    Account,
    /// Only the grant's own extension.
    Extension,
}

/// Which data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TypeArg {
    /// Call recordings.
    Recordings,
    /// Voicemails and their transcripts.
    Voicemail,
    /// SMS and MMS.
    Sms,
    /// Faxes.
    Fax,
}

impl TypeArg {
    fn data_type(self) -> DataType {
        match self {
            TypeArg::Recordings => DataType::CallRecording,
            TypeArg::Voicemail => DataType::Voicemail,
            TypeArg::Sms => DataType::Sms,
            TypeArg::Fax => DataType::Fax,
        }
    }
}

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Start of the range: 2026-06-12, 2026-06-12T14:00 or
    /// 2026-06-12T14:00:00-04:00. Without an offset it is in
    /// `ARCHIVER_TIME_ZONE`, else in UTC.
    #[arg(long, value_name = "T")]
    from: String,
    /// End of the range, itself not in it; or now.
    #[arg(long, value_name = "T")]
    to: String,
    /// Whose data.
    #[arg(long, value_enum, default_value = "account")]
    scope: ScopeArg,
    /// Which data.
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["recordings", "voicemail", "sms", "fax"])]
    types: Vec<TypeArg>,
    /// Into a folder of this machine instead of Dropbox.
    #[arg(long, value_name = "DIR")]
    to_folder: Option<PathBuf>,
    /// Only list; fetch, store and remember nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the result as JSON; every pending and missing item is in it.
    #[arg(long)]
    json: bool,
}

impl Args {
    fn types(&self) -> DataTypes {
        self.types.iter().map(|it| it.data_type()).collect()
    }
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let stop = assemble::stop_signal();
    let clock = assemble::clock();
    let window = span::window(&args.from, &args.to, &config.time_zone, clock.now())?;
    let door = assemble::door(&config)?;
    let signed = assemble::ringcentral(&config, &door)?;
    let turns = CommitTurns::default();
    let code = if args.dry_run {
        let listed = dry_run(&args, signed.source.as_ref(), window);
        assemble::unless_stopped(&stop, listed).await
    } else {
        let destination = match &args.to_folder {
            Some(folder) => assemble::folder(folder),
            None => assemble::dropbox(&config, &door, &turns)?,
        };
        let ends = Ends {
            source: Arc::clone(&signed.source),
            destination,
            store: assemble::store(&config).await?,
            clock,
            rhythm: serve::rhythm(),
        };
        let holder = assemble::holder();
        door.share(Arc::clone(&ends.store) as Arc<dyn Limits>, &holder);
        let enrolled = |it: &Enrolled| turns.share(&ends.store, &holder, &it.destination.id);
        back_up(&args, &config, &ends, window, &stop, &enrolled).await
    };
    turns.leave().await;
    signed.out().await;
    code
}

async fn back_up(
    args: &Args,
    config: &Config,
    ends: &Ends,
    window: Window,
    stop: &CancellationToken,
    knows: &dyn Fn(&Enrolled),
) -> Result<ExitCode, Failure> {
    let wish = Wish {
        whole_account: args.scope == ScopeArg::Account,
        types: args.types(),
        naming: config.naming,
        action: "backup.run",
    };
    let enrolled = assemble::unless_stopped(stop, enrol(ends, &wish)).await?;
    knows(&enrolled);
    let zone = zone(&enrolled.viewer.account, &config.time_zone);
    let bar = Bar::new(!args.json);
    let job = job(&enrolled, window, zone, stop.clone());
    let result = engine::back_up(ends, &job, &bar).await;
    drop(bar);
    let report = report(ends, &enrolled, window, result?).await?;
    print(&if args.json {
        format!("{:#}", report.json())
    } else {
        report.text()
    })?;
    Ok(ExitCode::from(status(&report.summary)))
}

/// Both ends answer, the archive can be written, and who is who is kept.
pub(crate) async fn enrol(ends: &Ends, wish: &Wish) -> Result<Enrolled, Failure> {
    ends.destination.prepare().await?;
    Ok(engine::enrol(ends, wish).await?)
}

async fn dry_run(args: &Args, source: &dyn Source, window: Window) -> Result<ExitCode, Failure> {
    let scope = match args.scope {
        ScopeArg::Account => Scope::Account,
        ScopeArg::Extension => Scope::Extension(source.viewer().await?.extension.id),
    };
    let preview = engine::preview(source, &scope, &args.types(), window).await?;
    print(&if args.json {
        format!("{:#}", report::preview_json(&preview, window))
    } else {
        report::preview_text(&preview, window)
    })?;
    let complete = preview.gaps.is_empty();
    Ok(ExitCode::from(if complete {
        failure::COMPLETE
    } else {
        failure::INCOMPLETE
    }))
}

/// One head-less job. History is listed in full: a recording that appears
/// later is invisible to a listing of recorded calls.
pub(crate) fn job(
    enrolled: &Enrolled,
    window: Window,
    zone: TimeZone,
    stop: CancellationToken,
) -> Job {
    Job {
        backup: enrolled.backup.clone(),
        viewer: enrolled.viewer.extension.clone(),
        window,
        depth: Depth::Every,
        naming: enrolled.destination.naming,
        zone,
        worker: format!("pid {}", std::process::id()),
        stop,
    }
}

/// The account's own zone, else the configured one.
pub(crate) fn zone(account: &Account, configured: &TimeZone) -> TimeZone {
    account
        .time_zone
        .as_deref()
        .and_then(|name| TimeZone::get(name).ok())
        .unwrap_or_else(|| configured.clone())
}

/// What is told of a run.
pub(crate) async fn report(
    ends: &Ends,
    enrolled: &Enrolled,
    window: Window,
    summary: Summary,
) -> Result<Report, Failure> {
    let backup = &enrolled.backup;
    let mut open = ends
        .store
        .open_entries(&backup.account, backup, window, OPEN_AT_MOST)
        .await?;
    open.retain(|it| backup.types.contains(&it.data_type));
    Ok(Report {
        summary,
        window,
        destination: enrolled.destination.label.clone(),
        open,
    })
}

/// The exit status of a finished run.
pub(crate) fn status(summary: &Summary) -> u8 {
    if summary.is_complete() {
        failure::COMPLETE
    } else {
        failure::INCOMPLETE
    }
}
