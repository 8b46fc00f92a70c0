//! Planned trouble: which answers go wrong, and how. Everything that can
//! happen to an answer happens here and nowhere else.

use std::collections::HashMap;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::dice::Dice;

use super::error::ApiError;
use super::held;
use super::reply::{Body, Delivery, Framing, Reply};
use super::routes::Route;
use super::time;

/// How often each fault happens. A value below 1 is the share of resources
/// (addresses with their query) that it strikes, drawn from the seed; a value
/// of 1 or more is a number of requests: the next so many, whichever they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// How often a share strikes the same resource.
    pub repeat: u32,
    /// 500 CMN-201 instead of the answer.
    pub error_500: f64,
    /// 502 with an HTML page from a gateway.
    pub error_502: f64,
    /// 503 with `Retry-After`.
    pub error_503: f64,
    /// `Retry-After` of these, in seconds.
    pub retry_after_s: u32,
    /// The connection ends without an answer.
    pub reset: f64,
    /// Token endpoint: the grant is redeemed and the answer gets lost.
    pub token_lost: f64,
    /// 401 OAU-129 although the token is good.
    pub unauthorized: f64,
    /// 429 answers without `Retry-After`.
    pub throttle_bare: f64,
    /// 429 answers with a date in `Retry-After`.
    pub throttle_date: f64,
    /// Lists: the first record of a page comes twice.
    pub list_duplicate: f64,
    /// Lists: a page after the first lacks its first record, as when an
    /// earlier one was deleted meanwhile.
    pub list_shift: f64,
    /// Lists: the next page is the same page.
    pub list_loop: f64,
    /// Lists: the JSON ends in the middle.
    pub list_cut: f64,
    /// Lists: no records, no next page, status 200.
    pub list_empty: f64,
    /// Message-store reports: the task fails.
    pub report_failed: f64,
    /// ... its first attempt fails, the next one does not.
    pub report_attempt_failed: f64,
    /// Contents: fewer bytes than `Content-Length`.
    pub cut_length: f64,
    /// Contents: chunked, without the last chunk.
    pub cut_chunked: f64,
    /// Contents: neither length nor chunks; the connection ends early.
    pub cut_close: f64,
    /// Contents: complete, but no `Content-Length`.
    pub no_length: f64,
    /// Contents: a login page with status 200.
    pub html: f64,
    /// Contents: the wrong audio type in the header.
    pub wrong_type: f64,
    /// Contents: nothing, with status 200.
    pub empty: f64,
    /// Contents: a pause before each 64 KiB.
    pub slow: f64,
    /// That pause, in milliseconds.
    pub slow_ms: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            repeat: 1,
            error_500: 0.0,
            error_502: 0.0,
            error_503: 0.0,
            retry_after_s: 1,
            reset: 0.0,
            token_lost: 0.0,
            unauthorized: 0.0,
            throttle_bare: 0.0,
            throttle_date: 0.0,
            list_duplicate: 0.0,
            list_shift: 0.0,
            list_loop: 0.0,
            list_cut: 0.0,
            list_empty: 0.0,
            report_failed: 0.0,
            report_attempt_failed: 0.0,
            cut_length: 0.0,
            cut_chunked: 0.0,
            cut_close: 0.0,
            no_length: 0.0,
            html: 0.0,
            wrong_type: 0.0,
            empty: 0.0,
            slow: 0.0,
            slow_ms: 200,
        }
    }
}

/// Remembers whom the faults have struck.
#[derive(Debug)]
pub(crate) struct Saboteur {
    dice: Dice,
    struck: Mutex<HashMap<(&'static str, String), u32>>,
}

/// The faults in force, and whom they have struck.
pub(crate) struct Plan<'a> {
    faults: &'a Faults,
    saboteur: &'a Saboteur,
}

impl Saboteur {
    pub(crate) fn new(dice: Dice) -> Self {
        Self {
            dice,
            struck: Mutex::default(),
        }
    }

    /// Forgets whom it has struck.
    pub(crate) fn start_anew(&self) {
        held(&self.struck).clear();
    }

    pub(crate) fn plan<'a>(&'a self, faults: &'a Faults) -> Plan<'a> {
        Plan {
            faults,
            saboteur: self,
        }
    }
}

