//! What lies in a destination whose memory is lost: every file, in few bytes
//! each, and the chains of manifests.

use std::collections::{BTreeMap, HashMap};

use domain::account::AccountId;
use domain::archive_path::{ArchivePath, Naming};
use domain::manifest::{Manifest, PublicKey, is_evidence, is_manifest, read, short, short_of_path};
use domain::ports::Destination;
use domain::ports::destination::File;
use domain::{Kind, Result};
use futures::TryStreamExt;

use crate::ends::Ends;
use crate::evidence::text_of;

/// All that lies in the destination.
pub(super) struct Shelf {
    /// In the evidence folder, by path.
    pub(super) evidence: BTreeMap<String, File>,
    /// Elsewhere: 16 bytes of the hash of the path, to size and hash.
    files: HashMap<[u8; 16], Lies>,
}

/// As it was listed.
struct Lies {
    size: u64,
    /// 16 bytes of a hash of the destination's own hash.
    hash: Option<[u8; 16]>,
}

/// One installation's manifests.
pub(super) struct OneChain {
    pub(super) key: PublicKey,
    pub(super) account: AccountId,
    pub(super) naming: Naming,
    pub(super) made_ms: i64,
    /// From the newest to the oldest.
    pub(super) paths: Vec<ArchivePath>,
}

impl Shelf {
    pub(super) async fn look(destination: &dyn Destination) -> Result<Shelf> {
        let mut shelf = Shelf {
            evidence: BTreeMap::new(),
            files: HashMap::new(),
        };
        let mut pages = destination.list();
        while let Some(page) = pages.try_next().await? {
            for file in page {
                if is_evidence(&file.path) {
                    shelf.evidence.insert(file.path.clone(), file);
                } else {
                    let lies = Lies {
                        size: file.size,
                        hash: file.hash.as_deref().map(short),
                    };
                    shelf.files.insert(short_of_path(&file.path), lies);
                }
            }
        }
        Ok(shelf)
    }

    /// The chains, the newest first: what a later one tells counts.
    pub(super) async fn chains(&self, ends: &Ends, trusted: &[PublicKey]) -> Result<Vec<OneChain>> {
        let mut folders: BTreeMap<&str, Vec<ArchivePath>> = BTreeMap::new();
        let manifests = self.evidence.keys().rev().filter(|it| is_manifest(it));
        for path in manifests {
            // root/_archiver/manifests/KEY/…
            let folder = path.split('/').nth(3).unwrap_or_default();
            if let Ok(path) = ArchivePath::new(path.clone()) {
                folders.entry(folder).or_default().push(path);
            }
        }
        let mut chains = Vec::new();
        for paths in folders.into_values() {
            // The newest that reads speaks for its chain.
            for path in &paths {
                let read = manifest_at(ends, path).await?;
                if let Ok(Manifest { header, .. }) = read
                    && (trusted.is_empty() || trusted.contains(&header.key))
                {
                    chains.push(OneChain {
                        key: header.key,
                        account: header.account,
                        naming: header.naming,
                        made_ms: header.made_ms,
                        paths,
                    });
                    break;
                }
            }
        }
        chains.sort_by_key(|it| std::cmp::Reverse(it.made_ms));
        Ok(chains)
    }

    /// Whether a file lies there as it is told of; `None`: its listing does
    /// not tell.
    pub(super) fn bears_out(&self, path: &ArchivePath, size: u64, hash: &str) -> Option<bool> {
        let Some(lies) = self.files.get(&short_of_path(path.as_str())) else {
            return Some(false);
        };
        if lies.size != size {
            return Some(false);
        }
        lies.hash.map(|it| it == short(hash))
    }
}

/// The manifest at a path, or why there is none.
pub(super) async fn manifest_at(
    ends: &Ends,
    path: &ArchivePath,
) -> Result<std::result::Result<Manifest, &'static str>> {
    let text = text_at(ends, path).await?;
    Ok(match text {
        Some(text) => read(text.as_bytes()),
        None => Err("it is not text"),
    })
}

pub(super) async fn text_at(ends: &Ends, path: &ArchivePath) -> Result<Option<String>> {
    match ends.destination.read(path, None).await {
        Err(error) if error.kind() == Kind::Gone => Ok(None),
        content => text_of(content?).await,
    }
}
