//! How an Item is spelled in an address: its type, id and part with `~`
//! between them. Whatever an id holds, the address holds nothing that a
//! browser or a proxy would read as something else.

use domain::data_type::DataType;
use domain::item::ItemId;

/// Longer than any that a provider's ids make.
const LONGEST: usize = 1_000;

/// The page of an Item by its key ([`ItemId::key`]).
pub(crate) fn href(key: &str) -> String {
    format!("/archive/items/{}", of_key(key))
}

/// By its key; empty where that is none.
pub(crate) fn of_key(key: &str) -> String {
    ItemId::from_key(key).map_or_else(String::new, |id| of(&id))
}

/// As an address spells it.
pub(crate) fn of(id: &ItemId) -> String {
    let mut name = id.data_type.word().to_owned();
    for part in [Some(&id.unit), id.part.as_ref()].into_iter().flatten() {
        name.push('~');
        spell(&mut name, part);
    }
    name
}

fn spell(name: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            name.push(char::from(byte));
        } else {
            name.push('.');
            for half in [byte >> 4, byte & 15] {
                name.extend(char::from_digit(u32::from(half), 16));
            }
        }
    }
}

/// Back from what an address says, a key with its slashes too; `None` for
/// anything that names no Item.
pub(crate) fn read(name: &str) -> Option<ItemId> {
    if name.len() > LONGEST {
        return None;
    }
    if name.contains('/') {
        return ItemId::from_key(name);
    }
    let mut parts = name.split('~');
    let id = ItemId {
        data_type: DataType::from_word(parts.next()?)?,
        unit: unspell(parts.next()?)?,
        part: parts
            .next()
            .map(unspell)
            .map_or(Some(None), |it| it.map(Some))?,
    };
    // One Item has one address.
    (parts.next().is_none() && of(&id) == name).then_some(id)
}

fn unspell(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'.' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_id_holds_the_address_leads_back() {
        for (unit, part) in [
            ("401234", None),
            ("401234", Some("7")),
            ("", None),
            ("", Some("")),
            ("a/b%2F", Some("../..")),
            ("..", Some(".")),
            ("é?#\0 ~.", Some("\u{202e}<script>\"'")),
        ] {
            let id = ItemId {
                data_type: DataType::Sms,
                unit: unit.to_owned(),
                part: part.map(str::to_owned),
            };
            let name = of(&id);
            assert!(
                name.bytes()
                    .all(|it| it.is_ascii_alphanumeric() || b"~.-_".contains(&it)),
                "{name}"
            );
            assert_eq!(read(&name), Some(id.clone()), "{name}");
            assert_eq!(of_key(&id.key()), name);
            if !unit.is_empty() {
                assert_eq!(read(&id.key()), Some(id));
            }
        }
    }

    #[test]
    fn nothing_else_is_an_address() {
        for name in [
            "",
            "sms",
            "video~1",
            "sms~1~2~3",
            "sms~.",
            "sms~.zz",
            "sms~.ff",
            "sms~.61",
            "sms~a b",
            "sms~.2E",
            "~",
            "sms/1/2/3",
            "key",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
        assert_eq!(read(&format!("sms~{}", "1".repeat(LONGEST))), None);
    }
}
