//! The call log: lists, single records, active calls. What a record looks like
//! is told elsewhere.

use serde_json::Value;

use crate::world::calls::{Call, Shape};
use crate::world::ids::{self, RecordKey};
use crate::world::place;

use super::ask::Ask;
use super::bulk;
use super::call_record::{self, RecordView};
use super::error::{ApiError, Outcome};
use super::held;
use super::paging::{Normal, Page};
use super::params::Wanted;
use super::reply::Reply;
use super::time::iso;

pub(crate) const DAY_MS: i64 = 86_400_000;

/// Which records are wanted.
pub(crate) struct Filter {
    /// Start times in this span.
    pub(crate) from_ms: i64,
    pub(crate) until_ms: i64,
    pub(crate) detailed: bool,
    /// `Automatic`, `OnDemand` or `All`: only recorded calls.
    pub(crate) recorded: Option<&'static str>,
    directions: Wanted,
    types: Wanted,
    transports: Wanted,
    phone: Option<String>,
    extension: Option<u16>,
    session: Option<String>,
    telephony_session: Option<String>,
    show_blocked: bool,
}

impl Filter {
    /// Reads the query; the default span is the last 24 hours.
    pub(crate) fn asked(ask: &Ask<'_>) -> Outcome<Self> {
        let query = ask.query;
        if query.get("phoneNumber").is_some() && query.get("extensionNumber").is_some() {
            return Err(ApiError::invalid("extensionNumber"));
        }
        let lonely = [
            "dateFrom",
            "dateTo",
            "phoneNumber",
            "extensionNumber",
            "direction",
            "type",
            "recordingType",
        ];
        if query.get("sessionId").is_some() && lonely.iter().any(|name| query.get(name).is_some()) {
            let message = "Parameter [sessionId] cannot be combined with other filters";
            return Err(ApiError::new(400, "CLG-110", message));
        }
        let by_session = query
            .get("sessionId")
            .or(query.get("telephonySessionId"))
            .is_some();
        let date_to = query.date("dateTo")?;
        let until_ms = date_to.unwrap_or(ask.now_ms);
        let day_before = until_ms - DAY_MS;
        let default_from = if by_session {
            i64::MIN
        } else {
            day_before - day_before.rem_euclid(60_000)
        };
        let from_ms = query.date("dateFrom")?.unwrap_or(default_from);
        if from_ms > until_ms {
            return Err(ApiError::invalid("dateFrom"));
        }
        let inclusive = ask.inner.options().date_to_inclusive || date_to.is_none();
        let recorded = match query.get("recordingType") {
            Some(_) => Some(query.choice("recordingType", &["All", "Automatic", "OnDemand"])?),
            None => query.flag("withRecording", false)?.then_some("All"),
        };
        Ok(Self {
            from_ms,
            until_ms: until_ms.saturating_add(i64::from(inclusive)),
            detailed: query.choice("view", &["Simple", "Detailed"])? == "Detailed",
            recorded,
            directions: query.wanted("direction", &["Inbound", "Outbound"])?,
            types: query.wanted("type", &["Voice", "Fax"])?,
            transports: query.wanted("transport", &["PSTN", "VoIP"])?,
            phone: query
                .get("phoneNumber")
                .map(|number| number.trim_start_matches('+').to_owned()),
            extension: query
                .get("extensionNumber")
                .map(|number| number_of(ask, number)),
            session: query.get("sessionId").map(str::to_owned),
            telephony_session: query.get("telephonySessionId").map(str::to_owned),
            show_blocked: query.flag("showBlocked", true)?,
        })
    }

    /// The same wishes for another span.
    pub(crate) fn spanning(self, from_ms: i64, until_ms: i64) -> Self {
        Self {
            from_ms,
            until_ms,
            ..self
        }
    }

    /// True for a record that is wanted, whether or not it is visible yet.
    pub(crate) fn wants(&self, ask: &Ask<'_>, number: u32, call: &Call, side: u8) -> bool {
        let world = &ask.inner.world;
        let owner = call.owner(side);
        self.directions.includes(call_record::direction(call, side))
            && self.types.includes(if call.shape == Shape::Fax {
                "Fax"
            } else {
                "Voice"
            })
            && self.transports.includes(call_record::transport(call, side))
            && (self.show_blocked || call.shape != Shape::Refused)
            && self
                .extension
                .is_none_or(|wanted| owner == wanted || call.concerns(side, wanted))
            && self
                .recorded
                .is_none_or(|kind| has_recording(ask, call, kind))
            && self
                .session
                .as_ref()
                .is_none_or(|id| *id == ids::session(number).to_string())
            && self
                .telephony_session
                .as_ref()
                .is_none_or(|id| *id == ids::telephony_session(world.dice, number))
            && self.phone.as_ref().is_none_or(|digits| {
                let stranger = world.stranger(call.stranger).phone;
                call.shape != Shape::Internal
                    && [stranger.as_str(), &world.extension(owner).phone]
                        .iter()
                        .any(|n| n.trim_start_matches('+') == digits)
            })
    }
}

/// True if the call has a recording of this kind that can be seen.
fn has_recording(ask: &Ask<'_>, call: &Call, kind: &str) -> bool {
    call.recording_numbers().any(|number| {
        recording_visible(ask, number)
            && ask
                .inner
                .world
                .recording(number)
                .is_some_and(|recording| match kind {
                    "Automatic" => !recording.on_demand,
                    "OnDemand" => recording.on_demand,
                    _ => true,
                })
    })
}

