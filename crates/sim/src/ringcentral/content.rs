//! Contents: recordings and attachments as streams, whole or a range of them.

use crate::media::Media;
use crate::world::Role;

use super::ask::Ask;
use super::error::{ApiError, Outcome};
use super::fates::Availability;
use super::message_record;
use super::messages;
use super::recordings;
use super::reply::{Body, Delivery, Framing, Reply};

/// `GET …/recording/{recordingId}/content`: 404 until it is ready, and for
/// ever if it is lost.
pub(crate) fn recording(ask: &Ask<'_>) -> Outcome {
    let number = recordings::readable(ask)?;
    let world = &ask.inner.world;
    let ready = world
        .recording(number)
        .is_some_and(|r| r.ready_at <= ask.now_ms);
    let media = world
        .recording_media(number)
        .filter(|_| ready)
        .ok_or_else(recordings::missing)?;
    deliver(ask, media, ask.path("recordingId"))
}

/// `GET …/message-store/{messageId}/content/{attachmentId}`.
pub(crate) fn attachment(ask: &Ask<'_>) -> Outcome {
    let number = messages::found(ask, ask.path("messageId"))?;
    let world = &ask.inner.world;
    let missing = || ApiError::not_found("attachmentId");
    if messages::availability(ask, number) == Availability::Purged {
        return Err(missing());
    }
    let id = ask.path("attachmentId");
    let attachment = message_record::visible_attachments(ask, number)
        .into_iter()
        .find(|attachment| world.attachment_id(number, attachment.part).to_string() == id)
        .ok_or_else(missing)?;
    let unsettled = world
        .message(number)
        .is_some_and(|message| message.settled_at > ask.now_ms);
    if attachment.role == Role::Fax && unsettled {
        return Err(ApiError::new(
            400,
            "MSG-368",
            "Fax message processing is in progress",
        ));
    }
    let media = world
        .attachment_media(number, attachment)
        .ok_or_else(missing)?;
    deliver(ask, media, id)
}

/// The answer with the content, or the part of it that was asked for.
fn deliver(ask: &Ask<'_>, media: Media, id: &str) -> Outcome {
    let options = ask.inner.options();
    let disposition = ask
        .query
        .choice("contentDisposition", &["Attachment", "Inline"])?
        .to_ascii_lowercase();
    let default_name = format!("{id}.{}", media.form().extension());
    let name: String = ask
        .query
        .get("contentDispositionFilename")
        .unwrap_or(&default_name)
        .chars()
        .filter(|c| c.is_ascii() && !c.is_ascii_control())
        .collect();
    let (content_type, len) = (media.form().content_type(), media.len());
    let mut delivery = Delivery::of(media);
    if !options.content_length {
        delivery.framing = Framing::Chunked;
    }
    let range = ask
        .headers
        .get("range")
        .and_then(|range| range.to_str().ok())
        .filter(|_| options.ranges);
    let mut reply = match range.map(|range| span(range, len)) {
        Some(Span::Bad) => {
            let error = ApiError::new(416, "CMN-107", "Requested range not satisfiable");
            return Ok(error
                .reply()
                .with("content-range", format!("bytes */{len}")));
        }
        Some(Span::Of(from, until)) => {
            (delivery.from, delivery.until) = (from, until);
            let range = format!("bytes {from}-{}/{len}", until - 1);
            Reply::new(206, Body::Media(delivery)).with("content-range", range)
        }
        Some(Span::Whole) | None => Reply::new(200, Body::Media(delivery)),
    };
    if options.ranges {
        reply = reply.with("accept-ranges", "bytes");
    }
    Ok(reply.with("content-type", content_type).with(
        "content-disposition",
        format!("{disposition};filename={name}"),
    ))
}

/// What a `Range` header means.
#[derive(Debug, PartialEq, Eq)]
enum Span {
    /// First byte, and the first that is not wanted.
    Of(u64, u64),
    /// Not a single range of bytes: ignored, as RFC 9110 allows.
    Whole,
    Bad,
}

fn span(header: &str, len: u64) -> Span {
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Span::Whole;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => Span::Whole,
        (Ok(first), _) if first >= len => Span::Bad,
        (Ok(first), Ok(last)) => Span::Of(first, last.saturating_add(1).min(len)),
        (Ok(first), Err(_)) if last.is_empty() => Span::Of(first, len),
        (Err(_), Ok(0)) => Span::Bad,
        (Err(_), Ok(suffix)) if first.is_empty() && len > 0 => {
            Span::Of(len.saturating_sub(suffix), len)
        }
        _ => Span::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_says() {
        assert_eq!(span("bytes=0-99", 1_000), Span::Of(0, 100));
        assert_eq!(span("bytes=900-", 1_000), Span::Of(900, 1_000));
        assert_eq!(span("bytes=-100", 1_000), Span::Of(900, 1_000));
        assert_eq!(span("bytes=990-5000", 1_000), Span::Of(990, 1_000));
        assert_eq!(span("bytes=1000-", 1_000), Span::Bad);
        assert_eq!(span("bytes=-0", 1_000), Span::Bad);
        assert_eq!(span("bytes=0-1,5-6", 1_000), Span::Whole);
        assert_eq!(span("lines=1-2", 1_000), Span::Whole);
    }
}
