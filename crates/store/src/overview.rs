//! What people are shown of a Backup as a whole: how its run comes along,
//! whether its history rests, how long the provider keeps data. Its sums are
//! the Ledger's.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::data_type::DataType;
use domain::headway::{Headway, Sample, Seen, Trail};
use domain::ledger::Count;
use domain::ports::{Overview, Totals};
use domain::retention::Retention;
use domain::window::Window;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::Fault;
use crate::list::json;
use crate::statements::statements;

statements! {
    KEEP_HEADWAY = "insert into headway (account_id, backup_id, attempt, began_ms, written_ms,
            listing_from_ms, listing_to_ms, portions, portions_done, found, archived, bytes,
            failed, missing, trail)
        values ($1, $2, $3, $4, cast(unixepoch('subsec') * 1000 as bigint), $5, $6, $7, $8, $9,
            $10, $11, $12, $13, $14)
        on conflict (account_id, backup_id) do update set attempt = excluded.attempt,
            began_ms = excluded.began_ms, written_ms = excluded.written_ms,
            listing_from_ms = excluded.listing_from_ms, listing_to_ms = excluded.listing_to_ms,
            portions = excluded.portions, portions_done = excluded.portions_done,
            found = excluded.found, archived = excluded.archived, bytes = excluded.bytes,
            failed = excluded.failed, missing = excluded.missing, trail = excluded.trail
        where headway.attempt <= excluded.attempt";

    /// A lease that ends further ahead than it could was taken under a wrong
    /// clock.
    HEADWAY = "select h.attempt, h.began_ms, h.listing_from_ms, h.listing_to_ms, h.portions,
            h.portions_done, h.found, h.archived, h.bytes, h.failed, h.missing, h.trail,
            cast(unixepoch('subsec') * 1000 as bigint) - h.written_ms as silent_ms,
            case when r.attempt = h.attempt
                and r.lease_until_ms > cast(unixepoch('subsec') * 1000 as bigint)
                and r.lease_until_ms
                    <= cast(unixepoch('subsec') * 1000 as bigint) + 2 * r.lease_ms
                then 1 else 0 end as held
        from headway h
        left join run r on r.account_id = h.account_id and r.backup_id = h.backup_id
        where h.account_id = $1 and h.backup_id = $2";

    REST = "update timetable set rests_ms = $3 where account_id = $1 and backup_id = $2";

    RESTS = "select rests_ms from timetable where account_id = $1 and backup_id = $2";

    KEEP_RETENTION = "insert into retention (account_id, told_ms, days) values ($1, $2, $3)
        on conflict (account_id) do update set told_ms = excluded.told_ms, days = excluded.days";

    RETENTION = "select told_ms, days from retention where account_id = $1";
}

#[async_trait]
impl Overview for Database {
    async fn totals(&self, account: &AccountId, backup: &Backup) -> Result<Totals> {
        loop {
            let counted = self.attempt("counting", || self.all_totals(account, backup));
            if let Some(totals) = counted.await? {
                return Ok(totals);
            }
        }
    }

