//! Walks along the rows of a LOG, from any place in it, either way. With only
//! telling rows wanted it jumps: from row to item to row, over any number of
//! idle ones. Knows nothing of counts.

use domain::account::AccountId;
use domain::connection::BackupId;
use domain::window::{DAY_MS, Window};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::page::place_of;
use crate::fault::Fault;
use crate::statements::statements;

statements! {
    /// In each of these the place of a walk is its one bound on that side:
    /// given two, SQLite begins at whichever it likes and reads from there.
    OLDER = "select t.from_ms, t.to_ms, t.listing from task t
        where t.account_id = $1 and t.backup_id = $2
            and t.from_ms >= $3 and (t.from_ms, t.to_ms) < ($4, $5)
        order by t.from_ms desc, t.to_ms desc limit $6";

    NEWER = "select t.from_ms, t.to_ms, t.listing from task t
        where t.account_id = $1 and t.backup_id = $2
            and t.from_ms < $3 and (t.from_ms, t.to_ms) > ($4, $5)
        order by t.from_ms, t.to_ms limit $6";

    /// Rows whose listing is not done, by an index that holds no others.
    OPEN_OLDER = "select t.from_ms, t.to_ms, t.listing from task t
        where t.account_id = $1 and t.backup_id = $2 and t.listing <> 'done'
            and t.from_ms >= $3 and (t.from_ms, t.to_ms) < ($4, $5)
        order by t.from_ms desc, t.to_ms desc limit $6";

    OPEN_NEWER = "select t.from_ms, t.to_ms, t.listing from task t
        where t.account_id = $1 and t.backup_id = $2 and t.listing <> 'done'
            and t.from_ms < $3 and (t.from_ms, t.to_ms) > ($4, $5)
        order by t.from_ms, t.to_ms limit $6";

    /// Of a stretch that begins behind $3 the telling rows. Whatever is not
    /// excluded makes its row telling.
    TELLING_OLDER = "select t.from_ms, t.to_ms, t.listing from task t
        where t.account_id = $1 and t.backup_id = $2
            and t.from_ms >= $3 and (t.from_ms, t.to_ms) < ($4, $5)
            and (t.listing <> 'done' or exists (select 1 from backup_item b
                join entry e on e.account_id = b.account_id and e.destination_id = $7
                    and e.item_key = b.item_key and e.state <> 'excluded'
                where b.account_id = $1 and b.backup_id = $2
                    and b.at_ms >= t.from_ms and b.at_ms < t.to_ms))
        order by t.from_ms desc, t.to_ms desc limit $6";

    TELLING_NEWER = "select t.from_ms, t.to_ms, t.listing from task t
        where t.account_id = $1 and t.backup_id = $2
            and t.from_ms < $3 and (t.from_ms, t.to_ms) > ($4, $5)
            and (t.listing <> 'done' or exists (select 1 from backup_item b
                join entry e on e.account_id = b.account_id and e.destination_id = $7
                    and e.item_key = b.item_key and e.state <> 'excluded'
                where b.account_id = $1 and b.backup_id = $2
                    and b.at_ms >= t.from_ms and b.at_ms < t.to_ms))
        order by t.from_ms, t.to_ms limit $6";

    ITEM_BEFORE = "select max(at_ms) from backup_item
        where account_id = $1 and backup_id = $2 and at_ms < $3";

    ITEM_FROM = "select min(at_ms) from backup_item
        where account_id = $1 and backup_id = $2 and at_ms >= $3";
}

/// How much of a log is looked through at once for telling rows.
const STRETCH_MS: i64 = 7 * DAY_MS;

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Older,
    Newer,
}

impl Way {
    fn all(self) -> &'static str {
        match self {
            Way::Older => OLDER,
            Way::Newer => NEWER,
        }
    }

    fn open(self) -> &'static str {
        match self {
            Way::Older => OPEN_OLDER,
            Way::Newer => OPEN_NEWER,
        }
    }
}

/// A place in the order of rows; a row stands there or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
}

impl Place {
    /// Of a row.
    pub(super) fn of(row: Window) -> Place {
        Place {
            from_ms: row.start_ms(),
            to_ms: row.end_ms(),
        }
    }

    /// After it, before the next newer one.
    pub(super) fn just_after(row: Window) -> Place {
        Place {
            from_ms: row.start_ms(),
            to_ms: row.end_ms().saturating_add(1),
        }
    }

    /// Before it, after the next older one.
    pub(super) fn just_before(row: Window) -> Place {
        Place {
            from_ms: row.start_ms(),
            to_ms: row.end_ms().saturating_sub(1),
        }
    }

    /// After all rows inside the window.
    pub(super) fn after_all(window: Window) -> Place {
        Place::before(window.end_ms())
    }

    /// Before all rows that begin at this time or later.
    fn before(from_ms: i64) -> Place {
        Place {
            from_ms,
            to_ms: i64::MIN,
        }
    }
}

