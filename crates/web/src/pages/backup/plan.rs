//! The plan of a Backup: when it runs, what is archived, what is pending and
//! why. Drawn with the page, and alone for the script that renews it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract;
use axum::response::Response;
use domain::connection::Backup;
use domain::ledger::{Count, EntryState, Open};
use domain::session::SignedIn;
use domain::timetable::Timetable;
use domain::window::Window;

use crate::error::PageError;
use crate::form::Query;
use crate::format::{cell, offset};
use crate::pace::Speed;
use crate::part::{part, sentence};
use crate::size;
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
    now: &'static str,
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
    waiting: Vec<String>,
    past: String,
    /// Whether what was before it was turned on is archived too.
    pub(super) wants_past: bool,
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
    let (account, store, ever) = (&backup.account, &state.store, Window::EVER);
    let now_ms = state.now_ms();
    let zone = Zone::of_viewer(state, who, None).await?;
    let timetable = store.timetable(account, &backup.id).await?;
    let running = store.is_running(account, &backup.id).await?;
    let counts = store.counts(account, backup, ever).await?;
    let total = counts
        .values()
        .fold(Count::default(), |sum, &it| sum.plus(it));
    let open = store
        .open_entries(account, backup, ever, LOOKED_THROUGH)
        .await?;
    let speed = state.pace.note(&backup.id, now_ms, total);
    Ok(Plan {
        running,
        files: say::files(total.files, &size::words(total.bytes)),
        pace: speed.filter(|_| running).map(pace),
        enabled: backup.enabled,
        now: match (running, backup.enabled) {
            (true, _) => say::RUNNING,
            (false, true) => say::IDLE,
            (false, false) => say::IS_OFF_NOW,
        },
        soon: backup.enabled && timetable.due_ms.is_none_or(|due| due <= now_ms),
        next: next(backup, &timetable, now_ms, &zone),
        last: timetable
            .ran_ms
            .map_or_else(|| say::NEVER.to_owned(), |at| cell(at, &zone.rules)),
        to: subject::label(state, account, &backup.destination).await?,
        zone: say::zone(&zone.name, &offset(now_ms, &zone.rules)),
        archived: total.archived,
        pending: total.pending,
        missing: total.missing,
        waiting: waiting(&open, total.pending),
        past: past(&timetable, &zone),
        wants_past: timetable.wants_history(),
        troubles: troubles(subject),
    })
}

fn pace(speed: Speed) -> String {
    let pace = say::pace(speed.files, &size::words(speed.bytes));
    match speed.minutes_left {
        Some(minutes) => format!("{pace}; {}", say::left(minutes)),
        None => pace,
    }
}

fn next(backup: &Backup, timetable: &Timetable, now_ms: i64, zone: &Zone) -> String {
    match timetable.due_ms {
        _ if !backup.enabled => say::NONE_WHILE_OFF.to_owned(),
        Some(due) if due > now_ms => cell(due, &zone.rules),
        _ => say::AT_ONCE.to_owned(),
    }
}

fn past(timetable: &Timetable, zone: &Zone) -> String {
    let shown = |at| cell(at, &zone.rules);
    match timetable.back_fill() {
        Some(left) => say::past_left(&shown(left.start_ms()), &shown(left.end_ms())),
        None if timetable.wants_history() => say::PAST_DONE.to_owned(),
        None => say::NO_PAST.to_owned(),
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
