//! Writes down what became of tries.

use std::collections::{BTreeMap, HashMap};

use domain::account::AccountId;
use domain::item::ItemId;
use domain::ledger::{DestinationId, Outcome, Pending};
use domain::window::HOUR_MS;
use domain::{Error, Kind, Verdict};
use serde::Serialize;
use sqlx::{Any, Row, Transaction};

use super::days;
use super::item_row::whole;
use crate::database::Database;
use crate::fault::Fault;
use crate::list::{keys, list, plain};
use crate::statements::statements;

statements! {
    /// Items that have no Entry to settle.
    NEVER_NOTED = "select count(*) from json_each($3) as r
        where not exists (select 1 from entry e where e.account_id = $1
            and e.destination_id = $2 and e.item_key = r.key)";

    /// Who holds the paths.
    HELD = "select e.path, e.item_key from json_each($3) as r
        cross join entry e where e.account_id = $1 and e.destination_id = $2
            and e.path = r.key and e.state = 'archived'";

    /// An update in the form of an insert that always meets its row: only so
    /// do both databases look each row up instead of reading the whole book.
    SETTLE = "insert into entry (account_id, destination_id, item_key, data_type, unit, at_ms,
            stem, state, reason, cause, waiting, next_try_ms, attempts, path, size, sha256,
            receipt_size, receipt_hash, revision, first_seen_ms, first_work_ms, last_work_ms)
        select e.account_id, e.destination_id, e.item_key, e.data_type, e.unit, e.at_ms, e.stem,
            r.value ->> 'state', r.value ->> 'reason', r.value ->> 'cause',
            cast(r.value ->> 'waiting' as bigint), cast(r.value ->> 'next_try_ms' as bigint),
            e.attempts + cast(r.value ->> 'counts' as bigint), r.value ->> 'path',
            cast(r.value ->> 'size' as bigint), r.value ->> 'sha256',
            cast(r.value ->> 'receipt_size' as bigint), r.value ->> 'receipt_hash',
            r.value ->> 'revision', e.first_seen_ms,
            coalesce(e.first_work_ms, cast($4 as bigint)), cast($4 as bigint)
        from json_each($3) as r cross join entry e
        where e.account_id = $1 and e.destination_id = $2 and e.item_key = r.key
            and e.state <> 'archived'
        on conflict (account_id, destination_id, item_key) do update set
            state = excluded.state, reason = excluded.reason, cause = excluded.cause,
            waiting = excluded.waiting, next_try_ms = excluded.next_try_ms,
            attempts = excluded.attempts, path = excluded.path, size = excluded.size,
            sha256 = excluded.sha256, receipt_size = excluded.receipt_size,
            receipt_hash = excluded.receipt_hash, revision = excluded.revision,
            first_work_ms = excluded.first_work_ms, last_work_ms = excluded.last_work_ms,
            manifest = 0";
}

/// Rows that go to the database at once.
const CHUNK: usize = 500;

#[derive(Default, Serialize)]
struct OutcomeRow<'a> {
    state: &'static str,
    reason: Option<&'static str>,
    cause: &'a str,
    waiting: i64,
    next_try_ms: Option<i64>,
    counts: i64,
    path: Option<&'a str>,
    size: Option<i64>,
    sha256: Option<&'a str>,
    receipt_size: Option<i64>,
    receipt_hash: Option<&'a str>,
    revision: Option<&'a str>,
}

