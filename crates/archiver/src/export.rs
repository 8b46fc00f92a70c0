//! `archiver export`: hands over what is found, as a ZIP that proves itself.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use domain::connection::Backup;
use domain::export::{Counts, Export, ExportId, LASTS_MS, Stage};
use domain::ports::{Destination, Store};
use domain::search::Query;
use engine::export::{Ends, make, stream};
use futures::TryStreamExt;
use indicatif::{HumanBytes, HumanCount};
use serde_json::json;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

use crate::commit_turns::CommitTurns;
use crate::config::Config;
use crate::failure::{COMPLETE, Failure, INCOMPLETE, say};
use crate::search::Asked;
use crate::serve::Server;
use crate::terminal::{Counter, print};
use crate::{assemble, deed};

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    asked: Asked,
    /// The ZIP to write. Nothing that is there is replaced; until it is
    /// whole it ends in the export's id and `.part`.
    #[arg(long, value_name = "FILE.zip")]
    into: PathBuf,
    /// Out of this backup's items, where there are several [see: archiver
    /// status --json].
    #[arg(long, value_name = "ID")]
    backup: Option<String>,
    /// Leave this item out, because it cannot be read; the manifest says so.
    /// May be given several times.
    #[arg(long, value_name = "ITEM")]
    without: Vec<String>,
    /// Go on with an export that broke off, at the end of its `.part`.
    #[arg(long, value_name = "EXPORT", conflicts_with_all = ["words", "without"])]
    resume: Option<String>,
    /// The archive lies in this folder instead of Dropbox.
    #[arg(long, value_name = "DIR")]
    to_folder: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let query = args.asked.query(&config.time_zone)?;
    if args.into.exists() {
        let what = format!("{} is there already.", args.into.display());
        return Err(Failure::usage(what));
    }
    let stop = assemble::stop_signal();
    let store = assemble::existing_store(&config).await?;
    forget_expired(store.as_ref()).await?;
    let (backup, export) = match &args.resume {
        Some(id) => known(store.as_ref(), id).await?,
        None => begun(store.as_ref(), &args, &query).await?,
    };
    let destination = destination(&args, &config, &store, &backup).await?;
    let work = async {
        let export = match export.stage {
            Stage::Making => made(store.as_ref(), &backup, &query, export).await?,
            _ => export,
        };
        let about = export.id.to_string();
        deed::tell(store.as_ref(), &export.account, "export.download", about).await?;
        let ends = Ends {
            store: Arc::clone(&store),
            destination,
        };
        write(ends, &export, &args.into).await?;
        forget(store.as_ref(), &export).await?;
        Ok(export)
    };
    let export = assemble::unless_stopped(&stop, work).await?;
    told(&args, &export)
}

/// The Backup whose items are asked for, with an Export that is begun.
async fn begun(store: &dyn Store, args: &Args, query: &Query) -> Result<(Backup, Export), Failure> {
    let mut all = Vec::new();
    for account in store.accounts().await? {
        all.extend(store.backups(&account.id).await?);
    }
    if let Some(id) = &args.backup {
        all.retain(|it| it.id.as_str() == id);
    }
    let backup = match all.as_slice() {
        [backup] => backup.clone(),
        [] => return Err(Failure::usage("There is no such backup.")),
        several => {
            let ids: Vec<&str> = several.iter().map(|it| it.id.as_str()).collect();
            let what = "There are several backups: name one with --backup. They are";
            return Err(Failure::usage(format!("{what} {}.", ids.join(", "))));
        }
    };
    let asked = query.pairs();
    let asked = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(asked)
        .finish();
    let made_ms = assemble::clock().now().as_millisecond();
    let export = Export {
        id: new_id()?,
        account: backup.account.clone(),
        backup: backup.id.clone(),
        viewer: None,
        by: "command line".to_owned(),
        asked,
        without: args.without.clone(),
        made_ms,
        ends_ms: made_ms + LASTS_MS,
        stage: Stage::Making,
        counts: Counts::default(),
        files: 0,
        directory_at: 0,
        size: 0,
        trouble: None,
    };
    Ok((backup, export))
}

/// A name that nobody guesses.
pub(crate) fn new_id() -> Result<ExportId, Failure> {
    let random = getrandom::u64().context("the system has no randomness")?;
    Ok(ExportId::new(format!("{random:016x}")))
}

/// One that was made before.
async fn known(store: &dyn Store, id: &str) -> Result<(Backup, Export), Failure> {
    let id = ExportId::new(id);
    for account in store.accounts().await? {
        if let Some(export) = store.export(&account.id, &id).await?
            && export.stage == Stage::Ready
            && let Some(backup) = store.backup(&account.id, &export.backup).await?
        {
            return Ok((backup, export));
        }
    }
    let what = format!("There is no export {id} that could be gone on with.");
    Err(Failure::usage(what))
}

/// Where the Backup's files lie.
async fn destination(
    args: &Args,
    config: &Config,
    store: &Arc<dyn Store>,
    backup: &Backup,
) -> Result<Arc<dyn Destination>, Failure> {
    let connection = store
        .connection(&backup.account, &backup.connection)
        .await?
        .ok_or_else(|| Failure::usage("Nobody knows where this backup leads."))?;
    let destination = match &args.to_folder {
        Some(folder) => assemble::folder(folder),
        None if connection.headless => {
            let door = assemble::door(config)?;
            // Nothing is committed here, so no turns are taken.
            assemble::dropbox(config, &door, &CommitTurns::default())?
        }
        None => {
            let server = Server::new(config, Arc::clone(store), assemble::RATE_WINDOW)?;
            domain::ports::Providers::destination(server.providers.as_ref(), &connection).await?
        }
    };
    let owner = destination.owner().await?;
    if owner.id != backup.destination {
        return Err(Failure::usage(format!(
            "The archive does not lie in {}. Name the folder that it lies in with --to-folder, or \
             set the Dropbox that it lies in.",
            owner.label
        )));
    }
    Ok(destination)
}

