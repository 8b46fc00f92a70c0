//! Makes the Connection and the Backup of a head-less run: asks both ends who
//! they are, and keeps what they say.

use domain::Result;
use domain::archive_path::Naming;
use domain::audit::{Actor, Deed, Ending};
use domain::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord, Scope};
use domain::data_type::DataTypes;
use domain::ports::{Change, Viewer};

use crate::ends::Ends;

/// What somebody asked for on the command line.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The whole company, or only the grant's own extension.
    pub whole_account: bool,
    /// Which data.
    pub types: DataTypes,
    /// How a new destination names its files.
    pub naming: Naming,
    /// The command, as the audit log spells it.
    pub action: &'static str,
}

/// Who is who, and what is backed up.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The grant's owner.
    pub viewer: Viewer,
    /// The destination as it is kept.
    pub destination: DestinationRecord,
    /// The Backup. The scheduler leaves it alone.
    pub backup: Backup,
}

/// Finds or makes the Connection and Backup. The same grant and destination
/// always give the same ones, so a second run knows what the first archived.
pub async fn enrol(ends: &Ends, wish: &Wish) -> Result<Enrolled> {
    let now_ms = ends.now_ms();
    let viewer = ends.source.viewer().await?;
    let owner = ends.destination.owner().await?;
    let account = &viewer.account.id;
    ends.store.keep_account(&viewer.account, now_ms).await?;
    let destination = ends
        .store
        .keep_destination(&DestinationRecord {
            id: owner.id,
            account: account.clone(),
            label: owner.label,
            naming: wish.naming,
        })
        .await?;
    let scope = if wish.whole_account {
        Scope::Account
    } else {
        Scope::Extension(viewer.extension.id.clone())
    };
    let connection = Connection {
        id: ConnectionId::new(format!(
            "headless/{account}/{}/{}",
            viewer.extension.id, destination.id
        )),
        account: account.clone(),
        viewer: viewer.extension.id.clone(),
        destination: destination.id.clone(),
        headless: true,
        connected: true,
        source_trouble: None,
        destination_trouble: None,
    };
    let backup = Backup {
        id: BackupId::new(format!("{}/{}", connection.id, scope.word())),
        account: account.clone(),
        connection: connection.id.clone(),
        destination: destination.id.clone(),
        scope,
        types: wish.types.clone(),
        enabled: false,
    };
    ends.store.keep_connection(&connection, now_ms).await?;
    let deed = Deed {
        at_ms: now_ms,
        actor: Actor::CommandLine,
        action: wish.action,
        target: backup.id.to_string(),
        result: Ending::Done,
    };
    let change = Change::Backup(&backup);
    ends.store.change(account, &deed, &change).await?;
    Ok(Enrolled {
        viewer,
        destination,
        backup,
    })
}
