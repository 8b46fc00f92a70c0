//! The query of a request, with RingCentral's rules for values: repeated keys
//! for several, CMN-101 for bad ones, and silence for comma-joined ones.

use super::error::{ApiError, Outcome};
use super::time;

/// Decoded query parameters in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

/// Which values of a multi-valued parameter are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Any,
    These(Vec<String>),
}

impl Wanted {
    pub(crate) fn includes(&self, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(values) => values.iter().any(|wanted| wanted == value),
        }
    }
}

impl Params {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// These, followed by `others`.
    pub(crate) fn and(mut self, others: &Self) -> Self {
        self.0.extend(others.0.iter().cloned());
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// All values of a repeated key. Values outside `allowed` are refused,
    /// except that `A,B` is taken for one value that nothing has.
    pub(crate) fn wanted(&self, name: &str, allowed: &[&str]) -> Outcome<Wanted> {
        let values: Vec<String> = self
            .0
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.clone())
            .collect();
        let bad = values
            .iter()
            .any(|value| !value.contains(',') && !allowed.contains(&value.as_str()));
        match (bad, values.is_empty()) {
            (true, _) => Err(ApiError::invalid(name)),
            (false, true) => Ok(Wanted::Any),
            (false, false) => Ok(Wanted::These(values)),
        }
    }

    /// One of `allowed`, or the first of them.
    pub(crate) fn choice<'a>(&self, name: &str, allowed: &[&'a str]) -> Outcome<&'a str> {
        match self.get(name) {
            None => Ok(allowed[0]),
            Some(value) => allowed
                .iter()
                .find(|a| **a == value)
                .copied()
                .ok_or_else(|| ApiError::invalid(name)),
        }
    }

    pub(crate) fn flag(&self, name: &str, default: bool) -> Outcome<bool> {
        match self.get(name) {
            None => Ok(default),
            Some("true" | "True" | "1") => Ok(true),
            Some("false" | "False" | "0") => Ok(false),
            Some(_) => Err(ApiError::invalid(name)),
        }
    }

    /// A number of at least 1.
    pub(crate) fn count(&self, name: &str) -> Outcome<Option<usize>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.parse() {
                Ok(n) if n >= 1 => Ok(Some(n)),
                _ => Err(ApiError::invalid(name)),
            },
        }
    }

    /// A date and time.
    pub(crate) fn date(&self, name: &str) -> Outcome<Option<i64>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => time::parse(value)
                .map(Some)
                .ok_or_else(|| ApiError::invalid(name)),
        }
    }
}
