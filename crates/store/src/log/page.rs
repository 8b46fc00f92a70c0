//! A page of the LOG. Rows stand in the order of their start, then of their
//! end; a page is a walk along an index from where it begins.

use domain::account::AccountId;
use domain::connection::BackupId;
use domain::ports::{LogAsk, Paged, Turn};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::walk::{Place, Walk, Way};
use crate::database::Database;
use crate::fault::Fault;
use crate::statements::statements;
use crate::tasks::{believed, listed_to, task_of};

statements! {
    WHOSE = "select destination_id, longest_ms from backup where account_id = $1 and id = $2";
}

impl Database {
    pub(super) async fn one_page(
        &self,
        account: &AccountId,
        backup: &BackupId,
        ask: &LogAsk,
    ) -> Result<Paged, Fault> {
        let mut reader = self.reader().await?;
        let whose = sqlx::query(WHOSE)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_optional(&mut *reader)
            .await?;
        let Some(whose) = whose else {
            return Ok(Paged::default());
        };
        let destination: String = whose.try_get("destination_id")?;
        let mut walk = Walk {
            reader: &mut reader,
            account,
            backup,
            destination: &destination,
            longest_ms: whose.try_get("longest_ms")?,
            window: ask.window,
            telling: ask.telling,
        };
        let (way, from) = match ask.turn {
            Turn::Newest => (Way::Older, Place::after_all(ask.window)),
            Turn::Older(row) => (Way::Older, Place::of(row)),
            Turn::Newer(row) => (Way::Newer, Place::of(row)),
        };
        let limit = i64::from(ask.limit);
        let mut rows = walk.rows(way, from, limit + 1).await?;
        let beyond = rows.len() > ask.limit as usize;
        rows.truncate(ask.limit as usize);
        // What lies behind the beginning, the row there included.
        let behind = match ask.turn {
            Turn::Newest => false,
            Turn::Older(row) => walk.any(Way::Newer, Place::just_before(row)).await?,
            Turn::Newer(row) => walk.any(Way::Older, Place::just_after(row)).await?,
        };
        let (newer, older) = match way {
            Way::Older => (behind, beyond),
            Way::Newer => (beyond, behind),
        };
        if way == Way::Newer {
            rows.reverse();
        }
        let mut page = Paged {
            rows: Vec::with_capacity(rows.len()),
            newer,
            older,
        };
        let listed_to = listed_to(walk.reader, account, backup).await?;
        for row in &rows {
            let task = task_of(walk.reader, account, backup, &destination, row);
            page.rows.push(believed(task.await?, listed_to));
        }
        Ok(page)
    }
}

/// Where a row stands.
pub(super) fn place_of(row: &AnyRow) -> Result<Place, Fault> {
    Ok(Place {
        from_ms: row.try_get("from_ms")?,
        to_ms: row.try_get("to_ms")?,
    })
}
