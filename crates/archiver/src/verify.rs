//! `archiver verify`: RingCentral's list = ledger = destination, proven.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use domain::account::Extension;
use domain::connection::{Backup, Connection, DestinationRecord};
use domain::lane::Depth;
use domain::ports::{Destination, Limits, LogAsk, Providers, Store, Turn};
use domain::schedule::HORIZON_MS;
use domain::window::Window;
use engine::{Ends, Job, Proved, Repair, Rhythm, Thorough};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::assemble::{self, SignedIn};
use crate::commit_turns::CommitTurns;
use crate::config::Config;
use crate::failure::{self, Failure};
use crate::serve::Server;
use crate::terminal::{Spinner, print};
use crate::{backup, deed, offline, proved, span};

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Start of the range, as for `archiver backup` [default: everything in the
    /// archive; RingCentral is then asked from where the LOG begins, but for no
    /// more than the past 90 days].
    #[arg(long, value_name = "T")]
    from: Option<String>,
    /// End of the range, itself not in it [default: now].
    #[arg(long, value_name = "T")]
    to: Option<String>,
    /// Read every archived file back and hash its bytes. Without it, sizes and
    /// hashes come from the destination's listing (a folder of this machine
    /// lists sizes only).
    #[arg(long)]
    deep: bool,
    /// Make files that are gone, changed or damaged pending again, so that the
    /// next run archives them anew, beside what lies there.
    #[arg(long)]
    repair: bool,
    /// The archive lies in this folder instead of Dropbox.
    #[arg(long, value_name = "DIR")]
    to_folder: Option<PathBuf>,
    /// Print the result as JSON; everything that does not agree is in it.
    #[arg(long)]
    json: bool,
    /// Check this copy of an archive, or of its manifests alone, by the signed
    /// manifests in it: every signature, the chain without gaps, and the
    /// sha256 of every archived file that is in the copy.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "to", "deep", "repair", "to_folder"])]
    manifests: Option<PathBuf>,
    /// With --manifests: the key that must have signed them, or a file that
    /// holds it (see `archiver evidence key`). May be given several times.
    #[arg(long, value_name = "HEX|FILE", requires = "manifests")]
    public_key: Vec<String>,
    /// With --manifests: the sum of a manifest, noted earlier, that must be
    /// among them.
    #[arg(long, value_name = "SHA256", requires = "manifests")]
    head: Option<String>,
}

impl Args {
    /// What is asked of a copy, if one is to be checked.
    pub(crate) fn offline(&self) -> Option<offline::Ask<'_>> {
        Some(offline::Ask {
            folder: self.manifests.as_deref()?,
            keys: &self.public_key,
            head: self.head.as_deref(),
            json: self.json,
        })
    }
}

/// One Backup to prove.
struct Subject {
    ends: Ends,
    backup: Backup,
    viewer: Extension,
    destination: DestinationRecord,
}

/// A Backup that is not looked at, or could not be.
struct Left {
    backup: Backup,
    why: String,
    /// It was to be looked at.
    failed: bool,
}

impl Left {
    fn json(&self) -> Value {
        let Left { backup, why, .. } = self;
        json!({
            "account": backup.account, "backup": backup.id, "scope": backup.scope.word(),
            "why": why,
        })
    }

    fn text(&self) -> String {
        let Left { backup, why, .. } = self;
        let how = if self.failed {
            "could not be"
        } else {
            "was not"
        };
        format!("{} {how} looked at: {why}", backup.id)
    }
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let stop = assemble::stop_signal();
    let store = assemble::existing_store(&config).await?;
    // Who runs it by JWT means the archive of `archiver backup`; a server's
    // grants are in its vault.
    if config.ringcentral.jwt.is_none() && args.to_folder.is_none() {
        let server = Server::new(&config, store, assemble::RATE_WINDOW)?;
        let (subjects, left) = connected(&server, &config).await?;
        return prove(&args, &config, subjects, left, &stop).await;
    }
    let door = assemble::door(&config)?;
    let signed = assemble::ringcentral(&config, &door)?;
    // Nothing is committed here, so no turns are taken.
    let turns = CommitTurns::default();
    let destination = match &args.to_folder {
        Some(folder) => assemble::folder(folder),
        None => assemble::dropbox(&config, &door, &turns)?,
    };
    door.share(Arc::clone(&store) as Arc<dyn Limits>, &assemble::holder());
    let proven = async {
        let subjects = head_less(&signed, destination, store).await?;
        prove(&args, &config, subjects, Vec::new(), &stop).await
    };
    let proven = proven.await;
    signed.out().await;
    proven
}

