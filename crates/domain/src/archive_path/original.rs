//! The original product's tree, for people with scripts on it:
//! `RingCentral Archiver/First Last_101/2026-5-10/Call Recording/20260510-100212_from_to#ext_Automatic_id`.
//! Its file names are public for recordings only; the other types follow
//! their pattern, always five fields between underscores.

use jiff::ZonedDateTime;

use super::{Naming, ROOM, clean, identity};
use crate::data_type::DataType;
use crate::item::{Item, Party};

/// Most characters of a phone number, of a short number and of the fourth
/// field.
const NUMBER_UNITS: usize = 20;
const SHORT_UNITS: usize = 10;
const HOW_UNITS: usize = 12;

/// The stem of an Item in the folder of its extension.
pub(super) fn stem(item: &Item, folder: &str, at: &ZonedDateTime) -> String {
    let shelf = match item.id.data_type {
        DataType::CallRecording => "Call Recording",
        DataType::Voicemail => "Voicemail",
        DataType::Sms => "SMS",
        DataType::Fax => "Fax",
    };
    let how = match item.id.data_type {
        DataType::CallRecording => how(item),
        _ => shelf.to_owned(),
    };
    let day = format!("{}-{}-{}", at.year(), at.month(), at.day());
    let stamp = stamp(at);
    let id = identity::of_item(&item.id);
    let room = ROOM.saturating_sub(stamp.len() + how.len() + id.len() + "____".len()) / 2;
    let from = party(Some(&item.facts.from), room);
    let to = party(item.facts.to.first(), room);
    let top = Naming::RingCentral.root();
    format!("{top}/{folder}/{day}/{shelf}/{stamp}_{from}_{to}_{how}_{id}")
}

/// `Automatic`, `OnDemand`.
fn how(item: &Item) -> String {
    let word = item.facts.recording_type.as_deref().unwrap_or("");
    let word = clean::plain(word, HOW_UNITS);
    if word.is_empty() {
        "Recording".to_owned()
    } else {
        word
    }
}

/// `15550100234#135`, or whichever half is known.
fn party(party: Option<&Party>, room: usize) -> String {
    let read = |field: Option<&String>, most| clean::plain(field.map_or("", |it| it), most);
    let number = read(party.and_then(|it| it.number.as_ref()), NUMBER_UNITS);
    let short = read(
        party.and_then(|it| it.extension_number.as_ref()),
        SHORT_UNITS,
    );
    let mut whole = match (number.as_str(), short.as_str()) {
        ("", "") => "unknown".to_owned(),
        ("", one) | (one, "") => one.to_owned(),
        (number, short) => format!("{number}#{short}"),
    };
    whole.truncate(room);
    whole
}

/// `20260510-100212`, local.
fn stamp(at: &ZonedDateTime) -> String {
    format!(
        "{:04}{:02}{:02}-{:02}{:02}{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}
