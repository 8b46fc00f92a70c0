//! The book of Proofs, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::item::ItemId;
use domain::ledger::{DestinationId, EntryState};
use domain::ports::Shelved;
use domain::ports::destination::File;
use domain::proof::{Claim, Proof};
use domain::window::Window;

use super::Store;

#[derive(Default)]
pub(super) struct Proofs {
    all: BTreeMap<(BackupId, i64), Proof>,
}

#[async_trait]
impl domain::ports::Proofs for Store {
    async fn compare(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        files: &[File],
        now_ms: i64,
    ) -> Result<Vec<Claim>> {
        Ok(self.change(account, |book| {
            let shelved = book.ledger.items_at(destination);
            let shelved: BTreeMap<String, Shelved> = shelved
                .filter_map(|(item, entry)| entry.on_shelf(item))
                .map(|it| (it.path.as_str().to_owned(), it))
                .collect();
            let claims = files.iter().map(|file| claim(&shelved, file));
            let claims: Vec<Claim> = claims.collect();
            for claim in &claims {
                if let Claim::Same(id) = claim
                    && let Some(entry) = book.ledger.entry_at(destination, id)
                {
                    entry.proven_ms = now_ms;
                }
            }
            claims
        }))
    }

    async fn unproven(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        now_ms: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Shelved>> {
        Ok(self.look(account, |book| {
            let unproven = |entry: &super::entry::Entry| entry.proven_ms != now_ms;
            book.ledger.shelved(backup, window, after, limit, unproven)
        }))
    }

    async fn reopen(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        items: &[(ItemId, String)],
        now_ms: i64,
    ) -> Result<u64> {
        Ok(self.change(account, |book| {
            let mut reopened = 0;
            for (id, cause) in items {
                let entry = book.ledger.entry_at(destination, id);
                reopened += u64::from(entry.is_some_and(|it| it.reopen(cause, now_ms)));
            }
            reopened
        }))
    }

    async fn standing(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        items: &[ItemId],
    ) -> Result<Vec<Option<EntryState>>> {
        Ok(self.change(account, |book| {
            let state = |id| Some(book.ledger.entry_at(destination, id)?.state.clone());
            items.iter().map(state).collect()
        }))
    }

    async fn keep_proof(
        &self,
        account: &AccountId,
        backup: &BackupId,
        proof: &Proof,
    ) -> Result<()> {
        self.change(account, |book| {
            let key = (backup.clone(), proof.begun_ms);
            book.proofs.all.insert(key, proof.clone());
        });
        Ok(())
    }

    async fn proofs(
        &self,
        account: &AccountId,
        backup: &BackupId,
        limit: u32,
    ) -> Result<Vec<Proof>> {
        Ok(self.look(account, |book| {
            let all = book.proofs.all.iter().rev();
            all.filter(|((of, _), _)| of == backup)
                .take(limit as usize)
                .map(|(_, proof)| proof.clone())
                .collect()
        }))
    }
}

fn claim(shelved: &BTreeMap<String, Shelved>, file: &File) -> Claim {
    match shelved.get(&file.path) {
        None => Claim::Nobody,
        Some(it) => {
            let same_hash = file
                .hash
                .as_ref()
                .is_none_or(|hash| *hash == it.receipt.hash);
            if same_hash && file.size == it.receipt.size {
                Claim::Same(it.item.clone())
            } else {
                Claim::Changed(Box::new(it.clone()))
            }
        }
    }
}
