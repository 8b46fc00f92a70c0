//! What the database tells of the server's state, without whose it is.

use std::collections::BTreeMap;

use domain::Result;
use domain::connection::{Connection, Scope};
use domain::event::{Event, Level};
use domain::ports::Store;
use domain::window::{Window, instant};
use serde_json::{Map, Value, json};
use web::Standing;

/// No list is looked at further.
const MOST: u32 = 1_000;
/// So many sentences of the LOG are told.
const SENTENCES: usize = 200;

/// The server as a whole.
pub(crate) async fn health(store: &dyn Store, now_ms: i64) -> Result<Value> {
    let (queue, database_ms) = (store.queue().await?, store.database_ms().await?);
    let pending = store.pending(1_000_000).await?;
    let ailing = store.ailing(MOST).await?;
    let oldest = store.unrenewed(i64::MIN / 2, 1).await?;
    let count = |heaps: Vec<domain::alarm::Heap>| heaps.iter().map(|it| it.count).sum::<u64>();
    Ok(json!({
        "clock_ahead_of_database_ms": now_ms.saturating_sub(database_ms),
        "queue": {
            "waits_since": queue.waits_since_ms.map(at),
            "last_taken": queue.served_ms.map(at),
        },
        "pending": pending.by_reason,
        "oldest_pending": pending.oldest_ms.map(at),
        "grants_dead": ailing.len(),
        "oldest_grant_age_s": oldest.first().map(|it| it.age_ms / 1_000),
        "silent_for_a_day": store.silent(now_ms - 86_400_000, i64::MAX / 2, MOST).await?.len(),
        "waiting_for_room": count(store.full(MOST).await?),
        "failed_8_times_or_more": count(store.stuck(MOST).await?),
        "missing_within_a_day": count(store.lost(now_ms - 86_400_000, MOST).await?),
    }))
}

/// What stands.
pub(crate) async fn alarms(store: &dyn Store) -> Result<Value> {
    let standing = store.alarms().await?;
    let all = standing.iter().map(|it| {
        json!({
            "kind": it.alarm.key.kind.word(),
            "since": at(it.since_ms),
            "of_a_company": it.alarm.key.account.is_some(),
        })
    });
    Ok(all.collect())
}

/// Every Backup, by its number.
pub(crate) async fn backups(store: &dyn Store) -> Result<Value> {
    let mut companies = Vec::new();
    for account in store.accounts().await? {
        let connections = store.connections(&account.id).await?;
        let mut backups = Vec::new();
        for backup in store.backups(&account.id).await? {
            let stands = Standing::of(store, &backup).await?;
            let proof = store.proofs(&account.id, &backup.id, 1).await?;
            let connection = connections.iter().find(|it| it.id == backup.connection);
            let scope = match backup.scope {
                Scope::Account => "account",
                Scope::Extension(_) => "extension",
            };
            let words = |it: &domain::data_type::DataType| it.word();
            backups.push(json!({
                "scope": scope,
                "on": backup.enabled,
                "types": backup.types.iter().map(words).collect::<Vec<_>>(),
                "connected": connection.map(|it| it.connected),
                "headless": connection.map(|it| it.headless),
                "in_trouble": connection.is_some_and(is_in_trouble),
                "counts": web::json::counts(&stands.totals.counts),
                "last_run": stands.timetable.ran_ms.map(at),
                "next_run": stands.timetable.due_ms.map(at),
                "at_work": stands.held,
                "history_rests": stands.rests_ms.is_some(),
                "proof": proof.first().map(proven),
            }));
        }
        companies.push(json!({ "connections": connections.len(), "backups": backups }));
    }
    Ok(companies.into())
}

fn is_in_trouble(it: &Connection) -> bool {
    it.source_trouble.is_some() || it.destination_trouble.is_some()
}

fn proven(proof: &domain::proof::Proof) -> Value {
    let counts = proof.discrepancies.iter();
    let counts: Map<String, Value> = counts
        .map(|(kind, count)| (kind.word().to_owned(), (*count).into()))
        .collect();
    json!({
        "ended": at(proof.ended_ms),
        "holds": proof.holds(),
        "deep": proof.deep,
        "discrepancies": counts,
        "gaps": proof.gaps,
    })
}

/// What went wrong, by what it was: how often, and when last.
pub(crate) async fn errors(store: &dyn Store) -> Result<Value> {
    let mut events = Vec::new();
    for account in store.accounts().await? {
        for backup in store.backups(&account.id).await? {
            let id = &backup.id;
            events.extend(store.events(&account.id, id, Window::EVER, MOST).await?);
        }
    }
    Ok(summed(&events))
}

fn summed(events: &[Event]) -> Value {
    let mut by_sentence: BTreeMap<(&str, String), (u64, i64)> = BTreeMap::new();
    for event in events.iter().filter(|it| it.level > Level::Info) {
        let key = (event.level.word(), blotted(&event.what));
        let (times, last_ms) = by_sentence.entry(key).or_insert((0, i64::MIN));
        *times += 1;
        *last_ms = event.at_ms.max(*last_ms);
    }
    let mut all: Vec<_> = by_sentence.into_iter().collect();
    all.sort_by_key(|(_, (_, last_ms))| std::cmp::Reverse(*last_ms));
    let told = all.into_iter().take(SENTENCES);
    let told = told.map(|((level, what), (times, last_ms))| {
        json!({ "level": level, "what": what, "times": times, "last": at(last_ms) })
    });
    told.collect()
}

/// A sentence without its numbers of more than three digits: ids of people and
/// mailboxes stand in some.
fn blotted(what: &str) -> String {
    let mut out = String::with_capacity(what.len());
    let mut digits = String::new();
    for it in what.chars().chain(std::iter::once('\0')) {
        if it.is_ascii_digit() {
            digits.push(it);
            continue;
        }
        match digits.len() {
            0..=3 => out.push_str(&digits),
            _ => out.push('…'),
        }
        digits.clear();
        if it != '\0' {
            out.push(it);
        }
    }
    out
}

fn at(ms: i64) -> String {
    instant(ms).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told_once_and_without_numbers() {
        let event = |at_ms, level, what: &str| Event {
            at_ms,
            level,
            about: "sms/401234567".to_owned(),
            belongs_ms: at_ms,
            what: what.to_owned(),
        };
        let told = summed(&[
            event(
                1,
                Level::Warning,
                "listing messages/62264006: CMN-404 (after 3 tries)",
            ),
            event(
                3,
                Level::Warning,
                "listing messages/62264007: CMN-404 (after 3 tries)",
            ),
            event(2, Level::Info, "well"),
        ]);
        assert_eq!(
            told,
            json!([{
                "level": "warning",
                "what": "listing messages/…: CMN-404 (after 3 tries)",
                "times": 2,
                "last": "1970-01-01T00:00:00.003Z",
            }])
        );
    }
}
