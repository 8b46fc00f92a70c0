//! What came with a form or in an address: names and values as they were sent.
//! Reading never fails; what is missing is simply not there.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;

use crate::error::PageError;

/// More of one value than anybody types.
const LONGEST: usize = 2_000;

/// Names and values, in their order; a name may come again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Out of `a=1&b=2`.
    pub(crate) fn of(encoded: &[u8]) -> Fields {
        let pairs = url::form_urlencoded::parse(encoded).into_owned();
        Fields(pairs.map(|(name, value)| (name, cut(value))).collect())
    }

    /// The first value with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first value with this name, or nothing typed.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Every value with this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(it, _)| it == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked, or a button pressed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

fn cut(mut value: String) -> String {
    if value.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|it| value.is_char_boundary(*it));
        value.truncate(end.unwrap_or(0));
    }
    value
}

/// What stands in the address after the question mark.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(pub(crate) Fields);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query, PageError> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Query(Fields::of(query.as_bytes())))
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Fields, PageError> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|_| PageError::bad(crate::texts::frame::TOO_LARGE))?;
        Ok(Fields::of(&body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_come_again_and_nothing_fails() {
        let fields = Fields::of(b"type=sms&type=fax&empty=&%ff=%00&=x&y");
        assert!(fields.all("type").eq(["sms", "fax"]));
        assert_eq!(fields.get("type"), Some("sms"));
        assert!(fields.has("empty") && fields.has("y") && !fields.has("z"));
        assert_eq!(fields.text("z"), "");
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let long = format!("a={}", "é".repeat(5_000));
        let cut = Fields::of(long.as_bytes()).text("a").len();
        assert_eq!(cut, LONGEST);
        assert_eq!(
            Fields::of(format!("a=x{}", "é".repeat(5_000)).as_bytes())
                .text("a")
                .len(),
            LONGEST - 1
        );
    }
}
