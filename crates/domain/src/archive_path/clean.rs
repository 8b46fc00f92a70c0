//! Hostile text made harmless for a name: what cannot stay is replaced or
//! dropped, and the rest is cut to size. Not injective: identity never comes
//! from cleaned text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::rules::{is_beyond, is_forbidden, is_unseen};

/// No more of a text than this is looked at, in characters.
const LOOKED_AT: usize = 1024;
/// So many digits may be a phone number.
const LONG_NUMBER: usize = 7;

/// A name for people, at most `units` UTF-16 units, NFC, without anything
/// that a path may not hold, nor spaces or dots at its ends. May be empty.
pub(super) fn name(text: &str, units: usize) -> String {
    let kept = text.chars().take(LOOKED_AT).nfc().filter_map(|c| match c {
        c if c.is_whitespace() || c.is_control() => Some(' '),
        c if is_unseen(c) || is_beyond(c) => None,
        c if is_forbidden(c) => Some('-'),
        c => Some(c),
    });
    // Once more: what was dropped may have stood between two that compose.
    let whole = kept.nfc().collect::<String>();
    let words = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    let start = words.trim_start_matches(|c| c == ' ' || c == '.' || is_combining_mark(c));
    clipped(start, units)
        .trim_end_matches([' ', '.'])
        .to_owned()
}

/// ASCII letters and digits alone, at most `most` of them.
pub(super) fn plain(text: &str, most: usize) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.take(most).collect()
}

/// A phone number in short: letters (masks are `XXXX`) and digits, with the
/// `+` where it begins with one. At most 20 characters; may be empty.
pub(super) fn number(text: &str) -> String {
    let plain = plain(text, 19);
    if text.trim_start().starts_with('+') && !plain.is_empty() {
        format!("+{plain}")
    } else {
        plain
    }
}

/// The last four digits of a number, for trees that must not give it away.
pub(super) fn last_four(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(4)..].iter().collect()
}

/// A short number, cut where it is long enough to be a phone number.
pub(super) fn discreet(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit);
    let digits: String = digits.take(LONG_NUMBER).collect();
    if digits.len() < LONG_NUMBER {
        digits
    } else {
        last_four(text)
    }
}

/// The beginning of a text without characters beyond the BMP, at most `units`
/// long, never cut between a letter and its accents.
fn clipped(text: &str, units: usize) -> &str {
    let Some((cut, next)) = text.char_indices().nth(units) else {
        return text;
    };
    if !is_combining_mark(next) {
        return &text[..cut];
    }
    let base = text[..cut].trim_end_matches(is_combining_mark);
    let mut chars = base.chars();
    chars.next_back();
    chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_what_people_read_and_lose_what_paths_refuse() {
        for (hostile, clean) in [
            ("Ada Lovelace", "Ada Lovelace"),
            ("  Grüße/Café\t\n ", "Grüße-Café"),
            ("../../etc/passwd", "-..-etc-passwd"),
            ("A\u{202E}da 😀 L.", "Ada L"),
            ("e\u{200D}\u{301}", "é"),
            ("\u{301}\u{301}x", "x"),
            ("李小龍 <script>", "李小龍 -script-"),
            ("😀", ""),
            (". . .", ""),
        ] {
            assert_eq!(name(hostile, 40), clean, "{hostile:?}");
        }
    }

    #[test]
    fn a_cut_never_separates_a_letter_from_its_accents() {
        assert_eq!(name("abx\u{308}\u{301}c", 3), "ab");
        assert_eq!(name("abcdef", 4), "abcd");
        assert_eq!(name("abc def", 4), "abc");
    }

    #[test]
    fn numbers_keep_plus_and_masks() {
        assert_eq!(number(" +1 (555) 010-0567"), "+15550100567");
        assert_eq!(number("*67 555XXXX"), "67555XXXX");
        assert_eq!(number("+"), "");
        assert_eq!(last_four("+1 (555) 010-0567"), "0567");
        assert_eq!(last_four("91"), "91");
    }
}
