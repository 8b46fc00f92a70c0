//! Messages as Items: the text of an SMS, and every attachment of anything.
//! Which attachment is which is told by its type, never by its place.

use domain::account::ExtensionId;
use domain::data_type::DataType;
use domain::item::{Facts, Fetch, Item, ItemId, Sighting, Standing};
use domain::lane::Lane;
use domain::media::Expected;
use domain::ports::source::Page;

use crate::asked::Asked;
use crate::party::{direction, party};
use crate::wire::{Attachment, Message};

const DELETED: &str = "deleted at RingCentral before it could be archived";
const NO_FILE: &str = "RingCentral lists the message without a file";
const BEING_SENT: &str = "the fax is still being sent";
const BEING_TRANSCRIBED: &str = "the transcript is still being made";

/// `messageType` of the listing for a data type (RingCentral OpenAPI,
/// `MessageTypeEnum`). MMS is an SMS with attachments.
pub(crate) fn message_types(data_type: DataType) -> &'static [&'static str] {
    match data_type {
        DataType::CallRecording => &[],
        DataType::Voicemail => &["VoiceMail"],
        DataType::Sms => &["SMS", "Pager"],
        DataType::Fax => &["Fax"],
    }
}

/// A message while it is read.
struct Reading<'a> {
    message: &'a Message,
    id: &'a str,
    data_type: DataType,
    extension: Option<&'a ExtensionId>,
    at_ms: i64,
    purged: bool,
    /// It may still change by itself.
    young: bool,
}

/// Adds what a message tells to the page.
pub(crate) fn read(message: &Message, asked: &Asked<'_>, page: &mut Page) {
    let stated = (message.creation_time, message.last_modified_time);
    let Some(at_ms) = asked.own_time(stated.0, stated.1) else {
        return;
    };
    let data_type = data_type(message.kind.as_deref());
    if !asked.ask.types.contains(&data_type) {
        return;
    }
    let Some(id) = message.id.as_deref() else {
        page.unsettled += 1;
        return;
    };
    let reading = Reading {
        message,
        id,
        data_type,
        extension: match &asked.ask.lane {
            Lane::Messages(extension) | Lane::ExtensionCalls(extension) => Some(extension),
            Lane::AccountCalls => None,
        },
        at_ms,
        purged: message.availability.as_deref() == Some("Purged"),
        young: asked.is_young(at_ms),
    };
    let before = page.sightings.len();
    if data_type == DataType::Sms {
        page.sightings.push(reading.text());
    }
    for attachment in message.attachments.iter().flatten() {
        match reading.attachment(attachment, asked) {
            Some(sighting) => page.sightings.push(sighting),
            None if reading.is_in_subject(attachment) => {}
            None => page.unsettled += 1,
        }
    }
    if page.sightings.len() == before {
        page.sightings.extend(reading.without_file());
    }
    page.unsettled += usize::from(reading.is_changing());
}

/// Whatever is new is kept as a text with attachments.
fn data_type(kind: Option<&str>) -> DataType {
    match kind {
        Some("VoiceMail") => DataType::Voicemail,
        Some("Fax") => DataType::Fax,
        _ => DataType::Sms,
    }
}

