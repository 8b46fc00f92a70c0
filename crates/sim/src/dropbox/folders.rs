//! Making folders.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::Inner;
use super::call::Call;
use super::commit::{imposed, numbered};
use super::entry::{Entry, Folder, tagged};
use super::error::{Failure, Write, tag_of};
use super::fault::FaultKind;
use super::mint::Mint;
use super::options::Options;
use super::path::{PathKind, Reference, Spelling};
use super::reply::Reply;
use super::tree::Tree;

/// `files/create_folder_v2`, and its predecessor, which answers the bare
/// metadata.
pub(super) async fn create(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let path = call.argument.path("path", PathKind::Write)?;
    let autorename = call.argument.flag("autorename", false)?;
    call.argument.end()?;
    let lock = inner.write_lock.take(call.now_ms, 1, &call.options).await;
    if lock.is_none() || call.fate.strikes(FaultKind::TooManyWriteOperations) {
        return Err(call.contended(Write::TooManyWriteOperations.at_path()));
    }
    imposed(&call.fate, 0).map_err(Write::at_path)?;
    let folder = inner
        .change(|tree| make(tree, &path, autorename, &call.options, &inner.mint))
        .map_err(Write::at_path)?;
    let metadata = folder.metadata();
    Ok(Reply::Json(if call.route.name.ends_with("_v2") {
        json!({ "metadata": metadata })
    } else {
        metadata
    }))
}

/// `files/create_folder_batch`: a path that comes twice is made once.
pub(super) async fn create_batch(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let paths = call.argument.paths("paths", 10_000, PathKind::Write)?;
    let autorename = call.argument.flag("autorename", false)?;
    let force_async = call.argument.flag("force_async", false)?;
    call.argument.end()?;
    let count = paths.len() as u64;
    let lock = inner
        .write_lock
        .take(call.now_ms, count, &call.options)
        .await;
    let mut seen = HashSet::new();
    let mut entries: Vec<Value> = Vec::new();
    for (n, path) in paths.iter().enumerate() {
        if !seen.insert(format!("{path:?}")) {
            continue;
        }
        let made = if lock.is_none()
            || call
                .fate
                .strikes_entry(FaultKind::TooManyWriteOperations, n)
        {
            Err(Write::TooManyWriteOperations)
        } else {
            inner.change(|tree| make(tree, path, autorename, &call.options, &inner.mint))
        };
        entries.push(match made {
            Ok(folder) => tagged("success", json!({ "metadata": folder.metadata() })),
            Err(error) => tag_of("failure", &tag_of("path", &error.value())),
        });
    }
    let outcome = tagged("complete", json!({ "entries": entries }));
    Ok(if force_async {
        inner.jobs.launch(&call, outcome, &inner.mint)
    } else {
        Reply::Json(outcome)
    })
}

fn make(
    tree: &mut Tree,
    path: &Reference,
    autorename: bool,
    options: &Options,
    mint: &Mint,
) -> Result<Folder, Write> {
    let mut at = match path {
        Reference::Path(path) => Spelling::parse(path, options.non_bmp)?,
        other => tree
            .spell(other, options.non_bmp)
            .map_err(|_| Write::MalformedPath)?,
    };
    if at.lower.is_empty() {
        return Err(Write::MalformedPath);
    }
    if tree.has_file_above(&at.lower) {
        return Err(Write::ConflictFileAncestor);
    }
    let conflict = match tree.get(&at.lower) {
        None => None,
        Some(Entry::File(_)) => Some(Write::ConflictFile),
        Some(Entry::Folder(_)) => Some(Write::ConflictFolder),
    };
    if let Some(conflict) = conflict {
        if !autorename {
            return Err(conflict);
        }
        at = numbered(tree, &at, |n| format!(" ({n})"));
    }
    Ok(tree.make_folder(&at, mint))
}
