//! How things look as JSON: the words of the pages, instants as RFC 3339 in
//! UTC, ids as strings.

use std::collections::BTreeMap;

use domain::alarm::Standing as Alarm;
use domain::audit::Link;
use domain::connection::{Backup, Connection};
use domain::data_type::DataType;
use domain::event::Event;
use domain::holding::Holding;
use domain::ledger::Count;
use domain::ports::EntryLine;
use domain::proof::{Discrepancy, Proof, Tally};
use domain::reconciliation::Reconciliation;
use domain::retention::Deadline;
use domain::scrub::Scrub;
use domain::search::Hit;
use domain::session::ApiToken;
use domain::task::Task;
use domain::window::{Window, instant};
use serde_json::{Map, Value, json};

use crate::covered::{Covered, Line, NamedGap};
use crate::standing::Standing;
use crate::texts::alarms;

/// An instant.
pub fn at(ms: i64) -> Value {
    Value::String(instant(ms).to_string())
}

fn maybe_at(ms: Option<i64>) -> Value {
    ms.map_or(Value::Null, at)
}

/// Counts by data type, all four of them.
pub fn counts(counts: &BTreeMap<DataType, Count>) -> Value {
    let one = |kind: DataType| {
        let count = counts.get(&kind).copied().unwrap_or_default();
        (kind.word().to_owned(), count_of(count))
    };
    Value::Object(DataType::ALL.into_iter().map(one).collect())
}

fn count_of(count: Count) -> Value {
    json!({
        "archived": count.archived, "pending": count.pending, "missing": count.missing,
        "excluded": count.excluded, "files": count.files, "bytes": count.bytes,
    })
}

/// A day of the proof.
pub fn day(it: &Reconciliation) -> Value {
    let count = it.count;
    json!({
        "day": at(it.day_ms), "listed": it.listed.map(|(units, _)| units),
        "listed_at": maybe_at(it.listed.map(|(_, at_ms)| at_ms)),
        "archived": count.archived, "pending": count.pending, "missing": count.missing,
        "excluded": count.excluded, "unexplained": it.unexplained,
    })
}

/// What came of a verification.
pub fn proof(it: &Proof) -> Value {
    let tally = |listed: u64, tally: Tally| {
        json!({
            "listed": listed, "archived": tally.archived, "pending": tally.pending,
            "missing": tally.missing, "excluded": tally.excluded,
        })
    };
    let by_type = it.counts.iter().map(|(kind, count)| {
        let listed = it.listed.get(kind).copied().unwrap_or(0);
        (kind.word().to_owned(), tally(listed, *count))
    });
    let by_kind = Discrepancy::ALL.into_iter().map(|kind| {
        let count = it.discrepancies.get(&kind).copied().unwrap_or(0);
        (kind.word().to_owned(), Value::from(count))
    });
    json!({
        "from": at(it.from_ms), "to": at(it.to_ms), "begun": at(it.begun_ms),
        "ended": at(it.ended_ms), "deep": it.deep, "holds": it.holds(),
        "counts": by_type.collect::<Map<_, _>>(),
        "total": tally(it.listed.values().sum(), it.total()),
        "files": it.files, "bytes_read": it.bytes_read,
        "discrepancies": by_kind.collect::<Map<_, _>>(), "gaps": it.gaps,
    })
}

/// How far the care for an archive is. The path where it stands is nobody's
/// business.
pub fn scrub(it: &Scrub) -> Value {
    json!({
        "looked": maybe_at(it.looked_ms), "read": maybe_at(it.read_ms),
        "round": maybe_at(it.round_ms), "files": it.files, "bytes": it.bytes,
        "damaged": it.damaged,
    })
}

/// A Link of the audit log, with all that its hash is made of.
pub fn link(it: &Link) -> Value {
    json!({
        "account": it.account, "seq": it.seq, "at_ms": it.at_ms, "actor": it.actor,
        "action": it.action, "target": it.target, "result": it.result,
        "previous": it.previous, "hash": it.hash, "seal": it.seal,
    })
}

/// An Alarm that stands, with its words.
pub fn alarm(it: &Alarm) -> Value {
    let key = &it.alarm.key;
    json!({
        "account": key.account, "kind": key.kind.word(), "about": key.about,
        "since": at(it.since_ms), "what": it.alarm.what,
        "means": alarms::means(key.kind), "remedy": alarms::remedy(key.kind),
    })
}

/// A Connection, without anything that opens it.
pub fn connection(it: &Connection) -> Value {
    json!({
        "id": it.id, "extension": it.viewer, "destination": it.destination,
        "connected": it.connected, "headless": it.headless,
        "source_trouble": it.source_trouble, "destination_trouble": it.destination_trouble,
    })
}

/// A Backup as it stands at a time.
pub fn backup(it: &Backup, standing: &Standing, now_ms: i64) -> Value {
    let plan = &standing.timetable;
    json!({
        "id": it.id, "scope": it.scope.word(), "connection": it.connection,
        "destination": it.destination, "enabled": it.enabled,
        "types": it.types.iter().map(|kind| kind.word()).collect::<Vec<_>>(),
        "running": standing.running(), "last_run": maybe_at(plan.ran_ms),
        "next_run": if it.enabled { maybe_at(plan.due_ms) } else { Value::Null },
        "counts": counts(&standing.totals.counts),
        "history": {
            "wanted": plan.wants_history(), "left": maybe_span(standing.back_fill()),
            "paused_since": maybe_at(standing.rests_ms),
        },
        "progress": progress(standing, now_ms), "deadline": maybe_deadline(standing.deadline()),
    })
}

