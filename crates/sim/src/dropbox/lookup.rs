//! Looking at one file or folder: its metadata and its earlier contents.

use serde_json::{Value, json};

use super::Inner;
use super::call::Call;
use super::entry::{self, Entry, tagged};
use super::error::{Failure, Lookup};
use super::fault::FaultKind;
use super::path::{PathKind, Reference};
use super::reply::Reply;
use super::upload::receipt;

/// `files/get_metadata`
pub(super) fn metadata(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let path = call.argument.path("path", PathKind::Read)?;
    let include_deleted = call.argument.flag("include_deleted", false)?;
    call.argument.ignore(&[
        "include_media_info",
        "include_has_explicit_shared_members",
        "include_property_groups",
    ]);
    call.argument.end()?;
    if call.fate.strikes(FaultKind::StaleRead) {
        return Err(Lookup::NotFound.at_path());
    }
    let non_bmp = call.options.non_bmp;
    inner
        .read(|tree| {
            if let Reference::Rev(_) = path {
                let (file, revision) = tree.find_revision(&path, non_bmp)?;
                return Ok(tagged("file", file.metadata_of(&revision)));
            }
            match tree.find(&path, non_bmp) {
                Ok(Entry::File(file)) => Ok(tagged("file", receipt(file, &call.fate, 0))),
                Ok(folder) => Ok(folder.metadata()),
                Err(Lookup::NotFound) if include_deleted => {
                    let spelling = tree.spell(&path, non_bmp)?;
                    let display = tree.deleted(&spelling.lower).ok_or(Lookup::NotFound)?;
                    Ok(entry::deleted(&spelling.lower, display))
                }
                Err(error) => Err(error),
            }
        })
        .map(Reply::Json)
        .map_err(Lookup::at_path)
}

/// `files/list_revisions`, newest first.
pub(super) fn revisions(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let path = call.argument.path("path", PathKind::Read)?;
    let limit = call
        .argument
        .optional_number("limit", 1, 100)?
        .unwrap_or(10);
    call.argument
        .ignore(&["mode", "before_rev", "include_restorable_info"]);
    call.argument.end()?;
    let found = inner.read(|tree| tree.find_revision(&path, call.options.non_bmp));
    let (file, _) = found.map_err(Lookup::at_path)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let entries: Vec<Value> = file
        .revisions()
        .rev()
        .take(limit)
        .map(|revision| file.metadata_of(revision))
        .collect();
    Ok(Reply::Json(json!({
        "is_deleted": false,
        "entries": entries,
        "has_more": file.revisions().count() > limit,
    })))
}
