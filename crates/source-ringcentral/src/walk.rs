//! A listing, page by page. RingCentral tells the way to the next page; which
//! listing is walked, over which time, stays our own word, so that neither a
//! foreign host nor a forgotten filter can slip in.

use std::collections::HashSet;

use domain::error::{Error, Kind, Result, Verdict};
use outbound::{Group, Request};
use url::{Url, form_urlencoded};

use crate::addresses::PLATFORM;
use crate::wire::List;

/// RingCentral numbers at most so many pages (OpenAPI, `EnumeratedPagingModel`).
/// Reaching the ceiling is a failure, not an end.
const MOST_PAGES: u64 = 1000;

/// The largest page that is taken into memory: a thousand long messages.
const PAGE_BYTES: usize = 32 * 1024 * 1024;

type Pairs = Vec<(String, String)>;

/// One listing and the place in it.
pub(crate) struct Walk {
    route: &'static str,
    url: Url,
    group: Group,
    query: Vec<(&'static str, String)>,
    page: u64,
    per_page: u64,
    /// What tells the next page from this one.
    place: Pairs,
    seen: HashSet<Pairs>,
}

impl Walk {
    /// The first page. `query` holds the filters, which stay the same on every
    /// page; a name may come several times.
    pub(crate) fn new(
        route: &'static str,
        url: Url,
        group: Group,
        per_page: u64,
        query: Vec<(&'static str, String)>,
    ) -> Walk {
        Walk {
            route,
            url,
            group,
            query,
            page: 1,
            per_page,
            place: numbered(1, per_page),
            seen: HashSet::new(),
        }
    }

    /// Whether nothing has come yet.
    pub(crate) fn is_at_start(&self) -> bool {
        self.page == 1
    }

    /// What the filter `name` asks for.
    pub(crate) fn asks(&self, name: &str) -> Vec<&str> {
        let named = self.query.iter().filter(|(key, _)| *key == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The same listing from its start with another filter value.
    pub(crate) fn asking(&self, name: &'static str, value: &str) -> Walk {
        let mut query = self.query.clone();
        query.retain(|(key, _)| *key != name);
        query.push((name, value.to_owned()));
        Walk::new(
            self.route,
            self.url.clone(),
            self.group.clone(),
            self.per_page,
            query,
        )
    }

    /// The request for this page.
    pub(crate) fn request(&self) -> Request {
        let request = Request::get(PLATFORM, self.route, self.url.as_str())
            .group(self.group.clone())
            .at_most(PAGE_BYTES);
        let filters = self
            .query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let all = filters.chain(self.place.iter().cloned());
        all.fold(request, |request, (name, value)| request.query(name, value))
    }

    /// Turns to the next page; `false` when there is none. An answer that
    /// leads nowhere new is `Kind::Protocol`: stopping there would look like
    /// the end of the listing.
    pub(crate) fn turn(&mut self, list: &List) -> Result<bool> {
        let Some(place) = self.next_place(list) else {
            return Ok(false);
        };
        let number = place.iter().find(|(name, _)| name == "page");
        let number = match number {
            Some((_, number)) => number.parse().unwrap_or(0),
            None if place.is_empty() => 0,
            None => self.page + 1,
        };
        if number <= self.page || !self.seen.insert(place.clone()) {
            return Err(circle());
        }
        if number > MOST_PAGES {
            return Err(too_long());
        }
        (self.page, self.place) = (number, place);
        Ok(true)
    }

    fn next_place(&self, list: &List) -> Option<Pairs> {
        let paging = list.paging.as_ref();
        let navigation = list.navigation.as_ref();
        if let Some(next) = navigation.and_then(|it| it.next_page.as_ref()) {
            return Some(self.place_in(&next.uri));
        }
        // No way is told. It may still be told that there is more, or nothing
        // may be told at all: then only a page that is not full is the last.
        let per_page = paging.and_then(|it| it.per_page).unwrap_or(self.per_page);
        let totals = paging.and_then(|it| it.total_pages);
        let more = match (totals, navigation) {
            (Some(total), _) => total > self.page,
            (None, Some(_)) => false,
            (None, None) => list.records.len() as u64 >= per_page,
        };
        more.then(|| numbered(self.page + 1, per_page))
    }

    /// The parameters of a next page that are not our own filters. Only the
    /// query is read: samples show broken schemes, ports and paths before it.
    fn place_in(&self, uri: &str) -> Pairs {
        let query = uri.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or("");
        let is_ours = |name: &str| self.query.iter().any(|(own, _)| *own == name);
        form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| !is_ours(name))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect()
    }
}

fn numbered(page: u64, per_page: u64) -> Pairs {
    let pair = |name: &str, value: u64| (name.to_owned(), value.to_string());
    vec![pair("page", page), pair("perPage", per_page)]
}

fn circle() -> Error {
    Error::new(Kind::Protocol, "RingCentral's pages lead in a circle")
}

fn too_long() -> Error {
    Error::new(
        Kind::Protocol,
        "RingCentral's listing has more than 1000 pages",
    )
    .verdict_is(Verdict::GiveUp)
    .remedy("Ask for a shorter span of time.")
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
