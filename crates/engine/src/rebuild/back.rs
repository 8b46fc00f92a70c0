//! Manifest after manifest, from the newest to the oldest, into the Ledger.

use std::collections::HashSet;

use domain::Result;
use domain::archive_path::{ArchivePath, Naming};
use domain::connection::Backup;
use domain::ledger::Receipt;
use domain::manifest::{
    Entered, Exhibit, Fate, Flaw, Follows, Found, Header, Manifest, PublicKey, Told, Wrong,
    is_sums, sha256, short, sums,
};
use domain::ports::destination::File;
use futures::{StreamExt, stream};

use super::lying::{OneChain, Shelf, manifest_at, text_at};
use crate::ends::Ends;

/// Entries that are entered at once.
const SOME: usize = 500;
/// Files that are asked for at once.
const AT_ONCE: usize = 8;

/// What is being entered.
pub(super) struct Back<'a> {
    pub(super) ends: &'a Ends,
    pub(super) shelf: &'a Shelf,
    pub(super) trusted: &'a [PublicKey],
    pub(super) backup: Backup,
    pub(super) waiting: Vec<Entered>,
    /// Items that were entered, and those that were told of only.
    pub(super) done: HashSet<[u8; 16]>,
    pub(super) open: HashSet<[u8; 16]>,
    pub(super) folders: HashSet<String>,
    pub(super) found: Vec<Found>,
    pub(super) wrong: Vec<Wrong>,
    pub(super) entered: u64,
    pub(super) so_far: &'a (dyn Fn(u64) + Sync),
}

