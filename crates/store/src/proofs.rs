//! The book of Proofs, and the stamps on Entries that were found as they
//! should be.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::item::ItemId;
use domain::ledger::{DestinationId, EntryState};
use domain::ports::destination::File;
use domain::ports::{Proofs, Shelved};
use domain::proof::{Claim, Proof};
use domain::window::Window;
use serde::Serialize;
use sqlx::Row;

use crate::database::Database;
use crate::fault::Fault;
use crate::ledger::{changed_items, shelved_of, state_of};
use crate::list::{json, keys, list, plain};
use crate::statements::statements;

statements! {
    CLAIMED = "select r.key, e.item_key, e.at_ms, e.path, e.size, e.sha256, e.receipt_size,
            e.receipt_hash, e.revision
        from json_each($3) as r cross join entry e
        where e.account_id = $1 and e.destination_id = $2 and e.path = r.key
            and e.state = 'archived'";

    STAMP_PROVEN = "update entry set proven_ms = $4
        where account_id = $1 and destination_id = $2 and state = 'archived'
            and item_key in (select r.key from json_each($3) as r)";

    UNPROVEN = "select e.item_key, e.at_ms, e.path, e.size, e.sha256, e.receipt_size,
            e.receipt_hash, e.revision
        from entry e
        where e.account_id = $1 and e.destination_id = $2 and e.state = 'archived'
            and e.path > $6 and e.at_ms >= $4 and e.at_ms < $5 and e.proven_ms <> $7
            and exists (select 1 from backup_item b where b.account_id = $1
                and b.backup_id = $3 and b.at_ms = e.at_ms and b.item_key = e.item_key)
        order by e.path limit $8";

    REOPEN = "update entry set state = 'pending', reason = 'failed',
            cause = (select r.value ->> 'cause' from json_each($3) as r
                where r.key = entry.item_key),
            waiting = 0, next_try_ms = $4, attempts = 0, path = null, size = null,
            sha256 = null, receipt_size = null, receipt_hash = null, revision = null,
            proven_ms = 0, manifest = 0
        where account_id = $1 and destination_id = $2 and state = 'archived'
            and item_key in (select r.key from json_each($3) as r)";

    STANDING = "select e.item_key, e.state, e.reason from json_each($3) as r
        cross join entry e
        where e.account_id = $1 and e.destination_id = $2 and e.item_key = r.key";

    KEEP_PROOF = "insert into proof (account_id, backup_id, begun_ms, facts)
        values ($1, $2, $3, $4)
        on conflict (account_id, backup_id, begun_ms) do update set facts = excluded.facts";

    PROOFS = "select facts from proof where account_id = $1 and backup_id = $2
        order by begun_ms desc limit $3";
}

#[derive(Serialize)]
struct Why<'a> {
    cause: &'a str,
}

/// Rows that go to the database at once.
const CHUNK: usize = 500;

#[async_trait]
impl Proofs for Database {
    async fn compare(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        files: &[File],
        now_ms: i64,
    ) -> Result<Vec<Claim>> {
        let mut claims = Vec::with_capacity(files.len());
        for chunk in files.chunks(CHUNK) {
            let compared = self.attempt("comparing files with the ledger", || {
                self.compare_some(account, destination, chunk, now_ms)
            });
            claims.extend(compared.await?);
        }
        Ok(claims)
    }

