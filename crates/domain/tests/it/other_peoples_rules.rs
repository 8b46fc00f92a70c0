//! The rules of Dropbox and Windows, written down a second time from their
//! own documents and not from our code.

use unicode_normalization::UnicodeNormalization;

/// Why somebody would not take this path; `None` when all would.
pub(crate) fn objection(path: &str) -> Option<String> {
    if path.encode_utf16().count() > 240 {
        return Some("too long below a sync folder".to_owned());
    }
    if !path.is_ascii() && path.nfc().collect::<String>() != path {
        return Some("changes under NFC".to_owned());
    }
    if !stays_inside(path) {
        return Some("leaves the root".to_owned());
    }
    path.split('/').find_map(|name| {
        let reason = dropbox(name)
            .or_else(|| windows(name))
            .or_else(|| people(name))?;
        Some(format!("{reason}: {name:?}"))
    })
}

/// Resolved as a file system would, it stays below where it began.
fn stays_inside(path: &str) -> bool {
    let joined = std::path::Path::new("/root").join(path);
    let mut depth = 0;
    for part in joined.components().skip(2) {
        match part {
            std::path::Component::Normal(_) => depth += 1,
            _ => return false,
        }
    }
    depth == path.split('/').count()
}

/// Dropbox help "file names", forum answers on `malformed_path` and
/// `disallowed_name`, and the old refusal of characters beyond the BMP.
fn dropbox(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let disallowed = ["desktop.ini", "thumbs.db", ".ds_store", "icon\r"];
    let temporary = lower.starts_with("~$") || (lower.starts_with('~') && lower.contains(".tmp"));
    if name.ends_with(char::is_whitespace) {
        Some("malformed_path: trailing white space")
    } else if disallowed.contains(&lower.as_str()) || lower.starts_with(".dropbox") {
        Some("disallowed_name")
    } else if temporary || lower.starts_with(".~") {
        Some("ignored as temporary")
    } else {
        None
    }
}

/// Microsoft, "Naming Files, Paths, and Namespaces".
fn windows(name: &str) -> Option<&'static str> {
    let base = name
        .find('.')
        .map_or(name, |dot| &name[..dot])
        .trim_end()
        .to_uppercase();
    let port = base
        .strip_prefix("COM")
        .or(base.strip_prefix("LPT"))
        .unwrap_or("");
    let is_port = port.len() < 3 && port.chars().count() == 1 && "0123456789¹²³".contains(port);
    if name.is_empty() || name == "." || name == ".." {
        Some("no name")
    } else if name.ends_with([' ', '.']) {
        Some("ends with a space or a period")
    } else if ["CON", "PRN", "AUX", "NUL"].contains(&base.as_str()) || is_port {
        Some("reserved device name")
    } else {
        None
    }
}

/// What neither takes anywhere in a name, and what would show people another
/// name than there is.
fn character(c: char) -> Option<&'static str> {
    match u32::from(c) {
        0..0x20 | 0x7f => Some("control character"),
        0x22 | 0x2a | 0x2f | 0x3a | 0x3c | 0x3e | 0x3f | 0x5c | 0x7c => Some("reserved character"),
        0x80..0xa0 | 0xad | 0x200b..=0x200d | 0x2028..=0x2029 | 0x2060..=0x2064 | 0xfeff => {
            Some("invisible character")
        }
        0x061c | 0x200e | 0x200f | 0x202a..=0x202e | 0x2066..=0x2069 => Some("changes direction"),
        0x1_0000.. => Some("not part of the Unicode Basic Multilingual Plane"),
        _ => None,
    }
}

/// Our own budget, and names that look like others.
fn people(name: &str) -> Option<&'static str> {
    if name.len() > 200 || name.encode_utf16().count() > 120 {
        Some("component over budget")
    } else if name.starts_with(char::is_whitespace) {
        Some("begins with white space")
    } else {
        name.chars().find_map(character)
    }
}

/// What a file system makes of a path when it compares: Unicode NFC, and no
/// difference between upper and lower case. Coarser than each that we know
/// (Dropbox: NFC and lower case letter by letter; NTFS: upper case; full lower
/// case), so what differs here differs everywhere.
pub(crate) fn folded(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_uppercase();
    }
    let lower = path.nfc().flat_map(char::to_lowercase);
    lower.flat_map(char::to_uppercase).nfc().collect()
}
