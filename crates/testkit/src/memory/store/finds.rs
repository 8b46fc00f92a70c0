//! Finding, in memory: every Item is looked at, and asked what an index is
//! asked.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::{AccountId, ExtensionId};
use domain::connection::Backup;
use domain::item::Item;
use domain::ports::SavedFilter;
use domain::ports::finds::MOST_FILTERS;
use domain::search::{Ask, Document, Found, Hit, Place, Query, backup_mark};
use domain::window::Window;

use super::entry::Entry;
use super::units::line;
use super::{Book, Store};

/// By whom and name.
#[derive(Default)]
pub(super) struct Filters(BTreeMap<ExtensionId, BTreeMap<String, String>>);

fn found(book: &Book, account: &AccountId, backup: &Backup, query: &Query) -> Vec<(Place, Hit)> {
    let mark = backup_mark(account, &backup.id);
    let people = book.connections.people();
    let Some(ask) = Ask::of(query, mark.clone(), &people) else {
        return Vec::new();
    };
    let (from, to) = query.places();
    let also = [mark];
    let mine = book
        .ledger
        .entries_of(&backup.id, &backup.destination, Window::EVER);
    let mut found: Vec<(Place, Hit)> = mine
        .filter(|(item, _)| query.admits(item.facts.seconds))
        .filter(|(item, _)| Document::of(item).answers(&ask, &also))
        .map(|(item, entry)| {
            let place = Place::of(account, &item.id.key(), item.at_ms);
            (place, hit(item, entry))
        })
        .filter(|(place, _)| from <= *place && *place < to)
        .collect();
    found.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    found
}

pub(super) fn hit(item: &Item, entry: &Entry) -> Hit {
    let line = line(item, entry);
    Hit {
        item: line.item,
        data_type: line.data_type,
        extension: line.extension,
        at_ms: line.at_ms,
        facts: item.facts.clone(),
        state: line.state,
        cause: line.cause,
        path: line.path,
        size: line.size,
        sha256: entry
            .shelf
            .as_ref()
            .map(|(_, print, _)| print.sha256.clone()),
    }
}

#[async_trait]
impl domain::ports::Finds for Store {
    async fn find(
        &self,
        account: &AccountId,
        backup: &Backup,
        query: &Query,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Found> {
        let mut found = self.look(account, |book| found(book, account, backup, query));
        found.retain(|(place, _)| before.is_none_or(|it| *place < it));
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        Ok(Found {
            older: found.last().map(|(place, _)| *place).filter(|_| more),
            hits: found.into_iter().map(|(_, hit)| hit).collect(),
        })
    }

    async fn filters(&self, account: &AccountId, viewer: &ExtensionId) -> Result<Vec<SavedFilter>> {
        Ok(self.look(account, |book| {
            let kept = book.filters.0.get(viewer).into_iter().flatten();
            kept.map(|(name, query)| SavedFilter {
                name: name.clone(),
                query: query.clone(),
            })
            .collect()
        }))
    }

    async fn keep_filter(
        &self,
        account: &AccountId,
        viewer: &ExtensionId,
        filter: &SavedFilter,
    ) -> Result<bool> {
        Ok(self.change(account, |book| {
            let kept = book.filters.0.entry(viewer.clone()).or_default();
            if kept.len() >= MOST_FILTERS && !kept.contains_key(&filter.name) {
                return false;
            }
            kept.insert(filter.name.clone(), filter.query.clone());
            true
        }))
    }

    async fn drop_filter(
        &self,
        account: &AccountId,
        viewer: &ExtensionId,
        name: &str,
    ) -> Result<bool> {
        Ok(self.change(account, |book| {
            let kept = book.filters.0.get_mut(viewer);
            kept.is_some_and(|it| it.remove(name).is_some())
        }))
    }
}