    async fn unproven(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        now_ms: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Shelved>> {
        self.attempt("reading what is not proven", || async {
            let rows = sqlx::query(UNPROVEN)
                .bind(account.as_str())
                .bind(backup.destination.as_str())
                .bind(backup.id.as_str())
                .bind(window.start_ms())
                .bind(window.end_ms())
                .bind(after)
                .bind(now_ms)
                .bind(i64::from(limit))
                .fetch_all(&mut *self.reader().await?)
                .await?;
            rows.iter().map(shelved_of).collect()
        })
        .await
    }

    async fn reopen(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        items: &[(ItemId, String)],
        now_ms: i64,
    ) -> Result<u64> {
        self.attempt("reopening entries", || {
            self.reopen_all(account, destination, items, now_ms)
        })
        .await
    }

    async fn standing(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        items: &[ItemId],
    ) -> Result<Vec<Option<EntryState>>> {
        self.attempt("looking items up", || {
            self.look_up(account, destination, items)
        })
        .await
    }

    async fn keep_proof(
        &self,
        account: &AccountId,
        backup: &BackupId,
        proof: &Proof,
    ) -> Result<()> {
        self.attempt("keeping a proof", || async {
            let mut tx = self.begin(account).await?;
            sqlx::query(KEEP_PROOF)
                .bind(account.as_str())
                .bind(backup.as_str())
                .bind(proof.begun_ms)
                .bind(json(proof)?)
                .execute(&mut *tx)
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn proofs(
        &self,
        account: &AccountId,
        backup: &BackupId,
        limit: u32,
    ) -> Result<Vec<Proof>> {
        self.attempt("reading proofs", || async {
            let rows = sqlx::query(PROOFS)
                .bind(account.as_str())
                .bind(backup.as_str())
                .bind(i64::from(limit))
                .fetch_all(&mut *self.reader().await?)
                .await?;
            // One that a newer version wrote is not shown, and is no fault.
            let facts = rows.iter().filter_map(|row| {
                let facts: String = row.try_get("facts").ok()?;
                serde_json::from_str(&facts).ok()
            });
            Ok(facts.collect())
        })
        .await
    }
}

impl Database {
    async fn compare_some(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        files: &[File],
        now_ms: i64,
    ) -> Result<Vec<Claim>, Fault> {
        let paths: Vec<String> = files.iter().map(|it| plain(&it.path)).collect();
        let rows = sqlx::query(CLAIMED)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(keys(paths.iter().map(String::as_str))?)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let mut claimed = HashMap::new();
        for row in &rows {
            claimed.insert(row.try_get::<String, _>("key")?, shelved_of(row)?);
        }
        let mut same = Vec::new();
        let mut claims = Vec::with_capacity(files.len());
        for (path, file) in paths.iter().zip(files) {
            claims.push(match claimed.get(path) {
                Some(shelved) if agrees(shelved, file) => {
                    same.push(plain(&shelved.item.key()));
                    Claim::Same(shelved.item.clone())
                }
                Some(shelved) => Claim::Changed(Box::new(shelved.clone())),
                None => Claim::Nobody,
            });
        }
        self.stamp(account, destination, STAMP_PROVEN, &same, now_ms)
            .await?;
        Ok(claims)
    }

    async fn stamp(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        stamp: &'static str,
        items: &[String],
        now_ms: i64,
    ) -> Result<(), Fault> {
        if items.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin(account).await?;
        for chunk in items.chunks(CHUNK) {
            sqlx::query(stamp)
                .bind(account.as_str())
                .bind(destination.as_str())
                .bind(keys(chunk.iter().map(String::as_str))?)
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    async fn reopen_all(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        items: &[(ItemId, String)],
        now_ms: i64,
    ) -> Result<u64, Fault> {
        let mut tx = self.begin(account).await?;
        let mut reopened = 0;
        for chunk in items.chunks(CHUNK) {
            let causes: BTreeMap<String, Why<'_>> = chunk
                .iter()
                .map(|(id, cause)| (plain(&id.key()), Why { cause }))
                .collect();
            let done = sqlx::query(REOPEN)
                .bind(account.as_str())
                .bind(destination.as_str())
                .bind(list(&causes)?)
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
            reopened += done.rows_affected();
            let items = causes.keys().map(String::as_str);
            changed_items(&mut tx, account, destination, items).await?;
        }
        tx.commit().await?;
        Ok(reopened)
    }

    async fn look_up(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        items: &[ItemId],
    ) -> Result<Vec<Option<EntryState>>, Fault> {
        let all: Vec<String> = items.iter().map(|it| plain(&it.key())).collect();
        let mut known = HashMap::new();
        let mut reader = self.reader().await?;
        for chunk in all.chunks(CHUNK) {
            let rows = sqlx::query(STANDING)
                .bind(account.as_str())
                .bind(destination.as_str())
                .bind(keys(chunk.iter().map(String::as_str))?)
                .fetch_all(&mut *reader)
                .await?;
            for row in &rows {
                let state: String = row.try_get("state")?;
                let reason: Option<String> = row.try_get("reason")?;
                let key: String = row.try_get("item_key")?;
                known.insert(key, state_of(&state, reason.as_deref()));
            }
        }
        Ok(all.iter().map(|key| known.get(key).cloned()).collect())
    }
}

/// Whether the destination still says what it vouched for.
fn agrees(shelved: &Shelved, file: &File) -> bool {
    let receipt = &shelved.receipt;
    file.size == receipt.size && file.hash.as_ref().is_none_or(|it| *it == receipt.hash)
}
