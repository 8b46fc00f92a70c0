//! The root of the archive on disk: where it is, and whether it is there at
//! all. Below it lies the folder of part files, which is also the sign that
//! this is the archive and not the empty place where its disk was mounted.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use domain::archive_path::ArchivePath;
use domain::ledger::DestinationId;
use domain::ports::Space;
use domain::ports::destination::Owner;
use domain::{Error, Kind, Result};
use rustix::fs::{Access, access, statvfs};

use crate::fault::judged;
use crate::names::{flush, folded};
use crate::part;

/// The name of the folder of part files. No path of the archive may begin
/// with it.
const PARTS: &str = ".archiver-part";

/// The root of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    path: PathBuf,
    /// Somebody else's folder, which was never prepared.
    foreign: bool,
}

impl Root {
    pub(crate) fn new(path: PathBuf, foreign: bool) -> Root {
        Root { path, foreign }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn parts(&self) -> PathBuf {
        self.path.join(PARTS)
    }

    /// Makes the root and the folder of parts, for their owner only; sweeps
    /// leftovers; and writes a file to try.
    pub(crate) fn prepare(&self) -> Result<()> {
        let parts = self.parts();
        let tried = (|| {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&parts)?;
            access(
                &self.path,
                Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK,
            )?;
            if let Some(parent) = self.path.canonicalize()?.parent() {
                // The parent may be one that we may pass but not read.
                let _ = flush(parent);
            }
            flush(&self.path)?;
            part::sweep(&parts)?;
            let (_name, file) = part::create(&parts)?;
            file.set_len(1)?;
            file.sync_all()
        })();
        tried.map_err(|error| self.unusable(&error))
    }

    fn unusable(&self, error: &io::Error) -> Error {
        let what = format!("preparing the archive folder {}", self.path.display());
        let judged = match error.kind() {
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => Error::new(
                Kind::Config,
                "a file lies where the archive folder should be",
            )
            .remedy("Choose another folder."),
            _ => judged(error),
        };
        judged.while_doing(what)
    }

    /// Fails where the archive is not (no longer) there: a disk that is not
    /// mounted must not look like an archive without files, and nothing may
    /// be written in its place.
    pub(crate) fn must_be_there(&self) -> Result<()> {
        if self.parts().is_dir() || (self.foreign && self.path.is_dir()) {
            return Ok(());
        }
        let what = format!("there is no archive in the folder {}", self.path.display());
        let remedy =
            "Mount its disk; or, if this is a new folder, start Archiver again to prepare it.";
        Err(Error::new(Kind::Config, what).remedy(remedy))
    }

    /// Fails for a path that would lie among the part files.
    pub(crate) fn must_accept(path: &ArchivePath) -> Result<()> {
        let first = path.as_str().split('/').next().unwrap_or_default();
        if folded(first) == PARTS {
            let what = "a path of the archive begins with the name of the folder of part files";
            return Err(Error::new(Kind::PathRefused, what));
        }
        Ok(())
    }

    /// Two spellings of one folder are one owner; it need not be there yet.
    pub(crate) fn owner(&self) -> Result<Owner> {
        let path = std::path::absolute(&self.path).and_then(|it| canonical(&it));
        let path = path.map_err(|error| judged(&error))?;
        Ok(Owner {
            id: DestinationId::new(format!("folder:{}", path.display())),
            label: path.display().to_string(),
            name: None,
        })
    }

    /// Room on the disk, as far as an ordinary user may use it.
    pub(crate) fn space(&self) -> Result<Space> {
        self.must_be_there()?;
        let room = statvfs(&self.path).map_err(|error| judged(&error.into()))?;
        let used = room.f_blocks.saturating_sub(room.f_bfree);
        Ok(Space {
            used: used.saturating_mul(room.f_frsize),
            free: Some(room.f_bavail.saturating_mul(room.f_frsize)),
        })
    }
}

/// The path without links, as far as it is there.
fn canonical(path: &Path) -> io::Result<PathBuf> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Err(error), Some(parent), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(canonical(parent)?.join(name))
        }
        (known, _, _) => known,
    }
}
