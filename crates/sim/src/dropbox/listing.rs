//! Listing folders: pages, then changes, by cursors that hold everything a
//! continuation needs, and the long poll for changes.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Inner;
use super::call::Call;
use super::entry::{self, Entry};
use super::error::{Failure, Lookup};
use super::fault::FaultKind;
use super::path::{PathKind, Reference, parent_of};
use super::reply::Reply;
use super::tree::Tree;

/// Entries per page when the caller names no limit.
const PAGE: u64 = 500;

/// Where a listing stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cursor {
    /// The folder, folded; empty for the root.
    folder: String,
    recursive: bool,
    deleted: bool,
    limit: u64,
    /// Listing: the last path given out. `None`: following changes.
    after: Option<String>,
    /// Changes that the listing knows.
    since: usize,
}

impl Cursor {
    fn text(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        format!("AA{}", URL_SAFE_NO_PAD.encode(json))
    }

    fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix("AA")?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn covers(&self, lower: &str) -> bool {
        let below = lower
            .strip_prefix(&self.folder)
            .is_some_and(|rest| rest.starts_with('/'));
        below && (self.recursive || parent_of(lower) == self.folder)
    }
}

/// Reads `ListFolderArg` and finds the folder.
fn open(inner: &Inner, call: &mut Call) -> Result<Cursor, Failure> {
    let argument = &mut call.argument;
    let path = argument.path("path", PathKind::Folder)?;
    let recursive = argument.flag("recursive", false)?;
    let deleted = argument.flag("include_deleted", false)?;
    let limit = argument.optional_number("limit", 1, 2_000)?.unwrap_or(PAGE);
    argument.ignore(&[
        "include_media_info",
        "include_has_explicit_shared_members",
        "include_mounted_folders",
        "include_property_groups",
        "include_non_downloadable_files",
        "include_restorable_info",
        "shared_link",
    ]);
    argument.end()?;
    let root = path == Reference::Path(String::new());
    inner
        .read(|tree| {
            let folder = if root {
                String::new()
            } else {
                match tree.find(&path, call.options.non_bmp)? {
                    Entry::Folder(folder) => folder.lower.clone(),
                    Entry::File(_) => return Err(Lookup::NotFolder),
                }
            };
            Ok(Cursor {
                folder,
                recursive,
                deleted,
                limit,
                after: None,
                since: tree.changes(),
            })
        })
        .map_err(Lookup::at_path)
}

/// `files/list_folder`
pub(super) fn start(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let mut cursor = open(inner, &mut call)?;
    cursor.after = Some(String::new());
    Ok(page(inner, cursor))
}

/// `files/list_folder/get_latest_cursor`
pub(super) fn latest_cursor(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let cursor = open(inner, &mut call)?;
    Ok(Reply::Json(json!({ "cursor": cursor.text() })))
}

/// `files/list_folder/continue`
pub(super) fn next(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let text = call.argument.text("cursor")?;
    let Some(cursor) = Cursor::read(&text) else {
        return Err(call.argument.refuse("cursor", "Invalid \"cursor\" value."));
    };
    call.argument.end()?;
    let known = inner.read(|tree| cursor.since <= tree.changes());
    if !known || call.fate.strikes(FaultKind::CursorReset) {
        return Err(Failure::route("reset"));
    }
    let gone = !cursor.folder.is_empty() && inner.read(|tree| tree.get(&cursor.folder).is_none());
    if gone {
        return Err(Lookup::NotFound.at_path());
    }
    Ok(page(inner, cursor))
}

/// One page, and the cursor behind it.
fn page(inner: &Inner, mut cursor: Cursor) -> Reply {
    let limit = usize::try_from(cursor.limit).unwrap_or(usize::MAX);
    let (entries, has_more) = inner.read(|tree| match cursor.after.clone() {
        Some(after) => listed(tree, &mut cursor, &after, limit),
        None => changed(tree, &mut cursor, limit),
    });
    Reply::Json(json!({
        "entries": entries,
        "cursor": cursor.text(),
        "has_more": has_more,
    }))
}

/// The next entries in the order of paths.
fn listed(tree: &Tree, cursor: &mut Cursor, after: &str, limit: usize) -> (Vec<Value>, bool) {
    let from = Some(after).filter(|after| !after.is_empty());
    let mut found: BTreeMap<&str, Value> = tree
        .below(&cursor.folder, from)
        .filter(|(lower, _)| cursor.covers(lower))
        .take(limit + 1)
        .map(|(lower, entry)| (lower.as_str(), entry.metadata()))
        .collect();
    if cursor.deleted {
        found.extend(
            tree.deleted_below(&cursor.folder, from)
                .filter(|(lower, _)| cursor.covers(lower))
                .take(limit + 1)
                .map(|(lower, display)| (lower.as_str(), entry::deleted(lower, display))),
        );
    }
    let has_more = found.len() > limit;
    cursor.after = found
        .keys()
        .nth(limit.saturating_sub(1))
        .filter(|_| has_more)
        .map(|last| (*last).to_owned());
    let mut entries: Vec<Value> = found.into_values().take(limit).collect();
    // A recursive listing begins with the folder itself.
    if cursor.recursive
        && from.is_none()
        && let Some(folder) = tree.get(&cursor.folder)
    {
        entries.insert(0, folder.metadata());
    }
    (entries, has_more)
}

/// What has changed, each path once, as it is now.
fn changed(tree: &Tree, cursor: &mut Cursor, limit: usize) -> (Vec<Value>, bool) {
    let mut seen = HashSet::new();
    let mut entries = Vec::new();
    for lower in tree.changed_since(cursor.since) {
        if entries.len() == limit {
            return (entries, true);
        }
        cursor.since += 1;
        if !cursor.covers(lower) || !seen.insert(lower) {
            continue;
        }
        entries.push(match tree.get(lower) {
            Some(entry) => entry.metadata(),
            None => entry::deleted(lower, tree.deleted(lower).unwrap_or(lower)),
        });
    }
    (entries, false)
}

/// `files/list_folder/longpoll`: blocks until something changes.
pub(super) async fn longpoll(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let text = call.argument.text("cursor")?;
    let timeout = call
        .argument
        .optional_number("timeout", 30, 480)?
        .unwrap_or(30);
    let Some(cursor) = Cursor::read(&text) else {
        return Err(call.argument.refuse("cursor", "Invalid \"cursor\" value."));
    };
    call.argument.end()?;
    let mut changes = inner.changes.subscribe();
    let news = || {
        inner.read(|tree| {
            cursor.after.is_some()
                || tree
                    .changed_since(cursor.since)
                    .iter()
                    .any(|lower| cursor.covers(lower))
        })
    };
    let waited = tokio::time::timeout(Duration::from_secs(timeout), changes.wait_for(|()| news()));
    let changes = waited.await.is_ok();
    Ok(Reply::Json(json!({ "changes": changes })))
}
