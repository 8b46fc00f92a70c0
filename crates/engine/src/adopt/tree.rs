//! What lies in the tree, by the items that names tell of.

use std::collections::BTreeMap;

use domain::Result;
use domain::archive_path::Naming;
use domain::item::ItemId;
use domain::original::{Original, Unnamed};
use domain::ports::Destination;
use futures::TryStreamExt;

use super::{Finding, Leaf, Left, left};

/// The tree.
pub(super) struct Tree {
    /// Files of that product's.
    pub(super) files: u64,
    /// Those that tell an item.
    pub(super) items: Items,
    /// Those that tell nothing.
    pub(super) left: Vec<Left>,
}

/// Files by their items.
#[derive(Default)]
pub(super) struct Items(Vec<(ItemId, Vec<Leaf>)>);

impl Items {
    /// Some at a time.
    pub(super) fn chunks_of(&self, some: usize) -> Vec<Vec<(ItemId, Vec<Leaf>)>> {
        self.0.chunks(some).map(<[_]>::to_vec).collect()
    }
}

impl Tree {
    /// Reads the listing. Where the tree lies in the archive itself, what lies
    /// outside of that product's own folder is none of its files, unless its
    /// name says so.
    pub(super) async fn look(place: &dyn Destination, apart: bool) -> Result<Tree> {
        let mut items: BTreeMap<ItemId, Vec<Leaf>> = BTreeMap::new();
        let (mut files, mut others) = (0, Vec::new());
        let mut pages = place.list();
        while let Some(page) = pages.try_next().await? {
            for file in page {
                match Original::read(&file.path) {
                    Ok(told) => {
                        files += 1;
                        items.entry(told.item.clone()).or_default().push(Leaf {
                            path: file.path,
                            size: file.size,
                            hash: file.hash,
                            told,
                        });
                    }
                    Err(why) if apart || why != Unnamed::Elsewhere || is_inside(&file.path) => {
                        files += 1;
                        others.push(left(Finding::Unnamed, &file.path, why.sentence()));
                    }
                    Err(_) => {}
                }
            }
        }
        for leaves in items.values_mut() {
            // Listed twice is one file; what is no copy comes first.
            leaves.sort_by(|a, b| (a.told.is_copy, &a.path).cmp(&(b.told.is_copy, &b.path)));
            leaves.dedup_by(|a, b| a.path == b.path);
        }
        Ok(Tree {
            files,
            items: Items(items.into_iter().collect()),
            left: others,
        })
    }
}

/// Whether a path lies in that product's folder, and is no evidence of ours.
fn is_inside(path: &str) -> bool {
    let mut parts = path.split('/').map(str::to_lowercase);
    let root = Naming::RingCentral.root().to_lowercase();
    parts.any(|it| it == root) && !domain::manifest::is_evidence(path)
}
