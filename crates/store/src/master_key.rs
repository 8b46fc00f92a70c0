//! The master key: 32 random bytes in a file of their own, outside the
//! database. Its id stands in the database, so that a wrong key is found out
//! at start and not at the first grant.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use domain::{Error, Kind, Result};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::private;

/// The key that seals grants.
#[derive(Clone)]
pub(crate) struct MasterKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

impl MasterKey {
    /// From its bytes.
    pub(crate) fn new(bytes: [u8; 32]) -> MasterKey {
        let mut digest = Sha256::new();
        digest.update(b"archiver master key id");
        digest.update(bytes);
        MasterKey {
            id: hex(&digest.finalize()[..8]),
            bytes: Zeroizing::new(bytes),
        }
    }

    /// Tells keys apart and says nothing about them.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// For a new database: the key in the file, or a new one in a new file.
    pub(crate) fn read_or_make(file: &Path) -> Result<MasterKey> {
        if file.exists() {
            return MasterKey::read(file);
        }
        MasterKey::make(file)
    }

    /// A key that will take the place of the one in `file`; what an earlier
    /// try left there is taken again.
    pub(crate) fn make_next(file: &Path) -> Result<MasterKey> {
        MasterKey::read_or_make(&beside(file, "next"))
    }

    fn is_next(file: &Path, id: &str) -> bool {
        let next = beside(file, "next");
        next.exists() && MasterKey::read(&next).is_ok_and(|it| it.id == id)
    }

    /// The next key takes its place; the old one is kept beside it, under its
    /// id. Returns where.
    pub(crate) fn put_in_place(file: &Path, old_id: &str) -> Result<PathBuf> {
        let old = beside(file, old_id);
        if !old.exists() {
            private::link(file, &old)?;
        }
        private::replace(&beside(file, "next"), file)?;
        Ok(old)
    }

    fn make(file: &Path) -> Result<MasterKey> {
        if let Some(folder) = file.parent().filter(|it| !it.as_os_str().is_empty()) {
            private::folder(folder)?;
        }
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|_| {
            Error::new(Kind::Config, "the operating system gives no random numbers")
        })?;
        private::write_new(file, Zeroizing::new(hex(&*bytes) + "\n").as_bytes())?;
        Ok(MasterKey::new(*bytes))
    }

    /// For a database that has sealed grants: its key, and no other.
    pub(crate) fn with_id(file: &Path, id: &str) -> Result<MasterKey> {
        let place = file.display();
        if !file.exists() {
            return Err(Error::new(
                Kind::Config,
                format!("the master key {id} of this database is not at {place}"),
            )
            .remedy(REMEDY));
        }
        let key = MasterKey::read(file)?;
        if key.id != id && MasterKey::is_next(file, id) {
            // The change of keys was committed, and then somebody pulled the plug.
            MasterKey::put_in_place(file, &key.id)?;
            return MasterKey::read(file);
        }
        if key.id != id {
            return Err(Error::new(
                Kind::Config,
                format!(
                    "{place} holds the master key {}, but the database was made with {id}",
                    key.id
                ),
            )
            .remedy(REMEDY));
        }
        Ok(key)
    }

    fn read(file: &Path) -> Result<MasterKey> {
        let text = Zeroizing::new(private::read(file)?);
        from_hex(text.trim_ascii())
            .map(|it| MasterKey::new(*it))
            .ok_or_else(|| {
                Error::new(
                    Kind::Config,
                    format!(
                        "{} does not hold a master key (64 hex digits)",
                        file.display()
                    ),
                )
                .remedy(REMEDY)
            })
    }
}

/// `master.key` and a word: `master.key.next`.
fn beside(file: &Path, word: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(word);
    PathBuf::from(name)
}

const REMEDY: &str = "Put the key file that was made with this database in its place \
    (ARCHIVER_MASTER_KEY_FILE names it; every worker needs the same one).";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn from_hex(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    let mut bytes = Zeroizing::new([0; 32]);
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::try_from(digit(2 * at)? * 16 + digit(2 * at + 1)?).ok()?;
    }
    (text.len() == 64).then_some(bytes)
}
