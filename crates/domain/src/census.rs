//! A Census: how many units the provider listed, by UTC day and type. It is
//! counted from the provider's answers alone, so that the Ledger can be held
//! against it.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::data_type::DataType;
use crate::item::Item;
use crate::window::{DAY_MS, Window};

/// What the provider listed of one UTC day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CensusDay {
    /// When the day begins, milliseconds since 1970.
    pub day_ms: i64,
    /// When it was listed whole for the last time, milliseconds since 1970.
    pub at_ms: i64,
    /// Units by type; a type that is not in here had none.
    pub listed: BTreeMap<DataType, u64>,
}

/// Counts while pages come in, in any order and more than once.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// Hashes, so that a million units are a few megabytes.
    units: HashSet<u64>,
    days: BTreeMap<i64, BTreeMap<DataType, u64>>,
}

impl Census {
    /// A page showed this item. A unit whose parts lie on two days counts on
    /// both, as in the Ledger.
    pub fn hear(&mut self, item: &Item) {
        let day_ms = day_of(item.at_ms);
        let mut hasher = DefaultHasher::new();
        (day_ms, item.id.data_type, &item.id.unit).hash(&mut hasher);
        if self.units.insert(hasher.finish()) {
            let day = self.days.entry(day_ms).or_default();
            *day.entry(item.id.data_type).or_default() += 1;
        }
    }

    /// Units by type, over all days.
    pub fn sum(&self) -> BTreeMap<DataType, u64> {
        sum(self.days.values())
    }

    /// The days that lie wholly in a window which was listed without a gap at
    /// this time; days without anything too.
    pub fn days_of(&self, window: Window, at_ms: i64) -> Vec<CensusDay> {
        let (from_ms, to_ms) = whole_days(window);
        let mut days = Vec::new();
        let mut day_ms = from_ms;
        while day_ms < to_ms {
            days.push(CensusDay {
                day_ms,
                at_ms,
                listed: self.days.get(&day_ms).cloned().unwrap_or_default(),
            });
            day_ms += DAY_MS;
        }
        days
    }
}

impl CensusDay {
    /// All types of all these days together.
    pub fn sum<'a>(days: impl Iterator<Item = &'a CensusDay>) -> BTreeMap<DataType, u64> {
        sum(days.map(|it| &it.listed))
    }
}

/// When the UTC day of an own time begins.
pub fn day_of(at_ms: i64) -> i64 {
    at_ms.div_euclid(DAY_MS) * DAY_MS
}

fn sum<'a>(days: impl Iterator<Item = &'a BTreeMap<DataType, u64>>) -> BTreeMap<DataType, u64> {
    let mut sum = BTreeMap::new();
    for (&data_type, units) in days.flatten() {
        *sum.entry(data_type).or_default() += units;
    }
    sum
}

/// The first whole day's beginning and the last one's end. Of a window that is
/// longer than any provider's memory only the newest days: about ten years.
fn whole_days(window: Window) -> (i64, i64) {
    let to_ms = day_of(window.end_ms());
    let oldest_ms = to_ms.saturating_sub(3_660 * DAY_MS);
    let from_ms = window.start_ms().max(oldest_ms);
    let from_ms = day_of(from_ms.saturating_add(DAY_MS - 1));
    (from_ms, to_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{Facts, Fetch, ItemId};
    use crate::media::Expected;

    fn item(data_type: DataType, unit: &str, part: Option<&str>, at_ms: i64) -> Item {
        Item {
            id: ItemId {
                data_type,
                unit: unit.to_owned(),
                part: part.map(ToOwned::to_owned),
            },
            extension: None,
            at_ms,
            facts: Facts::default(),
            fetch: Fetch::Transcript,
            expected: Expected::Text,
            size: None,
        }
    }

    #[test]
    fn units_count_once_a_day_however_often_they_are_shown() {
        let mut census = Census::default();
        let text = item(DataType::Sms, "1", None, 5);
        let picture = item(DataType::Sms, "1", Some("p"), 6);
        let later = item(DataType::Sms, "2", None, DAY_MS);
        let fax = item(DataType::Fax, "1", Some("p"), -1);
        for one in [&text, &picture, &later, &fax, &text] {
            census.hear(one);
        }
        let window = Window::from_ms(-DAY_MS, 3 * DAY_MS).unwrap();
        let days = census.days_of(window, 77);
        let told: Vec<_> = days
            .iter()
            .map(|it| (it.day_ms / DAY_MS, it.listed.clone()))
            .collect();
        let one = |it| BTreeMap::from([(it, 1)]);
        assert_eq!(
            told,
            [
                (-1, one(DataType::Fax)),
                (0, one(DataType::Sms)),
                (1, one(DataType::Sms)),
                (2, BTreeMap::new()),
            ]
        );
        assert!(days.iter().all(|it| it.at_ms == 77));
        assert_eq!(census.sum()[&DataType::Sms], 2);
        assert_eq!(CensusDay::sum(days.iter()), census.sum());
    }

    #[test]
    fn only_whole_days_of_a_window_are_told() {
        let census = Census::default();
        let days = |from, to| {
            let window = Window::from_ms(from, to).unwrap();
            let days = census.days_of(window, 0);
            days.iter().map(|it| it.day_ms / DAY_MS).collect::<Vec<_>>()
        };
        assert_eq!(days(0, DAY_MS), [0]);
        assert_eq!(days(1, 2 * DAY_MS), [1]);
        assert_eq!(days(1, 2 * DAY_MS - 1), [0_i64; 0]);
        assert_eq!(days(-1, DAY_MS + 1), [0]);
        assert_eq!(census.days_of(Window::EVER, 0).len(), 3_660);
    }
}
