//! What whoever watches over the whole server must see. Exceptions come from
//! indexes that hold nothing else; sums are counted up to a limit.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::alarm::{Ailing, Heap, Queue, Silent, Unrenewed};
use domain::connection::{BackupId, ConnectionId};
use domain::data_type::DataType;
use domain::grant::Provider;
use domain::ledger::DestinationId;
use domain::ports::{PendingSum, Watch};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::Fault;
use crate::statements::statements;

statements! {
    DATABASE_CLOCK = "select cast(unixepoch('subsec') * 1000 as bigint)";

    QUEUE_HEAD = "select turn_ms from account
        where turn_ms <= (select cast(unixepoch('subsec') * 1000 as bigint))
        order by turn_ms, served limit 1";

    LAST_SERVED = "select served_ms from account where served > 0 order by served desc limit 1";

    SILENT = "select account_id, backup_id, well_ms, quiet_ms from (
            select account_id, backup_id, well_ms, quiet_ms from (
                select account_id, backup_id, well_ms, quiet_ms from timetable
                where scheduled = 1 and quiet_ms < $1 order by quiet_ms limit $3
            ) silent
            union all
            select account_id, backup_id, well_ms, quiet_ms from (
                select account_id, backup_id, cast(null as bigint) as well_ms, quiet_ms from timetable
                where scheduled = 1 and quiet_ms > $2 order by quiet_ms limit $3
            ) absurd
        ) u order by quiet_ms, account_id, backup_id limit $3";

    AILING = "select account_id, id, source_trouble as trouble from connection
        where source_trouble is not null and connected = 1
        order by account_id, id limit $1";

    SHUT = "select account_id, id, destination_trouble as trouble from connection
        where destination_trouble is not null and connected = 1
        order by account_id, id limit $1";

    UNRENEWED = "select v.account_id, v.connection_id,
            (select cast(unixepoch('subsec') * 1000 as bigint)) - v.kept_ms as age_ms
        from vault v
        where v.provider = 'source'
            and v.kept_ms < (select cast(unixepoch('subsec') * 1000 as bigint)) - $1
            and exists (select 1 from connection c where c.account_id = v.account_id
                and c.id = v.connection_id and c.connected = 1 and c.headless = 0)
        order by v.kept_ms limit $2";

    FULL = "select account_id, destination_id, count(*) as number from (
            select account_id, destination_id from entry
            where state = 'pending' and reason = 'destination-full' and reason <> 'new'
            limit 10000
        ) full_ones
        group by account_id, destination_id order by account_id, destination_id limit $1";

    STUCK = "select account_id, destination_id, count(*) as number from entry
        where state = 'pending' and attempts >= 8 and account_id >= ''
        group by account_id, destination_id order by account_id, destination_id limit $1";

    LOST = "select account_id, destination_id, count(*) as number from (
            select account_id, destination_id from entry
            where state = 'missing' and last_work_ms >= $1
            limit 100000
        ) lost_ones
        group by account_id, destination_id order by account_id, destination_id limit $2";

    /// Companies first, here and below: joined crosswise, SQLite keeps the
    /// order.
    BEHIND = "select d.account_id, d.id from account cross join destination d
        where d.account_id = account.id and exists (select 1 from entry e where e.account_id = d.account_id
            and e.destination_id = d.id and e.state = 'pending' and e.waiting = 0
            and e.at_ms < $1)
        order by d.account_id, d.id";

    READY_BEFORE = "select count(*) from (
            select 1 as one from entry
            where account_id = $1 and destination_id = $2 and state = 'pending' and waiting = 0
                and data_type = $5 and at_ms < $3
            limit $4
        ) ready";

    /// All that is ready, and all that waits: what is left when the other
    /// reasons are taken off is new.
    PENDING_READY = "select count(*) from (
            select 1 as one from account cross join destination d cross join entry e
            where d.account_id = account.id
                and e.account_id = d.account_id and e.destination_id = d.id
                and e.state = 'pending' and e.waiting = 0 limit $1
        ) ready";
    PENDING_WAITING = "select count(*) from (
            select 1 as one from account cross join destination d cross join entry e
            where d.account_id = account.id
                and e.account_id = d.account_id and e.destination_id = d.id
                and e.state = 'pending' and e.waiting = 1 limit $1
        ) ready";
    PENDING_REASON = "select count(*) as number, min(at_ms) as oldest from (
            select at_ms from entry
            where state = 'pending' and reason = $1 and reason <> 'new'
            order by at_ms limit $2
        ) due";
    OLDEST_READY = "select min(at) from (
            select (select min(e.at_ms) from entry e where e.account_id = d.account_id
                and e.destination_id = d.id and e.state = 'pending' and e.waiting = 0) as at
            from account cross join destination d where d.account_id = account.id
        ) soonest";
}

