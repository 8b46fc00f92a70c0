//! Removing files and folders.

use serde_json::{Value, json};

use super::Inner;
use super::argument::Argument;
use super::call::Call;
use super::entry::{Entry, tagged};
use super::error::{Failure, Write, tag, tag_of};
use super::fault::FaultKind;
use super::options::Options;
use super::path::{PathKind, Reference};
use super::reply::Reply;
use super::tree::Tree;

/// `DeleteArg`
struct Removal {
    path: Reference,
    parent_rev: Option<String>,
}

impl Removal {
    fn read(mut argument: Argument) -> Result<Self, Failure> {
        let read = Self {
            path: argument.path("path", PathKind::WriteOrId)?,
            parent_rev: argument.optional_text("parent_rev")?,
        };
        argument.end()?;
        Ok(read)
    }

    /// Removes it; the error is a `DeleteError`.
    fn apply(&self, tree: &mut Tree, options: &Options) -> Result<Value, Value> {
        let entry = tree
            .find(&self.path, options.non_bmp)
            .map_err(|error| tag_of("path_lookup", &error.value()))?;
        let conflict = |error: Write| tag_of("path_write", &error.value());
        let lower = match (entry, &self.parent_rev) {
            (Entry::File(file), Some(rev)) if *rev != file.current.rev => {
                return Err(conflict(Write::ConflictFile));
            }
            (Entry::Folder(_), Some(_)) => return Err(conflict(Write::ConflictFolder)),
            (Entry::File(file), _) => file.lower.clone(),
            (Entry::Folder(folder), None) => folder.lower.clone(),
        };
        // What it was, not that it is gone.
        tree.remove(&lower)
            .map(|entry| entry.metadata())
            .ok_or_else(|| tag_of("path_lookup", &tag("not_found")))
    }
}

/// `files/delete_v2`, and its predecessor, which answers the bare metadata.
pub(super) async fn delete(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let removal = Removal::read(std::mem::replace(&mut call.argument, Argument::void()))?;
    let lock = inner.write_lock.take(call.now_ms, 1, &call.options).await;
    if lock.is_none() || call.fate.strikes(FaultKind::TooManyWriteOperations) {
        return Err(call.contended(Failure::route("too_many_write_operations")));
    }
    let metadata = inner
        .change(|tree| removal.apply(tree, &call.options))
        .map_err(Failure::Route)?;
    Ok(Reply::Json(if call.route.name.ends_with("_v2") {
        json!({ "metadata": metadata })
    } else {
        metadata
    }))
}

/// `files/delete_batch`
pub(super) async fn delete_batch(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let removals = call
        .argument
        .structures("entries", 1_000)?
        .into_iter()
        .map(Removal::read)
        .collect::<Result<Vec<_>, _>>()?;
    call.argument.end()?;
    let count = removals.len() as u64;
    let lock = inner
        .write_lock
        .take(call.now_ms, count, &call.options)
        .await;
    let mut entries: Vec<Value> = Vec::new();
    for (n, removal) in removals.iter().enumerate() {
        let busy = call
            .fate
            .strikes_entry(FaultKind::TooManyWriteOperations, n);
        let removed = if lock.is_none() || busy {
            Err(tag("too_many_write_operations"))
        } else {
            inner.change(|tree| removal.apply(tree, &call.options))
        };
        entries.push(match removed {
            Ok(metadata) => tagged("success", json!({ "metadata": metadata })),
            Err(error) => tag_of("failure", &error),
        });
    }
    let outcome = tagged("complete", json!({ "entries": entries }));
    Ok(inner.jobs.launch(&call, outcome, &inner.mint))
}
