//! Several ids in one path: a 207 answer, as JSON for those who ask for it, as
//! MIME parts for all others.

use serde_json::{Value, json};

use super::ask::Ask;
use super::error::{ApiError, Outcome};
use super::reply::Reply;

/// Ids that one request may name.
const IDS: usize = 50;
const JSON: &str = "application/vnd.ringcentral.multipart+json";

/// Answers `{parameter}` of the path: one id plainly, several as a 207.
pub(crate) fn answer(
    ask: &Ask<'_>,
    parameter: &str,
    one: impl Fn(&str) -> Outcome<Value>,
) -> Outcome {
    let ids: Vec<&str> = ask.path(parameter).split(',').map(str::trim).collect();
    if let [id] = ids[..] {
        return one(id).map(|body| Reply::json(200, body));
    }
    if ids.len() > IDS {
        return Err(ApiError::new(
            400,
            "CMN-106",
            "Batch request limit is exceeded",
        ));
    }
    let results: Vec<(&str, u16, Value)> = ids
        .into_iter()
        .map(|id| match one(id) {
            Ok(body) => (id, 200, body),
            Err(error) => (id, error.status, error.body()),
        })
        .collect();
    let wants_json = ask
        .headers
        .get("accept")
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|a| a.contains(JSON));
    Ok(if wants_json {
        as_json(results)
    } else {
        as_parts(ask, parameter, &results)
    })
}

fn as_json(results: Vec<(&str, u16, Value)>) -> Reply {
    let entries: Vec<Value> = results
        .into_iter()
        .map(|(id, status, body)| json!({ "resourceId": id, "status": status, "body": body }))
        .collect();
    let mut reply = Reply::json(207, Value::Array(entries));
    reply.set("content-type", JSON);
    reply
}

/// A first part with the statuses, then one part for each id.
fn as_parts(ask: &Ask<'_>, parameter: &str, results: &[(&str, u16, Value)]) -> Reply {
    let boundary = format!("Boundary_{}_{}", results.len(), ask.now_ms);
    let base = ask.uri().replace(ask.path(parameter), "");
    let statuses: Vec<Value> = results
        .iter()
        .map(|(id, status, _)| {
            let words = if *status == 200 { "OK" } else { "Not Found" };
            json!({ "href": format!("{base}{id}"), "status": status, "responseDescription": words })
        })
        .collect();
    let parts = std::iter::once(json!({ "response": statuses }))
        .chain(results.iter().map(|(.., body)| body.clone()));
    let parts: Vec<String> = parts
        .map(|part| format!("--{boundary}\r\nContent-Type: application/json\r\n\r\n{part}\r\n"))
        .collect();
    let text = format!("{}--{boundary}--\r\n", parts.concat());
    Reply::bytes(207, &format!("multipart/mixed;boundary={boundary}"), text)
}