impl Back<'_> {
    pub(super) async fn go(&mut self, chains: &[OneChain]) -> Result<()> {
        for chain in chains {
            let paths = chain.paths.clone();
            let ends = self.ends;
            let mut manifests = stream::iter(paths)
                .map(|path| async move {
                    let read = manifest_at(ends, &path).await;
                    (path, read)
                })
                .buffered(AT_ONCE);
            while let Some((path, read)) = manifests.next().await {
                match read? {
                    Ok(manifest) if self.is_trusted(&manifest.header) => {
                        self.believe(&path, &manifest).await?;
                    }
                    Ok(_) => {
                        let what = "it is signed by a key that is not among those given";
                        self.wrong
                            .push(Wrong::new(Flaw::Foreign, path.as_str(), what));
                    }
                    Err(why) => {
                        self.wrong
                            .push(Wrong::new(Flaw::Unreadable, path.as_str(), why));
                    }
                }
            }
        }
        self.flush().await?;
        self.keep_readmes().await?;
        self.go_on_from(chains).await
    }

    fn is_trusted(&self, header: &Header) -> bool {
        self.trusted.is_empty() || self.trusted.contains(&header.key)
    }

    async fn believe(&mut self, path: &ArchivePath, manifest: &Manifest) -> Result<()> {
        for told in &manifest.told {
            self.take(told, manifest.header.naming).await?;
        }
        self.keep_exhibits(path, manifest).await?;
        let found = (
            path.as_str().to_owned(),
            manifest.header.clone(),
            manifest.sha256.clone(),
        );
        self.found.push(found);
        Ok(())
    }

    /// The newest manifest comes first, so an item that is done stays so.
    async fn take(&mut self, told: &Told, naming: Naming) -> Result<()> {
        let id = short(&told.item.key());
        let Fate::Archived {
            path,
            size,
            sha256,
            hash,
        } = &told.fate
        else {
            return Ok(());
        };
        if self.done.contains(&id) {
            return Ok(());
        }
        let there = match self.shelf.bears_out(path, *size, hash) {
            Some(there) => there,
            None => self.is_there(path, *size, hash).await?,
        };
        if !there {
            self.open.insert(id);
            return Ok(());
        }
        self.open.remove(&id);
        self.done.insert(id);
        self.name_folder(told, path, naming).await?;
        self.waiting.push(Entered {
            item: told.item.clone(),
            extension: told.extension.clone(),
            at_ms: told.at_ms,
            exhibit: Exhibit {
                path: path.clone(),
                size: *size,
                sha256: sha256.clone(),
                hash: hash.clone(),
            },
        });
        if self.waiting.len() >= SOME {
            self.flush().await?;
        }
        Ok(())
    }

    async fn is_there(&self, path: &ArchivePath, size: u64, hash: &str) -> Result<bool> {
        let there = self.ends.destination.stat(path).await?;
        Ok(there.is_some_and(|it| it.size == size && it.hash == hash))
    }

    async fn flush(&mut self) -> Result<()> {
        let entered = std::mem::take(&mut self.waiting);
        if entered.is_empty() {
            return Ok(());
        }
        let (store, now_ms) = (&self.ends.store, self.ends.now_ms());
        let new = store.enter(&self.backup.account, &self.backup, &entered, now_ms);
        self.entered += new.await?;
        (self.so_far)(self.entered);
        Ok(())
    }

    /// An extension's folder is what it was, whatever its name is by now.
    async fn name_folder(&mut self, told: &Told, path: &ArchivePath, as_: Naming) -> Result<()> {
        let mut parts = path.as_str().split('/').skip(1);
        let (Some(name), Some(_)) = (parts.next(), parts.next()) else {
            return Ok(());
        };
        let whose = told.extension.as_ref();
        let known = whose.map_or(String::new(), |it| it.as_str().to_owned());
        if as_ == Naming::FlatMonth || !self.folders.insert(known) {
            return Ok(());
        }
        let (account, at) = (&self.backup.account, &self.backup.destination);
        let store = &self.ends.store;
        store.folder(account, at, whose, name).await.map(drop)
    }

    /// The manifest and the list beside it are ours from now on.
    async fn keep_exhibits(&self, path: &ArchivePath, manifest: &Manifest) -> Result<()> {
        let mut exhibits = vec![];
        exhibits.extend(self.exhibit(path, None, &manifest.sha256).await?);
        let list = sums(manifest, path);
        let stem = path.as_str().trim_end_matches(".jsonl");
        let beside = self.shelf.evidence.range(stem.to_owned()..);
        let beside = beside.take_while(|(it, _)| it.starts_with(stem));
        for (at, file) in beside.filter(|(it, _)| is_sums(it)) {
            if file.size != list.len() as u64 {
                continue;
            }
            let Ok(at) = ArchivePath::new(at.clone()) else {
                continue;
            };
            if text_at(self.ends, &at).await?.as_ref() == Some(&list) {
                let sum = sha256(list.as_bytes());
                exhibits.extend(self.exhibit(&at, Some(list.len()), &sum).await?);
            }
        }
        self.keep(&exhibits).await
    }

    async fn keep_readmes(&self) -> Result<()> {
        let mut exhibits = Vec::new();
        for path in self.shelf.evidence.keys() {
            let name = path.rsplit('/').next().unwrap_or_default();
            let is_readme = name.starts_with("README") && name.strip_suffix(".txt").is_some();
            let path = ArchivePath::new(path.clone()).ok().filter(|_| is_readme);
            let Some(path) = path else { continue };
            if let Some(text) = text_at(self.ends, &path).await? {
                let sum = sha256(text.as_bytes());
                exhibits.extend(self.exhibit(&path, Some(text.len()), &sum).await?);
            }
        }
        self.keep(&exhibits).await
    }

    async fn keep(&self, exhibits: &[Exhibit]) -> Result<()> {
        let (account, at) = (&self.backup.account, &self.backup.destination);
        let store = &self.ends.store;
        store.keep_exhibits(account, at, exhibits).await
    }

    async fn exhibit(
        &self,
        path: &ArchivePath,
        size: Option<usize>,
        sha256: &str,
    ) -> Result<Option<Exhibit>> {
        let listed = self.shelf.evidence.get(path.as_str());
        let there: Option<Receipt> = match listed {
            Some(File {
                size,
                hash: Some(hash),
                ..
            }) => Some(Receipt {
                size: *size,
                hash: hash.clone(),
                revision: None,
            }),
            _ => self.ends.destination.stat(path).await?,
        };
        let there = there.filter(|it| size.is_none_or(|size| it.size == size as u64));
        Ok(there.map(|it| Exhibit {
            path: path.clone(),
            size: it.size,
            sha256: sha256.to_owned(),
            hash: it.hash,
        }))
    }

    /// The first manifest of this installation names the last of the one
    /// before.
    async fn go_on_from(&self, chains: &[OneChain]) -> Result<()> {
        let Some(newest) = chains.first() else {
            return Ok(());
        };
        let of_it = self.found.iter().filter(|(_, it, _)| it.key == newest.key);
        let Some((_, header, sha256)) = of_it.max_by_key(|(_, it, _)| it.seq) else {
            return Ok(());
        };
        let follows = Follows {
            key: header.key.clone(),
            seq: header.seq,
            sha256: sha256.clone(),
        };
        let at = &self.backup.destination;
        let store = &self.ends.store;
        let kept = store.follow(&self.backup.account, at, &follows);
        kept.await.map(drop)
    }
}
