//! How far the portion of a walk through history is, lane by lane.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::BackupId;
use domain::ports::{Became, Walked, Walks};
use domain::window::Window;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::connections::{types_of, types_text};
use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::list::list;
use crate::statements::statements;

statements! {
    KEEP_WALKED = "insert into walked (account_id, backup_id, lane, from_ms, to_ms, types, became)
        select $1, $2, r.key, cast(r.value ->> 'from_ms' as bigint),
            cast(r.value ->> 'to_ms' as bigint), r.value ->> 'types',
            r.value ->> 'became'
        from json_each($3) as r where true
        on conflict (account_id, backup_id, lane) do update set from_ms = excluded.from_ms,
            to_ms = excluded.to_ms, types = excluded.types, became = excluded.became";

    WALKED = "select lane, from_ms, to_ms, types, became from walked
        where account_id = $1 and backup_id = $2 order by lane";

    FORGET_WALKED = "delete from walked where account_id = $1 and backup_id = $2";
}

#[derive(Serialize)]
struct Line {
    from_ms: i64,
    to_ms: i64,
    types: String,
    became: &'static str,
}

#[async_trait]
impl Walks for Database {
    async fn keep_walked(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lines: &[Walked],
    ) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        self.attempt("keeping how far a walk is", || {
            self.put_walked(account, backup, lines)
        })
        .await
    }

    async fn walked(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Walked>> {
        self.attempt("reading how far a walk is", || {
            self.all_walked(account, backup)
        })
        .await
    }

    async fn forget_walked(&self, account: &AccountId, backup: &BackupId) -> Result<()> {
        self.attempt("ending a part of a walk", || {
            self.drop_walked(account, backup)
        })
        .await
    }
}

impl Database {
    async fn put_walked(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lines: &[Walked],
    ) -> Result<(), Fault> {
        let rows: BTreeMap<String, Line> = lines
            .iter()
            .map(|it| {
                let line = Line {
                    from_ms: it.window.start_ms(),
                    to_ms: it.window.end_ms(),
                    types: types_text(&it.types),
                    became: it.became.word(),
                };
                (it.lane.clone(), line)
            })
            .collect();
        let mut tx = self.begin(account).await?;
        sqlx::query(KEEP_WALKED)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(list(&rows)?)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn all_walked(
        &self,
        account: &AccountId,
        backup: &BackupId,
    ) -> Result<Vec<Walked>, Fault> {
        let rows = sqlx::query(WALKED)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(walked_of).collect()
    }

    async fn drop_walked(&self, account: &AccountId, backup: &BackupId) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(FORGET_WALKED)
            .bind(account.as_str())
            .bind(backup.as_str())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

fn walked_of(row: &AnyRow) -> Result<Walked, Fault> {
    let window = Window::from_ms(row.try_get("from_ms")?, row.try_get("to_ms")?);
    Ok(Walked {
        lane: row.try_get("lane")?,
        window: window.ok_or_else(|| unreadable("the span of a walk"))?,
        types: types_of(row)?,
        became: Became::from_word(&row.try_get::<String, _>("became")?),
    })
}
