//! The plan of a Backup: when it runs, what is archived, what is pending and
//! why. Drawn with the page, and alone for the script that renews it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract;
use axum::response::Response;
use domain::connection::Backup;
use domain::headway::Pace;
use domain::ledger::{EntryState, Open};
use domain::session::SignedIn;
use domain::window::Window;

use crate::error::PageError;
use crate::form::Query;
use crate::format::{cell, offset};
use crate::part::{part, sentence};
use crate::size;
use crate::standing::{Left, Standing};
use crate::state::State;
use crate::subject::{self, Subject};
use crate::texts::backup as say;
use crate::texts::statuses;
use crate::viewer::{View, Viewer};
use crate::zone::Zone;

/// Among how many open Entries the reasons are counted: a backlog of a million
/// needs no exact line.
const LOOKED_THROUGH: u32 = 2_000;

/// As it is shown.
#[derive(Template)]
#[template(path = "backup_plan.html")]
#[expect(clippy::struct_excessive_bools, reason = "what a template asks for")]
pub(crate) struct Plan {
    running: bool,
    /// It is due: the script looks often until it runs.
    soon: bool,
    enabled: bool,
    now: String,
    next: String,
    last: String,
    to: String,
    zone: String,
    archived: u64,
    pending: u64,
    missing: u64,
    /// What lies in the destination.
    files: String,
    /// How fast it comes along, while it runs.
    pace: Option<String>,
    /// What its run has done, while it runs.
    this_run: Option<String>,
    /// What it lists.
    listing: Option<String>,
    deadline: String,
    waiting: Vec<String>,
    past: String,
    /// Whether what was before it was turned on is archived too.
    pub(super) wants_past: bool,
    /// Whether history rests.
    pub(super) paused: bool,
    /// What is wrong with the grants it uses.
    troubles: Vec<String>,
}

/// The part alone.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Query(query): Query,
) -> Result<Response, PageError> {
    let view = View::from_word(query.get("view"))?;
    let subject = subject::of(&state, &viewer.who, view).await?;
    let Some(backup) = &subject.backup else {
        return Ok(sentence(say::IS_OFF_NOW));
    };
    let plan = of(&state, &viewer.who, &subject, backup).await?;
    part(&plan)
}

/// Reads it from the store.
pub(crate) async fn of(
    state: &State,
    who: &SignedIn,
    subject: &Subject,
    backup: &Backup,
) -> Result<Plan, PageError> {
    let (account, store) = (&backup.account, &state.store);
    let now_ms = state.now_ms();
    let zone = Zone::of_viewer(state, who, None).await?;
    let standing = Standing::of(store.as_ref(), backup).await?;
    let (running, total) = (standing.running(), standing.sum());
    let open = store
        .open_entries(account, backup, Window::EVER, LOOKED_THROUGH)
        .await?;
    let timetable = &standing.timetable;
    Ok(Plan {
        running,
        files: say::files(total.files, &size::words(total.bytes)),
        pace: standing
            .pace(now_ms)
            .map(|it| pace(it, standing.left(now_ms))),
        this_run: this_run(&standing),
        listing: listing(&standing, &zone),
        deadline: deadline(&standing, now_ms, &zone),
        enabled: backup.enabled,
        now: now(&standing, backup.enabled),
        soon: backup.enabled && timetable.due_ms.is_none_or(|due| due <= now_ms),
        next: next(backup, timetable.due_ms, now_ms, &zone),
        last: timetable
            .ran_ms
            .map_or_else(|| say::NEVER.to_owned(), |at| cell(at, &zone)),
        to: subject::label(state, account, &backup.destination).await?,
        zone: say::zone(&zone.name, &offset(now_ms, &zone.rules)),
        archived: total.archived,
        pending: total.pending,
        missing: total.missing,
        waiting: waiting(&open, total.pending),
        past: past(&standing, &zone),
        wants_past: timetable.wants_history(),
        paused: standing.rests_ms.is_some(),
        troubles: troubles(subject),
    })
}

fn now(standing: &Standing, enabled: bool) -> String {
    match (standing.silent_ms(), standing.held, enabled) {
        (Some(ms), ..) => say::silent(ms / 1_000),
        (None, true, _) => say::RUNNING.to_owned(),
        (None, false, true) => say::IDLE.to_owned(),
        (None, false, false) => say::IS_OFF_NOW.to_owned(),
    }
}

