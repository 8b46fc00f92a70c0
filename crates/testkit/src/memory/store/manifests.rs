//! The book of manifests, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::account::AccountId;
use domain::archive_path::ArchivePath;
use domain::connection::Backup;
use domain::item::{Facts, Fetch, Item};
use domain::ledger::{DestinationId, EntryState, Fingerprint, Receipt};
use domain::manifest::{Chain, Entered, Exhibit, Fate, Follows, Link, Told};
use domain::media::Expected;
use domain::ports::destination::File;
use domain::{Result, Secret};

use super::Store;
use super::entry::Entry;
use super::ledger::Ledger;

#[derive(Default)]
pub(super) struct Manifests {
    chains: BTreeMap<DestinationId, OneChain>,
    /// With the time at which each was found as it should be.
    exhibits: BTreeMap<(DestinationId, String), (Exhibit, i64)>,
}

#[derive(Default)]
struct OneChain {
    links: Vec<Link>,
    draft: Option<String>,
    follows: Option<Follows>,
}

impl Manifests {
    fn put(&mut self, destination: &DestinationId, exhibits: &[Exhibit]) {
        for one in exhibits {
            let key = (destination.clone(), one.path.as_str().to_owned());
            self.exhibits.insert(key, (one.clone(), 0));
        }
    }
}

/// What a manifest tells of an Entry now; `None`: nothing yet.
fn told(item: &Item, entry: &Entry) -> Option<Told> {
    let fate = match &entry.state {
        EntryState::Archived => {
            let (path, print, receipt) = entry.shelf.clone()?;
            Fate::Archived {
                path,
                size: print.size,
                sha256: print.sha256,
                hash: receipt.hash,
            }
        }
        EntryState::Missing => Fate::Missing {
            cause: entry.cause.clone(),
        },
        EntryState::Pending(_) | EntryState::Excluded => return None,
    };
    Some(Told {
        item: item.id.clone(),
        extension: item.extension.clone(),
        at_ms: item.at_ms,
        fate,
    })
}

/// These are told of, where they still are as the manifest says.
fn tell(ledger: &mut Ledger, destination: &DestinationId, seq: u64, all: &[Told]) {
    for one in all {
        let item = ledger.item(&one.item).cloned();
        if let Some(item) = item
            && let Some(entry) = ledger.entry_at(destination, &one.item)
            && entry.manifest == 0
            && told(&item, entry).is_some_and(|now| now.fate == one.fate)
        {
            entry.manifest = i64::try_from(seq).unwrap();
        }
    }
}

#[async_trait]
impl domain::ports::Manifests for Store {
    async fn signing_seed(&self) -> Result<Secret> {
        // One memory, one installation: nothing random is needed.
        Ok(Secret::new("7e".repeat(32)))
    }

    async fn chain(&self, account: &AccountId, destination: &DestinationId) -> Result<Chain> {
        Ok(self.look(account, |book| {
            let chain = book.manifests.chains.get(destination);
            chain.map_or_else(Chain::default, |it| Chain {
                head: it.links.last().cloned(),
                draft: it.draft.clone(),
                follows: it.follows.clone(),
            })
        }))
    }

    async fn untold(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        limit: u32,
    ) -> Result<Vec<Told>> {
        Ok(self.look(account, |book| {
            let entries = book.ledger.items_at(destination);
            let untold = entries.filter(|(_, entry)| entry.manifest == 0);
            let mut untold: Vec<Told> = untold.filter_map(|(id, it)| told(id, it)).collect();
            untold.sort_by_key(|it| it.item.key());
            untold.truncate(limit as usize);
            untold
        }))
    }

    async fn draft(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        link: &Link,
        previous: Option<&str>,
        body: &str,
        all: &[Told],
    ) -> Result<bool> {
        Ok(self.change(account, |book| {
            let chains = &mut book.manifests.chains;
            let chain = chains.entry(destination.clone()).or_default();
            let head = chain.links.last();
            let next = head.map_or(1, |it| it.seq + 1);
            let follows = head.map(|it| it.sha256.as_str()) == previous;
            if chain.draft.is_some() || link.seq != next || !follows {
                return false;
            }
            chain.links.push(link.clone());
            chain.draft = Some(body.to_owned());
            tell(&mut book.ledger, destination, link.seq, all);
            true
        }))
    }

