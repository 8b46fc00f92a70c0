//! Words out of text. The same for what is kept and for what is asked, on
//! every database, so that none of their own ideas of a word plays a part.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A longer word counts by so much of it.
const LONGEST: usize = 40;

/// The words of a text in their order: letters and digits, small, without
/// accents. What is written without blanks (Chinese, Japanese) is a word a
/// character.
///
/// ```
/// use domain::search::words;
/// assert_eq!(words("Ring ME, Zoë: 5 o'clock!"), ["ring", "me", "zoe", "5", "o", "clock"]);
/// assert_eq!(words("会議 now"), ["会", "議", "now"]);
/// ```
pub fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    for it in text
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(|it| !is_accent(*it))
    {
        let alone = is_word_alone(it);
        if alone || !is_part(it) {
            if !word.is_empty() {
                all.push(std::mem::take(&mut word));
                length = 0;
            }
            if alone {
                all.push(it.to_string());
            }
        } else if length < LONGEST {
            word.push(it);
            length += 1;
        }
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

/// Accents of Latin, Greek and Cyrillic letters, and the sound marks of kana.
fn is_accent(it: char) -> bool {
    matches!(it, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}')
}

fn is_part(it: char) -> bool {
    it.is_alphanumeric() || is_combining_mark(it)
}

fn is_word_alone(it: char) -> bool {
    matches!(it, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}')
        && it.is_alphanumeric()
}
