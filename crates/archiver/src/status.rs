//! `archiver status`: how every Backup stands.

use std::fmt::Write;
use std::process::ExitCode;

use domain::account::Account;
use domain::connection::{Backup, Connection, Scope};
use domain::proof::Proof;
use domain::window::instant;
use indicatif::{HumanBytes, HumanCount};
use jiff::tz::TimeZone;
use serde_json::json;
use web::Standing;

use crate::config::Config;
use crate::failure::Failure;
use crate::terminal::{self, print};
use crate::{alarms, assemble};

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let store = assemble::existing_store(&config).await?;
    let mut companies = Vec::new();
    let alarms = store.alarms().await?;
    let mut shown = alarms::text(&alarms, &config);
    let now_ms = assemble::clock().now().as_millisecond();
    for account in store.accounts().await? {
        let mut backups = Vec::new();
        let connections = store.connections(&account.id).await?;
        for backup in store.backups(&account.id).await? {
            let stands = Standing::of(store.as_ref(), &backup).await?;
            let connection = connections.iter().find(|it| it.id == backup.connection);
            let proofs = store.proofs(&account.id, &backup.id, 1).await?;
            let mut json = web::json::backup(&backup, &stands, now_ms);
            json["proof"] = json!(proofs.first().map(web::json::proof));
            let scrub = store.scrub(&account.id, &backup.id).await?;
            json["scrub"] = web::json::scrub(&scrub);
            backups.push(json);
            let zone = &config.time_zone;
            shown.push_str(&text(&stands, &account, &backup, connection, zone, now_ms));
            if let Some(proof) = proofs.first() {
                shown.push_str(&proven(proof, zone));
            }
            shown.push('\n');
        }
        companies.push(json!({ "account": account.id, "backups": backups }));
    }
    if args.json {
        let alarms: Vec<_> = alarms.iter().map(web::json::alarm).collect();
        let all = json!({ "accounts": companies, "alarms": alarms });
        print(&format!("{all:#}"))?;
    } else if shown.is_empty() {
        print("There is no backup yet.")?;
    } else {
        print(&shown)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(
    standing: &Standing,
    account: &Account,
    backup: &Backup,
    connection: Option<&Connection>,
    zone: &TimeZone,
    now_ms: i64,
) -> String {
    let total = standing.sum();
    let plan = &standing.timetable;
    let switch = match (backup.enabled, connection) {
        (_, Some(it)) if it.headless => "run by archiver backup",
        (_, Some(it)) if !it.connected => "not connected",
        (true, _) => "Enable backup is ON",
        (false, _) => "Enable backup is OFF",
    };
    let when = |at: Option<i64>| at.map_or("-".to_owned(), |at| moment(at, zone));
    let next = match (standing.silent_ms(), standing.held, backup.enabled) {
        (Some(ms), ..) => format!(
            "a worker is silent for {} s; another takes over",
            ms / 1_000
        ),
        (None, true, _) => "now".to_owned(),
        (None, false, true) => when(plan.due_ms),
        (None, false, false) => "-".to_owned(),
    };
    let mut out = format!(
        "{} {}, {}: {switch}\n\
         \x20 next run  {next}\n\
         \x20 last run  {}\n\
         \x20 archived  {} ({} in {} files)\n\
         \x20 pending   {}\n\
         \x20 missing   {}\n",
        company(account),
        account.id,
        scope(backup),
        when(plan.ran_ms),
        HumanCount(total.archived),
        HumanBytes(total.bytes),
        HumanCount(total.files),
        HumanCount(total.pending),
        HumanCount(total.missing),
    );
    let mut line = |name: &str, what: String| {
        let _ = writeln!(out, "  {name:<9} {what}");
    };
    if let Some(progress) = progress(standing, zone) {
        line("this run", progress);
    }
    if let Some(pace) = standing.pace(now_ms) {
        line("pace", terminal::pace(pace, standing.left(now_ms)));
    }
    if let Some(history) = history(standing, zone) {
        line("history", history);
    }
    if let Some(deadline) = deadline(standing, zone) {
        line("deadline", deadline);
    }
    let trouble = [
        connection.and_then(|it| it.source_trouble.as_ref()),
        connection.and_then(|it| it.destination_trouble.as_ref()),
    ];
    for what in trouble.into_iter().flatten() {
        line("trouble", what.clone());
    }
    out
}

/// What came of the newest `archiver verify`.
fn proven(proof: &Proof, zone: &TimeZone) -> String {
    let what = if proof.holds() {
        "everything agreed"
    } else if proof.has_drift() {
        "archived files were gone or changed"
    } else {
        "not everything was archived, explained or to be seen"
    };
    format!("  verified  {}: {what}\n", moment(proof.ended_ms, zone))
}

/// What the run at work has done.
fn progress(standing: &Standing, zone: &TimeZone) -> Option<String> {
    let run = standing.at_work()?;
    let mut told = format!(
        "{} found, {} files archived ({})",
        HumanCount(run.found),
        HumanCount(run.archived),
        HumanBytes(run.bytes)
    );
    if let Some(window) = run.listing {
        let _ = write!(
            told,
            "; looking through {} to {}, {} of {} portions",
            moment(window.start_ms(), zone),
            moment(window.end_ms(), zone),
            run.portions_done,
            run.portions
        );
    }
    Some(told)
}

/// How far back-fill is, and whether it rests.
fn history(standing: &Standing, zone: &TimeZone) -> Option<String> {
    let left = standing.back_fill().map(|it| {
        let (from, to) = (moment(it.start_ms(), zone), moment(it.end_ms(), zone));
        format!("still to be looked through: {from} to {to}")
    });
    let paused = standing
        .rests_ms
        .map(|at| format!("paused since {}", moment(at, zone)));
    let all: Vec<String> = paused.into_iter().chain(left).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Until when the first of what is pending must be safe.
fn deadline(standing: &Standing, zone: &TimeZone) -> Option<String> {
    let it = standing.deadline()?;
    let how = if it.keeps.told {
        "as it says for this company"
    } else {
        "as it documents"
    };
    Some(format!(
        "{}: RingCentral deletes the oldest item not yet safe ({}; kept {} days, {how})",
        moment(it.at_ms, zone),
        it.data_type.label(),
        it.keeps.days
    ))
}

/// How a company is called.
pub(crate) fn company(account: &Account) -> &str {
    match account.name.as_str() {
        "" => "Account",
        name => name,
    }
}

/// Whose data a Backup covers, for people.
pub(crate) fn scope(backup: &Backup) -> String {
    match &backup.scope {
        Scope::Account => "all extensions".to_owned(),
        Scope::Extension(id) => format!("extension id {id}"),
    }
}

/// A moment in a zone, with its offset.
pub(crate) fn moment(at_ms: i64, zone: &TimeZone) -> String {
    let at = instant(at_ms).to_zoned_datetime(zone.clone());
    at.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}
