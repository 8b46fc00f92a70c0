//! `archiver audit`: the audit log in the terminal, and whether it is whole.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use domain::account::AccountId;
use domain::audit::{Head, Link};
use domain::ports::{AuditAsk, Checked, Store};
use domain::window::Window;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::config::Config;
use crate::failure::{self, Failure};
use crate::status::moment;
use crate::terminal::print;
use crate::{assemble, chain_file, deed, span, table};

/// Links that are read at once.
const AT_ONCE: u32 = 1_000;

const COLUMNS: [&str; 7] = ["Account", "No.", "When", "Who", "What", "To what", "Result"];

/// The options.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Entries of this time or later [default: from the beginning].
    #[arg(long, value_name = "T")]
    from: Option<String>,
    /// Entries before this time [default: now].
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

/// A book with what was asked of it.
type Book = (AccountId, Vec<Link>);

async fn show(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let zone = &config.time_zone;
    let (from, to) = (args.from.as_deref(), args.to.as_deref());
    let now = assemble::clock().now();
    let window = span::whole(from, to, zone, now)?;
    let store = assemble::existing_store(&config).await?;
    let mut books: Vec<Book> = Vec::new();
    for book in store.audit_books().await? {
        let window = (!args.jsonl).then_some(window);
        let links = links(store.as_ref(), &book, window).await?;
        deed::tell(store.as_ref(), &book, "audit.view", String::new()).await?;
        books.push((book, links));
    }
    if args.jsonl {
        print_chains(&books)?;
    } else if args.json {
        print_json(&books)?;
    } else {
        print_rows(&books, zone, args.csv)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A line each, and where each chain ends.
fn print_chains(books: &[Book]) -> Result<(), Failure> {
    for (book, links) in books {
        for link in links {
            print(&web::json::link(link).to_string())?;
        }
        let seq = links.last().map_or(0, |it| it.seq);
        let hash = links.last().map(|it| it.hash.as_str()).unwrap_or_default();
        let head = json!({ "head": { "account": book, "seq": seq, "hash": hash } });
        print(&head.to_string())?;
    }
    Ok(())
}

fn print_json(books: &[Book]) -> Result<(), Failure> {
    let book = |(book, links): &Book| {
        let links: Vec<_> = links.iter().map(web::json::link).collect();
        json!({ "account": book, "links": links })
    };
    let all: Vec<_> = books.iter().map(book).collect();
    print(&format!("{:#}", json!({ "books": all })))
}

fn print_rows(books: &[Book], zone: &TimeZone, csv: bool) -> Result<(), Failure> {
    let cells = |link: &Link| {
        vec![
            link.account.to_string(),
            link.seq.to_string(),
            moment(link.at_ms, zone),
            link.actor.clone(),
            link.action.clone(),
            link.target.clone(),
            link.result.clone(),
        ]
    };
    let links = books.iter().flat_map(|(_, links)| links);
    let rows: Vec<Vec<String>> = links.map(cells).collect();
    if csv {
        let text: String = rows.iter().map(|it| web::csv_line(it)).collect();
        return print((web::csv_line(&COLUMNS) + &text).trim_end());
    }
    if rows.is_empty() {
        return print("Nothing is in the audit log.");
    }
    print(&table::draw(&COLUMNS, &rows))
}

/// A book in the order of its chain, page by page.
async fn links(
    store: &dyn Store,
    book: &AccountId,
    window: Option<Window>,
) -> domain::Result<Vec<Link>> {
    let mut all: Vec<Link> = Vec::new();
    loop {
        let mut ask = AuditAsk::all(all.last().map(|it| it.seq), AT_ONCE);
        if let Some(window) = window {
            (ask.from_ms, ask.to_ms) = (window.start_ms(), window.end_ms());
        }
        let page = store.audit_links(book, &ask).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// `ACCOUNT:SEQ:HASH`.
fn kept_head(text: &str) -> Result<(AccountId, Head), Failure> {
    let parts = text.split_once(':').and_then(|(account, rest)| {
        let (seq, hash) = rest.split_once(':')?;
        let seq = seq.parse().ok()?;
        let hash = hash.to_lowercase();
        Some((AccountId::new(account), Head { seq, hash }))
    });
    parts.ok_or_else(|| {
        Failure::usage("--head is an account, a number and a hash, with colons between them.")
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
