//! Single values, read leniently: a surprise in one field must not hide a
//! recording. What cannot be read counts as absent.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

/// A text, or a number or truth value as text. Empty is absent.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(words(from)?.filter(|text| !text.is_empty()))
}

/// What somebody wrote; it may be nothing.
pub(super) fn words<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    })
}

/// An id: documented as a 64-bit integer, in events a string; past 2^53 at
/// times. A number with a fraction or exponent has lost digits and is none.
pub(super) fn id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    })
}

/// A count: a whole number that is not negative, or the digits of one.
pub(super) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// A truth value; anything but `true` is false.
pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Bool(flag) => flag,
        Value::String(text) => text == "true",
        _ => false,
    })
}

/// An instant, in milliseconds since 1970.
pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => instant(&text),
        _ => None,
    })
}

/// A part with fields of its own; one of another form counts as absent.
pub(super) fn part<'de, D: Deserializer<'de>, T>(from: D) -> Result<Option<T>, D::Error>
where
    T: DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

/// Several, where one alone may come without its brackets. Parts of another
/// form are left out.
pub(super) fn several<'de, D: Deserializer<'de>, T>(from: D) -> Result<Vec<T>, D::Error>
where
    T: DeserializeOwned,
{
    let values = match Value::deserialize(from)? {
        Value::Array(values) => values,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    let read = |value| serde_json::from_value(value).ok();
    Ok(values.into_iter().filter_map(read).collect())
}

/// Mostly `2018-09-18T09:24:04.102Z`; old answers write `+0000`, and what has
/// no zone is UTC, as RingCentral's own times are.
fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let without_zone = || -> Option<Timestamp> {
        let local = text.parse::<DateTime>().ok();
        let local = local.or_else(|| {
            Some(
                text.parse::<Date>()
                    .ok()?
                    .to_datetime(jiff::civil::Time::midnight()),
            )
        });
        Offset::UTC.to_timestamp(local?).ok()
    };
    let instant = text.parse::<Timestamp>().ok().or_else(without_zone)?;
    Some(instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn times_are_read_as_ringcentral_ever_wrote_them() {
        let at = Some(1_398_778_167_408);
        for text in [
            "2014-04-29T13:29:27.408Z",
            "2014-04-29T13:29:27.408+0000",
            "2014-04-29T13:29:27.408+00:00",
            "2014-04-29T15:29:27.408+0200",
            "2014-04-29T13:29:27.408",
            " 2014-04-29T13:29:27.408000Z ",
        ] {
            assert_eq!(instant(text), at, "{text}");
        }
        assert_eq!(instant("2014-04-29"), Some(1_398_729_600_000));
        assert_eq!(instant("2016-12-31T23:59:60Z"), Some(1_483_228_799_000));
        for text in ["", "yesterday", "2014-13-29T13:29:27Z", "1398778167408"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
