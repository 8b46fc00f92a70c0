//! Where the exports lie until nobody needs them, and what was learnt of them.
//! Pure but for the orders that it begins.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::account::ExtensionId;
use domain::error::{Error, Kind, Reach, Result};
use domain::item::Item;
use domain::window::{DAY_MS, HOUR_MS, Window};

use super::Kinds;
use super::made::{Export, Trouble, held};
use super::task::Order;
use crate::message_store::message_types;

/// A mailbox that refused is asked again after so long, and an export that was
/// refused or failed is ordered again.
const CLOSED_MS: i64 = HOUR_MS;
const REFUSED_MS: i64 = HOUR_MS / 4;

/// How long an export tells a lane what there is, if its span ended less than
/// a day before, and if it ended earlier.
const FRESH_MS: i64 = HOUR_MS;
const SETTLED_MS: i64 = DAY_MS;

/// So long an export that lacked the file of a young message is not followed
/// by another one.
pub(super) const ASK_AGAIN: Duration = Duration::from_mins(15);

/// What the metadata of all exports may take in memory, and how many there
/// may be.
const WEIGHT: usize = 64 * 1024 * 1024;
const MOST: usize = 100;

#[derive(Default)]
pub(super) struct Shelf(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Oldest first.
    exports: Vec<Arc<Export>>,
    /// The longest span that is asked for, milliseconds, and until when.
    longest: Option<(i64, i64)>,
    /// Every order is, until when.
    refused: Option<(i64, Error)>,
    /// Orders that failed by themselves.
    failed: Vec<Failed>,
    closed: HashMap<ExtensionId, i64>,
}

/// An order that is not given again for a while: others would wait as long for
/// the same.
struct Failed {
    window: Window,
    kinds: Kinds,
    until_ms: i64,
    error: Error,
}

impl Failed {
    fn is_of(&self, window: Window, kinds: &Kinds) -> bool {
        self.window == window && self.kinds == *kinds
    }
}

impl Shelf {
    pub(super) fn is_closed(&self, extension: &ExtensionId, now_ms: i64) -> bool {
        let inner = held(&self.0);
        let until = inner.closed.get(extension);
        until.is_some_and(|until| now_ms < *until)
    }

    pub(super) fn note(&self, extension: &ExtensionId, closed: bool, now_ms: i64) {
        let mut inner = held(&self.0);
        if closed {
            let until = now_ms.saturating_add(CLOSED_MS);
            inner.closed.insert(extension.clone(), until);
        } else {
            inner.closed.remove(extension);
        }
    }

    /// The two halves of a span that is longer than may be asked for. They are
    /// the same for every lane, so that all share the exports.
    pub(super) fn too_long(&self, window: Window, now_ms: i64) -> Option<(Window, Window)> {
        let (from, to) = (window.start_ms(), window.end_ms());
        let (longest, until) = held(&self.0).longest?;
        if now_ms >= until || to.saturating_sub(from) <= longest {
            return None;
        }
        let middle = from + (to - from) / 2;
        Window::from_ms(from, middle).zip(Window::from_ms(middle, to))
    }

    /// An export for a lane: a fresh one that the lane has not read yet, or a
    /// new one.
    pub(super) fn for_lane(
        &self,
        extension: &ExtensionId,
        order: Order,
        now_ms: i64,
    ) -> Result<Arc<Export>> {
        let mut inner = held(&self.0);
        let fits = |it: &&Arc<Export>| {
            let settled = it.window.end_ms() <= it.begun_ms.saturating_sub(DAY_MS);
            let life = if settled { SETTLED_MS } else { FRESH_MS };
            it.covers(order.window, &order.kinds)
                && now_ms.saturating_sub(it.begun_ms) < life
                && !it.has_listed(extension)
        };
        match inner.exports.iter().rev().find(fits) {
            Some(found) => Ok(Arc::clone(found)),
            None => inner.begin(order, now_ms),
        }
    }

