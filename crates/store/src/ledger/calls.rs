//! Calls: rows of the call log, recorded or not. Kept beside the Ledger, for a
//! recording may appear on one later.

use std::collections::{BTreeMap, HashMap};

use domain::account::AccountId;
use domain::call::Call;
use domain::window::DAY_MS;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::item_row::extension_of;
use super::resight::merged_facts;
use crate::fault::Fault;
use crate::list::{json, keys, list, plain};
use crate::statements::statements;

statements! {
    KNOWN_CALLS = "select c.id, c.extension_id, c.at_ms, c.facts, c.result, c.recordings,
            c.unfinished, c.last_seen_ms
        from json_each($2) as r cross join call c
        where c.account_id = $1 and c.id = r.key";

    KEEP_CALLS = "insert into call (account_id, id, extension_id, at_ms, facts, result, recordings,
            unfinished, first_seen_ms, last_seen_ms)
        select $1, r.key, r.value ->> 'extension', cast(r.value ->> 'at_ms' as bigint),
            r.value ->> 'facts', r.value ->> 'result', cast(r.value ->> 'recordings' as bigint),
            cast(r.value ->> 'unfinished' as bigint), cast($3 as bigint), cast($3 as bigint)
        from json_each($2) as r where true
        on conflict (account_id, id) do update set extension_id = excluded.extension_id,
            at_ms = excluded.at_ms, facts = excluded.facts, result = excluded.result,
            recordings = excluded.recordings, unfinished = excluded.unfinished,
            last_seen_ms = excluded.last_seen_ms";
}

#[derive(Serialize)]
struct CallRow {
    extension: Option<String>,
    at_ms: i64,
    facts: String,
    result: String,
    recordings: usize,
    unfinished: i64,
}

/// Notes what a page of a call log showed.
pub(super) async fn note(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    calls: &[Call],
    now_ms: i64,
) -> Result<(), Fault> {
    let rows = sqlx::query(KNOWN_CALLS)
        .bind(account.as_str())
        .bind(keys(calls.iter().map(|it| it.id.as_str()))?)
        .fetch_all(&mut **tx)
        .await?;
    let mut book = HashMap::new();
    for row in &rows {
        if let Ok(known) = call_of(row) {
            book.insert(
                known.id.clone(),
                (known, row.try_get::<i64, _>("last_seen_ms")?),
            );
        }
    }
    let mut changed = BTreeMap::new();
    for seen in calls {
        let key = plain(&seen.id);
        let before = book.remove(&key);
        let call = match &before {
            Some((known, _)) => merged_call(known.clone(), seen),
            None => seen.clone(),
        };
        if !before.is_some_and(|(known, at)| known == call && now_ms - at < DAY_MS) {
            changed.insert(key.clone(), call_row(&call)?);
        }
        book.insert(key, (call, now_ms));
    }
    if changed.is_empty() {
        return Ok(());
    }
    sqlx::query(KEEP_CALLS)
        .bind(account.as_str())
        .bind(list(&changed)?)
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The newest listing is right; what it does not tell stays known.
fn merged_call(known: Call, seen: &Call) -> Call {
    let seen = seen.clone();
    Call {
        id: known.id,
        extension: seen.extension.or(known.extension),
        facts: merged_facts(known.facts, seen.facts),
        result: if seen.result.is_empty() {
            known.result
        } else {
            seen.result
        },
        ..seen
    }
}

fn call_row(call: &Call) -> Result<CallRow, Fault> {
    Ok(CallRow {
        extension: call.extension.as_ref().map(|it| it.as_str().to_owned()),
        at_ms: call.at_ms,
        facts: json(&call.facts)?,
        result: call.result.clone(),
        recordings: call.recordings,
        unfinished: i64::from(call.unfinished),
    })
}

fn call_of(row: &AnyRow) -> Result<Call, Fault> {
    let recordings: i64 = row.try_get("recordings")?;
    Ok(Call {
        id: row.try_get("id")?,
        extension: extension_of(row)?,
        at_ms: row.try_get("at_ms")?,
        facts: serde_json::from_str(row.try_get("facts")?)?,
        result: row.try_get("result")?,
        recordings: usize::try_from(recordings).unwrap_or(0),
        unfinished: row.try_get::<i64, _>("unfinished")? != 0,
    })
}
