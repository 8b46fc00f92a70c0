//! `archiver log`: the Task Log, as the LOG page shows it.

use std::fmt::Write;
use std::process::ExitCode;

use domain::connection::Backup;
use domain::data_type::DataType;
use domain::ports::{LogAsk, Store, Turn};
use domain::task::Task;
use domain::window::Window;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::config::Config;
use crate::failure::Failure;
use crate::status::{company, moment, scope};
use crate::terminal::print;
use crate::{assemble, deed, span, table};

/// Rows that are read at once.
const AT_ONCE: u32 = 500;

/// The page's columns.
const COLUMNS: [&str; 9] = [
    "From",
    "To",
    "Status",
    "Job Start",
    "Job End",
    "Call Recording",
    "Voice Mail",
    "SMS",
    "FAX",
];

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Tasks that begin at this time or later [default: 7 days ago].
    #[arg(long, value_name = "T")]
    from: Option<String>,
    /// Tasks that begin before this time [default: now].
    #[arg(long, value_name = "T")]
    to: Option<String>,
    /// Only tasks with data archived, and tasks with a problem: SHOW LESS.
    #[arg(long)]
    less: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let zone = &config.time_zone;
    let now = assemble::clock().now();
    let window = span::past(args.from.as_deref(), args.to.as_deref(), zone, now)?;
    let store = assemble::existing_store(&config).await?;
    let mut logs = Vec::new();
    let mut text = String::new();
    for account in store.accounts().await? {
        for backup in store.backups(&account.id).await? {
            let rows = rows(store.as_ref(), &backup, window, args.less).await?;
            let about = format!("{} {}/{}", backup.id, window.start(), window.end());
            deed::tell(store.as_ref(), &account.id, "log.view", about).await?;
            logs.push(json!({
                "account": account.id, "backup": backup.id, "scope": backup.scope.word(),
                "rows": rows.iter().map(web::json::task).collect::<Vec<_>>(),
            }));
            let cells: Vec<Vec<String>> = rows.iter().map(|it| cells(it, zone)).collect();
            let drawn = match rows.len() {
                0 => "No task in this time.\n".to_owned(),
                _ => table::draw(&COLUMNS, &cells),
            };
            let (company, scope) = (company(&account), scope(&backup));
            let _ = writeln!(text, "{company} {}, {scope}\n{drawn}", account.id);
        }
    }
    if args.json {
        print(&format!("{:#}", json!({ "logs": logs })))?;
    } else if text.is_empty() {
        print("There is no backup yet.")?;
    } else {
        print(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// All rows, newest first, page by page.
async fn rows(
    store: &dyn Store,
    backup: &Backup,
    window: Window,
    telling: bool,
) -> domain::Result<Vec<Task>> {
    let mut ask = LogAsk {
        window,
        telling,
        turn: Turn::Newest,
        limit: AT_ONCE,
    };
    let mut rows: Vec<Task> = Vec::new();
    loop {
        let paged = store.log(&backup.account, &backup.id, &ask).await?;
        rows.extend(paged.rows);
        match rows.last() {
            Some(last) if paged.older => ask.turn = Turn::Older(last.window),
            _ => return Ok(rows),
        }
    }
}

fn cells(task: &Task, zone: &TimeZone) -> Vec<String> {
    let maybe = |at: Option<i64>| at.map_or("-".to_owned(), |at| moment(at, zone));
    let mut cells = vec![
        moment(task.window.start_ms(), zone),
        moment(task.window.end_ms(), zone),
        task.status().word().to_owned(),
        maybe(task.started_ms),
        maybe(task.ended_ms),
    ];
    let archived = |it: DataType| task.counts.get(&it).map_or(0, |count| count.archived);
    cells.extend(DataType::ALL.map(|it| archived(it).to_string()));
    cells
}
