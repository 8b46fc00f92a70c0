//! Accounts and their people. Who is no longer listed is kept, marked as gone.

use std::collections::BTreeMap;

use domain::account::{Account, AccountId, Extension, ExtensionId};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::Fault;
use crate::list::{keys, list, plain};
use crate::statements::statements;

statements! {
    KEEP_ACCOUNT = "insert into account (id, name, time_zone, first_seen_ms, last_seen_ms)
        values ($1, $2, $3, $4, $4)
        on conflict (id) do update set name = excluded.name,
            time_zone = excluded.time_zone, last_seen_ms = excluded.last_seen_ms";

    ACCOUNT = "select id, name, time_zone from account where id = $1";

    ACCOUNTS = "select id, name, time_zone from account order by id";

    KEEP_EXTENSIONS = "insert into extension (account_id, id, number, name, kind, status,
            time_zone, first_seen_ms, last_seen_ms, gone_ms)
        select $1, r.key, r.value ->> 'number', r.value ->> 'name', r.value ->> 'kind',
            r.value ->> 'status', r.value ->> 'time_zone', cast($3 as bigint),
            cast($3 as bigint), null
        from json_each($2) as r where true
        on conflict (account_id, id) do update set number = excluded.number,
            name = excluded.name, kind = excluded.kind, status = excluded.status,
            time_zone = excluded.time_zone, last_seen_ms = excluded.last_seen_ms,
            gone_ms = null";

    MARK_GONE = "update extension set gone_ms = $3
        where account_id = $1 and gone_ms is null
            and id not in (select r.key from json_each($2) as r)";

    EXTENSIONS = "select id, number, name, kind, status, time_zone from extension
        where account_id = $1 order by id";
}

/// People are written in pages: a company may have 100,000.
const PAGE: usize = 1000;

#[derive(Serialize)]
struct ExtensionRow<'a> {
    number: Option<&'a str>,
    name: Option<&'a str>,
    kind: &'a str,
    status: &'a str,
    time_zone: Option<&'a str>,
}

impl Database {
    pub(crate) async fn put_account(&self, account: &Account, now_ms: i64) -> Result<(), Fault> {
        let mut tx = self.begin(&account.id).await?;
        sqlx::query(KEEP_ACCOUNT)
            .bind(account.id.as_str())
            .bind(plain(&account.name))
            .bind(account.time_zone.as_deref().map(plain))
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn all_accounts(&self) -> Result<Vec<Account>, Fault> {
        let rows = sqlx::query(ACCOUNTS)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(account_of).collect()
    }

    pub(crate) async fn one_account(&self, id: &AccountId) -> Result<Option<Account>, Fault> {
        let row = sqlx::query(ACCOUNT)
            .bind(id.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| account_of(&row)).transpose()
    }

    pub(crate) async fn put_extensions(
        &self,
        account: &AccountId,
        all: &[Extension],
        now_ms: i64,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        for page in all.chunks(PAGE) {
            let rows: BTreeMap<String, _> = page
                .iter()
                .map(|it| (it.id.as_str().to_owned(), extension_row(it)))
                .collect();
            sqlx::query(KEEP_EXTENSIONS)
                .bind(account.as_str())
                .bind(list(&rows)?)
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query(MARK_GONE)
            .bind(account.as_str())
            .bind(keys(all.iter().map(|it| it.id.as_str()))?)
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn all_extensions(
        &self,
        account: &AccountId,
    ) -> Result<Vec<Extension>, Fault> {
        let rows = sqlx::query(EXTENSIONS)
            .bind(account.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Extension {
                    id: ExtensionId::new(row.try_get::<String, _>("id")?),
                    number: row.try_get("number")?,
                    name: row.try_get("name")?,
                    kind: row.try_get("kind")?,
                    status: row.try_get("status")?,
                    time_zone: row.try_get("time_zone")?,
                })
            })
            .collect()
    }
}

fn extension_row(extension: &Extension) -> ExtensionRow<'_> {
    ExtensionRow {
        number: extension.number.as_deref(),
        name: extension.name.as_deref(),
        kind: &extension.kind,
        status: &extension.status,
        time_zone: extension.time_zone.as_deref(),
    }
}

fn account_of(row: &AnyRow) -> Result<Account, Fault> {
    Ok(Account {
        id: AccountId::new(row.try_get::<String, _>("id")?),
        name: row.try_get("name")?,
        time_zone: row.try_get("time_zone")?,
    })
}