async fn made(
    store: &dyn Store,
    backup: &Backup,
    query: &Query,
    export: Export,
) -> Result<Export, Failure> {
    let fields: Vec<&str> = query.pairs().into_iter().map(|(name, _)| name).collect();
    let about = format!("{} {}", export.id, fields.join(","));
    store.keep_export(&export).await?;
    deed::tell(store, &export.account, "export.make", about).await?;
    let counter = Counter::new("items found");
    let kept = export.clone();
    match make(store, backup, query, export, &|count| counter.at(count)).await {
        Ok(made) => Ok(made),
        Err(error) => {
            forget(store, &kept).await?;
            Err(error.into())
        }
    }
}

/// Writes the ZIP, from where an earlier try ended.
async fn write(ends: Ends, export: &Export, into: &Path) -> Result<(), Failure> {
    let part = part_of(into, &export.id);
    let cannot = || format!("{} cannot be written", part.display());
    let mut options = OpenOptions::new();
    let opened = options.append(true).create(true).open(&part).await;
    let mut file = opened.with_context(cannot)?;
    let from = file.metadata().await.with_context(cannot)?.len();
    if from > export.size {
        let what = format!(
            "{} is longer than the ZIP will be: move it away.",
            part.display()
        );
        return Err(Failure::usage(what));
    }
    let done = append(ends.clone(), export, from, &mut file, &cannot).await;
    if let Err(failure) = done {
        let kept = ends.store.export(&export.account, &export.id).await?;
        if let Some((item, _)) = kept.and_then(|it| it.trouble) {
            tokio::fs::remove_file(&part).await.with_context(cannot)?;
            forget(ends.store.as_ref(), export).await?;
            say(&format!("Ask again, with --without {item}"));
        } else {
            let id = &export.id;
            say(&format!("Go on with --resume {id} and the same --into."));
        }
        return Err(failure);
    }
    file.sync_all().await.with_context(cannot)?;
    let named = tokio::fs::hard_link(&part, into).await;
    named.with_context(|| format!("{} cannot be written", into.display()))?;
    Ok(tokio::fs::remove_file(&part).await.with_context(cannot)?)
}

async fn append(
    ends: Ends,
    export: &Export,
    from: u64,
    file: &mut File,
    cannot: &impl Fn() -> String,
) -> Result<(), Failure> {
    let counter = Counter::new("KiB handed over");
    let mut bytes = stream(ends, export.clone(), from..export.size);
    let mut at = from;
    while let Some(chunk) = bytes.try_next().await? {
        file.write_all(&chunk).await.with_context(cannot)?;
        at += chunk.len() as u64;
        counter.at(at / 1024);
    }
    file.flush().await.with_context(cannot)?;
    if at == export.size {
        return Ok(());
    }
    let what = anyhow::anyhow!("the ZIP has {at} bytes instead of {}", export.size);
    Err(what.into())
}

/// Where a ZIP grows: each export has a place of its own, so that none goes on
/// behind another's bytes.
fn part_of(into: &Path, export: &ExportId) -> PathBuf {
    let mut name = into.as_os_str().to_owned();
    name.push(format!(".{export}.part"));
    PathBuf::from(name)
}

/// Rows that are forgotten at once.
const AT_ONCE: u32 = 2_000;

async fn forget(store: &dyn Store, export: &Export) -> domain::Result<()> {
    let (account, id) = (&export.account, &export.id);
    while !store.forget_export(account, id, AT_ONCE).await? {}
    Ok(())
}

/// Forgets those whose time is over.
async fn forget_expired(store: &dyn Store) -> domain::Result<()> {
    let now_ms = assemble::clock().now().as_millisecond();
    for account in store.accounts().await? {
        for export in store.exports(&account.id).await? {
            if export.ends_ms <= now_ms {
                let about = export.id.to_string();
                deed::tell(store, &account.id, "export.expire", about).await?;
                forget(store, &export).await?;
            }
        }
    }
    Ok(())
}

fn told(args: &Args, export: &Export) -> Result<ExitCode, Failure> {
    let counts = &export.counts;
    if args.json {
        let told = json!({
            "export": export.id, "account": export.account, "backup": export.backup,
            "file": args.into, "size": export.size, "files": export.files,
            "items": counts.all(), "handed_over": counts.there, "bytes": counts.bytes,
            "pending": counts.pending, "missing": counts.missing,
            "excluded": counts.excluded, "left_out": counts.left_out,
        });
        print(&format!("{told:#}"))?;
    } else {
        print(&format!(
            "{} items, {} in originals, lie in {}. Unpacked, verify.sh or verify.ps1 checks them.",
            HumanCount(counts.there),
            HumanBytes(counts.bytes),
            args.into.display()
        ))?;
        let rest = counts.all() - counts.there;
        if rest > 0 {
            print(&format!(
                "{rest} more were found and have no file here: {} pending, {} missing, {} excluded \
                 by a rule, {} left out. manifest.json names each, and why.",
                counts.pending, counts.missing, counts.excluded, counts.left_out
            ))?;
        }
    }
    let open = counts.pending + counts.missing + counts.left_out;
    let status = if open == 0 { COMPLETE } else { INCOMPLETE };
    Ok(ExitCode::from(status))
}
