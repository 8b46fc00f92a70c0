//! A Query as names and values: what stands in an address that can be shared,
//! and what programs and terminals send. Reading says what is wrong; nothing
//! is guessed.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::data_type::DataType;
use crate::item::Direction;
use crate::window::instant;

use super::Query;

/// More than anybody types into a field, characters.
const LONGEST: usize = 400;

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its name.
    pub name: &'static str,
    /// How it should look.
    pub how: &'static str,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.how)
    }
}

const INSTANT: &str = "an instant looks like 2026-06-01T13:00:00Z, a day like 2026-06-01";
const LENGTH: &str = "a length looks like 90, 1:30, 2m or 1h";
const TYPE: &str = "a type is recordings, voicemail, sms or fax";
const WAY: &str = "a direction is in or out";
const LONG: &str = "this is longer than anything that can be looked for";

impl Query {
    /// The names and values that lead back to it; what is not asked is left
    /// out.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let texts = [
            ("q", &self.text),
            ("person", &self.person),
            ("number", &self.number),
        ];
        let texts = texts.into_iter().filter(|(_, it)| !it.is_empty());
        pairs.extend(texts.map(|(name, it)| (name, it.clone())));
        let times = [("from", self.from_ms), ("to", self.to_ms)];
        pairs.extend(
            times
                .into_iter()
                .filter_map(|(name, at_ms)| Some((name, instant(at_ms?).to_string()))),
        );
        pairs.extend(self.types.iter().map(|it| ("type", it.word().to_owned())));
        let way = self.direction.and_then(word);
        pairs.extend(way.map(|it| ("direction", it.to_owned())));
        let lengths = [("min", self.shortest), ("max", self.longest)];
        pairs.extend(
            lengths
                .into_iter()
                .filter_map(|(name, it)| Some((name, it?.to_string()))),
        );
        pairs
    }

    /// Back from names and values. Names that are not its own are left alone;
    /// of those that come once the first counts; empty is not asked. A day of
    /// `to` is whole, in UTC.
    ///
    /// # Errors
    /// The first value that is not understood.
    pub fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Query, Wrong> {
        let mut query = Query::default();
        for (name, value) in pairs {
            let value = value.trim();
            if !value.is_empty() {
                query.take(name, value)?;
            }
        }
        Ok(query)
    }

    /// One value more, as [`Query::of_pairs`] takes it.
    ///
    /// # Errors
    /// It is not understood.
    pub fn take(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        let text = |name: &'static str, field: &mut String| {
            if value.chars().count() > LONGEST {
                return Err(Wrong { name, how: LONG });
            }
            if field.is_empty() {
                value.clone_into(field);
            }
            Ok(())
        };
        match name {
            "q" => text("q", &mut self.text),
            "person" => text("person", &mut self.person),
            "number" => text("number", &mut self.number),
            "from" => first(&mut self.from_ms, begin(value), ("from", INSTANT)),
            "to" => first(&mut self.to_ms, end(value), ("to", INSTANT)),
            "type" => {
                let it = DataType::from_word(value).ok_or(Wrong {
                    name: "type",
                    how: TYPE,
                })?;
                self.types.insert(it);
                Ok(())
            }
            "direction" => first(&mut self.direction, direction(value), ("direction", WAY)),
            "min" => first(&mut self.shortest, seconds(value), ("min", LENGTH)),
            "max" => first(&mut self.longest, seconds(value), ("max", LENGTH)),
            _ => Ok(()),
        }
    }
}

fn first<T>(
    field: &mut Option<T>,
    read: Option<T>,
    (name, how): (&'static str, &'static str),
) -> Result<(), Wrong> {
    let read = read.ok_or(Wrong { name, how })?;
    field.get_or_insert(read);
    Ok(())
}

fn word(direction: Direction) -> Option<&'static str> {
    match direction {
        Direction::In => Some("in"),
        Direction::Out => Some("out"),
        Direction::Unknown => None,
    }
}

fn direction(value: &str) -> Option<Direction> {
    match value {
        "in" => Some(Direction::In),
        "out" => Some(Direction::Out),
        _ => None,
    }
}

fn begin(value: &str) -> Option<i64> {
    let day = || midnight(value.parse().ok()?);
    let at = value
        .parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond);
    at.or_else(day)
}

fn end(value: &str) -> Option<i64> {
    let day = || midnight(value.parse::<Date>().ok()?.tomorrow().ok()?);
    let at = value
        .parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond);
    at.or_else(day)
}

fn midnight(day: Date) -> Option<i64> {
    let at = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
    Some(at.as_millisecond())
}

/// A length as people type it: `90`, `1:30`, `1:02:03`, `45s`, `2m`, `1h`;
/// whole seconds.
pub fn seconds(typed: &str) -> Option<u64> {
    let typed = typed.trim();
    let number = |it: &str| {
        let digits = !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
        digits.then(|| it.parse::<u64>().ok()).flatten()
    };
    for (unit, each) in [("s", 1), ("m", 60), ("h", 3600)] {
        if let Some(count) = typed.strip_suffix(unit) {
            return number(count.trim())?.checked_mul(each);
        }
    }
    let parts: Vec<&str> = typed.split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    parts.into_iter().try_fold(0, |sum: u64, it| {
        sum.checked_mul(60)?.checked_add(number(it)?)
    })
}
