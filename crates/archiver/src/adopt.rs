//! `archiver adopt`: takes a tree of RingCentral's own Archiver over.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use domain::data_type::DataType;
use domain::ports::{Destination, Limits};
use domain::schedule::HORIZON_MS;
use domain::window::{Window, instant};
use engine::{Adopted, Ends, Wish};
use indicatif::HumanCount;
use serde_json::{Value, json};

use crate::backup::{ScopeArg, enrol, job, zone};
use crate::commit_turns::CommitTurns;
use crate::config::Config;
use crate::failure::{self, Failure};
use crate::terminal::{Counter, print};
use crate::{assemble, serve};

/// Lines of a kind that are printed; `--json` has all.
const LINES: usize = 20;

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder of this machine with the tree, for example a synced or
    /// downloaded copy: its files are copied into the archive. Without it, the
    /// tree that lies in the archive's own destination is adopted where it lies.
    #[arg(value_name = "FOLDER")]
    tree: Option<PathBuf>,
    /// The archive lies in this folder instead of Dropbox.
    #[arg(long, value_name = "DIR")]
    to_folder: Option<PathBuf>,
    /// Whose data, as it is given to `archiver backup`.
    #[arg(long, value_enum, default_value = "account")]
    scope: ScopeArg,
    /// Print the result as JSON; every file that was left and every gap is in it.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let stop = assemble::stop_signal();
    let tree = args.tree.as_deref().map(tree).transpose()?;
    let door = assemble::door(&config)?;
    let signed = assemble::ringcentral(&config, &door)?;
    let turns = CommitTurns::default();
    let destination = match &args.to_folder {
        Some(folder) => assemble::folder(folder),
        None => assemble::dropbox(&config, &door, &turns)?,
    };
    let ends = Ends {
        source: Arc::clone(&signed.source),
        destination,
        store: assemble::store(&config).await?,
        clock: assemble::clock(),
        rhythm: serve::rhythm(),
    };
    let holder = assemble::holder();
    door.share(Arc::clone(&ends.store) as Arc<dyn Limits>, &holder);
    let wish = Wish {
        whole_account: args.scope == ScopeArg::Account,
        types: DataType::ALL.into(),
        naming: config.naming,
        action: "adopt.run",
    };
    let adopted = async {
        let enrolled = enrol(&ends, &wish).await?;
        turns.share(&ends.store, &holder, &enrolled.destination.id);
        let now_ms = ends.clock.now().as_millisecond();
        let window = Window::from_ms(now_ms - HORIZON_MS, now_ms)
            .ok_or_else(|| Failure::usage("the clock of this machine stands before 1970"))?;
        let zone = zone(&enrolled.viewer.account, &config.time_zone);
        let job = job(&enrolled, window, zone, stop.clone());
        let counter = Counter::new("items");
        let so_far = |items| counter.at(items);
        let adopted = engine::adopt(&ends, &job, tree.as_deref(), &(), &so_far).await?;
        Ok((enrolled, adopted))
    };
    let adopted = assemble::unless_stopped(&stop, adopted).await;
    turns.leave().await;
    signed.out().await;
    let (enrolled, adopted) = adopted?;
    print(&if args.json {
        format!("{:#}", json(&adopted))
    } else {
        text(&enrolled.destination.label, &adopted)
    })?;
    Ok(ExitCode::from(if is_whole(&adopted) {
        failure::COMPLETE
    } else {
        failure::INCOMPLETE
    }))
}

/// A folder that is only read.
fn tree(folder: &Path) -> Result<Arc<dyn Destination>, Failure> {
    if folder.is_dir() {
        Ok(assemble::foreign_folder(folder))
    } else {
        let what = format!("{} is not a folder. Nothing was adopted.", folder.display());
        Err(Failure::usage(what))
    }
}

/// Every file of the tree is in the ledger, and the tree has no gap.
fn is_whole(adopted: &Adopted) -> bool {
    let kinds = [engine::adopt::Finding::Duplicate];
    adopted.left.iter().all(|it| kinds.contains(&it.finding))
        && adopted.open.is_empty()
        && adopted.gaps.is_empty()
}

fn json(adopted: &Adopted) -> Value {
    let left = adopted
        .left
        .iter()
        .map(|it| json!({ "kind": it.finding.word(), "path": it.path, "what": it.what }));
    let open = adopted.open.iter().map(|it| {
        json!({
            "item": it.item, "type": it.data_type.word(), "extension": it.extension,
            "at": instant(it.at_ms).to_string(), "state": it.state.word(), "why": it.cause,
        })
    });
    let gaps = adopted.gaps.iter().map(|it| {
        json!({
            "lane": it.key(), "from": it.window.start().to_string(), "to": it.window.end().to_string(), "why": it.error.cause(),
        })
    });
    json!({
        "files": adopted.files,
        "adopted": adopted.adopted,
        "bytes": adopted.bytes,
        "no_longer_at_ringcentral": adopted.gone_there,
        "archived_before": adopted.held,
        "left": left.collect::<Vec<_>>(),
        "not_in_the_tree": open.collect::<Vec<_>>(),
        "not_listed": gaps.collect::<Vec<_>>(),
    })
}

fn text(label: &str, adopted: &Adopted) -> String {
    let count = |it: u64| HumanCount(it).to_string();
    let mut out = format!(
        "{label}: {} files of RingCentral's Archiver; {} are in the ledger now, {} of them no longer\n\
         at RingCentral; {} were archived before.\n",
        count(adopted.files),
        count(adopted.adopted),
        count(adopted.gone_there),
        count(adopted.held),
    );
    if !adopted.left.is_empty() {
        let all = count(adopted.left.len() as u64);
        let _ = writeln!(out, "\n{all} files were left as they are:");
        let lines = adopted.left.iter();
        list(
            &mut out,
            lines.map(|it| format!("{}: {}", it.path, it.what)),
        );
    }
    if !adopted.open.is_empty() {
        let all = count(adopted.open.len() as u64);
        let _ = writeln!(
            out,
            "\n{all} items that RingCentral lists are not in the tree. Fetch them with `archiver backup`\n\
             while it still has them:"
        );
        let line = |it: &domain::ledger::Open| {
            format!("{} {} ({})", instant(it.at_ms), it.item, it.state.word())
        };
        list(&mut out, adopted.open.iter().map(line));
    }
    for gap in &adopted.gaps {
        let _ = writeln!(
            out,
            "\nRingCentral's list could not be had for {} to {}: {}",
            gap.window.start(),
            gap.window.end(),
            gap.error.cause()
        );
    }
    out
}

/// The first lines, and how many more there are.
fn list(out: &mut String, lines: impl ExactSizeIterator<Item = String>) {
    let more = lines.len().saturating_sub(LINES);
    for line in lines.take(LINES) {
        let _ = writeln!(out, "  {line}");
    }
    if more > 0 {
        let _ = writeln!(
            out,
            "  … and {} more (--json has all)",
            HumanCount(more as u64)
        );
    }
}
