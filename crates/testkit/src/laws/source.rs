//! The laws of [`domain::ports::source`].
//!
//! The suite is read-only: it is given a Source and what lies there, and asks
//! for it in many ways. What may not be read, is not there yet or is gone is
//! told by naming it in [`Expected`].

use std::collections::{BTreeMap, BTreeSet};

use domain::data_type::DataTypes;
use domain::item::{Item, ItemId, Standing};
use domain::lane::{Depth, Lane};
use domain::ports::{Ask, Page, Source};
use domain::window::{HOUR_MS, Window};
use domain::{Error, Kind};
use futures::TryStreamExt;

use crate::samples::sha256;

/// What lies at a Source.
#[derive(Clone, Debug)]
pub struct Expected {
    /// A span around all of it.
    pub window: Window,
    /// The lanes that can be listed, with all that a listing of the window
    /// must show there: identity and own time (milliseconds since 1970).
    pub lanes: BTreeMap<Lane, BTreeMap<ItemId, i64>>,
    /// The sha256 (lower-case hex) of the bytes of items that can be opened.
    pub bytes: BTreeMap<ItemId, String>,
    /// Lanes that may not be read.
    pub forbidden: BTreeSet<Lane>,
    /// Items that are listed but cannot be opened, with the kind of failure.
    pub closed: BTreeMap<ItemId, Kind>,
}

/// A Source and what lies there.
pub struct Stock<'a, S> {
    /// The Source under test.
    pub source: &'a S,
    /// What it must show.
    pub expected: &'a Expected,
}

/// Holds a Source to every law.
pub async fn all<S: Source>(source: &S, expected: &Expected) {
    assert!(!expected.lanes.is_empty(), "nothing is expected");
    assert!(!expected.bytes.is_empty(), "nothing can be opened");
    super::hold!(
        "Source",
        async || Stock { source, expected },
        [
            a_listing_is_complete,
            an_item_has_one_identity,
            a_listing_shows_what_was_asked_for_only,
            windows_are_half_open,
            parts_of_a_window_make_the_whole,
            only_the_types_asked_for_are_listed,
            an_item_opens_again_and_again,
            what_is_not_to_be_had_says_why,
            what_is_forbidden_says_how_to_get_it,
            people_come_in_the_order_of_their_ids,
        ]
    );
}

impl<S: Source> Stock<'_, S> {
    async fn list(
        &self,
        lane: &Lane,
        window: Window,
        types: DataTypes,
    ) -> Result<Vec<Page>, Error> {
        let ask = Ask {
            lane: lane.clone(),
            window,
            types,
            depth: Depth::Every,
        };
        self.source.list(&ask).try_collect().await
    }

    /// The items of a lane in a window, by identity.
    async fn items(&self, lane: &Lane, window: Window) -> BTreeMap<ItemId, Item> {
        let pages = self.list(lane, window, types_of(lane)).await.unwrap();
        let sightings = pages.into_iter().flat_map(|page| page.sightings);
        sightings.map(|it| (it.item.id.clone(), it.item)).collect()
    }

    async fn ids(&self, lane: &Lane, window: Window) -> BTreeSet<ItemId> {
        self.items(lane, window).await.into_keys().collect()
    }

    /// Every item, by identity.
    async fn everything(&self) -> BTreeMap<ItemId, Item> {
        let mut items = BTreeMap::new();
        for lane in self.expected.lanes.keys() {
            items.extend(self.items(lane, self.expected.window).await);
        }
        items
    }
}

/// What may be asked of a lane.
fn types_of(lane: &Lane) -> DataTypes {
    let all = domain::data_type::DataType::ALL.into_iter();
    all.filter(|it| it.is_message() != lane.is_calls())
        .collect()
}

/// Every item of the window is shown, each with its own time, and no other.
pub async fn a_listing_is_complete<S: Source>(stock: &Stock<'_, S>) {
    for (lane, expected) in &stock.expected.lanes {
        let items = stock.items(lane, stock.expected.window).await;
        let shown: BTreeMap<ItemId, i64> =
            items.into_iter().map(|(id, it)| (id, it.at_ms)).collect();
        assert_eq!(shown, *expected, "in {lane}");
    }
}

/// Listed twice, in one listing or in two, an item is the same.
pub async fn an_item_has_one_identity<S: Source>(stock: &Stock<'_, S>) {
    for lane in stock.expected.lanes.keys() {
        let window = stock.expected.window;
        let mut seen: BTreeMap<ItemId, Item> = BTreeMap::new();
        for _ in 0..2 {
            let pages = stock.list(lane, window, types_of(lane)).await.unwrap();
            for sighting in pages.into_iter().flat_map(|page| page.sightings) {
                let item = sighting.item;
                let known = seen.entry(item.id.clone()).or_insert(item.clone());
                assert_eq!(*known, item);
            }
        }
    }
}