fn maybe_span(span: Option<Window>) -> Value {
    span.map_or(
        Value::Null,
        |it| json!({ "from": at(it.start_ms()), "to": at(it.end_ms()) }),
    )
}

/// The run that is at work, and what is left at its pace.
fn progress(standing: &Standing, now_ms: i64) -> Value {
    let Some(run) = standing.at_work() else {
        return Value::Null;
    };
    let pace = standing.pace(now_ms);
    let left = standing.left(now_ms);
    json!({
        "began": at(run.began_ms), "listing": maybe_span(run.listing),
        "portions": run.portions, "portions_done": run.portions_done,
        "found": run.found, "archived": run.archived, "bytes": run.bytes,
        "missing": run.missing, "failed_tries": run.failed,
        "files_a_minute": pace.map(|it| it.files), "bytes_a_minute": pace.map(|it| it.bytes),
        "minutes_left": left.map(|it| it.minutes),
        "minutes_left_estimated": left.map(|it| it.estimated),
    })
}

/// When the first of what is pending is deleted at the source's provider.
fn maybe_deadline(deadline: Option<Deadline>) -> Value {
    deadline.map_or(Value::Null, |it| {
        json!({
            "at": at(it.at_ms), "type": it.data_type.word(), "kept_days": it.keeps.days,
            "told_by_ringcentral": it.keeps.told,
        })
    })
}

/// A row of the LOG.
pub fn task(it: &Task) -> Value {
    json!({
        "from": at(it.window.start_ms()), "to": at(it.window.end_ms()),
        "status": it.status().word(), "job_start": maybe_at(it.started_ms),
        "job_end": maybe_at(it.ended_ms), "counts": counts(&it.counts),
    })
}

/// An Entry inside a row.
pub fn entry(it: &EntryLine) -> Value {
    json!({
        "item": it.item, "type": it.data_type.word(), "extension": it.extension,
        "at": at(it.at_ms), "state": it.state.word(), "cause": it.cause, "path": it.path,
        "size": it.size, "next_try": maybe_at(it.next_try_ms),
    })
}

/// What was found.
pub fn hit(it: &Hit) -> Value {
    let facts = &it.facts;
    json!({
        "item": it.item, "type": it.data_type.word(), "extension": it.extension,
        "at": at(it.at_ms), "direction": facts.direction, "from": facts.from, "to": facts.to,
        "seconds": facts.seconds, "pages": facts.pages, "text": facts.text,
        "file_name": facts.file_name, "conversation": facts.conversation_id,
        "state": it.state.word(), "cause": it.cause, "path": it.path, "size": it.size,
    })
}

/// A part of a recording or message as it is kept.
pub fn holding(it: &Holding) -> Value {
    let mut value = hit(&it.hit);
    value["sha256"] = json!(it.sha256);
    value["receipt"] = json!(it.receipt);
    value
}

/// What is covered, without its lines.
pub fn coverage(it: &Covered) -> Value {
    let days = it.all_days().into_iter().map(|day_ms| {
        let (state, count) = it.day(day_ms);
        json!({ "day": at(day_ms), "state": state.word(), "count": count_of(count) })
    });
    json!({
        "counts": counts(&it.totals), "total": count_of(it.sum()),
        "asked": maybe_span(it.asked),
        "gaps": it.gaps.iter().map(gap).collect::<Vec<_>>(),
        "days": days.collect::<Vec<_>>(),
        "deadline": maybe_deadline(it.deadline),
    })
}

/// A person and type of it.
pub fn covered_line(it: &Line) -> Value {
    let lost = it.lost.iter();
    let lost = lost.map(|(cause, files)| json!({ "cause": cause, "files": files }));
    json!({
        "extension": it.extension, "number": it.number, "name": it.name,
        "left": maybe_at(it.left_ms), "type": it.data_type.word(),
        "first": maybe_at(it.first_ms), "last": maybe_at(it.last_ms),
        "count": count_of(it.count), "missing": lost.collect::<Vec<_>>(),
        "listed_to": maybe_at(it.listed_to_ms),
        "not_permitted": it.hidden.as_ref().map(|it| {
            json!({ "since": at(it.since_ms), "cause": it.cause })
        }),
    })
}

fn gap(it: &NamedGap) -> Value {
    let window = it.gap.window;
    json!({
        "from": at(window.start_ms()), "to": at(window.end_ms()), "why": it.gap.why.word(),
        "lanes": it.lanes, "cause": it.why,
    })
}

/// An Event of a row.
pub fn event(it: &Event) -> Value {
    json!({
        "at": at(it.at_ms), "level": it.level.word(), "about": it.about, "what": it.what,
    })
}

/// A token, without what makes it one.
pub fn token(it: &ApiToken) -> Value {
    json!({
        "id": it.id, "name": it.name, "account_wide": it.admin, "may_change": it.may_change,
        "made": at(it.made_ms), "ends": at(it.ends_ms), "used": maybe_at(it.used_ms),
    })
}
