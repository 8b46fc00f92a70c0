//! The stem: the whole path of an Item except version and file name
//! extension. Computed once, when the Item is first seen; the ids at its end
//! make it different from every other.

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use super::{EXTENSION_UNITS, Naming, VERSION_UNITS, clean, identity, rules};
use crate::data_type::DataType;
use crate::item::{Direction, Item, Party};
use crate::window::instant;

/// Room for the last component before version and extension, UTF-16 units.
const ROOM: usize = rules::COMPONENT_UNITS - VERSION_UNITS - EXTENSION_UNITS;
/// The longest name of a party without a number, UTF-16 units.
const NAME_UNITS: usize = 20;
/// Where an Item lies: `Archive/101 Ada Lovelace [62264006]/2026-06/2026-06-12T14-03-27-0400
/// call in from +15550100567 to 101 6m12s rec3636328599023`.
///
/// `folder` is the extension's folder as the Store fixed it
/// ([`super::folder_name`]); it is taken as it is. Month and time are those of
/// `zone`, with its offset, so that names sort and stay unambiguous when
/// clocks change.
pub fn stem(naming: Naming, item: &Item, folder: &str, zone: &TimeZone) -> String {
    let at = instant(item.at_ms).to_zoned_datetime(zone.clone());
    let month = format!("{:04}-{:02}", at.year(), at.month());
    match naming {
        Naming::RingCentral => original(item, folder, &at),
        Naming::FlatMonth => format!("Archive/{month}/{}", file(naming, item, &at)),
        Naming::Default | Naming::Privacy => {
            format!("Archive/{folder}/{month}/{}", file(naming, item, &at))
        }
    }
}

/// Time, type, who, how long, id.
fn file(naming: Naming, item: &Item, at: &ZonedDateTime) -> String {
    let word = match item.id.data_type {
        DataType::CallRecording => "call",
        DataType::Voicemail => "voicemail",
        DataType::Sms => "sms",
        DataType::Fax => "fax",
    };
    let kind = if item.id.data_type.is_message() {
        "msg"
    } else {
        "rec"
    };
    let id = format!(" {kind}{}", identity::of_item(&item.id));
    let mut file = format!("{} {word}", stamp(at));
    for detail in details(naming, item) {
        // A detail that does not fit is left out whole: half a number misleads.
        let bytes = file.len() + 1 + detail.len() + id.len();
        let units = rules::units(&file) + 1 + rules::units(&detail) + id.len();
        if units <= ROOM && bytes <= rules::COMPONENT_BYTES - VERSION_UNITS - EXTENSION_UNITS {
            file.push(' ');
            file.push_str(&detail);
        }
    }
    file + &id
}

/// What is known of the Item, in the order of the name.
fn details(naming: Naming, item: &Item) -> Vec<String> {
    let facts = &item.facts;
    let direction = match (item.id.data_type, facts.direction) {
        // A voicemail can only come in.
        (DataType::Voicemail, _) | (_, Direction::Unknown) => None,
        (_, Direction::In) => Some("in".to_owned()),
        (_, Direction::Out) => Some("out".to_owned()),
    };
    let from = label(naming, &facts.from).map(|who| format!("from {who}"));
    let to = facts.to.first().and_then(|first| label(naming, first));
    let to = to.map(|who| match facts.to.len() {
        1 => format!("to {who}"),
        all => format!("to {who} and {} more", all - 1),
    });
    let length = match item.id.data_type {
        DataType::CallRecording | DataType::Voicemail => facts.seconds.map(duration),
        DataType::Fax => facts.pages.map(|pages| format!("{pages}p")),
        DataType::Sms => None,
    };
    [direction, from, to, length]
        .into_iter()
        .flatten()
        .collect()
}

/// A party in few characters: the short number where it is one of us, else
/// the phone number, else the name.
fn label(naming: Naming, party: &Party) -> Option<String> {
    let short = party.extension_number.as_deref().unwrap_or("");
    let number = party.number.as_deref().unwrap_or("");
    let candidates = match naming {
        Naming::Privacy => [
            clean::discreet(short),
            clean::last_four(number),
            String::new(),
        ],
        _ => [
            clean::plain(short, NAME_UNITS),
            clean::number(number),
            clean::name(party.name.as_deref().unwrap_or(""), NAME_UNITS),
        ],
    };
    candidates.into_iter().find(|it| !it.is_empty())
}

/// `RingCentral Archiver/First Last_101/2026-5-10/Call Recording/20260510-100212_from_to#ext_Automatic_id`,
/// as the original product wrote it: five fields between underscores.
fn original(item: &Item, folder: &str, at: &ZonedDateTime) -> String {
    let facts = &item.facts;
    let (shelf, kind) = match item.id.data_type {
        DataType::CallRecording => {
            let kind = clean::plain(facts.recording_type.as_deref().unwrap_or(""), 12);
            (
                "Call Recording",
                if kind.is_empty() {
                    "Recording".to_owned()
                } else {
                    kind
                },
            )
        }
        DataType::Voicemail => ("Voicemail", "Voicemail".to_owned()),
        DataType::Sms => ("SMS", "SMS".to_owned()),
        DataType::Fax => ("Fax", "Fax".to_owned()),
    };
    let (date, time) = (at.date(), at.time());
    let day = format!("{}-{}-{}", date.year(), date.month(), date.day());
    let stamp = format!(
        "{:04}{:02}{:02}-{:02}{:02}{:02}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let id = identity::of_item(&item.id);
    let room = ROOM.saturating_sub(stamp.len() + kind.len() + id.len() + "____".len()) / 2;
    let from = original_party(Some(&facts.from), room);
    let to = original_party(facts.to.first(), room);
    format!("RingCentral Archiver/{folder}/{day}/{shelf}/{stamp}_{from}_{to}_{kind}_{id}")
}

/// `15550100234#135`, or whichever half is known.
fn original_party(party: Option<&Party>, room: usize) -> String {
    let read = |field: Option<&String>| clean::plain(field.map_or("", String::as_str), NAME_UNITS);
    let number = read(party.and_then(|it| it.number.as_ref()));
    let short = read(party.and_then(|it| it.extension_number.as_ref()));
    let mut whole = match (number.as_str(), short.as_str()) {
        ("", "") => "unknown".to_owned(),
        ("", one) | (one, "") => one.to_owned(),
        (number, short) => format!("{number}#{short}"),
    };
    whole.truncate(room);
    whole
}

/// ISO 8601 local time with its offset, without the colons that Windows
/// refuses.
fn stamp(at: &ZonedDateTime) -> String {
    let minutes = at.offset().seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    format!(
        "{:04}-{:02}-{:02}T{:02}-{:02}-{:02}{sign}{:02}{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        minutes / 60,
        minutes % 60
    )
}

/// `6m12s`, `1h02m03s`.
fn duration(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}m{seconds:02}s")
    } else {
        format!("{hours}h{minutes:02}m{seconds:02}s")
    }
}
