//! Ids inside names: readable where they are plain, escaped where they are
//! not, and always different for different identities, also where upper and
//! lower case are one.

use sha2::{Digest, Sha256};

use crate::data_type::DataType;
use crate::item::ItemId;

/// Longest text of an Item's identity.
pub(super) const ITEM_UNITS: usize = 48;
/// Longest text of a single id.
const ID_UNITS: usize = 36;

/// An Item's identity within its data type: `3636328599023`, `123_att456`.
///
/// A voicemail or fax usually is the attachment that bears the message's own
/// id; it is named by that id alone.
pub(super) fn of_item(id: &ItemId) -> String {
    let unit = escaped(&id.unit);
    let is_text = matches!(id.data_type, DataType::Sms | DataType::CallRecording);
    let text = match &id.part {
        None if is_text => unit,
        None => format!("{unit}_all"),
        Some(part) if *part == id.unit && !is_text => unit,
        Some(part) => format!("{unit}_att{}", escaped(part)),
    };
    bounded(text, ITEM_UNITS, &id.key())
}

/// A single id, for a folder.
pub(super) fn of_id(id: &str) -> String {
    bounded(escaped(id), ID_UNITS, id)
}

/// The text, or where it is too long a hash of what it stands for. `=h`
/// begins no escaped text, because `h` is no hexadecimal digit.
fn bounded(text: String, units: usize, whole: &str) -> String {
    if text.len() <= units {
        return text;
    }
    let hash = Sha256::digest(whole.as_bytes());
    let mut short = "=h".to_owned();
    hash.iter()
        .take(16)
        .for_each(|&byte| push_hex(&mut short, byte));
    short
}

/// Digits, lower-case letters and `-` stay; every other byte becomes `=` and
/// two hexadecimal digits. Nothing at all is a lone `=`.
fn escaped(id: &str) -> String {
    if id.is_empty() {
        return "=".to_owned();
    }
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'-' => text.push(char::from(byte)),
            _ => {
                text.push('=');
                push_hex(&mut text, byte);
            }
        }
    }
    text
}

fn push_hex(text: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 15] {
        text.extend(char::from_digit(u32::from(digit), 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(data_type: DataType, unit: &str, part: Option<&str>) -> String {
        of_item(&ItemId {
            data_type,
            unit: unit.to_owned(),
            part: part.map(str::to_owned),
        })
    }

    #[test]
    fn plain_ids_stay_readable() {
        assert_eq!(
            item(DataType::CallRecording, "3636328599023", None),
            "3636328599023"
        );
        assert_eq!(item(DataType::Sms, "123", None), "123");
        assert_eq!(item(DataType::Sms, "123", Some("123")), "123_att123");
        assert_eq!(item(DataType::Voicemail, "123", Some("123")), "123");
        assert_eq!(item(DataType::Fax, "123", Some("456")), "123_att456");
    }

    #[test]
    fn other_ids_stay_different() {
        let long = "9".repeat(200);
        let mut all = vec![item(DataType::Fax, "1", None), of_id("A"), of_id("a")];
        for (unit, part) in [
            ("", None),
            ("=", None),
            ("1", None),
            ("1", Some("")),
            ("1_att", None),
            ("1_att2", None),
            ("1", Some("2")),
            ("Σ", None),
            ("σ", None),
            (long.as_str(), None),
            (long.as_str(), Some("1")),
        ] {
            all.push(item(DataType::Sms, unit, part));
        }
        let count = all.len();
        assert!(
            all.iter()
                .all(|text| text.is_ascii() && *text == text.to_lowercase())
        );
        assert!(all.iter().all(|text| text.len() <= ITEM_UNITS));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
