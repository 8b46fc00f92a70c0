//! An Item as somebody may see it: found in one of the Backups that are theirs
//! to see, preferably where its bytes can be had now.

use domain::connection::{Backup, Connection};
use domain::holding::Holding;
use domain::ledger::EntryState;
use domain::session::SignedIn;

use super::name;
use crate::error::PageError;
use crate::state::State;
use crate::target;
use crate::telling::Telling;
use crate::texts::item as say;
use crate::viewer::may_see;

/// A recording or message with all its parts.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// Whose destination it lies in.
    pub(crate) backup: Backup,
    /// By which it is reached, while there is one.
    pub(crate) connection: Option<Connection>,
    /// All parts, in the order of their keys.
    pub(crate) parts: Vec<Holding>,
    /// Which part was asked for.
    at: usize,
}

impl Held {
    /// By its name in an address. What is somebody else's looks like what is
    /// not there. The audit log is told which it is.
    pub(crate) async fn find(
        state: &State,
        who: &SignedIn,
        named: &str,
        telling: &Telling,
    ) -> Result<Held, PageError> {
        let id = name::read(named).ok_or_else(PageError::not_found)?;
        let key = id.key();
        let connections = state.store.connections(&who.account).await?;
        let backups = state.store.backups(&who.account).await?;
        let mut found: Option<Held> = None;
        for backup in backups.into_iter().filter(|it| may_see(who, it)) {
            let parts = state
                .store
                .parts(&who.account, &backup, id.data_type, &id.unit)
                .await?;
            let Some(at) = parts.iter().position(|it| it.hit.item == key) else {
                continue;
            };
            let held = Held {
                connection: reaching(&backup, &connections),
                backup,
                parts,
                at,
            };
            if found.as_ref().is_none_or(|it| held.rank() < it.rank()) {
                found = Some(held);
            }
        }
        let held = found.ok_or_else(PageError::not_found)?;
        telling.about(target::item(&held.backup, &key));
        Ok(held)
    }

    /// The lower, the better can it be shown.
    fn rank(&self) -> (bool, bool, bool) {
        let connection = self.connection.as_ref();
        (
            self.part().hit.state != EntryState::Archived,
            connection.is_none(),
            connection.is_none_or(|it| it.destination_trouble.is_some()),
        )
    }

    /// The same with another of its parts.
    pub(crate) fn at(&self, at: usize) -> Held {
        Held { at, ..self.clone() }
    }

    /// The part that was asked for.
    pub(crate) fn part(&self) -> &Holding {
        &self.parts[self.at]
    }

    /// Its path, size and sha256; a sentence where it is not archived.
    pub(crate) fn file(&self) -> Result<(&str, u64, &str), PageError> {
        let part = self.part();
        match (&part.hit.path, part.hit.size, &part.sha256) {
            (Some(path), Some(size), Some(sha256)) => Ok((path, size, sha256)),
            _ => Err(PageError::absent(say::NOT_ARCHIVED)),
        }
    }
}

/// By which Connection a Backup's destination is reached: its own, or another
/// of the company that leads to the same place. One that leads elsewhere by
/// now is none.
pub(crate) fn reaching(backup: &Backup, all: &[Connection]) -> Option<Connection> {
    let leads = all
        .iter()
        .filter(|it| it.connected && it.destination == backup.destination);
    let best =
        leads.min_by_key(|it| (it.destination_trouble.is_some(), it.id != backup.connection));
    best.cloned()
}
