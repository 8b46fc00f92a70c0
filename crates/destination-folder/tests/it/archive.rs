//! An archive in a folder that vanishes with the test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use destination_folder::{Folder, Options};
use domain::ports::Destination;
use testkit::laws::destination::Shelf;

/// A prepared archive and the folder it lies in.
pub(crate) struct Archive {
    pub(crate) folder: Folder,
    pub(crate) root: PathBuf,
    _keep: tempfile::TempDir,
}

impl Archive {
    pub(crate) async fn new() -> Archive {
        let keep = tempfile::tempdir().unwrap();
        let root = keep.path().join("archive");
        let folder = Folder::new(root.clone(), Options::default());
        folder.prepare().await.unwrap();
        Archive {
            folder,
            root,
            _keep: keep,
        }
    }

    /// The names of part files.
    pub(crate) fn parts(&self) -> Vec<PathBuf> {
        let parts = fs::read_dir(self.root.join(".archiver-part")).unwrap();
        parts.map(|it| it.unwrap().path()).collect()
    }
}

#[async_trait]
impl Shelf for Archive {
    fn destination(&self) -> &dyn Destination {
        &self.folder
    }

    async fn files(&self) -> BTreeMap<String, Bytes> {
        files(&self.root)
    }
}

/// Every file below the root, without part files, by its path.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Bytes> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".archiver-part") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.insert(name.to_owned(), fs::read(&path).unwrap().into());
            }
        }
    }
    files
}
