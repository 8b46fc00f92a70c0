//! The namespace: folders and files by folded path, their ids, and the order
//! of changes that cursors follow. Knows no write mode and no request.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::account::NAMESPACE;
use super::entry::{Entry, File, Folder, Revision};
use super::error::Lookup;
use super::journal::{Change, Journal};
use super::mint::Mint;
use super::options::NonBmp;
use super::path::{Reference, Spelling, name_of, parent_of};
use super::spool::Spool;

/// Everything stored.
#[derive(Default)]
pub(super) struct Tree {
    entries: BTreeMap<String, Entry>,
    ids: HashMap<String, String>,
    /// Paths that held something once and hold nothing now: the casing.
    deleted: BTreeMap<String, String>,
    /// The path of every change, in order: a cursor is a place in here.
    changes: Vec<String>,
    /// The revisions of removed files, which stay readable by `rev:`.
    removed: HashMap<String, File>,
    stored_bytes: u64,
    revisions: u64,
    /// Where changes are remembered, if they are.
    journal: Option<Journal>,
}

impl Tree {
    /// Does again what a journal remembers, and goes on in it.
    pub(super) fn replay(
        &mut self,
        journal: Journal,
        changes: Vec<Change>,
        spool: &Arc<Spool>,
        mint: &Mint,
    ) {
        for change in changes {
            match change {
                Change::Write {
                    lower,
                    display,
                    id,
                    rev,
                    content,
                    hashes,
                    client_modified_ms,
                    server_modified_ms,
                } => {
                    self.revisions += 1;
                    let revision = Revision {
                        rev,
                        blob: Arc::new(spool.stored(content, hashes)),
                        client_modified_ms,
                        server_modified_ms,
                    };
                    self.put(&display, &lower, id, revision);
                }
                Change::Folder { lower, display, id } => {
                    self.put_folder(Folder { id, display, lower });
                }
                Change::Remove { lower } => drop(self.remove(&lower)),
                Change::Rename {
                    from,
                    lower,
                    display,
                } => drop(self.rename(&from, &Spelling { display, lower }, mint)),
            }
        }
        self.journal = Some(journal);
    }

    fn remember(&mut self, change: impl FnOnce() -> Change) {
        if let Some(journal) = &mut self.journal {
            journal.add(&change());
        }
    }

    /// What lies at a folded path. The root is not an entry.
    pub(super) fn get(&self, lower: &str) -> Option<&Entry> {
        self.entries.get(lower)
    }

    /// The casing of something that was removed.
    pub(super) fn deleted(&self, lower: &str) -> Option<&str> {
        self.deleted.get(lower).map(String::as_str)
    }