/// What the rows of one walk have in common.
pub(super) struct Walk<'a> {
    pub(super) reader: &'a mut AnyConnection,
    pub(super) account: &'a AccountId,
    pub(super) backup: &'a BackupId,
    pub(super) destination: &'a str,
    /// No row of the Backup is longer.
    pub(super) longest_ms: i64,
    /// Rows begin inside.
    pub(super) window: Window,
    /// Only telling rows.
    pub(super) telling: bool,
}

impl Walk<'_> {
    /// Whether there is a row that way.
    pub(super) async fn any(&mut self, way: Way, from: Place) -> Result<bool, Fault> {
        Ok(!self.rows(way, from, 1).await?.is_empty())
    }

    /// The nearest rows that way, nearest first.
    pub(super) async fn rows(
        &mut self,
        way: Way,
        from: Place,
        limit: i64,
    ) -> Result<Vec<AnyRow>, Fault> {
        let mut place = match way {
            Way::Older => from.min(Place::after_all(self.window)),
            Way::Newer => from.max(Place::before(self.window.start_ms())),
        };
        if !self.telling {
            return self.some(way.all(), self.end(way), place, limit).await;
        }
        let mut found = Vec::new();
        while let Some(next) = self.next_stretch(way, place).await? {
            let left = limit - i64::try_from(found.len()).unwrap_or(limit);
            let (sql, bound) = match way {
                Way::Older => (TELLING_OLDER, next.from_ms.max(self.window.start_ms())),
                Way::Newer => (TELLING_NEWER, next.to_ms.min(self.window.end_ms())),
            };
            let start = match way {
                Way::Older => place.min(Place::before(next.to_ms)),
                Way::Newer => place.max(Place::before(next.from_ms)),
            };
            found.extend(self.some(sql, bound, start, left).await?);
            if i64::try_from(found.len()).unwrap_or(limit) >= limit {
                break;
            }
            place = match way {
                Way::Older => Place::before(next.from_ms),
                Way::Newer => Place::before(next.to_ms),
            };
        }
        Ok(found)
    }

    /// The nearest stretch (of beginnings of rows) that may hold telling rows;
    /// none between here and there is one.
    async fn next_stretch(&mut self, way: Way, place: Place) -> Result<Option<Stretch>, Fault> {
        let end_ms = self.end(way);
        let Some(row) = self.some(way.all(), end_ms, place, 1).await?.pop() else {
            return Ok(None);
        };
        let row = place_of(&row)?;
        let open = self.some(way.open(), end_ms, place, 1).await?.pop();
        let open = open.map(|it| place_of(&it)).transpose()?;
        let open = open.map(|it| it.from_ms);
        let length = STRETCH_MS.max(self.longest_ms);
        Ok(match way {
            // The rows from here on begin no later than the nearest, so they
            // end no later than this.
            Way::Older => {
                let end_ms = row.from_ms.saturating_add(self.longest_ms);
                let item = self.item(ITEM_BEFORE, end_ms).await?;
                item.max(open).map(|last| Stretch {
                    from_ms: last.saturating_sub(length),
                    to_ms: last.saturating_add(1),
                })
            }
            // A row that holds an instant begins at most this long before it.
            Way::Newer => {
                let item = self.item(ITEM_FROM, row.from_ms).await?;
                let item = item.map(|it| it.saturating_sub(self.longest_ms));
                let first = item.into_iter().chain(open).min();
                first.map(|first| Stretch {
                    from_ms: first,
                    to_ms: first.saturating_add(length).saturating_add(1),
                })
            }
        })
    }

    /// Where rows end to begin, that way.
    fn end(&self, way: Way) -> i64 {
        match way {
            Way::Older => self.window.start_ms(),
            Way::Newer => self.window.end_ms(),
        }
    }

    async fn some(
        &mut self,
        sql: &'static str,
        bound: i64,
        place: Place,
        limit: i64,
    ) -> Result<Vec<AnyRow>, Fault> {
        let query = sqlx::query(sql)
            .bind(self.account.as_str())
            .bind(self.backup.as_str())
            .bind(bound)
            .bind(place.from_ms)
            .bind(place.to_ms)
            .bind(limit);
        let query = if [TELLING_OLDER, TELLING_NEWER].contains(&sql) {
            query.bind(self.destination)
        } else {
            query
        };
        Ok(query.fetch_all(&mut *self.reader).await?)
    }

    async fn item(&mut self, sql: &'static str, at_ms: i64) -> Result<Option<i64>, Fault> {
        Ok(sqlx::query_scalar(sql)
            .bind(self.account.as_str())
            .bind(self.backup.as_str())
            .bind(at_ms)
            .fetch_one(&mut *self.reader)
            .await?)
    }
}

/// A span in which rows begin: from the first instant until before the other.
#[derive(Clone, Copy)]
struct Stretch {
    from_ms: i64,
    to_ms: i64,
}