/// True once the call log shows a recording, until it is deleted or purged.
pub(crate) fn recording_visible(ask: &Ask<'_>, number: u32) -> bool {
    let inner = ask.inner;
    inner.world.recording(number).is_some_and(|recording| {
        let start_ms = inner.world.calls[place(recording.call)].start_ms;
        let kept = ask.now_ms - start_ms < i64::from(inner.options().retention_days) * DAY_MS;
        kept && recording.link_at <= ask.now_ms && !held(&inner.fates).recording_deleted(number)
    })
}

/// Calls of the asking level, newest first: number, call and side.
pub(crate) fn entries<'a>(
    ask: &'a Ask<'a>,
    from_ms: i64,
    until_ms: i64,
) -> impl Iterator<Item = (u32, &'a Call, u8)> {
    let calls = &ask.inner.world.calls;
    let own = level(ask);
    let first = calls.partition_point(|call| call.start_ms < from_ms);
    let end = calls
        .partition_point(|call| call.start_ms < until_ms)
        .max(first);
    (first..end)
        .rev()
        .filter_map(|place| Some((u32::try_from(place).ok()?, &calls[place])))
        .flat_map(|(number, call)| {
            (0..call.records())
                .rev()
                .map(move |side| (number, call, side))
        })
        .filter(move |(_, call, side)| own.is_none_or(|extension| call.concerns(*side, extension)))
}

/// The extension whose log is asked for; none at account level.
pub(crate) fn level(ask: &Ask<'_>) -> Option<u16> {
    if ask.path("extensionId").is_empty() {
        None
    } else {
        ask.extension().ok()
    }
}

/// `GET …/call-log`.
pub(crate) fn list(ask: &Ask<'_>) -> Outcome {
    let filter = Filter::asked(ask)?;
    let largest = if filter.detailed {
        ask.inner.options().detailed_per_page
    } else {
        1_000
    };
    let page = Page::asked(ask.query, 100, largest)?;
    let mut wanted = entries(ask, filter.from_ms, filter.until_ms)
        .filter(|(_, call, _)| call.appears_at <= ask.now_ms)
        .filter(|(number, call, side)| filter.wants(ask, *number, call, *side))
        .skip(page.start());
    let records: Vec<Value> = wanted
        .by_ref()
        .take(page.size)
        .map(|(number, _, side)| view(ask, number, side, filter.detailed).record())
        .collect();
    let more = wanted.next().is_some();
    let mut normal = Normal::of(ask.query).or("view", "Simple");
    if level(ask).is_some() {
        normal = normal.or("showBlocked", "true");
    }
    if filter.from_ms != i64::MIN {
        normal = normal.or("dateFrom", &iso(filter.from_ms));
    }
    Ok(Reply::json(
        200,
        page.body(&ask.uri(), &normal, &records, None, more),
    ))
}

/// `GET …/active-calls`.
pub(crate) fn active(ask: &Ask<'_>) -> Outcome {
    let filter = Filter::asked(ask)?;
    let page = Page::asked(ask.query, 100, 1_000)?;
    let now_ms = ask.now_ms;
    let mut running = entries(ask, now_ms - 7 * DAY_MS, now_ms + 1)
        .filter(|(_, call, _)| call.end_ms() > now_ms)
        .filter(|(number, call, side)| filter.wants(ask, *number, call, *side))
        .skip(page.start());
    let records: Vec<Value> = running
        .by_ref()
        .take(page.size)
        .map(|(number, _, side)| {
            RecordView {
                active: true,
                ..view(ask, number, side, filter.detailed)
            }
            .record()
        })
        .collect();
    let more = running.next().is_some();
    Ok(Reply::json(
        200,
        page.body(
            &ask.uri(),
            &Normal::of(ask.query).or("view", "Simple"),
            &records,
            None,
            more,
        ),
    ))
}

/// `GET …/call-log/{id[,id…]}`.
pub(crate) fn by_id(ask: &Ask<'_>) -> Outcome {
    let detailed = ask.query.choice("view", &["Simple", "Detailed"])? == "Detailed";
    bulk::answer(ask, "callRecordId", |id| {
        let missing = || ApiError::not_found("callRecordId");
        let key = RecordKey::parse(ask.inner.world.dice, id).ok_or_else(missing)?;
        let call = ask
            .inner
            .world
            .call(key.call)
            .filter(|call| call.appears_at <= ask.now_ms)
            .ok_or_else(missing)?;
        let own = level(ask);
        let ours = key.account_level == own.is_none()
            && own.is_none_or(|extension| call.concerns(key.side, extension));
        if ours {
            Ok(view(ask, key.call, key.side, detailed).record())
        } else {
            Err(missing())
        }
    })
}

/// `DELETE …/call-log`: this simulator keeps its call log.
pub(crate) fn delete(_: &Ask<'_>) -> Outcome {
    Err(ApiError::new(
        501,
        "CMN-202",
        "The simulator does not delete call logs",
    ))
}

/// A record as this request sees it.
pub(crate) fn view<'a>(ask: &'a Ask<'a>, number: u32, side: u8, detailed: bool) -> RecordView<'a> {
    RecordView {
        ask,
        number,
        side,
        detailed,
        level: level(ask),
        active: false,
    }
}

/// The place of the extension with this number; one that nobody has where
/// there is none, so that nothing matches.
fn number_of(ask: &Ask<'_>, number: &str) -> u16 {
    let staff = &ask.inner.world.staff;
    let found = staff.iter().position(|it| it.number == number);
    found
        .and_then(|place| u16::try_from(place).ok())
        .unwrap_or(u16::MAX)
}