    async fn by_day(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<BTreeMap<i64, BTreeMap<DataType, Count>>> {
        loop {
            let counted = self.attempt("counting", || self.days_of(account, backup, window));
            if let Some(days) = counted.await? {
                return Ok(days);
            }
        }
    }

    async fn keep_headway(
        &self,
        account: &AccountId,
        backup: &BackupId,
        headway: &Headway,
    ) -> Result<()> {
        self.attempt("keeping how a run comes along", || {
            self.put_headway(account, backup, headway)
        })
        .await
    }

    async fn headway(&self, account: &AccountId, backup: &BackupId) -> Result<Option<Seen>> {
        self.attempt("reading how a run comes along", || {
            self.one_headway(account, backup)
        })
        .await
    }

    async fn rest_history(
        &self,
        account: &AccountId,
        backup: &BackupId,
        since_ms: Option<i64>,
    ) -> Result<()> {
        self.attempt("letting a history rest", || {
            self.put_rest(account, backup, since_ms)
        })
        .await
    }

    async fn history_rests(&self, account: &AccountId, backup: &BackupId) -> Result<Option<i64>> {
        self.attempt("looking whether a history rests", || {
            self.rests(account, backup)
        })
        .await
    }

    async fn keep_retention(
        &self,
        account: &AccountId,
        retention: &Retention,
        now_ms: i64,
    ) -> Result<()> {
        self.attempt("keeping how long data is kept", || {
            self.put_retention(account, retention, now_ms)
        })
        .await
    }

    async fn retention(&self, account: &AccountId) -> Result<Option<(Retention, i64)>> {
        self.attempt("reading how long data is kept", || {
            self.one_retention(account)
        })
        .await
    }
}

impl Database {
    async fn put_headway(
        &self,
        account: &AccountId,
        backup: &BackupId,
        it: &Headway,
    ) -> Result<(), Fault> {
        let trail: Vec<_> = it.trail.samples().iter().map(numbers).collect();
        let mut tx = self.begin(account).await?;
        sqlx::query(KEEP_HEADWAY)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(it.attempt)
            .bind(it.began_ms)
            .bind(it.listing.map(Window::start_ms))
            .bind(it.listing.map(Window::end_ms))
            .bind(whole(it.portions))
            .bind(whole(it.portions_done))
            .bind(whole(it.found))
            .bind(whole(it.archived))
            .bind(whole(it.bytes))
            .bind(whole(it.failed))
            .bind(whole(it.missing))
            .bind(json(&trail)?)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn one_headway(
        &self,
        account: &AccountId,
        backup: &BackupId,
    ) -> Result<Option<Seen>, Fault> {
        let row = sqlx::query(HEADWAY)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.as_ref().map(seen_of).transpose()
    }

    async fn put_rest(
        &self,
        account: &AccountId,
        backup: &BackupId,
        since_ms: Option<i64>,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(REST)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(since_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn rests(&self, account: &AccountId, backup: &BackupId) -> Result<Option<i64>, Fault> {
        let row = sqlx::query(RESTS)
            .bind(account.as_str())
            .bind(backup.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(row.map(|it| it.try_get("rests_ms")).transpose()?.flatten())
    }

    async fn put_retention(
        &self,
        account: &AccountId,
        retention: &Retention,
        now_ms: i64,
    ) -> Result<(), Fault> {
        let words = retention.0.iter().map(|(it, days)| (it.word(), *days));
        let mut tx = self.begin(account).await?;
        sqlx::query(KEEP_RETENTION)
            .bind(account.as_str())
            .bind(now_ms)
            .bind(json(&words.collect::<BTreeMap<_, _>>())?)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn one_retention(&self, account: &AccountId) -> Result<Option<(Retention, i64)>, Fault> {
        let row = sqlx::query(RETENTION)
            .bind(account.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let words: BTreeMap<String, u32> = serde_json::from_str(row.try_get("days")?)?;
        let known = words.into_iter();
        let days = known.filter_map(|(word, days)| Some((DataType::from_word(&word)?, days)));
        Ok(Some((Retention(days.collect()), row.try_get("told_ms")?)))
    }
}

fn numbers(it: &Sample) -> (i64, u64, u64) {
    (it.at_ms, it.files, it.bytes)
}

fn seen_of(row: &AnyRow) -> Result<Seen, Fault> {
    let number =
        |column: &str| -> Result<u64, Fault> { Ok(row.try_get::<i64, _>(column)?.unsigned_abs()) };
    let from_ms: Option<i64> = row.try_get("listing_from_ms")?;
    let to_ms: Option<i64> = row.try_get("listing_to_ms")?;
    let trail: Vec<(i64, u64, u64)> = serde_json::from_str(row.try_get("trail")?)?;
    let samples = trail.into_iter().map(|(at_ms, files, bytes)| Sample {
        at_ms,
        files,
        bytes,
    });
    Ok(Seen {
        headway: Headway {
            attempt: row.try_get("attempt")?,
            began_ms: row.try_get("began_ms")?,
            listing: from_ms
                .zip(to_ms)
                .and_then(|(from_ms, to_ms)| Window::from_ms(from_ms, to_ms)),
            portions: number("portions")?,
            portions_done: number("portions_done")?,
            found: number("found")?,
            archived: number("archived")?,
            bytes: number("bytes")?,
            failed: number("failed")?,
            missing: number("missing")?,
            trail: Trail::of(samples.collect()),
        },
        silent_ms: row.try_get("silent_ms")?,
        held: row.try_get::<i64, _>("held")? == 1,
    })
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
