//! STATUS: what is archived, pending and missing, for each Backup.

use askama::Template;
use axum::extract;
use axum::response::Html;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::ledger::{Count, Open};
use domain::window::{Window, instant};

use crate::error::PageError;
use crate::state::State;

/// How many open entries a table shows.
const SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "status.html")]
struct Status {
    now: String,
    backups: Vec<Row>,
}

struct Row {
    account: String,
    scope: &'static str,
    destination: String,
    types: Vec<(&'static str, Count)>,
    open: Vec<Line>,
}

struct Line {
    when: String,
    what: &'static str,
    state: &'static str,
    cause: String,
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
) -> Result<Html<String>, PageError> {
    let mut backups = Vec::new();
    for account in state.store.accounts().await? {
        for backup in state.store.backups(&account.id).await? {
            backups.push(row(&state, &account.name, &backup).await?);
        }
    }
    let now = state.clock.now().to_string();
    Ok(Html(Status { now, backups }.render()?))
}

async fn row(state: &State, account: &str, backup: &Backup) -> Result<Row, PageError> {
    let ever = Window::EVER;
    let counts = state.store.counts(&backup.account, backup, ever).await?;
    let open = state
        .store
        .open_entries(&backup.account, backup, ever, SHOWN)
        .await?;
    Ok(Row {
        account: account.to_owned(),
        scope: backup.scope.word(),
        destination: backup.destination.to_string(),
        types: DataType::ALL
            .into_iter()
            .map(|it| (it.label(), counts.get(&it).copied().unwrap_or_default()))
            .collect(),
        open: open.into_iter().map(line).collect(),
    })
}

fn line(open: Open) -> Line {
    Line {
        when: instant(open.at_ms).to_string(),
        what: open.data_type.label(),
        state: open.state.word(),
        cause: open.cause,
    }
}
