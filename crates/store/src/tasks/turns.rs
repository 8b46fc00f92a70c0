//! Whose turn it is. A Backup's turn comes when its timetable says so or when
//! somebody asked for it, and stays until a Run has ended: what a lost worker
//! began is taken up again. Companies stand in a queue: a company's place is
//! the later of when the first of its Backups fell due and when it was last
//! served.

use std::time::Duration;

use domain::account::AccountId;
use domain::connection::{BackupId, ConnectionId};
use domain::ports::Claimed;
use domain::timetable::Timetable;
use domain::window::Window;
use sqlx::{Any, Row, Transaction};

use super::runs;
use crate::database::Database;
use crate::fault::Fault;
use crate::statements::statements;

statements! {
    NOW = "select cast(unixepoch('subsec') * 1000 as bigint)";

    /// A turn more than two hours ahead (`schedule::ABSURD_MS`) was planned
    /// under a wrong clock and has come, too; here and below.
    SOMEBODY_WAITS = "select count(*) from (
            select 1 as one from account
                where turn_ms <= (select cast(unixepoch('subsec') * 1000 as bigint))
            union all
            select 1 as one from account
                where turn_ms > (select cast(unixepoch('subsec') * 1000 as bigint)) + 7200000
            limit 1) u";

    /// The Backup of a company that has been due for longest.
    DUE_BACKUP = "select backup_id, hurried from (
            select backup_id, hurried, turn_ms from (
                select t.backup_id, t.hurried, t.turn_ms from timetable t
                where t.account_id = $1 and t.scheduled = 1 and t.turn_ms <= $2
                    and not exists (select 1 from run r where r.account_id = $1
                        and r.backup_id = t.backup_id and r.lease_until_ms > $2
                        and r.lease_until_ms <= $2 + 2 * r.lease_ms)
                order by t.turn_ms, t.backup_id limit 1
            ) due
            union all
            select backup_id, hurried, turn_ms from (
                select t.backup_id, t.hurried, t.turn_ms from timetable t
                where t.account_id = $1 and t.scheduled = 1 and t.turn_ms > $2 + 7200000
                    and not exists (select 1 from run r where r.account_id = $1
                        and r.backup_id = t.backup_id and r.lease_until_ms > $2
                        and r.lease_until_ms <= $2 + 2 * r.lease_ms)
                order by t.turn_ms, t.backup_id limit 1
            ) absurd
        ) u order by turn_ms limit 1";

    /// A hurry is used up by a Run that begins after it.
    USE_UP = "update timetable set hurried = 0 where account_id = $1 and backup_id = $2";

    SERVED = "update account set served_ms = $2,
            served = (select coalesce(max(served), 0) + 1 from account)
        where id = $1";

    /// A company's place: of what nobody is at work on the first due, of the
    /// rest the first that a lost worker would leave behind. When it was
    /// served counts for nothing if it lies ahead: the clock has jumped back.
    PLACE = "update account set turn_ms = (
            select case when min(soon.at) < account.served_ms and account.served_ms <= $2
                then account.served_ms else min(soon.at) end
            from (
                select at from (
                    select t.turn_ms as at from timetable t
                    where t.account_id = $1 and t.scheduled = 1
                        and not exists (select 1 from run r where r.account_id = $1
                            and r.backup_id = t.backup_id and r.lease_until_ms > $2
                            and r.lease_until_ms <= $2 + 2 * r.lease_ms)
                    order by t.turn_ms, t.backup_id limit 1
                ) idle
                union all
                select at from (
                    select cast($2 as bigint) as at from timetable t
                    where t.account_id = $1 and t.scheduled = 1 and t.turn_ms > $2 + 7200000
                        and not exists (select 1 from run r where r.account_id = $1
                            and r.backup_id = t.backup_id and r.lease_until_ms > $2
                            and r.lease_until_ms <= $2 + 2 * r.lease_ms)
                    limit 1
                ) absurd
                union all
                select at from (
                    select r.lease_until_ms as at from run r
                    join timetable t on t.account_id = r.account_id
                        and t.backup_id = r.backup_id and t.scheduled = 1
                    where r.account_id = $1 and r.lease_until_ms > $2
                        and r.lease_until_ms <= $2 + 2 * r.lease_ms
                    order by r.lease_until_ms limit 1
                ) busy
            ) soon
        ) where id = $1";

    NEW_TIMETABLE = "insert into timetable (account_id, backup_id, scheduled, hurried, turn_ms)
        values ($1, $2, 0, 0, 0) on conflict (account_id, backup_id) do nothing";

    /// Which of a Connection's Backups the scheduler may run.
    SCHEDULE = "update timetable set scheduled = (
            select case when b.enabled = 1 and c.connected = 1 and c.headless = 0
                then 1 else 0 end
            from backup b
            join connection c on c.account_id = b.account_id and c.id = b.connection_id
            where b.account_id = $1 and b.id = timetable.backup_id)
        where account_id = $1 and backup_id in (select b.id from backup b
            where b.account_id = $1 and b.connection_id = $2)";

    HURRY = "update timetable set hurried = 1,
            turn_ms = case when turn_ms > $3 then $3 else turn_ms end
        where account_id = $1 and backup_id = $2";

    TIMETABLE = "select since_ms, rows_ms, hourly_ms, daily_ms, weekly_ms, history_from_ms,
            history_to_ms, patchy, floor_ms, due_ms, ran_ms, well_ms
        from timetable where account_id = $1 and backup_id = $2";

    /// Only what is still as it was. While a Run is at work the turn stays: it
    /// moves when the Run ends.
    CHANGE_TIMETABLE = "update timetable set since_ms = $3, rows_ms = $4, hourly_ms = $5,
            daily_ms = $6, weekly_ms = $7, history_from_ms = $8, history_to_ms = $9,
            due_ms = $10, ran_ms = $11, patchy = $13, floor_ms = $14,
            well_ms = $26, quiet_ms = $27,
            turn_ms = case when hurried = 1 or exists (select 1 from run r
                where r.account_id = $1 and r.backup_id = $2 and r.lease_until_ms > $12
                    and r.lease_until_ms <= $12 + 2 * r.lease_ms)
                then turn_ms else coalesce(cast($10 as bigint), 0) end
        where account_id = $1 and backup_id = $2
            and since_ms is not distinct from $15 and rows_ms is not distinct from $16
            and hourly_ms is not distinct from $17 and daily_ms is not distinct from $18
            and weekly_ms is not distinct from $19
            and history_from_ms is not distinct from $20
            and history_to_ms is not distinct from $21
            and due_ms is not distinct from $22 and ran_ms is not distinct from $23
            and patchy = $24 and floor_ms is not distinct from $25";

    /// What was planned is so far off as it was from the planner's own now:
    /// its clock and the database's may differ.
    END_TURN = "update timetable set turn_ms = case when due_ms >= ran_ms
                then (select cast(unixepoch('subsec') * 1000 as bigint)) + (due_ms - ran_ms)
                else coalesce(due_ms, 0) end
        where account_id = $1 and backup_id = $2 and hurried = 0";
}

