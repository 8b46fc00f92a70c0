//! Texts as mail (RFC 5322, RFC 2045 ff.): headers whose values cannot break
//! out of their line, and bodies in base64, which hold no boundary.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;

use super::part::Part;
use super::row::{Row, sum, who};
use crate::item::Party;
use crate::window::instant;

/// Bytes of a text that one encoded word holds.
const WORD: usize = 45;
/// Characters of a file name that a mail tells.
const NAME: usize = 60;
/// The domain of addresses that nobody can write to (RFC 2606).
const NOWHERE: &str = "phone.invalid";

/// One message: who, when, its words, its pictures. The rows are its parts;
/// what is not there is said in its place.
pub fn eml(rows: &[Row]) -> Vec<Part> {
    let Some(first) = rows.first() else {
        return Vec::new();
    };
    let mut head = String::new();
    about(
        &mut head,
        first,
        &format!("<{}@archiver.invalid>", unit(first)),
    );
    if let Some(conversation) = first.conversation() {
        header(&mut head, "X-Archiver-Conversation", &conversation);
    }
    header(&mut head, "X-Archiver-Item", &first.item);
    if !first.way().is_empty() {
        header(&mut head, "X-Archiver-Direction", first.way());
    }
    let boundary = boundary(&first.item);
    mixed(&mut head, &boundary);
    let mut parts = vec![Part::text(head)];
    let mut text = said(rows);
    for row in rows.iter().filter(|it| it.source().is_none()) {
        let what = if is_words(row) {
            "The text"
        } else {
            "A picture or file"
        };
        let why = if row.left_out {
            "left out"
        } else {
            row.state.as_str()
        };
        let _ = writeln!(text, "\n[{what} of this message is not here: {why}]");
    }
    body(&mut parts, &boundary, &text);
    for row in rows.iter().filter(|it| !is_words(it)) {
        if let Some(source) = row.source() {
            let name = file_name(&source.path);
            attached(&mut parts, &boundary, &name, vec![Part::File(source)]);
        }
    }
    parts.push(Part::text(format!("--{boundary}--\r\n")));
    parts
}

/// What a message says, where its words were archived.
pub(super) fn said(rows: &[Row]) -> String {
    let mut there = rows.iter().filter(|it| it.source().is_some());
    let words = there.find(|it| is_words(it));
    words
        .and_then(|it| it.facts.text.clone())
        .unwrap_or_default()
}

/// Whether it is the words of a message, not a file with it.
pub(super) fn is_words(row: &Row) -> bool {
    row.id().is_some_and(|it| it.part.is_none())
}

/// The message's id, as an address can hold it.
fn unit(row: &Row) -> String {
    sum(&row.id().map_or_else(|| row.item.clone(), |it| it.unit))
}

/// When, from whom, to whom, and what about.
pub(super) fn about(head: &mut String, row: &Row, id: &str) {
    let at = instant(row.at_ms).to_zoned_datetime(TimeZone::UTC);
    let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    line(head, "Date", &date);
    line(head, "From", &mailbox(&row.facts.from));
    let to: Vec<String> = row.facts.to.iter().map(mailbox).collect();
    if !to.is_empty() {
        line(head, "To", &to.join(",\r\n "));
    }
    let from = named(&row.facts.from);
    let whom: Vec<String> = row.facts.to.iter().map(named).collect();
    header(
        head,
        "Subject",
        &format!("Text from {from} to {}", whom.join(", ")),
    );
    line(head, "Message-ID", id);
    line(head, "MIME-Version", "1.0");
}

/// Says that parts follow, and what parts them.
pub(super) fn mixed(head: &mut String, boundary: &str) {
    line(
        head,
        "Content-Type",
        &format!("multipart/mixed;\r\n boundary=\"{boundary}\""),
    );
    head.push_str("\r\n");
}

/// A line that stands in no base64.
pub(super) fn boundary(of: &str) -> String {
    format!("=_archiver_{}", sum(of))
}

/// Text for people, as the first part.
pub(super) fn body(parts: &mut Vec<Part>, boundary: &str, text: &str) {
    parts.push(Part::text(format!(
        "--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )));
    parts.push(Part::Base64(vec![Part::text(text)]));
}

/// A file with it.
pub(super) fn attached(parts: &mut Vec<Part>, boundary: &str, name: &str, file: Vec<Part>) {
    let kind = media_type(name);
    let name = parameter(name);
    parts.push(Part::text(format!(
        "--{boundary}\r\nContent-Type: {kind}\r\n\
         Content-Disposition: attachment;\r\n filename{name}\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )));
    parts.push(Part::Base64(file));
}

/// One header of any text.
pub(super) fn header(head: &mut String, name: &str, value: &str) {
    line(head, name, &words(value));
}

/// One header of a value that is known to be harmless.
pub(super) fn line(head: &mut String, name: &str, value: &str) {
    head.push_str(name);
    head.push_str(": ");
    head.push_str(value);
    head.push_str("\r\n");
}

/// Any text as a header holds it: plain where it is short and plain, else
/// encoded words (RFC 2047), each on a line of its own.
pub(super) fn words(text: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b" .-_/+:()".contains(&it);
    let is_plain = text.len() <= 60 && text.bytes().all(plain) && text.trim() == text;
    if is_plain && !text.is_empty() {
        return text.to_owned();
    }
    let mut encoded = Vec::new();
    let mut word = String::new();
    for it in text.chars() {
        if word.len() + it.len_utf8() > WORD {
            encoded.push(std::mem::take(&mut word));
        }
        word.push(it);
    }
    encoded.push(word);
    let encoded = encoded
        .iter()
        .map(|it| format!("=?UTF-8?B?{}?=", STANDARD.encode(it)));
    encoded.collect::<Vec<String>>().join("\r\n ")
}

/// A party as an address: its number at a domain that does not exist.
pub(super) fn mailbox(party: &Party) -> String {
    let local: String = who(party)
        .chars()
        .filter(|it| it.is_ascii_alphanumeric() || *it == '+')
        .take(40)
        .collect();
    let local = if local.is_empty() { "unknown" } else { &local };
    let local = match (&party.number, &party.extension_number) {
        (None, Some(_)) => format!("ext{local}"),
        _ => local.to_owned(),
    };
    match party.name.as_deref().filter(|it| !it.is_empty()) {
        None => format!("{local}@{NOWHERE}"),
        Some(name) => {
            let word = words(name);
            let is_plain = word == name;
            let name = if is_plain {
                format!("\"{name}\"")
            } else {
                word
            };
            format!("{name}\r\n <{local}@{NOWHERE}>")
        }
    }
}

/// A party as people call it.
pub(super) fn named(party: &Party) -> String {
    let name = party.name.clone().filter(|it| !it.is_empty());
    name.unwrap_or_else(|| who(party))
}

/// The end of a path's last component: enough to know it by.
pub(super) fn file_name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let skip = name.chars().count().saturating_sub(NAME);
    name.chars().skip(skip).collect()
}

/// A name as a parameter (RFC 2231).
fn parameter(name: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b" .-_+()[]".contains(&it);
    if name.bytes().all(plain) {
        return format!("=\"{name}\"");
    }
    let mut encoded = String::from("*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// What a file is, by its name: the archive names files by their bytes.
fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, it)| it);
    match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "3gp" => "video/3gpp",
        "pdf" => "application/pdf",
        "vcf" => "text/vcard",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}
