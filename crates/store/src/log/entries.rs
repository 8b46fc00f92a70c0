//! What is inside a row of the LOG, and trying it again.

use domain::account::AccountId;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::ledger::EntryState;
use domain::ports::{EntryLine, Retry};
use domain::window::Window;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::ledger::{changed_in, changed_items, extension_of, state_of};
use crate::list::plain;
use crate::statements::statements;

statements! {
    LINES = "select b.item_key, b.at_ms, e.data_type, e.state, e.reason, e.cause, e.path, e.size,
            e.next_try_ms, i.extension_id
        from backup_item b
        join entry e on e.account_id = b.account_id and e.destination_id = $3
            and e.item_key = b.item_key
        join item i on i.account_id = b.account_id and i.item_key = b.item_key
        where b.account_id = $1 and b.backup_id = $2
            and (b.at_ms, b.item_key) > ($4, $5) and b.at_ms < $6
        order by b.at_ms, b.item_key limit $7";

    /// What waits for a sighting has no next try, and nothing to fetch yet;
    /// here and below.
    RETRY_ONE = "update entry set state = 'pending', reason = 'new', cause = '', waiting = 0,
            next_try_ms = $5, attempts = 0, manifest = 0
        where account_id = $1 and destination_id = $2 and item_key = $4
            and (state = 'pending' and next_try_ms is not null or state = 'missing')
            and exists (select 1 from backup_item b where b.account_id = $1
                and b.backup_id = $3 and b.at_ms = entry.at_ms and b.item_key = $4)";

    RETRY_WINDOW = "update entry set state = 'pending', reason = 'new', cause = '', waiting = 0,
            next_try_ms = $6, attempts = 0, manifest = 0
        where account_id = $1 and destination_id = $2 and state <> 'archived'
            and at_ms >= $4 and at_ms < $5
            and (state = 'pending' and next_try_ms is not null or state = 'missing')
            and exists (select 1 from backup_item b where b.account_id = $1
                and b.backup_id = $3 and b.at_ms = entry.at_ms
                and b.item_key = entry.item_key)";

    /// Why it waits, and how often it was tried, are as true as before.
    RETRY_BEYOND = "update entry set waiting = 0, next_try_ms = $5
        where account_id = $1 and destination_id = $2 and state = 'pending'
            and next_try_ms > $4
            and exists (select 1 from backup_item b where b.account_id = $1
                and b.backup_id = $3 and b.at_ms = entry.at_ms
                and b.item_key = entry.item_key)";
}

impl Database {
    pub(super) async fn some_lines(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        after: Option<(i64, &str)>,
        limit: u32,
    ) -> Result<Vec<EntryLine>, Fault> {
        // No key sorts before the empty one: all of the window come after it.
        let start = (window.start_ms(), "");
        let (after_ms, after_key) = after.map_or(start, |after| after.max(start));
        let rows = sqlx::query(LINES)
            .bind(account.as_str())
            .bind(backup.id.as_str())
            .bind(backup.destination.as_str())
            .bind(after_ms)
            .bind(plain(after_key))
            .bind(window.end_ms())
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(line_of).collect()
    }

    pub(super) async fn make_due(
        &self,
        account: &AccountId,
        backup: &Backup,
        what: &Retry,
        now_ms: i64,
    ) -> Result<u64, Fault> {
        let mut tx = self.begin(account).await?;
        let query = match what {
            Retry::One(_) => sqlx::query(RETRY_ONE),
            Retry::Window(_) => sqlx::query(RETRY_WINDOW),
            Retry::Beyond(_) => sqlx::query(RETRY_BEYOND),
        };
        let query = query
            .bind(account.as_str())
            .bind(backup.destination.as_str())
            .bind(backup.id.as_str());
        let query = match what {
            Retry::One(key) => query.bind(plain(key)),
            Retry::Window(window) => query.bind(window.start_ms()).bind(window.end_ms()),
            Retry::Beyond(at_ms) => query.bind(*at_ms),
        };
        let done = query.bind(now_ms).execute(&mut *tx).await?;
        let place = &backup.destination;
        match what {
            Retry::One(key) => {
                let key = plain(key);
                changed_items(&mut tx, account, place, [key.as_str()].into_iter()).await?;
            }
            Retry::Window(window) => changed_in(&mut tx, account, place, *window).await?,
            // What waits is pending before and after.
            Retry::Beyond(_) => {}
        }
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

fn line_of(row: &AnyRow) -> Result<EntryLine, Fault> {
    let word: String = row.try_get("data_type")?;
    let state: String = row.try_get("state")?;
    let reason: Option<String> = row.try_get("reason")?;
    let state = state_of(&state, reason.as_deref());
    let archived = state == EntryState::Archived;
    let size: Option<i64> = row.try_get("size")?;
    Ok(EntryLine {
        item: row.try_get("item_key")?,
        data_type: DataType::from_word(&word).ok_or_else(|| unreadable("a data type"))?,
        extension: extension_of(row)?,
        at_ms: row.try_get("at_ms")?,
        state,
        cause: row.try_get("cause")?,
        path: row
            .try_get::<Option<String>, _>("path")?
            .filter(|_| archived),
        size: size.filter(|_| archived).map(i64::unsigned_abs),
        next_try_ms: row.try_get("next_try_ms")?,
    })
}
