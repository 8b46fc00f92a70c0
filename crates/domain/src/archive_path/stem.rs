//! The stem: the whole path of an Item except version and file name
//! extension. Computed once, when the Item is first seen; the ids at its end
//! make it different from every other.

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use super::{Naming, ROOM, SUFFIX_UNITS, clean, identity, original, rules};
use crate::data_type::DataType;
use crate::item::{Direction, Item, Party};
use crate::window::instant;

/// The longest name of a party without a number, UTF-16 units.
const NAME_UNITS: usize = 20;

/// Where an Item lies:
/// `Archive/101 Ada Lovelace [62264006]/2026-06/2026-06-12T14-03-27-0400 call in from +15550100567 to 101 6m12s rec3636328599023`.
///
/// `folder` is the extension's folder as the Store fixed it
/// ([`super::folder_name`]); it is taken as it is. Month and time are those of
/// `zone`, with its offset, so that names sort and stay unambiguous when
/// clocks change.
///
/// ```
/// use domain::archive_path::{Naming, stem};
/// use domain::data_type::DataType;
/// use domain::item::{Facts, Fetch, Item, ItemId, Party};
/// use domain::media::Expected;
/// let fax = Item {
///     id: ItemId { data_type: DataType::Fax, unit: "77".to_owned(), part: Some("78".to_owned()) },
///     extension: None,
///     at_ms: 1_781_287_407_000,
///     facts: Facts {
///         from: Party { number: Some("+1 (555) 010-0567".to_owned()), ..Party::default() },
///         pages: Some(3),
///         ..Facts::default()
///     },
///     fetch: Fetch::Nothing,
///     expected: Expected::Document,
///     size: None,
/// };
/// let utc = jiff::tz::TimeZone::UTC;
/// assert_eq!(
///     stem(Naming::Default, &fax, "Account", &utc),
///     "Archive/Account/2026-06/2026-06-12T18-03-27+0000 fax from +15550100567 3p msg77_att78"
/// );
/// assert_eq!(
///     stem(Naming::RingCentral, &fax, "Account", &utc),
///     "RingCentral Archiver/Account/2026-6-12/Fax/20260612-180327_15550100567_unknown_Fax_77_att78"
/// );
/// ```
pub fn stem(naming: Naming, item: &Item, folder: &str, zone: &TimeZone) -> String {
    let at = instant(item.at_ms).to_zoned_datetime(zone.clone());
    let month = format!("{:04}-{:02}", at.year(), at.month());
    match naming {
        Naming::RingCentral => original::stem(item, folder, &at),
        Naming::FlatMonth => format!("{}/{month}/{}", naming.root(), file(naming, item, &at)),
        Naming::Default | Naming::Privacy => {
            let (root, file) = (naming.root(), file(naming, item, &at));
            format!("{root}/{folder}/{month}/{file}")
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
        let longer = format!("{file} {detail}");
        let fits_units = rules::units(&longer) + id.len() <= ROOM;
        let fits_bytes = longer.len() + id.len() + SUFFIX_UNITS <= rules::COMPONENT_BYTES;
        if fits_units && fits_bytes {
            file = longer;
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
