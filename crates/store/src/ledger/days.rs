//! The sums of all time, kept by UTC day: what changes an Entry raises the
//! version of its day, and only days whose version rose since are counted
//! anew. So a million archived items cost a look at a page nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::account::AccountId;
use domain::census::day_of;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::ledger::{Count, DestinationId};
use domain::ports::Totals;
use domain::window::{DAY_MS, Window};
use serde::{Deserialize, Serialize};
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::cover::{self, CoverRow, cover_day};
use super::view::type_of;
use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::list::{json, keys, list};
use crate::statements::statements;

statements! {
    /// Days by their number.
    DAYS_CHANGED = "insert into ledger_day (account_id, destination_id, day_ms, version)
        select $1, $2, cast(cast(r.value as text) as bigint), 1 from json_each($3) as r where true
        on conflict (account_id, destination_id, day_ms)
        do update set version = ledger_day.version + 1";

    /// Days by the items whose Entries changed.
    ITEMS_CHANGED = "insert into ledger_day (account_id, destination_id, day_ms, version)
        select $1, $2, u.day_ms, 1 from (
            select distinct e.at_ms - ((e.at_ms % 86400000 + 86400000) % 86400000) as day_ms
            from json_each($3) as r cross join entry e
            where e.account_id = $1 and e.destination_id = $2 and e.item_key = r.key
        ) u where true
        on conflict (account_id, destination_id, day_ms)
        do update set version = ledger_day.version + 1";

    /// Days by items that turn out to be another person's, wherever they lie.
    ITEMS_MOVED = "insert into ledger_day (account_id, destination_id, day_ms, version)
        select $1, u.destination_id, u.day_ms, 1 from (
            select distinct e.destination_id,
                e.at_ms - ((e.at_ms % 86400000 + 86400000) % 86400000) as day_ms
            from json_each($2) as r cross join destination d cross join entry e
            where d.account_id = $1 and e.account_id = $1 and e.destination_id = d.id
                and e.item_key = r.key
        ) u where true
        on conflict (account_id, destination_id, day_ms)
        do update set version = ledger_day.version + 1";

    /// Days by a span of own times.
    SPAN_CHANGED = "update ledger_day set version = version + 1
        where account_id = $1 and destination_id = $2
            and day_ms > cast($3 as bigint) - 86400000 and day_ms < $4";

    COUNTED = "select d.day_ms, d.version, c.version as counted, c.counts
        from ledger_day d
        left join counted_day c on c.account_id = d.account_id and c.backup_id = $3
            and c.day_ms = d.day_ms
        where d.account_id = $1 and d.destination_id = $2
            and d.day_ms >= $4 and d.day_ms < $5";

    OLDEST = "select e.data_type, min(e.at_ms) as at_ms
        from entry e
        where e.account_id = $1 and e.destination_id = $2 and e.state <> 'archived'
            and e.state = 'pending' and e.at_ms >= $4 and e.at_ms < $5
            and exists (select 1 from backup_item b where b.account_id = $1
                and b.backup_id = $3 and b.at_ms = e.at_ms and b.item_key = e.item_key)
        group by e.data_type";

    KEEP_COUNTED = "insert into counted_day (account_id, backup_id, day_ms, version, counts)
        select $1, $2, cast(r.value ->> 'day_ms' as bigint),
            cast(r.value ->> 'version' as bigint), r.value ->> 'counts'
        from json_each($3) as r where true
        on conflict (account_id, backup_id, day_ms)
        do update set version = excluded.version, counts = excluded.counts
        where excluded.version > counted_day.version";
}

/// So many days are counted at once: after an upgrade of a large archive all
/// of them must be, and no question to the database may take for ever.
const AT_ONCE: usize = 31;

/// One type on one day.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct DayCount {
    archived: u64,
    pending: u64,
    missing: u64,
    excluded: u64,
    files: u64,
    bytes: u64,
    oldest: Option<i64>,
}

impl DayCount {
    /// One person's.
    fn add(&mut self, it: &CoverRow) {
        self.archived += it.archived;
        self.pending += it.pending;
        self.missing += it.missing;
        self.excluded += it.excluded;
        self.files += it.files;
        self.bytes += it.bytes;
    }
}

/// A day by the words of its types.
type Day = BTreeMap<String, DayCount>;

#[derive(Serialize)]
struct DayRow {
    day_ms: i64,
    version: i64,
    counts: String,
    /// The same, person by person: rows of their own.
    #[serde(skip)]
    people: Vec<CoverRow>,
}

