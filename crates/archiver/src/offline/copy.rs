//! A copy of an archive on disk: where its manifests lie, and its files. Links
//! are not followed.

use std::fs::{self, File};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::archive_path::{ArchivePath, Naming};
use domain::manifest::{FOLDER, Header, hex, is_evidence};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

/// Bytes that are read at once.
const PORTION: usize = 256 << 10;

/// A copy.
pub(crate) struct Copy {
    /// As it was named.
    named: PathBuf,
    /// The folder of manifests.
    manifests: PathBuf,
    /// The folder in which the evidence folder lies, with the name that it had
    /// in the archive, if it still has it; `None`: only manifests were copied.
    shelf: Option<(PathBuf, Option<&'static str>)>,
}

/// Files that machines put into every folder, and that no Dropbox takes: they
/// say nothing about the archive.
const CLUTTER: [&str; 6] = [
    ".ds_store",
    "desktop.ini",
    "thumbs.db",
    "icon\r",
    ".dropbox",
    ".dropbox.attr",
];

impl Copy {
    /// In a folder: the whole archive, its root folder, the evidence folder, or
    /// the manifests alone.
    pub(crate) fn find(folder: &Path) -> Result<Copy, Failure> {
        let copy = |manifests: PathBuf, shelf: Option<(PathBuf, Option<&'static str>)>| {
            manifests.is_dir().then(|| Copy {
                named: folder.to_owned(),
                manifests,
                shelf,
            })
        };
        let below = |it: &Path| it.join(FOLDER).join("manifests");
        let roots = [Naming::Default.root(), Naming::RingCentral.root()];
        for root in roots {
            let shelf = folder.join(root);
            if let Some(copy) = copy(below(&shelf), Some((shelf, Some(root)))) {
                return Ok(copy);
            }
        }
        let found = copy(below(folder), Some((folder.to_owned(), None)))
            .or_else(|| copy(folder.join("manifests"), None))
            .or_else(|| copy(folder.to_owned(), None).filter(|_| holds_chains(folder)));
        found.ok_or_else(|| without_manifests(folder))
    }

    /// What is said where nothing was found.
    pub(crate) fn without_manifests(&self) -> Failure {
        without_manifests(&self.named)
    }

    /// Every file of the manifests' folder: its path below that folder, and
    /// where it is.
    pub(crate) fn evidence(&self) -> Result<Vec<(String, PathBuf)>, Failure> {
        let mut found = Vec::new();
        walk(&self.manifests, &mut |file| {
            found.push((text(&self.manifests, file), file.to_owned()));
            ControlFlow::Continue(())
        })?;
        found.sort();
        Ok(found)
    }

    /// A file's path below the folder of manifests.
    pub(crate) fn below(&self, file: &Path) -> String {
        text(&self.manifests, file)
    }

    /// Where a manifest lay in the archive.
    pub(crate) fn path(header: &Header, below: &str) -> String {
        format!("{}/{FOLDER}/manifests/{below}", header.naming.root())
    }

    /// What the root folder is called, if it still is called so.
    pub(crate) fn root(&self) -> Option<&'static str> {
        self.shelf.as_ref().and_then(|(_, root)| *root)
    }

    /// Whether archived files were copied.
    pub(crate) fn has_files(&self) -> Result<bool, Failure> {
        let mut any = false;
        self.each_file(&mut |_| {
            any = true;
            ControlFlow::Break(())
        })?;
        Ok(any)
    }

    /// Every archived file, by its path below the root folder, until that is
    /// enough.
    pub(crate) fn each_file(
        &self,
        each: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let Some((folder, _)) = &self.shelf else {
            return Ok(());
        };
        walk(folder, &mut |file| {
            let below = text(folder, file);
            if is_evidence(&format!("/{below}")) {
                ControlFlow::Continue(())
            } else {
                each(&below)
            }
        })
    }

    /// Size and sum of an archived file; `None`: it is not there.
    pub(crate) fn sum_of(&self, path: &ArchivePath) -> Result<Option<(u64, String)>, Failure> {
        let Some((folder, _)) = &self.shelf else {
            return Ok(None);
        };
        let Some((_, below)) = path.as_str().split_once('/') else {
            return Ok(None);
        };
        let mut file = folder.join(below);
        if !fs::symlink_metadata(&file).is_ok_and(|it| it.is_file()) {
            let parts: Vec<&str> = below.split('/').collect();
            match however_spelled(folder, &parts) {
                Some(it) => file = it,
                None => return Ok(None),
            }
        }
        let told = || format!("reading {}", file.display());
        let mut open = File::open(&file).with_context(told)?;
        let (mut sum, mut size, mut buffer) = (Sha256::new(), 0, vec![0; PORTION]);
        loop {
            let count = open.read(&mut buffer).with_context(told)?;
            if count == 0 {
                break;
            }
            sum.update(&buffer[..count]);
            size += count as u64;
        }
        Ok(Some((size, hex(&sum.finalize()))))
    }
}

/// The file at a path whose case is another one here: to a Dropbox both are
/// one, and its folders are called as they were first made.
fn however_spelled(folder: &Path, parts: &[&str]) -> Option<PathBuf> {
    let (first, rest) = parts.split_first()?;
    let first = first.to_lowercase();
    for entry in fs::read_dir(folder).ok()?.flatten() {
        if entry.file_name().to_string_lossy().to_lowercase() != first {
            continue;
        }
        let kind = entry.file_type().ok()?;
        if rest.is_empty() && kind.is_file() {
            return Some(entry.path());
        }
        let found = kind.is_dir().then(|| however_spelled(&entry.path(), rest));
        if let Some(found) = found.flatten() {
            return Some(found);
        }
    }
    None
}

/// Whether a folder of manifests was copied by itself: each chain's has the
/// first digits of its key for a name.
fn holds_chains(folder: &Path) -> bool {
    let is_key = |name: &str| name.len() == 16 && name.bytes().all(|it| it.is_ascii_hexdigit());
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|it| it.file_name());
    names.any(|it| is_key(&it.to_string_lossy()))
}

fn without_manifests(folder: &Path) -> Failure {
    Failure::usage(format!(
        "There are no manifests in {}. Name the folder that holds {FOLDER}, or the whole archive.",
        folder.display()
    ))
}

fn text(base: &Path, file: &Path) -> String {
    let below = file.strip_prefix(base).unwrap_or(file);
    let parts: Vec<_> = below.iter().map(|it| it.to_string_lossy()).collect();
    parts.join("/")
}

/// Every file but clutter, until that is enough.
fn walk(folder: &Path, each: &mut dyn FnMut(&Path) -> ControlFlow<()>) -> Result<(), Failure> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let told = || format!("reading {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(told)? {
            let entry = entry.with_context(told)?;
            let kind = entry.file_type().with_context(told)?;
            let name = entry.file_name().to_string_lossy().to_lowercase();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if !CLUTTER.contains(&name.as_str()) && each(&entry.path()).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}
