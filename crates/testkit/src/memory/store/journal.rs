//! The book of Events, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::BackupId;
use domain::event::Event;
use domain::window::Window;

use super::Store;

#[derive(Default)]
pub(super) struct Journal {
    events: BTreeMap<BackupId, Vec<Event>>,
}

#[async_trait]
impl domain::ports::Journal for Store {
    async fn write(&self, account: &AccountId, backup: &BackupId, events: &[Event]) -> Result<()> {
        self.change(account, |book| {
            let lines = book.journal.events.entry(backup.clone()).or_default();
            lines.extend_from_slice(events);
        });
        Ok(())
    }

    async fn events(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
        limit: u32,
    ) -> Result<Vec<Event>> {
        Ok(self.look(account, |book| {
            let lines = book.journal.events.get(backup).into_iter().flatten();
            let mut events: Vec<Event> = lines
                .filter(|it| window.contains_ms(it.belongs_ms))
                .cloned()
                .collect();
            events.reverse();
            // Stable: of two at the same time the later written comes first.
            events.sort_by_key(|it| std::cmp::Reverse(it.at_ms));
            events.truncate(limit as usize);
            events
        }))
    }
}