/// Every reason but `new` (`domain::ledger::Pending`).
const REASONS: [&str; 6] = [
    "not-ready",
    "failed",
    "throttled",
    "reconnect",
    "destination-full",
    "forbidden",
];

#[async_trait]
impl Watch for Database {
    async fn database_ms(&self) -> Result<i64> {
        self.attempt("asking for the time", || self.clock()).await
    }

    async fn queue(&self) -> Result<Queue> {
        self.attempt("looking at the queue", || self.the_queue())
            .await
    }

    async fn silent(&self, before_ms: i64, beyond_ms: i64, limit: u32) -> Result<Vec<Silent>> {
        self.attempt("looking for silent backups", || {
            self.silent_ones(before_ms, beyond_ms, limit)
        })
        .await
    }

    async fn ailing(&self, limit: u32) -> Result<Vec<Ailing>> {
        self.attempt("looking for dead grants", || self.ailing_ones(limit))
            .await
    }

    async fn unrenewed(&self, longer_ms: i64, limit: u32) -> Result<Vec<Unrenewed>> {
        self.attempt("looking for grants that die", || {
            self.unrenewed_ones(longer_ms, limit)
        })
        .await
    }

    async fn full(&self, limit: u32) -> Result<Vec<Heap>> {
        self.attempt("looking for full destinations", || {
            self.heaps(FULL, None, limit)
        })
        .await
    }

    async fn stuck(&self, limit: u32) -> Result<Vec<Heap>> {
        self.attempt("looking for items that fail", || {
            self.heaps(STUCK, None, limit)
        })
        .await
    }

    async fn lost(&self, since_ms: i64, limit: u32) -> Result<Vec<Heap>> {
        self.attempt("looking for missing items", || {
            self.heaps(LOST, Some(since_ms), limit)
        })
        .await
    }

    async fn behind(&self, before_ms: i64) -> Result<Vec<(AccountId, DestinationId)>> {
        self.attempt("looking for backlogs", || self.backlogs(before_ms))
            .await
    }

    async fn ready_before(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        of: DataType,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64> {
        self.attempt("counting a backlog", || {
            self.backlog(account, destination, of, before_ms, limit)
        })
        .await
    }

    async fn pending(&self, limit: u32) -> Result<PendingSum> {
        self.attempt("counting what is pending", || self.pending_sum(limit))
            .await
    }
}

impl Database {
    async fn clock(&self) -> Result<i64, Fault> {
        let mut reader = self.reader().await?;
        Ok(sqlx::query_scalar(DATABASE_CLOCK)
            .fetch_one(&mut *reader)
            .await?)
    }

    async fn the_queue(&self) -> Result<Queue, Fault> {
        let mut reader = self.reader().await?;
        let waits_since_ms = sqlx::query_scalar(QUEUE_HEAD)
            .fetch_optional(&mut *reader)
            .await?;
        let served_ms = sqlx::query_scalar(LAST_SERVED)
            .fetch_optional(&mut *reader)
            .await?;
        Ok(Queue {
            waits_since_ms,
            served_ms,
        })
    }

    async fn silent_ones(
        &self,
        before_ms: i64,
        beyond_ms: i64,
        limit: u32,
    ) -> Result<Vec<Silent>, Fault> {
        let rows = sqlx::query(SILENT)
            .bind(before_ms)
            .bind(beyond_ms)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let silent = rows.iter().map(|row| {
            Ok(Silent {
                account: AccountId::new(row.try_get::<String, _>("account_id")?),
                backup: BackupId::new(row.try_get::<String, _>("backup_id")?),
                well_ms: row.try_get("well_ms")?,
            })
        });
        silent.collect()
    }

