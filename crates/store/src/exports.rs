//! The book of Exports.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::export::{Export, ExportId, File, Passed, Row, What};
use domain::ports::Exports;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::list::{json, list, plain};
use crate::statements::statements;

statements! {
    KEEP_EXPORT = "insert into export (account_id, id, backup_id, made_ms, facts)
        values ($1, $2, $3, $4, $5)
        on conflict (account_id, id) do update set facts = excluded.facts";

    EXPORT = "select facts from export where account_id = $1 and id = $2";

    EXPORTS = "select facts from export where account_id = $1 order by made_ms desc, id desc";

    FREEZE = "insert into export_item (account_id, export_id, place, facts)
        select $1, $2, r.key, r.value ->> 'facts' from json_each($3) as r where true
        on conflict (account_id, export_id, place) do nothing";

    FROZEN = "select facts from export_item
        where account_id = $1 and export_id = $2 and place >= $3 and place <> $4
        order by place limit $5";

    LAY_OUT = "insert into export_file (account_id, export_id, lies_at, size, name, at_ms, what,
            first_place, items, item_key, sha256, crc)
        select $1, $2, cast(r.key as bigint), cast(r.value ->> 'size' as bigint),
            r.value ->> 'name', cast(r.value ->> 'at_ms' as bigint), r.value ->> 'what',
            r.value ->> 'first_place', cast(r.value ->> 'items' as bigint),
            r.value ->> 'item_key', r.value ->> 'sha256', cast(r.value ->> 'crc' as bigint)
        from json_each($3) as r where true
        on conflict (account_id, export_id, lies_at) do nothing";

    LAID_OUT = "select lies_at, size, name, at_ms, what, first_place, items, item_key, sha256, crc
        from export_file
        where account_id = $1 and export_id = $2
            and lies_at >= coalesce((select max(f.lies_at) from export_file f
                where f.account_id = $1 and f.export_id = $2 and f.lies_at <= $3), 0)
        order by lies_at limit $4";

    PASSED = "update export_file set crc = (select cast(r.value ->> 'crc' as bigint)
                from json_each($3) as r where cast(r.key as bigint) = lies_at),
            sha256 = (select r.value ->> 'sha256'
                from json_each($3) as r where cast(r.key as bigint) = lies_at)
        where account_id = $1 and export_id = $2
            and lies_at in (select cast(r.key as bigint) from json_each($3) as r)";

    FORGET_ITEMS = "delete from export_item where account_id = $1 and export_id = $2
        and place in (select i.place from export_item i
            where i.account_id = $1 and i.export_id = $2 order by i.place limit $3)";

    FORGET_FILES = "delete from export_file where account_id = $1 and export_id = $2
        and lies_at in (select f.lies_at from export_file f
            where f.account_id = $1 and f.export_id = $2 order by f.lies_at limit $3)";

    FORGET_EXPORT = "delete from export where account_id = $1 and id = $2";
}

/// Rows that go to the database at once.
const CHUNK: usize = 500;

#[derive(Serialize)]
struct ItemRow {
    facts: String,
}

#[derive(Serialize)]
struct FileRow<'a> {
    size: u64,
    name: &'a str,
    at_ms: i64,
    what: &'static str,
    first_place: &'a str,
    items: u32,
    item_key: &'a str,
    sha256: &'a Option<String>,
    crc: Option<u32>,
}

#[derive(Serialize)]
struct PassedRow<'a> {
    sha256: &'a str,
    crc: u32,
}

