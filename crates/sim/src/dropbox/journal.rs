//! What the namespace remembers across restarts: one line per change, beside
//! the contents. A line torn by a crash is a change that never happened.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::content_hash::Hashes;

/// A change of the namespace.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    /// A new file, or the next revision of one.
    Write {
        lower: String,
        display: String,
        id: String,
        rev: String,
        /// The content's number in the spool; none for an empty one.
        content: Option<u64>,
        hashes: Hashes,
        client_modified_ms: i64,
        server_modified_ms: i64,
    },
    Folder {
        lower: String,
        display: String,
        id: String,
    },
    Remove {
        lower: String,
    },
    Rename {
        from: String,
        lower: String,
        display: String,
    },
}

/// The open journal of a kept namespace.
#[derive(Debug)]
pub(super) struct Journal(File);

const NAME: &str = "namespace.jsonl";

impl Journal {
    /// Opens the journal in a directory (made if it is missing) and reads what
    /// it holds.
    pub(super) fn open(directory: &Path) -> io::Result<(Self, Vec<Change>)> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        let path = directory.join(NAME);
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)?;
        let text = fs::read(&path)?;
        if text.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")?;
        }
        let changes = text
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        Ok((Self(file), changes))
    }

    /// Remembers a change.
    pub(super) fn add(&mut self, change: &Change) {
        let mut line = serde_json::to_vec(change).unwrap_or_default();
        line.push(b'\n');
        // A full disk shows in the contents first; a lost line is a lost
        // change, as after a crash.
        let _ = self.0.write_all(&line);
    }
}

/// The numbers of all contents that changes speak of.
pub(super) fn contents(changes: &[Change]) -> HashSet<u64> {
    changes
        .iter()
        .filter_map(|change| match change {
            Change::Write { content, .. } => *content,
            _ => None,
        })
        .collect()
}
