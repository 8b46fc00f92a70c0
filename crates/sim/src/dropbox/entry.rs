//! What lies in the namespace, and its metadata on the wire.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::path::name_of;
use super::spool::Blob;

/// One content of a file.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    pub(super) rev: String,
    pub(super) blob: Arc<Blob>,
    pub(super) client_modified_ms: i64,
    pub(super) server_modified_ms: i64,
}

/// A file.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) id: String,
    pub(super) display: String,
    pub(super) lower: String,
    /// Earlier contents, oldest first.
    pub(super) older: Vec<Revision>,
    pub(super) current: Revision,
}

/// A folder.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) id: String,
    pub(super) display: String,
    pub(super) lower: String,
}

/// Something at a path.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    File(File),
    Folder(Folder),
}

/// What a stored file looks like from outside: for tests, benchmarks and the
/// demo's tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredFile {
    /// As written.
    pub path_display: String,
    /// As Dropbox compares it.
    pub path_lower: String,
    /// Bytes.
    pub size: u64,
    /// Dropbox's content hash of the stored bytes, always the true one.
    pub content_hash: String,
    /// SHA-256 of the stored bytes.
    pub sha256: String,
    /// The current revision.
    pub rev: String,
    /// Dropbox's id of the file.
    pub id: String,
    /// As the client gave it, in Dropbox's notation.
    pub client_modified: String,
    /// When it was written, in Dropbox's notation.
    pub server_modified: String,
    /// Every write of this file, oldest first: an archive that is never
    /// overwritten has exactly one.
    pub history: Vec<StoredWrite>,
}

/// One write of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredWrite {
    /// The revision it made.
    pub rev: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: String,
    /// When, in Dropbox's notation.
    pub server_modified: String,
}

impl File {
    /// `FileMetadata` without a tag.
    pub(super) fn metadata(&self) -> Value {
        self.metadata_of(&self.current)
    }

    /// The same of one of its revisions.
    pub(super) fn metadata_of(&self, revision: &Revision) -> Value {
        json!({
            "name": name_of(&self.display),
            "path_lower": self.lower,
            "path_display": self.display,
            "id": self.id,
            "client_modified": timestamp(revision.client_modified_ms),
            "server_modified": timestamp(revision.server_modified_ms),
            "rev": revision.rev,
            "size": revision.blob.hashes.size,
            "is_downloadable": true,
            "content_hash": revision.blob.hashes.content_hash,
        })
    }

    /// All its revisions, oldest first.
    pub(super) fn revisions(&self) -> impl DoubleEndedIterator<Item = &Revision> {
        self.older.iter().chain(std::iter::once(&self.current))
    }

    pub(super) fn stored(&self) -> StoredFile {
        let hashes = &self.current.blob.hashes;
        StoredFile {
            path_display: self.display.clone(),
            path_lower: self.lower.clone(),
            size: hashes.size,
            content_hash: hashes.content_hash.clone(),
            sha256: hashes.sha256.clone(),
            rev: self.current.rev.clone(),
            id: self.id.clone(),
            client_modified: timestamp(self.current.client_modified_ms),
            server_modified: timestamp(self.current.server_modified_ms),
            history: self
                .revisions()
                .map(|revision| StoredWrite {
                    rev: revision.rev.clone(),
                    size: revision.blob.hashes.size,
                    sha256: revision.blob.hashes.sha256.clone(),
                    server_modified: timestamp(revision.server_modified_ms),
                })
                .collect(),
        }
    }
}

impl Folder {
    /// `FolderMetadata` without a tag.
    pub(super) fn metadata(&self) -> Value {
        json!({
            "name": name_of(&self.display),
            "path_lower": self.lower,
            "path_display": self.display,
            "id": self.id,
        })
    }
}

impl Entry {
    /// `Metadata` with its tag.
    pub(super) fn metadata(&self) -> Value {
        match self {
            Self::File(file) => tagged("file", file.metadata()),
            Self::Folder(folder) => tagged("folder", folder.metadata()),
        }
    }

    pub(super) fn display(&self) -> &str {
        match self {
            Self::File(file) => &file.display,
            Self::Folder(folder) => &folder.display,
        }
    }

    pub(super) fn id(&self) -> &str {
        match self {
            Self::File(file) => &file.id,
            Self::Folder(folder) => &folder.id,
        }
    }
}

/// `DeletedMetadata` with its tag.
pub(super) fn deleted(lower: &str, display: &str) -> Value {
    json!({
        ".tag": "deleted",
        "name": name_of(display),
        "path_lower": lower,
        "path_display": display,
    })
}

/// Metadata as a member of the `Metadata` union.
pub(super) fn tagged(tag: &str, mut metadata: Value) -> Value {
    metadata[".tag"] = Value::from(tag);
    metadata
}

/// Dropbox's notation of a moment: UTC, whole seconds.
pub(super) fn timestamp(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// Reads exactly that notation.
pub(super) fn parse_timestamp(text: &str) -> Option<i64> {
    let moment = text.parse::<jiff::Timestamp>().ok()?;
    let ms = moment.as_millisecond();
    (timestamp(ms) == text).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_whole_seconds_and_nothing_else() {
        assert_eq!(timestamp(1_431_445_838_999), "2015-05-12T15:50:38Z");
        assert_eq!(
            parse_timestamp("2015-05-12T15:50:38Z"),
            Some(1_431_445_838_000)
        );
        for wrong in [
            "2015-05-12T15:50:38.5Z",
            "2015-05-12T15:50:38+00:00",
            "2015-05-12 15:50:38",
        ] {
            assert_eq!(parse_timestamp(wrong), None, "{wrong}");
        }
    }
}