impl Plan<'_> {
    /// Whether this fault strikes this resource now.
    pub(crate) fn strikes(&self, fault: &'static str, rate: f64, resource: &str) -> bool {
        if rate <= 0.0 {
            return false;
        }
        let (key, limit) = if rate >= 1.0 {
            (String::new(), rate)
        } else if self.saboteur.dice.of(fault).of(resource).chance(rate) {
            (resource.to_owned(), f64::from(self.faults.repeat))
        } else {
            return false;
        };
        let mut struck = held(&self.saboteur.struck);
        let times = struck.entry((fault, key)).or_default();
        let strike = f64::from(*times) < limit;
        *times += u32::from(strike);
        strike
    }

    /// An answer instead of the real one.
    pub(crate) fn before(&self, route: &Route, resource: &str, now_ms: i64) -> Option<Reply> {
        let faults = self.faults;
        let key = format!("{} {resource}", route.method);
        if self.strikes("reset", faults.reset, &key) {
            return Some(Reply::dropped());
        }
        if self.strikes("error_500", faults.error_500, &key) {
            return Some(ApiError::new(500, "CMN-201", "Service Temporary Unavailable").reply());
        }
        if self.strikes("error_502", faults.error_502, &key) {
            let page = format!(
                "<html><head><title>502 Bad Gateway</title></head><body>{now_ms}</body></html>"
            );
            return Some(Reply::bytes(502, "text/html", page));
        }
        if self.strikes("error_503", faults.error_503, &key) {
            let error = ApiError::new(
                503,
                "CMN-201",
                "Service is overloaded, please try again later",
            );
            return Some(
                error
                    .reply()
                    .with("retry-after", faults.retry_after_s.to_string()),
            );
        }
        let struck = self.strikes("unauthorized", faults.unauthorized, &key);
        struck.then(|| ApiError::new(401, "OAU-129", "Access token corrupted").reply())
    }

    /// An answer of the token endpoint, perhaps lost on its way.
    pub(crate) fn deliver_tokens(&self, reply: Reply, now_ms: i64) -> Reply {
        let lost = self.strikes("token_lost", self.faults.token_lost, &now_ms.to_string());
        if lost { Reply::dropped() } else { reply }
    }

    /// A refusal of the limiter, perhaps in a form that is hard to read.
    pub(crate) fn bend(&self, mut refusal: Reply, now_ms: i64) -> Reply {
        let wait = refusal
            .headers
            .iter()
            .find(|(name, _)| *name == "retry-after")
            .map(|(_, value)| value.clone());
        if self.strikes(
            "throttle_bare",
            self.faults.throttle_bare,
            &now_ms.to_string(),
        ) {
            refusal.headers.retain(|(name, _)| *name != "retry-after");
        } else if self.strikes(
            "throttle_date",
            self.faults.throttle_date,
            &now_ms.to_string(),
        ) {
            let seconds = wait
                .and_then(|wait| wait.parse::<f64>().ok())
                .unwrap_or(1.0)
                .ceil();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "at most a penalty's length"
            )]
            refusal.set(
                "retry-after",
                &time::http(now_ms + seconds as i64 * 1_000 + 999),
            );
        }
        refusal
    }

    /// The real answer, perhaps spoiled.
    pub(crate) fn after(&self, mut reply: Reply, resource: &str) -> Reply {
        if reply.status >= 300 {
            return reply;
        }
        match reply.body {
            Body::Json(Value::Object(ref mut body)) if body.contains_key("records") => {
                if self.spoil_list(body, resource) {
                    let text = reply_text(&reply.body);
                    reply.body = Body::Bytes(text[..text.len() / 2].to_vec().into());
                }
                reply
            }
            Body::Media(_) => self.spoil_content(reply, resource),
            _ => reply,
        }
    }

    /// Spoils a list. True if its text is to be cut, too.
    fn spoil_list(&self, body: &mut serde_json::Map<String, Value>, resource: &str) -> bool {
        let faults = self.faults;
        let uri = body.get("uri").cloned().unwrap_or_default();
        let later = uri
            .as_str()
            .is_some_and(|uri| uri.contains("page=") && !uri.contains("page=1&"));
        let records = body.get_mut("records").and_then(Value::as_array_mut);
        if let Some(records) = records.filter(|records| !records.is_empty()) {
            if self.strikes("list_empty", faults.list_empty, resource) {
                records.clear();
                body.insert("navigation".to_owned(), json!({}));
                return false;
            }
            if self.strikes("list_duplicate", faults.list_duplicate, resource) {
                records.insert(0, records[0].clone());
            }
            if later && self.strikes("list_shift", faults.list_shift, resource) {
                records.remove(0);
            }
        }
        let next = body
            .get_mut("navigation")
            .and_then(|navigation| navigation.get_mut("nextPage"));
        if let Some(next) = next.filter(|_| self.strikes("list_loop", faults.list_loop, resource)) {
            *next = json!({ "uri": uri });
        }
        self.strikes("list_cut", faults.list_cut, resource)
    }

    fn spoil_content(&self, mut reply: Reply, resource: &str) -> Reply {
        let faults = self.faults;
        if self.strikes("html", faults.html, resource) {
            let page = "<!DOCTYPE html><html><body><form>Please sign in</form></body></html>";
            return Reply::bytes(200, "text/html", page);
        }
        if self.strikes("wrong_type", faults.wrong_type, resource) {
            let mp3 = reply.headers.iter().any(|(_, value)| value == "audio/mpeg");
            reply.set(
                "content-type",
                if mp3 { "audio/x-wav" } else { "audio/mpeg" },
            );
        }
        if let Body::Media(delivery) = &mut reply.body {
            if self.strikes("empty", faults.empty, resource) {
                delivery.until = delivery.from;
            }
            for (fault, rate, framing) in [
                ("cut_length", faults.cut_length, Framing::Length),
                ("cut_chunked", faults.cut_chunked, Framing::Chunked),
                ("cut_close", faults.cut_close, Framing::Close),
            ] {
                if self.strikes(fault, rate, resource) {
                    delivery.framing = framing;
                    delivery.cut = Some(self.cut(delivery, resource));
                }
            }
            if self.strikes("no_length", faults.no_length, resource) {
                delivery.framing = Framing::Chunked;
            }
            if self.strikes("slow", faults.slow, resource) {
                delivery.pause_ms = faults.slow_ms;
            }
        }
        reply
    }

    /// Where a content breaks off: anywhere but at its end.
    fn cut(&self, delivery: &Delivery, resource: &str) -> u64 {
        delivery.from
            + self
                .saboteur
                .dice
                .of("cut")
                .of(resource)
                .below(delivery.until - delivery.from)
    }
}

fn reply_text(body: &Body) -> Vec<u8> {
    match body {
        Body::Json(value) => value.to_string().into_bytes(),
        _ => Vec::new(),
    }
}