/// Nothing outside the window or the lane, and what is ready can be opened.
pub async fn a_listing_shows_what_was_asked_for_only<S: Source>(stock: &Stock<'_, S>) {
    for lane in stock.expected.lanes.keys() {
        let middle = stock.expected.window.start_ms() + HOUR_MS;
        let Some(window) = Window::from_ms(middle, stock.expected.window.end_ms()) else {
            continue;
        };
        let pages = stock.list(lane, window, types_of(lane)).await.unwrap();
        for sighting in pages.into_iter().flat_map(|page| page.sightings) {
            let item = sighting.item;
            assert!(window.contains_ms(item.at_ms), "{} in {window}", item.at_ms);
            assert_eq!(item.id.data_type.is_message(), !lane.is_calls());
            if let Lane::Messages(whose) = lane {
                assert_eq!(item.extension.as_ref(), Some(whose));
            }
            let can_be_opened = stock.expected.bytes.contains_key(&item.id);
            assert!(!can_be_opened || sighting.standing == Standing::Ready);
        }
    }
}

/// The first millisecond of a window belongs to it, the last does not.
pub async fn windows_are_half_open<S: Source>(stock: &Stock<'_, S>) {
    let mut tried = 0;
    for (lane, items) in &stock.expected.lanes {
        let Some((id, &at_ms)) = items.iter().next() else {
            continue;
        };
        let from = Window::from_ms(at_ms, at_ms + HOUR_MS).unwrap();
        assert!(stock.ids(lane, from).await.contains(id), "{id} in {from}");
        let until = Window::from_ms(at_ms - HOUR_MS, at_ms).unwrap();
        assert!(
            !stock.ids(lane, until).await.contains(id),
            "{id} in {until}"
        );
        tried += 1;
    }
    assert!(tried > 0, "no lane has an item");
}

/// Cut at any hour, or into hours, the parts show what the whole shows, and
/// no item in two of them.
pub async fn parts_of_a_window_make_the_whole<S: Source>(stock: &Stock<'_, S>) {
    let window = stock.expected.window;
    for lane in stock.expected.lanes.keys() {
        let whole = stock.ids(lane, window).await;
        for hour in window.hours().skip(1).map(Window::start_ms) {
            let early = Window::from_ms(window.start_ms(), hour).unwrap();
            let late = Window::from_ms(hour, window.end_ms()).unwrap();
            let (early, late) = (stock.ids(lane, early).await, stock.ids(lane, late).await);
            assert!(early.is_disjoint(&late), "cut at {hour}");
            assert_eq!(&early | &late, whole, "cut at {hour}");
        }
    }
}

/// A listing of one type shows that type, whole; of none, nothing.
pub async fn only_the_types_asked_for_are_listed<S: Source>(stock: &Stock<'_, S>) {
    let window = stock.expected.window;
    for (lane, items) in &stock.expected.lanes {
        for data_type in types_of(lane) {
            let pages = stock.list(lane, window, [data_type].into()).await.unwrap();
            let sightings = pages.into_iter().flat_map(|page| page.sightings);
            let shown: BTreeSet<ItemId> = sightings.map(|it| it.item.id).collect();
            let expected = items.keys().filter(|it| it.data_type == data_type);
            assert_eq!(shown, expected.cloned().collect(), "{data_type} in {lane}");
        }
    }
}

/// An item's bytes are the provider's, every time.
pub async fn an_item_opens_again_and_again<S: Source>(stock: &Stock<'_, S>) {
    let items = stock.everything().await;
    for (id, expected) in &stock.expected.bytes {
        for _ in 0..2 {
            let content = stock.source.open(&items[id]).await.unwrap();
            let length = content.length;
            let chunks: Vec<_> = content.bytes.try_collect().await.unwrap();
            let bytes = chunks.concat();
            assert_eq!(sha256(&bytes), *expected, "the bytes of {id}");
            assert!(length.is_none_or(|it| it == bytes.len() as u64));
        }
    }
}

/// Bytes that are not there yet, are gone or are forbidden: the right kind of
/// failure, each time.
pub async fn what_is_not_to_be_had_says_why<S: Source>(stock: &Stock<'_, S>) {
    let items = stock.everything().await;
    for (id, expected) in &stock.expected.closed {
        for _ in 0..2 {
            let failure = match stock.source.open(&items[id]).await {
                Ok(content) => content.bytes.try_collect::<Vec<_>>().await.err(),
                Err(error) => Some(error),
            };
            assert_eq!(failure.map(|it| it.kind()), Some(*expected), "{id}");
        }
    }
}

/// A lane that may not be read fails as forbidden, with a remedy; an empty
/// listing would look like success.
pub async fn what_is_forbidden_says_how_to_get_it<S: Source>(stock: &Stock<'_, S>) {
    for lane in &stock.expected.forbidden {
        let listed = stock
            .list(lane, stock.expected.window, types_of(lane))
            .await;
        let error = listed.unwrap_err();
        assert_eq!(error.kind(), Kind::Forbidden, "{lane}: {error}");
        assert!(error.how_to_mend().is_some(), "{lane}: {error}");
    }
}

/// Everyone once, in the order of their ids, the one who is signed in among
/// them.
pub async fn people_come_in_the_order_of_their_ids<S: Source>(stock: &Stock<'_, S>) {
    let people = stock.source.extensions().await.unwrap();
    assert!(people.is_sorted_by(|a, b| a.id < b.id), "{people:?}");
    let viewer = stock.source.viewer().await.unwrap();
    assert!(people.iter().any(|it| it.id == viewer.extension.id));
}
