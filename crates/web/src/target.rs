//! What deeds are about, as the audit log spells it: ids and words of ours,
//! never what somebody typed or is called.

use domain::connection::{Backup, ConnectionId};
use domain::data_type::DataTypes;
use domain::grant::Provider;
use domain::ledger::DestinationId;
use domain::window::Window;

/// Rows of a Backup's LOG: `1/account 2026-06-01T13:00:00Z/2026-06-01T14:00:00Z`.
pub(crate) fn row(backup: &Backup, window: Window) -> String {
    format!("{} {}/{}", backup.id, window.start(), window.end())
}

/// A search of a Backup's items: which fields were asked.
pub(crate) fn search(backup: &Backup, fields: &str) -> String {
    format!("{} {fields}", backup.id).trim_end().to_owned()
}

/// An Item of a Backup, by its key.
pub(crate) fn item(backup: &Backup, key: &str) -> String {
    format!("{} {key}", backup.id)
}

/// A personal token.
pub(crate) fn token(id: &str) -> String {
    format!("token {id}")
}

/// A Connection with where it leads.
pub(crate) fn connection(id: &ConnectionId, to: &DestinationId) -> String {
    format!("{id} {to}")
}

/// One end of a Connection.
pub(crate) fn end(id: &ConnectionId, end: Provider) -> String {
    format!("{id} {}", end.word())
}

/// A Backup with the types it now has.
pub(crate) fn types(backup: &Backup, types: &DataTypes) -> String {
    let words: Vec<&str> = types.iter().map(|it| it.word()).collect();
    format!("{} {}", backup.id, words.join(","))
}

/// Something that is on or off now.
pub(crate) fn switched(id: &impl std::fmt::Display, on: bool) -> String {
    format!("{id} {}", if on { "on" } else { "off" })
}
