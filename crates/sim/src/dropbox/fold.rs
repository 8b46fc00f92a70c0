//! How Dropbox folds a path for comparison: NFC, then the simple lower-casing
//! of an old Unicode version, character by character (Maestral's
//! `normalize`). Knows nothing of path rules.

use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization;

/// Upper-case characters whose lower case came after Unicode 4.1, the tables
/// of Python 2.5: Dropbox leaves them as they are.
const UNTOUCHED: [RangeInclusive<char>; 22] = [
    '\u{023A}'..='\u{023B}',
    '\u{023E}'..='\u{023E}',
    '\u{0241}'..='\u{024F}',
    '\u{0370}'..='\u{0377}',
    '\u{037F}'..='\u{037F}',
    '\u{03CF}'..='\u{03CF}',
    '\u{03FD}'..='\u{03FF}',
    '\u{04C0}'..='\u{04C0}',
    '\u{04FA}'..='\u{04FF}',
    '\u{0510}'..='\u{052F}',
    '\u{10C7}'..='\u{10CD}',
    '\u{13A0}'..='\u{13F5}',
    '\u{1C80}'..='\u{1CBF}',
    '\u{1E9E}'..='\u{1E9E}',
    '\u{1EFA}'..='\u{1EFF}',
    '\u{2132}'..='\u{2132}',
    '\u{2183}'..='\u{2183}',
    '\u{2C60}'..='\u{2C7F}',
    '\u{2CEB}'..='\u{2CF3}',
    '\u{A640}'..='\u{A69F}',
    '\u{A720}'..='\u{A7FF}',
    '\u{10000}'..='\u{10FFFF}',
];

/// The form in which two names are the same name.
pub(super) fn lower(text: &str) -> String {
    text.nfc().map(lower_char).collect()
}

/// One character to one character: `Σ` becomes `σ` at the end of a word too,
/// and `İ` a plain `i`.
fn lower_char(c: char) -> char {
    if UNTOUCHED.iter().any(|range| range.contains(&c)) {
        return c;
    }
    c.to_lowercase().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::lower;

    #[test]
    fn folds_like_dropbox() {
        for (name, folded) in [
            ("/A/b.TXT", "/a/b.txt"),
            ("/ÄÖ ß", "/äö ß"),
            ("/e\u{301}", "/é"),
            ("/ΟΔΟΣ", "/οδοσ"),
            ("/İ", "/i"),
            ("/\u{04C0}", "/\u{04C0}"),
            ("/Ж", "/ж"),
        ] {
            assert_eq!(lower(name), folded);
        }
    }
}
