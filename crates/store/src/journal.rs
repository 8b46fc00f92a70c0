//! The book of Events.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::BackupId;
use domain::event::{Event, Level};
use domain::ports::Journal;
use domain::window::Window;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::Fault;
use crate::list::list;
use crate::statements::statements;

statements! {
    LAST_SEQ = "select coalesce(max(seq), 0) from event
        where account_id = $1 and backup_id = $2";

    WRITE = "insert into event (account_id, backup_id, seq, at_ms, belongs_ms, level, about, what)
        select $1, $2, cast($4 as bigint) + cast(r.key as bigint),
            cast(r.value ->> 'at_ms' as bigint), cast(r.value ->> 'belongs_ms' as bigint),
            r.value ->> 'level', r.value ->> 'about', r.value ->> 'what'
        from json_each($3) as r";

    EVENTS = "select at_ms, belongs_ms, level, about, what from event
        where account_id = $1 and backup_id = $2 and belongs_ms >= $3 and belongs_ms < $4
        order by at_ms desc, seq desc limit $5";
}

#[derive(Serialize)]
struct EventRow<'a> {
    at_ms: i64,
    belongs_ms: i64,
    level: &'a str,
    about: &'a str,
    what: &'a str,
}

#[async_trait]
impl Journal for Database {
    async fn write(&self, account: &AccountId, backup: &BackupId, events: &[Event]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        self.attempt("writing the log", || {
            self.put_events(account, backup, events)
        })
        .await
    }

    async fn events(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
        limit: u32,
    ) -> Result<Vec<Event>> {
        self.attempt("reading the log", || {
            self.some_events(account, backup, window, limit)
        })
        .await
    }
}

impl Database {
    async fn put_events(
        &self,
        account: &AccountId,
        backup: &BackupId,
        events: &[Event],
    ) -> Result<(), Fault> {
        let rows: BTreeMap<String, _> = (1..)
            .zip(events)
            .map(|(n, event): (i64, _)| (n.to_string(), row(event)))
            .collect();
        let mut tx = self.begin(account).await?;
        let last: i64 = sqlx::query_scalar(LAST_SEQ)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_one(&mut *tx)
            .await?;
        sqlx::query(WRITE)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(list(&rows)?)
            .bind(last)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn some_events(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
        limit: u32,
    ) -> Result<Vec<Event>, Fault> {
        let rows = sqlx::query(EVENTS)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(event).collect()
    }
}

fn row(event: &Event) -> EventRow<'_> {
    EventRow {
        at_ms: event.at_ms,
        belongs_ms: event.belongs_ms,
        level: event.level.word(),
        about: &event.about,
        what: &event.what,
    }
}

fn event(row: &AnyRow) -> Result<Event, Fault> {
    Ok(Event {
        at_ms: row.try_get("at_ms")?,
        level: Level::from_word(&row.try_get::<String, _>("level")?),
        about: row.try_get("about")?,
        belongs_ms: row.try_get("belongs_ms")?,
        what: row.try_get("what")?,
    })
}