/// The Backups that `archiver backup` made with these two grants.
async fn head_less(
    signed: &SignedIn,
    destination: Arc<dyn Destination>,
    store: Arc<dyn Store>,
) -> Result<Vec<Subject>, Failure> {
    let ends = Ends {
        source: Arc::clone(&signed.source),
        destination,
        store,
        clock: assemble::clock(),
        rhythm: Rhythm::default(),
    };
    let viewer = ends.source.viewer().await?;
    let owner = ends.destination.owner().await?;
    let account = &viewer.account.id;
    let connections = ends.store.connections(account).await?;
    let ours = |it: &Connection| {
        it.headless && it.viewer == viewer.extension.id && it.destination == owner.id
    };
    let ours: Vec<_> = connections
        .into_iter()
        .filter(ours)
        .map(|it| it.id)
        .collect();
    let record = ends.store.destination(account, &owner.id).await?;
    let mut subjects = Vec::new();
    for backup in ends.store.backups(account).await? {
        if let Some(destination) = record.clone().filter(|_| ours.contains(&backup.connection)) {
            subjects.push(Subject {
                ends: ends.clone(),
                backup,
                viewer: viewer.extension.clone(),
                destination,
            });
        }
    }
    if subjects.is_empty() {
        return Err(Failure::usage(format!(
            "Nothing of this account was archived to {} from here, so there is nothing to verify. \
             Run archiver backup first, or name the folder of its ledger in ARCHIVER_DATA_DIR.",
            owner.label
        )));
    }
    Ok(subjects)
}

/// Where the Backup's LOG begins: what lies before it nobody wanted archived.
async fn first_row_ms(ends: &Ends, backup: &Backup) -> Result<Option<i64>, Failure> {
    let oldest = LogAsk {
        window: Window::EVER,
        telling: false,
        turn: Window::from_ms(-2, -1).map_or(Turn::Newest, Turn::Newer),
        limit: 1,
    };
    let rows = ends.store.log(&backup.account, &backup.id, &oldest).await?;
    Ok(rows.rows.last().map(|it| it.window.start_ms()))
}

/// The Backups of a server's connections, and those that are left out.
async fn connected(server: &Server, config: &Config) -> Result<(Vec<Subject>, Vec<Left>), Failure> {
    let store = &server.store;
    let (mut subjects, mut left) = (Vec::new(), Vec::new());
    for account in store.accounts().await? {
        let people = store.extensions(&account.id).await?;
        let connections = store.connections(&account.id).await?;
        for backup in store.backups(&account.id).await? {
            let connection = connections.iter().find(|it| it.id == backup.connection);
            let record = store.destination(&account.id, &backup.destination).await?;
            match subject(server, &people, connection, record, &backup).await {
                Ok(subject) => subjects.push(subject),
                Err(it) => left.push(it),
            }
        }
    }
    if subjects.is_empty() && !left.iter().any(|it| it.failed) {
        return Err(Failure::usage(format!(
            "There is no connected backup in {}. Connect one on the GENERAL page; for an archive of \
             archiver backup set RINGCENTRAL_JWT and DROPBOX_REFRESH_TOKEN, or name its folder \
             with --to-folder.",
            config.data_dir.display()
        )));
    }
    Ok((subjects, left))
}

/// A Backup with its two ends.
async fn subject(
    server: &Server,
    people: &[Extension],
    connection: Option<&Connection>,
    record: Option<DestinationRecord>,
    backup: &Backup,
) -> Result<Subject, Left> {
    let left = |failed: bool, why: String| Left {
        backup: backup.clone(),
        why,
        failed,
    };
    let connection = match connection {
        Some(it) if it.headless => {
            let why = "it is one of archiver backup: set RINGCENTRAL_JWT and \
                       DROPBOX_REFRESH_TOKEN, or name its folder with --to-folder.";
            return Err(left(false, why.to_owned()));
        }
        Some(it) if it.connected => it,
        _ => return Err(left(false, "it is not connected.".to_owned())),
    };
    let viewer = people.iter().find(|it| it.id == connection.viewer);
    let (Some(viewer), Some(destination)) = (viewer, record) else {
        let why = "who connected it, or where it leads, is not known yet.";
        return Err(left(false, why.to_owned()));
    };
    let ends = async {
        Ok(Ends {
            source: server.providers.source(connection).await?,
            destination: server.providers.destination(connection).await?,
            store: Arc::clone(&server.store),
            clock: assemble::clock(),
            rhythm: Rhythm::default(),
        })
    };
    let ends: domain::Result<Ends> = ends.await;
    Ok(Subject {
        ends: ends.map_err(|error| left(true, Failure::from(error).text().to_owned()))?,
        viewer: viewer.clone(),
        destination,
        backup: backup.clone(),
    })
}

