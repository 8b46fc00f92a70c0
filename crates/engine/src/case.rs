//! The papers of a scheduled run: what was claimed, as it stands in the store,
//! and whether it is still wanted.

use domain::account::{AccountId, Extension};
use domain::archive_path::Naming;
use domain::connection::{Backup, BackupId, Connection, DestinationRecord};
use domain::lane::Depth;
use domain::ports::Store;
use domain::window::Window;
use domain::{Error, Kind, Result};
use jiff::tz::TimeZone;
use tokio::time::sleep;

use crate::backup::Job;
use crate::worker::Worker;

/// A Backup, its Connection, and how it is done.
pub(crate) struct Case {
    pub(crate) connection: Connection,
    pub(crate) job: Job,
}

impl Case {
    /// What was claimed; `None` when it has gone or was switched OFF since.
    pub(crate) async fn load(
        worker: &Worker,
        account: &AccountId,
        backup: &BackupId,
    ) -> Result<Option<Case>> {
        let store = worker.store.as_ref();
        let backup = store.backup(account, backup).await?;
        let Some(backup) = backup.filter(|it| it.enabled) else {
            return Ok(None);
        };
        let connection = store.connection(account, &backup.connection).await?;
        let Some(connection) = connection.filter(|it| it.connected) else {
            return Ok(None);
        };
        let job = Job {
            viewer: viewer(store, &connection).await?,
            window: Window::EVER,
            depth: Depth::Recorded,
            naming: naming(store, &connection).await?,
            zone: zone(worker, &backup).await?,
            worker: worker.name.clone(),
            stop: worker.stop.clone(),
            backup,
        };
        Ok(Some(Case { connection, job }))
    }

    /// Waits until it is no longer wanted as it is, and says why. A database
    /// that does not answer changes nothing: the lease sees to that.
    pub(crate) async fn called_off(&self, worker: &Worker) -> CalledOff {
        loop {
            sleep(worker.rhythm.watch_every).await;
            if let Ok(Some(why)) = self.is_called_off(worker.store.as_ref()).await {
                return why;
            }
        }
    }

    async fn is_called_off(&self, store: &dyn Store) -> Result<Option<CalledOff>> {
        let (account, backup) = (&self.job.backup.account, &self.job.backup);
        let now = store.backup(account, &backup.id).await?;
        if now.as_ref() == Some(backup) {
            // What ends a Connection turns its Backups OFF.
            return Ok(None);
        }
        let connection = store.connection(account, &backup.connection).await?;
        Ok(Some(match now {
            _ if connection.is_none_or(|it| !it.connected) => CalledOff::Disconnected,
            Some(now) if now.enabled => CalledOff::Changed,
            _ => CalledOff::SwitchedOff,
        }))
    }
}

/// Why a run is no longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CalledOff {
    /// DISCONNECT.
    Disconnected,
    /// Enable backup is OFF.
    SwitchedOff,
    /// Other data or another scope is wanted.
    Changed,
}

impl CalledOff {
    /// The sentence.
    pub(crate) fn error(self) -> Error {
        Error::new(
            Kind::Cancelled,
            match self {
                CalledOff::Disconnected => "the connection was ended",
                CalledOff::SwitchedOff => "the backup was switched off",
                CalledOff::Changed => "the backup was changed",
            },
        )
        .remedy("What is archived stays archived.")
    }
}

async fn viewer(store: &dyn Store, connection: &Connection) -> Result<Extension> {
    let people = store.extensions(&connection.account).await?;
    let known = people.into_iter().find(|it| it.id == connection.viewer);
    Ok(known.unwrap_or_else(|| Extension {
        id: connection.viewer.clone(),
        number: None,
        name: None,
        kind: String::new(),
        status: String::new(),
        time_zone: None,
    }))
}

/// As it was chosen when the destination was first connected: keeping a known
/// one leaves it as it is and tells it.
async fn naming(store: &dyn Store, connection: &Connection) -> Result<Naming> {
    let asked = DestinationRecord {
        id: connection.destination.clone(),
        account: connection.account.clone(),
        label: connection.destination.to_string(),
        naming: Naming::default(),
    };
    Ok(store.keep_destination(&asked).await?.naming)
}

async fn zone(worker: &Worker, backup: &Backup) -> Result<TimeZone> {
    let company = worker.store.account(&backup.account).await?;
    let named = company.and_then(|it| it.time_zone);
    let zone = named.and_then(|name| TimeZone::get(&name).ok());
    Ok(zone.unwrap_or_else(|| worker.zone.clone()))
}
