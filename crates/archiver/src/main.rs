//! The command line of Archiver. It reads the configuration once, assembles
//! the parts and hands over; no decision about backups lives here.

mod adopt;
mod alarms;
mod assemble;
mod audit;
mod backup;
mod chain_file;
mod clock;
mod commit_turns;
mod config;
mod connections;
mod coverage;
mod database;
mod deed;
mod demo;
mod digest;
mod evidence;
mod export;
#[cfg(feature = "fail-points")]
mod fail_points;
mod failure;
mod herald;
mod keys;
mod letter;
mod log;
mod mail;
mod metrics;
mod offline;
mod oracle;
mod proved;
mod providers;
mod rebuild;
mod report;
mod search;
mod serve;
mod shared_dropbox;
mod simulate;
mod span;
mod status;
mod support_bundle;
mod table;
mod telemetry;
mod terminal;
mod tree;
mod vaulted;
mod verify;
mod watching;
mod world;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::failure::Failure;

/// Copies a RingCentral account's call recordings, voicemails, texts and faxes
/// to Dropbox, and can prove that nothing is missing.
#[derive(Parser)]
#[command(name = "archiver", version, max_term_width = 100)]
struct Cli {
    /// Configuration file [default: archiver.toml, if it is there].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows everything without any account: archives the last days of a
    /// simulated company into a simulated Dropbox, then serves the pages.
    Demo(demo::Args),
    /// Serves the pages and does the work, or one of them.
    Serve(serve::Args),
    /// Archives what RingCentral has of a range of time, then exits.
    ///
    /// Needs the settings that the README lists. Run it as often as you like:
    /// what is archived is not fetched again. Exit status: 0 everything is
    /// archived; 1 an error, or stopped; 2 wrong usage, configuration or
    /// credentials; 3 done, but something is pending, missing, not listed or
    /// still changing.
    Backup(backup::Args),
    /// Proves an archive: holds RingCentral's list, the ledger and the
    /// destination against each other, and names all that does not agree.
    ///
    /// Changes nothing, but for items that RingCentral lists and no run had
    /// seen: they are pending from then on. Exit status: 0 everything agrees; 1
    /// an error (of one Backup, too: the others are looked at all the same); 2
    /// wrong usage; 3 something is pending, missing, gone, changed, unknown or
    /// could not be looked at. Backups that nobody is connected for are named.
    ///
    /// With `--manifests` it checks a copy of the archive by the signed
    /// manifests in it, without a network, a database or an account. Exit
    /// status then: 0 good; 1 it could not be read; 2 wrong usage; 3 something
    /// is wrong.
    Verify(verify::Args),
    /// Rebuilds a lost database from the archive: an empty data folder
    /// learns from the manifests in the destination what is archived there.
    ///
    /// Needs the settings of `archiver backup`. Nothing is believed that does
    /// not lie there with the size and hash that its manifest tells. Exit
    /// status: 0 everything was entered; 1 an error; 2 wrong usage; 3 done, but
    /// a manifest or a file is missing or changed.
    Rebuild(rebuild::Args),
    /// Takes over what RingCentral's own Archiver stored: matches its files with
    /// RingCentral's list by the ids in their names, reads and hashes them, and
    /// enters them in the ledger.
    ///
    /// Needs the settings of `archiver backup`. Changes, moves and deletes no file.
    /// Names what was left (copies, damaged and wrongly named files) and what
    /// RingCentral has and the tree has not. Exit status: 0 everything was
    /// adopted and nothing is missing; 1 an error; 2 wrong usage; 3 done, but
    /// something is named.
    Adopt(adopt::Args),
    /// Shows the key that signs the manifests, and how far they are.
    #[command(subcommand)]
    Evidence(evidence::Command),
    /// Shows how every backup stands: ON or OFF, when it ran and runs next, what
    /// is archived, pending and missing.
    Status(status::Args),
    /// Shows the Task Log of every backup, newest first.
    Log(log::Args),
    /// Finds what is archived: words, people, numbers, dates.
    Search(search::Args),
    /// Shows what of whom is archived since when and up to when, what is not and
    /// why, and which spans nobody listed.
    Coverage(coverage::Args),
    /// Hands over what is found: a ZIP with the originals, the texts also as mail
    /// (EML) and for e-discovery (RSMF), a manifest with every hash, a catalogue,
    /// and a script that checks it with nothing but standard tools.
    ///
    /// The words are those of `archiver search`. Exit status: 0 everything that was
    /// found is in the ZIP; 1 an error; 2 wrong usage; 3 done, but something that
    /// was found is not archived: the manifest names it.
    Export(export::Args),
    /// Shows what is connected with what, and what is wrong with it.
    Connections(connections::Args),
    /// Shows the alarms that stand; `alarms test` tries whether people hear of
    /// them.
    Alarms(alarms::Args),
    /// Shows how all archives stand, as it is told by e-mail and webhook where
    /// `ARCHIVER_DIGEST` says so: of yesterday, or of the last week.
    Digest(digest::Args),
    /// Shows the audit log: who changed, saw and downloaded what; `audit verify`
    /// checks that nobody changed it.
    Audit(audit::Args),
    /// Copies, restores and moves the database, and changes its master key.
    #[command(subcommand)]
    Database(database::Command),
    /// Writes a zip for somebody who helps: version, settings that are set, health,
    /// alarms, counts, errors by what they say. No names, numbers, texts or secrets.
    SupportBundle(support_bundle::Args),
    /// Runs only the simulators, and prints the settings that point the other
    /// commands at them.
    Simulate(simulate::Args),
    /// Prints the names of all places where this binary can kill itself.
    #[cfg(feature = "fail-points")]
    FailPoints,
}

