//! The text of an SMS as a readable file: a few headers, an empty line, the
//! text. Only what never changes about a message stands in it: its delivery
//! status, for one, does not.

use jiff::tz::TimeZone;

use crate::item::{Direction, Item, Party};
use crate::window::instant;

/// The file: UTF-8, lines ended by `\n`. The same Item in the same zone
/// gives the same bytes on every try, which is what lets a repeated upload
/// find its own earlier success; the caller keeps the zone fixed.
///
/// ```
/// use domain::data_type::DataType;
/// use domain::item::{Direction, Facts, Fetch, Item, ItemId, Party};
/// use domain::media::Expected;
/// let number = |it: &str| Party { number: Some(it.to_owned()), ..Party::default() };
/// let item = Item {
///     id: ItemId { data_type: DataType::Sms, unit: "1182222".to_owned(), part: None },
///     extension: None,
///     at_ms: 1_781_287_407_000,
///     facts: Facts {
///         direction: Direction::In,
///         from: number("+15550100567"),
///         to: vec![number("+15550100234")],
///         text: Some("Ring me.\r\nAda".to_owned()),
///         ..Facts::default()
///     },
///     fetch: Fetch::Transcript,
///     expected: Expected::Text,
///     size: None,
/// };
/// assert_eq!(
///     domain::transcript::transcript(&item, &jiff::tz::TimeZone::UTC),
///     "Date: 2026-06-12T18:03:27+00:00\nDirection: in\nFrom: +15550100567\n\
///      To: +15550100234\nMessage: 1182222\n\nRing me.\nAda\n"
/// );
/// ```
pub fn transcript(item: &Item, zone: &TimeZone) -> String {
    let facts = &item.facts;
    let at = instant(item.at_ms).to_zoned_datetime(zone.clone());
    let mut file = String::new();
    header(
        &mut file,
        "Date",
        &at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    );
    match facts.direction {
        Direction::In => header(&mut file, "Direction", "in"),
        Direction::Out => header(&mut file, "Direction", "out"),
        Direction::Unknown => {}
    }
    header(&mut file, "From", &who(&facts.from));
    for to in &facts.to {
        header(&mut file, "To", &who(to));
    }
    if let Some(conversation) = &facts.conversation_id {
        header(&mut file, "Conversation", conversation);
    }
    header(&mut file, "Message", &item.id.unit);
    file.push('\n');
    let text = facts.text.as_deref().unwrap_or("");
    file.push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
    if !file.ends_with('\n') {
        file.push('\n');
    }
    file
}

/// One line, whatever the value holds.
fn header(file: &mut String, name: &str, value: &str) {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let words = value.split(|c: char| c.is_whitespace() || is_break(c));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    file.push_str(name);
    file.push_str(": ");
    file.push_str(&words.join(" "));
    file.push('\n');
}

/// `Ada Lovelace <+15550100567> ext 101`, as far as it is known.
fn who(party: &Party) -> String {
    let known = [
        party.name.clone(),
        party.number.as_ref().map(|number| match party.name {
            Some(_) => format!("<{number}>"),
            None => number.clone(),
        }),
        party
            .extension_number
            .as_ref()
            .map(|number| format!("ext {number}")),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() {
        "unknown".to_owned()
    } else {
        known.join(" ")
    }
}