/// Entries with these own times changed, or came to a Backup. Part of every
/// transaction that changes an Entry's state; the last of it.
pub(crate) async fn changed_at(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    destination: &DestinationId,
    times: impl Iterator<Item = i64>,
) -> Result<(), Fault> {
    let days: BTreeSet<i64> = times.map(day_of).collect();
    if days.is_empty() {
        return Ok(());
    }
    let days: BTreeMap<String, i64> = days.iter().map(|it| (it.to_string(), *it)).collect();
    sqlx::query(DAYS_CHANGED)
        .bind(account.as_str())
        .bind(destination.as_str())
        .bind(list(&days)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Entries of these items changed.
pub(crate) async fn changed_items(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    destination: &DestinationId,
    items: impl Iterator<Item = &str>,
) -> Result<(), Fault> {
    sqlx::query(ITEMS_CHANGED)
        .bind(account.as_str())
        .bind(destination.as_str())
        .bind(keys(items)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// These items turn out to be other people's than was thought.
pub(super) async fn moved_items(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    items: impl Iterator<Item = &str>,
) -> Result<(), Fault> {
    sqlx::query(ITEMS_MOVED)
        .bind(account.as_str())
        .bind(keys(items)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Entries of this window changed.
pub(crate) async fn changed_in(
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    destination: &DestinationId,
    window: Window,
) -> Result<(), Fault> {
    sqlx::query(SPAN_CHANGED)
        .bind(account.as_str())
        .bind(destination.as_str())
        .bind(window.start_ms())
        .bind(window.end_ms())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl Database {
    /// The sums of a Backup. `None`: many days had changed, and more are left:
    /// ask again.
    pub(crate) async fn all_totals(
        &self,
        account: &AccountId,
        backup: &Backup,
    ) -> Result<Option<Totals>, Fault> {
        let days = self.counted_days(account, backup, Window::EVER).await?;
        let Some(days) = days else { return Ok(None) };
        let mut totals = Totals::default();
        for day in days.into_values() {
            add(&mut totals, day)?;
        }
        Ok(Some(totals))
    }

    /// The sums of each day that begins in a window. `None`: as above.
    pub(crate) async fn days_of(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<Option<BTreeMap<i64, BTreeMap<DataType, Count>>>, Fault> {
        let days = self.counted_days(account, backup, window).await?;
        let Some(days) = days else { return Ok(None) };
        let mut counts = BTreeMap::new();
        for (day_ms, day) in days {
            let mut totals = Totals::default();
            add(&mut totals, day)?;
            if !totals.counts.is_empty() {
                counts.insert(day_ms, totals.counts);
            }
        }
        Ok(Some(counts))
    }

    /// Days by when they begin; those that changed are counted first.
    async fn counted_days(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
    ) -> Result<Option<BTreeMap<i64, Day>>, Fault> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(COUNTED)
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(backup.id.as_str())
            .bind(window.start_ms())
            .bind(window.end_ms())
            .fetch_all(&mut *reader)
            .await?;
        let mut days = BTreeMap::new();
        let mut anew = BTreeMap::new();
        for row in &rows {
            let (day_ms, version): (i64, i64) = (row.try_get("day_ms")?, row.try_get("version")?);
            let counts: Option<String> = row.try_get("counts")?;
            let fresh = row.try_get::<Option<i64>, _>("counted")? == Some(version);
            if !fresh && anew.len() == AT_ONCE {
                drop(reader);
                self.keep_counted(account, backup, &anew).await?;
                return Ok(None);
            }
            let day = if let Some(counts) = counts.filter(|_| fresh) {
                serde_json::from_str(&counts)?
            } else {
                // The version was read before: what changes while this is
                // counted makes the day stale again.
                let (day, people) = count_day(&mut reader, account, backup, day_ms).await?;
                let counts = json(&day)?;
                let row = DayRow {
                    day_ms,
                    version,
                    counts,
                    people,
                };
                anew.insert(day_ms.to_string(), row);
                day
            };
            days.insert(day_ms, day);
        }
        drop(reader);
        if !anew.is_empty() {
            self.keep_counted(account, backup, &anew).await?;
        }
        Ok(Some(days))
    }

    async fn keep_counted(
        &self,
        account: &AccountId,
        backup: &Backup,
        days: &BTreeMap<String, DayRow>,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(KEEP_COUNTED)
            .bind(account.as_str())
            .bind(backup.id.as_str())
            .bind(list(days)?)
            .execute(&mut *tx)
            .await?;
        for row in days.values() {
            cover::keep(
                &mut tx,
                account,
                &backup.id,
                (row.day_ms, row.version),
                &row.people,
            )
            .await?;
        }
        Ok(tx.commit().await?)
    }
}

async fn count_day(
    reader: &mut AnyConnection,
    account: &AccountId,
    backup: &Backup,
    day_ms: i64,
) -> Result<(Day, Vec<CoverRow>), Fault> {
    let window = Window::from_ms(day_ms, day_ms.saturating_add(DAY_MS))
        .ok_or_else(|| unreadable("a day of the ledger"))?;
    let destination = backup.destination.as_str();
    let people = cover_day(&mut *reader, account, &backup.id, destination, window).await?;
    let oldest = sqlx::query(OLDEST)
        .bind(account.as_str())
        .bind(destination)
        .bind(backup.id.as_str())
        .bind(window.start_ms())
        .bind(window.end_ms())
        .fetch_all(reader)
        .await?;
    let mut day = Day::new();
    for it in &people {
        day.entry(it.data_type.clone()).or_default().add(it);
    }
    for row in &oldest {
        if let Some(count) = day.get_mut(row.try_get::<&str, _>("data_type")?) {
            count.oldest = row.try_get("at_ms")?;
        }
    }
    Ok((day, people))
}

fn add(totals: &mut Totals, day: Day) -> Result<(), Fault> {
    for (word, it) in day {
        let data_type: DataType = type_of(&word)?;
        let count = totals.counts.entry(data_type).or_default();
        *count = count.plus(Count {
            archived: it.archived,
            pending: it.pending,
            missing: it.missing,
            excluded: it.excluded,
            files: it.files,
            bytes: it.bytes,
        });
        if let Some(at_ms) = it.oldest {
            let oldest = totals.oldest.entry(data_type).or_insert(at_ms);
            *oldest = at_ms.min(*oldest);
        }
    }
    Ok(())
}
