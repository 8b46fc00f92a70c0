//! A page of a conversation out of the ledger, and a page of conversations:
//! texts are looked at from the newest on, a bounded number for a page.

use std::collections::BTreeSet;

use domain::connection::Backup;
use domain::search::{Hit, Place, Query};

use super::thread::{Thread, unit};
use crate::error::PageError;
use crate::state::State;

/// Items that are asked for at once.
const BATCH: u32 = 200;
/// So often for one page.
const BATCHES: u32 = 10;
/// Messages, or conversations, of a page.
const PAGE: usize = 40;

/// What a page shows, newest first.
#[derive(Default)]
pub(super) struct Read {
    pub(super) hits: Vec<Hit>,
    /// Where the next page begins; `None`: that is all.
    pub(super) older: Option<Place>,
}

/// Messages of one conversation. Those of one instant stay together, and with
/// them the parts of a message.
pub(super) async fn messages(
    state: &State,
    backup: &Backup,
    query: &Query,
    thread: &Thread,
    before: Option<Place>,
) -> Result<Read, PageError> {
    let mut units = BTreeSet::new();
    let mut read = Read::default();
    let mut place = before;
    for _ in 0..BATCHES {
        let found = state
            .store
            .find(&backup.account, backup, query, place, BATCH)
            .await?;
        for hit in found
            .hits
            .into_iter()
            .filter(|it| Thread::of(it) == *thread)
        {
            let last = read.hits.last().map(|it| it.at_ms);
            if let Some(last) = last.filter(|it| units.len() >= PAGE && *it > hit.at_ms) {
                read.older = Some(Place::from(last));
                return Ok(read);
            }
            units.insert(unit(&hit));
            read.hits.push(hit);
        }
        place = found.older;
        if place.is_none() {
            break;
        }
    }
    read.older = place;
    Ok(read)
}

/// The newest message of each conversation.
pub(super) async fn threads(
    state: &State,
    backup: &Backup,
    query: &Query,
    before: Option<Place>,
) -> Result<Read, PageError> {
    let mut known = BTreeSet::new();
    let mut read = Read::default();
    let mut place = before;
    for _ in 0..BATCHES {
        let found = state
            .store
            .find(&backup.account, backup, query, place, BATCH)
            .await?;
        for hit in found.hits {
            if known.insert(Thread::of(&hit)) {
                read.hits.push(hit);
            }
        }
        place = found.older;
        if place.is_none() || read.hits.len() >= PAGE {
            break;
        }
    }
    read.older = place;
    Ok(read)
}