#[async_trait]
impl Exports for Database {
    async fn keep_export(&self, export: &Export) -> Result<()> {
        self.attempt("keeping an export", || async {
            let mut tx = self.begin(&export.account).await?;
            sqlx::query(KEEP_EXPORT)
                .bind(export.account.as_str())
                .bind(export.id.as_str())
                .bind(export.backup.as_str())
                .bind(export.made_ms)
                .bind(plain(&json(export)?))
                .execute(&mut *tx)
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn export(&self, account: &AccountId, id: &ExportId) -> Result<Option<Export>> {
        self.attempt("reading an export", || async {
            let row = sqlx::query(EXPORT)
                .bind(account.as_str())
                .bind(id.as_str())
                .fetch_optional(&mut *self.reader().await?)
                .await?;
            row.as_ref().map(export_of).transpose()
        })
        .await
    }

    async fn exports(&self, account: &AccountId) -> Result<Vec<Export>> {
        self.attempt("reading exports", || async {
            let rows = sqlx::query(EXPORTS)
                .bind(account.as_str())
                .fetch_all(&mut *self.reader().await?)
                .await?;
            rows.iter().map(export_of).collect()
        })
        .await
    }

    async fn freeze(&self, account: &AccountId, id: &ExportId, rows: &[Row]) -> Result<()> {
        for some in rows.chunks(CHUNK) {
            let mut items = BTreeMap::new();
            for row in some {
                let facts = json(row).map_err(Fault::told)?;
                items.insert(row.place(), ItemRow { facts });
            }
            self.put_some(
                "writing items of an export down",
                FREEZE,
                account,
                id,
                &items,
            )
            .await?;
        }
        Ok(())
    }

    async fn frozen(
        &self,
        account: &AccountId,
        id: &ExportId,
        from: &str,
        after: bool,
        limit: u32,
    ) -> Result<Vec<Row>> {
        self.attempt("reading items of an export", || async {
            let rows = sqlx::query(FROZEN)
                .bind(account.as_str())
                .bind(id.as_str())
                .bind(from)
                .bind(if after { from } else { "" })
                .bind(i64::from(limit))
                .fetch_all(&mut *self.reader().await?)
                .await?;
            let read = |it: &AnyRow| Ok(serde_json::from_str(it.try_get("facts")?)?);
            rows.iter().map(read).collect()
        })
        .await
    }

    async fn lay_out(&self, account: &AccountId, id: &ExportId, files: &[File]) -> Result<()> {
        for some in files.chunks(CHUNK) {
            let rows = some.iter().map(|it| (it.at.to_string(), file_row(it)));
            let rows: BTreeMap<String, FileRow<'_>> = rows.collect();
            self.put_some(
                "writing files of an export down",
                LAY_OUT,
                account,
                id,
                &rows,
            )
            .await?;
        }
        Ok(())
    }

    async fn laid_out(
        &self,
        account: &AccountId,
        id: &ExportId,
        from: u64,
        limit: u32,
    ) -> Result<Vec<File>> {
        self.attempt("reading files of an export", || async {
            let rows = sqlx::query(LAID_OUT)
                .bind(account.as_str())
                .bind(id.as_str())
                .bind(i64::try_from(from).unwrap_or(i64::MAX))
                .bind(i64::from(limit))
                .fetch_all(&mut *self.reader().await?)
                .await?;
            rows.iter().map(file_of).collect()
        })
        .await
    }

    async fn passed(&self, account: &AccountId, id: &ExportId, passed: &[Passed]) -> Result<()> {
        for some in passed.chunks(CHUNK) {
            let row = |it: &Passed| it.at.to_string();
            let rows: BTreeMap<String, PassedRow<'_>> = some
                .iter()
                .map(|it| {
                    let sums = PassedRow {
                        sha256: &it.sha256,
                        crc: it.crc,
                    };
                    (row(it), sums)
                })
                .collect();
            self.put_some("keeping sums of an export", PASSED, account, id, &rows)
                .await?;
        }
        Ok(())
    }

    async fn forget_export(&self, account: &AccountId, id: &ExportId, limit: u32) -> Result<bool> {
        self.attempt("forgetting an export", || async {
            let mut tx = self.begin(account).await?;
            let mut gone = 0;
            for sql in [FORGET_ITEMS, FORGET_FILES] {
                let done = sqlx::query(sql)
                    .bind(account.as_str())
                    .bind(id.as_str())
                    .bind(i64::from(limit))
                    .execute(&mut *tx)
                    .await?;
                gone = gone.max(done.rows_affected());
            }
            let all = gone < u64::from(limit);
            if all {
                sqlx::query(FORGET_EXPORT)
                    .bind(account.as_str())
                    .bind(id.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            Ok(all)
        })
        .await
    }
}

impl Database {
    /// Many rows of one export by one statement.
    async fn put_some<R: Serialize>(
        &self,
        doing: &str,
        sql: &'static str,
        account: &AccountId,
        id: &ExportId,
        rows: &BTreeMap<String, R>,
    ) -> Result<()> {
        let rows = list(rows).map_err(Fault::told)?;
        self.attempt(doing, || async {
            let mut tx = self.begin(account).await?;
            sqlx::query(sql)
                .bind(account.as_str())
                .bind(id.as_str())
                .bind(rows.as_str())
                .execute(&mut *tx)
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

fn export_of(row: &AnyRow) -> Result<Export, Fault> {
    Ok(serde_json::from_str(row.try_get("facts")?)?)
}

fn file_row(file: &File) -> FileRow<'_> {
    FileRow {
        size: file.size,
        name: &file.name,
        at_ms: file.at_ms,
        what: file.what.word(),
        first_place: &file.first,
        items: file.rows,
        item_key: &file.item,
        sha256: &file.sha256,
        crc: file.crc,
    }
}

fn file_of(row: &AnyRow) -> Result<File, Fault> {
    let what: String = row.try_get("what")?;
    let whole = |column: &str| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    let crc: Option<i64> = row.try_get("crc")?;
    Ok(File {
        at: whole("lies_at")?,
        name: row.try_get("name")?,
        size: whole("size")?,
        at_ms: row.try_get("at_ms")?,
        what: What::from_word(&what).ok_or_else(|| unreadable("a file of an export"))?,
        first: row.try_get("first_place")?,
        rows: u32::try_from(whole("items")?).unwrap_or(u32::MAX),
        item: row.try_get("item_key")?,
        sha256: row.try_get("sha256")?,
        crc: crc.and_then(|it| u32::try_from(it).ok()),
    })
}
