//! Which names lie in the archive. Two names that differ only in case or
//! Unicode form are one, also on a disk that tells them apart; so each path is
//! walked from the root, and every step takes the spelling that is there.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use domain::Result;
use domain::archive_path::ArchivePath;
use unicode_normalization::UnicodeNormalization;

use crate::fault::{judged, taken};

/// Names that are remembered at most before memory is cleared: about 4 MiB.
const REMEMBERED: usize = 200_000;

/// The names of an archive, as far as they were looked at.
///
/// A folder is remembered as the set of its folded names' hashes. A name whose
/// hash is not there is new; one whose hash is there is looked up on the disk,
/// so neither a collision nor a file deleted by hand does harm. (A file that
/// another program adds meanwhile under another spelling is not noticed; under
/// the same spelling it is: it has the name, and names are not replaced.)
pub(crate) struct Names {
    root: PathBuf,
    folders: HashMap<PathBuf, HashSet<u64>>,
    remembered: usize,
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Something is there, under this name.
    Taken(PathBuf),
    /// Nothing is there; this is the name to give.
    Free(PathBuf),
}

impl Names {
    /// Knows nothing yet.
    pub(crate) fn below(root: PathBuf) -> Names {
        Names {
            root,
            folders: HashMap::new(),
            remembered: 0,
        }
    }

    /// Where the path leads; folders on the way that are not there are made.
    pub(crate) fn make_way(&mut self, path: &ArchivePath) -> Result<Place> {
        let (folders, name) = split(path);
        let mut here = self.root.clone();
        for folder in folders {
            here = match self.find(&here, folder)? {
                Place::Taken(there) => there,
                Place::Free(new) => self.make(&new)?,
            };
            self.enter(&here)?;
        }
        self.find(&here, name)
    }

    /// What lies at the path; `None` when nothing does. Makes nothing.
    pub(crate) fn locate(&mut self, path: &ArchivePath) -> Result<Option<PathBuf>> {
        let (folders, name) = split(path);
        let mut here = self.root.clone();
        for step in folders.into_iter().chain([name]) {
            if !is_folder(&here) {
                return Ok(None);
            }
            here = match self.find(&here, step)? {
                Place::Taken(there) => there,
                Place::Free(_) => return Ok(None),
            };
        }
        Ok(Some(here))
    }

    /// Remembers a name that was given.
    pub(crate) fn add(&mut self, path: &Path) {
        let folder = path.parent().and_then(|it| self.folders.get_mut(it));
        let hash = path.file_name().map(|it| hash(&it.to_string_lossy()));
        if let (Some(folder), Some(hash)) = (folder, hash) {
            self.remembered += usize::from(folder.insert(hash));
        }
    }

    /// Forgets everything: the disk has surprised us.
    pub(crate) fn forget(&mut self) {
        self.folders.clear();
        self.remembered = 0;
    }

    /// A name in a folder, however it is spelled there.
    fn find(&mut self, folder: &Path, name: &str) -> Result<Place> {
        let here = folder.join(name);
        if is_there(&here).map_err(|error| judged(&error))? {
            return Ok(Place::Taken(here));
        }
        if !self.enter(folder)?.contains(&hash(name)) {
            return Ok(Place::Free(here));
        }
        let spelled = spelling(folder, name).map_err(|error| judged(&error))?;
        Ok(spelled.map_or(Place::Free(here), |it| Place::Taken(folder.join(it))))
    }

    fn make(&mut self, folder: &Path) -> Result<PathBuf> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => {
                self.add(folder);
                // One of that name may have been known, and deleted by hand.
                self.folders.remove(folder);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(judged(&error)),
        }
        Ok(folder.to_owned())
    }

    /// Looks at a folder, the first time: what is in it, and that its own name
    /// in its parent is on the disk. Whoever finds the folder later may rely
    /// on that, whether we made it or somebody who crashed before flushing.
    fn enter(&mut self, folder: &Path) -> Result<&HashSet<u64>> {
        if self.remembered > REMEMBERED {
            self.forget();
        }
        if !self.folders.contains_key(folder) {
            if !is_folder(folder) {
                return Err(taken("a file or link lies where a folder belongs"));
            }
            let parent = folder.parent().filter(|_| folder != self.root);
            let flushed = parent.map_or(Ok(()), flush);
            let names = flushed.and_then(|()| list(folder));
            let names = names.map_err(|error| judged(&error))?;
            self.remembered += names.len() + 1;
            self.folders.insert(folder.to_owned(), names);
        }
        Ok(&self.folders[folder])
    }
}

/// A folder, and not a link to one.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|it| it.is_dir())
}

fn list(folder: &Path) -> io::Result<HashSet<u64>> {
    let entries = fs::read_dir(folder)?;
    entries
        .map(|entry| Ok(hash(&entry?.file_name().to_string_lossy())))
        .collect()
}

/// How the name is spelled in the folder; the first in the order of bytes
/// where somebody put several spellings there.
fn spelling(folder: &Path, name: &str) -> io::Result<Option<OsString>> {
    let wanted = folded(name);
    let mut found: Option<OsString> = None;
    for entry in fs::read_dir(folder)? {
        let there = entry?.file_name();
        if folded(&there.to_string_lossy()) == wanted && found.as_ref().is_none_or(|it| there < *it)
        {
            found = Some(there);
        }
    }
    Ok(found)
}

fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error),
    }
}

/// Brings the names in a folder to the disk. Network file systems that cannot
/// (`EINVAL`) do it by themselves.
pub(crate) fn flush(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        flushed => flushed,
    }
}

/// The folders of a path, and the name of its file.
fn split(path: &ArchivePath) -> (Vec<&str>, &str) {
    let mut parts: Vec<&str> = path.as_str().split('/').collect();
    let name = parts.pop().unwrap_or_default();
    (parts, name)
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    folded(name).hash(&mut hasher);
    hasher.finish()
}

/// One key for all spellings that count as the same: NFC and lower case,
/// character by character as Dropbox folds (`Σ` is `σ` everywhere).
pub(crate) fn folded(name: &str) -> String {
    let lower: String = name.nfc().flat_map(char::to_lowercase).collect();
    lower.nfc().collect()
}
