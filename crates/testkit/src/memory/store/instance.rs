//! The server's own settings and owners, in memory.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::account::AccountId;
use domain::{Result, Secret};

use super::Store;

#[derive(Default)]
pub(super) struct Instance {
    settings: BTreeMap<String, Secret>,
    owners: BTreeSet<AccountId>,
}

#[async_trait]
impl domain::ports::Instance for Store {
    async fn setting(&self, name: &str) -> Result<Option<Secret>> {
        let books = self.books.lock().unwrap();
        Ok(books.instance.settings.get(name).cloned())
    }

    async fn keep_setting(&self, name: &str, value: Option<&Secret>) -> Result<()> {
        let settings = &mut self.books.lock().unwrap().instance.settings;
        match value {
            Some(value) => settings.insert(name.to_owned(), value.clone()),
            None => settings.remove(name),
        };
        Ok(())
    }

    async fn owners(&self) -> Result<Vec<AccountId>> {
        let books = self.books.lock().unwrap();
        Ok(books.instance.owners.iter().cloned().collect())
    }

    async fn claim(&self, account: &AccountId, _now_ms: i64) -> Result<bool> {
        let owners = &mut self.books.lock().unwrap().instance.owners;
        if owners.is_empty() {
            owners.insert(account.clone());
        }
        Ok(owners.contains(account))
    }
}