    async fn ailing_ones(&self, limit: u32) -> Result<Vec<Ailing>, Fault> {
        let mut reader = self.reader().await?;
        let mut all = Vec::new();
        for (sql, end) in [(AILING, Provider::Source), (SHUT, Provider::Destination)] {
            let rows = sqlx::query(sql)
                .bind(i64::from(limit))
                .fetch_all(&mut *reader)
                .await?;
            for row in &rows {
                all.push(Ailing {
                    account: AccountId::new(row.try_get::<String, _>("account_id")?),
                    connection: ConnectionId::new(row.try_get::<String, _>("id")?),
                    end,
                    trouble: row.try_get("trouble")?,
                });
            }
        }
        Ok(all)
    }

    async fn unrenewed_ones(&self, longer_ms: i64, limit: u32) -> Result<Vec<Unrenewed>, Fault> {
        let rows = sqlx::query(UNRENEWED)
            .bind(longer_ms)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let unrenewed = rows.iter().map(|row| {
            Ok(Unrenewed {
                account: AccountId::new(row.try_get::<String, _>("account_id")?),
                connection: ConnectionId::new(row.try_get::<String, _>("connection_id")?),
                age_ms: row.try_get("age_ms")?,
            })
        });
        unrenewed.collect()
    }

    async fn heaps(
        &self,
        sql: &'static str,
        since_ms: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Heap>, Fault> {
        let mut query = sqlx::query(sql);
        if let Some(since_ms) = since_ms {
            query = query.bind(since_ms);
        }
        let rows = query
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(heap).collect()
    }

    async fn backlogs(&self, before_ms: i64) -> Result<Vec<(AccountId, DestinationId)>, Fault> {
        let rows = sqlx::query(BEHIND)
            .bind(before_ms)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let behind = rows.iter().map(|row| {
            let account = AccountId::new(row.try_get::<String, _>("account_id")?);
            Ok((account, DestinationId::new(row.try_get::<String, _>("id")?)))
        });
        behind.collect()
    }

    async fn backlog(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        of: DataType,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64, Fault> {
        let ready: i64 = sqlx::query_scalar(READY_BEFORE)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(before_ms)
            .bind(i64::from(limit))
            .bind(of.word())
            .fetch_one(&mut *self.reader().await?)
            .await?;
        Ok(ready.unsigned_abs())
    }

    async fn pending_sum(&self, limit: u32) -> Result<PendingSum, Fault> {
        let mut reader = self.reader().await?;
        let mut total = 0_i64;
        for sql in [PENDING_READY, PENDING_WAITING] {
            let number: i64 = sqlx::query_scalar(sql)
                .bind(i64::from(limit))
                .fetch_one(&mut *reader)
                .await?;
            total += number;
        }
        let mut oldest_ms: Option<i64> = sqlx::query_scalar(OLDEST_READY)
            .fetch_one(&mut *reader)
            .await?;
        let mut by_reason = BTreeMap::new();
        for reason in REASONS {
            let row = sqlx::query(PENDING_REASON)
                .bind(reason)
                .bind(i64::from(limit))
                .fetch_one(&mut *reader)
                .await?;
            let number: i64 = row.try_get("number")?;
            let oldest: Option<i64> = row.try_get("oldest")?;
            oldest_ms = oldest_ms.into_iter().chain(oldest).min();
            total -= number;
            if number > 0 {
                by_reason.insert(reason.to_owned(), number.unsigned_abs());
            }
        }
        // What changed between two of these statements is no new item.
        if total > 0 {
            by_reason.insert("new".to_owned(), total.unsigned_abs());
        }
        Ok(PendingSum {
            by_reason,
            oldest_ms,
        })
    }
}

fn heap(row: &AnyRow) -> Result<Heap, Fault> {
    Ok(Heap {
        account: AccountId::new(row.try_get::<String, _>("account_id")?),
        destination: DestinationId::new(row.try_get::<String, _>("destination_id")?),
        count: row.try_get::<i64, _>("number")?.unsigned_abs(),
    })
}
