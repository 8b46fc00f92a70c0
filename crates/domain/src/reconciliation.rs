//! A Reconciliation: the provider's count of a day held against the Ledger's.

use std::collections::{BTreeMap, BTreeSet};

use crate::census::CensusDay;
use crate::data_type::{DataType, DataTypes};
use crate::ledger::Count;

/// One UTC day, of all types that are archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    /// When the day begins, milliseconds since 1970.
    pub day_ms: i64,
    /// Units that the provider listed, and when it last listed the whole day;
    /// `None`: it has not yet.
    pub listed: Option<(u64, i64)>,
    /// The Ledger's units by state.
    pub count: Count,
    /// Units that the provider listed and the Ledger has no state for, of each
    /// type. There are none, or something is wrong: each page is in the Ledger
    /// before it counts as listed. Fewer listed than known is no fault: the
    /// provider deletes what is old.
    pub unexplained: u64,
}

impl Reconciliation {
    /// Every day that either knows of, newest first.
    pub fn of(
        census: &[CensusDay],
        ledger: &BTreeMap<i64, BTreeMap<DataType, Count>>,
        types: &DataTypes,
    ) -> Vec<Reconciliation> {
        let listed: BTreeMap<i64, &CensusDay> = census.iter().map(|it| (it.day_ms, it)).collect();
        let days: BTreeSet<i64> = listed.keys().chain(ledger.keys()).copied().collect();
        let days = days.into_iter().rev();
        days.map(|day_ms| {
            let (census, known) = (listed.get(&day_ms), ledger.get(&day_ms));
            let mut day = Reconciliation {
                day_ms,
                listed: census.map(|it| (0, it.at_ms)),
                count: Count::default(),
                unexplained: 0,
            };
            for of in types {
                let units = census.and_then(|it| it.listed.get(of)).copied();
                let count = known.and_then(|it| it.get(of)).copied();
                day.add(units.unwrap_or(0), count.unwrap_or_default());
            }
            day
        })
        .collect()
    }

    /// One type's.
    fn add(&mut self, listed: u64, count: Count) {
        if let Some((units, _)) = &mut self.listed {
            *units += listed;
        }
        self.count = self.count.plus(count);
        self.unexplained += listed.saturating_sub(count.listed());
    }

    /// All of these days together. Listed when the one was that was listed
    /// longest ago; `None` where any was not.
    pub fn sum(all: &[Reconciliation]) -> Option<(u64, i64)> {
        let mut sum: Option<(u64, i64)> = None;
        for one in all {
            let (units, at_ms) = one.listed?;
            let (before, oldest_ms) = sum.unwrap_or((0, at_ms));
            sum = Some((before + units, at_ms.min(oldest_ms)));
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::DAY_MS;

    fn census(day: i64, sms: u64, at_ms: i64) -> CensusDay {
        CensusDay {
            day_ms: day * DAY_MS,
            at_ms,
            listed: BTreeMap::from([(DataType::Sms, sms), (DataType::Fax, 50)]),
        }
    }

    fn known(archived: u64, missing: u64) -> BTreeMap<DataType, Count> {
        let count = Count {
            archived,
            missing,
            ..Count::default()
        };
        BTreeMap::from([(DataType::Sms, count), (DataType::Fax, count)])
    }

    #[test]
    fn each_day_has_both_counts_of_the_types_that_are_archived() {
        let types = DataTypes::from([DataType::Sms]);
        let ledger = BTreeMap::from([(0, known(3, 1)), (2 * DAY_MS, known(1, 0))]);
        let listed = [census(0, 4, 70), census(1, 0, 80), census(2, 2, 90)];
        let all = Reconciliation::of(&listed, &ledger, &types);
        let told: Vec<_> = all
            .iter()
            .map(|it| (it.day_ms / DAY_MS, it.listed, it.count.listed()))
            .collect();
        assert_eq!(
            told,
            [
                (2, Some((2, 90)), 1),
                (1, Some((0, 80)), 0),
                (0, Some((4, 70)), 4)
            ]
        );
        let unexplained: Vec<u64> = all.iter().map(|it| it.unexplained).collect();
        assert_eq!(unexplained, [1, 0, 0]);
        assert_eq!(Reconciliation::sum(&all), Some((6, 70)));
    }

    /// What the provider has deleted of one type explains nothing of another.
    #[test]
    fn one_types_surplus_hides_no_other_types_lack() {
        let types = DataTypes::from([DataType::Sms, DataType::Fax]);
        let mut known = known(5, 0);
        known.insert(DataType::Fax, Count::default());
        let all = Reconciliation::of(&[census(0, 3, 70)], &BTreeMap::from([(0, known)]), &types);
        assert_eq!(all[0].listed, Some((53, 70)));
        assert_eq!(all[0].unexplained, 50);
    }

    #[test]
    fn a_day_that_was_not_listed_yet_is_not_called_explained() {
        let types = DataTypes::from([DataType::Sms]);
        let ledger = BTreeMap::from([(0, known(3, 0))]);
        let all = Reconciliation::of(&[], &ledger, &types);
        assert_eq!((all.len(), all[0].listed), (1, None));
        assert_eq!(all[0].unexplained, 0);
        assert_eq!(Reconciliation::sum(&all), None);
        assert_eq!(Reconciliation::sum(&[]), None);
    }
}
