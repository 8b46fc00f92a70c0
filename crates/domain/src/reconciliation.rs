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
}

impl Reconciliation {
    /// Units that the provider listed and the Ledger has no state for. There
    /// are none, or something is wrong: each page is in the Ledger before it
    /// counts as listed. Fewer listed than known is no fault: the provider
    /// deletes what is old.
    pub fn unexplained(&self) -> u64 {
        let listed = self.listed.map_or(0, |(units, _)| units);
        listed.saturating_sub(self.count.listed())
    }

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
            let census = listed.get(&day_ms);
            let wanted = |it: &&DataType| types.contains(*it);
            let units = census.map(|day| {
                let units = day.listed.iter().filter(|(it, _)| wanted(it));
                (units.map(|(_, units)| units).sum(), day.at_ms)
            });
            let counts = ledger.get(&day_ms).into_iter().flatten();
            let counts = counts.filter(|(it, _)| wanted(it));
            Reconciliation {
                day_ms,
                listed: units,
                count: counts.fold(Count::default(), |sum, (_, one)| sum.plus(*one)),
            }
        })
        .collect()
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
        let unexplained: Vec<u64> = all.iter().map(Reconciliation::unexplained).collect();
        assert_eq!(unexplained, [1, 0, 0]);
        assert_eq!(Reconciliation::sum(&all), Some((6, 70)));
    }

    #[test]
    fn a_day_that_was_not_listed_yet_is_not_called_explained() {
        let types = DataTypes::from([DataType::Sms]);
        let ledger = BTreeMap::from([(0, known(3, 0))]);
        let all = Reconciliation::of(&[], &ledger, &types);
        assert_eq!((all.len(), all[0].listed), (1, None));
        assert_eq!(all[0].unexplained(), 0);
        assert_eq!(Reconciliation::sum(&all), None);
        assert_eq!(Reconciliation::sum(&[]), None);
    }
}
