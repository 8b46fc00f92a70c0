//! What a disk may hold after the power went: everything that was brought to
//! it, and of the rest any part, in any order, torn within a sector's reach.
//!
//! Files: a write is safe once a later fsync of that file came back; of the
//! others each is there, is not, or is there in part. Names: made, moved and
//! removed names are safe once a later fsync of their folder came back; of the
//! others a folder keeps the first few, as a journal does.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::dice::Dice;
use crate::tape::{Act, What};

/// A disk writes so many bytes wholly or not at all.
const SECTOR: usize = 512;

/// What became of the writes that nobody brought to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsynced {
    /// None is there.
    Dropped,
    /// Chance decides for each.
    Torn,
}

#[derive(Clone, Debug)]
enum Change {
    Bytes(u64, Vec<u8>),
    Size(u64),
}

/// A file: its changes with their times, and its syncs, each with its own.
#[derive(Debug, Default)]
struct Node {
    changes: Vec<(u64, Change)>,
    syncs: Vec<(u64, u64)>,
}

#[derive(Clone, Debug)]
enum Naming {
    Is(PathBuf, usize),
    Folder(PathBuf),
    Moves(PathBuf, PathBuf),
    Goes(PathBuf),
}

/// All of a recording up to a moment.
pub(crate) struct Platter {
    nodes: Vec<Node>,
    /// In order: when it ended, in which folder, what.
    names: Vec<(u64, PathBuf, Naming)>,
    /// Of folders: begun, ended.
    syncs: HashMap<PathBuf, Vec<(u64, u64)>>,
}

impl Platter {
    /// What was done until then; what was under way is taken as done and not
    /// brought to the disk.
    pub(crate) fn until(acts: &[Act], at_ns: u64) -> Platter {
        let mut platter = Platter {
            nodes: Vec::new(),
            names: Vec::new(),
            syncs: HashMap::new(),
        };
        let mut open: HashMap<PathBuf, usize> = HashMap::new();
        for act in acts.iter().filter(|it| it.begun_ns <= at_ns) {
            platter.take(act, at_ns, &mut open);
        }
        platter
    }

    fn take(&mut self, act: &Act, at_ns: u64, open: &mut HashMap<PathBuf, usize>) {
        let ended = act.ended_ns;
        let folder = |path: &Path| path.parent().unwrap_or(path).to_owned();
        match &act.what {
            What::Make(path) => {
                self.node(path, ended, open);
            }
            What::Write(path, offset, bytes) => {
                let node = self.node(path, ended, open);
                let change = Change::Bytes(*offset, bytes.clone());
                self.nodes[node].changes.push((ended, change));
            }
            What::Resize(path, size) => {
                let node = self.node(path, ended, open);
                self.nodes[node].changes.push((ended, Change::Size(*size)));
            }
            What::Sync(path) if ended <= at_ns => {
                let times = (act.begun_ns, ended);
                if let Some(node) = open.get(path) {
                    self.nodes[*node].syncs.push(times);
                }
                self.syncs.entry(path.clone()).or_default().push(times);
            }
            What::Sync(_) => {}
            What::Folder(path) => {
                let what = Naming::Folder(path.clone());
                self.names.push((ended, folder(path), what));
            }
            What::Rename(from, to) => {
                if let Some(node) = open.remove(from) {
                    open.insert(to.clone(), node);
                }
                let what = Naming::Moves(from.clone(), to.clone());
                self.names.push((ended, folder(to), what));
            }
            What::Link(from, to) => {
                if let Some(node) = open.get(from).copied() {
                    open.insert(to.clone(), node);
                    let what = Naming::Is(to.clone(), node);
                    self.names.push((ended, folder(to), what));
                }
            }
            What::Remove(path) => {
                open.remove(path);
                let what = Naming::Goes(path.clone());
                self.names.push((ended, folder(path), what));
            }
        }
    }

