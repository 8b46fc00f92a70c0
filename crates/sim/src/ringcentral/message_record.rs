//! What a message looks like at this moment.

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::media::{Form, Media};
use crate::world::messages::{Kind, Message, Transcript};
use crate::world::{Attachment, Role, place, words};

use super::ask::Ask;
use super::fates::Availability;
use super::messages::{availability, is_read, modified_at};
use super::time::iso;

/// The values of `messageType`.
pub(crate) const TYPES: [&str; 4] = ["Fax", "SMS", "VoiceMail", "Pager"];

/// MMS is SMS with attachments; a group text is an SMS, too.
pub(crate) fn type_name(message: &Message) -> &'static str {
    match message.kind {
        Kind::Fax => "Fax",
        Kind::Voicemail => "VoiceMail",
        Kind::Pager => "Pager",
        Kind::Sms | Kind::Mms | Kind::GroupSms => "SMS",
    }
}

pub(crate) fn direction(message: &Message) -> &'static str {
    if message.outbound {
        "Outbound"
    } else {
        "Inbound"
    }
}

/// The same people at both ends have the same conversation. Real ids lie beyond
/// 2^53, as in the official examples; standard validators refuse that, so here
/// they do so in a world of odd data only.
pub(crate) fn conversation(ask: &Ask<'_>, number: u32) -> u64 {
    let message = &ask.inner.world.messages[place(number)];
    let (lower, upper) = (
        message.owner.min(message.colleague),
        message.owner.max(message.colleague),
    );
    let key = match message.kind {
        Kind::Pager => u64::from(lower) << 16 | u64::from(upper),
        _ => message
            .strangers()
            .into_iter()
            .fold(u64::from(message.owner), |key, s| key << 11 ^ u64::from(s)),
    };
    let id = Dice::new(key).of("conversation").bits();
    if ask.inner.world.odd {
        1 << 62 | id >> 2
    } else {
        1 << 52 | id >> 12
    }
}

/// The JSON of a message.
pub(crate) fn message(ask: &Ask<'_>, number: u32) -> Value {
    let world = &ask.inner.world;
    let message = &world.messages[place(number)];
    let id = world.message_id(number);
    let (from, to) = parties(ask, message);
    let mut record = json!({
        "uri": format!("{}/message-store/{id}", ask.extension_uri(message.owner)),
        "id": id,
        "extensionId": world.extension(message.owner).id.to_string(),
        "to": to,
        "type": type_name(message),
        "creationTime": iso(message.created_ms),
        "readStatus": if is_read(ask, number) { "Read" } else { "Unread" },
        "priority": "Normal",
        "attachments": attachments(ask, number),
        "direction": direction(message),
        "availability": availability(ask, number).name(),
        "messageStatus": status(ask, message),
        "lastModifiedTime": iso(modified_at(ask, number)),
    });
    if let Some(from) = from {
        record["from"] = from;
    }
    match message.kind {
        Kind::Voicemail => record["vmTranscriptionStatus"] = json!(transcription(ask, message)),
        Kind::Fax => {
            let pages = if message.settled_at > ask.now_ms {
                0
            } else {
                message.pages()
            };
            record["faxResolution"] = json!(if message.dice.of("fine").chance(0.7) {
                "High"
            } else {
                "Low"
            });
            record["faxPageCount"] = json!(pages);
            if message.outbound {
                record["coverIndex"] = json!(0);
            } else {
                record["subject"] = json!(world.stranger(message.stranger).phone);
            }
        }
        _ => text_properties(ask, number, message, &mut record),
    }
    record
}

fn text_properties(ask: &Ask<'_>, number: u32, message: &Message, record: &mut Value) {
    let conversation = conversation(ask, number);
    record["subject"] = json!(words::text(message));
    record["conversationId"] = json!(conversation);
    record["conversation"] = json!({
        "id": conversation.to_string(),
        "uri": format!("{}/restapi/v1.0/conversation/{conversation}", ask.hosts.platform),
    });
    if message.kind == Kind::Pager {
        record["pgToDepartment"] = json!(false);
    } else if message.outbound {
        record["smsSendingAttemptsCount"] = json!(1);
        if status(ask, message) == "Delivered" {
            record["smsDeliveryTime"] = json!(iso(message.created_ms + 2_000));
        }
    }
}

