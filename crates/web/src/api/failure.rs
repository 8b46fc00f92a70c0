//! What a failure looks like to a program: a status, a word, and the sentence
//! that a person would have read.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::error::PageError;

/// Something that was not done.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    word: &'static str,
    text: String,
    /// After how many seconds to ask again, where that is so.
    wait: Option<u32>,
}

impl Failure {
    /// No token, or one that is not valid (any more).
    pub(crate) fn unknown() -> Failure {
        Failure {
            status: StatusCode::UNAUTHORIZED,
            word: "unauthorized",
            text: "Show a valid personal token: Authorization: Bearer arc_…. \
                   Make one on the page /tokens."
                .to_owned(),
            wait: None,
        }
    }

    /// Whose token it is was not found in the company any more.
    pub(crate) fn gone() -> Failure {
        Failure {
            text: "RingCentral no longer confirms whose token this is. If you are still there, \
                   sign in and connect again."
                .to_owned(),
            ..Failure::unknown()
        }
    }

    /// It could not be asked whether the owner of a token still is there.
    pub(crate) fn unasked() -> Failure {
        Failure {
            status: StatusCode::SERVICE_UNAVAILABLE,
            word: "unavailable",
            text: "RingCentral could not be asked whose token this is. Try again later; while \
                   nobody of the company is connected, connect first."
                .to_owned(),
            wait: None,
        }
    }

    /// The token is good but may not do this.
    pub(crate) fn forbidden(text: impl Into<String>) -> Failure {
        Failure {
            status: StatusCode::FORBIDDEN,
            word: "forbidden",
            text: text.into(),
            wait: None,
        }
    }

    /// The request makes no sense.
    pub(crate) fn bad(text: impl Into<String>) -> Failure {
        Failure {
            status: StatusCode::BAD_REQUEST,
            word: "bad-request",
            text: text.into(),
            wait: None,
        }
    }

    /// It is not there, or it is somebody else's: the two look alike.
    pub(crate) fn not_found() -> Failure {
        Failure {
            status: StatusCode::NOT_FOUND,
            word: "not-found",
            text: "There is no such thing.".to_owned(),
            wait: None,
        }
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Failure {
        tracing::error!(kind = error.kind().word(), "a program's question failed");
        Failure {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            word: error.kind().word(),
            text: error.to_string(),
            wait: None,
        }
    }
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Failure {
        match error.status {
            StatusCode::FORBIDDEN => Failure::forbidden(error.text),
            StatusCode::NOT_FOUND => Failure::not_found(),
            status => Failure {
                status,
                word: if error.wait.is_some() {
                    "too-often"
                } else {
                    "failed"
                },
                text: error.text,
                wait: error.wait,
            },
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.word, "message": self.text } });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = axum::http::HeaderValue::from_static("Bearer");
            let name = axum::http::header::WWW_AUTHENTICATE;
            response.headers_mut().insert(name, scheme);
        }
        if let Some(seconds) = self.wait {
            let name = axum::http::header::RETRY_AFTER;
            response.headers_mut().insert(name, seconds.into());
        }
        response
    }
}