/// Looks at one Backup after the other. One that cannot be looked at keeps
/// none of the others from it.
async fn prove(
    args: &Args,
    config: &Config,
    subjects: Vec<Subject>,
    mut left: Vec<Left>,
    stop: &CancellationToken,
) -> Result<ExitCode, Failure> {
    // What is asked for wrongly is wrong for all.
    let (from, to) = (args.from.as_deref(), args.to.as_deref());
    span::whole(from, to, &config.time_zone, assemble::clock().now())?;
    let mut told = Vec::new();
    let mut holds = true;
    for subject in subjects {
        let proved = match look(args, config, &subject, stop).await {
            Ok(proved) => proved,
            Err(failure) if stop.is_cancelled() => return Err(failure),
            Err(failure) => {
                left.push(Left {
                    backup: subject.backup,
                    why: failure.text().to_owned(),
                    failed: true,
                });
                continue;
            }
        };
        holds &= proved.proof.holds();
        if args.json {
            told.push(proved::json(&proved, &subject.backup));
        } else {
            print(&proved::text(&proved, &subject.destination.label))?;
        }
    }
    let failed = left.iter().any(|it| it.failed);
    holds &= !failed;
    if args.json {
        let of = |failed: bool| -> Vec<Value> {
            let of = left.iter().filter(|it| it.failed == failed);
            of.map(Left::json).collect()
        };
        let all = json!({
            "holds": holds, "backups": told, "skipped": of(false), "failed": of(true),
        });
        print(&format!("{all:#}"))?;
    } else {
        for it in &left {
            print(&it.text())?;
        }
    }
    Ok(ExitCode::from(match (failed, holds) {
        (true, _) => failure::ERROR,
        (_, true) => failure::COMPLETE,
        (_, false) => failure::INCOMPLETE,
    }))
}

/// Looks at one, and tells it.
async fn look(
    args: &Args,
    config: &Config,
    subject: &Subject,
    stop: &CancellationToken,
) -> Result<Proved, Failure> {
    let (store, backup) = (subject.ends.store.as_ref(), &subject.backup);
    let about = backup.id.to_string();
    if args.repair {
        // Before: what it reopens is changed as it goes.
        deed::tell(store, &backup.account, "verify.repair", about.clone()).await?;
    }
    let proved = assemble::unless_stopped(stop, one(args, config, subject, stop)).await?;
    deed::tell(store, &backup.account, "verify.run", about).await?;
    Ok(proved)
}

async fn one(
    args: &Args,
    config: &Config,
    subject: &Subject,
    stop: &CancellationToken,
) -> Result<Proved, Failure> {
    let (ends, backup) = (&subject.ends, &subject.backup);
    let now = ends.clock.now();
    let window = span::whole(
        args.from.as_deref(),
        args.to.as_deref(),
        &config.time_zone,
        now,
    )?;
    let from_ms = if args.from.is_some() {
        window.start_ms()
    } else {
        let begun_ms = first_row_ms(ends, backup).await?;
        begun_ms.unwrap_or(0).max(now.as_millisecond() - HORIZON_MS)
    };
    let accounts = ends.store.accounts().await?;
    let account = accounts.iter().find(|it| it.id == backup.account);
    let zone = account.map_or(config.time_zone.clone(), |it| {
        backup::zone(it, &config.time_zone)
    });
    let job = Job {
        backup: backup.clone(),
        viewer: subject.viewer.clone(),
        window,
        depth: Depth::Every,
        naming: subject.destination.naming,
        zone,
        worker: format!("pid {}", std::process::id()),
        stop: stop.clone(),
    };
    let how = Thorough {
        listed: Some(Window::from_ms(from_ms, window.end_ms()).unwrap_or(window)),
        deep: args.deep,
        repair: if args.repair {
            Repair::All
        } else {
            Repair::Nothing
        },
    };
    let spinner = Spinner::new(!args.json);
    Ok(engine::verify(ends, &job, how, &|looked| spinner.looked(looked)).await?)
}
