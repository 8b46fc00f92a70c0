//! Synchronisation of a mailbox: everything, or what changed since a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use super::ask::Ask;
use super::call_log::DAY_MS;
use super::error::{ApiError, Outcome};
use super::fates::Availability;
use super::message_record;
use super::messages::{self, Filter};
use super::reply::Reply;
use super::time::iso;

/// Changes this long before the token come again (developer guide, message
/// synchronisation).
const OVERLAP_MS: i64 = 5_000;
/// Records of a full synchronisation that names no number.
const RECORDS: usize = 1_000;

/// `GET …/message-sync`.
pub(crate) fn sync(ask: &Ask<'_>) -> Outcome {
    let kind = ask.query.choice("syncType", &["FSync", "ISync"])?;
    let count = ask.query.count("recordCount")?;
    let extension = ask.extension()?;
    let filter = Filter::asked(ask)?;
    let (records, older) = if kind == "FSync" {
        let all = filter.select(ask, extension);
        let count = count.unwrap_or(RECORDS);
        let shown: Vec<Value> = all
            .iter()
            .take(count)
            .map(|&number| message_record::message(ask, number))
            .collect();
        (shown, all.len() > count)
    } else {
        let token = ask
            .query
            .get("syncToken")
            .ok_or_else(|| ApiError::invalid("syncToken"))?;
        let since_ms = read(ask, token)? - OVERLAP_MS;
        (changes(ask, filter, extension, since_ms), false)
    };
    let info = json!({
        "syncType": kind,
        "syncToken": token(ask, extension),
        "syncTime": iso(ask.now_ms),
        "olderRecordsExist": older,
    });
    Ok(Reply::json(
        200,
        json!({ "uri": ask.uri(), "records": records, "syncInfo": info }),
    ))
}

fn changes(ask: &Ask<'_>, filter: Filter, extension: u16, since_ms: i64) -> Vec<Value> {
    let filter = filter.everything(ask.now_ms);
    filter
        .select(ask, extension)
        .into_iter()
        .filter(|&number| messages::modified_at(ask, number) > since_ms)
        .map(|number| match messages::availability(ask, number) {
            Availability::Alive => message_record::message(ask, number),
            _ => messages::stub(ask, number),
        })
        .collect()
}

/// A token holds its mailbox and its time.
fn token(ask: &Ask<'_>, extension: u16) -> String {
    BASE64.encode(format!("messages|{extension}|{}", ask.now_ms))
}

fn read(ask: &Ask<'_>, token: &str) -> Outcome<i64> {
    let text = BASE64
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default();
    let mailbox = format!("messages|{}|", ask.extension()?);
    let at_ms = text
        .strip_prefix(&mailbox)
        .and_then(|at| at.parse::<i64>().ok());
    let life_ms = i64::from(ask.inner.options().sync_token_days) * DAY_MS;
    at_ms
        .filter(|at| ask.now_ms - at <= life_ms)
        .ok_or_else(|| {
            ApiError::new(
                400,
                "MSG-333",
                "Parameter [syncToken] is invalid, full synchronization is required",
            )
        })
}
