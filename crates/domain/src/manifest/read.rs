//! Reads a manifest and believes nothing: not a byte of it may be another.

use super::shape::{EntryLine, FootLine, HeadLine};
use super::write::{line, sha256};
use super::{Manifest, Told};

/// What a manifest is when it does not read: a sentence without a full stop.
type Why = &'static str;

/// The manifest in these bytes. Whose key it is, and whether it belongs into
/// a chain, is not judged here.
pub fn read(bytes: &[u8]) -> Result<Manifest, Why> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text")?;
    let whole = text.strip_suffix('\n').ok_or("it is cut short")?;
    let (body, foot) = whole.rsplit_once('\n').ok_or("it is cut short")?;
    let body = text.get(..=body.len()).ok_or("it is cut short")?;
    let foot_line: FootLine = serde_json::from_str(foot).map_err(|_| "it has no signature")?;
    let mut spelled = String::new();
    line(&mut spelled, &foot_line).map_err(|_| "it has no signature")?;
    if spelled.trim_end() != foot {
        return Err("its signature is not spelled as it should be");
    }
    if foot_line.sha256 != sha256(body.as_bytes()) {
        return Err("it was changed: its bytes do not have the sum at its end");
    }
    let mut lines = body.lines();
    let head = lines.next().ok_or("it is empty")?;
    let head: HeadLine = serde_json::from_str(head).map_err(|_| "its first line does not read")?;
    let entries = head.entries;
    let header = head
        .header()
        .ok_or("it is of another format or of a newer version")?;
    let key = &header.key;
    if !key.has_signed(&foot_line.sha256, &foot_line.signature) {
        return Err("its signature is not by the key that it names");
    }
    let root = header.naming.root();
    let told = lines.map(|it| {
        let line: EntryLine = serde_json::from_str(it).ok()?;
        line.told(root)
    });
    let told: Option<Vec<Told>> = told.collect();
    let told = told.ok_or("one of its lines does not read")?;
    if told.len() as u64 != entries {
        return Err("it does not have as many lines as it says");
    }
    Ok(Manifest {
        header,
        told,
        sha256: sha256(bytes),
    })
}
