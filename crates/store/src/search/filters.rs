//! The questions people keep.

use domain::account::{AccountId, ExtensionId};
use domain::ports::SavedFilter;
use domain::ports::finds::MOST_FILTERS;
use sqlx::Row;

use crate::database::Database;
use crate::fault::Fault;
use crate::list::plain;
use crate::statements::statements;

statements! {
    FILTERS = "select name, query from saved_filter
        where account_id = $1 and extension_id = $2 order by name";

    KEEP_FILTER = "insert into saved_filter (account_id, extension_id, name, query)
        values ($1, $2, $3, $4)
        on conflict (account_id, extension_id, name) do update set query = excluded.query";

    DROP_FILTER = "delete from saved_filter
        where account_id = $1 and extension_id = $2 and name = $3";
}

impl Database {
    pub(super) async fn all_filters(
        &self,
        account: &AccountId,
        viewer: &ExtensionId,
    ) -> Result<Vec<SavedFilter>, Fault> {
        let rows = sqlx::query(FILTERS)
            .bind(account.as_str())
            .bind(viewer.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let filter = |row: &sqlx::any::AnyRow| {
            Ok(SavedFilter {
                name: row.try_get("name")?,
                query: row.try_get("query")?,
            })
        };
        rows.iter().map(filter).collect()
    }

    pub(super) async fn put_filter(
        &self,
        account: &AccountId,
        viewer: &ExtensionId,
        filter: &SavedFilter,
    ) -> Result<bool, Fault> {
        let mut tx = self.begin(account).await?;
        let name = plain(&filter.name);
        let rows = sqlx::query(FILTERS)
            .bind(account.as_str())
            .bind(viewer.as_str())
            .fetch_all(&mut *tx)
            .await?;
        let mut others = 0;
        for row in &rows {
            others += usize::from(row.try_get::<String, _>("name")? != name);
        }
        if others >= MOST_FILTERS {
            return Ok(false);
        }
        sqlx::query(KEEP_FILTER)
            .bind(account.as_str())
            .bind(viewer.as_str())
            .bind(name)
            .bind(plain(&filter.query))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    pub(super) async fn end_filter(
        &self,
        account: &AccountId,
        viewer: &ExtensionId,
        name: &str,
    ) -> Result<bool, Fault> {
        let mut tx = self.begin(account).await?;
        let done = sqlx::query(DROP_FILTER)
            .bind(account.as_str())
            .bind(viewer.as_str())
            .bind(plain(name))
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}
