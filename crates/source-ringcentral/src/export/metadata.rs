//! The zip of an export that tells what messages there are, kept packed in
//! memory: one mailbox after the other is read out of it.

use std::collections::HashMap;

use bytes::Bytes;
use domain::account::{Extension, ExtensionId};
use domain::content::ByteStream;
use domain::error::{Error, Kind, Result, Verdict};
use futures::{StreamExt, stream};
use serde_json::Value;

use super::place::Place;
use crate::unzip::{Limits, Unzip};
use crate::wire;

/// The largest zip of metadata that is kept; a larger one is a reason to ask
/// for a shorter span.
pub(super) const PACKED: u64 = 16 * 1024 * 1024;

/// The messages of a mailbox, of however many entries, may take as much as a
/// page of a listing may: they are in memory together.
const MAILBOX: u64 = 32 * 1024 * 1024;
const LIMITS: Limits = Limits {
    entries: 1_000_000,
    entry: MAILBOX,
    all: 4 * 1024 * 1024 * 1024,
};

/// Bytes of a note about a mailbox or an attachment.
const NOTE: usize = 160;

/// So many attachments may have a media type that has to be kept.
const MEDIA_TYPES: usize = 200_000;

const PIECE: usize = 64 * 1024;

/// Media types that the bytes tell by themselves.
const TELLING: [&str; 9] = [
    "application/pdf",
    "audio/mpeg",
    "audio/wav",
    "audio/x-wav",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "text/plain",
];

/// The messages of an export.
#[derive(Default)]
pub(crate) struct Metadata {
    zip: Bytes,
    /// Where the entries of a mailbox begin.
    at: HashMap<String, Vec<usize>>,
    /// By message and attachment: what the bytes may not tell.
    pub(super) media_types: HashMap<(String, String), String>,
    /// Whether files lie in the same zip.
    pub(super) has_files: bool,
    /// Bytes that the notes about it take, roughly.
    notes: usize,
}

impl Metadata {
    /// Reads the zip once, to its end. `Kind::Incomplete` where it is not
    /// whole; `Kind::Unavailable` where it tells of no mailbox at all: that must
    /// not look like empty ones, which have a document without messages.
    pub(super) async fn read(zip: Bytes) -> Result<Metadata> {
        let mut metadata = Metadata {
            zip: zip.clone(),
            ..Metadata::default()
        };
        let mut unzip = Unzip::new(in_pieces(zip), LIMITS);
        let mut sizes: HashMap<String, u64> = HashMap::new();
        while let Some(name) = unzip.next().await? {
            match Place::of(&name) {
                Some(Place::Messages { extension }) => {
                    let at = metadata.at.entry(extension.to_string()).or_default();
                    at.push(usize::try_from(unzip.began()).unwrap_or(usize::MAX));
                    let json = whole(&mut unzip).await?;
                    let size = sizes.entry(extension.into_owned()).or_default();
                    *size = size.saturating_add(json.len() as u64);
                    // One that cannot be read is told to whose lane it is.
                    metadata.learn(&records(&json).unwrap_or_default());
                    if *size > MAILBOX || metadata.media_types.len() > MEDIA_TYPES {
                        return Err(too_much());
                    }
                }
                Some(Place::File { .. }) => metadata.has_files = true,
                None => {}
            }
        }
        metadata.notes = NOTE * (metadata.at.len() + metadata.media_types.len());
        if metadata.at.is_empty() {
            let what =
                "RingCentral's export of messages tells of no mailbox, not even an empty one";
            return Err(Error::new(Kind::Unavailable, what));
        }
        Ok(metadata)
    }

    /// Whether it tells of one of these. Where it does not, its mailboxes are
    /// called by other names than ours, and none of ours would be found in it.
    pub(super) fn tells_of_any(&self, extensions: &[Extension]) -> bool {
        let mut ids = extensions.iter().map(|it| it.id.as_str());
        ids.any(|id| self.at.contains_key(id))
    }

    /// The messages of a mailbox. None is no error: there were none.
    pub(super) async fn records(&self, extension: &ExtensionId) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        for at in self.at.get(extension.as_str()).into_iter().flatten() {
            let mut unzip = Unzip::new(in_pieces(self.zip.slice(*at..)), LIMITS);
            if unzip.next().await?.is_some() {
                all.extend(records(&whole(&mut unzip).await?)?);
            }
        }
        Ok(all)
    }

    /// Bytes that it takes in memory.
    pub(super) fn weight(&self) -> usize {
        self.zip.len().saturating_add(self.notes)
    }

    fn learn(&mut self, records: &[Value]) {
        for record in records {
            let Ok(message) = serde_json::from_value::<wire::Message>(record.clone()) else {
                continue;
            };
            for attachment in message.attachments.into_iter().flatten() {
                let told = attachment.content_type;
                let told = told.filter(|it| !TELLING.contains(&it.as_str()));
                let key = message.id.clone().zip(attachment.id);
                self.media_types.extend(key.zip(told));
            }
        }
    }
}

/// A shorter span has less.
fn too_much() -> Error {
    let what = "RingCentral's export holds more messages of a mailbox than fit into memory";
    Error::new(Kind::Protocol, what).verdict_is(Verdict::GiveUp)
}

/// A list of records by itself, or as a listing of a mailbox shows it.
fn records(json: &[u8]) -> Result<Vec<Value>> {
    match wire::read::<Value>(json)? {
        Value::Array(records) => Ok(records),
        page => Ok(serde_json::from_value::<wire::List>(page)
            .map_err(|_| {
                let what = "the messages in RingCentral's export have not the expected form";
                Error::new(Kind::Protocol, what)
            })?
            .records),
    }
}

async fn whole(unzip: &mut Unzip) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(bytes) = unzip.chunk().await? {
        all.extend_from_slice(&bytes);
    }
    Ok(all)
}

fn in_pieces(zip: Bytes) -> ByteStream {
    stream::unfold(zip, |mut rest| async move {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some((Ok(piece), rest))
    })
    .boxed()
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
