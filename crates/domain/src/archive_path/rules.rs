//! What a path may be: the rules of Dropbox and of Windows in one place. Says
//! no, and which rule; mends nothing.

use unicode_normalization::is_nfc;

/// Most UTF-16 units in one component: well under Dropbox's and NTFS's 255.
pub(super) const COMPONENT_UNITS: usize = 120;
/// Most bytes in one component (Linux file systems stop at 255).
pub(super) const COMPONENT_BYTES: usize = 200;
/// Most UTF-16 units in a whole path, so that it fits below a sync folder
/// within Windows' 260.
pub(super) const PATH_UNITS: usize = 240;

/// The rule that the path breaks, as a sentence for people; `None` for a good
/// path.
pub(super) fn broken(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("an archive path is empty");
    }
    if path.starts_with('/') {
        return Some("an archive path begins with a slash");
    }
    if units(path) > PATH_UNITS {
        return Some("an archive path is longer than 240 characters");
    }
    if !path.is_ascii() && !is_nfc(path) {
        return Some("an archive path is not in Unicode's composed form");
    }
    path.split('/').find_map(broken_component)
}

/// The same for one component.
pub(super) fn broken_component(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("an archive path has an empty component");
    }
    if name == "." || name == ".." {
        return Some("an archive path has a component that leads elsewhere");
    }
    if units(name) > COMPONENT_UNITS || name.len() > COMPONENT_BYTES {
        return Some("a component of an archive path is too long");
    }
    if let Some(rule) = name.chars().find_map(broken_by) {
        return Some(rule);
    }
    if name.starts_with(' ') || name.ends_with([' ', '.']) {
        return Some(
            "a component of an archive path begins with a space or ends with a space or dot",
        );
    }
    if is_device(name) {
        return Some("a component of an archive path is a device on Windows");
    }
    is_ignored(name).then_some("a component of an archive path is a name that Dropbox ignores")
}

fn broken_by(c: char) -> Option<&'static str> {
    if is_forbidden(c) {
        Some("an archive path has a character that Windows refuses in names")
    } else if is_unseen(c) {
        Some("an archive path has a control character or an invisible one")
    } else if is_beyond(c) {
        Some("an archive path has a character that Dropbox may refuse")
    } else {
        None
    }
}

/// Length in UTF-16 units: what Dropbox and Windows count.
pub(super) fn units(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(char::len_utf16).sum()
}

/// Whether Windows (and Dropbox, for the backslash) refuses the character.
pub(super) fn is_forbidden(c: char) -> bool {
    matches!(c, '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// Whether it lies beyond the Basic Multilingual Plane, which Dropbox refused
/// for years (`path/malformed_path`) and may refuse still.
pub(super) fn is_beyond(c: char) -> bool {
    c > '\u{FFFF}'
}

/// Whether nobody sees the character, or everybody something else: controls,
/// Unicode's default-ignorable code points (bidirectional overrides, zero
/// widths, variation selectors, fillers), private use, non-characters, and
/// spaces other than the plain one.
pub(super) fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || c.is_whitespace()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{E000}'..='\u{F8FF}'
            | '\u{FDD0}'..='\u{FDEF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Windows' device names, alone or with any extension (Microsoft, "Naming
/// Files, Paths, and Namespaces").
fn is_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or(name).trim_end_matches(' ');
    let base = base.to_ascii_uppercase();
    if matches!(
        base.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$"
    ) {
        return true;
    }
    let port = base
        .strip_prefix("COM")
        .or_else(|| base.strip_prefix("LPT"));
    port.is_some_and(|n| {
        let mut digits = n.chars();
        let digit = digits.next();
        digits.next().is_none() && digit.is_some_and(|d| d.is_ascii_digit() || "¹²³".contains(d))
    })
}

/// Names that Dropbox refuses or never syncs (Dropbox help, "file names"):
/// `~$x` and `~x.tmp` are temporary, so nothing begins with a tilde.
fn is_ignored(name: &str) -> bool {
    let name = name.to_lowercase();
    matches!(name.as_str(), "desktop.ini" | "thumbs.db" | ".ds_store")
        || [".dropbox", "~", ".~"]
            .iter()
            .any(|start| name.starts_with(start))
}
