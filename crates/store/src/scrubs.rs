//! The book of Scrubs and of the Census: how far the care for each archive is,
//! and what the provider listed day by day.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::census::CensusDay;
use domain::connection::BackupId;
use domain::data_type::DataType;
use domain::ports::{Scrubbed, Scrubs};
use domain::scrub::Scrub;
use domain::window::Window;
use serde::Serialize;
use sqlx::Row;

use crate::database::Database;
use crate::fault::Fault;
use crate::list::{json, list};
use crate::statements::statements;

statements! {
    /// A lease that ends further ahead than it could was taken under a wrong
    /// clock.
    DUE_SCRUB = "select account_id, backup_id from (
            select account_id, backup_id, scrub_ms from (
                select t.account_id, t.backup_id, t.scrub_ms from timetable t
                where t.scheduled = 1 and t.scrub_ms <= $1
                    and not exists (select 1 from scrub s where s.account_id = t.account_id
                        and s.backup_id = t.backup_id
                        and s.lease_until_ms > cast(unixepoch('subsec') * 1000 as bigint)
                        and s.lease_until_ms <= cast(unixepoch('subsec') * 1000 as bigint)
                            + 2 * s.lease_ms)
                order by t.scrub_ms, t.account_id, t.backup_id limit 1
            ) due
            union all
            select account_id, backup_id, scrub_ms from (
                select t.account_id, t.backup_id, t.scrub_ms from timetable t
                where t.scheduled = 1 and t.scrub_ms > $2
                    and not exists (select 1 from scrub s where s.account_id = t.account_id
                        and s.backup_id = t.backup_id
                        and s.lease_until_ms > cast(unixepoch('subsec') * 1000 as bigint)
                        and s.lease_until_ms <= cast(unixepoch('subsec') * 1000 as bigint)
                            + 2 * s.lease_ms)
                order by t.scrub_ms, t.account_id, t.backup_id limit 1
            ) absurd
        ) u order by scrub_ms limit 1";

    /// Nobody else has it since.
    TAKE_SCRUB = "insert into scrub (account_id, backup_id, holder, lease_until_ms, lease_ms,
            facts)
        values ($1, $2, $3, cast(unixepoch('subsec') * 1000 as bigint)
            + cast($4 as bigint), $4, $5)
        on conflict (account_id, backup_id) do update set holder = excluded.holder,
            lease_until_ms = excluded.lease_until_ms, lease_ms = excluded.lease_ms
        where scrub.lease_until_ms <= (select cast(unixepoch('subsec') * 1000 as bigint))
            or scrub.lease_until_ms > (select cast(unixepoch('subsec') * 1000 as bigint))
                + 2 * scrub.lease_ms";

    BEAT_SCRUB = "update scrub set lease_ms = $4,
            lease_until_ms = (select cast(unixepoch('subsec') * 1000 as bigint))
                + cast($4 as bigint)
        where account_id = $1 and backup_id = $2 and holder = $3";

    KEEP_SCRUB = "update scrub set facts = $4
        where account_id = $1 and backup_id = $2 and holder = $3";

    LEAVE_SCRUB = "update scrub set holder = '', lease_until_ms = 0
        where account_id = $1 and backup_id = $2 and holder = $3";

    NEXT_SCRUB = "update timetable set scrub_ms = $3 where account_id = $1 and backup_id = $2";

    SCRUB = "select facts from scrub where account_id = $1 and backup_id = $2";

    /// What was listed more than two hours later (`schedule::ABSURD_MS`) was
    /// listed under a wrong clock.
    KEEP_CENSUS = "insert into census (account_id, backup_id, day_ms, at_ms, listed)
        select $1, $2, cast(r.value ->> 'day_ms' as bigint),
            cast(r.value ->> 'at_ms' as bigint), r.value ->> 'listed'
        from json_each($3) as r where true
        on conflict (account_id, backup_id, day_ms)
        do update set at_ms = excluded.at_ms, listed = excluded.listed
        where excluded.at_ms >= census.at_ms
            or census.at_ms > excluded.at_ms + 7200000";

    CENSUS = "select day_ms, at_ms, listed from census
        where account_id = $1 and backup_id = $2 and day_ms >= $3 and day_ms < $4
        order by day_ms";
}

/// Days that go to the database at once.
const CHUNK: usize = 500;

#[derive(Serialize)]
struct DayRow {
    day_ms: i64,
    at_ms: i64,
    listed: String,
}

#[async_trait]
impl Scrubs for Database {
    async fn claim_scrub(
        &self,
        holder: &str,
        lease: Duration,
        now_ms: i64,
        absurd_ms: i64,
    ) -> Result<Option<Scrubbed>> {
        self.attempt("looking for an archive to care for", || {
            self.take_scrub(holder, lease, now_ms, absurd_ms)
        })
        .await
    }

    async fn beat_scrub(
        &self,
        account: &AccountId,
        backup: &BackupId,
        holder: &str,
        lease: Duration,
    ) -> Result<bool> {
        self.attempt("keeping the care for an archive", || async {
            let mut tx = self.begin(account).await?;
            let beaten = sqlx::query(BEAT_SCRUB)
                .bind(account.as_str())
                .bind(backup.as_str())
                .bind(holder)
                .bind(milliseconds(lease))
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(beaten.rows_affected() == 1)
        })
        .await
    }

