//! The truth ledger: everything archivable that exists, told from the world
//! itself and not from what was served.

use serde::Serialize;

use crate::media::Media;
use crate::world::messages::Kind as MessageKind;
use crate::world::{NEVER, Role, ids, place, words};

use super::Inner;
use super::call_log::DAY_MS;
use super::fates::Availability;
use super::held;

/// What kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The audio of a call.
    Recording,
    /// The audio of a voicemail.
    Voicemail,
    /// A voicemail in words.
    Transcript,
    /// The text of an SMS, MMS or group text.
    Sms,
    /// A picture of an MMS.
    MmsPart,
    /// The text of a company pager message.
    Pager,
    /// A fax as it was sent or received.
    Fax,
    /// The file that a fax was made from.
    FaxSource,
}

/// One archivable thing. Times are milliseconds since 1970.
#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    /// What it is.
    pub kind: Kind,
    /// The account.
    pub account_id: String,
    /// The extension whose call or mailbox it is.
    pub extension_id: String,
    /// Recording id or message id.
    pub provider_id: String,
    /// Attachment id; empty for recordings.
    pub attachment_id: String,
    /// Size of the content in bytes.
    pub size: u64,
    /// MIME type as RingCentral declares it.
    pub content_type: &'static str,
    /// Start of the call, or creation of the message.
    pub time_ms: i64,
    /// From when on lists show it.
    pub visible_at_ms: i64,
    /// From when on its content can be read; never if it is lost.
    pub ready_at_ms: Option<i64>,
    /// Its content can never be read, although lists show it.
    pub lost: bool,
    /// It was deleted or purged at the provider since.
    pub gone: bool,
    /// Its owner deleted it, but it can still be read.
    pub deleted: bool,
    /// The call record has it on this leg only; -1 if the record itself has it.
    pub leg: i32,
}

/// Everything, oldest first. What never changes about it is found out once.
pub(crate) fn all(inner: &Inner) -> Vec<Truth> {
    let now_ms = inner.clock.now_ms();
    let mut all = inner.truth.get_or_init(|| found_out(inner)).clone();
    for truth in &mut all {
        fate(inner, truth, now_ms);
    }
    all
}

fn found_out(inner: &Inner) -> Vec<Truth> {
    let recordings = (0..)
        .zip(&inner.world.recordings)
        .map(|(number, _)| recording(inner, number));
    let messages = (0..)
        .zip(&inner.world.messages)
        .flat_map(|(number, _)| message(inner, number));
    let mut all: Vec<Truth> = recordings.chain(messages).collect();
    all.sort_by_key(|truth| truth.time_ms);
    all
}

/// What became of it since.
fn fate(inner: &Inner, truth: &mut Truth, now_ms: i64) {
    let world = &inner.world;
    let fates = held(&inner.fates);
    if truth.kind == Kind::Recording {
        let days = i64::from(inner.options().retention_days);
        let kept = now_ms - truth.time_ms < days * DAY_MS;
        let number = ids::recording_index(&truth.provider_id);
        truth.gone = !kept || number.is_some_and(|number| fates.recording_deleted(number));
    } else if let Some(number) = world.message_number(&truth.provider_id) {
        let availability = fates
            .of(number, &world.messages[place(number)])
            .availability(now_ms);
        truth.gone = matches!(availability, Availability::Purged | Availability::Gone);
        truth.deleted = availability == Availability::Deleted;
    }
}

fn recording(inner: &Inner, number: u32) -> Truth {
    use crate::world::calls::Shape;
    let world = &inner.world;
    let recording = &world.recordings[place(number)];
    let call = &world.calls[place(recording.call)];
    let leg = match (call.shape, number - call.first_recording) {
        (Shape::Queue, _) => 2,
        (Shape::Transfer, 1) => 1,
        _ => -1,
    };
    let lost = recording.ready_at == NEVER;
    Truth {
        kind: Kind::Recording,
        account_id: ids::ACCOUNT.to_string(),
        extension_id: world.extension(call.who).id.to_string(),
        provider_id: ids::recording(number).to_string(),
        attachment_id: String::new(),
        size: recording.audio.bytes(),
        content_type: recording.audio.form().content_type(),
        time_ms: call.start_ms,
        visible_at_ms: recording.link_at,
        ready_at_ms: (!lost).then_some(recording.ready_at),
        lost,
        gone: false,
        deleted: false,
        leg,
    }
}

fn message(inner: &Inner, number: u32) -> Vec<Truth> {
    let world = &inner.world;
    let message = &world.messages[place(number)];
    let attachments = world.attachments(number).into_iter();
    attachments
        .filter_map(|attachment| {
            let media = world.attachment_media(number, attachment)?;
            let settles = matches!(attachment.role, Role::Transcript | Role::Fax);
            let ready_at_ms = if settles {
                message.settled_at
            } else {
                message.created_ms
            };
            let shown_late = attachment.role == Role::Transcript;
            Some(Truth {
                kind: match attachment.role {
                    Role::Voicemail => Kind::Voicemail,
                    Role::Transcript => Kind::Transcript,
                    Role::Picture => Kind::MmsPart,
                    Role::Fax => Kind::Fax,
                    Role::FaxSource => Kind::FaxSource,
                    Role::Text if message.kind == MessageKind::Pager => Kind::Pager,
                    Role::Text => Kind::Sms,
                },
                account_id: ids::ACCOUNT.to_string(),
                extension_id: world.extension(message.owner).id.to_string(),
                provider_id: world.message_id(number).to_string(),
                attachment_id: world.attachment_id(number, attachment.part).to_string(),
                size: media.len(),
                content_type: media.form().content_type(),
                time_ms: message.created_ms,
                visible_at_ms: if shown_late {
                    ready_at_ms
                } else {
                    message.created_ms
                },
                ready_at_ms: Some(ready_at_ms),
                lost: false,
                gone: false,
                deleted: false,
                leg: -1,
            })
        })
        .collect()
}

/// Hex sha256 of a thing's content.
pub(crate) fn sha256(inner: &Inner, truth: &Truth) -> Option<String> {
    media(inner, truth).map(|media| media.sha256())
}

/// The words of a message's text; nothing for what is no text.
pub(crate) fn text(inner: &Inner, truth: &Truth) -> Option<String> {
    if !matches!(truth.kind, Kind::Sms | Kind::Pager) {
        return None;
    }
    let number = inner.world.message_number(&truth.provider_id)?;
    Some(words::text(&inner.world.messages[place(number)]))
}

fn media(inner: &Inner, truth: &Truth) -> Option<Media> {
    let world = &inner.world;
    if truth.kind == Kind::Recording {
        return world.recording_media(ids::recording_index(&truth.provider_id)?);
    }
    let number = world.message_number(&truth.provider_id)?;
    let attachment = world.attachments(number).into_iter().find(|attachment| {
        world.attachment_id(number, attachment.part).to_string() == truth.attachment_id
    })?;
    world.attachment_media(number, attachment)
}
