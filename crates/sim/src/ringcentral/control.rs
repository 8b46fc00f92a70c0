//! `/__sim/…` on the platform host: the truth, the counters, the clock and the
//! options, for tests in other processes. No part of RingCentral.

use axum::http::request::Parts;
use serde_json::{Value, json};

use super::error::ApiError;
use super::params::Params;
use super::reply::Reply;
use super::{Inner, Options, held, truth};

/// Answers a control request.
pub(crate) fn answer(inner: &Inner, parts: &Parts, body: &[u8]) -> Reply {
    let query = Params::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let reply = match (parts.method.as_str(), parts.uri.path()) {
        ("GET", "/__sim/truth") => query
            .flag("hashes", true)
            .map(|hashes| truth_page(inner, hashes)),
        ("GET", "/__sim/times") => Ok(Reply::json(200, times(inner))),
        ("GET", "/__sim/requests") => Ok(Reply::json(200, json!(held(&inner.log).summary()))),
        ("POST", "/__sim/reset-requests") => {
            held(&inner.log).reset();
            Ok(Reply::empty(204))
        }
        ("POST", "/__sim/advance") => {
            let ms = query
                .get("ms")
                .and_then(|ms| ms.parse::<i64>().ok())
                .ok_or_else(|| ApiError::invalid("ms"));
            ms.map(|ms| {
                inner.clock.advance_ms(ms);
                Reply::json(200, json!({ "now_ms": inner.clock.now_ms() }))
            })
        }
        ("GET", "/__sim/options") => Ok(Reply::json(200, json!(inner.options().as_ref()))),
        // Replaces all of them; what the body leaves out gets its default.
        ("POST", "/__sim/options") => serde_json::from_slice(body)
            .map(|options: Options| {
                inner.change_options(|current| *current = options);
                Reply::empty(204)
            })
            .map_err(|_| ApiError::invalid("options")),
        _ => Err(ApiError::new(404, "CMN-120", "Invalid URI")),
    };
    reply.unwrap_or_else(|error| error.reply())
}

/// Everything that exists; with hashes this makes every byte of it once.
fn truth_page(inner: &Inner, hashes: bool) -> Reply {
    let items: Vec<Value> = truth::all(inner)
        .iter()
        .map(|item| {
            let mut shown = json!(item);
            if hashes {
                shown["sha256"] = json!(truth::sha256(inner, item));
                shown["text"] = json!(truth::text(inner, item));
            }
            shown
        })
        .collect();
    let mut page = times(inner);
    page["seed"] = json!(inner.seed);
    page["items"] = json!(items);
    Reply::json(200, page)
}

/// Where the world is in its time.
fn times(inner: &Inner) -> Value {
    json!({
        "anchor_ms": inner.anchor_ms,
        "now_ms": inner.clock.now_ms(),
        "settled_at_ms": inner.world.settled_at_ms,
    })
}
