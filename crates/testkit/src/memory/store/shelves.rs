//! Taking one thing from the shelf, in memory.

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::holding::Holding;
use domain::ports::shelves::MOST_PARTS;
use domain::window::Window;

use super::Store;
use super::finds::hit;

#[async_trait]
impl domain::ports::Shelves for Store {
    async fn parts(
        &self,
        account: &AccountId,
        backup: &Backup,
        of: DataType,
        unit: &str,
    ) -> Result<Vec<Holding>> {
        Ok(self.look(account, |book| {
            let mine = book
                .ledger
                .entries_of(&backup.id, &backup.destination, Window::EVER);
            let mut parts: Vec<Holding> = mine
                .filter(|(item, _)| item.id.data_type == of && item.id.unit == unit)
                .map(|(item, entry)| Holding {
                    hit: hit(item, entry),
                    sha256: entry.shelf.as_ref().map(|it| it.1.sha256.clone()),
                    receipt: entry.shelf.as_ref().map(|it| it.2.hash.clone()),
                })
                .collect();
            parts.sort_by(|a, b| a.hit.item.cmp(&b.hit.item));
            parts.truncate(MOST_PARTS as usize);
            parts
        }))
    }
}
