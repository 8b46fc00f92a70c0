//! The zips of a finished message-store report, in the layouts that the
//! developer guide's description allows.

use std::io::{Cursor, Seek, Write};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::result::ZipResult;
use zip::write::{SimpleFileOptions, StreamWriter};

use crate::media::Media;
use crate::world::{Attachment, Role, ids, place};

use super::ask::Ask;
use super::message_record;

/// How the zips of a report are laid out. Documented are the folders
/// `account/{id}/extension/{id}/`, `message-store.json` in the first zip, and
/// `message-store/content/{messageId}` in the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// The JSON is a page of records; an attachment is a file called by its id
    /// (the first one's is its message's); sizes stand before the bytes.
    #[default]
    Flat,
    /// The JSON is a list of records; a message is a folder, an attachment a
    /// file in it, called by its id with an ending; sizes stand behind the
    /// bytes, as where a zip is written without being kept.
    Folders,
}

/// The zips: first the metadata, then the contents.
pub(super) fn make(ask: &Ask<'_>, wanted: impl Fn(u32) -> bool) -> ZipResult<Vec<Media>> {
    match ask.inner.options().report_layout {
        Layout::Flat => packed(ask, wanted, || {
            Pack::new(Cursor::default(), Cursor::into_inner)
        }),
        Layout::Folders => packed(ask, wanted, || Pack {
            writer: ZipWriter::new_stream(Vec::new()),
            bytes: 0,
            into_bytes: StreamWriter::into_inner,
        }),
    }
}

fn packed<W: Write + Seek>(
    ask: &Ask<'_>,
    wanted: impl Fn(u32) -> bool,
    empty: impl Fn() -> Pack<W>,
) -> ZipResult<Vec<Media>> {
    let (world, options) = (&ask.inner.world, ask.inner.options());
    let mut metadata = empty();
    let mut contents = vec![empty()];
    for (extension, mailbox) in world.staff.iter().zip(&world.mailboxes) {
        let folder = format!("account/{}/extension/{}", ids::ACCOUNT, extension.id);
        let numbers: Vec<u32> = mailbox.iter().copied().filter(|&it| wanted(it)).collect();
        let records: Vec<Value> = numbers
            .iter()
            .map(|&number| message_record::message(ask, number))
            .collect();
        let records = match options.report_layout {
            Layout::Flat => json!({ "records": records }),
            Layout::Folders => json!(records),
        };
        metadata.begin(&format!("{folder}/message-store.json"))?;
        metadata.write(records.to_string().as_bytes())?;
        for number in numbers {
            for (name, media) in files(ask, number, options.report_layout) {
                let full = |zip: &Pack<W>| {
                    zip.bytes + media.len() > options.report_zip_bytes && zip.bytes > 0
                };
                if contents.last().is_none_or(full) {
                    contents.push(empty());
                }
                if let Some(zip) = contents.last_mut() {
                    zip.begin(&format!("{folder}/message-store/content/{name}"))?;
                    zip.pour(&media)?;
                }
            }
        }
    }
    std::iter::once(metadata)
        .chain(contents)
        .map(|zip| zip.finish().map(Media::zip))
        .collect()
}

/// The files of a message that can be had, with their names below `content`.
fn files(ask: &Ask<'_>, number: u32, layout: Layout) -> Vec<(String, Media)> {
    let world = &ask.inner.world;
    let settled = world.messages[place(number)].settled_at <= ask.now_ms;
    let there = |it: &Attachment| settled || it.role != Role::Fax;
    let visible = message_record::visible_attachments(ask, number);
    let named = visible.into_iter().filter(there).filter_map(|attachment| {
        let media = world.attachment_media(number, attachment)?;
        let id = world.attachment_id(number, attachment.part);
        let name = match layout {
            Layout::Flat => id.to_string(),
            Layout::Folders => {
                let message = world.message_id(number);
                format!("{message}/{id}.{}", media.form().extension())
            }
        };
        Some((name, media))
    });
    named.collect()
}

/// A zip in the making, and how much went into it.
struct Pack<W: Write + Seek> {
    writer: ZipWriter<W>,
    bytes: u64,
    into_bytes: fn(W) -> Vec<u8>,
}

impl<W: Write + Seek> Pack<W> {
    fn new(empty: W, into_bytes: fn(W) -> Vec<u8>) -> Self {
        Self {
            writer: ZipWriter::new(empty),
            bytes: 0,
            into_bytes,
        }
    }

    fn begin(&mut self, name: &str) -> ZipResult<()> {
        self.writer.start_file(name, SimpleFileOptions::default())
    }

    fn write(&mut self, data: &[u8]) -> ZipResult<()> {
        self.bytes += data.len() as u64;
        Ok(self.writer.write_all(data)?)
    }

    fn pour(&mut self, media: &Media) -> ZipResult<()> {
        let mut offset = 0;
        while offset < media.len() {
            let chunk = media.chunk(offset);
            offset += chunk.len() as u64;
            self.write(&chunk)?;
        }
        Ok(())
    }

    fn finish(self) -> ZipResult<Vec<u8>> {
        Ok((self.into_bytes)(self.writer.finish()?))
    }
}
