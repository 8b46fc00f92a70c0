//! `archiver status`: how every Backup stands.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

use domain::account::Account;
use domain::connection::{Backup, Connection, Scope};
use domain::data_type::DataType;
use domain::ledger::Count;
use domain::ports::Store;
use domain::timetable::Timetable;
use domain::window::{Window, instant};
use indicatif::{HumanBytes, HumanCount};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::assemble;
use crate::config::Config;
use crate::failure::Failure;
use crate::terminal::print;

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
    let mut text = String::new();
    for account in store.accounts().await? {
        let mut backups = Vec::new();
        let connections = store.connections(&account.id).await?;
        for backup in store.backups(&account.id).await? {
            let stands = Standing::of(store.as_ref(), &backup).await?;
            let connection = connections.iter().find(|it| it.id == backup.connection);
            backups.push(stands.json(&backup));
            text.push_str(&stands.text(&account, &backup, connection, &config.time_zone));
        }
        companies.push(json!({ "account": account.id, "backups": backups }));
    }
    if args.json {
        print(&format!("{:#}", json!({ "accounts": companies })))?;
    } else if text.is_empty() {
        print("There is no backup yet.")?;
    } else {
        print(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A Backup as it stands now.
struct Standing {
    plan: Timetable,
    running: bool,
    counts: BTreeMap<DataType, Count>,
}

impl Standing {
    async fn of(store: &dyn Store, backup: &Backup) -> domain::Result<Standing> {
        let (account, id) = (&backup.account, &backup.id);
        Ok(Standing {
            plan: store.timetable(account, id).await?,
            running: store.is_running(account, id).await?,
            counts: store.counts(account, backup, Window::EVER).await?,
        })
    }

    /// As the JSON interface of the pages tells it.
    fn json(&self, backup: &Backup) -> Value {
        web::json::backup(backup, &self.plan, self.running, &self.counts)
    }

    fn text(
        &self,
        account: &Account,
        backup: &Backup,
        connection: Option<&Connection>,
        zone: &TimeZone,
    ) -> String {
        let counts = self.counts.values();
        let total = counts.fold(Count::default(), |sum, &one| sum.plus(one));
        let switch = match (backup.enabled, connection) {
            (_, Some(it)) if it.headless => "run by archiver backup",
            (_, Some(it)) if !it.connected => "not connected",
            (true, _) => "Enable backup is ON",
            (false, _) => "Enable backup is OFF",
        };
        let when = |at: Option<i64>| at.map_or("-".to_owned(), |at| moment(at, zone));
        let next = match (self.running, backup.enabled) {
            (true, _) => "now".to_owned(),
            (false, true) => when(self.plan.due_ms),
            (false, false) => "-".to_owned(),
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
            when(self.plan.ran_ms),
            HumanCount(total.archived),
            HumanBytes(total.bytes),
            HumanCount(total.files),
            HumanCount(total.pending),
            HumanCount(total.missing),
        );
        let trouble = [
            connection.and_then(|it| it.source_trouble.as_ref()),
            connection.and_then(|it| it.destination_trouble.as_ref()),
        ];
        for what in trouble.into_iter().flatten() {
            let _ = writeln!(out, "  trouble   {what}");
        }
        out.push('\n');
        out
    }
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
