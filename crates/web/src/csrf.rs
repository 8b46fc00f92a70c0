//! Whether a form was sent by one of our own pages: its token, and what the
//! browser says of where it comes from.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, ORIGIN, REFERER};

use crate::error::PageError;
use crate::origin::Origin;
use crate::secrets::{form_token, same};

/// The field every form has.
pub(crate) const FIELD: &str = "form_token";

/// More than any form of ours can be.
const LARGEST_FORM: usize = 64 * 1024;

/// Gives the request back if one of our pages sent it. `cookie` is the word
/// that the browser holds.
pub(crate) async fn check(
    request: Request,
    origin: &Origin,
    cookie: Option<&str>,
) -> Result<Request, PageError> {
    let (parts, body) = request.into_parts();
    if !comes_from(origin, &parts.headers) {
        return Err(foreign());
    }
    let form = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"));
    if !form {
        return Err(PageError::bad(
            "This was not sent by a form of these pages.",
        ));
    }
    let body = to_bytes(body, LARGEST_FORM)
        .await
        .map_err(|_| PageError::bad("This form is larger than any of these pages."))?;
    let right = cookie.is_some_and(|cookie| has_token(&body, &form_token(cookie)));
    if !right {
        return Err(stale());
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Exactly one token, and the right one.
fn has_token(body: &Bytes, right: &str) -> bool {
    let mut tokens = url::form_urlencoded::parse(body).filter(|(key, _)| key == FIELD);
    tokens.next().is_some_and(|(_, token)| same(&token, right)) && tokens.next().is_none()
}

/// Old browsers say nothing of where a form comes from; the token and the
/// cookie's `SameSite` decide then.
fn comes_from(origin: &Origin, headers: &HeaderMap) -> bool {
    let all = |name: &str| -> Vec<&str> {
        let lines = headers.get_all(name).iter();
        lines.map(|it| it.to_str().unwrap_or_default()).collect()
    };
    let site = all("sec-fetch-site");
    let named = match all(ORIGIN.as_str()) {
        none if none.is_empty() => all(REFERER.as_str()),
        some => some,
    };
    site.iter().all(|it| matches!(*it, "same-origin" | "none"))
        && named.iter().all(|it| origin.is(it))
}

fn foreign() -> PageError {
    PageError::forbidden(
        "This form was sent by another site, so nothing was done. \
         If you reach these pages through a proxy, set ARCHIVER_PUBLIC_URL to the address \
         that browsers use.",
    )
}

fn stale() -> PageError {
    PageError::forbidden(
        "This form is too old, so nothing was done. Go back, reload the page and try again.",
    )
}
