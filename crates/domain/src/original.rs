//! Files that RingCentral's own Archiver stored, as far as their names tell:
//! `…/Call Recording/20260510-100212_15550100567_15550100234#135_Automatic_3636328599023.mp3`.
//! Only recordings' names are public (an independent migration script quotes
//! them); the other types are read by the same pattern.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::data_type::DataType;
use crate::item::{Direction, Facts, ItemId, Party};
use crate::window::HOUR_MS;

/// A name's time may differ from the item's own by so much: it is in the zone
/// of a line that nobody names.
const ZONES_MS: i64 = 27 * HOUR_MS;
/// Fewest digits of an id: a short number is no id.
const ID_DIGITS: usize = 6;

/// What a path tells of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Which item it says it is.
    pub item: ItemId,
    /// When, in an unknown zone.
    pub at: DateTime,
    /// The short number at the end of the folder of its line.
    pub extension_number: Option<String>,
    /// Who called whom, and how it was recorded.
    pub facts: Facts,
    /// Somebody's program made a copy of it: ` (1)`, a conflicted copy.
    pub is_copy: bool,
}

/// Why a file cannot be told by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unnamed {
    /// It lies in no folder of a type: none of that product's files.
    Elsewhere,
    /// Its name does not end with an id.
    NoId,
    /// Its name does not begin with a time.
    NoTime,
}

impl Unnamed {
    /// For people.
    pub fn sentence(self) -> &'static str {
        match self {
            Unnamed::Elsewhere => "it lies in no folder of recordings, voicemails, texts or faxes",
            Unnamed::NoId => "its name does not end with the id of a recording or message",
            Unnamed::NoTime => "its name does not begin with a date and a time",
        }
    }
}

