//! Synchronisation of the call log: everything, or what changed since a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use crate::world::calls::Call;

use super::ask::Ask;
use super::call_log::{self, DAY_MS, Filter};
use super::error::{ApiError, Outcome};
use super::reply::Reply;
use super::time::iso;

/// No answer has more records.
const RECORDS: usize = 250;

/// `GET …/call-log-sync`.
pub(crate) fn sync(ask: &Ask<'_>) -> Outcome {
    let query = ask.query;
    let kind = query.choice("syncType", &["FSync", "ISync"])?;
    let count = query.count("recordCount")?;
    let records = if kind == "FSync" {
        let count = count.ok_or_else(|| ApiError::invalid("recordCount"))?;
        let from_ms = query.date("dateFrom")?.unwrap_or(i64::MIN);
        let detailed = query.choice("view", &["Simple", "Detailed"])? == "Detailed";
        everything(ask, from_ms, detailed, count.min(RECORDS))?
    } else {
        changes(
            ask,
            query
                .get("syncToken")
                .ok_or_else(|| ApiError::invalid("syncToken"))?,
            count.unwrap_or(0),
        )?
    };
    let info = json!({ "syncType": kind, "syncToken": token(ask), "syncTime": iso(ask.now_ms) });
    Ok(Reply::json(
        200,
        json!({ "uri": ask.uri(), "records": records, "syncInfo": info }),
    ))
}

fn everything(ask: &Ask<'_>, from_ms: i64, detailed: bool, count: usize) -> Outcome<Vec<Value>> {
    let filter = Filter::asked(ask)?.spanning(from_ms, ask.now_ms + 1);
    let missed = ask.query.wanted("statusGroup", &["Missed", "All"])?;
    Ok(call_log::entries(ask, filter.from_ms, filter.until_ms)
        .filter(|(_, call, _)| call.appears_at <= ask.now_ms)
        .filter(|(number, call, side)| filter.wants(ask, *number, call, *side))
        .map(|(number, _, side)| call_log::view(ask, number, side, detailed).record())
        .filter(|record| missed.includes("All") || record["result"] == "Missed")
        .take(count)
        .collect())
}

/// Records that changed since the token, and `extend` older ones.
fn changes(ask: &Ask<'_>, token: &str, extend: usize) -> Outcome<Vec<Value>> {
    let (since_ms, detailed) = read(ask, token)?;
    let filter = Filter::asked(ask)?.spanning(i64::MIN, ask.now_ms + 1);
    let mut older = 0;
    let changed: Vec<(u32, u8)> = call_log::entries(ask, filter.from_ms, filter.until_ms)
        .filter(|(_, call, _)| call.appears_at <= ask.now_ms)
        .filter(|(number, call, side)| filter.wants(ask, *number, call, *side))
        .filter(|(_, call, _)| {
            let new = changed_at(ask, call) > since_ms;
            older += usize::from(!new);
            new || older <= extend
        })
        .map(|(number, _, side)| (number, side))
        .take(RECORDS + 1)
        .collect();
    if changed.len() > RECORDS {
        let message = "Parameter [syncToken] is invalid [max sync record number limit is exceeded]";
        return Err(ApiError::new(400, "CLG-105", message));
    }
    Ok(changed
        .into_iter()
        .map(|(number, side)| call_log::view(ask, number, side, detailed).record())
        .collect())
}

/// When anything about a call's record last changed.
fn changed_at(ask: &Ask<'_>, call: &Call) -> i64 {
    call.recording_numbers()
        .filter_map(|number| Some(ask.inner.world.recording(number)?.link_at))
        .chain([call.appears_at, call.final_at])
        .filter(|at| *at <= ask.now_ms)
        .max()
        .unwrap_or(i64::MIN)
}

/// A token holds its time, its log and its view.
fn token(ask: &Ask<'_>) -> String {
    let detailed = ask.query.get("view") == Some("Detailed")
        || ask
            .query
            .get("syncToken")
            .and_then(|token| read(ask, token).ok())
            .is_some_and(|(_, detailed)| detailed);
    BASE64.encode(format!(
        "calls|{:?}|{detailed}|{}",
        call_log::level(ask),
        ask.now_ms
    ))
}

fn read(ask: &Ask<'_>, token: &str) -> Outcome<(i64, bool)> {
    let text = BASE64
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let parts: Vec<&str> = text.as_deref().unwrap_or_default().split('|').collect();
    let level = format!("{:?}", call_log::level(ask));
    let time = match parts[..] {
        ["calls", log, detailed, at] if log == level => {
            at.parse::<i64>().ok().map(|at| (at, detailed == "true"))
        }
        _ => None,
    };
    let (at_ms, detailed) =
        time.ok_or_else(|| ApiError::new(400, "CLG-101", "Parameter [syncToken] is invalid"))?;
    if ask.now_ms - at_ms > i64::from(ask.inner.options().sync_token_days) * DAY_MS {
        let message = "Parameter [syncToken] is invalid [Sync token expired, call log was reset]";
        return Err(ApiError::new(400, "CLG-104", message));
    }
    Ok((at_ms, detailed))
}
