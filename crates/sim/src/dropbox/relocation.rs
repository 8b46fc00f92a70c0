//! Copying and moving: what other software does to an archive.

use serde_json::{Value, json};

use super::Inner;
use super::call::Call;
use super::commit::numbered;
use super::entry::Entry;
use super::error::{Failure, Lookup, Write, tag, tag_of};
use super::fault::FaultKind;
use super::mint::Mint;
use super::options::Options;
use super::path::{PathKind, Reference, Spelling, name_of};
use super::reply::Reply;
use super::tree::Tree;

/// `RelocationArg`
struct Relocation {
    from: Reference,
    to: Reference,
    autorename: bool,
    keep: bool,
}

/// `files/copy`, `files/move` and their second versions.
pub(super) async fn relocate(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let relocation = Relocation {
        from: call.argument.path("from_path", PathKind::WriteOrId)?,
        to: call.argument.path("to_path", PathKind::WriteOrId)?,
        autorename: call.argument.flag("autorename", false)?,
        keep: call.route.name.starts_with("files/copy"),
    };
    call.argument
        .ignore(&["allow_shared_folder", "allow_ownership_transfer"]);
    call.argument.end()?;
    let lock = inner.write_lock.take(call.now_ms, 1, &call.options).await;
    if lock.is_none() || call.fate.strikes(FaultKind::TooManyWriteOperations) {
        let busy = tag_of("to", &Write::TooManyWriteOperations.value());
        return Err(call.contended(Failure::Route(busy)));
    }
    let metadata = inner
        .change(|tree| relocation.apply(tree, &call.options, &inner.mint))
        .map_err(Failure::Route)?;
    Ok(Reply::Json(if call.route.name.ends_with("_v2") {
        json!({ "metadata": metadata })
    } else {
        metadata
    }))
}

impl Relocation {
    /// Does it; the error is a `RelocationError`.
    fn apply(&self, tree: &mut Tree, options: &Options, mint: &Mint) -> Result<Value, Value> {
        let lost = |error: Lookup| tag_of("from_lookup", &error.value());
        let blocked = |error: Write| tag_of("to", &error.value());
        let from = tree.spell(&self.from, options.non_bmp).map_err(lost)?;
        if tree.get(&from.lower).is_none() {
            return Err(lost(Lookup::NotFound));
        }
        let to = match &self.to {
            Reference::Path(path) => Spelling::parse(path, options.non_bmp)
                .map_err(|error| blocked(Write::from(error)))?,
            _ => return Err(blocked(Write::MalformedPath)),
        };
        if to.lower.starts_with(&format!("{}/", from.lower)) {
            return Err(tag("cant_move_folder_into_itself"));
        }
        if to.lower.is_empty() || tree.has_file_above(&to.lower) {
            return Err(blocked(Write::ConflictFileAncestor));
        }
        let to = match tree.get(&to.lower) {
            None => to,
            Some(_) if self.autorename => numbered(tree, &to, |n| format!(" ({n})")),
            Some(Entry::File(_)) => return Err(blocked(Write::ConflictFile)),
            Some(Entry::Folder(_)) => return Err(blocked(Write::ConflictFolder)),
        };
        let moved = if self.keep {
            copy(tree, &from.lower, &to, mint);
            tree.get(&to.lower).cloned()
        } else {
            tree.rename(&from.lower, &to, mint)
        };
        moved
            .map(|entry| entry.metadata())
            .ok_or_else(|| lost(Lookup::NotFound))
    }
}

/// Copies an entry with everything below it; copies get ids of their own.
fn copy(tree: &mut Tree, from: &str, to: &Spelling, mint: &Mint) {
    let below: Vec<Entry> = tree
        .below(from, None)
        .map(|(_, entry)| entry.clone())
        .collect();
    let first = tree.get(from).cloned();
    for entry in first.into_iter().chain(below) {
        let lower = match &entry {
            Entry::File(file) => &file.lower,
            Entry::Folder(folder) => &folder.lower,
        };
        let rest = &lower[from.len()..];
        let name = if rest.is_empty() {
            to.name()
        } else {
            name_of(entry.display())
        };
        let lower = format!("{}{rest}", to.lower);
        let at = Spelling {
            // Parents exist by now and lend their own casing.
            display: format!(
                "{}/{name}",
                super::path::parent_of(&format!("{}{rest}", to.display))
            ),
            lower,
        };
        match entry {
            Entry::File(file) => drop(tree.write(&at, file.current, mint)),
            Entry::Folder(_) => drop(tree.make_folder(&at, mint)),
        }
    }
}