impl Reading<'_> {
    /// The text of an SMS. Its words came with the listing, so they are there
    /// even when everything else was erased.
    fn text(&self) -> Sighting {
        let gone = self.purged && self.message.subject.is_none();
        let facts = Facts {
            text: self.message.subject.clone(),
            ..self.facts()
        };
        let fetch = if gone {
            Fetch::Nothing
        } else {
            Fetch::Transcript
        };
        let standing = if gone {
            Standing::Missing(DELETED)
        } else {
            Standing::Ready
        };
        self.sighting(None, facts, (fetch, Expected::Text, None), standing)
    }

    /// `None` for what needs no fetching or cannot be told apart.
    fn attachment(&self, attachment: &Attachment, asked: &Asked<'_>) -> Option<Sighting> {
        let part = attachment_id(attachment)?;
        if self.is_in_subject(attachment) {
            return None;
        }
        let fetch = match (&attachment.uri, self.extension) {
            _ if self.purged => Fetch::Nothing,
            (Some(uri), _) => Fetch::From(uri.clone()),
            (None, extension) => {
                let extension = extension.map_or("~", ExtensionId::as_str);
                Fetch::From(asked.addresses.attachment(extension, self.id, &part).into())
            }
        };
        let facts = Facts {
            seconds: attachment.vm_duration,
            file_name: attachment.file_name.clone(),
            ..self.facts()
        };
        let what = (fetch, expected(attachment), attachment.size);
        Some(self.sighting(Some(part), facts, what, self.standing(attachment)))
    }

    /// The Text attachment of an SMS repeats its subject. Where the declared
    /// size says that it does not, both are kept.
    fn is_in_subject(&self, attachment: &Attachment) -> bool {
        let text = self.data_type == DataType::Sms && attachment.kind.as_deref() == Some("Text");
        let repeated = match (&self.message.subject, attachment.size) {
            (subject, Some(size)) => subject.as_ref().map_or(0, String::len) as u64 == size,
            (subject, None) => subject.is_some(),
        };
        text && (repeated || self.purged)
    }

    fn standing(&self, attachment: &Attachment) -> Standing {
        let transcript = attachment.kind.as_deref() == Some("AudioTranscription");
        if self.purged {
            Standing::Missing(DELETED)
        } else if self.is_being_sent() {
            Standing::NotYet(BEING_SENT)
        } else if transcript && self.is_being_transcribed() {
            Standing::NotYet(BEING_TRANSCRIBED)
        } else {
            Standing::Ready
        }
    }

    /// A voicemail or fax without any file. While it is young the file may
    /// come, under an id that nobody knows yet; later the message itself is
    /// missing. The first attachment mostly has its message's id, so what was
    /// archived before RingCentral erased it keeps its state.
    fn without_file(&self) -> Option<Sighting> {
        let reason = match (self.purged, self.young) {
            (true, _) => DELETED,
            (false, false) => NO_FILE,
            (false, true) => return None,
        };
        let expected = match self.data_type {
            DataType::Fax => Expected::Document,
            _ => Expected::Audio,
        };
        let what = (Fetch::Nothing, expected, None);
        let part = Some(self.id.to_owned());
        Some(self.sighting(part, self.facts(), what, Standing::Missing(reason)))
    }

    fn is_changing(&self) -> bool {
        let awaits_file = self.data_type != DataType::Sms
            && self.message.attachments.as_ref().is_none_or(Vec::is_empty)
            && self.young
            && !self.purged;
        awaits_file || self.is_being_sent() || self.is_being_transcribed()
    }

    /// A fax that is queued, or that has no page yet and no word of an end.
    /// (Sent ones may go on showing 0 pages.)
    fn is_being_sent(&self) -> bool {
        let ended = |status| {
            [
                "Sent",
                "Delivered",
                "DeliveryFailed",
                "SendingFailed",
                "Received",
            ]
            .contains(&status)
        };
        let status = self.message.status.as_deref();
        let pageless = self.message.fax_page_count == Some(0);
        let waiting = status == Some("Queued") || (pageless && !status.is_some_and(ended));
        self.data_type == DataType::Fax && self.young && !self.purged && waiting
    }

    fn is_being_transcribed(&self) -> bool {
        let status = self.message.vm_transcription_status.as_deref();
        self.data_type == DataType::Voicemail
            && self.young
            && !self.purged
            && status == Some("InProgress")
    }

    fn facts(&self) -> Facts {
        let message = self.message;
        let conversation = message.conversation.as_ref().and_then(|it| it.id.clone());
        Facts {
            direction: direction(message.direction.as_deref()),
            from: message.from.first().map(party).unwrap_or_default(),
            to: message.to.iter().map(party).collect(),
            pages: message.fax_page_count.filter(|pages| *pages > 0),
            conversation_id: conversation.or_else(|| message.conversation_id.clone()),
            text: self.title(),
            ..Facts::default()
        }
    }

    /// What a fax or voicemail is called; the pictures of an SMS do not repeat
    /// its text.
    fn title(&self) -> Option<String> {
        let subject = self.message.subject.as_ref();
        let subject = subject.filter(|it| self.data_type != DataType::Sms && !it.is_empty());
        subject.cloned()
    }

    fn sighting(
        &self,
        part: Option<String>,
        facts: Facts,
        (fetch, expected, size): (Fetch, Expected, Option<u64>),
        standing: Standing,
    ) -> Sighting {
        let item = Item {
            id: ItemId {
                data_type: self.data_type,
                unit: self.id.to_owned(),
                part,
            },
            extension: self.extension.cloned(),
            at_ms: self.at_ms,
            facts,
            fetch,
            expected,
            size,
        };
        Sighting { item, standing }
    }
}

/// What an attachment's bytes must be (OpenAPI, `MessageAttachmentTypeEnum`).
fn expected(attachment: &Attachment) -> Expected {
    match attachment.kind.as_deref() {
        Some("AudioRecording") => Expected::Audio,
        Some("AudioTranscription" | "Text") => Expected::Text,
        Some("RenderedDocument") => Expected::Document,
        _ => Expected::Anything,
    }
}

/// An attachment's id, or what stands for it in its address.
fn attachment_id(attachment: &Attachment) -> Option<String> {
    let in_address = || {
        let path = attachment.uri.as_deref()?.split(['?', '#']).next()?;
        let (_, id) = path.rsplit_once("/content/")?;
        (!id.is_empty() && !id.contains('/')).then(|| id.to_owned())
    };
    attachment.id.clone().or_else(in_address)
}

#[cfg(test)]
#[path = "message_store_tests.rs"]
mod tests;
