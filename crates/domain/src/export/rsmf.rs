//! Texts as the Relativity Short Message Format 2.0 has them: a mail for each
//! conversation and day, that carries a `rsmf.zip` with the messages as JSON
//! and their files.

use std::collections::BTreeMap;
use std::fmt::Write;

use bytes::Bytes;
use serde_json::{Value, json};

use super::mail;
use super::part::{Inner, Part, Source};
use super::row::{Row, sum, who};
use crate::item::{Direction, Party};
use crate::window::instant;

/// The version of the format.
const VERSION: &str = "2.0.0";

/// A conversation's messages of a day, of which something is there. The rows
/// are in the order of their places.
pub fn rsmf(rows: &[Row]) -> Vec<Part> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Vec::new();
    };
    let collection = first.conversation().unwrap_or_default();
    let told = Told::of(rows, &collection);
    let mut head = String::new();
    let id = sum(&format!("{}\n{}", first.item, last.item));
    mail::about(&mut head, first, &format!("<{id}@archiver.invalid>"));
    for (name, value) in [
        ("X-RSMF-Version", VERSION.to_owned()),
        ("X-RSMF-Generator", "Archiver".to_owned()),
        ("X-RSMF-BeginDate", at(first)),
        ("X-RSMF-EndDate", at(last)),
        ("X-RSMF-EventCount", told.events.len().to_string()),
        ("X-RSMF-AttachmentCount", told.files.len().to_string()),
        ("X-RSMF-EventCollectionID", collection),
        ("X-RSMF-Application", "SMS".to_owned()),
    ] {
        mail::line(&mut head, name, &value);
    }
    let names: Vec<String> = told.people.iter().map(|(_, it)| mail::named(it)).collect();
    mail::header(&mut head, "X-RSMF-Participants", &names.join(", "));
    let boundary = mail::boundary(&id);
    mail::mixed(&mut head, &boundary);
    let mut parts = vec![Part::text(head)];
    mail::body(&mut parts, &boundary, &told.text);
    let zip = Part::Zip(told.members(first.at_ms));
    mail::attached(&mut parts, &boundary, "rsmf.zip", vec![zip]);
    parts.push(Part::text(format!("--{boundary}--\r\n")));
    parts
}

fn at(row: &Row) -> String {
    instant(row.at_ms).to_string()
}

/// What is told of the messages.
struct Told {
    collection: String,
    /// In the order in which they are met; the first is P1.
    people: Vec<(String, Party)>,
    events: Vec<Value>,
    files: Vec<(String, Source, i64)>,
    /// For people.
    text: String,
}

impl Told {
    fn of(rows: &[Row], collection: &str) -> Told {
        let mut told = Told {
            collection: collection.to_owned(),
            people: Vec::new(),
            events: Vec::new(),
            files: Vec::new(),
            text: String::new(),
        };
        for message in rows.chunk_by(Row::is_of_message) {
            if message.iter().any(|it| it.source().is_some()) {
                told.event(message);
            }
        }
        told
    }

    fn event(&mut self, message: &[Row]) {
        let Some(first) = message.first() else {
            return;
        };
        for party in first.parties() {
            let key = who(party);
            if !self.people.iter().any(|(known, _)| *known == key) {
                self.people.push((key, party.clone()));
            }
        }
        let body = mail::said(message);
        let from = mail::named(&first.facts.from);
        let _ = writeln!(self.text, "{} {from}: {body}", at(first));
        let mut attachments = Vec::new();
        for row in message.iter().filter(|it| !mail::is_words(it)) {
            if let Some(source) = row.source() {
                let name = format!("{}-{}", self.files.len() + 1, file_in_zip(&source.path));
                let display = row.facts.file_name.clone();
                attachments.push(json!({
                    "id": name, "size": source.size,
                    "display": display.unwrap_or_else(|| mail::file_name(&source.path)),
                }));
                self.files.push((name, source, row.at_ms));
            }
        }
        let unit = first.id().map_or_else(|| first.item.clone(), |it| it.unit);
        let mut event = json!({
            "id": unit, "type": "message", "body": body, "conversation": "C1",
            "participant": self.person(&first.facts.from), "timestamp": at(first),
            "attachments": attachments,
        });
        match first.facts.direction {
            Direction::In => event["direction"] = json!("incoming"),
            Direction::Out => event["direction"] = json!("outgoing"),
            Direction::Unknown => {}
        }
        self.events.push(event);
    }

    fn person(&self, party: &Party) -> String {
        let key = who(party);
        let at = self.people.iter().position(|(known, _)| *known == key);
        format!("P{}", at.unwrap_or_default() + 1)
    }

    fn members(self, at_ms: i64) -> Vec<Inner> {
        let people: Vec<Value> = self.people.iter().enumerate().map(person).collect();
        let ids: Vec<String> = (1..=people.len()).map(|it| format!("P{it}")).collect();
        let names: Vec<String> = self.people.iter().map(|(_, it)| mail::named(it)).collect();
        let manifest = json!({
            "version": VERSION, "eventcollectionid": self.collection, "participants": people,
            "conversations": [{
                "id": "C1", "platform": "sms", "type": "direct", "participants": ids,
                "display": names.join(", "),
            }],
            "events": self.events,
        });
        let manifest = Inner {
            name: "rsmf_manifest.json".to_owned(),
            at_ms,
            part: Part::Bytes(Bytes::from(format!("{manifest:#}"))),
        };
        let files = self.files.into_iter().map(|(name, source, at_ms)| Inner {
            name,
            at_ms,
            part: Part::File(source),
        });
        std::iter::once(manifest).chain(files).collect()
    }
}

fn person((at, (_, party)): (usize, &(String, Party))) -> Value {
    let known: BTreeMap<&str, &String> = [
        ("Phone number", party.number.as_ref()),
        ("Extension", party.extension_number.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    let custom = known
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }));
    json!({
        "id": format!("P{}", at + 1), "display": mail::named(party),
        "custom": custom.collect::<Vec<Value>>(),
    })
}

/// A name that every ZIP tool takes; the number before it keeps names apart.
fn file_in_zip(path: &str) -> String {
    let name = mail::file_name(path);
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_');
    name.chars()
        .map(|it| if is_plain(it) { it } else { '_' })
        .collect()
}