    /// Bytes of all current contents.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.stored_bytes
    }

    /// How many changes there were.
    pub(super) fn changes(&self) -> usize {
        self.changes.len()
    }

    /// The paths changed since.
    pub(super) fn changed_since(&self, since: usize) -> &[String] {
        self.changes.get(since..).unwrap_or_default()
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.entries.values().filter_map(|entry| match entry {
            Entry::File(file) => Some(file),
            Entry::Folder(_) => None,
        })
    }

    /// Entries below a folder (`""`: the root), by path, after `after`.
    pub(super) fn below<'a>(
        &'a self,
        folder: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'a String, &'a Entry)> + use<'a> {
        self.entries.range(span(folder, after))
    }

    /// The same for what was removed.
    pub(super) fn deleted_below<'a>(
        &'a self,
        folder: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'a String, &'a String)> + use<'a> {
        self.deleted.range(span(folder, after))
    }

    /// The spelling of a reference: checked names, ids looked up.
    pub(super) fn spell(&self, reference: &Reference, non_bmp: NonBmp) -> Result<Spelling, Lookup> {
        let path = match reference {
            Reference::Path(path) => path.clone(),
            Reference::Namespace(number, path) if number == NAMESPACE => path.clone(),
            Reference::Id(id) => {
                let lower = self.ids.get(id).ok_or(Lookup::NotFound)?;
                let entry = self.entries.get(lower).ok_or(Lookup::NotFound)?;
                entry.display().to_owned()
            }
            Reference::Namespace(..) | Reference::Rev(_) => return Err(Lookup::NotFound),
        };
        Ok(Spelling::parse(&path, non_bmp)?)
    }

    /// Finds what a reference points at.
    pub(super) fn find(&self, reference: &Reference, non_bmp: NonBmp) -> Result<&Entry, Lookup> {
        let spelling = self.spell(reference, non_bmp)?;
        self.get(&spelling.lower).ok_or(Lookup::NotFound)
    }

    /// Finds a file and one of its contents; by `rev:` also an earlier one.
    pub(super) fn find_revision(
        &self,
        reference: &Reference,
        non_bmp: NonBmp,
    ) -> Result<(File, Revision), Lookup> {
        if let Reference::Rev(rev) = reference {
            return self
                .files()
                .chain(self.removed.values())
                .find_map(|file| {
                    let revision = file.revisions().find(|r| r.rev == *rev)?;
                    Some((file.clone(), revision.clone()))
                })
                .ok_or(Lookup::NotFound);
        }
        match self.find(reference, non_bmp)? {
            Entry::File(file) => Ok((file.clone(), file.current.clone())),
            Entry::Folder(_) => Err(Lookup::NotFile),
        }
    }

    /// Whether a file lies where a parent folder would have to be.
    pub(super) fn has_file_above(&self, lower: &str) -> bool {
        let mut folder = parent_of(lower);
        while !folder.is_empty() {
            if matches!(self.get(folder), Some(Entry::File(_))) {
                return true;
            }
            folder = parent_of(folder);
        }
        false
    }

    /// Writes a file: a new one with its missing parents, or the next
    /// revision of the one that is there.
    pub(super) fn write(&mut self, at: &Spelling, mut revision: Revision, mint: &Mint) -> File {
        self.revisions += 1;
        revision.rev = format!("016{:012x}{:016x}", self.revisions, 0x0c0f_fee0_0000_u64);
        let known = self.get(&at.lower).map(|file| file.id().to_owned());
        let id = known.unwrap_or_else(|| format!("id:{}", mint.text(22)));
        let parent = self.make_parents(at, mint);
        let display = format!("{parent}/{}", at.name());
        let file = self.put(&display, &at.lower, id, revision);
        self.remember(|| {
            let revision = &file.current;
            Change::Write {
                lower: file.lower.clone(),
                display: file.display.clone(),
                id: file.id.clone(),
                rev: revision.rev.clone(),
                content: revision.blob.commit(),
                hashes: revision.blob.hashes.clone(),
                client_modified_ms: revision.client_modified_ms,
                server_modified_ms: revision.server_modified_ms,
            }
        });
        file
    }

    fn put(&mut self, display: &str, lower: &str, id: String, revision: Revision) -> File {
        self.stored_bytes += revision.blob.hashes.size;
        let file = if let Some(Entry::File(file)) = self.entries.get_mut(lower) {
            self.stored_bytes -= file.current.blob.hashes.size;
            let older = std::mem::replace(&mut file.current, revision);
            file.older.push(older);
            file.clone()
        } else {
            let file = File {
                id,
                display: display.to_owned(),
                lower: lower.to_owned(),
                older: Vec::new(),
                current: revision,
            };
            self.insert(Entry::File(file.clone()), lower);
            file
        };
        self.changes.push(lower.to_owned());
        file
    }

    /// Makes a folder, and its missing parents.
    pub(super) fn make_folder(&mut self, at: &Spelling, mint: &Mint) -> Folder {
        let parent = self.make_parents(at, mint);
        let folder = Folder {
            id: format!("id:{}", mint.text(22)),
            display: format!("{parent}/{}", at.name()),
            lower: at.lower.clone(),
        };
        self.put_folder(folder.clone());
        self.remember(|| Change::Folder {
            lower: folder.lower.clone(),
            display: folder.display.clone(),
            id: folder.id.clone(),
        });
        folder
    }

    fn put_folder(&mut self, folder: Folder) {
        let lower = folder.lower.clone();
        self.insert(Entry::Folder(folder), &lower);
        self.changes.push(lower);
    }

    /// Makes the missing parents of a path and returns its folder's casing:
    /// that of each folder's first creation.
    fn make_parents(&mut self, at: &Spelling, mint: &Mint) -> String {
        let lower = parent_of(&at.lower);
        if lower.is_empty() {
            return String::new();
        }
        if let Some(entry) = self.get(lower) {
            return entry.display().to_owned();
        }
        let parent = Spelling {
            display: parent_of(&at.display).to_owned(),
            lower: lower.to_owned(),
        };
        self.make_folder(&parent, mint).display
    }

    fn insert(&mut self, entry: Entry, lower: &str) {
        self.ids.insert(entry.id().to_owned(), lower.to_owned());
        self.deleted.remove(lower);
        self.entries.insert(lower.to_owned(), entry);
    }

    /// Removes what lies at a path, with everything below.
    pub(super) fn remove(&mut self, lower: &str) -> Option<Entry> {
        self.remember(|| Change::Remove {
            lower: lower.to_owned(),
        });
        let below: Vec<String> = self
            .below(lower, None)
            .map(|(path, _)| path.clone())
            .collect();
        for path in below.iter().rev() {
            self.remove_one(path);
        }
        self.remove_one(lower)
    }

    fn remove_one(&mut self, lower: &str) -> Option<Entry> {
        let entry = self.entries.remove(lower)?;
        self.ids.remove(entry.id());
        self.deleted
            .insert(lower.to_owned(), entry.display().to_owned());
        self.changes.push(lower.to_owned());
        if let Entry::File(file) = &entry {
            self.stored_bytes -= file.current.blob.hashes.size;
            self.removed.insert(file.id.clone(), file.clone());
        }
        Some(entry)
    }

    /// Moves what lies at `from`, with everything below, to a free path. Ids
    /// and revisions stay.
    pub(super) fn rename(&mut self, from: &str, to: &Spelling, mint: &Mint) -> Option<Entry> {
        let below: Vec<String> = self
            .below(from, None)
            .map(|(path, _)| path.clone())
            .collect();
        let parent = self.make_parents(to, mint);
        let display = format!("{parent}/{}", to.name());
        self.remember(|| Change::Rename {
            from: from.to_owned(),
            lower: to.lower.clone(),
            display: to.display.clone(),
        });
        for old in std::iter::once(from.to_owned()).chain(below) {
            let Some(mut entry) = self.entries.remove(&old) else {
                continue;
            };
            let lower = format!("{}{}", to.lower, &old[from.len()..]);
            self.deleted.insert(old.clone(), entry.display().to_owned());
            let above = if old == from {
                display.clone()
            } else {
                let above = self.get(parent_of(&lower)).map(Entry::display);
                format!("{}/{}", above.unwrap_or(&display), name_of(entry.display()))
            };
            match &mut entry {
                Entry::File(file) => (file.display, file.lower) = (above, lower.clone()),
                Entry::Folder(folder) => (folder.display, folder.lower) = (above, lower.clone()),
            }
            self.insert(entry, &lower);
            self.changes.extend([old, lower]);
        }
        self.get(&to.lower).cloned()
    }
}

/// The keys below a folder: everything that begins with its path and a slash.
fn span(folder: &str, after: Option<&str>) -> (Bound<String>, Bound<String>) {
    let start = match after {
        Some(after) => Bound::Excluded(after.to_owned()),
        None => Bound::Excluded(format!("{folder}/")),
    };
    // '0' is the character behind '/'.
    (start, Bound::Excluded(format!("{folder}0")))
}
