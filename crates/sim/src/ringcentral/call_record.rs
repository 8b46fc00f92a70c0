//! What a call log record looks like, at this moment and in this view.

use serde_json::{Map, Value, json};

use crate::world::calls::{Call, Shape};
use crate::world::ids;
use crate::world::messages::Kind as MessageKind;
use crate::world::people::MAIN_NUMBER;
use crate::world::place;

use super::ask::Ask;
use super::call_log::recording_visible;
use super::time::iso;

/// One record of one call, as somebody sees it.
pub(crate) struct RecordView<'a> {
    pub(crate) ask: &'a Ask<'a>,
    /// The call's number.
    pub(crate) number: u32,
    /// 0, or 1 for the callee's record of an internal call.
    pub(crate) side: u8,
    pub(crate) detailed: bool,
    /// The extension whose log it is; none for the account's.
    pub(crate) level: Option<u16>,
    /// Seen among the active calls.
    pub(crate) active: bool,
}

/// Direction of the record of `side`.
pub(crate) fn direction(call: &Call, side: u8) -> &'static str {
    if call.outbound && side == 0 {
        "Outbound"
    } else {
        "Inbound"
    }
}

/// Transport of the record of `side`.
pub(crate) fn transport(call: &Call, side: u8) -> &'static str {
    if call.shape == Shape::Internal || direction(call, side) == "Outbound" {
        "VoIP"
    } else {
        "PSTN"
    }
}

