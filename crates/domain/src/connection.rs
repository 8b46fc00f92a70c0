//! A Connection ties one Viewer's grant at the Source to one Destination; a
//! Backup says what a Connection archives.

use crate::account::{AccountId, ExtensionId};
use crate::archive_path::Naming;
use crate::data_type::DataTypes;
use crate::id::string_id;
use crate::ledger::DestinationId;

string_id! {
    /// A Connection.
    ConnectionId
}
string_id! {
    /// A Backup.
    BackupId
}

/// Whose data a Backup covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every extension of the company.
    Account,
    /// One extension.
    Extension(ExtensionId),
}

impl Scope {
    /// The word in the database and on the command line.
    pub fn word(&self) -> &'static str {
        match self {
            Scope::Account => "account",
            Scope::Extension(_) => "extension",
        }
    }
}

/// Where archives go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationRecord {
    /// Provider word plus the provider's account id: `dropbox:dbid:…`.
    pub id: DestinationId,
    /// The Account that owns it. Another Account is refused.
    pub account: AccountId,
    /// What people see: an e-mail address or a folder.
    pub label: String,
    /// How files are named there.
    pub naming: Naming,
}

/// One Viewer's grant tied to one Destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The company.
    pub account: AccountId,
    /// Who connected: their extension.
    pub viewer: ExtensionId,
    /// Where to.
    pub destination: DestinationId,
    /// Made by `archiver backup`; the scheduler leaves it alone.
    pub headless: bool,
    /// Whether both grants are there. DISCONNECT makes it `false`; the row
    /// stays, so that connecting again goes on where it stopped.
    pub connected: bool,
    /// What is wrong with the source's grant, as a sentence; `None` = nothing.
    pub source_trouble: Option<String>,
    /// What is wrong with the destination's grant.
    pub destination_trouble: Option<String>,
}

/// What a Connection archives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its id.
    pub id: BackupId,
    /// The company.
    pub account: AccountId,
    /// The Connection it uses.
    pub connection: ConnectionId,
    /// Where its files go.
    pub destination: DestinationId,
    /// Whose data.
    pub scope: Scope,
    /// Which data.
    pub types: DataTypes,
    /// The Enable backup switch.
    pub enabled: bool,
}
