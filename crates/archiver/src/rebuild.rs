//! `archiver rebuild`: an empty memory learns from the destination what is
//! archived there.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use domain::data_type::DataType;
use domain::manifest::Wrong;
use domain::ports::Limits;
use engine::{Ends, Rebuilt, Wish};
use indicatif::HumanCount;
use serde_json::{Value, json};

use crate::backup::ScopeArg;
use crate::commit_turns::CommitTurns;
use crate::config::Config;
use crate::failure::{self, Failure};
use crate::terminal::print;
use crate::{assemble, offline, serve};

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The archive lies in this folder instead of Dropbox.
    #[arg(long, value_name = "DIR")]
    to_folder: Option<PathBuf>,
    /// Whose data the archive holds, as it was given to `archiver backup`.
    #[arg(long, value_enum, default_value = "account")]
    scope: ScopeArg,
    /// Believe only manifests signed by this key: the copy that you noted, or a
    /// file that holds it. May be given several times.
    #[arg(long, value_name = "HEX|FILE")]
    public_key: Vec<String>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let stop = assemble::stop_signal();
    let keys = offline::keys(&args.public_key)?;
    let door = assemble::door(&config)?;
    let signed = assemble::ringcentral(&config, &door)?;
    let destination = match &args.to_folder {
        Some(folder) => assemble::folder(folder),
        None => assemble::dropbox(&config, &door, &CommitTurns::default())?,
    };
    let ends = Ends {
        source: Arc::clone(&signed.source),
        destination,
        store: assemble::store(&config).await?,
        clock: assemble::clock(),
        rhythm: serve::rhythm(),
    };
    door.share(
        Arc::clone(&ends.store) as Arc<dyn Limits>,
        &assemble::holder(),
    );
    let wish = Wish {
        whole_account: args.scope == ScopeArg::Account,
        types: DataType::ALL.into(),
        naming: config.naming,
        action: "rebuild.run",
    };
    let rebuilt = async {
        Ok(engine::rebuild(&ends, &wish, &keys, &|entered| {
            tracing::debug!(entered, "entered so far");
        })
        .await?)
    };
    let rebuilt = assemble::unless_stopped(&stop, rebuilt).await;
    signed.out().await;
    let rebuilt = rebuilt?;
    print(&if args.json {
        format!("{:#}", json(&rebuilt))
    } else {
        text(&rebuilt)
    })?;
    Ok(ExitCode::from(if is_whole(&rebuilt) {
        failure::COMPLETE
    } else {
        failure::INCOMPLETE
    }))
}

fn is_whole(rebuilt: &Rebuilt) -> bool {
    rebuilt.wrong.is_empty() && rebuilt.not_there == 0
}

fn json(rebuilt: &Rebuilt) -> Value {
    let wrong = rebuilt.wrong.iter().map(
        |Wrong { flaw, path, what }| json!({ "kind": flaw.word(), "path": path, "what": what }),
    );
    json!({
        "whole": is_whole(rebuilt),
        "manifests": rebuilt.manifests,
        "entered": rebuilt.entered,
        "not_there": rebuilt.not_there,
        "keys": rebuilt.keys,
        "backup": rebuilt.enrolled.backup.id,
        "findings": wrong.collect::<Vec<_>>(),
    })
}

fn text(rebuilt: &Rebuilt) -> String {
    let mut out = format!(
        "{}: {} manifests tell of {} files that lie there; they are in the ledger again.\n",
        rebuilt.enrolled.destination.label,
        HumanCount(rebuilt.manifests),
        HumanCount(rebuilt.entered),
    );
    if rebuilt.manifests == 0 {
        out += "There are no manifests: the next run looks at every item and puts no file twice.\n";
    }
    for key in &rebuilt.keys {
        let _ = writeln!(
            out,
            "signed by {key}: compare it with the copy that you noted"
        );
    }
    if rebuilt.not_there > 0 {
        let _ = writeln!(
            out,
            "{} files are gone or have other bytes; the next run archives them anew, as long as\n\
             RingCentral still has them.",
            HumanCount(rebuilt.not_there)
        );
    }
    for Wrong { path, what, .. } in &rebuilt.wrong {
        let _ = writeln!(out, "{path}: {what}");
    }
    out
}
