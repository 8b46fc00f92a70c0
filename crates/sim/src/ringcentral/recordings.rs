//! Recordings as resources: metadata, and deletion.

use serde_json::json;

use crate::world::{ids, place};

use super::ask::Ask;
use super::call_log::recording_visible;
use super::call_record::content_uri;
use super::error::{ApiError, Outcome};
use super::held;
use super::permissions::Scope;
use super::reply::Reply;

/// `GET …/recording/{recordingId}`. A lost recording is lost here, too; one
/// that is not ready yet is known already.
pub(crate) fn one(ask: &Ask<'_>) -> Outcome {
    let number = readable(ask)?;
    let world = &ask.inner.world;
    let recording = world
        .recording(number)
        .filter(|r| r.ready_at != i64::MAX)
        .ok_or_else(missing)?;
    let body = json!({
        "id": ids::recording(number).to_string(),
        "contentUri": content_uri(ask, number),
        "contentType": recording.audio.form().content_type(),
        "duration": recording.audio.duration_ms() / 1_000,
    });
    Ok(Reply::json(200, body))
}

/// `DELETE …/call-recordings` with 1 to 100 ids in the body.
pub(crate) fn delete(ask: &Ask<'_>) -> Outcome {
    let body = ask.json()?;
    let ids: Vec<&str> = body["records"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str())
        .collect();
    if ids.is_empty() || ids.len() > 100 {
        return Err(ApiError::invalid("records"));
    }
    let numbers: Option<Vec<u32>> = ids
        .iter()
        .map(|id| ids::recording_index(id).filter(|&n| recording_visible(ask, n)))
        .collect();
    for number in numbers.ok_or_else(missing)? {
        held(&ask.inner.fates).delete_recording(number);
    }
    Ok(Reply::empty(204))
}

/// The recording in the path, if it can be seen and the user may: admins may
/// all, others those of their own calls.
pub(crate) fn readable(ask: &Ask<'_>) -> Outcome<u32> {
    let number = ids::recording_index(ask.path("recordingId"))
        .filter(|&n| recording_visible(ask, n))
        .ok_or_else(missing)?;
    let world = &ask.inner.world;
    let call = &world.calls[world.recording(number).map_or(0, |r| place(r.call))];
    let own = (0..call.records()).any(|side| call.concerns(side, ask.user));
    match ask.scope_of("ReadCallRecording") {
        None => Err(ApiError::permission("ReadCallRecording")),
        Some(Scope::Own) if !own => Err(ApiError::extended_scope("ReadCallRecording")),
        Some(_) => Ok(number),
    }
}

pub(crate) fn missing() -> ApiError {
    ApiError::not_found("callRecordingId")
}
