//! What lies in the destination by month and type: a table with a bar in each
//! row. The numbers stand beside the bars.

use std::collections::BTreeMap;

use domain::data_type::DataType;
use domain::window::instant;

use crate::covered::Covered;
use crate::size;
use crate::texts::coverage as say;

/// Width of the longest bar.
pub(super) const LONGEST: u64 = 200;
/// Months that are shown by themselves.
const SHOWN: usize = 13;

/// A row.
pub(super) struct Month {
    pub(super) name: String,
    /// Bytes of each type.
    pub(super) sizes: [String; 4],
    pub(super) size: String,
    /// Until the end of the month.
    pub(super) in_all: String,
    pub(super) bars: Vec<Bar>,
}

/// A part of its bar.
pub(super) struct Bar {
    pub(super) x: u64,
    pub(super) width: u64,
    /// The word of the type.
    pub(super) class: &'static str,
}

/// Newest first, what is older in one row.
pub(super) fn months(covered: &Covered) -> Vec<Month> {
    let mut sums: BTreeMap<String, [u64; 4]> = BTreeMap::new();
    for (&day_ms, counts) in &covered.days {
        let month = instant(day_ms).strftime("%Y-%m").to_string();
        let sum = sums.entry(month).or_default();
        for (at, kind) in DataType::ALL.into_iter().enumerate() {
            sum[at] += counts.get(&kind).map_or(0, |it| it.bytes);
        }
    }
    sums.retain(|_, sum| sum.iter().any(|it| *it > 0));
    let mut rows: Vec<(String, [u64; 4])> = sums.into_iter().collect();
    if let Some(older) = rows.len().checked_sub(SHOWN).filter(|it| *it > 0) {
        let mut sum = [0; 4];
        for (_, of) in rows.drain(..older) {
            for (at, bytes) in of.into_iter().enumerate() {
                sum[at] += bytes;
            }
        }
        rows.insert(0, (say::EARLIER.to_owned(), sum));
    }
    let largest = rows.iter().filter(|(name, _)| name != say::EARLIER);
    let largest: u64 = largest.map(|(_, it)| it.iter().sum()).max().unwrap_or(0);
    let mut in_all: u64 = 0;
    let mut months: Vec<Month> = rows
        .into_iter()
        .map(|(name, sizes)| {
            in_all += sizes.iter().sum::<u64>();
            let is_month = name != say::EARLIER;
            Month {
                bars: if is_month {
                    bars(sizes, largest)
                } else {
                    Vec::new()
                },
                name,
                sizes: sizes.map(size::words),
                size: size::words(sizes.iter().sum()),
                in_all: size::words(in_all),
            }
        })
        .collect();
    months.reverse();
    months
}

/// Side by side, as long as they are large beside the largest month.
fn bars(sizes: [u64; 4], largest: u64) -> Vec<Bar> {
    let reach = |bytes: u64| {
        let long = u128::from(bytes) * u128::from(LONGEST) / u128::from(largest.max(1));
        u64::try_from(long).unwrap_or(LONGEST)
    };
    let mut until: u64 = 0;
    let mut bars = Vec::new();
    for (kind, bytes) in DataType::ALL.into_iter().zip(sizes) {
        let x = reach(until);
        until += bytes;
        if bytes > 0 {
            bars.push(Bar {
                x,
                width: reach(until).saturating_sub(x).max(1),
                class: kind.word(),
            });
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ledger::Count;
    use domain::window::DAY_MS;

    #[test]
    fn months_add_up_and_what_is_old_is_one_row() {
        let count = |bytes| Count {
            bytes,
            ..Count::default()
        };
        // A megabyte every 31 days, 15 times; the last one has a fax too.
        let mut covered = Covered::default();
        for n in 0..15 {
            let counts = covered.days.entry(n * 31 * DAY_MS).or_default();
            counts.insert(DataType::Sms, count(1 << 20));
        }
        let last = covered.days.entry(14 * 31 * DAY_MS).or_default();
        last.insert(DataType::Fax, count(1 << 20));
        let months = months(&covered);
        assert_eq!(months.len(), 14);
        assert_eq!(
            (months[0].name.as_str(), months[0].size.as_str()),
            ("1971-03", "2.0 MB")
        );
        assert_eq!(months[0].in_all, "16.0 MB");
        let widths: Vec<_> = months[0].bars.iter().map(|it| (it.x, it.width)).collect();
        assert_eq!(widths, [(0, 100), (100, 100)]);
        assert_eq!(months[1].bars.len(), 1);
        let earlier = &months[13];
        assert_eq!(
            (earlier.name.as_str(), earlier.size.as_str()),
            ("Earlier", "2.0 MB")
        );
        assert!(earlier.bars.is_empty());
    }
}
