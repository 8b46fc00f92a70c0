//! The lists of an export: every Item in a CSV that opens in a spreadsheet, in
//! JSON lines, and in the manifest that says what was asked and what came of
//! it. What could not be handed over stands in all of them, with why.

use serde_json::{Value, json};

use super::row::Row;
use super::{Export, FILES};
use crate::csv;
use crate::item::Party;
use crate::window::instant;

/// The version of the manifest's format.
pub const VERSION: u32 = 1;

const COLUMNS: [&str; 21] = [
    "item",
    "type",
    "extension",
    "at",
    "direction",
    "from_number",
    "from_extension",
    "from_name",
    "to",
    "seconds",
    "pages",
    "file_name",
    "text",
    "state",
    "cause",
    "file",
    "size",
    "sha256",
    "call",
    "session",
    "conversation",
];

/// The first line of the CSV.
pub fn csv_head() -> String {
    format!("{}{}", csv::BOM, csv::line(&COLUMNS))
}

/// An Item's line of the CSV.
pub fn csv_line(row: &Row) -> String {
    let facts = &row.facts;
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let number = |it: Option<u64>| it.map(|it| it.to_string()).unwrap_or_default();
    let to: Vec<String> = facts.to.iter().map(party).collect();
    let extension = row.extension.as_ref().map(ToString::to_string);
    csv::line(&[
        row.item.clone(),
        kind(row),
        text(&extension),
        instant(row.at_ms).to_string(),
        row.way().to_owned(),
        text(&facts.from.number),
        text(&facts.from.extension_number),
        text(&facts.from.name),
        to.join("; "),
        number(facts.seconds),
        number(facts.pages),
        text(&facts.file_name),
        text(&facts.text),
        state(row).to_owned(),
        row.cause.clone(),
        text(&file(row)),
        number(row.size),
        text(&row.sha256),
        text(&facts.call_id),
        text(&facts.session_id),
        text(&facts.conversation_id),
    ])
}

/// An Item's line of JSON, all that is known of it.
pub fn json_line(row: &Row) -> String {
    let facts = &row.facts;
    let mut line = entry(row);
    for (name, value) in [
        ("direction", json!(facts.direction)),
        ("from", json!(facts.from)),
        ("to", json!(facts.to)),
        ("seconds", json!(facts.seconds)),
        ("pages", json!(facts.pages)),
        ("file_name", json!(facts.file_name)),
        ("text", json!(facts.text)),
        ("recording_type", json!(facts.recording_type)),
        ("call", json!(facts.call_id)),
        ("session", json!(facts.session_id)),
        ("conversation", json!(facts.conversation_id)),
    ] {
        if !value.is_null() {
            line[name] = value;
        }
    }
    format!("{line}\n")
}

/// The beginning of the manifest: until its items come.
pub fn manifest_head(export: &Export) -> String {
    let told = json!({
        "format": "archiver-export", "version": VERSION, "export": export.id,
        "account": export.account, "backup": export.backup,
        "made": instant(export.made_ms).to_string(), "made_by": export.by,
        "asked": export.asked, "left_out": export.without,
        "counts": {
            "items": export.counts.all(), "handed_over": export.counts.there,
            "pending": export.counts.pending, "missing": export.counts.missing,
            "excluded": export.counts.excluded, "left_out": export.counts.left_out,
            "bytes": export.counts.bytes,
        },
    });
    let told = format!("{told:#}");
    // The items come before its last brace.
    let open = told.strip_suffix("\n}").unwrap_or(&told);
    format!("{open},\n  \"items\": [")
}

/// An Item of the manifest; all but the first come after a comma.
pub fn manifest_item(row: &Row, is_first: bool) -> String {
    let comma = if is_first { "" } else { "," };
    format!("{comma}\n    {}", entry(row))
}

/// The end of the manifest.
pub fn manifest_foot() -> &'static str {
    "\n  ]\n}\n"
}

/// A line of the list of sums that `sha256sum -c` reads.
pub fn sums_line(sha256: &str, name: &str) -> String {
    format!("{sha256}  {name}\n")
}

fn entry(row: &Row) -> Value {
    let mut entry = json!({
        "item": row.item, "type": kind(row), "extension": row.extension,
        "at": instant(row.at_ms).to_string(), "state": state(row),
    });
    if !row.reason.is_empty() {
        entry["reason"] = json!(row.reason);
    }
    if !row.cause.is_empty() {
        entry["cause"] = json!(row.cause);
    }
    if let Some(file) = file(row) {
        entry["file"] = json!(file);
    }
    if row.path.is_some() {
        entry["archive_path"] = json!(row.path);
        entry["size"] = json!(row.size);
        entry["sha256"] = json!(row.sha256);
    }
    entry
}

/// Where its file lies in the export.
fn file(row: &Row) -> Option<String> {
    row.source().map(|it| format!("{FILES}/{}", it.path))
}

fn kind(row: &Row) -> String {
    row.id()
        .map(|it| it.data_type.word().to_owned())
        .unwrap_or_default()
}

fn state(row: &Row) -> &str {
    if row.left_out {
        "unreadable"
    } else {
        &row.state
    }
}

fn party(party: &Party) -> String {
    let all = [&party.name, &party.number, &party.extension_number];
    let known: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
    known.join(" ")
}
