//! Pages of lists: `page` and `perPage`, their answer, and the links between
//! them with the query as the server understood it.

use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::params::Params;

/// No list has more pages than this (spec, `EnumeratedPagingModel`).
const PAGES: usize = 1_000;

/// The page that was asked for, one-based.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) number: usize,
    pub(crate) size: usize,
}

impl Page {
    /// Reads `page` and `perPage`. A larger size than `largest` (or `max`) is
    /// clamped.
    pub(crate) fn asked(query: &Params, default: usize, largest: usize) -> Outcome<Self> {
        let number = query.count("page")?.unwrap_or(1);
        if number > PAGES {
            return Err(ApiError::invalid("page"));
        }
        let size = match query.get("perPage") {
            Some("max") => largest,
            _ => query.count("perPage")?.unwrap_or(default).min(largest),
        };
        Ok(Self { number, size })
    }

    /// Records before this page.
    pub(crate) fn start(self) -> usize {
        (self.number - 1) * self.size
    }

    /// The answer of a list that knows its size: `all` is the whole of it.
    pub(crate) fn counted(self, uri: &str, query: &Params, all: Vec<Value>) -> Value {
        let total = all.len();
        let records: Vec<Value> = all.into_iter().skip(self.start()).take(self.size).collect();
        self.body(uri, &Normal::of(query), &records, Some(total), false)
    }

    /// The answer: with totals and the last page's link if `total` is known,
    /// otherwise with a next page while there are `more`.
    pub(crate) fn body(
        self,
        uri: &str,
        query: &Normal,
        records: &[Value],
        total: Option<usize>,
        more: bool,
    ) -> Value {
        let link = |number: usize| json!({ "uri": query.uri(uri, number, self.size) });
        let mut paging = json!({ "perPage": self.size });
        if !records.is_empty() {
            paging["page"] = json!(self.number);
            paging["pageStart"] = json!(self.start());
            paging["pageEnd"] = json!(self.start() + records.len() - 1);
        }
        let mut navigation = Map::new();
        navigation.insert("firstPage".to_owned(), link(1));
        if let Some(total) = total {
            let pages = total.div_ceil(self.size);
            paging["totalPages"] = json!(pages);
            paging["totalElements"] = json!(total);
            navigation.insert("lastPage".to_owned(), link(pages.max(1)));
        }
        let more = total.map_or(more, |total| self.start() + self.size < total);
        if more && self.number < PAGES {
            navigation.insert("nextPage".to_owned(), link(self.number + 1));
        }
        if self.number > 1 {
            navigation.insert("previousPage".to_owned(), link(self.number - 1));
        }
        json!({
            "uri": query.uri(uri, self.number, self.size),
            "records": records,
            "paging": paging,
            "navigation": navigation,
        })
    }
}

/// The query as the server understood it: what was given, and the defaults it
/// added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Normal(Vec<(String, String)>);

impl Normal {
    /// What was given, except the page.
    pub(crate) fn of(query: &Params) -> Self {
        let given = query
            .iter()
            .filter(|(key, _)| !matches!(*key, "page" | "perPage" | "access_token"));
        Self(
            given
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// Adds `value` unless the request had one.
    pub(crate) fn or(mut self, key: &str, value: &str) -> Self {
        if !self.0.iter().any(|(existing, _)| existing == key) {
            self.0.push((key.to_owned(), value.to_owned()));
        }
        self
    }

    fn uri(&self, base: &str, page: usize, size: usize) -> String {
        let mut uri = format!("{base}?");
        for (key, value) in &self.0 {
            uri.extend([key.as_str(), "=", &escaped(value), "&"]);
        }
        uri + &format!("page={page}&perPage={size}")
    }
}

/// Percent-encodes what a query must not contain; colons stay, as the real
/// service leaves them.
fn escaped(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:,/@".contains(&byte);
    value
        .bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
