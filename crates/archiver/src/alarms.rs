//! `archiver alarms`: what stands, and whether people would hear of it.

use std::process::ExitCode;

use domain::alarm::{Standing, Way};
use domain::ports::Herald;
use serde_json::json;
use web::alarm_texts::{means, name, remedy};

use crate::assemble;
use crate::config::Config;
use crate::failure::Failure;
use crate::herald::Configured;
use crate::status::moment;
use crate::terminal::print;

/// The options.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Sends a test message in every configured way, and says what came of it.
    Test,
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    if let Some(Command::Test) = args.command {
        return test(&config).await;
    }
    let store = assemble::existing_store(&config).await?;
    let standing = store.alarms().await?;
    if args.json {
        let alarms: Vec<_> = standing.iter().map(web::json::alarm).collect();
        print(&format!("{:#}", json!({ "alarms": alarms })))?;
    } else if standing.is_empty() {
        print("No alarm stands.")?;
    } else {
        print(&text(&standing, &config))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What stands, for people.
pub(crate) fn text(standing: &[Standing], config: &Config) -> String {
    let mut text = String::new();
    for it in standing {
        text.push_str(&paragraph(it, config));
    }
    text
}

fn paragraph(it: &Standing, config: &Config) -> String {
    let key = &it.alarm.key;
    let since = moment(it.since_ms, &config.time_zone);
    let mut about = match &key.account {
        Some(account) => format!("company {account}"),
        None => "the server".to_owned(),
    };
    if !key.about.is_empty() {
        about = format!("{about}, {}", key.about);
    }
    format!(
        "ALARM {} ({about}), since {since}\n  {}\n  {}\n  {}\n\n",
        name(key.kind),
        it.alarm.what,
        means(key.kind),
        remedy(key.kind)
    )
}

async fn test(config: &Config) -> Result<ExitCode, Failure> {
    let herald = Configured::new(config)?;
    let ways = herald.ways();
    if ways.is_empty() {
        return Err(Failure::usage(
            "Alarms are told to nobody yet. Set ARCHIVER_ALARM_MAIL_TO, ARCHIVER_ALARM_MAIL_FROM and \
             ARCHIVER_SMTP_URL, or ARCHIVER_ALARM_WEBHOOK_URL.",
        ));
    }
    let mut failed = 0_u8;
    for way in ways {
        let called = match way {
            Way::Mail => "E-mail",
            Way::Webhook => "Webhook",
        };
        match herald.test(way).await {
            Ok(()) => print(&format!("{called}: the test message was taken over."))?,
            Err(error) => {
                failed = 1;
                print(&format!("{called}: {error}."))?;
            }
        }
    }
    Ok(ExitCode::from(failed))
}
