//! The chain of manifests, and which Entries it tells of.

use std::collections::BTreeMap;

use domain::account::AccountId;
use domain::archive_path::ArchivePath;
use domain::ledger::DestinationId;
use domain::manifest::{Chain, Exhibit, Fate, Follows, Link, Told};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::exhibits::put_exhibits;
use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::ledger::{extension_of, id_of, whole};
use crate::list::{json, keys, plain};
use crate::statements::statements;

statements! {
    NEWEST_MANIFEST = "select seq, sha256, made_ms, anchor, audit, body from manifest
        where account_id = $1 and destination_id = $2 and seq > 0
        order by seq desc limit 1";

    FOLLOWED = "select follows from manifest
        where account_id = $1 and destination_id = $2 and seq = 0";

    UNTOLD = "select e.item_key, e.at_ms, e.state, e.cause, e.path, e.size, e.sha256,
            e.receipt_hash, i.extension_id
        from entry e
        join item i on i.account_id = e.account_id and i.item_key = e.item_key
        where e.account_id = $1 and e.destination_id = $2 and e.manifest = 0
            and e.state in ('archived', 'missing')
        order by e.item_key limit $3";

    STILL_UNTOLD = "select e.item_key, e.at_ms, e.state, e.cause, e.path, e.size, e.sha256,
            e.receipt_hash, i.extension_id
        from json_each($3) as r cross join entry e
        join item i on i.account_id = e.account_id and i.item_key = e.item_key
        where e.account_id = $1 and e.destination_id = $2 and e.item_key = r.key
            and e.manifest = 0 and e.state in ('archived', 'missing')";

    TELL = "update entry set manifest = $4
        where account_id = $1 and destination_id = $2
            and item_key in (select r.key from json_each($3) as r)";

    /// Reads through a whole archive, on the day after a database was restored.
    UNTELL = "update entry set manifest = 0
        where account_id = $1 and destination_id = $2 and manifest = $3";

    NEW_MANIFEST = "insert into manifest (account_id, destination_id, seq, sha256, made_ms,
            anchor, audit, follows, body)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    LAID = "update manifest set body = null
        where account_id = $1 and destination_id = $2 and seq = $3";

    ADOPT = "update manifest set sha256 = $4, made_ms = $5, anchor = $6, audit = $7, body = null
        where account_id = $1 and destination_id = $2 and seq = $3 and body is not null";
}

/// Rows that go to the database at once.
const CHUNK: usize = 500;

impl Database {
    pub(super) async fn whole_chain(
        &self,
        account: &AccountId,
        destination: &DestinationId,
    ) -> Result<Chain, Fault> {
        let mut reader = self.reader().await?;
        let (head, draft) = newest(&mut reader, account, destination).await?.unzip();
        let follows: Option<Option<String>> = sqlx::query_scalar(FOLLOWED)
            .bind(account.as_str())
            .bind(destination.as_str())
            .fetch_optional(&mut *reader)
            .await?;
        let follows = follows.flatten();
        Ok(Chain {
            head,
            draft: draft.flatten(),
            follows: follows.map(|it| serde_json::from_str(&it)).transpose()?,
        })
    }

    pub(super) async fn not_told(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        limit: u32,
    ) -> Result<Vec<Told>, Fault> {
        let rows = sqlx::query(UNTOLD)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(told_of).collect()
    }

