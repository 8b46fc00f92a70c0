//! `archiver coverage`: what the COVERAGE page tells, for terminals and
//! programs.

use std::fmt::Write;
use std::process::ExitCode;

use clap::ValueEnum;
use domain::account::Account;
use domain::connection::Backup;
use indicatif::HumanBytes;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use web::{Covered, CoveredLine, CoveredPart};

use crate::config::Config;
use crate::failure::Failure;
use crate::status::{company, moment, scope};
use crate::terminal::{plain, print};
use crate::{assemble, deed, table};

const COLUMNS: [&str; 11] = [
    "Extension",
    "Type",
    "First archived",
    "Last archived",
    "Listed up to",
    "Archived",
    "Pending",
    "Missing",
    "Excluded",
    "Size",
    "Remarks",
];

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print one part as CSV.
    #[arg(long, value_name = "PART")]
    csv: Option<Part>,
}

/// What a CSV is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// A line for each extension and type.
    People,
    /// A line for each span that nobody listed.
    Gaps,
    /// A line for each day (UTC) and type.
    Days,
}

impl Part {
    fn of_pages(self) -> CoveredPart {
        match self {
            Part::People => CoveredPart::People,
            Part::Gaps => CoveredPart::Gaps,
            Part::Days => CoveredPart::Days,
        }
    }
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let store = assemble::existing_store(&config).await?;
    let now_ms = assemble::clock().now().as_millisecond();
    let mut all = Vec::new();
    for account in store.accounts().await? {
        for backup in store.backups(&account.id).await? {
            let covered = Covered::of(store.as_ref(), &backup, None, now_ms).await?;
            let about = backup.id.to_string();
            deed::tell(store.as_ref(), &account.id, "coverage.view", about).await?;
            all.push((account.clone(), backup, covered));
        }
    }
    let text = match args.csv {
        _ if args.json => {
            let told: Vec<Value> = all.iter().map(json_of).collect();
            format!("{:#}", json!({ "coverage": told }))
        }
        Some(part) => csv(&all, part.of_pages()),
        None if all.is_empty() => "There is no backup yet.".to_owned(),
        None => all.iter().map(|it| text(it, &config.time_zone)).collect(),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// A Backup of a company with what it covers.
type Told = (Account, Backup, Covered);

fn json_of((account, backup, covered): &Told) -> Value {
    let mut told = web::json::coverage(covered);
    let lines = covered.lines.iter().map(web::json::covered_line);
    told["lines"] = lines.collect();
    told["account"] = json!(account.id);
    told["backup"] = json!(backup.id);
    told["scope"] = json!(backup.scope.word());
    told
}

/// The files of all Backups as one: two cells before each line say whose it is.
fn csv(all: &[Told], part: CoveredPart) -> String {
    let head = Covered::default().csv(part);
    let mut out = head
        .first()
        .map_or_else(String::new, |it| before(["Account", "Backup"], it));
    for (account, backup, covered) in all {
        let whose = [account.id.as_str(), backup.id.as_str()];
        let lines = covered.csv(part).into_iter().skip(1);
        out.extend(lines.map(|it| before(whose, &it)));
    }
    out
}

fn before(cells: [&str; 2], line: &str) -> String {
    format!("{},{line}", web::csv_line(&cells).trim_end())
}

fn text((account, backup, covered): &Told, zone: &TimeZone) -> String {
    let rows: Vec<Vec<String>> = covered.lines.iter().map(|it| cells(it, zone)).collect();
    let mut out = format!("{} {}, {}\n", company(account), account.id, scope(backup));
    out.push_str(&table::draw(&COLUMNS, &rows));
    let sum = covered.sum();
    let _ = writeln!(
        out,
        "Total: {} archived ({}), {} pending, {} missing, {} excluded",
        sum.archived,
        HumanBytes(sum.bytes),
        sum.pending,
        sum.missing,
        sum.excluded
    );
    if let Some(it) = covered.deadline {
        let at = moment(it.at_ms, zone);
        let _ = writeln!(out, "Deadline: {at} ({})", it.data_type.word());
    }
    for it in &covered.gaps {
        let window = it.gap.window;
        let (from, to) = (
            moment(window.start_ms(), zone),
            moment(window.end_ms(), zone),
        );
        let lanes = it.lanes.join(" ");
        let _ = writeln!(
            out,
            "Gap: {from} to {to} {} {}",
            plain(&lanes),
            plain(&it.why)
        );
    }
    out.push('\n');
    out
}

fn cells(it: &CoveredLine, zone: &TimeZone) -> Vec<String> {
    let maybe = |at: Option<i64>| at.map_or("-".to_owned(), |at| moment(at, zone));
    let id = it.extension.as_ref().map_or("-", |id| id.as_str());
    let known = [it.number.as_str(), it.name.as_str()].into_iter();
    let known: Vec<&str> = known.filter(|it| !it.is_empty()).collect();
    let left = it.left_ms.map(|at| format!("left {}", moment(at, zone)));
    let hidden = it
        .hidden
        .as_ref()
        .map(|it| format!("not permitted: {}", it.cause));
    let lost = it
        .lost
        .iter()
        .map(|(cause, files)| format!("{files} missing: {cause}"));
    let remarks: Vec<String> = left.into_iter().chain(hidden).chain(lost).collect();
    let count = it.count;
    let cells = [
        if known.is_empty() {
            id.to_owned()
        } else {
            known.join(" ")
        },
        it.data_type.word().to_owned(),
        maybe(it.first_ms),
        maybe(it.last_ms),
        maybe(it.listed_to_ms),
        count.archived.to_string(),
        count.pending.to_string(),
        count.missing.to_string(),
        count.excluded.to_string(),
        HumanBytes(count.bytes).to_string(),
        remarks.join("; "),
    ];
    cells.map(|it| plain(&it)).into()
}
