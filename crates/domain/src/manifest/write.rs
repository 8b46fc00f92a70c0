//! A manifest's bytes, and the list of sums beside it. The same values always
//! give the same bytes.

use sha2::{Digest, Sha256};

use super::key::hex;
use super::shape::{EntryLine, FootLine, HeadLine, within};
use super::{Fate, Header, Manifest, SigningKey, Told};
use crate::archive_path::ArchivePath;
use crate::error::{Error, Kind, Result};

/// The manifest: a line for itself, one for each Entry, one with the sum of
/// all before it and a signature over that sum.
pub fn write(header: &Header, told: &[Told], key: &SigningKey) -> Result<String> {
    let mut text = String::new();
    line(&mut text, &HeadLine::of(header, told.len() as u64))?;
    let root = header.naming.root();
    for one in told {
        line(&mut text, &EntryLine::of(one, root))?;
    }
    let sha256 = sha256(text.as_bytes());
    let signature = key.sign(&sha256);
    line(&mut text, &FootLine { sha256, signature })?;
    Ok(text)
}

/// One line of JSON.
pub(super) fn line<T: serde::Serialize>(text: &mut String, value: &T) -> Result<()> {
    let json = serde_json::to_string(value).map_err(|_| {
        let what = "a manifest cannot be written as JSON";
        Error::new(Kind::Protocol, what)
    })?;
    text.push_str(&json);
    text.push('\n');
    Ok(())
}

/// The list that `sha256sum -c` reads, from the folder in which the evidence
/// folder lies: the manifest itself, then each archived file.
pub fn sums(manifest: &Manifest, lies_at: &ArchivePath) -> String {
    let root = manifest.header.naming.root();
    let row = |sha256: &str, path: &str| format!("{sha256}  {}\n", within(root, path));
    let mut text = row(&manifest.sha256, lies_at.as_str());
    for told in &manifest.told {
        if let Fate::Archived { path, sha256, .. } = &told.fate {
            text.push_str(&row(sha256, path.as_str()));
        }
    }
    text
}

/// Lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The first 16 bytes of the SHA-256 of a text: enough to tell texts apart of
/// which there are too many to be kept.
pub fn short(text: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&Sha256::digest(text)[..16]);
    short
}

/// The same of a path, which is one in whatever case it is spelled.
pub fn short_of_path(path: &str) -> [u8; 16] {
    short(&path.to_lowercase())
}
