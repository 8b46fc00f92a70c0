//! Writing a file: `CommitInfo`, the three write modes, conflicts and
//! automatic renaming, as files.stone words them.

use std::sync::Arc;

use super::account;
use super::argument::Argument;
use super::entry::{Entry, File, Revision, parse_timestamp};
use super::error::{Failure, Write};
use super::fault::{Fate, FaultKind};
use super::mint::Mint;
use super::options::Options;
use super::path::{PathKind, Reference, Spelling};
use super::spool::Blob;
use super::tree::Tree;

/// `CommitInfo`
pub(super) struct Commit {
    path: Reference,
    mode: Mode,
    autorename: bool,
    strict: bool,
    client_modified_ms: Option<i64>,
}

/// `WriteMode`
enum Mode {
    Add,
    Overwrite,
    Update(String),
}

impl Commit {
    /// Reads the fields of `CommitInfo` and leaves the rest.
    pub(super) fn read(argument: &mut Argument) -> Result<Self, Failure> {
        let mode = match argument.union("mode")? {
            None => Mode::Add,
            Some((tag, mut fields)) => match tag.as_str() {
                "add" => Mode::Add,
                "overwrite" => Mode::Overwrite,
                "update" => Mode::Update(fields.text("update")?),
                other => return Err(fields.unknown_tag(other)),
            },
        };
        let client_modified_ms = match argument.optional_text("client_modified")? {
            None => None,
            Some(text) => Some(parse_timestamp(&text).ok_or_else(|| {
                argument.refuse(
                    "client_modified",
                    &format!("time data '{text}' does not match format '%Y-%m-%dT%H:%M:%SZ'"),
                )
            })?),
        };
        argument.ignore(&["mute", "property_groups"]);
        Ok(Self {
            path: argument.path("path", PathKind::WriteOrId)?,
            mode,
            autorename: argument.flag("autorename", false)?,
            strict: argument.flag("strict_conflict", false)?,
            client_modified_ms,
        })
    }

    /// Writes `blob`, or says why not. An identical file that is there already
    /// is a success without a write.
    pub(super) fn apply(
        &self,
        tree: &mut Tree,
        blob: &Arc<Blob>,
        options: &Options,
        now_ms: i64,
        mint: &Mint,
    ) -> Result<File, Write> {
        let at = self.target(tree, options)?;
        if tree.has_file_above(&at.lower) {
            return Err(Write::ConflictFileAncestor);
        }
        let at = match self.judge(tree, &at, blob) {
            Verdict::Keep(file) => return Ok(*file),
            Verdict::Write => at,
            Verdict::Conflict(_) if self.autorename => self.free_name(tree, &at),
            Verdict::Conflict(conflict) => return Err(conflict),
        };
        if blob.hashes.size > account::free(options, tree.stored_bytes()) {
            return Err(Write::InsufficientSpace);
        }
        let server_modified_ms = now_ms - now_ms.rem_euclid(1_000);
        let revision = Revision {
            rev: String::new(),
            blob: Arc::clone(blob),
            client_modified_ms: self.client_modified_ms.unwrap_or(server_modified_ms),
            server_modified_ms,
        };
        Ok(tree.write(&at, revision, mint))
    }

    fn target(&self, tree: &Tree, options: &Options) -> Result<Spelling, Write> {
        // A write error has no "not found": an unknown id is a bad path.
        let spelling = match &self.path {
            Reference::Path(path) => Spelling::parse(path, options.non_bmp)?,
            other => tree
                .spell(other, options.non_bmp)
                .map_err(|_| Write::MalformedPath)?,
        };
        if spelling.lower.is_empty() {
            return Err(Write::MalformedPath);
        }
        Ok(spelling)
    }

    /// The rules of `WriteMode`.
    fn judge(&self, tree: &Tree, at: &Spelling, blob: &Blob) -> Verdict {
        let file = match tree.get(&at.lower) {
            Some(Entry::Folder(_)) => return Verdict::Conflict(Write::ConflictFolder),
            Some(Entry::File(file)) => file,
            // With strict_conflict an update of a removed file is a conflict.
            None if self.strict && matches!(self.mode, Mode::Update(_)) => {
                return Verdict::Conflict(Write::ConflictFile);
            }
            None => return Verdict::Write,
        };
        let identical = file.current.blob.hashes == blob.hashes;
        if identical && !self.strict {
            return Verdict::Keep(Box::new(file.clone()));
        }
        match &self.mode {
            Mode::Overwrite => Verdict::Write,
            Mode::Update(rev) if *rev == file.current.rev => Verdict::Write,
            Mode::Add | Mode::Update(_) => Verdict::Conflict(Write::ConflictFile),
        }
    }

    /// The first free name: `name (1).ext`, or for an update
    /// `name (Somebody's conflicted copy).ext`.
    fn free_name(&self, tree: &Tree, at: &Spelling) -> Spelling {
        let copy = format!("{}'s conflicted copy", account::DISPLAY_NAME);
        let update = matches!(self.mode, Mode::Update(_));
        numbered(tree, at, |n| match (update, n) {
            (true, 1) => format!(" ({copy})"),
            (true, n) => format!(" ({copy} {})", n - 1),
            (false, n) => format!(" ({n})"),
        })
    }
}

enum Verdict {
    /// Identical: nothing to do.
    Keep(Box<File>),
    Write,
    Conflict(Write),
}

/// The first free path made of `at` and a suffix before the extension.
pub(super) fn numbered(tree: &Tree, at: &Spelling, suffix: impl Fn(u32) -> String) -> Spelling {
    let stem_of = |path: &str| {
        let name = path.rfind('/').map_or(0, |slash| slash + 1);
        // A leading dot makes no extension.
        path[name..]
            .rfind('.')
            .filter(|dot| *dot > 0)
            .map_or(path.len(), |dot| name + dot)
    };
    let mut number = 1;
    loop {
        let put = |path: &str, suffix: &str| {
            let (stem, extension) = path.split_at(stem_of(path));
            format!("{stem}{suffix}{extension}")
        };
        let suffix = suffix(number);
        let candidate = Spelling {
            display: put(&at.display, &suffix),
            lower: put(&at.lower, &super::fold::lower(&suffix)),
        };
        if tree.get(&candidate.lower).is_none() {
            return candidate;
        }
        number += 1;
    }
}

/// Write errors that a fault imposes on a call (or on one entry of a batch).
pub(super) fn imposed(fate: &Fate, entry: usize) -> Result<(), Write> {
    [
        (FaultKind::InsufficientSpace, Write::InsufficientSpace),
        (FaultKind::NoWritePermission, Write::NoWritePermission),
        (FaultKind::AccessRestricted, Write::AccessRestricted),
    ]
    .into_iter()
    .find(|(kind, _)| fate.strikes_entry(*kind, entry))
    .map_or(Ok(()), |(_, error)| Err(error))
}