    /// The file of that name; one that is not known is new.
    fn node(&mut self, path: &Path, at: u64, open: &mut HashMap<PathBuf, usize>) -> usize {
        if let Some(node) = open.get(path) {
            return *node;
        }
        let node = self.nodes.len();
        self.nodes.push(Node::default());
        open.insert(path.to_owned(), node);
        let folder = path.parent().unwrap_or(path).to_owned();
        let what = Naming::Is(path.to_owned(), node);
        self.names.push((at, folder, what));
        node
    }

    /// Writes what is left into `to`, for what lay below `root`.
    pub(crate) fn write(
        &self,
        root: &Path,
        to: &Path,
        unsynced: Unsynced,
        dice: &mut Dice,
    ) -> Result<()> {
        let (folders, files) = self.names_left(root, unsynced, dice);
        let place = |path: &Path| -> Result<PathBuf> { Ok(to.join(path.strip_prefix(root)?)) };
        fs::create_dir_all(to)?;
        for folder in &folders {
            let folder = place(folder)?;
            fs::create_dir_all(&folder)?;
            private(&folder, 0o700)?;
        }
        for (path, node) in &files {
            let path = place(path)?;
            // A file whose folder went with it.
            if path.parent().is_some_and(Path::is_dir) {
                fs::write(&path, self.nodes[*node].left(unsynced, dice))?;
                private(&path, 0o600)?;
            }
        }
        Ok(())
    }

    /// The folders and files that have a name.
    fn names_left(
        &self,
        root: &Path,
        unsynced: Unsynced,
        dice: &mut Dice,
    ) -> (Vec<PathBuf>, BTreeMap<PathBuf, usize>) {
        let mut allowed: HashMap<&Path, usize> = HashMap::new();
        let mut by_folder: HashMap<&Path, Vec<u64>> = HashMap::new();
        let mut order: Vec<&Path> = Vec::new();
        for (ended, folder, _) in &self.names {
            let times = by_folder.entry(folder).or_insert_with(|| {
                order.push(folder);
                Vec::new()
            });
            times.push(*ended);
        }
        for folder in order {
            let times = &by_folder[folder];
            let syncs = self.syncs.get(folder).map_or(&[][..], |it| it);
            let safe = times.iter().filter(|at| is_safe(**at, syncs)).count();
            let rest = (times.len() - safe) as u64;
            let more = match unsynced {
                Unsynced::Dropped => 0,
                Unsynced::Torn => usize::try_from(dice.below(rest + 1)).unwrap_or(0),
            };
            allowed.insert(folder, safe + more);
        }
        let mut folders: Vec<PathBuf> = Vec::new();
        let mut files: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for (_, folder, naming) in &self.names {
            let left = allowed.entry(folder).or_default();
            if *left == 0 {
                continue;
            }
            *left -= 1;
            match naming {
                Naming::Is(path, node) => drop(files.insert(path.clone(), *node)),
                Naming::Folder(path) => folders.push(path.clone()),
                Naming::Goes(path) => {
                    files.remove(path);
                    folders.retain(|it| it != path);
                }
                Naming::Moves(from, to) => {
                    // The old name's folder may have kept nothing of it.
                    let node = files.remove(from).or_else(|| self.first_named(from));
                    if let Some(node) = node {
                        files.insert(to.clone(), node);
                    }
                }
            }
        }
        // What lies in a folder that is not there is not there.
        let there = |path: &Path, folders: &[PathBuf]| {
            path.ancestors()
                .skip(1)
                .take_while(|it| *it != root)
                .all(|it| folders.iter().any(|folder| folder == it))
        };
        let kept: Vec<PathBuf> = folders
            .iter()
            .filter(|it| there(it, &folders))
            .cloned()
            .collect();
        files.retain(|path, _| there(path, &kept));
        (kept, files)
    }