fn pace(pace: Pace, left: Option<Left>) -> String {
    let pace = say::pace(pace.files, &size::words(pace.bytes));
    match left {
        Some(left) => format!("{pace}; {}", say::left(left.minutes, left.estimated)),
        None => pace,
    }
}

fn this_run(standing: &Standing) -> Option<String> {
    let run = standing.at_work()?;
    let size = size::words(run.bytes);
    let sentence = say::this_run(run.found, run.archived, &size, run.missing, run.failed);
    Some(sentence)
}

fn listing(standing: &Standing, zone: &Zone) -> Option<String> {
    let run = standing.at_work()?;
    let window = run.listing?;
    let shown = |at| cell(at, zone);
    let (from, to) = (shown(window.start_ms()), shown(window.end_ms()));
    Some(say::listing(&from, &to, run.portions_done, run.portions))
}

fn deadline(standing: &Standing, now_ms: i64, zone: &Zone) -> String {
    match standing.deadline() {
        Some(it) => {
            let at = cell(it.at_ms, zone);
            let what = it.data_type.label();
            say::deadline(&at, it.at_ms <= now_ms, what, it.keeps.days, it.keeps.told)
        }
        None if standing.sum().pending > 0 => say::ENDLESS.to_owned(),
        None => say::NO_DEADLINE.to_owned(),
    }
}

fn next(backup: &Backup, due_ms: Option<i64>, now_ms: i64, zone: &Zone) -> String {
    match due_ms {
        _ if !backup.enabled => say::NONE_WHILE_OFF.to_owned(),
        Some(due) if due > now_ms => cell(due, zone),
        _ => say::AT_ONCE.to_owned(),
    }
}

fn past(standing: &Standing, zone: &Zone) -> String {
    let shown = |at| cell(at, zone);
    let sentence = match standing.back_fill() {
        Some(left) => say::past_left(&shown(left.start_ms()), &shown(left.end_ms())),
        None if standing.timetable.wants_history() => say::PAST_DONE.to_owned(),
        None => say::NO_PAST.to_owned(),
    };
    match standing.rests_ms {
        Some(since) => format!("{}; {sentence}", say::paused(&shown(since))),
        None => sentence,
    }
}

fn troubles(subject: &Subject) -> Vec<String> {
    let used = subject.used.iter();
    used.flat_map(|it| [&it.source_trouble, &it.destination_trouble])
        .flatten()
        .cloned()
        .collect()
}

/// A line for each reason, the most frequent first; and one more where not all
/// that is pending was looked at.
fn waiting(open: &[Open], pending: u64) -> Vec<String> {
    let more = open.len() >= LOOKED_THROUGH as usize;
    let mut reasons: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for one in open {
        if let EntryState::Pending(why) = &one.state {
            let line = reasons
                .entry(why.word())
                .or_insert((0, statuses::waiting(why)));
            line.0 += 1;
        }
    }
    let mut lines: Vec<_> = reasons.into_values().collect();
    lines.sort_by_key(|(items, _)| std::cmp::Reverse(*items));
    let seen: usize = lines.iter().map(|(items, _)| items).sum();
    let mut lines: Vec<String> = lines
        .into_iter()
        .map(|(items, why)| say::waiting(items, why))
        .collect();
    if more && pending > seen as u64 {
        lines.push(say::WAITING_MORE.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::data_type::DataType;
    use domain::ledger::Pending;

    fn open(state: EntryState) -> Open {
        Open {
            item: "fax/1".to_owned(),
            data_type: DataType::Fax,
            extension: None,
            at_ms: 0,
            state,
            cause: String::new(),
        }
    }

    #[test]
    fn reasons_are_counted_and_what_was_not_looked_at_is_told() {
        let mut all = vec![
            open(EntryState::Pending(Pending::New)),
            open(EntryState::Pending(Pending::Forbidden)),
            open(EntryState::Pending(Pending::Forbidden)),
            open(EntryState::Missing),
        ];
        let lines = waiting(&all, 3);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("2 items: not permitted"), "{lines:?}");
        assert!(lines[1].starts_with("1 item: seen"), "{lines:?}");
        // Most of what is open may be excluded by a rule.
        all.resize(LOOKED_THROUGH as usize, open(EntryState::Excluded));
        assert_eq!(waiting(&all, 3).len(), 2, "all of it was seen");
        let lines = waiting(&all, 9_000);
        assert_eq!(lines.last().unwrap(), say::WAITING_MORE);
    }
}
