//! Records of the call log as Calls and call recordings. There is no list of
//! recordings; the call log is the list, and a recording may hang on the
//! record or on any leg of it.

use std::collections::HashSet;

use domain::account::ExtensionId;
use domain::call::Call;
use domain::data_type::DataType;
use domain::item::{Facts, Fetch, Item, ItemId, Sighting, Standing};
use domain::lane::Lane;
use domain::media::Expected;
use domain::ports::source::Page;

use crate::asked::Asked;
use crate::party::{direction, party};
use crate::wire::{CallRecord, Recording};

/// The only `result` that says a record will be rewritten (RingCentral
/// OpenAPI, `CallResultEnum`).
const IN_PROGRESS: &str = "In Progress";

/// A record while it is read: what its recordings share.
struct Reading<'a> {
    record: &'a CallRecord,
    asked: &'a Asked<'a>,
    extension: Option<ExtensionId>,
    /// A leg may begin in a later window than its record, but the call log is
    /// filtered by the record's start: that is the time of all its recordings.
    at_ms: i64,
    facts: Facts,
    /// It will be rewritten.
    changing: bool,
}

/// Adds what a record tells to the page.
pub(crate) fn read(record: &CallRecord, asked: &Asked<'_>, page: &mut Page) {
    let Some(at_ms) = asked.own_time(record.start_time, record.last_modified_time) else {
        return;
    };
    let unfinished = parts(record).any(|part| part.result.as_deref() == Some(IN_PROGRESS));
    let reading = Reading {
        record,
        asked,
        extension: whose(record, &asked.ask.lane),
        at_ms,
        facts: facts(record),
        changing: unfinished && asked.is_young(at_ms),
    };
    page.unsettled += usize::from(reading.changing);
    let recordings = recordings(record);
    for (recording, carrier) in &recordings {
        match reading.recorded(recording, carrier) {
            Some(sighting) => page.sightings.push(sighting),
            None => page.unsettled += 1,
        }
    }
    let Some(id) = call_id(record) else {
        page.unsettled += 1;
        return;
    };
    if recordings.is_empty() && parts(record).any(|part| part.short_recording) {
        page.sightings.push(reading.too_short(&id));
    }
    page.calls.push(Call {
        id,
        extension: reading.extension,
        at_ms,
        facts: reading.facts,
        result: record.result.clone().unwrap_or_default(),
        recordings: recordings.len(),
        unfinished,
    });
}

impl Reading<'_> {
    /// `None` for a recording that nothing names.
    fn recorded(&self, recording: &Recording, carrier: &CallRecord) -> Option<Sighting> {
        let unit = recording_id(recording)?;
        let facts = Facts {
            seconds: carrier.duration.or(self.record.duration),
            recording_type: recording.kind.clone(),
            ..self.facts.clone()
        };
        let uri = recording.content_uri.clone();
        let uri = uri.unwrap_or_else(|| self.asked.addresses.recording(&unit).into());
        let standing = if self.changing {
            Standing::NotYet("the call is still in progress")
        } else {
            Standing::Ready
        };
        Some(self.sighting(unit, facts, Fetch::From(uri), standing))
    }

    /// What stands for the recording that was not kept.
    fn too_short(&self, call_id: &str) -> Sighting {
        let rule = "RingCentral keeps no recording shorter than 30 seconds";
        let (unit, facts) = (format!("short-{call_id}"), self.facts.clone());
        self.sighting(unit, facts, Fetch::Nothing, Standing::Excluded(rule))
    }

    fn sighting(&self, unit: String, facts: Facts, fetch: Fetch, standing: Standing) -> Sighting {
        let item = Item {
            id: ItemId {
                data_type: DataType::CallRecording,
                unit,
                part: None,
            },
            extension: self.extension.clone(),
            at_ms: self.at_ms,
            facts,
            fetch,
            expected: Expected::Audio,
            // The call log says nothing about a recording's size.
            size: None,
        };
        Sighting { item, standing }
    }
}

/// The record and its legs.
fn parts(record: &CallRecord) -> impl Iterator<Item = &CallRecord> {
    std::iter::once(record).chain(record.legs.iter().flatten())
}

/// The recordings of a call, each once, with the part that carries it first.
fn recordings(record: &CallRecord) -> Vec<(&Recording, &CallRecord)> {
    let mut known = HashSet::new();
    parts(record)
        .filter_map(|part| Some((part.recording.as_ref()?, part)))
        .filter(|(recording, _)| known.insert(recording_id(recording)))
        .collect()
}

/// A recording's id, or what stands for it in its address.
fn recording_id(recording: &Recording) -> Option<String> {
    let in_address = || {
        let path = recording.content_uri.as_deref()?.split(['?', '#']).next()?;
        let (_, id) = path.strip_suffix("/content")?.rsplit_once("/recording/")?;
        (!id.is_empty() && !id.contains('/')).then(|| id.to_owned())
    };
    recording.id.clone().or_else(in_address)
}

fn call_id(record: &CallRecord) -> Option<String> {
    let ids = [&record.id, &record.telephony_session_id, &record.session_id];
    ids.into_iter().flatten().next().cloned()
}

/// Whose side of the call it is: the record's extension, else that of the
/// first leg that has one, else the one whose own call log this is.
fn whose(record: &CallRecord, lane: &Lane) -> Option<ExtensionId> {
    let named = parts(record).find_map(|part| part.extension.as_ref()?.id.as_deref());
    match (named, lane) {
        (Some(id), _) => Some(ExtensionId::new(id)),
        (None, Lane::ExtensionCalls(id)) => Some(id.clone()),
        (None, _) => None,
    }
}

fn facts(record: &CallRecord) -> Facts {
    Facts {
        direction: direction(record.direction.as_deref()),
        from: record.from.first().map(party).unwrap_or_default(),
        to: record.to.iter().map(party).collect(),
        seconds: record.duration,
        call_id: record.id.clone(),
        session_id: record
            .telephony_session_id
            .clone()
            .or_else(|| record.session_id.clone()),
        ..Facts::default()
    }
}

#[cfg(test)]
#[path = "call_log_tests.rs"]
mod tests;