    async fn laid(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        seq: u64,
        exhibits: &[Exhibit],
    ) -> Result<()> {
        self.change(account, |book| {
            let chain = book.manifests.chains.get_mut(destination);
            if let Some(chain) = chain
                && chain.links.last().is_some_and(|it| it.seq == seq)
            {
                chain.draft = None;
            }
            book.manifests.put(destination, exhibits);
        });
        Ok(())
    }

    async fn adopt(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        link: &Link,
        told: &[Told],
        exhibits: &[Exhibit],
    ) -> Result<bool> {
        Ok(self.change(account, |book| {
            let Some(chain) = book.manifests.chains.get_mut(destination) else {
                return false;
            };
            let newest = chain.links.last().is_some_and(|it| it.seq == link.seq);
            if !newest || chain.draft.take().is_none() {
                return false;
            }
            chain.links.pop();
            chain.links.push(link.clone());
            book.ledger
                .untell(destination, i64::try_from(link.seq).unwrap());
            tell(&mut book.ledger, destination, link.seq, told);
            book.manifests.put(destination, exhibits);
            true
        }))
    }

    async fn follow(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        follows: &Follows,
    ) -> Result<bool> {
        Ok(self.change(account, |book| {
            let chains = &mut book.manifests.chains;
            let chain = chains.entry(destination.clone()).or_default();
            let new = chain.links.is_empty() && chain.follows.is_none();
            if new {
                chain.follows = Some(follows.clone());
            }
            new
        }))
    }

    async fn keep_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        exhibits: &[Exhibit],
    ) -> Result<()> {
        self.change(account, |book| book.manifests.put(destination, exhibits));
        Ok(())
    }

    async fn exhibit(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        path: &ArchivePath,
    ) -> Result<Option<Exhibit>> {
        Ok(self.look(account, |book| {
            let key = (destination.clone(), path.as_str().to_owned());
            book.manifests.exhibits.get(&key).map(|(it, _)| it.clone())
        }))
    }

    async fn compare_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        files: &[File],
        now_ms: i64,
    ) -> Result<Vec<Option<bool>>> {
        Ok(self.change(account, |book| {
            let compared = files.iter().map(|file| {
                let key = (destination.clone(), file.path.clone());
                let (ours, proven_ms) = book.manifests.exhibits.get_mut(&key)?;
                let hash = file.hash.as_ref();
                let same = file.size == ours.size && hash.is_none_or(|it| *it == ours.hash);
                if same {
                    *proven_ms = now_ms;
                }
                Some(same)
            });
            compared.collect()
        }))
    }

    async fn unproven_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        now_ms: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Exhibit>> {
        Ok(self.look(account, |book| {
            let exhibits = book.manifests.exhibits.iter();
            exhibits
                .filter(|((at, path), _)| at == destination && path.as_str() > after)
                .filter(|(_, (_, proven_ms))| *proven_ms != now_ms)
                .take(limit as usize)
                .map(|(_, (exhibit, _))| exhibit.clone())
                .collect()
        }))
    }

    async fn enter(
        &self,
        account: &AccountId,
        backup: &Backup,
        entered: &[Entered],
        now_ms: i64,
    ) -> Result<u64> {
        Ok(self.change(account, |book| {
            let mut new = 0;
            for one in entered {
                let mut entry = Entry::new(one.exhibit.path.stem().to_owned(), now_ms);
                entry.state = EntryState::Archived;
                entry.next_try_ms = None;
                entry.manifest = -1;
                let print = Fingerprint {
                    size: one.exhibit.size,
                    sha256: one.exhibit.sha256.clone(),
                };
                let receipt = Receipt {
                    size: one.exhibit.size,
                    hash: one.exhibit.hash.clone(),
                    revision: None,
                };
                entry.shelf = Some((one.exhibit.path.clone(), print, receipt));
                let item = Item {
                    id: one.item.clone(),
                    extension: one.extension.clone(),
                    at_ms: one.at_ms,
                    facts: Facts::default(),
                    fetch: Fetch::Nothing,
                    expected: Expected::Anything,
                    size: None,
                };
                new += u64::from(book.ledger.enter(backup, item, entry));
            }
            new
        }))
    }
}
