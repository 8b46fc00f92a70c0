//! Enters what manifests tell of into a Ledger that has lost it. What is known
//! already stays as it is.

use std::collections::BTreeMap;

use domain::account::AccountId;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::item::{Facts, Fetch, Item};
use domain::manifest::Entered;
use domain::media::Expected;
use serde::Serialize;
use sqlx::{Any, Transaction};

use crate::database::Database;
use crate::fault::Fault;
use crate::ledger::{ItemRow, changed_at, whole};
use crate::list::{list, plain};
use crate::search;
use crate::statements::statements;

statements! {
    ENTER_ITEMS = "insert into item (account_id, item_key, extension_id, at_ms, facts,
            bytes_from, expected, size, first_seen_ms, last_seen_ms)
        select $1, r.key, r.value ->> 'extension', cast(r.value ->> 'at_ms' as bigint),
            r.value ->> 'facts', r.value ->> 'bytes_from', r.value ->> 'expected',
            cast(r.value ->> 'size' as bigint), cast($3 as bigint), 0
        from json_each($2) as r where true
        on conflict (account_id, item_key) do nothing";

    ENTER_ENTRIES = "insert into entry (account_id, destination_id, item_key, data_type, unit,
            at_ms, stem, state, cause, waiting, attempts, path, size, sha256, receipt_size,
            receipt_hash, first_seen_ms, manifest)
        select $1, $2, r.key, r.value ->> 'data_type', r.value ->> 'unit',
            cast(r.value ->> 'at_ms' as bigint), r.value ->> 'stem', 'archived', '', 0, 0,
            r.value ->> 'path', cast(r.value ->> 'size' as bigint), r.value ->> 'sha256',
            cast(r.value ->> 'size' as bigint), r.value ->> 'hash', cast($4 as bigint), -1
        from json_each($3) as r where true
        on conflict do nothing";

    /// Not what has no Entry because another one lies at its path: a Backup's
    /// item always has a state.
    ENTER_MINE = "insert into backup_item (account_id, backup_id, at_ms, item_key)
        select $1, $2, cast(cast(r.value as text) as bigint), r.key
        from json_each($3) as r where exists (select 1 from entry e where e.account_id = $1
            and e.destination_id = $4 and e.item_key = r.key)
        on conflict (account_id, backup_id, at_ms, item_key) do nothing";
}

/// Rows that go to the database at once.
const CHUNK: usize = 500;

#[derive(Serialize)]
struct EntryRow<'a> {
    data_type: &'static str,
    unit: &'a str,
    at_ms: i64,
    stem: &'a str,
    path: &'a str,
    size: i64,
    sha256: &'a str,
    hash: &'a str,
}

impl Database {
    pub(crate) async fn enter_all(
        &self,
        account: &AccountId,
        backup: &Backup,
        entered: &[Entered],
        now_ms: i64,
    ) -> Result<u64, Fault> {
        let mut tx = self.begin(account).await?;
        let mut all = 0;
        for chunk in entered.chunks(CHUNK) {
            all += enter_some(&mut tx, account, backup, chunk, now_ms).await?;
            let entered = chunk.iter().map(|it| plain(&it.item.key()));
            search::keep_known(self.engine, &mut tx, account, &backup.id, entered).await?;
        }
        tx.commit().await?;
        Ok(all)
    }
}

async fn enter_some(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &Backup,
    entered: &[Entered],
    now_ms: i64,
) -> Result<u64, Fault> {
    let mut items = BTreeMap::new();
    let mut entries = BTreeMap::new();
    let mut mine = BTreeMap::new();
    for one in entered {
        let key = plain(&one.item.key());
        items.insert(key.clone(), ItemRow::of(&item(one))?);
        entries.insert(key.clone(), entry(one));
        mine.insert(key, one.at_ms);
    }
    sqlx::query(ENTER_ITEMS)
        .bind(account.as_str())
        .bind(list(&items)?)
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    let done = sqlx::query(ENTER_ENTRIES)
        .bind(account.as_str())
        .bind(backup.destination.as_str())
        .bind(list(&entries)?)
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    sqlx::query(ENTER_MINE)
        .bind(account.as_str())
        .bind(backup.id.as_str())
        .bind(list(&mine)?)
        .bind(backup.destination.as_str())
        .execute(&mut **tx)
        .await?;
    let times = entered.iter().map(|it| it.at_ms);
    changed_at(tx, account, &backup.destination, times).await?;
    Ok(done.rows_affected())
}

/// As much of the item as can be known; the next listing tells the rest.
fn item(one: &Entered) -> Item {
    Item {
        id: one.item.clone(),
        extension: one.extension.clone(),
        at_ms: one.at_ms,
        facts: Facts::default(),
        fetch: Fetch::Nothing,
        expected: match (one.item.data_type, &one.item.part) {
            (DataType::CallRecording, _) => Expected::Audio,
            (DataType::Sms, None) => Expected::Text,
            _ => Expected::Anything,
        },
        size: None,
    }
}

fn entry(one: &Entered) -> EntryRow<'_> {
    let path = one.exhibit.path.as_str();
    EntryRow {
        data_type: one.item.data_type.word(),
        unit: &one.item.unit,
        at_ms: one.at_ms,
        stem: one.exhibit.path.stem(),
        path,
        size: whole(one.exhibit.size),
        sha256: &one.exhibit.sha256,
        hash: &one.exhibit.hash,
    }
}
