//! `archiver evidence`: the key that signs manifests, and how far each chain
//! is: what one should note down elsewhere.

use std::fmt::Write;
use std::process::ExitCode;

use domain::manifest::{Link, PublicKey, SigningKey};
use domain::ports::Store;
use domain::window::instant;
use serde_json::{Value, json};

use crate::assemble;
use crate::config::Config;
use crate::failure::Failure;
use crate::terminal::print;

/// The options.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Prints the public key that signs the manifests: note it where nobody
    /// who can write to the archive can change it.
    Key,
    /// Shows the newest manifest of each archive. Its sum, noted elsewhere,
    /// shows later that no newer part of the chain was taken away
    /// (`archiver verify --manifests … --head SUM`).
    Head {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub(crate) async fn run(command: Command, config: Config) -> Result<ExitCode, Failure> {
    let store = assemble::existing_store(&config).await?;
    match command {
        Command::Key => print(key(store.as_ref()).await?.as_str())?,
        Command::Head { json } => {
            let key = key(store.as_ref()).await?;
            let heads = heads(store.as_ref()).await?;
            print(&if json {
                let heads: Vec<Value> = heads.iter().map(head_json).collect();
                format!("{:#}", json!({ "key": key, "chains": heads }))
            } else {
                text(&key, &heads)
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The half of the key that everybody may know.
pub(crate) async fn key(store: &dyn Store) -> Result<PublicKey, Failure> {
    let key = SigningKey::from_seed(&store.signing_seed().await?)?;
    Ok(key.public().clone())
}

/// The newest manifest of each archive, by its destination's label.
async fn heads(store: &dyn Store) -> Result<Vec<(String, Link)>, Failure> {
    let mut heads = Vec::new();
    for account in store.accounts().await? {
        let mut seen = Vec::new();
        for connection in store.connections(&account.id).await? {
            let at = connection.destination;
            if seen.contains(&at) {
                continue;
            }
            let chain = store.chain(&account.id, &at).await?;
            let record = store.destination(&account.id, &at).await?;
            let label = record.map_or_else(|| at.to_string(), |it| it.label);
            heads.extend(chain.head.map(|head| (label, head)));
            seen.push(at);
        }
    }
    Ok(heads)
}

fn head_json((label, head): &(String, Link)) -> Value {
    json!({
        "destination": label,
        "seq": head.seq,
        "sha256": head.sha256,
        "made_at": instant(head.made_ms).to_string(),
    })
}

fn text(key: &PublicKey, heads: &[(String, Link)]) -> String {
    let mut out = format!("key     {key}\n");
    for (label, head) in heads {
        let made = instant(head.made_ms).strftime("%F %H:%M UTC");
        let _ = write!(
            out,
            "\n{label}\n  newest  manifest {} of {made}\n  sum     {}\n",
            head.seq, head.sha256
        );
    }
    out
}