impl Database {
    pub(super) async fn settle_all(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        outcomes: &[(ItemId, Outcome)],
        now_ms: i64,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        for chunk in outcomes.chunks(CHUNK) {
            let chunk: Vec<_> = chunk
                .iter()
                .map(|(id, it)| (plain(&id.key()), it))
                .collect();
            all_noted(&mut tx, account, destination, &chunk).await?;
            let mut held = held(&mut tx, account, destination, &chunk).await?;
            for round in rounds(&chunk, &mut held, now_ms) {
                sqlx::query(SETTLE)
                    .bind(account.as_str())
                    .bind(destination.as_str())
                    .bind(list(&round)?)
                    .bind(now_ms)
                    .execute(&mut *tx)
                    .await?;
            }
            let items = chunk.iter().map(|(key, _)| key.as_str());
            days::changed_items(&mut tx, account, destination, items).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What is archived must have an Entry to say so; silence would lose it.
async fn all_noted(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    destination: &DestinationId,
    outcomes: &[(String, &Outcome)],
) -> Result<(), Fault> {
    let unknown: i64 = sqlx::query_scalar(NEVER_NOTED)
        .bind(account.as_str())
        .bind(destination.as_str())
        .bind(keys(outcomes.iter().map(|(key, _)| key.as_str()))?)
        .fetch_one(&mut **tx)
        .await?;
    if unknown == 0 {
        return Ok(());
    }
    let what = format!("{unknown} of the items were never noted for this destination");
    Err(Error::new(Kind::Storage, what)
        .verdict_is(Verdict::GiveUp)
        .into())
}

/// Path to item, of the paths that these outcomes name.
async fn held(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    destination: &DestinationId,
    outcomes: &[(String, &Outcome)],
) -> Result<HashMap<String, String>, Fault> {
    let paths = outcomes.iter().filter_map(|(_, outcome)| match outcome {
        Outcome::Archived { path, .. } => Some(path.as_str()),
        _ => None,
    });
    let rows = sqlx::query(HELD)
        .bind(account.as_str())
        .bind(destination.as_str())
        .bind(keys(paths)?)
        .fetch_all(&mut **tx)
        .await?;
    let pairs = rows
        .iter()
        .map(|row| Ok((row.try_get("path")?, row.try_get("item_key")?)));
    pairs.collect()
}

/// The rows to write, in rounds: an item comes once in each, so that several
/// outcomes of one item take effect one after the other.
fn rounds<'a>(
    outcomes: &[(String, &'a Outcome)],
    held: &mut HashMap<String, String>,
    now_ms: i64,
) -> Vec<BTreeMap<String, OutcomeRow<'a>>> {
    let mut rounds = vec![BTreeMap::new()];
    for (key, outcome) in outcomes {
        let row = outcome_row(key, outcome, held, now_ms);
        if rounds.last().is_some_and(|round| round.contains_key(key)) {
            rounds.push(BTreeMap::new());
        }
        if let Some(round) = rounds.last_mut() {
            round.insert(key.clone(), row);
        }
    }
    rounds
}

fn outcome_row<'a>(
    key: &str,
    outcome: &'a Outcome,
    held: &mut HashMap<String, String>,
    now_ms: i64,
) -> OutcomeRow<'a> {
    match outcome {
        Outcome::Archived {
            path,
            fingerprint,
            receipt,
        } => {
            let holder = held
                .entry(path.as_str().to_owned())
                .or_insert_with(|| key.to_owned());
            if holder != key {
                return claimed_twice(now_ms);
            }
            OutcomeRow {
                state: "archived",
                path: Some(path.as_str()),
                size: Some(whole(fingerprint.size)),
                sha256: Some(&fingerprint.sha256),
                receipt_size: Some(whole(receipt.size)),
                receipt_hash: Some(&receipt.hash),
                revision: receipt.revision.as_deref(),
                ..OutcomeRow::default()
            }
        }
        Outcome::Pending {
            reason,
            cause,
            next_try_ms,
            counts,
        } => OutcomeRow {
            state: "pending",
            reason: Some(reason.word()),
            cause,
            waiting: i64::from(*next_try_ms > now_ms),
            next_try_ms: Some(*next_try_ms),
            counts: i64::from(*counts),
            ..OutcomeRow::default()
        },
        Outcome::Missing { cause } => OutcomeRow {
            state: "missing",
            cause,
            ..OutcomeRow::default()
        },
    }
}

/// One file cannot prove two items. The second one stays pending and says so;
/// all others go on.
fn claimed_twice(now_ms: i64) -> OutcomeRow<'static> {
    OutcomeRow {
        state: "pending",
        reason: Some(Pending::Failed.word()),
        cause: "the file at its path already belongs to another item",
        waiting: 1,
        next_try_ms: Some(now_ms + HOUR_MS),
        counts: 1,
        ..OutcomeRow::default()
    }
}
