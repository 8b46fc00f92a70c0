//! Which item a file is, and whether it may be entered as archived.

use std::collections::{BTreeMap, HashMap};

use domain::account::ExtensionId;
use domain::archive_path::{ArchivePath, Naming};
use domain::data_type::DataType;
use domain::item::{Fetch, Item, ItemId, Sighting, Standing};
use domain::ledger::{EntryState, Fingerprint, Open, Receipt};
use domain::media::Expected;
use domain::ports::Destination;
use domain::{Error, Kind, Result};

use super::{Finding, Leaf, Left, left, of_one_file};
use crate::backup::Job;
use crate::ends::Ends;
use crate::inspect::{examine, only};

/// An item, its files, and how it stands in the Ledger.
pub(super) type Stands = (ItemId, Vec<Leaf>, Option<EntryState>);

/// What becomes of an item's files.
#[derive(Default)]
pub(super) struct Fate {
    /// It is archived already.
    pub(super) held: bool,
    /// One of them is adopted.
    pub(super) whole: Option<Whole>,
    /// The others, and why.
    pub(super) left: Vec<Left>,
}

/// A file that is adopted.
pub(super) struct Whole {
    pub(super) item: ItemId,
    /// What its name tells, where the Ledger does not know it.
    pub(super) unlisted: Option<Sighting>,
    pub(super) path: ArchivePath,
    pub(super) fingerprint: Fingerprint,
    pub(super) receipt: Receipt,
}

/// Matches files with the Ledger.
pub(super) struct Matching<'a> {
    ends: &'a Ends,
    job: &'a Job,
    from: Option<&'a dyn Destination>,
    /// What the Ledger knows and the archive does not hold, by type and unit.
    open: HashMap<(DataType, String), Vec<(ItemId, i64)>>,
    /// Whose a short number is now.
    lines: HashMap<String, ExtensionId>,
}

