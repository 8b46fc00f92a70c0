//! The files of the evidence folder.

use std::collections::{BTreeMap, HashMap};

use domain::account::AccountId;
use domain::archive_path::ArchivePath;
use domain::ledger::DestinationId;
use domain::manifest::Exhibit;
use domain::ports::destination::File;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::database::Database;
use crate::fault::Fault;
use crate::ledger::whole;
use crate::list::{keys, list, plain};
use crate::statements::statements;

statements! {
    KEEP_EXHIBITS = "insert into exhibit (account_id, destination_id, path, size, sha256,
            receipt_hash, proven_ms)
        select $1, $2, r.key, cast(r.value ->> 'size' as bigint), r.value ->> 'sha256',
            r.value ->> 'hash', 0
        from json_each($3) as r where true
        on conflict (account_id, destination_id, path) do update set size = excluded.size,
            sha256 = excluded.sha256, receipt_hash = excluded.receipt_hash";

    EXHIBIT = "select path, size, sha256, receipt_hash from exhibit
        where account_id = $1 and destination_id = $2 and path = $3";

    EXHIBITS_AT = "select x.path, x.size, x.sha256, x.receipt_hash
        from json_each($3) as r cross join exhibit x
        where x.account_id = $1 and x.destination_id = $2 and x.path = r.key";

    STAMP_EXHIBITS = "update exhibit set proven_ms = $4
        where account_id = $1 and destination_id = $2
            and path in (select r.key from json_each($3) as r)";

    UNPROVEN_EXHIBITS = "select path, size, sha256, receipt_hash from exhibit
        where account_id = $1 and destination_id = $2 and path > $3 and proven_ms <> $4
        order by path limit $5";
}

/// Rows that go to the database at once.
pub(super) const CHUNK: usize = 500;

impl Database {
    pub(super) async fn add_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        exhibits: &[Exhibit],
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        put_exhibits(&mut tx, account, destination, exhibits).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn one_exhibit(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        path: &ArchivePath,
    ) -> Result<Option<Exhibit>, Fault> {
        let row = sqlx::query(EXHIBIT)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(path.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| exhibit_of(&row)).transpose()
    }

    pub(super) async fn compare_evidence(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        files: &[File],
        now_ms: i64,
    ) -> Result<Vec<Option<bool>>, Fault> {
        let paths: Vec<String> = files.iter().map(|it| plain(&it.path)).collect();
        let rows = sqlx::query(EXHIBITS_AT)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(keys(paths.iter().map(String::as_str))?)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let mut known = HashMap::new();
        for row in &rows {
            let exhibit = exhibit_of(row)?;
            known.insert(exhibit.path.as_str().to_owned(), exhibit);
        }
        let compared = paths.iter().zip(files).map(|(path, file)| {
            let ours = known.get(path)?;
            let same = file.hash.as_ref().is_none_or(|it| *it == ours.hash);
            Some(same && file.size == ours.size)
        });
        let compared: Vec<Option<bool>> = compared.collect();
        let same = paths.iter().zip(&compared);
        let same: Vec<&str> = same
            .filter(|(_, it)| **it == Some(true))
            .map(|(path, _)| path.as_str())
            .collect();
        if !same.is_empty() {
            let mut tx = self.begin(account).await?;
            sqlx::query(STAMP_EXHIBITS)
                .bind(account.as_str())
                .bind(destination.as_str())
                .bind(keys(same.into_iter())?)
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        Ok(compared)
    }

    pub(super) async fn not_proven(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        now_ms: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Exhibit>, Fault> {
        let rows = sqlx::query(UNPROVEN_EXHIBITS)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(after)
            .bind(now_ms)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(exhibit_of).collect()
    }
}

#[derive(Serialize)]
struct ExhibitRow<'a> {
    size: i64,
    sha256: &'a str,
    hash: &'a str,
}

pub(super) async fn put_exhibits(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    destination: &DestinationId,
    exhibits: &[Exhibit],
) -> Result<(), Fault> {
    for chunk in exhibits.chunks(CHUNK) {
        let rows: BTreeMap<String, ExhibitRow<'_>> = chunk
            .iter()
            .map(|it| {
                let row = ExhibitRow {
                    size: whole(it.size),
                    sha256: &it.sha256,
                    hash: &it.hash,
                };
                (it.path.as_str().to_owned(), row)
            })
            .collect();
        sqlx::query(KEEP_EXHIBITS)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(list(&rows)?)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

fn exhibit_of(row: &AnyRow) -> Result<Exhibit, Fault> {
    Ok(Exhibit {
        path: ArchivePath::new(row.try_get::<String, _>("path")?)?,
        size: row.try_get::<i64, _>("size")?.unsigned_abs(),
        sha256: row.try_get("sha256")?,
        hash: row.try_get("receipt_hash")?,
    })
}