impl Database {
    /// Whether any company's turn has come: what an idle server asks, again
    /// and again.
    pub(super) async fn somebody_waits(&self) -> Result<bool, Fault> {
        let waiting: i64 = sqlx::query_scalar(SOMEBODY_WAITS)
            .fetch_one(&mut *self.reader().await?)
            .await?;
        Ok(waiting > 0)
    }

    /// Serves the first company of the queue. `None` when it has nothing that
    /// can be begun after all; it has a later place now.
    pub(super) async fn take_turn(
        &self,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Claimed>, Fault> {
        let mut tx = self.begin_alone().await?;
        let now_ms = now(&mut tx).await?;
        let Some(account) = self.first_in_queue(&mut tx, now_ms).await? else {
            return Ok(None);
        };
        let due = sqlx::query(DUE_BACKUP)
            .bind(account.as_str())
            .bind(now_ms)
            .fetch_optional(&mut *tx)
            .await?;
        let mut claimed = None;
        if let Some(due) = due {
            let backup = BackupId::new(due.try_get::<String, _>("backup_id")?);
            let hurried = due.try_get::<i64, _>("hurried")? == 1;
            let run = runs::start(&mut tx, &account, &backup, worker, lease).await?;
            claimed = run.map(|run| Claimed {
                account: account.clone(),
                run,
                hurried,
            });
            sqlx::query(USE_UP)
                .bind(account.as_str())
                .bind(backup.as_str())
                .execute(&mut *tx)
                .await?;
            sqlx::query(SERVED)
                .bind(account.as_str())
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
        }
        place(&mut tx, &account, now_ms).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    pub(super) async fn put_hurry(
        &self,
        account: &AccountId,
        backup: &BackupId,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        let now_ms = now(&mut tx).await?;
        sqlx::query(HURRY)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        place(&mut tx, account, now_ms).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn one_timetable(
        &self,
        account: &AccountId,
        backup: &BackupId,
    ) -> Result<Timetable, Fault> {
        let row = sqlx::query(TIMETABLE)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let Some(row) = row else {
            return Ok(Timetable::default());
        };
        let from_ms: Option<i64> = row.try_get("history_from_ms")?;
        let to_ms: Option<i64> = row.try_get("history_to_ms")?;
        Ok(Timetable {
            since_ms: row.try_get("since_ms")?,
            rows_ms: row.try_get("rows_ms")?,
            hourly_ms: row.try_get("hourly_ms")?,
            daily_ms: row.try_get("daily_ms")?,
            weekly_ms: row.try_get("weekly_ms")?,
            history: from_ms
                .zip(to_ms)
                .and_then(|(from_ms, to_ms)| Window::from_ms(from_ms, to_ms)),
            patchy: row.try_get::<i64, _>("patchy")? == 1,
            floor_ms: row.try_get("floor_ms")?,
            due_ms: row.try_get("due_ms")?,
            ran_ms: row.try_get("ran_ms")?,
            well_ms: row.try_get("well_ms")?,
        })
    }

    pub(super) async fn put_timetable(
        &self,
        account: &AccountId,
        backup: &BackupId,
        was: &Timetable,
        timetable: &Timetable,
    ) -> Result<bool, Fault> {
        let mut tx = self.begin(account).await?;
        let now_ms = now(&mut tx).await?;
        let changed = sqlx::query(CHANGE_TIMETABLE)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(timetable.since_ms)
            .bind(timetable.rows_ms)
            .bind(timetable.hourly_ms)
            .bind(timetable.daily_ms)
            .bind(timetable.weekly_ms)
            .bind(timetable.history.map(Window::start_ms))
            .bind(timetable.history.map(Window::end_ms))
            .bind(timetable.due_ms)
            .bind(timetable.ran_ms)
            .bind(now_ms)
            .bind(i64::from(timetable.patchy))
            .bind(timetable.floor_ms)
            .bind(was.since_ms)
            .bind(was.rows_ms)
            .bind(was.hourly_ms)
            .bind(was.daily_ms)
            .bind(was.weekly_ms)
            .bind(was.history.map(Window::start_ms))
            .bind(was.history.map(Window::end_ms))
            .bind(was.due_ms)
            .bind(was.ran_ms)
            .bind(i64::from(was.patchy))
            .bind(was.floor_ms)
            .bind(timetable.well_ms)
            .bind(timetable.quiet_since_ms())
            .execute(&mut *tx)
            .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        place(&mut tx, account, now_ms).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The database's clock, milliseconds since 1970.
async fn now(tx: &mut Transaction<'_, Any>) -> Result<i64, Fault> {
    Ok(sqlx::query_scalar(NOW).fetch_one(&mut **tx).await?)
}

/// Finds a company its place in the queue.
async fn place(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    now_ms: i64,
) -> Result<(), Fault> {
    sqlx::query(PLACE)
        .bind(account.as_str())
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A Run has ended: the next turn comes when the timetable says so, and at
/// once when somebody asked for it meanwhile.
pub(super) async fn end_turn(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &BackupId,
) -> Result<(), Fault> {
    sqlx::query(END_TURN)
        .bind(account.as_str())
        .bind(backup.as_str())
        .execute(&mut **tx)
        .await?;
    let now_ms = now(tx).await?;
    place(tx, account, now_ms).await
}

/// A Backup has a timetable from the beginning.
pub(crate) async fn new_timetable(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    backup: &BackupId,
) -> Result<(), Fault> {
    sqlx::query(NEW_TIMETABLE)
        .bind(account.as_str())
        .bind(backup.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A Connection or one of its Backups has changed: may the scheduler run it?
pub(crate) async fn reschedule(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    connection: &ConnectionId,
) -> Result<(), Fault> {
    sqlx::query(SCHEDULE)
        .bind(account.as_str())
        .bind(connection.as_str())
        .execute(&mut **tx)
        .await?;
    let now_ms = now(tx).await?;
    place(tx, account, now_ms).await
}