impl<'a> Matching<'a> {
    pub(super) async fn new(
        ends: &'a Ends,
        job: &'a Job,
        from: Option<&'a dyn Destination>,
        known: &[Open],
    ) -> Result<Matching<'a>> {
        let mut open: HashMap<_, Vec<_>> = HashMap::new();
        for entry in known {
            if let Some(id) = ItemId::from_key(&entry.item) {
                let unit = (id.data_type, id.unit.clone());
                open.entry(unit).or_default().push((id, entry.at_ms));
            }
        }
        let people = ends.store.extensions(&job.backup.account).await?;
        let line = |it: domain::account::Extension| Some((it.number?, it.id));
        let lines = people.into_iter().filter_map(line).collect();
        Ok(Matching {
            ends,
            job,
            from,
            open,
            lines,
        })
    }

    /// How items stand.
    pub(super) async fn standing(&self, some: Vec<(ItemId, Vec<Leaf>)>) -> Result<Vec<Stands>> {
        let backup = &self.job.backup;
        let ids: Vec<ItemId> = some.iter().map(|(id, _)| id.clone()).collect();
        let (account, at) = (&backup.account, &backup.destination);
        let standing = self.ends.store.standing(account, at, &ids).await?;
        let with = |((id, leaves), state)| (id, leaves, state);
        Ok(some.into_iter().zip(standing).map(with).collect())
    }

    /// What becomes of an item's files.
    pub(super) async fn fate(&self, (id, leaves, state): Stands) -> Result<Fate> {
        let mut fate = Fate::default();
        match state {
            Some(EntryState::Archived) => {
                fate.held = true;
                return Ok(fate);
            }
            Some(EntryState::Excluded) => {
                let what = "a rule excludes its item";
                let of = |it: &Leaf| left(Finding::Excluded, &it.path, what);
                fate.left.extend(leaves.iter().map(of));
                return Ok(fate);
            }
            _ => {}
        }
        let (item, at_ms) = match self.known(&id) {
            Ok(known) => known,
            Err((finding, what)) => {
                let of = |it: &Leaf| left(finding, &it.path, what);
                fate.left.extend(leaves.iter().map(of));
                return Ok(fate);
            }
        };
        let zone = &self.job.zone;
        let (fits, others): (Vec<Leaf>, Vec<Leaf>) = leaves
            .into_iter()
            .partition(|it| at_ms.is_none_or(|at_ms| it.told.can_be_of(at_ms, zone)));
        let what = "the item of this id is of another time";
        let of = |it: &Leaf| left(Finding::WrongTime, &it.path, what);
        fate.left.extend(others.iter().map(of));
        self.choose(item, at_ms.is_some(), fits, &mut fate).await?;
        Ok(fate)
    }

    /// The item of the Ledger that an id tells, and its own time; a recording
    /// that RingCentral lists no more is one that its id alone tells.
    fn known(&self, id: &ItemId) -> Result<(ItemId, Option<i64>), (Finding, &'static str)> {
        let open = self.open.get(&(id.data_type, id.unit.clone()));
        match (open.map(Vec::as_slice), id.data_type) {
            (Some([(item, at_ms)]), _) => Ok((item.clone(), Some(*at_ms))),
            (None | Some([]), DataType::CallRecording) => Ok((id.clone(), None)),
            (None | Some([]), _) => Err((
                Finding::Unlisted,
                "RingCentral lists no message of this id that is still to be archived",
            )),
            (Some(_), _) => Err((
                Finding::Unlisted,
                "the message has several parts, and the name does not tell which",
            )),
        }
    }

    /// Reads the files: all that are whole must be the same, and the first of
    /// them is adopted.
    async fn choose(
        &self,
        item: ItemId,
        listed: bool,
        leaves: Vec<Leaf>,
        fate: &mut Fate,
    ) -> Result<()> {
        let mut whole: BTreeMap<String, Vec<(Leaf, Fingerprint)>> = BTreeMap::new();
        for leaf in leaves {
            match self.read(&leaf).await? {
                Ok(print) => {
                    let same = whole.entry(print.sha256.clone()).or_default();
                    same.push((leaf, print));
                }
                Err(why) => fate.left.push(why),
            }
        }
        let doubtful = whole.len() > 1;
        let mut files = whole.into_values().flatten();
        if doubtful {
            let what = "files of different bytes say that they are this item";
            let of = |(it, _): (Leaf, _)| left(Finding::Doubtful, &it.path, what);
            fate.left.extend(files.map(of));
            return Ok(());
        }
        let Some((leaf, print)) = files.next() else {
            return Ok(());
        };
        for (more, _) in files {
            let what = format!("the same bytes as {}", leaf.path);
            fate.left.push(left(Finding::Duplicate, &more.path, what));
        }
        match self.place(&leaf, &print).await {
            Ok((path, receipt)) => {
                fate.whole = Some(Whole {
                    unlisted: (!listed).then(|| self.sighting(&item, &leaf)),
                    item,
                    path,
                    fingerprint: print,
                    receipt,
                });
            }
            Err(error) if of_one_file(&error) => {
                fate.left
                    .push(left(Finding::Unreadable, &leaf.path, error.cause()));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Its bytes, judged.
    async fn read(&self, leaf: &Leaf) -> Result<std::result::Result<Fingerprint, Left>> {
        let expected = match leaf.told.item.data_type {
            DataType::CallRecording | DataType::Voicemail => Expected::Audio,
            DataType::Fax => Expected::Document,
            DataType::Sms => Expected::Anything,
        };
        let unreadable =
            |error: &Error| Ok(Err(left(Finding::Unreadable, &leaf.path, error.cause())));
        let path = match ArchivePath::new(leaf.path.clone()) {
            Ok(path) => path,
            Err(error) => return unreadable(&error),
        };
        let place = self.from.unwrap_or(self.ends.destination.as_ref());
        let read = match place.read(&path, None).await {
            Ok(content) => examine(content, expected).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(Ok(print)) if print.size == leaf.size => Ok(Ok(print)),
            Ok(Ok(_)) => Ok(Err(left(
                Finding::Unreadable,
                &leaf.path,
                "it changed while it was read",
            ))),
            Ok(Err(damage)) => Ok(Err(left(Finding::Damaged, &leaf.path, damage.cause()))),
            Err(error) if of_one_file(&error) => unreadable(&error),
            Err(error) => Err(error),
        }
    }

    /// Where the archive holds it: as it lies, or copied there.
    async fn place(&self, leaf: &Leaf, print: &Fingerprint) -> Result<(ArchivePath, Receipt)> {
        let lies = ArchivePath::new(leaf.path.clone())?;
        let destination = &self.ends.destination;
        let (path, receipt) = if let Some(tree) = self.from {
            let path = ArchivePath::new(below_root(&leaf.path))?;
            // Nothing but what was judged is stored.
            let content = only(tree.read(&lies, None).await?, print);
            let receipt = destination.put(&path, content).await?;
            (path, receipt)
        } else {
            let receipt = destination.stat(&lies).await?.ok_or_else(vanished)?;
            // It was read between the listing and now.
            if leaf.hash.as_ref().is_some_and(|it| *it != receipt.hash) {
                return Err(vanished());
            }
            (lies, receipt)
        };
        if receipt.size == print.size {
            Ok((path, receipt))
        } else {
            Err(vanished())
        }
    }

    /// What the name of a file tells of its item.
    fn sighting(&self, item: &ItemId, leaf: &Leaf) -> Sighting {
        let told = &leaf.told;
        let line = told.extension_number.as_ref();
        Sighting {
            item: Item {
                id: item.clone(),
                extension: line.and_then(|it| self.lines.get(it)).cloned(),
                at_ms: told.at_ms(&self.job.zone).unwrap_or_default(),
                facts: told.facts.clone(),
                fetch: Fetch::Nothing,
                expected: Expected::Audio,
                size: None,
            },
            standing: Standing::Ready,
        }
    }
}

/// Where a file of another folder lies in the archive: in that product's own
/// folder, as there.
fn below_root(path: &str) -> String {
    let root = Naming::RingCentral.root();
    if path.split('/').any(|it| it.eq_ignore_ascii_case(root)) {
        path.to_owned()
    } else {
        format!("{root}/{path}")
    }
}

fn vanished() -> Error {
    Error::new(Kind::Mismatch, "it is not there any more as it was read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_tree_lies_in_the_folder_of_its_product() {
        for (path, below) in [
            ("Desk_101/a.mp3", "RingCentral Archiver/Desk_101/a.mp3"),
            ("RingCentral Archiver/b.mp3", "RingCentral Archiver/b.mp3"),
            (
                "old/ringcentral archiver/c.mp3",
                "old/ringcentral archiver/c.mp3",
            ),
        ] {
            assert_eq!(below_root(path), below);
        }
    }
}
