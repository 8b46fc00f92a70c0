//! Many rows as one parameter: a JSON object, row key to row, that the SQL
//! unfolds with `json_each`. One statement a page instead of one a row.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::fault::Fault;

/// The rows as one parameter. Their order is the order of their keys.
pub(crate) fn list<R: Serialize>(rows: &BTreeMap<String, R>) -> Result<String, Fault> {
    let text = serde_json::to_string(rows)?;
    if !text.contains("\\u0000") {
        return Ok(text);
    }
    let mut value: Value = serde_json::from_str(&text)?;
    strip(&mut value);
    Ok(value.to_string())
}

/// Keys alone as one parameter.
pub(crate) fn keys<'a>(keys: impl Iterator<Item = &'a str>) -> Result<String, Fault> {
    list(&keys.map(|key| (key.to_owned(), 0)).collect())
}

/// A value as JSON text in a column of its own.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Fault> {
    Ok(serde_json::to_string(value)?)
}

/// Text as a database takes it: PostgreSQL knows no NUL, so it becomes the
/// replacement character, in rows, keys and single parameters alike.
pub(crate) fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn strip(value: &mut Value) {
    match value {
        Value::String(text) => *text = plain(text),
        Value::Array(values) => values.iter_mut().for_each(strip),
        Value::Object(fields) => {
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(key, mut value)| {
                    strip(&mut value);
                    (plain(&key), value)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
