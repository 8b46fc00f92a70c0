//! `archiver audit`: the audit log in the terminal, and whether it is whole.

mod printed;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use domain::account::AccountId;
use domain::audit::Head;
use domain::ports::{AuditAsk, Checked, Store};
use serde_json::json;

use self::printed::{Form, Printed};
use crate::config::Config;
use crate::failure::{self, Failure};
use crate::terminal::print;
use crate::{assemble, chain_file, deed, span};

/// Links that are read at once.
const AT_ONCE: u32 = 1_000;

/// The options.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Entries of this time or later [default: from the beginning].
    #[arg(long, value_name = "T")]
    from: Option<String>,
    /// Entries before this time [default: to the end].
    #[arg(long, value_name = "T")]
    to: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Print CSV.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print all of it, a line of JSON each, with the hashes: what `archiver
    /// audit verify --file` checks.
    #[arg(long, conflicts_with_all = ["json", "csv", "from", "to"])]
    jsonl: bool,
}

impl Args {
    fn form(&self) -> Form {
        match (self.json, self.csv, self.jsonl) {
            (true, ..) => Form::Json,
            (_, true, _) => Form::Csv,
            (.., true) => Form::Lines,
            _ => Form::Table,
        }
    }
}

#[derive(Subcommand)]
enum Command {
    /// Follows the whole audit log and names the first place where it was
    /// changed. Exit status: 0 it is whole; 3 it is not.
    Verify {
        /// A head that was kept elsewhere (a manifest in the archive, an export,
        /// the foot of the page AUDIT): without one, nobody can tell a log whose
        /// end was cut off from one that was never longer. May be repeated.
        #[arg(long, value_name = "ACCOUNT:SEQ:HASH")]
        head: Vec<String>,
        /// Check this export instead, without any database or key.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    match args.command {
        Some(Command::Verify { head, file, json }) => {
            let heads: Result<Vec<_>, _> = head.iter().map(|it| kept_head(it)).collect();
            verify(&heads?, file, json, &config).await
        }
        None => show(args, config).await,
    }
}

async fn show(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let zone = &config.time_zone;
    let (from, to) = (args.from.as_deref(), args.to.as_deref());
    let (from_ms, to_ms) = span::open(from, to, zone, assemble::clock().now())?;
    let ask = AuditAsk {
        from_ms,
        to_ms,
        ..AuditAsk::all(None, AT_ONCE)
    };
    let store = assemble::existing_store(&config).await?;
    let mut printed = Printed::new(args.form(), zone);
    put(&printed.begin())?;
    for book in store.audit_books().await? {
        show_book(store.as_ref(), &book, &ask, &mut printed).await?;
    }
    put(printed.end())?;
    Ok(ExitCode::SUCCESS)
}

/// A book as it was before this look at it was told, portion by portion.
async fn show_book(
    store: &dyn Store,
    book: &AccountId,
    ask: &AuditAsk,
    printed: &mut Printed<'_>,
) -> Result<(), Failure> {
    let head = store.audit_head(book).await?;
    deed::tell(store, book, "audit.view", String::new()).await?;
    put(&printed.book(book))?;
    let end = head.as_ref().map_or(0, |it| it.seq);
    let mut ask = ask.clone();
    loop {
        let mut links = store.audit_links(book, &ask).await?;
        links.retain(|it| it.seq <= end);
        let Some(last) = links.last() else {
            break;
        };
        ask.after = Some(last.seq);
        put(&printed.links(&links))?;
    }
    put(&printed.end_of(book, head.as_ref()))
}

fn put(text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    print(text)
}

/// `ACCOUNT:SEQ:HASH`.
fn kept_head(text: &str) -> Result<(AccountId, Head), Failure> {
    let parts = text.split_once(':').and_then(|(account, rest)| {
        let (seq, hash) = rest.split_once(':')?;
        let seq = seq.parse().ok().filter(|it| *it > 0)?;
        let hash = hash.to_lowercase();
        Some((AccountId::new(account), Head { seq, hash }))
    });
    parts.ok_or_else(|| {
        Failure::usage(
            "--head is an account, a number from 1 on and a hash, with colons between them.",
        )
    })
}

async fn verify(
    heads: &[(AccountId, Head)],
    file: Option<PathBuf>,
    json: bool,
    config: &Config,
) -> Result<ExitCode, Failure> {
    let checked = match file {
        Some(file) => chain_file::check(&file, heads)?,
        None => check(heads, config).await?,
    };
    let whole = checked.iter().all(|(_, it)| it.broken.is_none());
    if json {
        let books: Vec<_> = checked.iter().map(|(book, it)| as_json(book, it)).collect();
        print(&format!("{:#}", json!({ "whole": whole, "books": books })))?;
    } else {
        for (book, it) in &checked {
            print(&as_text(book, it))?;
        }
        if checked.is_empty() {
            print("Nothing is in the audit log.")?;
        }
    }
    Ok(ExitCode::from(if whole {
        failure::COMPLETE
    } else {
        failure::INCOMPLETE
    }))
}

async fn check(
    heads: &[(AccountId, Head)],
    config: &Config,
) -> Result<Vec<(AccountId, Checked)>, Failure> {
    let store = assemble::existing_store(config).await?;
    let mut books = store.audit_books().await?;
    // One that was taken away whole is missed by its head alone.
    books.extend(heads.iter().map(|(book, _)| book.clone()));
    books.sort();
    books.dedup();
    let mut all = Vec::new();
    for book in books {
        let known = heads.iter().filter(|(it, _)| *it == book);
        let known: Vec<Head> = known.map(|(_, head)| head.clone()).collect();
        let checked = store.check_audit(&book, &known).await?;
        all.push((book, checked));
    }
    let broken = all.iter().filter(|(_, it)| it.broken.is_some()).count();
    let target = format!("{broken} broken of {}", all.len());
    deed::tell_server(store.as_ref(), "audit.verify", target).await?;
    Ok(all)
}

fn as_json(book: &AccountId, checked: &Checked) -> serde_json::Value {
    let broken = checked.broken.as_ref();
    json!({
        "account": book, "head": checked.head,
        "broken": broken.map(|it| json!({ "seq": it.seq, "why": it.why })),
    })
}

fn as_text(book: &AccountId, checked: &Checked) -> String {
    let head = &checked.head;
    match &checked.broken {
        None => format!(
            "{book}: whole, {} entries, ends with {}",
            head.seq, head.hash
        ),
        Some(it) => format!(
            "{book}: BROKEN at no. {}: {}. It is whole up to no. {}.",
            it.seq, it.why, head.seq
        ),
    }
}