    fn first_named(&self, path: &Path) -> Option<usize> {
        self.names.iter().rev().find_map(|(_, _, it)| match it {
            Naming::Is(name, node) if name == path => Some(*node),
            _ => None,
        })
    }
}

/// Whether something that ended then was brought to the disk later on.
fn is_safe(ended: u64, syncs: &[(u64, u64)]) -> bool {
    syncs.iter().any(|(begun, _)| *begun >= ended)
}

impl Node {
    fn left(&self, unsynced: Unsynced, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (ended, change) in &self.changes {
            if is_safe(*ended, &self.syncs) {
                apply(&mut bytes, change, 0, usize::MAX);
            } else if unsynced == Unsynced::Torn {
                match dice.below(3) {
                    0 => {}
                    1 => apply(&mut bytes, change, 0, usize::MAX),
                    _ => {
                        let size = match change {
                            Change::Bytes(_, bytes) => bytes.len(),
                            Change::Size(_) => 0,
                        };
                        let sectors = (size / SECTOR) as u64;
                        let cut = usize::try_from(dice.below(sectors + 1)).unwrap_or(0) * SECTOR;
                        if dice.below(2) == 0 {
                            apply(&mut bytes, change, 0, cut);
                        } else {
                            apply(&mut bytes, change, cut, usize::MAX);
                        }
                    }
                }
            }
        }
        bytes
    }
}

/// Applies the part of a change between two of its bytes.
fn apply(bytes: &mut Vec<u8>, change: &Change, from: usize, to: usize) {
    match change {
        Change::Size(size) => bytes.resize(usize::try_from(*size).unwrap_or(0), 0),
        Change::Bytes(offset, new) => {
            let to = to.min(new.len());
            if from >= to {
                return;
            }
            let start = usize::try_from(*offset).unwrap_or(0) + from;
            let end = start + to - from;
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[start..end].copy_from_slice(&new[from..to]);
        }
    }
}

fn private(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(path, permissions).context("permissions")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acts(list: &[(u64, What)]) -> Vec<Act> {
        let act = |(at, what): &(u64, What)| Act {
            begun_ns: *at,
            ended_ns: *at,
            what: what.clone(),
        };
        list.iter().map(act).collect()
    }

    #[test]
    fn what_was_not_brought_to_the_disk_may_be_gone() {
        let home = tempfile::tempdir().unwrap();
        let root = PathBuf::from("/r");
        let (folder, file) = (root.join("d"), root.join("d/f"));
        let list = acts(&[
            (1, What::Folder(folder.clone())),
            (2, What::Sync(root.clone())),
            (3, What::Make(file.clone())),
            (4, What::Write(file.clone(), 0, b"safe".to_vec())),
            (5, What::Sync(file.clone())),
            (6, What::Sync(folder.clone())),
            (7, What::Write(file.clone(), 4, b" not".to_vec())),
            (8, What::Rename(file.clone(), root.join("d/g"))),
        ]);
        let mut seen = std::collections::BTreeSet::new();
        for round in 0..60 {
            let to = home.path().join(round.to_string());
            let mut dice = Dice::new(round, "platter");
            Platter::until(&list, 9)
                .write(&root, &to, Unsynced::Torn, &mut dice)
                .unwrap();
            let name = if to.join("d/f").exists() { "f" } else { "g" };
            let bytes = fs::read(to.join("d").join(name)).unwrap();
            seen.insert((name, bytes));
        }
        let all = [
            ("f", b"safe".to_vec()),
            ("f", b"safe not".to_vec()),
            ("g", b"safe".to_vec()),
            ("g", b"safe not".to_vec()),
        ];
        assert_eq!(seen, all.into());
        let to = home.path().join("dropped");
        let mut dice = Dice::new(1, "platter");
        Platter::until(&list, 5)
            .write(&root, &to, Unsynced::Dropped, &mut dice)
            .unwrap();
        assert!(to.join("d").is_dir() && !to.join("d/f").exists());
    }
}
