//! Searching by name.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Inner;
use super::argument::Argument;
use super::call::Call;
use super::entry::tagged;
use super::error::{Failure, Lookup};
use super::fold;
use super::path::{PathKind, Reference, name_of};
use super::reply::Reply;

/// Most matches that all pages together give (files.stone).
const MOST: usize = 10_000;

#[derive(Serialize, Deserialize)]
struct Query {
    /// Every word must be part of the name.
    words: Vec<String>,
    folder: String,
    page: usize,
    from: usize,
}

/// `files/search_v2`
pub(super) fn start(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let text = call.argument.text("query")?;
    if text.chars().count() > 1_000 {
        let why = format!("'{text}' must be at most 1000 characters");
        return Err(call.argument.refuse("query", &why));
    }
    let mut options = call
        .argument
        .optional_structure("options")?
        .unwrap_or_else(Argument::void);
    let path = options.optional_path("path", PathKind::Folder)?;
    let page = options
        .optional_number("max_results", 1, 1_000)?
        .unwrap_or(100);
    options.ignore(&[
        "order_by",
        "file_status",
        "filename_only",
        "file_extensions",
        "file_categories",
        "account_id",
    ]);
    options.end()?;
    call.argument
        .ignore(&["match_field_options", "include_highlights"]);
    call.argument.end()?;
    let folder = match path {
        None => String::new(),
        Some(Reference::Path(path)) if path.is_empty() => path,
        Some(path) => {
            let spelling = inner.read(|tree| tree.spell(&path, call.options.non_bmp));
            spelling.map_err(Lookup::at_path)?.lower
        }
    };
    Ok(matches(
        inner,
        Query {
            words: text.split_whitespace().map(fold::lower).collect(),
            folder,
            page: usize::try_from(page).unwrap_or(100),
            from: 0,
        },
    ))
}

/// `files/search/continue_v2`
pub(super) fn next(inner: &Inner, mut call: Call) -> Result<Reply, Failure> {
    let text = call.argument.text("cursor")?;
    let query = URL_SAFE_NO_PAD
        .decode(&text)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(query) = query else {
        return Err(call.argument.refuse("cursor", "Invalid \"cursor\" value."));
    };
    call.argument.end()?;
    Ok(matches(inner, query))
}

fn matches(inner: &Inner, mut query: Query) -> Reply {
    let found: Vec<Value> = inner.read(|tree| {
        tree.below(&query.folder, None)
            .filter(|(lower, _)| {
                let name = name_of(lower);
                query.words.iter().all(|word| name.contains(word.as_str()))
            })
            .take(MOST)
            .skip(query.from)
            .take(query.page + 1)
            .map(|(_, entry)| {
                let metadata = tagged("metadata", json!({ "metadata": entry.metadata() }));
                json!({ "metadata": metadata })
            })
            .collect()
    });
    let has_more = found.len() > query.page;
    let matches: Vec<Value> = found.into_iter().take(query.page).collect();
    query.from += matches.len();
    let mut answer = json!({ "matches": matches, "has_more": has_more });
    if has_more {
        let cursor = serde_json::to_vec(&query).unwrap_or_default();
        answer["cursor"] = Value::from(URL_SAFE_NO_PAD.encode(cursor));
    }
    Reply::Json(answer)
}
