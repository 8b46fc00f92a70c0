//! Finds the work that is due: quickly among a million Entries that are, and
//! among a million that wait.

use domain::account::AccountId;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::ledger::{Pending, Work};
use domain::window::{DAY_MS, Window};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::item_row::item_of;
use crate::database::Database;
use crate::fault::Fault;
use crate::list::keys;
use crate::statements::statements;

statements! {
    /// Entries whose wait is over, the longest over first.
    AWAKE = "select item_key from entry
        where account_id = $1 and destination_id = $2 and state = 'pending' and waiting = 1
            and next_try_ms <= $3 order by next_try_ms limit $4";

    /// The time is looked at again, in a form that tempts no planner to look
    /// for the rows by it.
    WAKE = "update entry set waiting = 0
        where account_id = $1 and destination_id = $2 and state = 'pending'
            and item_key in (select r.key from json_each($3) as r)
            and coalesce(next_try_ms, $4 + 1) <= $4";

    DUE = "select e.item_key, e.stem, e.attempts, e.first_seen_ms, i.extension_id, i.at_ms,
            i.facts, i.bytes_from, i.expected, i.size
        from entry e
        join item i on i.account_id = e.account_id and i.item_key = e.item_key
        where e.account_id = $1 and e.destination_id = $2 and e.state = 'pending'
            and e.waiting = 0 and e.data_type = $8 and e.at_ms >= $4 and e.at_ms < $5
            and e.next_try_ms <= $6
            and exists (select 1 from backup_item b where b.account_id = $1
                and b.backup_id = $3 and b.at_ms = e.at_ms and b.item_key = e.item_key)
        order by e.at_ms, e.item_key limit $7";

    /// Of what is ready any one will do, its time has come; of what waits, the
    /// soonest.
    NEXT_DUE = "select min(at) from (
            select at from (
                select e.next_try_ms as at from entry e
                where e.account_id = $1 and e.destination_id = $2 and e.state = 'pending'
                    and e.waiting = 0 and e.at_ms >= $4 and e.at_ms < $5
                    and exists (select 1 from backup_item b where b.account_id = $1
                        and b.backup_id = $3 and b.at_ms = e.at_ms and b.item_key = e.item_key)
                order by e.at_ms, e.item_key limit 1
            ) ready
            union all
            select at from (
                select e.next_try_ms as at from entry e
                where e.account_id = $1 and e.destination_id = $2 and e.state = 'pending'
                    and e.waiting = 1 and e.next_try_ms is not null
                    and e.at_ms >= $4 and e.at_ms < $5
                    and exists (select 1 from backup_item b where b.account_id = $1
                        and b.backup_id = $3 and b.at_ms = e.at_ms and b.item_key = e.item_key)
                order by e.next_try_ms limit 1
            ) soonest
        ) either";

    POSTPONE = "update entry set reason = $4, cause = $5, waiting = 1, next_try_ms = $6
        where account_id = $1 and destination_id = $2 and state = 'pending'
            and item_key in (select r.key from json_each($3) as r)";
}

/// After a long outage everything wakes at the same time, a million Entries
/// perhaps; other writers get their turn in between.
const WAKE_AT_ONCE: i64 = 2_000;

impl Database {
    pub(super) async fn work_due(
        &self,
        account: &AccountId,
        backup: &Backup,
        of: DataType,
        window: Window,
        now_ms: i64,
        limit: u32,
    ) -> Result<Vec<Work>, Fault> {
        let rows = sqlx::query(DUE)
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(backup.id.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .bind(now_ms)
            .bind(i64::from(limit))
            .bind(of.word())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        let mut unreadable = Vec::new();
        for row in &rows {
            match work_of(row) {
                Ok(work) => found.push(work),
                Err(_) => unreadable.push(row.try_get::<String, _>("item_key")?),
            }
        }
        if !unreadable.is_empty() {
            self.postpone(account, backup, &unreadable, now_ms).await?;
        }
        Ok(found)
    }

    /// Entries whose wait is over join those that can be worked on: once for
    /// each wait, whatever is asked for afterwards. Tells whether there may be
    /// more of them.
    pub(super) async fn wake_some(
        &self,
        account: &AccountId,
        backup: &Backup,
        now_ms: i64,
    ) -> Result<bool, Fault> {
        let awake: Vec<String> = sqlx::query_scalar(AWAKE)
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(now_ms)
            .bind(WAKE_AT_ONCE)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        if awake.is_empty() {
            return Ok(false);
        }
        let mut tx = self.begin(account).await?;
        let woken = sqlx::query(WAKE)
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(keys(awake.iter().map(String::as_str))?)
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(woken.rows_affected() > 0)
    }

    /// Puts Entries whose item cannot be read out of the others' way, visibly.
    /// The next listing that shows the item mends it.
    async fn postpone(
        &self,
        account: &AccountId,
        backup: &Backup,
        items: &[String],
        now_ms: i64,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(POSTPONE)
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(keys(items.iter().map(String::as_str))?)
            .bind(Pending::Failed.word())
            .bind("what the database knows of it cannot be read; waits to be listed again")
            .bind(now_ms + DAY_MS)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn work_next_due(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<Option<i64>, Fault> {
        Ok(sqlx::query_scalar(NEXT_DUE)
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(backup.id.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .fetch_one(&mut *self.reader().await?)
            .await?)
    }
}

fn work_of(row: &AnyRow) -> Result<Work, Fault> {
    let attempts: i64 = row.try_get("attempts")?;
    Ok(Work {
        item: item_of(row)?,
        stem: row.try_get("stem")?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        first_seen_ms: row.try_get("first_seen_ms")?,
    })
}
