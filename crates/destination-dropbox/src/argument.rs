//! The `Dropbox-API-Arg` header: JSON that survives as an HTTP header.

use std::fmt::Write;

use serde::Serialize;

/// The name of the header that carries the argument of a call whose body is
/// file data.
pub(crate) const HEADER: &str = "dropbox-api-arg";

/// JSON in visible ASCII. What lies outside is written as `\uXXXX`, in UTF-16:
/// a character beyond the Basic Multilingual Plane becomes a surrogate pair
/// (Dropbox HTTP documentation, JSON encoding).
pub(crate) fn header_value(argument: &impl Serialize) -> serde_json::Result<String> {
    Ok(ascii(&serde_json::to_string(argument)?))
}

fn ascii(json: &str) -> String {
    let mut value = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            value.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            // Writing to a String cannot fail.
            let _ = write!(value, "\\u{unit:04x}");
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_spelled_as_the_documentation_shows() {
        for (name, spelled) in [
            ("plain", r#""plain""#),
            (
                "some_üñîcødé_and_\u{7f}",
                r#""some_\u00fc\u00f1\u00eec\u00f8d\u00e9_and_\u007f""#,
            ),
            ("😀", r#""\ud83d\ude00""#),
            ("a\"\\\n\u{1}", r#""a\"\\\n\u0001""#),
            ("\u{2028}中", r#""\u2028\u4e2d""#),
        ] {
            assert_eq!(header_value(&name).unwrap(), spelled);
        }
    }

    proptest! {
        #[test]
        fn whatever_the_path_the_header_is_ascii_and_reads_back(path in ".*") {
            let value = header_value(&json!({ "path": path })).unwrap();
            prop_assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)));
            let back: serde_json::Value = serde_json::from_str(&value).unwrap();
            prop_assert_eq!(back["path"].as_str(), Some(path.as_str()));
        }
    }
}