    pub(super) async fn keep_draft(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        link: &Link,
        previous: Option<&str>,
        body: &str,
        told: &[Told],
    ) -> Result<bool, Fault> {
        let mut tx = self.begin(account).await?;
        let newest = newest(&mut tx, account, destination).await?;
        let follows = match &newest {
            None => link.seq == 1 && previous.is_none(),
            Some((_, Some(_))) => false,
            Some((head, None)) => {
                link.seq == head.seq + 1 && previous == Some(head.sha256.as_str())
            }
        };
        if !follows {
            return Ok(false);
        }
        new_manifest(&mut tx, account, destination, link, None, Some(body)).await?;
        for chunk in told.chunks(CHUNK) {
            tell(&mut tx, account, destination, link.seq, chunk).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    pub(super) async fn now_laid(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        seq: u64,
        exhibits: &[Exhibit],
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(LAID)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(whole(seq))
            .execute(&mut *tx)
            .await?;
        put_exhibits(&mut tx, account, destination, exhibits).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn take_over(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        link: &Link,
        told: &[Told],
        exhibits: &[Exhibit],
    ) -> Result<bool, Fault> {
        let mut tx = self.begin(account).await?;
        let done = sqlx::query(ADOPT)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(whole(link.seq))
            .bind(link.sha256.as_str())
            .bind(link.made_ms)
            .bind(i64::from(link.anchor))
            .bind(link.audit.as_deref())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(UNTELL)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(whole(link.seq))
            .execute(&mut *tx)
            .await?;
        for chunk in told.chunks(CHUNK) {
            tell(&mut tx, account, destination, link.seq, chunk).await?;
        }
        put_exhibits(&mut tx, account, destination, exhibits).await?;
        tx.commit().await?;
        Ok(true)
    }

    pub(super) async fn keep_follows(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        follows: &Follows,
    ) -> Result<bool, Fault> {
        let mut tx = self.begin(account).await?;
        let known: Option<Option<String>> = sqlx::query_scalar(FOLLOWED)
            .bind(account.as_str())
            .bind(destination.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        if known.is_some() || newest(&mut tx, account, destination).await?.is_some() {
            return Ok(false);
        }
        let link = Link {
            seq: 0,
            sha256: follows.sha256.clone(),
            made_ms: 0,
            anchor: true,
            audit: None,
        };
        let follows = json(follows)?;
        new_manifest(&mut tx, account, destination, &link, Some(&follows), None).await?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn newest(
    connection: &mut AnyConnection,
    account: &AccountId,
    destination: &DestinationId,
) -> Result<Option<(Link, Option<String>)>, Fault> {
    let row = sqlx::query(NEWEST_MANIFEST)
        .bind(account.as_str())
        .bind(destination.as_str())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let link = Link {
        seq: row.try_get::<i64, _>("seq")?.unsigned_abs(),
        sha256: row.try_get("sha256")?,
        made_ms: row.try_get("made_ms")?,
        anchor: row.try_get::<i64, _>("anchor")? != 0,
        audit: row.try_get("audit")?,
    };
    Ok(Some((link, row.try_get("body")?)))
}

async fn new_manifest(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    destination: &DestinationId,
    link: &Link,
    follows: Option<&str>,
    body: Option<&str>,
) -> Result<(), Fault> {
    sqlx::query(NEW_MANIFEST)
        .bind(account.as_str())
        .bind(destination.as_str())
        .bind(whole(link.seq))
        .bind(link.sha256.as_str())
        .bind(link.made_ms)
        .bind(i64::from(link.anchor))
        .bind(link.audit.as_deref())
        .bind(follows)
        .bind(body)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// These are told of, where they still are as the manifest says.
async fn tell(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    destination: &DestinationId,
    seq: u64,
    told: &[Told],
) -> Result<(), Fault> {
    let wanted: BTreeMap<String, &Told> =
        told.iter().map(|it| (plain(&it.item.key()), it)).collect();
    let rows = sqlx::query(STILL_UNTOLD)
        .bind(account.as_str())
        .bind(destination.as_str())
        .bind(keys(wanted.keys().map(String::as_str))?)
        .fetch_all(&mut **tx)
        .await?;
    let mut same = Vec::new();
    for row in &rows {
        let key: String = row.try_get("item_key")?;
        if wanted
            .get(&key)
            .is_some_and(|it| told_of(row).is_ok_and(|now| now.fate == it.fate))
        {
            same.push(key);
        }
    }
    sqlx::query(TELL)
        .bind(account.as_str())
        .bind(destination.as_str())
        .bind(keys(same.iter().map(String::as_str))?)
        .bind(whole(seq))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn told_of(row: &AnyRow) -> Result<Told, Fault> {
    let fate = match row.try_get::<&str, _>("state")? {
        "archived" => Fate::Archived {
            path: ArchivePath::new(row.try_get::<String, _>("path")?)?,
            size: row.try_get::<i64, _>("size")?.unsigned_abs(),
            sha256: row.try_get("sha256")?,
            hash: row.try_get("receipt_hash")?,
        },
        "missing" => Fate::Missing {
            cause: row.try_get("cause")?,
        },
        _ => return Err(unreadable("the state of an entry").into()),
    };
    Ok(Told {
        item: id_of(row)?,
        extension: extension_of(row)?,
        at_ms: row.try_get("at_ms")?,
        fate,
    })
}
