//! `archiver support-bundle`: what somebody who helps needs to know, in one zip
//! that holds nothing about anybody: no name, number, text, path, id or secret.
//! Written to be read before it is sent.

mod facts;
mod settings;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::assemble;
use crate::config::Config;
use crate::failure::Failure;
use crate::terminal::print;

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The new file; one that exists is never replaced.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// What stands in the bundle, and beside it in the README.
const PARTS: [(&str, &str); 7] = [
    ("version.json", "program, tables, operating system"),
    (
        "settings.json",
        "which settings are set; values only where they can be nobody's secret or name",
    ),
    (
        "health.json",
        "database, queue, what is pending and why, how many connections are in trouble",
    ),
    (
        "alarms.json",
        "the kinds of alarms that stand, and since when",
    ),
    (
        "backups.json",
        "every backup without its name: ON or OFF, when it ran, counts by type and state, the newest proof",
    ),
    ("migrations.json", "the version of the tables"),
    (
        "errors.json",
        "warnings and errors of the LOG, each sentence once, with how often and when last; numbers in them are blotted out",
    ),
];

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    if args.to.exists() {
        return Err(Failure::usage(format!(
            "{} exists already, and nothing is ever written over. Name a new file.",
            args.to.display()
        )));
    }
    let store = assemble::existing_store(&config).await?;
    let now_ms = assemble::clock().now().as_millisecond();
    let tables = store::version();
    let contents = [
        version(tables),
        settings::told(&config),
        facts::health(store.as_ref(), now_ms).await?,
        facts::alarms(store.as_ref()).await?,
        facts::backups(store.as_ref()).await?,
        json!({ "tables": tables, "note": "a program that opens a database brings its tables to this version" }),
        facts::errors(store.as_ref()).await?,
    ];
    let bytes = write(&args.to, &contents)?;
    print(&format!(
        "{}: {} files, {bytes} bytes. It holds no names, numbers, texts, paths, ids or secrets; read it \
         before you send it:\n{}",
        args.to.display(),
        PARTS.len() + 1,
        list()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn version(tables: usize) -> Value {
    json!({
        "archiver": env!("CARGO_PKG_VERSION"),
        "tables": tables,
        "system": std::env::consts::OS,
        "machine": std::env::consts::ARCH,
    })
}

fn list() -> String {
    let lines = PARTS.map(|(name, what)| format!("  {name}: {what}"));
    lines.join("\n")
}

fn readme() -> String {
    format!(
        "What is in here, for somebody who helps with an Archiver:\n\n{}\n\nNo names, numbers, texts, paths, \
         ids or secrets. Companies and backups are numbered as they come.\n",
        list()
    )
}

/// Returns how large the file became.
fn write(to: &Path, contents: &[Value; PARTS.len()]) -> Result<u64, Failure> {
    let told = || format!("{} cannot be written", to.display());
    let mut zip = ZipWriter::new(create(to).with_context(told)?);
    let mut add = |name: &str, text: &str| -> anyhow::Result<()> {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
        Ok(())
    };
    add("README.txt", &readme()).with_context(told)?;
    for ((name, _), value) in PARTS.iter().zip(contents) {
        add(name, &format!("{value:#}\n")).with_context(told)?;
    }
    let file = zip.finish().map_err(anyhow::Error::from);
    let file = file.with_context(told)?;
    file.sync_all().with_context(told)?;
    Ok(file.metadata().with_context(told)?.len())
}

/// A new file that nobody else can read.
fn create(to: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(to)
}
