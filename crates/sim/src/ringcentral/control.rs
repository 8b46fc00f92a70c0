//! `/__sim/…` on the platform host: the truth, the counters and the clock, for
//! tests in other processes. No part of RingCentral.

use axum::http::request::Parts;
use serde_json::{Value, json};

use super::error::ApiError;
use super::params::Params;
use super::reply::Reply;
use super::{Inner, held, truth};

/// Answers a control request.
pub(crate) fn answer(inner: &Inner, parts: &Parts) -> Reply {
    let query = Params::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let reply = match (parts.method.as_str(), parts.uri.path()) {
        ("GET", "/__sim/truth") => query
            .flag("hashes", true)
            .map(|hashes| truth_page(inner, hashes)),
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
            }
            shown
        })
        .collect();
    Reply::json(
        200,
        json!({
            "seed": inner.seed,
            "anchor_ms": inner.anchor_ms,
            "now_ms": inner.clock.now_ms(),
            "settled_at_ms": inner.world.settled_at_ms,
            "items": items,
        }),
    )
}
