//! What a failure looks like in a browser: a page that says what happened, and
//! never how the program looks inside.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::api::Failure;
use crate::texts::frame as say;

/// There is nothing at this address.
pub(crate) async fn no_such_page(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return Failure::not_found().into_response();
    }
    PageError::not_found().into_response()
}

/// There is something at this address, but not to be looked at, or not to be
/// done.
pub(crate) async fn no_such_verb(uri: Uri) -> Response {
    let text = "There is nothing to see at this address.";
    let error = PageError::new(StatusCode::METHOD_NOT_ALLOWED, text);
    if uri.path().starts_with("/api/") {
        return Failure::from(error).into_response();
    }
    error.into_response()
}

/// Something that was not done. The frame draws it.
#[derive(Clone, Debug)]
pub(crate) struct PageError {
    /// The status.
    pub(crate) status: StatusCode,
    /// What happened, what it means, what to do.
    pub(crate) text: String,
    /// After how many seconds it may be asked again, where that is so.
    pub(crate) wait: Option<u32>,
}

impl PageError {
    fn new(status: StatusCode, text: impl Into<String>) -> PageError {
        PageError {
            status,
            text: text.into(),
            wait: None,
        }
    }

    /// It was asked too often: again after so many seconds.
    pub(crate) fn too_often(seconds: u32) -> PageError {
        PageError {
            wait: Some(seconds),
            ..PageError::new(StatusCode::TOO_MANY_REQUESTS, say::too_often(seconds))
        }
    }

    /// A request that makes no sense to the framework, in our words.
    pub(crate) fn plain(status: StatusCode, text: impl Into<String>) -> PageError {
        PageError::new(status, text)
    }

    /// The request makes no sense.
    pub(crate) fn bad(text: impl Into<String>) -> PageError {
        PageError::new(StatusCode::BAD_REQUEST, text)
    }

    /// They may not.
    pub(crate) fn forbidden(text: impl Into<String>) -> PageError {
        PageError::new(StatusCode::FORBIDDEN, text)
    }

    /// It cannot be done now.
    pub(crate) fn unavailable(text: impl Into<String>) -> PageError {
        PageError::new(StatusCode::SERVICE_UNAVAILABLE, text)
    }

    /// It cannot be done now; after so many seconds it is worth asking again.
    pub(crate) fn unavailable_for(seconds: u32, text: impl Into<String>) -> PageError {
        PageError {
            wait: Some(seconds),
            ..PageError::unavailable(text)
        }
    }

    /// It is known, and there is nothing to give.
    pub(crate) fn absent(text: impl Into<String>) -> PageError {
        PageError::new(StatusCode::NOT_FOUND, text)
    }

    /// It was there and is there no more.
    pub(crate) fn gone(text: impl Into<String>) -> PageError {
        PageError::new(StatusCode::GONE, text)
    }

    /// Who was asked for it gave something else.
    pub(crate) fn gateway(text: impl Into<String>) -> PageError {
        PageError::new(StatusCode::BAD_GATEWAY, text)
    }

    /// We did something wrong.
    pub(crate) fn broken() -> PageError {
        PageError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "This page could not be drawn. The archive is not affected.",
        )
    }

    /// It is not there, or it is somebody else's: the two look alike.
    pub(crate) fn not_found() -> PageError {
        PageError::new(StatusCode::NOT_FOUND, "There is no such page.")
    }
}

impl From<domain::Error> for PageError {
    fn from(error: domain::Error) -> PageError {
        tracing::error!(kind = error.kind().word(), "a page could not be made");
        PageError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> PageError {
        tracing::error!(%error, "a template failed");
        PageError::broken()
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.text)).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