impl RecordView<'_> {
    fn call(&self) -> &Call {
        &self.ask.inner.world.calls[place(self.number)]
    }

    /// True while the record may still be rewritten.
    fn unfinished(&self) -> bool {
        self.active || self.call().final_at > self.ask.now_ms
    }

    /// The JSON of the record.
    pub(crate) fn record(&self) -> Value {
        let (call, world) = (self.call(), &self.ask.inner.world);
        let id = world.record_id(self.number, self.side, self.level.is_none());
        let base = self.level.map_or_else(
            || self.ask.account_uri(),
            |extension| self.ask.extension_uri(extension),
        );
        let view = if self.detailed { "Detailed" } else { "Simple" };
        let mut record = Map::new();
        record.insert(
            "uri".to_owned(),
            json!(format!("{base}/call-log/{id}?view={view}")),
        );
        record.insert("id".to_owned(), json!(id));
        record.insert(
            "sessionId".to_owned(),
            json!(ids::session(self.number).to_string()),
        );
        record.extend(self.common());
        // Some records name no extension; their legs may.
        if call.dice.of("extension").chance(0.8) {
            record.insert(
                "extension".to_owned(),
                self.extension(call.owner(self.side)),
            );
        }
        if call.shape != Shape::Queue {
            record.extend(self.recording(0));
        }
        if call.shape == Shape::Short && !self.unfinished() {
            record.insert("shortRecording".to_owned(), json!(true));
        }
        record.extend(self.message());
        if self.detailed {
            record.insert("transport".to_owned(), json!(transport(call, self.side)));
            record.insert(
                "lastModifiedTime".to_owned(),
                json!(iso(self.last_modified())),
            );
            record.insert(
                "billing".to_owned(),
                json!({ "costIncluded": 0.0, "costPurchased": 0.0 }),
            );
            record.insert("legs".to_owned(), self.legs());
        }
        Value::Object(record)
    }

    /// What records and legs share.
    fn common(&self) -> Map<String, Value> {
        let call = self.call();
        let (from, to) = self.parties();
        let duration_ms = if self.unfinished() {
            (self.ask.now_ms - call.start_ms).clamp(0, i64::from(call.duration_ms))
        } else {
            i64::from(call.duration_ms)
        };
        let telephony = ids::telephony_session(self.ask.inner.world.dice, self.number);
        let common = json!({
            "partyId": format!("p-{}-{}", &telephony[2..], self.side + 1),
            "telephonySessionId": telephony,
            "startTime": iso(call.start_ms),
            "duration": duration_ms / 1_000,
            "durationMs": duration_ms,
            "type": if call.shape == Shape::Fax { "Fax" } else { "Voice" },
            "internalType": if call.shape == Shape::Internal { "Sip" } else { "Local" },
            "direction": direction(call, self.side),
            "action": self.action(),
            "result": self.result(),
            "from": from,
            "to": to,
        });
        match common {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn action(&self) -> &'static str {
        match (self.call().shape, direction(self.call(), self.side)) {
            (Shape::Fax, "Outbound") => "Outgoing Fax",
            (Shape::Fax, _) => "Incoming Fax",
            (Shape::Internal, _) | (_, "Outbound") => "VoIP Call",
            _ => "Phone Call",
        }
    }

    fn result(&self) -> &'static str {
        let call = self.call();
        if self.unfinished() {
            return "In Progress";
        }
        match (call.shape, direction(call, self.side)) {
            (Shape::Missed, "Inbound") => "Missed",
            (Shape::Missed, _) => "No Answer",
            (Shape::Refused, "Inbound") => "Blocked",
            (Shape::Refused, _) => "Busy",
            (Shape::Voicemail, _) => "Voicemail",
            (Shape::Fax, "Outbound") => "Sent",
            (Shape::Fax, _) => "Received",
            (_, "Outbound") => "Call connected",
            _ => "Accepted",
        }
    }

    /// `from` and `to`.
    fn parties(&self) -> (Value, Value) {
        let (call, world) = (self.call(), &self.ask.inner.world);
        let inside = |extension: u16| {
            let extension = world.extension(extension);
            json!({
                "extensionNumber": extension.number,
                "extensionId": extension.id.to_string(),
                "name": extension.name(),
            })
        };
        if call.shape == Shape::Internal {
            return (inside(call.who), inside(call.other));
        }
        let stranger = world.stranger(call.stranger);
        let mut outside = json!({ "phoneNumber": stranger.phone, "location": stranger.place });
        if let Some(name) = stranger.name {
            outside["name"] = json!(name);
        }
        let extension = world.extension(call.who);
        let through_main = call.shape == Shape::Queue || call.dice.of("main number").chance(0.2);
        let phone = if through_main && !call.outbound {
            MAIN_NUMBER
        } else {
            &extension.phone
        };
        let ours = json!({ "phoneNumber": phone, "extensionId": extension.id.to_string(), "name": extension.name() });
        if call.outbound {
            (ours, outside)
        } else {
            (outside, ours)
        }
    }

    fn extension(&self, extension: u16) -> Value {
        json!({ "uri": self.ask.extension_uri(extension), "id": self.ask.inner.world.extension(extension).id })
    }

    /// The `recording` property with the call's `nth` recording, once visible.
    fn recording(&self, nth: u32) -> Option<(String, Value)> {
        let number = self.call().recording_numbers().nth(place(nth))?;
        if self.active || !recording_visible(self.ask, number) {
            return None;
        }
        let recording = self.ask.inner.world.recording(number)?;
        let id = ids::recording(number);
        let shown = json!({
            "uri": format!("{}/recording/{id}", self.ask.account_uri()),
            "id": id.to_string(),
            "type": if recording.on_demand { "OnDemand" } else { "Automatic" },
            "contentUri": content_uri(self.ask, number),
        });
        Some(("recording".to_owned(), shown))
    }

    /// The voicemail or fax that the call left.
    fn message(&self) -> Option<(String, Value)> {
        let number = self.call().message.filter(|_| !self.unfinished())?;
        let message = self.ask.inner.world.message(number)?;
        let id = self.ask.inner.world.message_id(number);
        let kind = if message.kind == MessageKind::Fax {
            "Fax"
        } else {
            "VoiceMail"
        };
        let uri = format!(
            "{}/message-store/{id}",
            self.ask.extension_uri(message.owner)
        );
        Some((
            "message".to_owned(),
            json!({ "id": id.to_string(), "type": kind, "uri": uri }),
        ))
    }

    /// The record's own idea of its last change: queue calls are rewritten
    /// without a new time.
    fn last_modified(&self) -> i64 {
        let call = self.call();
        if call.shape == Shape::Queue {
            call.appears_at
        } else {
            call.final_at.min(self.ask.now_ms)
        }
    }

    /// The legs: one for most calls, more for queues and transfers.
    fn legs(&self) -> Value {
        let call = self.call();
        let leg = |kind: &str, master: bool| {
            let mut leg = self.common();
            leg.insert("transport".to_owned(), json!(transport(call, self.side)));
            leg.insert("legType".to_owned(), json!(kind));
            leg.insert(
                "billing".to_owned(),
                json!({ "costIncluded": 0.0, "costPurchased": 0.0 }),
            );
            if master {
                leg.insert("master".to_owned(), json!(true));
            }
            leg
        };
        let of = |mut leg: Map<String, Value>, extension: u16| {
            leg.insert("extension".to_owned(), self.extension(extension));
            leg
        };
        let first_kind = match (call.shape, direction(call, self.side)) {
            (Shape::Internal, _) => "ExtensionToExtension",
            (Shape::Fax, "Outbound") => "FaxSent",
            (_, "Outbound") => "SipToPstnMetered",
            _ => "Accept",
        };
        let mut first = leg(first_kind, true);
        // A call to the company that no extension answered for.
        if call.shape != Shape::Plain || !call.dice.of("nobody").chance(0.04) {
            first = of(first, call.owner(self.side));
        }
        let mut legs = vec![first];
        match call.shape {
            Shape::Queue => {
                let mut rung = of(leg("PstnToSip", false), call.who);
                rung.insert(
                    "result".to_owned(),
                    json!(if self.unfinished() {
                        "IP Phone Offline"
                    } else {
                        "Stopped"
                    }),
                );
                let mut agent = of(leg("PstnToSip", false), call.other);
                agent.extend(self.recording(0));
                legs.extend([rung, agent]);
            }
            Shape::Transfer => {
                legs[0].extend(self.recording(0));
                let mut target = of(leg("TransferCall", false), call.other);
                target.extend(self.recording(1));
                legs.push(target);
            }
            _ => legs[0].extend(self.recording(0)),
        }
        json!(legs)
    }
}

/// Where a recording's content is.
pub(crate) fn content_uri(ask: &Ask<'_>, number: u32) -> String {
    let path = format!(
        "/restapi/v1.0/account/{}/recording/{}/content",
        ids::ACCOUNT,
        ids::recording(number)
    );
    format!("{}{path}", ask.hosts.media)
}
