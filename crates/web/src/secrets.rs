//! Words that open something: how they are made, hashed and compared.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::state::State;

/// 256 random bits as 43 characters that fit into a cookie, an address and a
/// PKCE verifier.
pub(crate) fn word(state: &State) -> String {
    URL_SAFE_NO_PAD.encode((state.chance)())
}

/// Whether it could be one of ours.
pub(crate) fn is_word(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// SHA-256, lower-case hex: what the database keeps of a word.
pub(crate) fn hash(word: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(word.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// What goes into the forms of whoever holds the cookie. Derived, so that a
/// visitor who never signed in needs no row in the database.
pub(crate) fn form_token(cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("archiver form token\n{cookie}")))
}

/// Whether two words are the same, in a time that does not tell where they
/// differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one.as_bytes())
        .iter()
        .zip(Sha256::digest(other.as_bytes()).iter())
        .fold(0, |differ, (a, b)| differ | (a ^ b))
        == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_one_everybody_computes() {
        assert_eq!(
            hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn only_equal_words_are_the_same() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
        assert_ne!(form_token("a"), form_token("b"));
    }
}
