//! An Item as columns, and the way back.

use domain::account::ExtensionId;
use domain::item::{Item, ItemId};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::fault::{Fault, unreadable};
use crate::list::json;

/// The columns that change; who and when are fixed.
#[derive(Serialize)]
pub(crate) struct ItemRow {
    extension: Option<String>,
    pub(crate) at_ms: i64,
    facts: String,
    bytes_from: String,
    expected: String,
    size: Option<i64>,
}

impl ItemRow {
    pub(crate) fn of(item: &Item) -> Result<ItemRow, Fault> {
        Ok(ItemRow {
            extension: item.extension.as_ref().map(|it| it.as_str().to_owned()),
            at_ms: item.at_ms,
            facts: json(&item.facts)?,
            bytes_from: json(&item.fetch)?,
            expected: json(&item.expected)?,
            size: item.size.map(whole),
        })
    }
}

/// The Item of a row that has all its columns.
pub(crate) fn item_of(row: &AnyRow) -> Result<Item, Fault> {
    let size: Option<i64> = row.try_get("size")?;
    Ok(Item {
        id: id_of(row)?,
        extension: extension_of(row)?,
        at_ms: row.try_get("at_ms")?,
        facts: serde_json::from_str(row.try_get("facts")?)?,
        fetch: serde_json::from_str(row.try_get("bytes_from")?)?,
        expected: serde_json::from_str(row.try_get("expected")?)?,
        size: size.map(i64::unsigned_abs),
    })
}

/// The identity in a row.
pub(crate) fn id_of(row: &AnyRow) -> Result<ItemId, Fault> {
    let key: String = row.try_get("item_key")?;
    Ok(ItemId::from_key(&key).ok_or_else(|| unreadable("the identity of an item"))?)
}

/// Whose the row's item is.
pub(crate) fn extension_of(row: &AnyRow) -> Result<Option<ExtensionId>, Fault> {
    let extension: Option<String> = row.try_get("extension_id")?;
    Ok(extension.map(ExtensionId::new))
}

/// A number of bytes as a column; none is ever near the limit.
pub(crate) fn whole(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
