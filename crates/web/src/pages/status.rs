//! STATUS: what is archived, pending and missing, for each Backup.

use askama::Template;
use axum::extract;
use axum::response::Html;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::ledger::{Count, EntryState, Open};
use domain::window::{Window, instant};
use jiff::Timestamp;

use crate::error::PageError;
use crate::state::State;

/// How many pending and missing entries a table shows.
const SHOWN: usize = 100;
/// Among how many that are not archived they are looked for: most are
/// excluded by a rule, and those only count.
const LOOKED_THROUGH: u32 = 10_000;

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
    /// The oldest entries that are pending or missing.
    open: Vec<Line>,
    /// Whether there are more of them.
    open_more: bool,
}

struct Line {
    when: String,
    what: &'static str,
    item: String,
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
    let now = minute(state.clock.now());
    Ok(Html(Status { now, backups }.render()?))
}

async fn row(state: &State, account: &str, backup: &Backup) -> Result<Row, PageError> {
    let ever = Window::EVER;
    let counts = state.store.counts(&backup.account, backup, ever).await?;
    let mut open = state
        .store
        .open_entries(&backup.account, backup, ever, LOOKED_THROUGH)
        .await?;
    let cut = open.len() == LOOKED_THROUGH as usize;
    open.retain(|it| it.state != EntryState::Excluded);
    let open_more = cut || open.len() > SHOWN;
    open.truncate(SHOWN);
    Ok(Row {
        account: account.to_owned(),
        scope: backup.scope.word(),
        destination: backup.destination.to_string(),
        types: DataType::ALL
            .into_iter()
            .map(|it| (it.label(), counts.get(&it).copied().unwrap_or_default()))
            .collect(),
        open: open.into_iter().map(line).collect(),
        open_more,
    })
}

fn minute(at: Timestamp) -> String {
    at.strftime("%F %H:%M").to_string()
}

fn line(open: Open) -> Line {
    Line {
        when: minute(instant(open.at_ms)),
        what: open.data_type.label(),
        item: open.item,
        state: open.state.word(),
        cause: open.cause,
    }
}
