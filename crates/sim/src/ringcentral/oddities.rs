//! Odd data: everything that the documentation warns of, thrown over good
//! answers. Only with the scenario's switch.

use serde_json::{Map, Value, json};

use crate::dice::Dice;

use super::Inner;
use super::reply::{Body, Reply};

/// Makes an answer odd, if the scenario wants it.
pub(crate) fn apply(inner: &Inner, mut reply: Reply) -> Reply {
    let odd = inner.options().odd_data && reply.status < 300;
    if let (true, Body::Json(Value::Object(body))) = (odd, &mut reply.body) {
        let dice = inner.dice.of("oddities");
        match body.get_mut("records").and_then(Value::as_array_mut) {
            Some(records) => {
                for record in records.iter_mut().filter_map(Value::as_object_mut) {
                    odd_object(dice, record);
                }
            }
            None => odd_object(dice, body),
        }
    }
    reply
}

/// One record: the same one is odd in the same way each time.
fn odd_object(dice: Dice, record: &mut Map<String, Value>) {
    let Some(id) = record
        .get("id")
        .map(Value::to_string)
        .filter(|_| !record.contains_key("permissions"))
    else {
        return;
    };
    let dice = dice.of(id.trim_matches('"'));
    odd_properties(dice, record);
    if let Some(Value::Array(legs)) = record.get_mut("legs") {
        for leg in legs {
            if let Value::Object(leg) = leg {
                odd_properties(dice, leg);
            }
        }
    }
}

fn odd_properties(dice: Dice, record: &mut Map<String, Value>) {
    for party in ["from", "to"] {
        let dice = dice.of(party);
        match record.get_mut(party) {
            Some(Value::Object(party)) => odd_party(dice, party),
            Some(Value::Array(parties)) => {
                for party in parties.iter_mut().filter_map(Value::as_object_mut) {
                    odd_party(dice, party);
                }
            }
            _ => {}
        }
    }
    for (name, word) in [
        ("action", "Teleport Call"),
        ("result", "Partly Connected"),
        ("messageStatus", "Pondering"),
    ] {
        if record.contains_key(name) && dice.of(name).chance(0.05) {
            record.insert(name.to_owned(), json!(word));
        }
    }
    for name in ["startTime", "creationTime", "lastModifiedTime"] {
        let old = dice.of("old times").chance(0.2);
        if let (true, Some(Value::String(time))) = (old, record.get_mut(name)) {
            *time = time.replace('Z', "+0000");
        }
    }
    if dice.of("number as string").chance(0.3) {
        flip(record.get_mut("id"));
        flip(record.get_mut("conversationId"));
        flip(
            record
                .get_mut("extension")
                .and_then(|extension| extension.get_mut("id")),
        );
    }
    if dice.of("string as number").chance(0.3) {
        flip(record.get_mut("extensionId"));
        flip(
            record
                .get_mut("recording")
                .and_then(|recording| recording.get_mut("id")),
        );
    }
}

/// Names get lost; numbers come masked, formatted or not at all.
fn odd_party(dice: Dice, party: &mut Map<String, Value>) {
    if dice.of("nameless").chance(0.25) {
        party.remove("name");
    }
    if let Some(Value::String(number)) = party.get_mut("phoneNumber") {
        let digits = number.trim_start_matches('+').to_owned();
        match dice.of("number").below(10) {
            0 => number.replace_range(number.len() - 4.., "XXXX"),
            1 if digits.len() == 11 => {
                *number = format!("({}){}-{}", &digits[1..4], &digits[4..7], &digits[7..]);
            }
            2 => *number = digits,
            3 => "anonymous".clone_into(number),
            4 => {
                party.remove("phoneNumber");
            }
            _ => {}
        }
    }
}

/// A number as a string, or a string of digits as a number.
fn flip(value: Option<&mut Value>) {
    let Some(value) = value else { return };
    match value {
        Value::Number(number) => *value = json!(number.to_string()),
        Value::String(text) => {
            if let Ok(number) = text.parse::<u64>() {
                *value = json!(number);
            }
        }
        _ => {}
    }
}
