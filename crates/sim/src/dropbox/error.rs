//! Everything the service refuses, and how each refusal looks on the wire.
//! Decides nothing.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::reply;

/// A union member without a value.
pub(super) fn tag(name: &str) -> Value {
    json!({ ".tag": name })
}

/// A union member whose value is another union.
pub(super) fn tag_of(name: &str, inner: &Value) -> Value {
    json!({ ".tag": name, name: inner })
}

/// A union member whose value is a struct: its fields lie beside the tag.
pub(super) fn tag_with(name: &str, mut fields: Value) -> Value {
    fields[".tag"] = Value::from(name);
    fields
}

/// `LookupError` of files.stone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    MalformedPath,
    NotFound,
    NotFile,
    NotFolder,
}

impl Lookup {
    pub(super) fn value(self) -> Value {
        tag(match self {
            Self::MalformedPath => "malformed_path",
            Self::NotFound => "not_found",
            Self::NotFile => "not_file",
            Self::NotFolder => "not_folder",
        })
    }

    /// The 409 of a route whose error has the lookup under `path`.
    pub(super) fn at_path(self) -> Failure {
        Failure::Route(tag_of("path", &self.value()))
    }
}

/// `WriteError` of files.stone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    MalformedPath,
    DisallowedName,
    ConflictFile,
    ConflictFolder,
    ConflictFileAncestor,
    InsufficientSpace,
    NoWritePermission,
    AccessRestricted,
    TooManyWriteOperations,
}

impl Write {
    pub(super) fn value(self) -> Value {
        let conflict = |what| tag_of("conflict", &tag(what));
        match self {
            Self::MalformedPath => tag("malformed_path"),
            Self::DisallowedName => tag("disallowed_name"),
            Self::ConflictFile => conflict("file"),
            Self::ConflictFolder => conflict("folder"),
            Self::ConflictFileAncestor => conflict("file_ancestor"),
            Self::InsufficientSpace => tag("insufficient_space"),
            Self::NoWritePermission => tag("no_write_permission"),
            Self::AccessRestricted => tag("access_restricted"),
            Self::TooManyWriteOperations => tag("too_many_write_operations"),
        }
    }

    /// The 409 of a route whose error has the write error under `path`.
    pub(super) fn at_path(self) -> Failure {
        Failure::Route(tag_of("path", &self.value()))
    }
}

/// Why a 429 came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Busy {
    /// The link's requests.
    Requests,
    /// The namespace's write lock.
    WriteOperations,
}

/// A refused call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Failure {
    /// 400, plain text; the part behind the function's name.
    BadRequest(String),
    /// 400: no such function (for this account).
    UnknownFunction,
    /// 401 with an `AuthError`.
    Unauthorized(Value),
    /// 403 with an `AccessError` and a message for the user.
    Forbidden(Value, &'static str),
    /// 409 with the route's own error.
    Route(Value),
    /// 422 with a `PathRootError`.
    PathRoot(Value),
    /// 429 with `Retry-After` in seconds; `plain` for the text/plain shape.
    Busy {
        reason: Busy,
        wait_s: f64,
        plain: bool,
    },
    /// A bare status with an empty body.
    Bare(StatusCode),
    /// No answer at all.
    Lost,
}

impl Failure {
    /// 409 with a union member without a value.
    pub(super) fn route(name: &str) -> Self {
        Self::Route(tag(name))
    }

    /// The simulator's own disk failed; the live service would answer so too.
    pub(super) fn disk(_: std::io::Error) -> Self {
        Self::Bare(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The answer on the wire. `dots` end the summary.
    pub(super) fn response(&self, function: &str, dots: &str) -> Response {
        match self {
            Self::BadRequest(why) => text(
                StatusCode::BAD_REQUEST,
                format!("Error in call to API function \"{function}\": {why}"),
            ),
            Self::UnknownFunction => text(
                StatusCode::BAD_REQUEST,
                format!("Unknown API function: \"{function}\""),
            ),
            Self::Unauthorized(error) => {
                let mut response = told(StatusCode::UNAUTHORIZED, error, dots, None);
                response.headers_mut().insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer realm=\"Dropbox-API\""),
                );
                response
            }
            Self::Forbidden(error, message) => {
                told(StatusCode::FORBIDDEN, error, dots, Some(message))
            }
            Self::Route(error) => told(StatusCode::CONFLICT, error, dots, None),
            Self::PathRoot(error) => told(StatusCode::UNPROCESSABLE_ENTITY, error, dots, None),
            Self::Busy {
                reason,
                wait_s,
                plain,
            } => busy(*reason, *wait_s, *plain, dots),
            Self::Bare(status) => (*status, Body::empty()).into_response(),
            Self::Lost => crate::front::dropped(),
        }
    }
}

fn busy(reason: Busy, wait_s: f64, plain: bool, dots: &str) -> Response {
    let error = match reason {
        Busy::Requests => json!({
            "reason": tag("too_many_requests"),
            "retry_after": whole(wait_s.ceil()),
        }),
        // As quoted from the live service: without `retry_after`.
        Busy::WriteOperations => json!({ "reason": tag("too_many_write_operations") }),
    };
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = if plain {
        text(status, "too_many_requests".to_owned())
    } else {
        told(status, &error, dots, None)
    };
    let wait = format!("{}", (wait_s.max(0.0) * 1_000.0).round() / 1_000.0);
    if let Ok(value) = HeaderValue::from_str(&wait) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// A count of seconds without its fraction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates"
)]
fn whole(seconds: f64) -> u64 {
    seconds as u64
}

fn told(status: StatusCode, error: &Value, dots: &str, message: Option<&str>) -> Response {
    let mut body = json!({
        "error_summary": format!("{}/{dots}", summary(error)),
        "error": error,
    });
    if let Some(message) = message {
        body["user_message"] = json!({ "locale": "en", "text": message });
    }
    reply::json(status, &body)
}

fn text(status: StatusCode, text: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, kind, text).into_response()
}

/// The tags of an error from the outside in, joined by slashes.
fn summary(error: &Value) -> String {
    let mut tags: Vec<&str> = Vec::new();
    let mut at = Some(error);
    while let Some(value) = at {
        let own = value.get(".tag").and_then(Value::as_str);
        tags.extend(own);
        at = own
            .and_then(|own| value.get(own))
            .or_else(|| value.get("reason"))
            .filter(|inner| inner.is_object());
    }
    tags.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_follow_the_tags() {
        let upload = tag_with(
            "path",
            json!({ "reason": Write::ConflictFile.value(), "upload_session_id": "x" }),
        );
        assert_eq!(summary(&upload), "path/conflict/file");
        let offset = tag_with("incorrect_offset", json!({ "correct_offset": 3 }));
        assert_eq!(
            summary(&tag_of("lookup_failed", &offset)),
            "lookup_failed/incorrect_offset"
        );
        let limited = json!({ "reason": tag("too_many_requests"), "retry_after": 1 });
        assert_eq!(summary(&limited), "too_many_requests");
    }
}
