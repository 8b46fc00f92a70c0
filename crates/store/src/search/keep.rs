//! Keeps the index in step with the items: called where items are written, in
//! the same transaction, and for all of them when the index is made.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::account::AccountId;
use domain::connection::BackupId;
use domain::item::Item;
use domain::search::{Document, Place, backup_mark};
use serde::Serialize;
use sqlx::{Any, Row, Transaction};

use super::words;
use crate::database::Engine;
use crate::fault::Fault;
use crate::ledger::item_of;
use crate::list::{keys, plain};
use crate::statements::statements;

statements! {
    PLACED = "select s.item_key, s.id, s.backups from json_each($2) as r cross join search s
        where s.account_id = $1 and s.item_key = r.key";

    TAKEN = "select s.id from json_each($1) as r cross join search s
        where s.id = cast(r.key as bigint)";

    KNOWN_ITEMS = "select i.item_key, i.extension_id, i.at_ms, i.facts, i.bytes_from, i.expected,
            i.size
        from json_each($2) as r cross join item i
        where i.account_id = $1 and i.item_key = r.key";

    ALL_BACKUPS = "select account_id, id from backup
        where (account_id, id) > ($1, $2) order by account_id, id limit 1";

    ITEMS_OF_BACKUP = "select at_ms, item_key from backup_item
        where account_id = $1 and backup_id = $2 and (at_ms, item_key) > ($3, $4)
        order by at_ms, item_key limit $5";
}

/// Items that are indexed at once.
const CHUNK: i64 = 500;

/// What is kept of an item.
#[derive(Serialize)]
pub(super) struct SearchRow {
    pub(super) item_key: String,
    pub(super) seconds: i64,
    pub(super) backups: String,
    pub(super) words: String,
}

/// Indexes items of a Backup by their keys, as they now are.
pub(crate) async fn keep(
    engine: Engine,
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &BackupId,
    items: &BTreeMap<String, Item>,
) -> Result<(), Fault> {
    if items.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query(PLACED)
        .bind(account.as_str())
        .bind(keys(items.keys().map(String::as_str))?)
        .fetch_all(&mut **tx)
        .await?;
    let mut known: HashMap<String, (Place, String)> = HashMap::new();
    for row in &rows {
        let stands = (Place(row.try_get("id")?), row.try_get("backups")?);
        known.insert(row.try_get("item_key")?, stands);
    }
    let new = items.iter().filter(|(key, _)| !known.contains_key(*key));
    let mut places = free(tx, account, new.map(|(key, it)| (key.as_str(), it.at_ms))).await?;
    let mine = backup_mark(account, backup);
    let mut kept = BTreeMap::new();
    for (key, item) in items {
        let (place, mut backups) = match known.remove(key) {
            Some((place, backups)) => (place, backups),
            None => (
                places.remove(key.as_str()).unwrap_or(Place(0)),
                String::new(),
            ),
        };
        if !backups.split(' ').any(|it| it == mine) {
            if !backups.is_empty() {
                backups.push(' ');
            }
            backups.push_str(&mine);
        }
        let document = Document::of(item);
        let seconds = item
            .facts
            .seconds
            .map_or(-1, |it| i64::try_from(it).unwrap_or(i64::MAX));
        let row = SearchRow {
            item_key: key.clone(),
            seconds,
            words: words::text(engine, &document, &backups, place),
            backups,
        };
        // In the order of places, which is the one an index is written in best.
        kept.insert(format!("{:020}", place.0), row);
    }
    words::write(engine, tx, account, &kept).await
}

/// A place for each that has none.
async fn free<'a>(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    new: impl Iterator<Item = (&'a str, i64)>,
) -> Result<HashMap<&'a str, Place>, Fault> {
    let mut places = HashMap::new();
    let mut used = BTreeSet::new();
    let mut open: Vec<(&str, Place)> = new
        .map(|(key, at_ms)| (key, Place::of(account, key, at_ms)))
        .collect();
    while !open.is_empty() {
        let asked: Vec<String> = open.iter().map(|(_, it)| it.0.to_string()).collect();
        let taken: Vec<i64> = sqlx::query_scalar(TAKEN)
            .bind(keys(asked.iter().map(String::as_str))?)
            .fetch_all(&mut **tx)
            .await?;
        let taken: BTreeSet<i64> = taken.into_iter().collect();
        let mut again = Vec::new();
        for (key, place) in open {
            if !taken.contains(&place.0) && used.insert(place) {
                places.insert(key, place);
            } else {
                again.push((key, place.next()));
            }
        }
        open = again;
    }
    Ok(places)
}

/// The same of items that are in the book, whatever it says of them.
pub(crate) async fn keep_known(
    engine: Engine,
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &BackupId,
    items: impl Iterator<Item = String>,
) -> Result<(), Fault> {
    let asked: Vec<String> = items.collect();
    let rows = sqlx::query(KNOWN_ITEMS)
        .bind(account.as_str())
        .bind(keys(asked.iter().map(String::as_str))?)
        .fetch_all(&mut **tx)
        .await?;
    let mut items = BTreeMap::new();
    for row in &rows {
        // What cannot be read is written afresh when it is sighted again, and
        // is indexed then.
        if let Ok(item) = item_of(row) {
            items.insert(plain(&item.id.key()), item);
        }
    }
    keep(engine, tx, account, backup, &items).await
}

/// Indexes everything there is, when the index is new.
pub(crate) async fn fill(engine: Engine, tx: &mut Transaction<'_, Any>) -> Result<(), Fault> {
    let mut after = (String::new(), String::new());
    loop {
        let next = sqlx::query(ALL_BACKUPS)
            .bind(&after.0)
            .bind(&after.1)
            .fetch_optional(&mut **tx)
            .await?;
        let Some(next) = next else {
            return Ok(());
        };
        after = (next.try_get("account_id")?, next.try_get("id")?);
        let (account, backup) = (AccountId::new(&after.0), BackupId::new(&after.1));
        fill_backup(engine, tx, &account, &backup).await?;
    }
}

async fn fill_backup(
    engine: Engine,
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &BackupId,
) -> Result<(), Fault> {
    let mut after = (i64::MIN, String::new());
    loop {
        let rows = sqlx::query(ITEMS_OF_BACKUP)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(after.0)
            .bind(&after.1)
            .bind(CHUNK)
            .fetch_all(&mut **tx)
            .await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = (last.try_get("at_ms")?, last.try_get("item_key")?);
        let keys: Result<Vec<String>, _> = rows.iter().map(|it| it.try_get("item_key")).collect();
        keep_known(engine, tx, account, backup, keys?.into_iter()).await?;
    }
}