    async fn keep_scrub(
        &self,
        account: &AccountId,
        backup: &BackupId,
        holder: &str,
        scrub: &Scrub,
        due_ms: Option<i64>,
    ) -> Result<bool> {
        self.attempt("writing down the care for an archive", || {
            self.put_scrub(account, backup, holder, scrub, due_ms)
        })
        .await
    }

    async fn scrub(&self, account: &AccountId, backup: &BackupId) -> Result<Scrub> {
        self.attempt("reading the care for an archive", || async {
            let row = sqlx::query(SCRUB)
                .bind(account.as_str())
                .bind(backup.as_str())
                .fetch_optional(&mut *self.reader().await?)
                .await?;
            let facts = row.map(|it| it.try_get("facts")).transpose()?;
            Ok(scrub_of(facts))
        })
        .await
    }

    async fn keep_census(
        &self,
        account: &AccountId,
        backup: &BackupId,
        days: &[CensusDay],
    ) -> Result<()> {
        if days.is_empty() {
            return Ok(());
        }
        self.attempt("keeping what was listed", || {
            self.put_census(account, backup, days)
        })
        .await
    }

    async fn census(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<CensusDay>> {
        self.attempt("reading what was listed", || async {
            let rows = sqlx::query(CENSUS)
                .bind(account.as_str())
                .bind(backup.as_str())
                .bind(window.start_ms())
                .bind(window.end_ms())
                .fetch_all(&mut *self.reader().await?)
                .await?;
            rows.iter()
                .map(|row| {
                    let words: BTreeMap<String, u64> =
                        serde_json::from_str(row.try_get("listed")?)?;
                    let known = words.into_iter();
                    let listed =
                        known.filter_map(|(it, units)| Some((DataType::from_word(&it)?, units)));
                    Ok(CensusDay {
                        day_ms: row.try_get("day_ms")?,
                        at_ms: row.try_get("at_ms")?,
                        listed: listed.collect(),
                    })
                })
                .collect()
        })
        .await
    }
}

impl Database {
    async fn take_scrub(
        &self,
        holder: &str,
        lease: Duration,
        now_ms: i64,
        absurd_ms: i64,
    ) -> Result<Option<Scrubbed>, Fault> {
        let due = sqlx::query(DUE_SCRUB)
            .bind(now_ms)
            .bind(absurd_ms)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let Some(due) = due else { return Ok(None) };
        let account = AccountId::new(due.try_get::<String, _>("account_id")?);
        let backup = BackupId::new(due.try_get::<String, _>("backup_id")?);
        let mut tx = self.begin(&account).await?;
        let taken = sqlx::query(TAKE_SCRUB)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(holder)
            .bind(milliseconds(lease))
            .bind(json(&Scrub::default())?)
            .execute(&mut *tx)
            .await?;
        // As it is now: somebody may have come along since it was seen.
        let facts = sqlx::query_scalar(SCRUB)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok((taken.rows_affected() == 1).then(|| Scrubbed {
            account,
            backup,
            scrub: scrub_of(facts),
        }))
    }

    async fn put_scrub(
        &self,
        account: &AccountId,
        backup: &BackupId,
        holder: &str,
        scrub: &Scrub,
        due_ms: Option<i64>,
    ) -> Result<bool, Fault> {
        let mut tx = self.begin(account).await?;
        let kept = sqlx::query(KEEP_SCRUB)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(holder)
            .bind(json(scrub)?)
            .execute(&mut *tx)
            .await?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(due_ms) = due_ms {
            sqlx::query(LEAVE_SCRUB)
                .bind(account.as_str())
                .bind(backup.as_str())
                .bind(holder)
                .execute(&mut *tx)
                .await?;
            sqlx::query(NEXT_SCRUB)
                .bind(account.as_str())
                .bind(backup.as_str())
                .bind(due_ms)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn put_census(
        &self,
        account: &AccountId,
        backup: &BackupId,
        days: &[CensusDay],
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        for chunk in days.chunks(CHUNK) {
            let rows = chunk.iter().map(|day| {
                let words = day.listed.iter().map(|(it, units)| (it.word(), *units));
                let row = DayRow {
                    day_ms: day.day_ms,
                    at_ms: day.at_ms,
                    listed: json(&words.collect::<BTreeMap<_, _>>())?,
                };
                Ok((day.day_ms.to_string(), row))
            });
            let rows: BTreeMap<String, DayRow> = rows.collect::<Result<_, Fault>>()?;
            sqlx::query(KEEP_CENSUS)
                .bind(account.as_str())
                .bind(backup.as_str())
                .bind(list(&rows)?)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What a newer version wrote and this one cannot read begins anew: nothing
/// but work is lost.
fn scrub_of(facts: Option<String>) -> Scrub {
    let facts = facts.and_then(|it| serde_json::from_str(&it).ok());
    facts.unwrap_or_default()
}

fn milliseconds(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)
}