    /// An export of at most `longest` milliseconds for a file, not one of which
    /// it is known that it lacks it; the newest, or a new one.
    pub(super) fn for_item(
        &self,
        item: &Item,
        longest: i64,
        order: Order,
        now_ms: i64,
    ) -> Result<Arc<Export>> {
        let mut inner = held(&self.0);
        let fits = |it: &&Arc<Export>| {
            holds(it, item) && it.length_ms() <= longest && !it.is_lacking(item)
        };
        match inner.exports.iter().rev().find(fits) {
            Some(found) => Ok(Arc::clone(found)),
            None => inner.begin(order, now_ms),
        }
    }

    /// Whether an export that was begun since then lacked the file.
    pub(super) fn lacked_since(&self, item: &Item, since_ms: i64) -> bool {
        let inner = held(&self.0);
        let mut lately = inner.exports.iter().filter(|it| it.begun_ms >= since_ms);
        lately.any(|it| it.is_lacking(item))
    }

    pub(super) fn forget(&self, export: &Arc<Export>) {
        held(&self.0).exports.retain(|it| !Arc::ptr_eq(it, export));
    }

    /// What a failure says about the next one.
    pub(super) fn learn(&self, export: &Export, trouble: &Trouble, now_ms: i64) {
        let mut inner = held(&self.0);
        match trouble {
            Trouble::TooLarge => {
                let half = (export.length_ms() / 2).max(HOUR_MS / 2);
                let known = inner.longest.filter(|(_, until)| now_ms < *until);
                let half = known.map_or(half, |(longest, _)| longest.min(half));
                inner.longest = Some((half, now_ms.saturating_add(SETTLED_MS)));
            }
            Trouble::Failed(error) if error.kind() == Kind::Forbidden => {
                inner.refused = Some((now_ms.saturating_add(REFUSED_MS), error.clone()));
            }
            // The grant or all of Archiver has to be mended, no export.
            Trouble::Failed(error) if error.reach() >= Reach::Connection => {}
            Trouble::Failed(error) => {
                let until_ms = now_ms.saturating_add(REFUSED_MS);
                // All who waited for it tell of it.
                inner
                    .failed
                    .retain(|it| !it.is_of(export.window, &export.kinds));
                inner.failed.push(Failed {
                    window: export.window,
                    kinds: export.kinds.clone(),
                    until_ms,
                    error: error.clone(),
                });
                // Even a short span failed: length was not the reason. Until
                // then all ask for the same spans and hear of the failure.
                inner.longest = inner.longest.map(|(longest, _)| (longest, until_ms));
            }
        }
    }
}

impl Inner {
    fn begin(&mut self, order: Order, now_ms: i64) -> Result<Arc<Export>> {
        match &self.refused {
            Some((until, error)) if now_ms < *until => return Err(error.clone()),
            _ => self.refused = None,
        }
        self.failed.retain(|it| now_ms < it.until_ms);
        let mut failed = self.failed.iter();
        if let Some(failed) = failed.find(|it| it.is_of(order.window, &order.kinds)) {
            return Err(failed.error.clone());
        }
        self.make_room(now_ms);
        let export = Export::begin(order, now_ms);
        self.exports.push(Arc::clone(&export));
        Ok(export)
    }

    /// Lets go of what is old, and of the oldest where there is too much. Who
    /// uses one at the moment keeps it.
    fn make_room(&mut self, now_ms: i64) {
        self.exports
            .retain(|it| now_ms.saturating_sub(it.begun_ms) < SETTLED_MS);
        let weight = |exports: &[Arc<Export>]| exports.iter().map(|it| it.weight()).sum::<usize>();
        while self.exports.len() >= MOST || weight(&self.exports) > WEIGHT {
            self.exports.remove(0);
        }
    }
}

fn holds(export: &Export, item: &Item) -> bool {
    let moment = Window::from_ms(item.at_ms, item.at_ms.saturating_add(1));
    moment.is_some_and(|it| export.covers(it, message_types(item.id.data_type)))
}