/// Where pages are served, for commands that serve.
#[derive(clap::Args, Clone, Copy)]
struct Listen {
    /// Address and port of the pages [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// Which part of the work a server process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Pages and work.
    All,
    /// Pages only.
    Web,
    /// Work only.
    Worker,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::start();
    // One TLS provider for everything, chosen before the first connection.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("a TLS provider is installed already");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from(anyhow::Error::from(error)).report(),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    if let Command::Simulate(args) = cli.command {
        return simulate::run(args).await;
    }
    #[cfg(feature = "fail-points")]
    if let Command::FailPoints = cli.command {
        terminal::print(&fail_points::names().join("\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    // Nor does who checks a copy.
    if let Command::Verify(args) = &cli.command
        && let Some(ask) = args.offline()
    {
        return offline::run(&ask);
    }
    let config = config::read(cli.config.as_deref())?;
    match cli.command {
        Command::Demo(args) => demo::run(args, config).await,
        Command::Serve(args) => serve::run(args, config).await,
        Command::Backup(args) => backup::run(args, config).await,
        Command::Verify(args) => verify::run(args, config).await,
        Command::Rebuild(args) => rebuild::run(args, config).await,
        Command::Adopt(args) => adopt::run(args, config).await,
        Command::Evidence(command) => evidence::run(command, config).await,
        Command::Status(args) => status::run(args, config).await,
        Command::Log(args) => log::run(args, config).await,
        Command::Search(args) => search::run(args, config).await,
        Command::Coverage(args) => coverage::run(args, config).await,
        Command::Export(args) => export::run(args, config).await,
        Command::Database(command) => database::run(command, config).await,
        Command::Audit(args) => audit::run(args, config).await,
        Command::Connections(args) => connections::run(args, config).await,
        Command::Alarms(args) => alarms::run(args, config).await,
        Command::Digest(args) => digest::run(args, config).await,
        Command::SupportBundle(args) => support_bundle::run(args, config).await,
        Command::Simulate(_) => unreachable!("handled above: it needs no configuration"),
        #[cfg(feature = "fail-points")]
        Command::FailPoints => unreachable!("handled above: it needs no configuration"),
    }
}