/// `from`, which sent faxes lack, and `to`.
fn parties(ask: &Ask<'_>, message: &Message) -> (Option<Value>, Value) {
    let world = &ask.inner.world;
    let owner = world.extension(message.owner);
    let outside = |index: u32| {
        let stranger = world.stranger(index);
        let mut party = json!({ "phoneNumber": stranger.phone, "location": stranger.place });
        if let Some(name) = stranger.name {
            party["name"] = json!(name);
        }
        party
    };
    let strangers: Vec<Value> = message.strangers().into_iter().map(outside).collect();
    let ours = json!({ "phoneNumber": owner.phone, "name": owner.name() });
    match (message.kind, message.outbound) {
        (Kind::Pager, outbound) => {
            let colleague = world.extension(message.colleague);
            let (sender, recipient) = if outbound {
                (owner, colleague)
            } else {
                (colleague, owner)
            };
            let inside = |e: &crate::world::people::Extension| json!({ "extensionNumber": e.number, "extensionId": e.id.to_string(), "name": e.name() });
            (Some(inside(sender)), json!([inside(recipient)]))
        }
        (Kind::Voicemail, _) => (
            strangers.into_iter().next(),
            json!([{ "name": owner.name() }]),
        ),
        (Kind::Fax, true) => {
            let mut to = strangers.into_iter().next().unwrap_or_default();
            to["messageStatus"] = json!(status(ask, message));
            (None, json!([to]))
        }
        (Kind::GroupSms, false) => {
            let mut ours = ours;
            ours["target"] = json!(true);
            let mut others = strangers.into_iter();
            (others.next(), std::iter::once(ours).chain(others).collect())
        }
        (_, true) => (Some(ours), json!(strangers)),
        (_, false) => (strangers.into_iter().next(), json!([ours])),
    }
}

fn status(ask: &Ask<'_>, message: &Message) -> &'static str {
    let dice = message.dice.of("status");
    match (message.kind, message.outbound) {
        (_, false) => "Received",
        (Kind::Fax, true) if message.settled_at > ask.now_ms => "Queued",
        (Kind::Fax, true) if dice.chance(0.05) => "SendingFailed",
        (Kind::Fax | Kind::Pager, true) => "Sent",
        (_, true) => match dice.below(20) {
            0 => "DeliveryFailed",
            1..8 => "Sent",
            _ => "Delivered",
        },
    }
}

fn transcription(ask: &Ask<'_>, message: &Message) -> &'static str {
    if message.settled_at > ask.now_ms {
        return "InProgress";
    }
    match message.transcript() {
        Transcript::NotAvailable => "NotAvailable",
        Transcript::Completed => "Completed",
        Transcript::CompletedPartially => "CompletedPartially",
        Transcript::Failed => "Failed",
    }
}

/// Attachments that can be seen now: none of a purged message, no transcript
/// that is still being made.
pub(crate) fn visible_attachments(ask: &Ask<'_>, number: u32) -> Vec<Attachment> {
    if matches!(
        availability(ask, number),
        Availability::Purged | Availability::Gone
    ) {
        return Vec::new();
    }
    let settled = ask.inner.world.messages[place(number)].settled_at <= ask.now_ms;
    let mut attachments = ask.inner.world.attachments(number);
    attachments.retain(|attachment| settled || attachment.role != Role::Transcript);
    attachments
}

fn attachments(ask: &Ask<'_>, number: u32) -> Vec<Value> {
    visible_attachments(ask, number)
        .into_iter()
        .map(|attachment| shown(ask, number, attachment))
        .collect()
}

fn shown(ask: &Ask<'_>, number: u32, attachment: Attachment) -> Value {
    let world = &ask.inner.world;
    let message = &world.messages[place(number)];
    let (message_id, id) = (
        world.message_id(number),
        world.attachment_id(number, attachment.part),
    );
    let extension = ask
        .extension_uri(message.owner)
        .replace(&ask.hosts.platform, &ask.hosts.media);
    let form = world.form(message, attachment);
    let mut shown = json!({
        "id": id,
        "uri": format!("{extension}/message-store/{message_id}/content/{id}"),
        "type": match attachment.role {
            Role::Voicemail => "AudioRecording",
            Role::Transcript => "AudioTranscription",
            Role::Text => "Text",
            Role::Picture => "MmsAttachment",
            Role::Fax => "RenderedDocument",
            Role::FaxSource => "SourceDocument",
        },
        "contentType": form.content_type(),
    });
    match attachment.role {
        Role::Voicemail => {
            shown["vmDuration"] =
                json!(message.audio(world.options.wav_share).duration_ms() / 1_000);
        }
        Role::Picture => {
            let jpeg = || {
                world
                    .attachment_media(number, attachment)
                    .map(|media| media.len())
            };
            shown["size"] = json!(if form == Form::Png {
                Some(Media::png_len())
            } else {
                jpeg()
            });
            shown["fileName"] = json!(format!("picture {}.{}", attachment.part, form.extension()));
            if let Some((width, height)) = form.pixels() {
                shown["width"] = json!(width);
                shown["height"] = json!(height);
            }
        }
        _ => {}
    }
    shown
}
