//! What a failure of the disk means: the one place that judges them. No text
//! holds a path inside the archive: paths hold names and numbers.

use std::io::{self, ErrorKind};

use domain::{Error, Kind};

/// Judges a failure of the file system.
pub(crate) fn judged(error: &io::Error) -> Error {
    let judged = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Error::new(Kind::Full, "the disk of the archive folder is full")
                .remedy("Free some space; nothing is lost meanwhile.")
        }
        ErrorKind::PermissionDenied => Error::new(
            Kind::Config,
            "the archive folder may not be read or written",
        )
        .remedy("Give the user that runs Archiver the right to read and write it."),
        ErrorKind::ReadOnlyFilesystem => {
            Error::new(Kind::Config, "the disk of the archive folder is read-only")
                .remedy("Mount it for writing, or choose another folder.")
        }
        ErrorKind::InvalidFilename => Error::new(
            Kind::PathRefused,
            "the disk of the archive folder does not take names this long",
        ),
        ErrorKind::FileTooLarge => Error::new(
            Kind::PathRefused,
            "the disk of the archive folder does not take files this large",
        ),
        _ => Error::new(Kind::Unavailable, "the disk of the archive folder failed"),
    };
    match error.raw_os_error() {
        Some(code) => judged.code_is(format!("os error {code}")),
        None => judged,
    }
}

/// Something else lies at a path: a file with other bytes, a folder, a link.
pub(crate) fn taken(what: &str) -> Error {
    Error::new(Kind::PathTaken, what)
}