impl Original {
    /// Reads a path: components joined by `/`.
    pub fn read(path: &str) -> Result<Original, Unnamed> {
        let mut parts = path.rsplit('/');
        let file = parts.next().unwrap_or_default();
        let shelf = parts.next().and_then(shelf).ok_or(Unnamed::Elsewhere)?;
        // The day.
        parts.next();
        let line = parts.next().unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let (stem, is_copy) = without_copy_mark(stem);
        let (rest, id) = stem.rsplit_once('_').ok_or(Unnamed::NoId)?;
        if id.len() < ID_DIGITS || !id.bytes().all(|it| it.is_ascii_digit()) {
            return Err(Unnamed::NoId);
        }
        let stamp = rest.split('_').next().unwrap_or_default();
        let at = DateTime::strptime("%Y%m%d-%H%M%S", stamp).map_err(|_| Unnamed::NoTime)?;
        let number = line.rsplit_once('_').map(|(_, number)| number);
        let number = number.filter(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
        let number = number.map(str::to_owned);
        Ok(Original {
            facts: facts(&rest[stamp.len()..], number.as_deref()),
            item: ItemId {
                data_type: shelf,
                unit: id.to_owned(),
                part: None,
            },
            at,
            extension_number: number,
            is_copy,
        })
    }

    /// Whether the name's time can be that of an item, milliseconds since 1970.
    pub fn can_be_of(&self, at_ms: i64, zone: &TimeZone) -> bool {
        self.at_ms(zone)
            .is_some_and(|said| said.abs_diff(at_ms) <= ZONES_MS.unsigned_abs())
    }

    /// The name's time if it is told in this zone, milliseconds since 1970.
    pub fn at_ms(&self, zone: &TimeZone) -> Option<i64> {
        let at = self.at.to_zoned_datetime(zone.clone()).ok()?;
        Some(at.timestamp().as_millisecond())
    }
}

/// The fields between time and id, each begun by its underscore: from, to, how.
fn facts(fields: &str, line: Option<&str>) -> Facts {
    let mut fields = fields.split('_').skip(1);
    let (from, to, how) = (fields.next(), fields.next(), fields.next());
    let (from, to) = (from.map(party), to.map(party));
    let is_line = |party: Option<&Party>| {
        line.is_some() && party.and_then(|it| it.extension_number.as_deref()) == line
    };
    let direction = match (is_line(from.as_ref()), is_line(to.as_ref())) {
        (false, true) => Direction::In,
        (true, false) => Direction::Out,
        _ => Direction::Unknown,
    };
    Facts {
        direction,
        from: from.unwrap_or_default(),
        to: to.into_iter().collect(),
        recording_type: how.map(str::to_owned),
        ..Facts::default()
    }
}

/// `15550100234#135`, or one half of it: a phone number is longer than a short
/// number.
fn party(field: &str) -> Party {
    let some = |it: &str| (!it.is_empty()).then(|| it.to_owned());
    let (number, short) = match field.split_once('#') {
        Some((number, short)) => (some(number), some(short)),
        None if field == "unknown" => (None, None),
        None if field.len() <= ID_DIGITS => (None, some(field)),
        None => (some(field), None),
    };
    Party {
        number,
        extension_number: short,
        name: None,
    }
}

/// The type whose files lie in a folder of this name.
fn shelf(name: &str) -> Option<DataType> {
    let is = |word: &str| name.eq_ignore_ascii_case(word);
    [
        ("Call Recording", DataType::CallRecording),
        ("Call Recordings", DataType::CallRecording),
        ("Voicemail", DataType::Voicemail),
        ("Fax", DataType::Fax),
        ("SMS", DataType::Sms),
    ]
    .into_iter()
    .find_map(|(word, of)| is(word).then_some(of))
}

/// A stem without what programs add to the name of a copy.
fn without_copy_mark(stem: &str) -> (&str, bool) {
    let stem = stem.trim_end();
    if let Some(open) = stem.strip_suffix(')').and_then(|_| stem.rfind(" (")) {
        return (&stem[..open], true);
    }
    for mark in [" - Copy", " copy"] {
        if let Some(rest) = stem.strip_suffix(mark) {
            return (rest, true);
        }
    }
    match stem.strip_prefix("Copy of ") {
        Some(rest) => (rest, true),
        None => (stem, false),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;

    use super::*;

    const REAL: &str = "RingCentral Archiver/Front Desk_135/2026-5-10/Call Recording/\
        20260510-100212_15550100567_15550100234#135_Automatic_3636328599023.mp3";

    fn recording(id: &str) -> ItemId {
        ItemId {
            data_type: DataType::CallRecording,
            unit: id.to_owned(),
            part: None,
        }
    }

    #[test]
    fn a_name_of_the_original_tells_which_recording_it_is() {
        let read = Original::read(REAL).unwrap();
        assert_eq!(read.item, recording("3636328599023"));
        assert_eq!(read.at, datetime(2026, 5, 10, 10, 2, 12, 0));
        assert_eq!(read.extension_number.as_deref(), Some("135"));
        assert!(!read.is_copy);
        let facts = read.facts;
        assert_eq!(facts.direction, Direction::In);
        assert_eq!(facts.from.number.as_deref(), Some("15550100567"));
        assert_eq!(facts.to[0].number.as_deref(), Some("15550100234"));
        assert_eq!(facts.to[0].extension_number.as_deref(), Some("135"));
        assert_eq!(facts.recording_type.as_deref(), Some("Automatic"));
    }

    #[test]
    fn whoever_is_of_the_line_tells_the_direction() {
        let of = |from: &str, to: &str| {
            let path = REAL.replace("15550100567_15550100234#135", &format!("{from}_{to}"));
            Original::read(&path).unwrap().facts
        };
        assert_eq!(
            of("15550100234#135", "15550100567").direction,
            Direction::Out
        );
        assert_eq!(of("135", "101").direction, Direction::Out);
        assert_eq!(of("unknown", "15550100234").direction, Direction::Unknown);
        assert_eq!(of("unknown", "15550100234").from, Party::default());
        assert_eq!(
            of("101", "135").from.extension_number.as_deref(),
            Some("101")
        );
    }

    #[test]
    fn copies_are_known_by_what_programs_add() {
        for mark in [
            " (1)",
            " (Ada's conflicted copy 2026-05-10)",
            " - Copy",
            " copy",
        ] {
            let path = REAL.replace(".mp3", &format!("{mark}.mp3"));
            let read = Original::read(&path).unwrap();
            assert_eq!(
                (read.item, read.is_copy),
                (recording("3636328599023"), true)
            );
        }
        let path = REAL.replace("/2026051", "/Copy of 2026051");
        assert!(Original::read(&path).unwrap().is_copy);
    }

    #[test]
    fn what_is_no_name_of_the_original_says_why() {
        for (path, why) in [
            ("notes.txt", Unnamed::Elsewhere),
            (
                "a/b/Photos/20260510-100212_a_b_Automatic_3636328599023.mp3",
                Unnamed::Elsewhere,
            ),
            ("a_1/2026-5-10/Call Recording/recording.mp3", Unnamed::NoId),
            (
                "a_1/2026-5-10/Call Recording/20260510-100212_a_b_Automatic_135.mp3",
                Unnamed::NoId,
            ),
            (
                "a_1/2026-5-10/Call Recording/20260510-100212_a_b_Automatic_36363x8599023.mp3",
                Unnamed::NoId,
            ),
            (
                "a_1/2026-5-10/Call Recording/a_b_Automatic_3636328599023.mp3",
                Unnamed::NoTime,
            ),
            (
                "a_1/2026-5-10/Call Recording/20261310-100212_a_b_c_3636328599023.mp3",
                Unnamed::NoTime,
            ),
            ("", Unnamed::Elsewhere),
        ] {
            assert_eq!(Original::read(path), Err(why), "{path}");
        }
    }

    #[test]
    fn a_name_fits_an_item_of_about_its_time_in_any_zone() {
        let read = Original::read(REAL).unwrap();
        let said = read.at_ms(&TimeZone::UTC).unwrap();
        for (hours, fits) in [
            (0, true),
            (14, true),
            (-14, true),
            (27, true),
            (28, false),
            (-28, false),
        ] {
            let at_ms = said + hours * HOUR_MS;
            assert_eq!(read.can_be_of(at_ms, &TimeZone::UTC), fits, "{hours}");
        }
    }
}
