//! The parts of one recording or message, read by their keys.

use domain::account::AccountId;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::holding::Holding;
use domain::item::ItemId;
use domain::ports::shelves::MOST_PARTS;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::find::hit;
use crate::database::Database;
use crate::fault::Fault;
use crate::list::plain;
use crate::statements::statements;

statements! {
    /// Keys of a unit are its own and those that go on after a slash; the
    /// column tells it from longer names between the two.
    PARTS = "select i.item_key, i.extension_id, i.at_ms, i.facts, e.state, e.reason, e.cause,
            e.path, e.size, e.sha256, e.receipt_hash
        from entry e
        join item i on i.account_id = $1 and i.item_key = e.item_key
        join backup_item b on b.account_id = $1 and b.backup_id = $2 and b.at_ms = i.at_ms
            and b.item_key = i.item_key
        where e.account_id = $1 and e.destination_id = $3 and e.item_key >= $4
            and e.item_key < $5 and e.unit = $6
        order by e.item_key limit $7";
}

impl Database {
    pub(super) async fn parts_of(
        &self,
        account: &AccountId,
        backup: &Backup,
        of: DataType,
        unit: &str,
    ) -> Result<Vec<Holding>, Fault> {
        let unit = plain(unit);
        let whole = ItemId {
            data_type: of,
            unit,
            part: None,
        };
        let first = whole.key();
        // The character after the slash.
        let behind = format!("{first}0");
        let rows = sqlx::query(PARTS)
            .bind(account.as_str())
            .bind(backup.id.as_str())
            .bind(backup.destination.as_str())
            .bind(first)
            .bind(behind)
            .bind(whole.unit)
            .bind(i64::from(MOST_PARTS))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(holding).collect()
    }
}

fn holding(row: &AnyRow) -> Result<Holding, Fault> {
    let hit = hit(row)?;
    let archived = hit.path.is_some();
    let sha256: Option<String> = row.try_get("sha256")?;
    let receipt: Option<String> = row.try_get("receipt_hash")?;
    Ok(Holding {
        sha256: sha256.filter(|_| archived),
        receipt: receipt.filter(|_| archived),
        hit,
    })
}
