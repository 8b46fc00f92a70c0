//! `archiver connections`: what is connected with what.

use std::process::ExitCode;

use domain::connection::Connection;
use serde_json::json;

use crate::config::Config;
use crate::failure::Failure;
use crate::status::company;
use crate::terminal::print;
use crate::{assemble, deed, table};

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
    let mut all = Vec::new();
    let mut rows = Vec::new();
    for account in store.accounts().await? {
        deed::tell(
            store.as_ref(),
            &account.id,
            "connections.view",
            String::new(),
        )
        .await?;
        for connection in store.connections(&account.id).await? {
            all.push(web::json::connection(&connection));
            rows.push(vec![
                company(&account).to_owned(),
                format!("id {}", connection.viewer),
                connection.destination.to_string(),
                stands(&connection),
            ]);
        }
    }
    if args.json {
        print(&format!("{:#}", json!({ "connections": all })))?;
    } else if rows.is_empty() {
        print("Nothing is connected.")?;
    } else {
        let head = ["Account", "Extension", "Destination", "State"];
        print(&table::draw(&head, &rows))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn stands(connection: &Connection) -> String {
    let trouble = [
        connection.source_trouble.as_deref(),
        connection.destination_trouble.as_deref(),
    ];
    let trouble: Vec<&str> = trouble.into_iter().flatten().collect();
    match connection {
        it if it.headless => "made by archiver backup".to_owned(),
        it if !it.connected => "not connected".to_owned(),
        _ if !trouble.is_empty() => format!("RECONNECT: {}", trouble.join("; ")),
        _ => "connected".to_owned(),
    }
}
