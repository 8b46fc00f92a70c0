//! A part file: bytes on their way into the archive. It lies in a folder of
//! its own, is locked while its writer lives, and is gone when it is dropped.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Error, Kind, Result};
use rustix::fs::{Advice, CWD, RenameFlags, fadvise, renameat_with};
use rustix::io::Errno;

use crate::fault::judged;
use crate::sum::{Sum, sum_of};

/// Tells part files of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A name in the folder of parts; dropped, it is removed.
#[derive(Debug)]
pub(crate) struct PartName(Option<PathBuf>);

impl Drop for PartName {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // It may be gone already; else the next sweep takes it.
            let _ = fs::remove_file(path);
        }
    }
}

/// A part file whose bytes are on the disk and are those that were sent.
#[derive(Debug)]
pub(crate) struct Sealed {
    name: PartName,
    /// Holds the lock until the file has its name.
    _file: File,
    pub(crate) sum: Sum,
}

/// Makes an empty part file, readable and writable by its owner only.
///
/// A process id may come again (in a container it is always 1), so a name may
/// be taken by a leftover or by another host; and a sweep may have been faster
/// than our lock. The next number is tried then.
pub(crate) fn create(parts: &Path) -> io::Result<(PartName, File)> {
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parts.join(format!("{}-{number}.part", std::process::id()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        let file = match options.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => continue,
            // No locks here (some network file systems): then no sweep can
            // get one either, and leaves the file alone.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        if file.metadata()?.nlink() > 0 {
            return Ok((PartName(Some(path)), file));
        }
    }
}

/// Removes part files whose writer is dead: those that can be locked.
pub(crate) fn sweep(parts: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parts)? {
        let path = entry?.path();
        let is_part = path.extension().is_some_and(|it| it == "part");
        let Some(file) = File::open(&path).ok().filter(|_| is_part) else {
            continue;
        };
        if file.try_lock().is_ok() {
            // Somebody else's sweep may have been faster.
            let _ = fs::remove_file(&path);
        }
    }
    Ok(())
}

/// Brings the bytes to the disk, reads them back and compares them with what
/// was sent. This comes before the file gets its name, because a bad file that
/// is to be seen could not be taken back: nothing in an archive is deleted.
pub(crate) fn seal(name: PartName, mut file: File, sent: Sum) -> Result<Sealed> {
    let sealed = (|| {
        file.sync_all()?;
        // Best effort: forget the copy in memory, so that the disk is read.
        let _ = fadvise(&file, 0, None, Advice::DontNeed);
        file.rewind()?;
        sum_of(&file)
    })();
    let stored = sealed.map_err(|error| judged(&error))?;
    if stored != sent {
        let error = Error::new(
            Kind::Mismatch,
            "the disk gave back other bytes than were sent",
        );
        return Err(error.remedy("Check the disk of the archive folder."));
    }
    Ok(Sealed {
        name,
        _file: file,
        sum: sent,
    })
}

impl Sealed {
    /// Gives the file its name in the archive, if nothing has that name:
    /// `AlreadyExists` otherwise. It is never there in part.
    ///
    /// `RENAME_NOREPLACE` is one step; file systems that lack it (NFS, some
    /// FUSE) have hard links, which cannot replace a file either.
    pub(crate) fn name(&mut self, target: &Path) -> io::Result<()> {
        let Some(part) = self.name.0.as_deref() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        match renameat_with(CWD, part, CWD, target, RenameFlags::NOREPLACE) {
            // The name of the part is nobody's now, and soon another's.
            Ok(()) => self.name.0 = None,
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => fs::hard_link(part, target)?,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn parts() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn sum(bytes: &[u8]) -> Sum {
        sum_of(bytes).unwrap()
    }

    #[test]
    fn what_the_disk_changed_is_never_named() {
        let parts = parts();
        let (name, mut file) = create(parts.path()).unwrap();
        file.write_all(b"sent").unwrap();
        let path = name.0.clone().unwrap();
        fs::write(&path, b"kept").unwrap();
        let error = seal(name, file, sum(b"sent")).unwrap_err();
        assert_eq!(error.kind(), Kind::Mismatch);
        assert!(!path.exists());
    }

    #[test]
    fn a_name_is_given_once() {
        let parts = parts();
        let target = parts.path().join("target");
        for (bytes, is_first) in [(b"one", true), (b"two", false)] {
            let (name, mut file) = create(parts.path()).unwrap();
            file.write_all(bytes).unwrap();
            let mut sealed = seal(name, file, sum(bytes)).unwrap();
            let named = sealed.name(&target).map_err(|error| error.kind());
            let expected = if is_first {
                Ok(())
            } else {
                Err(io::ErrorKind::AlreadyExists)
            };
            assert_eq!(named, expected);
        }
        assert_eq!(fs::read(&target).unwrap(), b"one");
        assert_eq!(fs::read_dir(parts.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_sweep_takes_the_dead_and_leaves_the_living() {
        let parts = parts();
        fs::write(parts.path().join("1-0.part"), b"left by a crash").unwrap();
        fs::write(parts.path().join("README"), b"somebody's").unwrap();
        let (living, file) = create(parts.path()).unwrap();
        let path = living.0.clone().unwrap();
        sweep(parts.path()).unwrap();
        assert!(path.exists());
        let sealed = seal(living, file, sum(b"")).unwrap();
        sweep(parts.path()).unwrap();
        assert!(path.exists());
        assert_eq!(fs::read_dir(parts.path()).unwrap().count(), 2);
        drop(sealed);
        assert!(!path.exists());
    }

    #[test]
    fn a_leftover_with_our_name_is_passed_over() {
        let parts = parts();
        let next = NEXT.load(Ordering::Relaxed);
        for number in next..next + 20 {
            let name = format!("{}-{number}.part", std::process::id());
            fs::write(parts.path().join(name), b"left").unwrap();
        }
        let (name, file) = create(parts.path()).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 0);
        assert!(name.0.as_ref().is_some_and(|it| it.exists()));
    }
}
