//! Files and folders that only we may read: made so, and checked to be so.
//! What a machine without Unix permissions cannot tell is not checked.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use domain::{Error, Kind, Result};

/// Makes the folder (0700) where there is none, and returns it without links.
/// One that others can open is refused; an empty one is ours to close.
pub(crate) fn folder(path: &Path) -> Result<PathBuf> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|e| told("make the folder", path, &e))?;
    let path = path
        .canonicalize()
        .map_err(|e| told("open the folder", path, &e))?;
    let mut entries = fs::read_dir(&path).map_err(|e| told("read the folder", &path, &e))?;
    if entries.next().is_none() {
        close(&path, 0o700);
    }
    check(&path, "700")?;
    Ok(path)
}

/// Makes the file (0600, empty) where there is none, and checks it.
pub(crate) fn file(path: &Path) -> Result<()> {
    create(path).map(drop).or_else(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => Ok(()),
        _ => Err(told("make the file", path, &e)),
    })?;
    check(path, "600")
}

/// Writes a file (0600) that is there wholly or not at all, also after a power
/// cut. One that is there already is an error.
pub(crate) fn write_new(path: &Path, text: &[u8]) -> Result<()> {
    let failed = |e: io::Error| told("write the file", path, &e);
    if path.exists() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let beside = path.with_extension("new");
    // What a former start left half-written was never used.
    drop(fs::remove_file(&beside));
    let mut file = create(&beside).map_err(failed)?;
    file.write_all(text)
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)?;
    flush_folder_of(path)
}

/// Gives a file a second name.
pub(crate) fn link(path: &Path, second: &Path) -> Result<()> {
    fs::hard_link(path, second).map_err(|e| told("write the file", second, &e))?;
    flush_folder_of(second)
}

/// Puts one file in the place of another, at once, also across a power cut.
pub(crate) fn replace(new: &Path, path: &Path) -> Result<()> {
    fs::rename(new, path).map_err(|e| told("replace the file", path, &e))?;
    flush_folder_of(path)
}

fn flush_folder_of(path: &Path) -> Result<()> {
    match path.parent().filter(|it| !it.as_os_str().is_empty()) {
        Some(folder) if cfg!(unix) => File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|e| told("write the file", path, &e)),
        _ => Ok(()),
    }
}

/// Reads a file that must be closed to others.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    check(path, "600")?;
    fs::read(path).map_err(|e| told("read the file", path, &e))
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn close(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    // Where it fails the check that follows says so, with what to do.
    drop(fs::set_permissions(path, fs::Permissions::from_mode(mode)));
}

#[cfg(not(unix))]
fn close(_path: &Path, _mode: u32) {}

#[cfg(unix)]
fn check(path: &Path, wanted: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).map_err(|e| told("look at", path, &e))?;
    let of_others = metadata.permissions().mode() & 0o077;
    if of_others == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(
        Error::new(Kind::Config, format!("other users can open {path}"))
            .remedy(format!("Run: chmod {wanted} '{path}'")),
    )
}

#[cfg(not(unix))]
fn check(_path: &Path, _wanted: &str) -> Result<()> {
    Ok(())
}

/// The machine's word for it, and what to do.
fn told(doing: &str, path: &Path, error: &io::Error) -> Error {
    let what = format!("cannot {doing} {}: {}", path.display(), error.kind());
    match error.kind() {
        io::ErrorKind::StorageFull => Error::new(Kind::Storage, what).remedy("Free some space."),
        _ => Error::new(Kind::Config, what)
            .remedy("Choose another place, or give this one to the user archiver runs as."),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_closed_to_others() {
        let home = tempfile::TempDir::new().unwrap();
        let path = folder(&home.path().join("a/b")).unwrap();
        assert_eq!(mode(&path), 0o700);
        file(&path.join("file")).unwrap();
        write_new(&path.join("key"), b"text").unwrap();
        assert_eq!(mode(&path.join("file")), 0o600);
        assert_eq!(mode(&path.join("key")), 0o600);
        assert_eq!(read(&path.join("key")).unwrap(), b"text");
        assert!(write_new(&path.join("key"), b"other").is_err());
        assert_eq!(read(&path.join("key")).unwrap(), b"text");
    }

    #[test]
    fn what_others_can_open_is_refused_with_what_to_do() {
        let home = tempfile::TempDir::new().unwrap();
        let path = home.path().join("data");
        fs::create_dir(&path).unwrap();
        let open = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        open(&path, 0o755);
        folder(&path).expect("an empty folder is closed, not refused");
        assert_eq!(mode(&path), 0o700);

        file(&path.join("file")).unwrap();
        open(&path, 0o750);
        let error = folder(&path).unwrap_err().to_string();
        assert!(error.contains("Run: chmod 700"), "{error}");
        open(&path.join("file"), 0o640);
        let error = file(&path.join("file")).unwrap_err().to_string();
        assert!(error.contains("Run: chmod 600"), "{error}");
        assert!(read(&path.join("file")).is_err());
    }

    #[test]
    fn what_a_cut_start_left_behind_does_not_matter() {
        let home = tempfile::TempDir::new().unwrap();
        let key = home.path().join("master.key");
        fs::write(key.with_extension("new"), "half a k").unwrap();
        write_new(&key, b"whole").unwrap();
        assert_eq!(read(&key).unwrap(), b"whole");
        assert!(!key.with_extension("new").exists());
    }
}
